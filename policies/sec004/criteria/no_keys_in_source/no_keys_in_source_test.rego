package sec004.criteria.no_keys_in_source_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_a_source_scan if {
	result := sec004.results.no_keys_in_source with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"source_scan"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"source_scan"})}
	result := sec004.results.no_keys_in_source with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
