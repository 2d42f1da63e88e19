package sec004.criteria.individually_owned_test

import data.sec004.criteria.individually_owned as criterion
import data.sec004.estate_test as estate

test_pass_with_a_team_or_a_person if {
	every kind in ["team", "person"] {
		violations := criterion.violations with input as estate.changed("/credentials/0/owner/kind", kind)
		violations == set()
	}
}

test_every_credential_is_judged if {
	population := criterion.population with input as estate.flawless
	nobody := criterion.population with input as estate.changed("/credentials", [])

	population == {"openai-production"}
	nobody == set()
}

test_fail_with_an_unusable_owner if {
	unusable := {
		"/credentials/0/owner": [null, "Platform", 5, true, [], {}],
		"/credentials/0/owner/kind": [null, "", "mailbox", 5, true, [], {}],
		"/credentials/0/owner/name": [null, "", " ", 5, true, [], {}],
		"/credentials/0/owner/address": [null, true, "false", 0, [], {}],
	}

	every path, values in unusable {
		every value in values {
			violations := criterion.violations with input as estate.changed(path, value)
			count(violations) == 1
		}
	}
}

test_fail_with_an_unusable_list_of_shared_keys if {
	every value in [null, "", 0, false, {}, ["openai-development"]] {
		violations := criterion.violations with input as estate.changed("/credentials/0/shares_key_with", value)
		count(violations) == 1
	}
}

test_fail_without_a_member if {
	every member in ["owner", "owner/kind", "owner/name", "owner/address", "shares_key_with"] {
		violations := criterion.violations with input as estate.lacking(concat("/", ["/credentials/0", member]))
		count(violations) == 1
	}
}

test_a_credential_violates_once if {
	facts := json.patch(estate.flawless, [
		{"op": "replace", "path": "/credentials/0/owner", "value": null},
		{"op": "replace", "path": "/credentials/0/shares_key_with", "value": ["a", "b"]},
	])
	violations := criterion.violations with input as facts

	violations == {{
		"resource": "openai-production",
		"observed": {"owner": null, "shares_key_with": ["a", "b"]},
	}}
}
