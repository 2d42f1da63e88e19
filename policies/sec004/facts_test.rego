package sec004.facts_test

import data.sec004.estate_test as estate
import data.sec004.facts

test_every_credential_has_its_id if {
	ids := facts.credential_ids with input as estate.flawless

	ids == {"openai-production"}
}

test_a_binding_that_was_seen_is_decided if {
	every status in ["bound", "missing", "elsewhere", "ambiguous", "undeclared", null, 5] {
		unseen := facts.unseen_bindings with input as estate.changed("/credentials/0/binding/status", status)
		unseen == set()
	}
}

test_an_unseen_binding_is_undecided if {
	unseen := facts.unseen_bindings with input as estate.changed("/credentials/0/binding/status", "unseen")

	unseen == {{
		"source": "secrets_manager",
		"reason": "the secrets of its account and region were not all seen",
		"resource": "openai-production",
	}}
}

test_a_text_is_stated if facts.stated("GPT-4o")

test_nothing_else_is_stated if {
	every value in ["", " \t\n", null, 90, true, [], ["GPT-4o"], {}] {
		not facts.stated(value)
	}
}
