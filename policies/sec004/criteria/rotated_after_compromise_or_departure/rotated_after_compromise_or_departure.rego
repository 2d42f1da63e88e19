# METADATA
# title: Keys were rotated after each compromise and departure
# description: >-
#   After each incident, and after each departure, every key that was touched was rotated
#   at once. A new version does not help while the old key is still active.
# scope: package
# custom:
#   level: 5
#   evidence: E3
#   severity: critical
#   requires: [inventory, secrets_manager, incidents, people, provider_keys]
#   remediation: >-
#     Rotate every key that the incident or the person who left touched, and revoke the
#     old ones at the provider.
package sec004.criteria.rotated_after_compromise_or_departure

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
