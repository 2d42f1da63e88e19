# METADATA
# title: Every credential is fully documented in the inventory
# description: >-
#   Each entry of the inventory states its provider, its environment, its scope, where it is
#   stored, its rotation schedule, and the daily spend from which somebody must be told, or
#   why no such threshold applies. An empty inventory documents nothing.
# scope: package
# custom:
#   level: 2
#   evidence: E1
#   severity: medium
#   requires: [inventory]
#   remediation: Complete the entry in declarations/inventory.yaml with what is missing.
package sec004.criteria.inventory_documented

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.credential_ids

violations contains violation if {
	some credential in input.credentials
	missing := [member | some member in _members; not _documented(credential, member)]
	count(missing) > 0
	violation := {"resource": credential.id, "observed": {"missing": missing}}
}

_members := ["provider", "environment", "scope", "storage", "rotation", "spend_alert"]

_documented(credential, "provider") if facts.stated(credential.provider)

_documented(credential, "environment") if facts.stated(credential.environment)

_documented(credential, "scope") if facts.stated(credential.scope)

_documented(credential, "storage") if {
	some place in ["secret", "elsewhere"]
	facts.stated(credential.storage[place])
}

_documented(credential, "rotation") if facts.stated(credential.rotation.schedule)

_documented(credential, "spend_alert") if {
	is_number(credential.spend_alert.threshold_usd_cents)
	credential.spend_alert.threshold_usd_cents > 0
}

_documented(credential, "spend_alert") if facts.stated(credential.spend_alert.not_applicable)
