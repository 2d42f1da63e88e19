package sec004.criteria.scoped_to_service_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_provider_keys if {
	result := sec004.results.scoped_to_service with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"provider_keys"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"provider_keys"})}
	result := sec004.results.scoped_to_service with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
