# METADATA
# title: What the METADATA of every criterion must say
# description: >-
#   Title, level, evidence, severity, requires and remediation of a criterion are written
#   nowhere but in its METADATA, so nobody else would notice that one is missing or wrong.
#   `input` is what `opa inspect --annotations` tells of policies/sec004; `data.catalogue` is
#   the schema of the results, which names all criteria.
package checks.metadata

findings contains {"criterion": slug, "member": member, "must be": demand} if {
	some slug, _ in _criteria
	some member, demand in _demands
	not _sound(member, slug)
}

findings contains {"criterion": slug, "member": "package", "must be": "there, since the catalogue names it"} if {
	some slug in _catalogue
	not _criteria[slug]
}

_demands := {
	"title": "a line of text",
	"description": "a text",
	"scope": "package",
	"custom": "made of level, evidence, severity, requires, remediation and perhaps empty",
	"custom.level": "2, 3, 4 or 5, or 0 for a criterion that gates no level",
	"custom.evidence": "E1, E2, E3, E4 or E5",
	"custom.severity": "low, medium, high or critical",
	"custom.requires": "a list of one source or more, each once",
	"custom.remediation": "a text",
	"custom.empty": "not_applicable, or left out",
	"package": "one that the catalogue names, in one file named like its folder",
	"test": "beside it",
}

_sound("title", slug) if {
	_text(_criteria[slug].title)
	not contains(_criteria[slug].title, "\n")
}

_sound("description", slug) if _text(_criteria[slug].description)

_sound("scope", slug) if _criteria[slug].scope == "package"

_sound("custom", slug) if {
	known := {"level", "evidence", "severity", "requires", "remediation", "empty"}
	object.keys(_criteria[slug].custom) - known == set()
}

_sound("custom.level", slug) if _criteria[slug].custom.level in {0, 2, 3, 4, 5}

_sound("custom.evidence", slug) if _criteria[slug].custom.evidence in {"E1", "E2", "E3", "E4", "E5"}

_sound("custom.severity", slug) if _criteria[slug].custom.severity in {"low", "medium", "high", "critical"}

_sound("custom.requires", slug) if {
	sources := _criteria[slug].custom.requires
	is_array(sources)
	count(sources) > 0
	count(sources) == count({source | some source in sources})
	every source in sources {
		regex.match(`^[a-z]+(_[a-z]+)*$`, source)
	}
}

_sound("custom.remediation", slug) if _text(_criteria[slug].custom.remediation)

_sound("custom.empty", slug) if object.get(_criteria[slug], ["custom", "empty"], "not_applicable") == "not_applicable"

_sound("package", slug) if {
	slug in _catalogue
	[file] := input.namespaces[_namespace(slug)]
	endswith(file, concat("/", ["", slug, concat("", [slug, ".rego"])]))
}

_sound("test", slug) if {
	[file] := input.namespaces[concat("", [_namespace(slug), "_test"])]
	endswith(file, concat("/", ["", slug, concat("", [slug, "_test.rego"])]))
}

_text(value) if {
	is_string(value)
	trim_space(value) != ""
}

# METADATA
# description: The annotations of each criterion's package; none for one without METADATA.
_criteria[slug] := object.union_n([entry.annotations |
	some entry in input.annotations
	[step.value | some step in entry.path] == ["data", "sec004", "criteria", slug]
]) if {
	some namespace, _ in input.namespaces
	startswith(namespace, _namespace(""))
	not endswith(namespace, "_test")
	slug := trim_prefix(namespace, _namespace(""))
}

_namespace(slug) := concat(".", ["data.sec004.criteria", slug])

_catalogue := {slug | some slug in data.catalogue.properties.criteria.required}
