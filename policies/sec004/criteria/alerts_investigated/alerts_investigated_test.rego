package sec004.criteria.alerts_investigated_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_a_history_of_alerts if {
	result := sec004.results.alerts_investigated with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"alert_history", "provider_costs", "alerts"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"alert_history", "provider_costs", "alerts"})}
	result := sec004.results.alerts_investigated with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
