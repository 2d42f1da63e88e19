#!/bin/sh
# Pin all dependencies with hashes, for every Python from 3.11 on. Needs uv.
set -eu
compile() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
        --output-file "requirements/$output.txt" "$@"
}
compile run pyproject.toml --extra example requirements/build.in
compile development pyproject.toml --extra example requirements/build.in requirements/development.in
compile ministack requirements/ministack.in
compile go requirements/go.in
compile checkov requirements/checkov.in
