package sec004.criteria.inventory_documented_test

import data.sec004.criteria.inventory_documented as criterion
import data.sec004.estate_test as estate

_missing(member) := {{"resource": "openai-production", "observed": {"missing": [member]}}}

test_pass_with_every_member if {
	population := criterion.population with input as estate.flawless
	violations := criterion.violations with input as estate.flawless

	population == {"openai-production"}
	violations == set()
}

test_pass_without_a_credential if {
	facts := estate.changed("/credentials", [])
	population := criterion.population with input as facts
	violations := criterion.violations with input as facts

	population == set()
	violations == set()
}

test_fail_without_a_member if {
	every member in ["provider", "environment", "scope", "storage", "rotation", "spend_alert"] {
		violations := criterion.violations with input as estate.lacking(concat("/", ["/credentials/0", member]))
		violations == _missing(member)
	}
}

test_fail_with_an_unusable_member if {
	every member in ["provider", "environment", "scope", "storage", "rotation", "spend_alert"] {
		every value in [null, "", " ", 90, true, [], {}] {
			path := concat("/", ["/credentials/0", member])
			violations := criterion.violations with input as estate.changed(path, value)
			violations == _missing(member)
		}
	}
}

test_pass_when_it_is_kept_elsewhere if {
	facts := estate.changed("/credentials/0/storage", {"secret": null, "elsewhere": "HashiCorp Vault"})
	violations := criterion.violations with input as facts

	violations == set()
}

test_fail_with_an_unusable_place if {
	every value in [null, "", 5, true, [], {}] {
		violations := criterion.violations with input as estate.changed("/credentials/0/storage/secret", value)
		violations == _missing("storage")
	}
}

test_fail_with_an_unusable_schedule if {
	every value in [null, "", 90, true, [], {}] {
		violations := criterion.violations with input as estate.changed("/credentials/0/rotation/schedule", value)
		violations == _missing("rotation")
	}
}

test_fail_with_an_unusable_threshold if {
	every value in [null, 0, -1, "50000", true, [], {}] {
		path := "/credentials/0/spend_alert/threshold_usd_cents"
		violations := criterion.violations with input as estate.changed(path, value)
		violations == _missing("spend_alert")
	}
}

test_pass_with_a_reason_why_no_threshold_applies if {
	spend_alert := {"threshold_usd_cents": null, "not_applicable": "billed at a flat rate", "alerts": []}
	violations := criterion.violations with input as estate.changed("/credentials/0/spend_alert", spend_alert)

	violations == set()
}

test_fail_with_an_unusable_reason_why_no_threshold_applies if {
	every value in [null, "", " ", 5, true, [], {}] {
		spend_alert := {"threshold_usd_cents": null, "not_applicable": value, "alerts": []}
		violations := criterion.violations with input as estate.changed("/credentials/0/spend_alert", spend_alert)
		violations == _missing("spend_alert")
	}
}

test_what_is_missing_is_listed_in_one_order if {
	facts := estate.changed("/credentials", [{"id": "openai-production"}])
	violations := criterion.violations with input as facts

	violations == {{
		"resource": "openai-production",
		"observed": {"missing": ["provider", "environment", "scope", "storage", "rotation", "spend_alert"]},
	}}
}
