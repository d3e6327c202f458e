#!/usr/bin/env bash
# The Python package as its users get it: builds the wheel, installs it into virtual environments of the lowest and
# of the newest Python on this machine, and runs there what is in python/tests; the newest checks the types too.
# Everything it needs goes to .cache/python. MOESAIC_PYTHONS="python3.9 python3.12" names other interpreters.
set -euo pipefail
cd "$(dirname "$0")/.."
cache="$PWD/.cache/python"
mkdir -p "$cache"

# "VERSION INTERPRETER" of every usable CPython from 3.9, lowest version first.
interpreters() {
    local candidates candidate
    if [ -n "${MOESAIC_PYTHONS:-}" ]; then
        read -ra candidates <<<"$MOESAIC_PYTHONS"
    else
        candidates=(python3 python3.{9..30} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3)
    fi
    for candidate in "${candidates[@]}"; do
        # A shim may be there without its interpreter, and an interpreter without what makes environments.
        "$candidate" - 2>/dev/null <<'END' || true
import ensurepip, os, sys, venv
if sys.version_info >= (3, 9) and sys.implementation.name == "cpython" and sys.version_info.releaselevel == "final":
    print("%d.%d" % sys.version_info[:2], os.path.realpath(sys.executable))
END
    done | sort -u -t . -k 2,2n
}

mapfile -t found < <(interpreters)
if [ "${#found[@]}" -eq 0 ]; then
    echo "test_python.sh: no CPython from 3.9 with venv and ensurepip was found; install python3 and python3-venv" >&2
    exit 1
fi
lowest="${found[0]}"
newest="${found[-1]}"

# environment FOLDER INTERPRETER PACKAGE...: a virtual environment with these packages. It is kept, so that repeated
# calls are quick; the wheel goes into it anew each time.
environment() {
    local folder="$1" interpreter="$2"
    shift 2
    if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
        "$interpreter" -m venv --clear "$folder"
    fi
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}

environment "$cache/build" "${newest#* }" "maturin>=1.8,<2"
rm -rf "$cache/wheels"
"$cache/build/bin/maturin" build --interpreter "${newest#* }" --profile "${MOESAIC_PROFILE:-dev}" --out "$cache/wheels"

# test_with "VERSION INTERPRETER" PACKAGE...
test_with() {
    local folder="$cache/${1% *}" interpreter="${1#* }"
    shift
    echo "== $("$interpreter" --version): $interpreter"
    environment "$folder" "$interpreter" numpy pytest "$@"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall \
        "$cache"/wheels/*.whl
    "$folder/bin/python" -m pytest -q python/tests
}

if [ "$lowest" != "$newest" ]; then
    test_with "$lowest"
fi
test_with "$newest" mypy
python="$cache/${newest% *}/bin/python"
# Of the package as it is installed, and of the tests, which use it as its users do.
"$python" -m mypy --strict -p moesaic
"$python" -m mypy --strict python/tests
"$python" -m mypy.stubtest moesaic
