# METADATA
# title: The inventory and AWS Secrets Manager agree
# description: >-
#   Each entry of the inventory has its secret, and each secret that calls itself the key of
#   an AI provider has its entry. Calling a secret excluded does not help one whose name,
#   description or tags point to an AI provider, nor does an AWS service's owning it: either
#   may hold a key all the same. A secret that is neither declared nor excluded and points to
#   nobody could hold anything, so it stays unknown. Secrets pending deletion and replicas do
#   not count.
# scope: package
# custom:
#   level: 3
#   evidence: E1
#   severity: high
#   requires: [inventory, secrets_manager]
#   remediation: >-
#     Add the missing entry to declarations/inventory.yaml, exclude there a secret that holds
#     no AI key with the reason, or delete the secret together with its key at the provider.
package sec004.criteria.inventory_complete

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population contains id if some id in facts.credential_ids

population contains secret.arn if some secret in _judged_secrets

unseen contains credential if some credential in facts.unseen_bindings

unseen contains {"source": "inventory", "reason": reason, "resource": secret.arn} if {
	some secret in _judged_secrets
	not _declared(secret)
	_nameless(secret)
	reason := "neither declared nor excluded, and nothing tells what it holds"
}

violations contains violation if {
	some credential in input.credentials
	not credential.binding.status == "bound"
	not facts.unseen_binding(credential)
	violation := {"resource": credential.id, "observed": object.filter(credential, ["binding"])}
}

violations contains violation if {
	some secret in _judged_secrets
	not _declared(secret)
	not _nameless(secret)
	violation := {
		"resource": secret.arn,
		"observed": object.filter(secret, ["name", "provider", "entry", "excluded", "owned_by_service"]),
	}
}

_judged_secrets := [secret |
	some secret in input.stored_secrets
	not secret.pending_deletion == true
	not secret.replica == true
	not _set_aside(secret)
]

_set_aside(secret) if {
	not _declared(secret)
	_nameless(secret)
	some reason in ["excluded", "owned_by_service"]
	facts.stated(secret[reason])
}

_declared(secret) if facts.credential_ids[secret.entry]

_nameless(secret) if secret.provider == null
