#!/bin/sh
# Compile the policies to WebAssembly. Usage: compile_policies.sh OPA OUTPUT
# The bundle around policy.wasm differs between Go versions; policy.wasm itself does not.
set -eu
opa=$1
output=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$opa" build -t wasm --ignore '*_test.rego' -e sec004/assessment -o "$folder/bundle.tar.gz" policies/sec004
tar -xzf "$folder/bundle.tar.gz" -C "$folder" /policy.wasm
mkdir -p "$(dirname "$output")"
mv "$folder/policy.wasm" "$output"
