# METADATA
# title: Each spend alert was investigated
# description: >-
#   Each alert that fired, and each day whose cost exceeded its threshold whether or not
#   an alert fired, has an investigation with an owner, an outcome and a date.
# scope: package
# custom:
#   level: 4
#   evidence: E4
#   severity: high
#   requires: [inventory, alert_history, provider_costs, alerts]
#   remediation: >-
#     Investigate what is open, and record owner, outcome and date in
#     declarations/alerts.yaml.
package sec004.criteria.alerts_investigated

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
