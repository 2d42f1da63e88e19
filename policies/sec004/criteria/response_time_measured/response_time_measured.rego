# METADATA
# title: The response to a compromise is measured, and takes less than an hour
# description: >-
#   Each incident has the instants of its detection, its rotation, its report and the
#   Security Lead's notice, all within one hour. Where there was no incident, a drill was
#   timed.
# scope: package
# custom:
#   level: 5
#   evidence: E4
#   severity: medium
#   requires: [incidents]
#   remediation: >-
#     Record the four instants in declarations/incidents.yaml, or hold a drill and record
#     its instants.
package sec004.criteria.response_time_measured

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
