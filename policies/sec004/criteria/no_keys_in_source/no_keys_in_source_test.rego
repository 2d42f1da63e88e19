package sec004.criteria.no_keys_in_source_test

import data.sec004
import data.sec004.estate_test as estate

_verdict(facts) := verdict if {
	verdict := sec004.results.no_keys_in_source.verdict with input as facts
}

_violations(facts) := violations if {
	violations := sec004.results.no_keys_in_source.violations with input as facts
}

test_pass_without_a_key if {
	result := sec004.results.no_keys_in_source with input as estate.flawless

	result.verdict == "pass"
	result.population == 1
}

test_pass_with_a_key_in_history_alone if {
	every where in ["history", "message", "tag", "note", "stash", "reflog", "unreachable", "working_tree", "report"] {
		_verdict(estate.with_leak({"where": where})) == "pass"
	}
}

test_pass_with_a_key_in_the_name_of_a_file_that_is_gone if {
	_verdict(estate.with_leak({"where": "filename"})) == "pass"
}

test_fail_with_a_key_at_a_tip if {
	facts := estate.with_leak({"where": "tip", "branches": ["refs/heads/main"]})

	_verdict(facts) == "fail"
	_violations(facts) == {{
		"resource": "shop: src/app.py",
		"observed": {
			"provider": "openai",
			"kind": "project_key",
			"fingerprint": estate.leak.fingerprint,
			"line": 3,
			"branches": ["refs/heads/main"],
			"suppressed": false,
		},
	}}
}

test_fail_with_a_key_in_the_name_of_a_file_at_a_tip if {
	_verdict(estate.with_leak({"where": "filename", "branches": ["refs/heads/main"]})) == "fail"
}

test_fail_with_a_key_that_a_comment_excuses if {
	_verdict(estate.with_leak({"where": "tip", "suppressed": true})) == "fail"
}

test_fail_with_a_key_of_which_it_is_not_told_where if {
	every where in [null, "", "elsewhere", 1, [], {}] {
		_verdict(estate.with_leak({"where": where})) == "fail"
	}
}

test_unknown_with_a_gap if {
	gap := {"source": "source_scan", "reason": "is a shallow clone"}
	result := sec004.results.no_keys_in_source with input as estate.changed("/coverage/source_scan", {"gaps": [gap]})

	result.verdict == "unknown"
	{found.reason | some found in result.gaps} == {"is a shallow clone"}
}

test_unknown_without_a_source_scan if {
	result := sec004.results.no_keys_in_source with input as estate.lacking("/coverage/source_scan")

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"source_scan"}
}

test_unknown_when_no_repository_was_scanned if {
	result := sec004.results.no_keys_in_source with input as estate.changed("/repositories", [])

	result.verdict == "unknown"
	result.population == 0
}
