package sec004.criteria.infrastructure_code_checked_test

import data.sec004.criteria.infrastructure_code_checked as criterion
import data.sec004.estate_test as estate

_check := {
	"group": "customer_key",
	"check_id": "CKV_AWS_149",
	"name": "Ensure that Secrets Manager secret is encrypted using KMS CMK",
	"result": "PASSED",
	"resource": "aws_secretsmanager_secret.openai",
	"file": "main.tf",
	"lines": [3, 7],
	"suppression": null,
}

_place := {
	"folder": "infrastructure",
	"file": "main.tf",
	"line": 3,
	"address": "aws_secretsmanager_secret.openai",
}

_declared := object.union(_place, {
	"credential": "openai-production",
	"environment": "production",
	"name": "ai/openai",
	"rotation": {
		"status": "declared",
		"address": "aws_secretsmanager_secret_rotation.openai",
		"schedule": "rate(90 days)",
		"interval_ns": 90 * estate.day_ns,
	},
	"kms_key": {"address": "aws_kms_key.ai", "literal": null},
	"checks": [_check],
	"drift": [],
	"undecided": [],
})

_flawless := estate.changed("/infrastructure", {
	"credentials": [_declared],
	"other_checks": [],
	"unresolved": [],
	"unlisted": [],
})

_changed(path, value) := json.patch(_flawless, [{"op": "add", "path": path, "value": value}])

_lacking(path) := json.patch(_flawless, [{"op": "remove", "path": path}])

_open := {"of": "checks", "reason": "checkov did not run"}

_seen_in(facts) := seen if {
	population := criterion.population with input as facts
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts
	seen := {
		"population": population,
		"violations": violations,
		"unseen": {[gap.resource, gap.reason] | some gap in unseen},
	}
}

test_pass if {
	_seen_in(_flawless) == {"population": {"openai-production"}, "violations": set(), "unseen": set()}
}

test_nobody_is_judged_where_code_declares_nothing if {
	_seen_in(_changed("/infrastructure/credentials", [])).population == set()
}

test_nothing_is_judged_without_the_source if {
	_seen_in(_lacking("/infrastructure")) == {"population": set(), "violations": set(), "unseen": set()}
	criterion.about.custom.requires == ["inventory", "infrastructure_code"]
}

test_fail_with_a_check_that_did_not_pass if {
	every result in ["FAILED", "SKIPPED"] {
		check := object.union(_check, {"result": result, "suppression": "later"})
		seen := _seen_in(_changed("/infrastructure/credentials/0/checks/-", check))
		seen.unseen == set()
		seen.violations == {{
			"resource": "openai-production",
			"observed": {
				"folder": "infrastructure",
				"file": "main.tf",
				"line": 3,
				"address": "aws_secretsmanager_secret.openai",
				"environment": "production",
				"rotation": _declared.rotation,
				"drift": [],
				"ceiling_days": 90,
				"checks": [check],
			},
		}}
	}
}

test_fail_where_code_and_account_differ if {
	drift := {"of": "rotation", "code": "rate(90 days)", "account": null}
	seen := _seen_in(_changed("/infrastructure/credentials/0/drift/-", drift))

	{violation.observed.drift | some violation in seen.violations} == {[drift]}
}

test_fail_without_a_rotation_in_code if {
	every status in ["none", "unresolved"] {
		seen := _seen_in(_changed("/infrastructure/credentials/0/rotation/status", status))
		count(seen.violations) == 1
	}
}

test_fail_one_nanosecond_above_the_ceiling if {
	interval_ns := (90 * estate.day_ns) + 1
	seen := _seen_in(_changed("/infrastructure/credentials/0/rotation/interval_ns", interval_ns))

	{violation.observed.ceiling_days | some violation in seen.violations} == {90}
}

test_a_looser_parameter_makes_nothing_pass if {
	seen := _seen_in(json.patch(_flawless, [
		{"op": "replace", "path": "/parameters/rotation_ceiling_days/production", "value": 365},
		{"op": "replace", "path": "/default_parameters/rotation_ceiling_days/production", "value": 89},
	]))

	{violation.observed.ceiling_days | some violation in seen.violations} == {89}
}

test_fail_with_an_unusable_ceiling if {
	every group in ["parameters", "default_parameters"] {
		every value in [null, "90", true, [], {}] {
			path := concat("", ["/", group, "/rotation_ceiling_days/production"])
			seen := _seen_in(_changed(path, value))
			{violation.observed.ceiling_days | some violation in seen.violations} == {null}
		}
	}
}

test_unknown_where_something_is_undecided if {
	seen := _seen_in(_changed("/infrastructure/credentials/0/undecided", [_open]))

	seen.violations == set()
	seen.unseen == {["openai-production", "checkov did not run"]}
}

test_unknown_where_the_rotation_is_an_expression if {
	seen := _seen_in(json.patch(_flawless, [
		{"op": "replace", "path": "/infrastructure/credentials/0/rotation/status", "value": "unresolved"},
		{"op": "replace", "path": "/infrastructure/credentials/0/rotation/interval_ns", "value": null},
		{"op": "add", "path": "/infrastructure/credentials/0/undecided/-", "value": _open},
	]))

	seen.violations == set()
	count(seen.unseen) == 1
}

test_unknown_where_checkov_could_not_tell if {
	seen := _seen_in(json.patch(_flawless, [
		{"op": "replace", "path": "/infrastructure/credentials/0/checks/0/result", "value": "UNKNOWN"},
		{"op": "add", "path": "/infrastructure/credentials/0/undecided/-", "value": _open},
	]))

	seen.violations == set()
	count(seen.unseen) == 1
}

test_fail_whatever_is_undecided_beside_it if {
	drift := {"of": "kms_key", "code": "aws_kms_key.ai", "account": null}
	seen := _seen_in(json.patch(_flawless, [
		{"op": "add", "path": "/infrastructure/credentials/0/drift/-", "value": drift},
		{"op": "add", "path": "/infrastructure/credentials/0/undecided/-", "value": _open},
	]))

	count(seen.violations) == 1
	count(seen.unseen) == 1
}

test_fail_with_a_check_about_anything_else if {
	every result in ["FAILED", "SKIPPED", "UNHEARD-OF", null] {
		check := object.union(_check, {
			"folder": "infrastructure",
			"group": "hard_coded_keys",
			"check_id": "CKV_AWS_41",
			"resource": "aws.default",
			"result": result,
		})
		seen := _seen_in(_changed("/infrastructure/other_checks/-", check))
		seen.violations == {{"resource": "aws.default", "observed": check}}
		seen.unseen == set()
	}
}

test_unknown_where_checkov_could_not_tell_about_anything_else if {
	check := {"resource": "aws.default", "result": "UNKNOWN"}
	seen := _seen_in(_changed("/infrastructure/other_checks/-", check))

	seen.violations == set()
	seen.unseen == {["aws.default", "checkov could not tell"]}
}

test_unknown_where_a_name_is_an_expression if {
	seen := _seen_in(_changed("/infrastructure/unresolved/-", _place))

	seen.violations == set()
	seen.unseen == {["aws_secretsmanager_secret.openai", "its name is an expression"]}
}

test_fail_with_a_secret_that_the_inventory_lacks if {
	secret := object.union(_place, {"name": "trial/cohere", "provider": "cohere", "stored": false})
	seen := _seen_in(_changed("/infrastructure/unlisted/-", secret))

	seen.violations == {{"resource": "aws_secretsmanager_secret.openai", "observed": secret}}
}

test_fail_with_an_unusable_declaration if {
	unusable := {
		"environment": [null, "", "mars", 5, true, [], {}],
		"rotation": [null, "90 days", 90, true, [], {}],
		"rotation/status": [null, "", "perhaps", 5, true, [], {}],
		"rotation/interval_ns": [null, "90", "", 0, -1, true, [], {}],
		"checks": [null, "", "passed", 5, true, [], {}, [null], [{}], [{"result": "UNKNOWN"}]],
		"drift": [null, "", 5, true, {}],
		"undecided": [null, "", "much", 5, true, {}, [null], [{}], [{"reason": " "}]],
	}

	every member, values in unusable {
		every value in values {
			seen := _seen_in(_changed(concat("/", ["/infrastructure/credentials/0", member]), value))
			count(seen.violations) == 1
		}
	}
}

test_fail_without_a_member if {
	every member in [
		"environment",
		"rotation",
		"rotation/status",
		"rotation/interval_ns",
		"checks",
		"checks/0/result",
		"drift",
		"undecided",
	] {
		seen := _seen_in(_lacking(concat("/", ["/infrastructure/credentials/0", member])))
		count(seen.violations) == 1
	}
}
