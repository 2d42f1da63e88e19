package sec004.criteria.stored_in_secrets_manager_test

import data.sec004.criteria.stored_in_secrets_manager as criterion
import data.sec004.estate_test as estate

test_pass_when_bound_to_a_live_secret if {
	population := criterion.population with input as estate.flawless
	violations := criterion.violations with input as estate.flawless
	unseen := criterion.unseen with input as estate.flawless

	population == {"openai-production"}
	violations == set()
	unseen == set()
}

test_nobody_is_judged_without_a_credential if {
	facts := estate.changed("/credentials", [])
	population := criterion.population with input as facts
	violations := criterion.violations with input as facts

	population == set()
	violations == set()
}

test_fail_when_not_bound if {
	every status in ["missing", "elsewhere", "ambiguous", "undeclared", null, 5, true, "Bound"] {
		facts := estate.changed("/credentials/0/binding/status", status)
		violations := criterion.violations with input as facts
		unseen := criterion.unseen with input as facts
		count(violations) == 1
		unseen == set()
	}
}

test_unseen_is_no_violation if {
	facts := json.patch(estate.flawless, [
		{"op": "replace", "path": "/credentials/0/binding/status", "value": "unseen"},
		{"op": "replace", "path": "/credentials/0/secret", "value": null},
	])
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts

	violations == set()
	{gap.resource | some gap in unseen} == {"openai-production"}
}

test_fail_with_an_unusable_secret if {
	unusable := {
		"pending_deletion": [null, true, "false", 0, [], {}],
		"replica": [null, true, "false", 0, [], {}],
		"current": [null, false, "true", 1, [], {}],
	}

	every member, values in unusable {
		every value in values {
			path := concat("/", ["/credentials/0/secret", member])
			violations := criterion.violations with input as estate.changed(path, value)
			count(violations) == 1
		}
	}
}

test_fail_without_a_member if {
	every member in [
		"binding",
		"binding/status",
		"secret",
		"secret/pending_deletion",
		"secret/replica",
		"secret/current",
	] {
		violations := criterion.violations with input as estate.lacking(concat("/", ["/credentials/0", member]))
		count(violations) == 1
	}
}

test_the_binding_and_the_secret_are_shown if {
	violations := criterion.violations with input as estate.changed("/credentials/0/secret/pending_deletion", true)

	violations == {{
		"resource": "openai-production",
		"observed": {
			"binding": {
				"status": "bound",
				"how": "arn",
				"confidence": "high",
				"candidates": [estate.secret_arn],
			},
			"secret": {
				"arn": estate.secret_arn,
				"pending_deletion": true,
				"replica": false,
				"current": true,
			},
		},
	}}
}
