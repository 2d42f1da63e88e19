# METADATA
# title: Only approved principals can read a production secret
# description: >-
#   No principal outside the approved classes can read the secret of a production credential,
#   or a replica of it, by any path: identity policy, resource policy, KMS key, role chain,
#   another account or the public. A principal who can read it on some condition counts as one
#   who can. Ways that need other rights first, such as writing a policy or passing a role, are
#   shown in the report and not judged.
# scope: package
# custom:
#   level: 3
#   evidence: E2
#   severity: critical
#   requires: [inventory, access, secrets_manager, resource_policies, kms, iam]
#   remediation: >-
#     Remove the grant that the path names, or approve the principal's class in
#     declarations/access.yaml.
package sec004.criteria.access_restricted

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population := {credential.id | some credential in _production}

unseen contains {"source": "inventory", "reason": "no environment is stated", "resource": credential.id} if {
	some credential in input.credentials
	not facts.stated(credential.environment)
}

unseen contains {"source": "secrets_manager", "reason": reason, "resource": credential.id} if {
	some credential in _production
	reason := _unseen(credential)
}

unseen contains {"source": "effective_access", "reason": reason, "resource": arn} if {
	some credential in _production
	some arn in credential.secret.copies
	some reason in input.effective_access.secrets[arn].gaps
}

unseen contains {"source": "effective_access", "reason": reason, "resource": reader.principal} if {
	some credential in _production
	some reader in _unapproved(credential)
	not _reads(reader)
	some way in reader.ways
	_judged(way)
	some reason in way.unseen
}

violations contains violation if {
	_classes_declared
	some credential in _production
	some reader in _unapproved(credential)
	some way in [_reading_ways(reader)[0]]
	violation := {
		"resource": credential.id,
		"observed": {
			"secret": reader.secret,
			"principal": reader.principal,
			"way": way.kind,
			"decision": way.decision,
			"conditions": way.conditions,
			"unseen": way.unseen,
			"classes": input.effective_access.principals[reader.principal].classes,
		},
	}
}

# METADATA
# description: Where nobody said who may read, nobody is known to read without approval.
_classes_declared if count(input.coverage.access.gaps) == 0

_production := [credential | some credential in input.credentials; credential.environment == "production"]

_unseen(credential) := reason if reason := facts.unseen_binding(credential)

else := "no secret is bound to it, so that nobody can tell who reads it" if credential.secret == null

else := reason if {
	not _every_copy_known(credential)
	reason := "who can read it was not derived for all of its copies"
}

else := "it has a replica in a place that was not collected" if count(credential.secret.uncollected_copies) > 0

_every_copy_known(credential) if {
	count(credential.secret.copies) > 0
	every arn in credential.secret.copies {
		is_array(input.effective_access.secrets[arn].readers)
	}
}

# METADATA
# description: The readers of any copy whom no class lets read it.
_unapproved(credential) := {object.union(reader, {"secret": arn}) |
	some arn in credential.secret.copies
	some reader in input.effective_access.secrets[arn].readers
	not _approved(credential, arn, reader)
}

_approved(credential, arn, reader) if {
	some class in input.effective_access.principals[reader.principal].classes
	_may_read(credential, arn, class)
}

_may_read(credential, _, class) if {
	some environment in input.effective_access.classes[class].environments
	environment == credential.environment
}

_may_read(_, arn, class) if {
	some named in input.effective_access.secrets[arn].classes
	named == class
}

_reads(reader) if count(_reading_ways(reader)) > 0

# METADATA
# description: >-
#   The judged ways whose grants were all seen, the surest first. What is unseen could only
#   forbid them, and they count in the worst case, as those that depend on a condition do.
_reading_ways(reader) := [way |
	some way in reader.ways
	_judged(way)
	not way.grants_seen == false
]

_judged(way) if way.kind in {"direct", "role_chain"}

# METADATA
# description: An identity provider is let in by design, where a claim says whom it vouches for.
_judged(way) if {
	way.kind == "web_identity"
	way.vouched_for != true
}
