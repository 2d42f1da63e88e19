#!/bin/sh
# Take docs/report.png: the top of the example's report, as chromium shows it.
# Usage: report_picture.sh KEYPROOF; needs chromium (tools/install_browser.sh).
set -eu
keyproof=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
picture=$(pwd)/docs/report.png
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$keyproof" assess >/dev/null || [ $? -eq 1 ] # the example is below its target by design
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1280,900 \
    --user-data-dir="$folder/profile" --screenshot="$picture" \
    "file://$folder/evidence/latest/report.html" 2>/dev/null
