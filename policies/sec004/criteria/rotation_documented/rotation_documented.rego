# METADATA
# title: Every credential has a rotation schedule within its environment's ceiling
# description: >-
#   Each entry of the inventory states a rotation schedule that is no longer than its
#   environment allows. A configured ceiling counts when it is tighter than the default one;
#   a looser one makes nothing pass.
# scope: package
# custom:
#   level: 3
#   evidence: E3
#   severity: medium
#   requires: [inventory]
#   remediation: >-
#     Write a rotation schedule within the ceiling of its environment into
#     declarations/inventory.yaml, and keep to it.
package sec004.criteria.rotation_documented

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.credential_ids

violations contains violation if {
	some credential in input.credentials
	not _within_ceiling(credential)
	violation := {
		"resource": credential.id,
		"observed": object.union(
			object.filter(credential, ["environment", "rotation"]),
			{"ceiling_days": facts.ceiling_days(credential)},
		),
	}
}

_within_ceiling(credential) if {
	facts.stated(credential.rotation.schedule)
	credential.rotation.interval_ns > 0
	ceiling_ns := facts.ceiling_days(credential) * facts.day_ns
	ceiling_ns - credential.rotation.interval_ns >= 0
}
