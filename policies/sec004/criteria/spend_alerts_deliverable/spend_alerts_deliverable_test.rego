package sec004.criteria.spend_alerts_deliverable_test

import data.sec004.criteria.spend_alerts_deliverable as criterion
import data.sec004.estate_test as estate

_alert(changes) := object.union(estate.flawless.credentials[0].spend_alert.alerts[0], changes)

_recipient(changes) := object.union(_alert({}).recipients[0], changes)

_alerts(alerts) := estate.changed("/credentials/0/spend_alert/alerts", alerts)

_unseen_sources(facts) := sources if {
	unseen := criterion.unseen with input as facts
	{gap.resource | some gap in unseen} == {"openai-production"}
	sources := {gap.source | some gap in unseen}
}

_fails(facts) if {
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts
	count(violations) == 1
	unseen == set()
}

_passes(facts) if {
	population := criterion.population with input as facts
	violations := criterion.violations with input as facts
	unseen := criterion.unseen with input as facts
	population == {"openai-production"}
	violations == set()
	unseen == set()
}

test_pass_at_the_threshold if _passes(estate.flawless)

test_fail_one_cent_above_the_threshold if _fails(_alerts([_alert({"daily_threshold_usd_cents": 50001})]))

test_pass_with_one_good_alert_and_one_good_recipient if {
	good := _alert({"recipients": [_recipient({"status": "broken"}), _recipient({})]})

	_passes(_alerts([_alert({"status": "missing"}), _alert({"status": "unseen"}), good]))
}

test_fail_with_an_unusable_alert if {
	every path, values in {
		"alerts": [null, "", 5, true, [], {}],
		"alerts/0": [null, "openai-spend", 5, [], {}],
		"alerts/0/status": [null, "missing", "", 5, true, [], {}],
		"alerts/0/enabled": [null, false, "true", 1, [], {}],
		"alerts/0/watches_provider": [null, false, "true", 1, [], {}],
		"alerts/0/daily_threshold_usd_cents": [null, 0, -1, "1", true, [], {}],
		"alerts/0/recipients": [null, "security@example.com", 5, true, [], {}],
		"alerts/0/recipients/0/status": [null, "broken", "", 5, true, [], {}],
		"threshold_usd_cents": [null, 0, -1, "50000", "", true, [], {}],
	} {
		every value in values {
			pointer := concat("/", ["/credentials/0/spend_alert", path])
			_fails(json.patch(estate.flawless, [{"op": "replace", "path": pointer, "value": value}]))
		}
	}
}

test_fail_without_a_member if {
	every member in [
		"alerts",
		"alerts/0",
		"alerts/0/status",
		"alerts/0/enabled",
		"alerts/0/watches_provider",
		"alerts/0/daily_threshold_usd_cents",
		"alerts/0/recipients",
		"alerts/0/recipients/0",
		"alerts/0/recipients/0/status",
		"threshold_usd_cents",
	] {
		_fails(estate.lacking(concat("/", ["/credentials/0/spend_alert", member])))
	}
}

test_fail_with_neither_a_threshold_nor_a_reason if {
	every value in [null, {}, "none", 5, true, []] {
		_fails(estate.changed("/credentials/0/spend_alert", value))
	}
	_fails(estate.lacking("/credentials/0/spend_alert"))
}

test_an_unseen_alert_is_undecided if {
	_unseen_sources(_alerts([_alert({"status": "unseen"})])) == {"cloudwatch"}
	_unseen_sources(_alerts([_alert({"status": "unseen", "kind": "budget"})])) == {"budgets"}
	_unseen_sources(_alerts([_alert({"status": "missing"}), _alert({"status": "unseen"})])) == {"cloudwatch"}
}

test_an_unseen_recipient_is_undecided if {
	unseen_of_topic := _alert({"recipients": [_recipient({"status": "unseen"})]})
	unseen_of_budget := _alert({"recipients": [_recipient({"status": "unseen", "via": "email"})]})

	_unseen_sources(_alerts([unseen_of_topic])) == {"sns"}
	_unseen_sources(_alerts([unseen_of_budget])) == {"budgets"}
	_unseen_sources(_alerts([unseen_of_topic, unseen_of_budget])) == {"sns", "budgets"}
}

test_what_is_undecided_is_no_violation if {
	violations := criterion.violations with input as _alerts([_alert({"status": "unseen"})])

	violations == set()
}

test_fail_when_the_alert_of_an_unseen_recipient_would_not_fire if {
	recipients := [_recipient({"status": "unseen"})]

	every change in [{"enabled": false}, {"watches_provider": false}, {"daily_threshold_usd_cents": 50001}] {
		_fails(_alerts([_alert(object.union(change, {"recipients": recipients}))]))
	}
}

test_fail_when_an_unseen_alert_is_of_no_known_kind if {
	every kind in [null, "pager", 5] {
		_fails(_alerts([_alert({"status": "unseen", "kind": kind})]))
	}
}

test_fail_without_a_usable_threshold_whatever_was_not_seen if {
	every value in [null, 0, -1, "50000", true] {
		spend_alert := {"threshold_usd_cents": value, "not_applicable": null, "alerts": [_alert({"status": "unseen"})]}
		_fails(estate.changed("/credentials/0/spend_alert", spend_alert))
	}
}

test_a_credential_without_a_threshold_for_a_reason_is_not_judged if {
	spend_alert := {"threshold_usd_cents": null, "not_applicable": "billed at a flat rate", "alerts": []}
	facts := estate.changed("/credentials/0/spend_alert", spend_alert)
	population := criterion.population with input as facts
	violations := criterion.violations with input as facts

	population == set()
	violations == set()
}

test_a_reason_exempts_nobody_who_has_a_threshold if {
	spend_alert := {"threshold_usd_cents": 50000, "not_applicable": "billed at a flat rate", "alerts": []}

	_fails(estate.changed("/credentials/0/spend_alert", spend_alert))
}

test_an_unusable_reason_exempts_nobody if {
	every value in [null, "", " ", 5, true, [], {}] {
		spend_alert := {"threshold_usd_cents": null, "not_applicable": value, "alerts": []}
		_fails(estate.changed("/credentials/0/spend_alert", spend_alert))
	}
}

test_the_alerts_are_shown if {
	violations := criterion.violations with input as _alerts([])

	violations == {{
		"resource": "openai-production",
		"observed": {
			"provider": "openai",
			"spend_alert": {"threshold_usd_cents": 50000, "not_applicable": null, "alerts": []},
		},
	}}
}
