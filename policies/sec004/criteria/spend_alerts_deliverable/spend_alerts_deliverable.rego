# METADATA
# title: Every spend threshold has an alert that reaches somebody
# description: >-
#   For each credential with a threshold of daily spend there is an alert, at or below that
#   threshold, that is enabled, watches the spend of the credential's provider, and has a
#   confirmed recipient. AWS bills no OpenAI, Anthropic or Pinecone key, so its own billing
#   figures watch none of them. A credential with neither a threshold nor a reason why none
#   applies counts as one without an alert.
# scope: package
# custom:
#   level: 4
#   evidence: E4
#   severity: high
#   requires: [inventory, cloudwatch, budgets, sns]
#   remediation: >-
#     Publish the provider's spend as a metric, set an alarm on it at or below the threshold,
#     confirm a subscription of its topic, and name the alarm in declarations/inventory.yaml.
package sec004.criteria.spend_alerts_deliverable

import data.sec004.facts

about := rego.metadata.chain()[1].annotations

population contains credential.id if some credential in _judged

unseen contains {"source": source, "reason": reason, "resource": credential.id} if {
	some credential in _judged
	not _alerted(credential)
	some source in _unseen_sources(credential)
	reason := "whether its spend alert reaches somebody could not be seen"
}

violations contains violation if {
	some credential in _judged
	not _alerted(credential)
	not _undecided(credential)
	violation := {
		"resource": credential.id,
		"observed": object.filter(credential, ["provider", "spend_alert"]),
	}
}

_judged := [credential |
	some credential in input.credentials
	not _exempt(credential)
]

# METADATA
# description: >-
#   It takes the whole credential: OPA resolves a call's arguments outside of `not`, so that a
#   missing spend_alert would drop the credential from those that are judged.
_exempt(credential) if {
	facts.stated(credential.spend_alert.not_applicable)
	credential.spend_alert.threshold_usd_cents == null
}

_alerted(credential) if {
	some alert in credential.spend_alert.alerts
	_fires_in_time(alert, credential.spend_alert.threshold_usd_cents)
	some recipient in alert.recipients
	recipient.status == "confirmed"
}

# METADATA
# description: The difference is taken, since a comparison would rank a text above every number.
_fires_in_time(alert, threshold_usd_cents) if {
	alert.status == "found"
	alert.enabled == true
	alert.watches_provider == true
	alert.daily_threshold_usd_cents > 0
	threshold_usd_cents - alert.daily_threshold_usd_cents >= 0
}

_undecided(credential) if count(_unseen_sources(credential)) > 0

_unseen_sources(credential) := unseen_alerts | unseen_recipients if {
	threshold_usd_cents := credential.spend_alert.threshold_usd_cents
	is_number(threshold_usd_cents)
	threshold_usd_cents > 0
	unseen_alerts := {source |
		some alert in credential.spend_alert.alerts
		alert.status == "unseen"
		source := {"alarm": "cloudwatch", "budget": "budgets"}[alert.kind]
	}
	unseen_recipients := {source |
		some alert in credential.spend_alert.alerts
		_fires_in_time(alert, threshold_usd_cents)
		some recipient in alert.recipients
		recipient.status == "unseen"
		source := object.get({"email": "budgets"}, recipient.via, "sns")
	}
}
