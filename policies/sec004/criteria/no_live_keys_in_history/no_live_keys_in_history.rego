# METADATA
# title: No key that was ever committed is still active
# description: >-
#   Each AI key found anywhere in the history of a declared repository is proven to be dead:
#   it is a declared credential's, and that was given another key in AWS Secrets Manager
#   after the last commit that holds this one. A key of no declared credential is taken to
#   be live. A shallow clone shows only a part of the history.
# scope: package
# custom:
#   level: 3
#   evidence: E5
#   severity: critical
#   requires: [source_scan, secrets_manager, inventory]
#   remediation: >-
#     Revoke the key at the provider and issue a new one; rewriting history does not take
#     a key back. Then write the leaked key's fingerprint into the inventory entry that it
#     belonged to, so that its rotation is the proof.
package sec004.criteria.no_live_keys_in_history

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.repository_names

violations contains violation if {
	some leak in input.leaked_keys
	leak.where != "working_tree"
	not _dead(leak)
	not _undecided(leak)
	violation := {
		"resource": facts.leak_resource(leak),
		"observed": object.filter(leak, [
			"provider",
			"kind",
			"fingerprint",
			"where",
			"commit",
			"first_at_ns",
			"last_at_ns",
			"credential",
			"rotated_at_ns",
		]),
	}
}

_dead(leak) if {
	facts.stated(leak.credential)
	leak.rotated_at_ns - leak.last_at_ns > 0
}

# METADATA
# description: The key of a credential whose secret was not seen; the gap makes the criterion unknown.
_undecided(leak) if {
	facts.stated(leak.credential)
	is_null(leak.rotated_at_ns)
	not _secrets_seen
}

_secrets_seen if input.coverage.secrets_manager.gaps == []
