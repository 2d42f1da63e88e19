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

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := facts.repository_names

violations contains violation if {
	some leak in input.leaked_keys
	not _elsewhere(leak)
	violation := {
		"resource": facts.leak_resource(leak),
		"observed": object.filter(leak, ["provider", "kind", "fingerprint", "line", "branches", "suppressed"]),
	}
}

# METADATA
# description: >-
#   Only what is known to stand in no tip is left to the criterion on history. A file's name
#   stands in a tip as long as a branch holds the file.
_elsewhere(leak) if leak.where in {"history", "message", "tag", "note", "stash", "reflog", "unreachable", "working_tree", "report"}

_elsewhere(leak) if {
	leak.where == "filename"
	leak.branches == []
}
