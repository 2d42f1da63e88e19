package sec004.criteria.usage_recorded_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_records_of_use if {
	result := sec004.results.usage_recorded with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"cloudtrail", "provider_audit_logs"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"cloudtrail", "provider_audit_logs"})}
	result := sec004.results.usage_recorded with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
