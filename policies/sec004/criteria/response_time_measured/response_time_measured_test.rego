package sec004.criteria.response_time_measured_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_incidents if {
	result := sec004.results.response_time_measured with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"incidents"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"incidents"})}
	result := sec004.results.response_time_measured with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
