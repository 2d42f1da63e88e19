# METADATA
# title: Only approved principals can read a production secret
# description: >-
#   No principal outside the approved classes can read the secret of a production
#   credential by any path: identity policy, resource policy, KMS key, role chain or
#   another account.
# scope: package
# custom:
#   level: 3
#   evidence: E2
#   severity: critical
#   requires: [inventory, access, secrets_manager, resource_policies, kms, iam, effective_access]
#   remediation: >-
#     Remove the grant that the path names, or approve the principal's class in
#     declarations/access.yaml.
package sec004.criteria.access_restricted

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
