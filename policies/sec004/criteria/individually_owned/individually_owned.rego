# METADATA
# title: Every credential has an owner and a key of its own
# description: >-
#   Each entry of the inventory names one accountable person or team, and no two entries
#   share a key of the provider. An e-mail address is a mailbox, which answers for nothing.
# scope: package
# custom:
#   level: 2
#   evidence: E1
#   severity: medium
#   requires: [inventory]
#   remediation: >-
#     Name the person or team who answers for the key in declarations/inventory.yaml, and
#     issue a key of its own at the provider for each entry that shares one.
package sec004.criteria.individually_owned

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.credential_ids

violations contains violation if {
	some credential in input.credentials
	not _individually_owned(credential)
	violation := {
		"resource": credential.id,
		"observed": object.filter(credential, ["owner", "shares_key_with"]),
	}
}

_individually_owned(credential) if {
	_accountable[credential.owner.kind]
	facts.stated(credential.owner.name)
	credential.owner.address == false
	credential.shares_key_with == []
}

_accountable := {"person", "team"}
