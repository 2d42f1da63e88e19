package sec004.criteria.rotated_on_schedule_test

import data.sec004.criteria.rotated_on_schedule as criterion
import data.sec004.estate_test as estate

_changed(changes) := json.patch(estate.flawless, [{"op": "replace", "path": path, "value": value} |
	some path, value in changes
])

test_every_credential_is_judged if {
	population := criterion.population with input as estate.flawless
	nobody := criterion.population with input as estate.changed("/credentials", [])

	population == {"openai-production"}
	nobody == set()
}

test_pass_on_the_last_nanosecond_of_the_schedule if {
	violations := criterion.violations with input as estate.flawless
	unseen := criterion.unseen with input as estate.flawless

	violations == set()
	unseen == set()
}

test_fail_one_nanosecond_later if {
	rotated_at_ns := (estate.now_ns - (90 * estate.day_ns)) - 1
	violations := criterion.violations with input as estate.changed("/credentials/0/secret/rotated_at_ns", rotated_at_ns)

	violations == {{
		"resource": "openai-production",
		"observed": {
			"interval_ns": 90 * estate.day_ns,
			"rotated_at_ns": rotated_at_ns,
			"binding": "bound",
		},
	}}
}

test_pass_when_rotated_at_the_instant_of_the_snapshot if {
	facts := estate.changed("/credentials/0/secret/rotated_at_ns", estate.now_ns)
	violations := criterion.violations with input as facts

	violations == set()
}

test_fail_with_an_unusable_age_or_schedule if {
	unusable := {
		"/as_of_ns": [null, "1793491200000000000", true, [], {}],
		"/credentials/0/secret": [null, "secret", 5, [], {}],
		"/credentials/0/secret/rotated_at_ns": ["1793491200000000000", -1, true, [], {}, estate.now_ns + 1],
		"/credentials/0/rotation": [null, "90 days", 90, [], {}],
		"/credentials/0/rotation/interval_ns": [null, "90", 0, -1, true, [], {}],
		"/credentials/0/binding": [null, "bound", 5, [], {}],
		"/credentials/0/binding/status": [null, "", 5, true, "missing", "elsewhere", "ambiguous", "undeclared"],
	}

	every path, values in unusable {
		every value in values {
			facts := estate.changed(path, value)
			violations := criterion.violations with input as facts
			unseen := criterion.unseen with input as facts
			count(violations) == 1
			unseen == set()
		}
	}
}

test_fail_without_a_member if {
	every path in [
		"/as_of_ns",
		"/credentials/0/secret",
		"/credentials/0/secret/rotated_at_ns",
		"/credentials/0/rotation",
		"/credentials/0/rotation/interval_ns",
		"/credentials/0/binding",
		"/credentials/0/binding/status",
	] {
		violations := criterion.violations with input as estate.lacking(path)
		count(violations) == 1
	}
}

test_an_unseen_secret_or_version_is_undecided if {
	undecided := [
		{"/credentials/0/binding/status": "unseen", "/credentials/0/secret": null},
		{"/credentials/0/secret/rotated_at_ns": null},
	]

	every changes in undecided {
		violations := criterion.violations with input as _changed(changes)
		unseen := criterion.unseen with input as _changed(changes)
		violations == set()
		{[gap.source, gap.resource] | some gap in unseen} == {["secrets_manager", "openai-production"]}
	}
}

test_fail_without_a_current_version if {
	every current in [false, null, "true", 1] {
		changes := {"/credentials/0/secret/current": current, "/credentials/0/secret/rotated_at_ns": null}
		violations := criterion.violations with input as _changed(changes)
		count(violations) == 1
	}
}

test_fail_without_a_schedule_whatever_was_not_seen if {
	every change in [
		{"/credentials/0/binding/status": "unseen"},
		{"/credentials/0/secret/rotated_at_ns": null},
	] {
		facts := _changed(object.union(change, {"/credentials/0/rotation/interval_ns": null}))
		violations := criterion.violations with input as facts
		unseen := criterion.unseen with input as facts
		count(violations) == 1
		unseen == set()
	}
}
