#!/bin/sh
# Install what a test of keyproof/access compares it with: node, and the npm packages that
# package-lock.json pins. They are used by that test alone, and are no part of keyproof.
set -eu
source=tests/keyproof/access/differential
target=.tools/differential
if ! { command -v node && command -v npm; } >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "install Node.js 18 or later, with npm, and run this again" >&2
        exit 2
    fi
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    $as_root apt-get update -q
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends \
        nodejs npm
fi
# npm writes its own list last, so a half-made folder is made again.
[ "$target/node_modules/.package-lock.json" -nt "$source/package-lock.json" ] && exit 0
mkdir -p "$target"
cp "$source/package.json" "$source/package-lock.json" "$target"
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error
