package sec004.criteria.rotated_automatically_test

import data.sec004.criteria.rotated_automatically as criterion
import data.sec004.estate_test as estate

_rotation(changes) := json.patch(estate.flawless, [
{"op": "replace", "path": concat("/", ["/credentials/0/secret/rotation", path]), "value": value} |
	some path, value in changes
])

_fails(facts) if {
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts
	count(violations) == 1
	unseen == set()
}

_passes(facts) if {
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts
	violations == set()
	unseen == set()
}

_undecided(facts, source) if {
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts
	violations == set()
	{[gap.source, gap.resource] | some gap in unseen} == {[source, "openai-production"]}
}

test_every_credential_is_judged if {
	population := criterion.population with input as estate.flawless
	nobody := criterion.population with input as estate.changed("/credentials", [])

	population == {"openai-production"}
	nobody == set()
}

test_pass_at_the_instant_of_the_next_rotation if _passes(estate.flawless)

test_fail_one_nanosecond_later if _fails(_rotation({"next_rotation_at_ns": estate.now_ns - 1}))

test_pass_when_rotated_at_the_instant_of_the_snapshot if _passes(_rotation({"last_rotated_at_ns": estate.now_ns}))

test_fail_when_last_rotated_in_the_future if _fails(_rotation({"last_rotated_at_ns": estate.now_ns + 1}))

test_fail_when_rotated_less_often_than_declared if _fails(_rotation({"interval_ns": (90 * estate.day_ns) + 1}))

test_pass_when_a_partner_or_the_service_rotates if {
	every rotator in ["partner", "service"] {
		_passes(_rotation({"performed_by": rotator, "function": null}))
	}
}

test_fail_with_an_unusable_rotation if {
	every path, values in {
		"enabled": [null, false, "true", 1, [], {}],
		"interval_ns": [null, "1", 0, -1, true, [], {}],
		"performed_by": [null, "", "person", 5, true, [], {}],
		"function": [null, "rotate", 5, true, [], {}],
		"function/status": [null, "missing", "", 5, true, [], {}],
		"function/invocable": [false, "true", 1, [], {}],
		"function/throttled": [true, "false", 0, [], {}],
		"last_rotated_at_ns": [null, "1793491200000000000", true, [], {}],
		"next_rotation_at_ns": [null, "1793491200000000000", -1, true, [], {}],
		"stuck": [null, true, "false", 0, [], {}],
	} {
		every value in values {
			_fails(_rotation({path: value}))
		}
	}
}

test_fail_with_an_unusable_credential if {
	every path, values in {
		"/as_of_ns": [null, "1793491200000000000", true, [], {}],
		"/credentials/0/secret": [null, "secret", 5, [], {}],
		"/credentials/0/secret/rotation": [null, "on", 5, true, [], {}],
		"/credentials/0/rotation": [null, "90 days", 90, [], {}],
		"/credentials/0/rotation/interval_ns": [null, "90", 0, -1, true, [], {}],
		"/credentials/0/binding": [null, "bound", 5, [], {}],
		"/credentials/0/binding/status": [null, "", 5, true, "missing", "elsewhere", "ambiguous", "undeclared"],
	} {
		every value in values {
			_fails(estate.changed(path, value))
		}
	}
}

test_fail_without_a_member if {
	every path in [
		"/as_of_ns",
		"/credentials/0/binding",
		"/credentials/0/binding/status",
		"/credentials/0/rotation",
		"/credentials/0/rotation/interval_ns",
		"/credentials/0/secret",
		"/credentials/0/secret/rotation",
		"/credentials/0/secret/rotation/enabled",
		"/credentials/0/secret/rotation/interval_ns",
		"/credentials/0/secret/rotation/performed_by",
		"/credentials/0/secret/rotation/function",
		"/credentials/0/secret/rotation/function/status",
		"/credentials/0/secret/rotation/function/invocable",
		"/credentials/0/secret/rotation/function/throttled",
		"/credentials/0/secret/rotation/last_rotated_at_ns",
		"/credentials/0/secret/rotation/next_rotation_at_ns",
		"/credentials/0/secret/rotation/stuck",
	] {
		_fails(estate.lacking(path))
	}
}

test_an_unseen_binding_is_undecided if {
	_undecided(estate.changed("/credentials/0/binding/status", "unseen"), "secrets_manager")
}

test_an_unseen_function_is_undecided if {
	every changes in [
		{"function/status": "unseen", "function/invocable": null, "function/throttled": null},
		{"function/invocable": null},
		{"function/throttled": null},
		{"function/invocable": null, "function/throttled": null},
	] {
		_undecided(_rotation(changes), "lambda")
	}
}

test_fail_when_what_was_not_seen_cannot_help if {
	every change in [
		{"enabled": false, "function/status": "unseen"},
		{"stuck": true, "function/invocable": null},
		{"next_rotation_at_ns": estate.now_ns - 1, "function/throttled": null},
		{"function/invocable": null, "function/throttled": true},
		{"function/invocable": false, "function/throttled": null},
		{"function/status": "missing", "function/invocable": null, "function/throttled": null},
	] {
		_fails(_rotation(change))
	}
}

test_the_rotation_is_shown if {
	facts := _rotation({"stuck": true})
	violations := criterion.violations with input as facts

	violations == {{
		"resource": "openai-production",
		"observed": {
			"interval_ns": 90 * estate.day_ns,
			"rotation": facts.credentials[0].secret.rotation,
			"binding": "bound",
		},
	}}
}
