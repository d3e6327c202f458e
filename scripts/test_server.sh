#!/usr/bin/env bash
# What others' clients make of the server: OpenAI's own Python package, LangChain's, and schemathesis, which takes the server
# by its word (tests/openai), in a virtual environment in .cache/server, which takes Python 3.10. The program is the one that cargo built; MOESAIC_PROGRAM names
# another.
set -euo pipefail
cd "$(dirname "$0")/.."
environment="$PWD/.cache/server"
if ! "$environment/bin/python" -m pip --version >/dev/null 2>&1; then
    python3 -m venv --clear "$environment"
fi
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check \
    "openai>=2,<3" "langchain-openai>=1,<2" "schemathesis>=4,<5" "pytest>=8,<10"
export MOESAIC_PROGRAM="${MOESAIC_PROGRAM:-${CARGO_TARGET_DIR:-target}/debug/moesaic}"
"$environment/bin/python" -m pytest -q tests/openai
