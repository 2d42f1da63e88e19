package sec004.criteria.access_restricted_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_effective_access if {
	result := sec004.results.access_restricted with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"effective_access"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"effective_access"})}
	result := sec004.results.access_restricted with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
