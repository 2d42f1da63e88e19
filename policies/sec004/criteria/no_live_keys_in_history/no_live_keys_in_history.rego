# METADATA
# title: No key that was ever committed is still active
# description: >-
#   Each AI key found anywhere in the history of a declared repository is revoked at its
#   provider. A shallow clone shows only a part of that history.
# scope: package
# custom:
#   level: 3
#   evidence: E5
#   severity: critical
#   requires: [source_scan, provider_keys]
#   remediation: >-
#     Revoke the key at the provider and issue a new one; rewriting history does not take
#     a key back.
package sec004.criteria.no_live_keys_in_history

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
