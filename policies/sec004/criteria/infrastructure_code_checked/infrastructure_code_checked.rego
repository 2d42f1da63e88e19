# METADATA
# title: Infrastructure code declares every credential's secret as it should be
# description: >-
#   Each secret that code declares for a credential has a customer's KMS key with a policy, and
#   a rotation within the ceiling of its environment; the account has it just so. No code holds
#   a key or gives rights beyond need, and no secret that points to an AI provider is missing
#   in the inventory. A check that a comment in the code suppresses did not pass. What is an
#   expression, or was not checked, stays unknown.
# scope: package
# custom:
#   level: 0
#   evidence: E3
#   severity: medium
#   requires: [inventory, infrastructure_code]
#   remediation: >-
#     Mend the code where the check points to it and apply it; take over into the code what was
#     changed in the account by hand; take out the suppression, or have it waived here.
package sec004.criteria.infrastructure_code_checked

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population contains declared.credential if some declared in input.infrastructure.credentials

unseen contains {"source": "infrastructure_code", "reason": open.reason, "resource": declared.credential} if {
	some declared in input.infrastructure.credentials
	some open in declared.undecided
	facts.stated(open.reason)
}

unseen contains {"source": "infrastructure_code", "reason": "its name is an expression", "resource": secret.address} if {
	some secret in input.infrastructure.unresolved
}

unseen contains {"source": "infrastructure_code", "reason": "checkov could not tell", "resource": check.resource} if {
	some check in input.infrastructure.other_checks
	check.result == "UNKNOWN"
}

violations contains violation if {
	some declared in input.infrastructure.credentials
	not _sound(declared)
	not _undecided(declared)
	violation := {
		"resource": declared.credential,
		"observed": object.union(
			object.filter(declared, ["folder", "file", "line", "address", "environment", "rotation", "drift"]),
			{"ceiling_days": facts.ceiling_days(declared), "checks": _failing(declared)},
		),
	}
}

violations contains {"resource": check.resource, "observed": check} if {
	some check in input.infrastructure.other_checks
	not check.result == "UNKNOWN"
}

violations contains {"resource": secret.address, "observed": secret} if {
	some secret in input.infrastructure.unlisted
}

_sound(declared) if {
	_no_fault(declared)
	_rotates(declared)
	declared.undecided == []
	count(declared.checks) > 0
	every check in declared.checks {
		check.result == "PASSED"
	}
}

# METADATA
# description: Nothing speaks against it, and something is not known.
_undecided(declared) if {
	_no_fault(declared)
	_rotation_open(declared)
	some open in declared.undecided
	facts.stated(open.reason)
}

_no_fault(declared) if {
	is_array(declared.checks)
	_failing(declared) == []
	declared.drift == []
}

_failing(declared) := [check |
	some check in object.get(declared, "checks", [])
	not _passed(check)
]

_passed(check) if check.result in {"PASSED", "UNKNOWN"}

_rotation_open(declared) if _rotates(declared)

_rotation_open(declared) if declared.rotation.status == "unresolved"

_rotates(declared) if {
	declared.rotation.status == "declared"
	declared.rotation.interval_ns > 0
	(facts.ceiling_days(declared) * facts.day_ns) - declared.rotation.interval_ns >= 0
}
