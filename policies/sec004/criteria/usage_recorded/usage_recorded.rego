# METADATA
# title: Each use of a credential is recorded
# description: >-
#   CloudTrail records the reads of each credential's secret in a trail that is logging,
#   and the provider's audit log is on.
# scope: package
# custom:
#   level: 4
#   evidence: E4
#   severity: high
#   requires: [inventory, secrets_manager, cloudtrail, provider_audit_logs]
#   remediation: >-
#     Turn on a trail that records the management events of the secret's account and
#     region, and the audit log at the provider.
package sec004.criteria.usage_recorded

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
