package sec004.criteria.rotation_documented_test

import data.sec004.criteria.rotation_documented as criterion
import data.sec004.estate_test as estate

_ceilings(configured, default_days) := json.patch(estate.flawless, [
	{"op": "replace", "path": "/parameters/rotation_ceiling_days/production", "value": configured},
	{"op": "replace", "path": "/default_parameters/rotation_ceiling_days/production", "value": default_days},
])

test_every_credential_is_judged if {
	population := criterion.population with input as estate.flawless
	nobody := criterion.population with input as estate.changed("/credentials", [])

	population == {"openai-production"}
	nobody == set()
}

test_pass_at_the_ceiling if {
	violations := criterion.violations with input as estate.flawless

	violations == set()
}

test_fail_one_nanosecond_above_the_ceiling if {
	interval_ns := (90 * estate.day_ns) + 1
	violations := criterion.violations with input as estate.changed("/credentials/0/rotation/interval_ns", interval_ns)

	violations == {{
		"resource": "openai-production",
		"observed": {
			"environment": "production",
			"rotation": {"schedule": "90 days", "interval_ns": interval_ns},
			"ceiling_days": 90,
		},
	}}
}

test_a_looser_parameter_makes_nothing_pass if {
	violations := criterion.violations with input as _ceilings(365, 89)

	{violation.observed.ceiling_days | some violation in violations} == {89}
}

test_a_tighter_parameter_counts if {
	violations := criterion.violations with input as _ceilings(89, 365)

	{violation.observed.ceiling_days | some violation in violations} == {89}
}

test_fail_with_an_unusable_ceiling if {
	every value in [null, "90", true, [], {}] {
		configured := criterion.violations with input as _ceilings(value, 90)
		default_days := criterion.violations with input as _ceilings(90, value)
		{violation.observed.ceiling_days | some violation in configured} == {null}
		{violation.observed.ceiling_days | some violation in default_days} == {null}
	}
}

test_fail_without_a_ceiling_for_the_environment if {
	every path in [
		"/parameters/rotation_ceiling_days/production",
		"/parameters/rotation_ceiling_days",
		"/parameters",
		"/default_parameters/rotation_ceiling_days/production",
		"/default_parameters/rotation_ceiling_days",
		"/default_parameters",
	] {
		violations := criterion.violations with input as estate.lacking(path)
		{violation.observed.ceiling_days | some violation in violations} == {null}
	}
}

test_fail_with_an_unusable_declaration if {
	unusable := {
		"/credentials/0/environment": [null, "", "mars", 5, true, [], {}],
		"/credentials/0/rotation": [null, "90 days", 90, true, [], {}],
		"/credentials/0/rotation/schedule": [null, "", " ", 90, true, [], {}],
		"/credentials/0/rotation/interval_ns": [null, "90", "", 0, -1, true, [], {}],
	}

	every path, values in unusable {
		every value in values {
			violations := criterion.violations with input as estate.changed(path, value)
			count(violations) == 1
		}
	}
}

test_fail_without_a_member if {
	every member in ["environment", "rotation", "rotation/schedule", "rotation/interval_ns"] {
		violations := criterion.violations with input as estate.lacking(concat("/", ["/credentials/0", member]))
		count(violations) == 1
	}
}
