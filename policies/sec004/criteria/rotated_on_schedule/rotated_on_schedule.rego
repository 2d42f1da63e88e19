# METADATA
# title: Every credential was rotated on schedule
# description: >-
#   At the instant of the snapshot no credential is older than its own rotation schedule. Its
#   age counts from the creation of the secret's current version, whoever rotated it. A
#   credential without a schedule or without a secret has no rotation that could be shown.
# scope: package
# custom:
#   level: 3
#   evidence: E3
#   severity: high
#   requires: [inventory, secrets_manager]
#   remediation: >-
#     Issue a new key at the provider, store it as the secret's new version, and revoke the
#     old key.
package sec004.criteria.rotated_on_schedule

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.credential_ids

unseen contains {"source": "secrets_manager", "reason": reason, "resource": credential.id} if {
	some credential in input.credentials
	reason := _unseen(credential)
}

violations contains violation if {
	some credential in input.credentials
	not _on_schedule(credential)
	not _unseen(credential)
	violation := {
		"resource": credential.id,
		"observed": {
			"interval_ns": object.get(credential, ["rotation", "interval_ns"], null),
			"rotated_at_ns": object.get(credential, ["secret", "rotated_at_ns"], null),
			"binding": object.get(credential, ["binding", "status"], null),
		},
	}
}

_on_schedule(credential) if {
	_scheduled(credential)
	credential.binding.status == "bound"
	age_ns := input.as_of_ns - credential.secret.rotated_at_ns
	age_ns >= 0
	age_ns <= credential.rotation.interval_ns
}

_unseen(credential) := facts.unseen_binding(credential) if _scheduled(credential)

else := "the creation of its current version was not seen" if {
	_scheduled(credential)
	credential.binding.status == "bound"
	credential.secret.current == true
	credential.secret.rotated_at_ns == null
}

_scheduled(credential) if {
	is_number(credential.rotation.interval_ns)
	credential.rotation.interval_ns > 0
}
