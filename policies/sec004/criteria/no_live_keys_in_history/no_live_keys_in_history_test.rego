package sec004.criteria.no_live_keys_in_history_test

import data.sec004
import data.sec004.estate_test as estate

_result(facts) := result if {
	result := sec004.results.no_live_keys_in_history with input as facts
}

test_pass_without_a_key if {
	result := _result(estate.flawless)

	result.verdict == "pass"
	result.population == 1
}

test_pass_with_a_key_that_was_replaced_after_its_last_commit if {
	every where in ["tip", "history", "message", "tag", "note", "stash", "reflog", "filename"] {
		_result(estate.with_leak({"where": where})).verdict == "pass"
	}
}

test_pass_one_nanosecond_after_the_last_commit if {
	_result(estate.with_leak({"rotated_at_ns": estate.leak.last_at_ns + 1})).verdict == "pass"
}

test_pass_with_a_key_that_was_never_committed if {
	_result(estate.with_leak({"where": "working_tree", "credential": null})).verdict == "pass"
}

test_fail_at_the_instant_of_the_last_commit if {
	facts := estate.with_leak({"rotated_at_ns": estate.leak.last_at_ns})

	_result(facts).verdict == "fail"
	_result(facts).violations == {{
		"resource": "shop: src/app.py",
		"observed": {
			"provider": "openai",
			"kind": "project_key",
			"fingerprint": estate.leak.fingerprint,
			"where": "history",
			"commit": estate.leak.commit,
			"first_at_ns": estate.leak.first_at_ns,
			"last_at_ns": estate.leak.last_at_ns,
			"credential": "openai-production",
			"rotated_at_ns": estate.leak.last_at_ns,
		},
	}}
}

test_fail_with_a_key_of_no_declared_credential if {
	every credential in [null, "", " ", 1, [], {}] {
		_result(estate.with_leak({"credential": credential})).verdict == "fail"
	}
}

test_fail_with_an_unusable_date if {
	every member in ["rotated_at_ns", "last_at_ns"] {
		every value in [null, "", "1793491200000000000", true, [], {}] {
			_result(estate.with_leak({member: value})).verdict == "fail"
		}
	}
}

test_the_resource_is_the_commit_where_there_is_no_path if {
	facts := estate.with_leak({"where": "message", "path": null, "credential": null})

	{violation.resource | some violation in _result(facts).violations} == {concat(": ", ["shop", estate.leak.commit])}
}

test_the_resource_is_the_key_where_there_is_no_commit_either if {
	facts := estate.with_leak({"where": "unreachable", "path": null, "commit": null, "last_at_ns": null})

	{violation.resource | some violation in _result(facts).violations} == {concat(": ", ["shop", estate.leak.fingerprint])}
}

test_unknown_with_a_gap if {
	every source in ["source_scan", "secrets_manager", "inventory"] {
		gap := {"source": source, "reason": "denied"}
		_result(estate.changed(concat("/", ["/coverage", source]), {"gaps": [gap]})).verdict == "unknown"
		_result(estate.lacking(concat("/", ["/coverage", source]))).verdict == "unknown"
	}
}

test_unknown_while_the_secret_of_its_credential_was_not_seen if {
	every seen in [{"gaps": [{"source": "secrets_manager", "reason": "denied"}]}, {}] {
		facts := json.patch(estate.with_leak({"rotated_at_ns": null}), [{
			"op": "add",
			"path": "/coverage/secrets_manager",
			"value": seen,
		}])
		_result(facts).verdict == "unknown"
	}
}

test_fail_with_a_key_of_nobody_while_secrets_were_not_seen if {
	facts := json.patch(estate.with_leak({"credential": null, "rotated_at_ns": null}), [{
		"op": "add",
		"path": "/coverage/secrets_manager",
		"value": {"gaps": [{"source": "secrets_manager", "reason": "denied"}]},
	}])

	_result(facts).verdict == "fail"
}

test_unknown_when_no_repository_was_scanned if {
	result := _result(estate.changed("/repositories", []))

	result.verdict == "unknown"
	result.population == 0
}
