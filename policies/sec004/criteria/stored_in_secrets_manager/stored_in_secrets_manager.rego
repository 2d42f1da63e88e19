# METADATA
# title: Every credential is stored in AWS Secrets Manager
# description: >-
#   Each entry of the inventory is bound to exactly one secret of its account and region. The
#   secret is a primary, is not pending deletion, and has a current version.
# scope: package
# custom:
#   level: 3
#   evidence: E1
#   severity: high
#   requires: [inventory, secrets_manager]
#   remediation: >-
#     Store the key in AWS Secrets Manager, remove it from everywhere else, and name the
#     secret with its account and region in declarations/inventory.yaml.
package sec004.criteria.stored_in_secrets_manager

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.credential_ids

unseen := facts.unseen_bindings

violations contains violation if {
	some credential in input.credentials
	not _stored(credential)
	not facts.unseen_binding(credential)
	violation := {
		"resource": credential.id,
		"observed": {
			"binding": object.get(credential, "binding", null),
			"secret": {member: value |
				some member in ["arn", "pending_deletion", "replica", "current"]
				value := credential.secret[member]
			},
		},
	}
}

_stored(credential) if {
	credential.binding.status == "bound"
	credential.secret.pending_deletion == false
	credential.secret.replica == false
	credential.secret.current == true
}
