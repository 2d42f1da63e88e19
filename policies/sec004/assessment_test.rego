package sec004_test

import data.sec004
import data.sec004.estate_test as estate

_not_seen := {
	"source": "lambda",
	"reason": "AccessDenied",
	"account": "111122223333",
	"region": "eu-west-1",
	"operation": "lambda:GetPolicy",
	"code": "AccessDenied",
	"resource": null,
}

_no_source_yet(source) := {
	"source": source,
	"reason": "no source yet",
	"account": null,
	"region": null,
	"operation": null,
	"code": null,
	"resource": null,
}

_violation := {"resource": "openai-production", "observed": {}}

# METADATA
# description: A criterion that passes on the flawless estate, and how a test departs from it.
_criterion(change) := object.union(
	{
		"about": {
			"title": "Title",
			"description": "Description",
			"custom": {
				"level": 2,
				"evidence": "E1",
				"severity": "low",
				"remediation": "Remediation",
				"requires": ["inventory", "lambda"],
			},
		},
		"population": {"openai-production"},
		"violations": set(),
	},
	change,
)

_at_level(level, change) := _criterion(object.union({"about": {"custom": {"level": level}}}, change))

_result(change, facts) := result if {
	results := sec004.results with data.sec004.criteria as {"example": _criterion(change)}
		with input as facts
	result := results.example
}

_level(criteria) := level if {
	assessment := sec004.assessment with data.sec004.criteria as criteria with input as estate.flawless
	level := assessment.level
}

test_every_criterion_of_the_catalogue_has_a_result if {
	assessment := sec004.assessment with input as estate.flawless

	count(assessment.criteria) == 18
	{slug | some slug, result in assessment.criteria; result.verdict == "pass"} == {
		"inventory_documented",
		"individually_owned",
		"stored_in_secrets_manager",
		"inventory_complete",
		"rotation_documented",
		"rotated_on_schedule",
		"access_restricted",
		"spend_alerts_deliverable",
		"rotated_automatically",
		"no_keys_in_source",
		"no_live_keys_in_history",
	}
	{slug | some slug, result in assessment.criteria; result.verdict == "unknown"} == {
		"infrastructure_code_checked",
		"usage_recorded",
		"usage_anomalies_alerted",
		"alerts_investigated",
		"scoped_to_service",
		"rotated_after_compromise_or_departure",
		"response_time_measured",
	}
}

test_no_level_is_claimed_before_its_sources_exist if {
	assessment := sec004.assessment with input as estate.flawless

	assessment.level == {"proven": 3, "possible": 5, "target": 4, "blocking": {"alerts_investigated", "usage_anomalies_alerted", "usage_recorded"}}
}

test_an_empty_estate_proves_nothing if {
	facts := object.union(estate.flawless, {"credentials": [], "stored_secrets": [], "repositories": []})
	assessment := sec004.assessment with input as facts

	{result.verdict | some result in assessment.criteria} == {"unknown"}
}

test_no_criterion_passes_without_a_source_that_it_requires if {
	every source in estate.sources {
		results := sec004.results with input as estate.lacking(concat("/", ["/coverage", source]))
		{slug | some slug, result in results; result.verdict == "pass"; source in result.requires} == set()
	}
}

test_no_criterion_passes_while_a_source_that_it_requires_has_a_gap if {
	every source in estate.sources {
		facts := estate.changed(concat("/", ["/coverage", source, "gaps"]), [object.union(_not_seen, {"source": source})])
		results := sec004.results with input as facts
		{slug | some slug, result in results; result.verdict == "pass"; source in result.requires} == set()
	}
}

test_a_result_tells_all_about_its_criterion if {
	_result({}, estate.flawless) == {
		"title": "Title",
		"description": "Description",
		"level": 2,
		"evidence": "E1",
		"severity": "low",
		"remediation": "Remediation",
		"requires": ["inventory", "lambda"],
		"verdict": "pass",
		"population": 1,
		"violations": set(),
		"gaps": set(),
		"waived": set(),
	}
}

test_a_violation_fails if {
	result := _result({"violations": {_violation}}, estate.flawless)

	result.verdict == "fail"
	result.violations == {_violation}
}

test_a_gap_is_unknown if {
	result := _result({}, estate.changed("/coverage/lambda/gaps", [_not_seen]))

	result.verdict == "unknown"
	result.gaps == {_not_seen}
}

test_a_gap_of_a_source_that_is_not_required_changes_nothing if {
	result := _result({}, estate.changed("/coverage/kms/gaps", [_not_seen]))

	result.verdict == "pass"
	result.gaps == set()
}

test_a_violation_outweighs_a_gap if {
	result := _result({"violations": {_violation}}, estate.changed("/coverage/lambda/gaps", [_not_seen]))

	result.verdict == "fail"
	result.gaps == {_not_seen}
}

test_a_source_that_does_not_exist_is_a_gap if {
	every facts in [estate.lacking("/coverage/lambda"), estate.lacking("/coverage/lambda/gaps")] {
		result := _result({}, facts)
		result.verdict == "unknown"
		result.gaps == {_no_source_yet("lambda")}
	}
}

test_an_unusable_list_of_gaps_is_a_gap if {
	every value in [null, {}, "", "none", 0, false] {
		result := _result({}, estate.changed("/coverage/lambda/gaps", value))
		result.verdict == "unknown"
		result.gaps == {_no_source_yet("lambda")}
	}
}

test_nothing_is_known_without_coverage if {
	every facts in [estate.lacking("/coverage"), estate.changed("/coverage", null)] {
		result := _result({}, facts)
		result.verdict == "unknown"
		result.gaps == {_no_source_yet("inventory"), _no_source_yet("lambda")}
	}
}

test_what_was_not_seen_of_a_resource_is_a_gap if {
	unseen := {"source": "lambda", "reason": "not seen", "resource": "openai-production"}
	result := _result({"unseen": {unseen}}, estate.flawless)

	result.verdict == "unknown"
	result.gaps == {{
		"source": "lambda",
		"reason": "not seen",
		"account": null,
		"region": null,
		"operation": null,
		"code": null,
		"resource": "openai-production",
	}}
}

test_a_criterion_that_judged_nobody_is_unknown if {
	result := _result({"population": set()}, estate.flawless)

	result.verdict == "unknown"
	result.population == 0
	result.gaps == set()
}

test_an_empty_population_may_mean_that_the_criterion_does_not_apply if {
	about := {"custom": {"empty": "not_applicable"}}
	nobody := {"population": set(), "about": about}

	_result(nobody, estate.flawless).verdict == "not_applicable"
	_result({"about": about}, estate.flawless).verdict == "pass"
	_result(nobody, estate.changed("/coverage/lambda/gaps", [_not_seen])).verdict == "unknown"
	_result(object.union(nobody, {"violations": {_violation}}), estate.flawless).verdict == "fail"
}

test_a_criterion_without_its_metadata_has_no_result if {
	criterion := object.remove(_criterion({}), ["about"])
	results := sec004.results with data.sec004.criteria as {"example": criterion} with input as estate.flawless

	results == {}
}

_waiver := {
	"id": "W-1",
	"criterion": "example",
	"resource": "openai-production",
	"reason": "moves to a new vault",
	"approver": "Chief Information Security Officer",
	"expires": "2026-11-01T00:00:00.000000001Z",
	"expires_ns": estate.now_ns + 1,
}

_waived(change) := _result({"violations": {_violation}}, estate.changed("/waivers", [object.union(_waiver, change)]))

test_a_waiver_in_force_is_shown_and_changes_no_verdict if {
	result := _waived({})

	result.verdict == "fail"
	result.violations == {_violation}
	result.waived == {{
		"waiver": "W-1",
		"resource": "openai-production",
		"reason": "moves to a new vault",
		"approver": "Chief Information Security Officer",
		"expires": "2026-11-01T00:00:00.000000001Z",
	}}
}

test_a_waiver_has_expired_at_the_instant_of_its_expiry if {
	_waived({"expires_ns": estate.now_ns}).waived == set()
}

test_a_waiver_without_a_usable_expiry_is_not_in_force if {
	every value in [null, "2027-01-01T00:00:00Z", "", true, [], {}] {
		_waived({"expires_ns": value}).waived == set()
	}
}

test_a_waiver_of_something_else_is_not_shown if {
	_waived({"resource": "openai-development"}).waived == set()
	_waived({"criterion": "another"}).waived == set()
}

test_a_waiver_of_what_is_not_violated_is_not_shown if {
	_result({}, estate.changed("/waivers", [_waiver])).waived == set()
}

test_a_waiver_never_raises_the_level if {
	criteria := {"example": _criterion({"violations": {_violation}})}
	facts := estate.changed("/waivers", [_waiver])
	assessment := sec004.assessment with data.sec004.criteria as criteria with input as facts

	count(assessment.criteria.example.waived) == 1
	assessment.level == {"proven": 1, "possible": 1, "target": 4, "blocking": {"example"}}
}

_all_pass := {
	"two": _at_level(2, {}),
	"three": _at_level(3, {}),
	"four": _at_level(4, {}),
	"five": _at_level(5, {}),
}

test_every_level_is_proven_when_every_criterion_holds if {
	_level(_all_pass) == {"proven": 5, "possible": 5, "target": 4, "blocking": set()}
}

test_what_does_not_apply_holds_no_level_back if {
	four := _at_level(4, {"population": set(), "about": {"custom": {"empty": "not_applicable"}}})

	_level(object.union(_all_pass, {"four": four})) == {"proven": 5, "possible": 5, "target": 4, "blocking": set()}
}

test_a_failure_holds_its_level_and_the_ones_above_back if {
	every slug, level in {"two": 1, "three": 2, "four": 3, "five": 4} {
		failing := {slug: {"violations": {_violation}}}
		_level(object.union(_all_pass, failing)) == {"proven": level, "possible": level, "target": 4, "blocking": {slug}}
	}
}

test_an_unknown_leaves_its_level_possible if {
	every slug, level in {"two": 1, "three": 2, "four": 3, "five": 4} {
		unknown := {slug: {"population": set()}}
		_level(object.union(_all_pass, unknown)) == {"proven": level, "possible": 5, "target": 4, "blocking": {slug}}
	}
}

test_one_good_criterion_does_not_carry_its_level if {
	other := {"other": _at_level(3, {"violations": {_violation}})}

	_level(object.union(_all_pass, other)) == {"proven": 2, "possible": 2, "target": 4, "blocking": {"other"}}
}

test_only_the_next_level_blocks if {
	failing := {"three": {"violations": {_violation}}, "five": {"violations": {_violation}}}

	_level(object.union(_all_pass, failing)).blocking == {"three"}
}

test_a_level_without_criteria_is_never_reached if {
	_level({}) == {"proven": 1, "possible": 1, "target": 4, "blocking": set()}
	_level(object.remove(_all_pass, ["three"])) == {"proven": 2, "possible": 2, "target": 4, "blocking": set()}
}
