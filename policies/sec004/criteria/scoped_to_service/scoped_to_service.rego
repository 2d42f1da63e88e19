# METADATA
# title: Every credential is scoped to named services
# description: >-
#   Each key serves one environment and named services, with the least rights that the
#   provider offers. A key of the whole organisation or of an administrator is scoped to
#   nothing.
# scope: package
# custom:
#   level: 5
#   evidence: E1
#   severity: high
#   requires: [inventory, provider_keys]
#   remediation: >-
#     Issue a restricted key for each service and environment at the provider, and revoke
#     the wider one.
package sec004.criteria.scoped_to_service

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
