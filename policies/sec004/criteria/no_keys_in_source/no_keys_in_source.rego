# METADATA
# title: No repository holds an AI key
# description: >-
#   No tip of any branch of any declared repository holds an AI key, in whatever folder
#   or kind of file. A path that is no repository was not scanned.
# scope: package
# custom:
#   level: 2
#   evidence: E5
#   severity: critical
#   requires: [source_scan]
#   remediation: >-
#     Revoke the key at the provider and issue a new one, since removing it from the file
#     leaves it in history; read it from AWS Secrets Manager instead.
package sec004.criteria.no_keys_in_source

about := rego.metadata.chain()[1].annotations

population := set()

violations := set()
