# METADATA
# title: What the criteria have in common
package sec004.facts

# METADATA
# description: >-
#   A whole set, to be looked up as `credential_ids[id]`: OPA searches a set of `contains` rules
#   anew for each look-up, and WASM walks through the set for `in`.
credential_ids := {credential.id | some credential in input.credentials}

# METADATA
# description: The credentials of which it cannot be told which secret holds them.
unseen_bindings := {{"source": "secrets_manager", "reason": reason, "resource": credential.id} |
	some credential in input.credentials
	reason := unseen_binding(credential)
}

unseen_binding(credential) := "the secrets of its account and region were not all seen" if {
	credential.binding.status == "unseen"
}

# METADATA
# description: Somebody wrote something there.
stated(value) if {
	is_string(value)
	trim_space(value) != ""
}

# METADATA
# description: The repositories that were scanned.
repository_names := {repository.name | some repository in input.repositories}

# METADATA
# description: A leaked key by its place, as a waiver names it.
leak_resource(leak) := concat(": ", [leak.repository, _leak_place(leak)])

_leak_place(leak) := leak.path if stated(leak.path)

else := leak.commit if stated(leak.commit)

else := leak.fingerprint

day_ns := ((24 * 60) * 60) * 1000000000

# METADATA
# description: >-
#   The longest rotation schedule that an environment allows. A configured ceiling counts when
#   it is tighter than the default one; a looser one makes nothing pass.
ceiling_days(credential) := min({configured, default_days}) if {
	configured := input.parameters.rotation_ceiling_days[credential.environment]
	default_days := input.default_parameters.rotation_ceiling_days[credential.environment]
	is_number(configured)
	is_number(default_days)
}

else := null
