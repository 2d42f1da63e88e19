# METADATA
# title: Every credential is rotated automatically
# description: >-
#   Each credential's secret rotates by itself, at least as often as the credential's own
#   schedule asks. Its function exists and may run, unless a partner or an AWS service
#   rotates it. The last rotation succeeded, the next one is not overdue, and none is stuck.
# scope: package
# custom:
#   level: 5
#   evidence: E3
#   severity: medium
#   requires: [inventory, secrets_manager, lambda]
#   remediation: >-
#     Turn on rotation for the secret with a function that issues the new key at the provider
#     and revokes the old one, let Secrets Manager invoke it, and finish a rotation that is
#     stuck.
package sec004.criteria.rotated_automatically

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.credential_ids

unseen contains object.union(gap, {"resource": credential.id}) if {
	some credential in input.credentials
	gap := _unseen(credential)
}

violations contains violation if {
	some credential in input.credentials
	not _automatic(credential)
	not _unseen(credential)
	violation := {
		"resource": credential.id,
		"observed": {
			"interval_ns": object.get(credential, ["rotation", "interval_ns"], null),
			"rotation": object.get(credential, ["secret", "rotation"], null),
			"binding": object.get(credential, ["binding", "status"], null),
		},
	}
}

_automatic(credential) if {
	_timely(credential)
	_performed(credential.secret.rotation)
}

# METADATA
# description: Differences are taken, since a comparison would rank a text above every number.
_timely(credential) if {
	credential.binding.status == "bound"
	rotation := credential.secret.rotation
	rotation.enabled == true
	rotation.stuck == false
	input.as_of_ns - rotation.last_rotated_at_ns >= 0
	rotation.next_rotation_at_ns - input.as_of_ns >= 0
	rotation.interval_ns > 0
	credential.rotation.interval_ns - rotation.interval_ns >= 0
}

_performed(rotation) if rotation.performed_by in {"partner", "service"}

_performed(rotation) if {
	rotation.performed_by == "function"
	rotation.function.status == "found"
	rotation.function.invocable == true
	rotation.function.throttled == false
}

_unseen(credential) := {"source": "secrets_manager", "reason": reason} if {
	reason := facts.unseen_binding(credential)
}

else := {"source": "lambda", "reason": "whether its rotation function may run was not seen"} if {
	_timely(credential)
	credential.secret.rotation.performed_by == "function"
	_undecided(credential.secret.rotation.function)
}

_undecided(function) if function.status == "unseen"

_undecided(function) if {
	function.status == "found"
	[function.invocable, function.throttled] in {[null, false], [true, null], [null, null]}
}
