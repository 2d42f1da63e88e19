package sec004.criteria.inventory_complete_test

import data.sec004.criteria.inventory_complete as criterion
import data.sec004.estate_test as estate

_arn := "arn:aws:secretsmanager:eu-west-1:111122223333:secret:other-GhIjKl"

# METADATA
# description: The flawless estate with a second secret, which no entry claims.
_beside(change) := json.patch(estate.flawless, [{
	"op": "add",
	"path": "/stored_secrets/-",
	"value": object.union(_other, change),
}])

_other := {
	"arn": _arn,
	"name": "other",
	"provider": null,
	"entry": null,
	"excluded": null,
	"owned_by_service": null,
	"pending_deletion": false,
	"replica": false,
}

_judged(facts) := {
	"population": population,
	"violating": {violation.resource | some violation in violations},
	"unseen": {gap.resource | some gap in unseen},
} if {
	population := criterion.population with input as facts
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts
}

_both := {"openai-production", estate.secret_arn}

_set_aside := {"population": _both, "violating": set(), "unseen": set()}

_undecided := {"population": (_both | {_arn}), "violating": set(), "unseen": {_arn}}

_orphan := {"population": (_both | {_arn}), "violating": {_arn}, "unseen": set()}

test_pass_when_both_sides_agree if _judged(estate.flawless) == _set_aside

test_nobody_is_judged_without_credentials_and_secrets if {
	facts := object.union(estate.flawless, {"credentials": [], "stored_secrets": []})

	_judged(facts) == {"population": set(), "violating": set(), "unseen": set()}
}

test_fail_for_a_credential_that_is_not_bound if {
	every status in ["missing", "elsewhere", "ambiguous", "undeclared", null, 5, true] {
		facts := estate.changed("/credentials/0/binding/status", status)
		_judged(facts) == {"population": _both, "violating": {"openai-production"}, "unseen": set()}
	}
}

test_fail_for_a_credential_without_a_binding if {
	every path in ["/credentials/0/binding", "/credentials/0/binding/status"] {
		facts := estate.lacking(path)
		_judged(facts) == {"population": _both, "violating": {"openai-production"}, "unseen": set()}
	}
}

test_a_credential_whose_binding_was_not_seen_is_undecided if {
	facts := estate.changed("/credentials/0/binding/status", "unseen")

	_judged(facts) == {"population": _both, "violating": set(), "unseen": {"openai-production"}}
}

test_fail_for_an_undeclared_secret_of_a_provider if {
	every provider in ["openai", "anthropic", 5, true, [], {}] {
		_judged(_beside({"provider": provider})) == _orphan
	}
}

test_an_exclusion_hides_no_key_that_says_what_it_is if {
	every change in [{"excluded": "a test"}, {"owned_by_service": "bedrock-agentcore-identity"}] {
		_judged(_beside(object.union(change, {"provider": "openai"}))) == _orphan
	}
}

test_a_nameless_secret_is_undecided if {
	facts := _beside({})
	unseen := criterion.unseen with input as facts

	_judged(facts) == _undecided
	unseen == {{
		"source": "inventory",
		"reason": "neither declared nor excluded, and nothing tells what it holds",
		"resource": _arn,
	}}
}

test_a_nameless_secret_may_be_excluded_or_belong_to_a_service if {
	every change in [{"excluded": "a database password"}, {"owned_by_service": "rds"}] {
		_judged(_beside(change)) == _set_aside
	}
}

test_a_nameless_secret_is_not_set_aside_for_an_unusable_reason if {
	every value in ["", " ", 5, true, false, [], {}] {
		_judged(_beside({"excluded": value})) == _undecided
		_judged(_beside({"owned_by_service": value})) == _undecided
	}
}

test_a_secret_is_not_declared_by_an_entry_that_does_not_exist if {
	every value in ["anthropic-production", "", 5, true, [], {}] {
		_judged(_beside({"provider": "openai", "entry": value})) == _orphan
	}
}

test_a_declared_secret_is_judged_even_when_excluded if {
	facts := _beside({"entry": "openai-production", "excluded": "a test"})

	_judged(facts) == {"population": (_both | {_arn}), "violating": set(), "unseen": set()}
}

test_secrets_pending_deletion_and_replicas_do_not_count if {
	every change in [{"pending_deletion": true}, {"replica": true}] {
		_judged(_beside(object.union(change, {"provider": "openai"}))) == _set_aside
	}
}

test_only_a_certain_deletion_or_replica_does_not_count if {
	every value in [null, "true", 1, [], {}] {
		_judged(_beside({"provider": "openai", "pending_deletion": value})) == _orphan
		_judged(_beside({"provider": "openai", "replica": value})) == _orphan
	}
}

test_fail_for_a_secret_without_a_member if {
	every member in ["entry", "excluded", "owned_by_service", "pending_deletion", "replica", "provider"] {
		secret := object.remove(object.union(_other, {"provider": "openai"}), [member])
		facts := json.patch(estate.flawless, [{"op": "add", "path": "/stored_secrets/-", "value": secret}])
		_judged(facts) == _orphan
	}
}

test_what_contradicts_the_inventory_is_shown if {
	unbound := criterion.violations with input as estate.changed("/credentials/0/binding", {"status": "missing"})
	orphaned := criterion.violations with input as _beside({"provider": "openai"})

	unbound == {{"resource": "openai-production", "observed": {"binding": {"status": "missing"}}}}
	orphaned == {{
		"resource": _arn,
		"observed": {
			"name": "other",
			"provider": "openai",
			"entry": null,
			"excluded": null,
			"owned_by_service": null,
		},
	}}
}
