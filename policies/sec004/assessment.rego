# METADATA
# title: SEC-004 AI API credential management
package sec004

# METADATA
# description: >-
#   One result for each criterion, the levels that they prove and leave possible, and the
#   criteria that keep the next level from being proven. A criterion of level 0 supports
#   others and keeps no level from being proven.
# entrypoint: true
assessment := {
	"criteria": results,
	"level": {
		"proven": _proven,
		"possible": _level(_holding | {"unknown"}),
		"target": input.target_level,
		"blocking": {slug |
			some slug, result in results
			result.level <= _proven + 1
			result.level > 0
			not result.verdict in _holding
		},
	},
}

results[slug] := result if {
	some slug
	about := data.sec004.criteria[slug].about
	population := data.sec004.criteria[slug].population
	violations := data.sec004.criteria[slug].violations
	gaps := _gaps(about.custom.requires) | {_gap(unseen) | some unseen in data.sec004.criteria[slug].unseen}
	result := {
		"title": about.title,
		"description": about.description,
		"level": about.custom.level,
		"evidence": about.custom.evidence,
		"severity": about.custom.severity,
		"remediation": about.custom.remediation,
		"requires": about.custom.requires,
		"verdict": _verdict(population, violations, gaps, object.get(about.custom, "empty", "unknown")),
		"population": count(population),
		"violations": violations,
		"gaps": gaps,
		"waived": _waived(slug, violations),
	}
}

# METADATA
# description: What the sources could not see. A source without a list of gaps does not exist yet.
_gaps(sources) := {gap |
	some source in sources
	some gap in _reported(source)
}

_reported(source) := input.coverage[source].gaps if is_array(input.coverage[source].gaps)

else := [_gap({"source": source, "reason": "no source yet"})]

_gap(known) := object.union(
	{"source": null, "reason": null, "account": null, "region": null, "operation": null, "code": null, "resource": null},
	known,
)

# METADATA
# description: >-
#   A violation outweighs a gap, and a criterion that judged nothing proves nothing, unless
#   its METADATA says that an empty population means not_applicable.
_verdict(population, violations, gaps, empty) := "fail" if count(violations) > 0

else := "unknown" if count(gaps) > 0

else := empty if count(population) == 0

else := "pass"

# METADATA
# description: >-
#   The waivers in force for what was violated, shown beside the verdict, which they never
#   change. At the instant of its expiry a waiver has expired. The difference is taken first,
#   since a comparison would rank a text above every number.
_waived(slug, violations) := {waived |
	resources := {violation.resource | some violation in violations}
	some waiver in input.waivers
	waiver.criterion == slug
	resources[waiver.resource]
	waiver.expires_ns - input.as_of_ns > 0
	waived := {
		"waiver": waiver.id,
		"resource": waiver.resource,
		"reason": waiver.reason,
		"approver": waiver.approver,
		"expires": waiver.expires,
	}
}

_holding := {"pass", "not_applicable"}

_proven := _level(_holding)

_level(accepted) := max({1} | {level |
	some level in {2, 3, 4, 5}
	every step in numbers.range(2, level) {
		_step_holds(step, accepted)
	}
})

# METADATA
# description: A level without criteria is never reached.
_step_holds(step, accepted) if {
	verdicts := {result.verdict | some result in results; result.level == step}
	count(verdicts) > 0
	count(verdicts - accepted) == 0
}
