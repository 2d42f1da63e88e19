# METADATA
# description: The facts of a small flawless estate, and how a test departs from them.
package sec004.estate_test

day_ns := 86400000000000

# METADATA
# description: 2026-11-01T00:00:00Z
now_ns := 1793491200000000000

secret_arn := "arn:aws:secretsmanager:eu-west-1:111122223333:secret:ai/openai-AbCdEf"

topic_arn := "arn:aws:sns:us-east-1:111122223333:spend"

# METADATA
# description: The sources that exist.
sources := {
	"inventory",
	"access",
	"waivers",
	"secrets_manager",
	"resource_policies",
	"kms",
	"iam",
	"lambda",
	"cloudwatch",
	"budgets",
	"sns",
	"eventbridge",
	"source_scan",
}

flawless := {
	"as_of_ns": now_ns,
	"target_level": 4,
	"parameters": {"rotation_ceiling_days": {"production": 90}},
	"default_parameters": {"rotation_ceiling_days": {"production": 90}},
	"coverage": {source: {"gaps": []} | some source in sources},
	"credentials": [_credential],
	"effective_access": _effective_access,
	"stored_secrets": [_stored_secret],
	"repositories": [{
		"name": "shop",
		"head": "1111111111111111111111111111111111111111",
		"branches": 1,
		"commits": 2,
		"blobs": 3,
		"rules": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
		"suppressed": 0,
	}],
	"infrastructure": {"credentials": [], "other_checks": [], "unresolved": [], "unlisted": []},
	"leaked_keys": [],
	"waivers": [],
}

# METADATA
# description: The flawless estate with another value at one place (a JSON pointer).
changed(path, value) := json.patch(flawless, [{"op": "add", "path": path, "value": value}])

# METADATA
# description: The flawless estate without one member (a JSON pointer).
lacking(path) := json.patch(flawless, [{"op": "remove", "path": path}])

_credential := {
	"id": "openai-production",
	"provider": "openai",
	"environment": "production",
	"scope": "GPT-4o",
	"services": ["chat"],
	"owner": {"kind": "team", "name": "Platform", "address": false},
	"provider_key": null,
	"shares_key_with": [],
	"storage": {
		"secret": secret_arn,
		"account": null,
		"region": null,
		"json_key": null,
		"elsewhere": null,
	},
	"rotation": {"schedule": "90 days", "interval_ns": 90 * day_ns},
	"spend_alert": {
		"threshold_usd_cents": 50000,
		"not_applicable": null,
		"alerts": [{
			"kind": "alarm",
			"name": "openai-spend",
			"status": "found",
			"enabled": true,
			"watches_provider": true,
			"daily_threshold_usd_cents": 50000,
			"recipients": [{
				"via": topic_arn,
				"endpoint": "security@example.com",
				"protocol": "email",
				"status": "confirmed",
				"reason": null,
			}],
		}],
	},
	"binding": {"status": "bound", "how": "arn", "confidence": "high", "candidates": [secret_arn]},
	"secret": {
		"arn": secret_arn,
		"name": "ai/openai",
		"account": "111122223333",
		"region": "eu-west-1",
		"pending_deletion": false,
		"replica": false,
		"copies": [secret_arn],
		"uncollected_copies": [],
		"current": true,
		"rotated_at_ns": now_ns - (90 * day_ns),
		"rotation": {
			"enabled": true,
			"schedule": "rate(90 days)",
			"interval_ns": 90 * day_ns,
			"performed_by": "function",
			"function": {
				"arn": "arn:aws:lambda:eu-west-1:111122223333:function:rotate",
				"status": "found",
				"invocable": true,
				"throttled": false,
			},
			"last_rotated_at_ns": now_ns - (90 * day_ns),
			"next_rotation_at_ns": now_ns,
			"stuck": false,
		},
	},
}

# METADATA
# description: The service that uses the key reads it, by its role's own policy.
reader_arn := "arn:aws:iam::111122223333:role/chat"

_effective_access := {
	"classes": {
		"workload": {"environments": ["production"]},
		"developer": {"environments": ["development"]},
	},
	"principals": {reader_arn: {
		"type": "role",
		"account": "111122223333",
		"classes": ["workload"],
		"assigned": [],
	}},
	"steps": [],
	"secrets": {secret_arn: {
		"name": "ai/openai",
		"account": "111122223333",
		"region": "eu-west-1",
		"classes": [],
		"gaps": [],
		"readers": [{
			"principal": reader_arn,
			"decision": "allow",
			"direct": true,
			"ways": [{
				"kind": "direct",
				"decision": "allow",
				"vouched_for": false,
				"path": [],
				"conditions": [],
				"unseen": [],
				"grants_seen": true,
			}],
		}],
	}},
}

_stored_secret := {
	"arn": secret_arn,
	"name": "ai/openai",
	"account": "111122223333",
	"region": "eu-west-1",
	"provider": "openai",
	"entry": "openai-production",
	"excluded": null,
	"owned_by_service": null,
	"pending_deletion": false,
	"replica": false,
}

# METADATA
# description: The flawless estate with one leaked key, whose members may be other ones.
with_leak(members) := changed("/leaked_keys", [object.union(leak, members)])

# METADATA
# description: A key that somebody took out of a branch again, a day before its credential was rotated.
leak := {
	"repository": "shop",
	"provider": "openai",
	"kind": "project_key",
	"fingerprint": "sha256:0000000000000000000000000000000000000000000000000000000000000000",
	"hint": "abcd",
	"where": "history",
	"commit": "1111111111111111111111111111111111111111",
	"path": "src/app.py",
	"inside": null,
	"line": 3,
	"branches": [],
	"suppressed": false,
	"first_at_ns": now_ns - (20 * day_ns),
	"last_at_ns": now_ns - (10 * day_ns),
	"credential": "openai-production",
	"joined_by": "fingerprint",
	"rotated_at_ns": now_ns - (9 * day_ns),
}
