# METADATA
# title: Unusual use or spend reaches somebody
# description: >-
#   A detector of unusual use or spend watches each credential's provider, and what it
#   finds reaches a confirmed recipient. A rule that can match no event detects nothing.
# scope: package
# custom:
#   level: 4
#   evidence: E4
#   severity: high
#   requires: [inventory, cloudwatch, eventbridge, sns, anomaly_detectors]
#   remediation: >-
#     Set up anomaly detection on the provider's use or spend, and confirm a recipient of
#     its alerts.
package sec004.criteria.usage_anomalies_alerted

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
