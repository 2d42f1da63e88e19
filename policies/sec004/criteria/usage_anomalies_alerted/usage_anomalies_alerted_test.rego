package sec004.criteria.usage_anomalies_alerted_test

import data.sec004
import data.sec004.estate_test as estate

test_unknown_without_anomaly_detectors if {
	result := sec004.results.usage_anomalies_alerted with input as estate.flawless

	result.verdict == "unknown"
	{gap.source | some gap in result.gaps} == {"anomaly_detectors"}
}

test_unknown_when_nobody_was_judged if {
	coverage := {source: {"gaps": []} | some source in (estate.sources | {"anomaly_detectors"})}
	result := sec004.results.usage_anomalies_alerted with input as estate.changed("/coverage", coverage)

	result.verdict == "unknown"
	result.gaps == set()
	result.population == 0
}
