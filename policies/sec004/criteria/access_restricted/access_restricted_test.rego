package sec004.criteria.access_restricted_test

import data.sec004
import data.sec004.estate_test as estate

secret := sprintf("/effective_access/secrets/%s", [replace(estate.secret_arn, "/", "~1")])

reader := sprintf("/effective_access/principals/%s", [replace(estate.reader_arn, "/", "~1")])

stranger := "arn:aws:iam::444455556666:root"

test_pass if {
	result := sec004.results.access_restricted with input as estate.flawless

	result.verdict == "pass"
	result.population == 1
	result.violations == set()
	result.gaps == set()
}

test_fail_when_the_reader_belongs_to_no_class if {
	result := sec004.results.access_restricted with input as estate.changed(concat("", [reader, "/classes"]), [])

	result.verdict == "fail"
	result.violations == {{"resource": "openai-production", "observed": {
		"secret": estate.secret_arn,
		"principal": estate.reader_arn,
		"way": "direct",
		"decision": "allow",
		"conditions": [],
		"unseen": [],
		"classes": [],
	}}}
}

test_fail_when_its_class_may_not_read_this_environment if {
	changed := estate.changed(concat("", [reader, "/classes"]), ["developer"])
	result := sec004.results.access_restricted with input as changed

	result.verdict == "fail"
	{violation.observed.classes | some violation in result.violations} == {["developer"]}
}

test_fail_when_its_class_is_not_declared_any_more if {
	result := sec004.results.access_restricted with input as estate.lacking("/effective_access/classes/workload")

	result.verdict == "fail"
}

test_pass_when_its_class_may_read_this_secret_by_name if {
	result := sec004.results.access_restricted with input as json.patch(estate.flawless, [
		{"op": "replace", "path": concat("", [reader, "/classes"]), "value": ["developer"]},
		{"op": "replace", "path": concat("", [secret, "/classes"]), "value": ["developer"]},
	])

	result.verdict == "pass"
}

test_each_way_is_judged_or_not if {
	judged := {kind |
		some kind in [
			"direct", "role_chain", "web_identity", "saml", "pass_role", "run_code", "write_policy",
			"write_trust", "write_resource_policy", "write_key_policy", "create_grant", "replicate",
			"new_credentials",
			"new_principal",
		]
		result := sec004.results.access_restricted with input as also_read_by(way(kind))
		result.verdict == "fail"
	}

	judged == {"direct", "role_chain", "web_identity"}
}

test_fail_when_reading_depends_on_a_condition if {
	conditional := object.union(way("direct"), {"decision": "conditional", "conditions": ["aws:SourceIp"]})
	result := sec004.results.access_restricted with input as also_read_by(conditional)

	result.verdict == "fail"
	{violation.observed.conditions | some violation in result.violations} == {["aws:SourceIp"]}
	{violation.observed.decision | some violation in result.violations} == {"conditional"}
}

test_fail_when_an_unseen_policy_could_only_forbid_it if {
	unseen := object.union(way("direct"), {"decision": "conditional", "unseen": ["service_control_policy unseen: denied"]})
	result := sec004.results.access_restricted with input as also_read_by(unseen)

	result.verdict == "fail"
	result.gaps == set()
	{violation.observed.unseen | some violation in result.violations} == {["service_control_policy unseen: denied"]}
}

test_unknown_when_only_an_unseen_policy_could_allow_it if {
	result := sec004.results.access_restricted with input as also_read_by(allowed_by_what_is_unseen)

	result.verdict == "unknown"
	{[gap.resource, gap.reason] | some gap in result.gaps} == {[stranger, "a policy"]}
}

test_fail_when_one_way_is_seen_and_another_unseen if {
	ways := [way("role_chain"), allowed_by_what_is_unseen]
	readers := array.concat(readers_of(estate.flawless), [{"principal": stranger, "decision": "allow", "direct": true, "ways": ways}])
	result := sec004.results.access_restricted with input as with_readers(readers)

	result.verdict == "fail"
	result.gaps == set()
}

test_pass_when_an_approved_reader_depends_on_something_unseen if {
	unseen := object.union(way("direct"), {"decision": "conditional", "unseen": ["a policy"]})
	readers := [object.union(each, {"ways": [unseen]}) | some each in readers_of(estate.flawless)]
	result := sec004.results.access_restricted with input as with_readers(readers)

	result.verdict == "pass"
}

test_an_identity_provider_passes_only_where_a_claim_says_whom_it_vouches_for if {
	verdicts := {vouched_for: result.verdict |
		some vouched_for in [true, false, null]
		result := sec004.results.access_restricted with input as also_read_by(object.union(
			way("web_identity"),
			{"vouched_for": vouched_for},
		))
	}

	verdicts == {true: "pass", false: "fail", null: "fail"}
}

test_fail_when_a_replica_has_an_unapproved_reader if {
	replica := replace(estate.secret_arn, "eu-west-1", "us-east-1")
	copy := object.union(estate.flawless.effective_access.secrets[estate.secret_arn], {"readers": [{
		"principal": stranger,
		"decision": "allow",
		"direct": true,
		"ways": [way("direct")],
	}]})
	result := sec004.results.access_restricted with input as json.patch(also_known(stranger), [
		{"op": "add", "path": "/credentials/0/secret/copies/1", "value": replica},
		{"op": "add", "path": sprintf("/effective_access/secrets/%s", [replace(replica, "/", "~1")]), "value": copy},
	])

	result.verdict == "fail"
	{violation.observed.secret | some violation in result.violations} == {replica}
}

test_unknown_when_a_replica_was_not_collected if {
	replica := replace(estate.secret_arn, "eu-west-1", "us-east-1")
	result := sec004.results.access_restricted with input as estate.changed("/credentials/0/secret/uncollected_copies", [replica])

	result.verdict == "unknown"
}

test_unknown_when_readers_of_a_copy_were_not_derived if {
	every changed in [
		estate.lacking(secret),
		estate.changed(concat("", [secret, "/readers"]), null),
		estate.changed("/credentials/0/secret/copies", []),
	] {
		result := sec004.results.access_restricted with input as changed
		result.verdict == "unknown"
	}
}

test_unknown_when_a_policy_of_the_secret_could_not_be_read if {
	result := sec004.results.access_restricted with input as estate.changed(concat("", [secret, "/gaps"]), ["resource_policy default: it is no JSON"])

	result.verdict == "unknown"
	{gap.reason | some gap in result.gaps} == {"resource_policy default: it is no JSON"}
}

test_unknown_when_no_secret_is_bound if {
	every changed in [
		estate.changed("/credentials/0/secret", null),
		json.patch(estate.flawless, [
			{"op": "replace", "path": "/credentials/0/secret", "value": null},
			{"op": "replace", "path": "/credentials/0/binding/status", "value": "unseen"},
		]),
	] {
		result := sec004.results.access_restricted with input as changed
		result.verdict == "unknown"
		count(result.gaps) == 1
	}
}

test_unknown_when_no_environment_is_stated if {
	every changed in [
		estate.changed("/credentials/0/environment", null),
		estate.changed("/credentials/0/environment", " "),
		estate.lacking("/credentials/0/environment"),
	] {
		result := sec004.results.access_restricted with input as changed
		result.verdict == "unknown"
	}
}

test_unknown_when_no_class_was_declared if {
	undeclared := json.patch(estate.flawless, [
		{"op": "replace", "path": "/coverage/access/gaps", "value": [{"source": "access", "reason": "declarations/access.yaml is missing"}]},
		{"op": "replace", "path": "/effective_access/classes", "value": {}},
		{"op": "replace", "path": concat("", [reader, "/classes"]), "value": []},
	])
	result := sec004.results.access_restricted with input as undeclared

	result.verdict == "unknown"
	result.violations == set()
}

test_unknown_without_a_source if {
	every source in ["inventory", "access", "secrets_manager", "resource_policies", "kms", "iam"] {
		result := sec004.results.access_restricted with input as estate.lacking(sprintf("/coverage/%s", [source]))
		result.verdict == "unknown"
		{gap.source | some gap in result.gaps} == {source}
	}
}

test_unknown_when_nobody_was_judged if {
	every changed in [
		estate.changed("/credentials", []),
		estate.changed("/credentials/0/environment", "development"),
	] {
		result := sec004.results.access_restricted with input as changed
		result.verdict == "unknown"
		result.population == 0
	}
}

allowed_by_what_is_unseen := object.union(way("direct"), {
	"decision": "conditional",
	"unseen": ["a policy"],
	"grants_seen": false,
})

way(kind) := {
	"kind": kind,
	"decision": "allow",
	"vouched_for": false,
	"path": [],
	"conditions": [],
	"unseen": [],
	"grants_seen": true,
}

readers_of(facts) := facts.effective_access.secrets[estate.secret_arn].readers

also_known(principal) := json.patch(estate.flawless, [{
	"op": "add",
	"path": sprintf("/effective_access/principals/%s", [replace(principal, "/", "~1")]),
	"value": {"type": "account", "account": "444455556666", "classes": [], "assigned": []},
}])

with_readers(readers) := json.patch(
	also_known(stranger),
	[{"op": "replace", "path": concat("", [secret, "/readers"]), "value": readers}],
)

also_read_by(new_way) := with_readers(array.concat(
	readers_of(estate.flawless),
	[{"principal": stranger, "decision": new_way.decision, "direct": true, "ways": [new_way]}],
))
