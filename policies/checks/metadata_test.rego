package checks.metadata_test

import data.checks.metadata

_annotations := {
	"title": "Title",
	"description": "Description",
	"scope": "package",
	"custom": {
		"level": 2,
		"evidence": "E1",
		"severity": "low",
		"requires": ["inventory", "secrets_manager"],
		"remediation": "Remediation",
	},
}

# METADATA
# description: What `opa inspect --annotations` tells of a sound criterion.
_inspected := {
	"namespaces": {
		"data.sec004": ["policies/sec004/assessment.rego"],
		"data.sec004.criteria.example": ["policies/sec004/criteria/example/example.rego"],
		"data.sec004.criteria.example_test": ["policies/sec004/criteria/example/example_test.rego"],
	},
	"annotations": [
		{"annotations": _annotations, "path": _path(["data", "sec004", "criteria", "example"])},
		{
			"annotations": {"title": "Of a rule", "scope": "rule", "custom": {"level": 9}},
			"path": _path(["data", "sec004", "criteria", "example", "violations"]),
		},
	],
}

_path(steps) := [{"value": step} | some step in steps]

_changed(path, value) := json.patch(_inspected, [{"op": "add", "path": path, "value": value}])

_lacking(path) := json.patch(_inspected, [{"op": "remove", "path": path}])

_findings(inspected) := {[finding.criterion, finding.member] | some finding in findings} if {
	findings := metadata.findings with input as inspected
		with data.catalogue as {"properties": {"criteria": {"required": ["example"]}}}
}

test_nothing_is_found_in_a_sound_criterion if _findings(_inspected) == set()

test_an_empty_population_may_be_not_applicable if {
	_findings(_changed("/annotations/0/annotations/custom/empty", "not_applicable")) == set()
}

test_every_member_is_demanded if {
	every member in [
		"title",
		"description",
		"scope",
		"custom/level",
		"custom/evidence",
		"custom/severity",
		"custom/requires",
		"custom/remediation",
	] {
		_findings(_lacking(concat("/", ["/annotations/0/annotations", member]))) == {["example", replace(member, "/", ".")]}
	}
}

test_an_unusable_member_is_found if {
	every member, values in {
		"title": [null, "", " ", 5, "two\nlines", {}],
		"description": [null, "", "\n", 5, []],
		"scope": [null, "subpackages", "rule"],
		"custom/level": [null, 1, 6, "2", 2.5],
		"custom/evidence": [null, "E0", "E6", "e1", "rotation-records", 1],
		"custom/severity": [null, "", "High", "blocker", 3],
		"custom/requires": [
			null,
			[],
			"inventory",
			{"inventory": true},
			["Secrets Manager"],
			[""],
			[5],
			["inventory", "inventory"],
		],
		"custom/remediation": [null, "", " ", 5, []],
		"custom/empty": [null, "", "pass", "unknown", true],
	} {
		every value in values {
			found := _findings(_changed(concat("/", ["/annotations/0/annotations", member]), value))
			found == {["example", replace(member, "/", ".")]}
		}
	}
}

test_an_unknown_member_is_found if {
	_findings(_changed("/annotations/0/annotations/custom/emtpy", "not_applicable")) == {["example", "custom"]}
}

test_a_criterion_without_metadata_is_found if {
	every inspected in [_lacking("/annotations/0"), _lacking("/annotations")] {
		_findings(inspected) == {["example", member] |
			some member in [
				"title",
				"description",
				"scope",
				"custom",
				"custom.level",
				"custom.evidence",
				"custom.severity",
				"custom.requires",
				"custom.remediation",
			]
		}
	}
}

test_a_file_that_is_not_named_like_its_package_is_found if {
	every files in [
		["policies/sec004/criteria/other/example.rego"],
		["policies/sec004/criteria/example/other.rego"],
		["policies/sec004/criteria/counterexample/counterexample.rego"],
		["policies/sec004/criteria/example/example.rego", "policies/sec004/criteria/example/more.rego"],
	] {
		_findings(_changed("/namespaces/data.sec004.criteria.example", files)) == {["example", "package"]}
	}
}

test_a_criterion_without_its_test_is_found if {
	elsewhere := ["policies/sec004/criteria/other/example_test.rego"]

	_findings(_lacking("/namespaces/data.sec004.criteria.example_test")) == {["example", "test"]}
	_findings(_changed("/namespaces/data.sec004.criteria.example_test", elsewhere)) == {["example", "test"]}
}

test_a_criterion_that_the_catalogue_does_not_name_is_found if {
	inspected := json.patch(_inspected, [
		{
			"op": "add",
			"path": "/namespaces/data.sec004.criteria.other",
			"value": ["policies/sec004/criteria/other/other.rego"],
		},
		{
			"op": "add",
			"path": "/namespaces/data.sec004.criteria.other_test",
			"value": ["policies/sec004/criteria/other/other_test.rego"],
		},
		{
			"op": "add",
			"path": "/annotations/-",
			"value": {"annotations": _annotations, "path": _path(["data", "sec004", "criteria", "other"])},
		},
	])

	_findings(inspected) == {["other", "package"]}
}

test_a_criterion_that_is_missing_is_found if {
	_findings({"namespaces": {}, "annotations": []}) == {["example", "package"]}
	_findings({}) == {["example", "package"]}
}

test_every_criterion_is_found_without_a_catalogue if {
	findings := metadata.findings with input as _inspected

	{[finding.criterion, finding.member] | some finding in findings} == {["example", "package"]}
}
