package sec004.criteria.rotated_after_compromise_or_departure_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_incidents_and_people if {
	result := sec004.results.rotated_after_compromise_or_departure with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"incidents", "people", "provider_keys"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"incidents", "people", "provider_keys"})}
	result := sec004.results.rotated_after_compromise_or_departure with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
