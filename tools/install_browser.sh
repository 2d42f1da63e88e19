#!/bin/sh
# Install what the tests marked `everything` need: Debian's chromium and poppler's tools.
set -eu
command -v chromium >/dev/null 2>&1 && command -v pdftoppm >/dev/null 2>&1 && exit 0
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
$as_root apt-get update -q
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -q -y --no-install-recommends \
    chromium poppler-utils
