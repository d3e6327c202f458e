#!/usr/bin/env bash
# Runs a command with what compiling ggml needs: cmake, and a libclang for bindgen. What the system lacks comes from
# PyPI into the project's own .venv, once.
#
# usage: scripts/oracle.sh cargo test -p moesaic-ggml-sys
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: scripts/oracle.sh COMMAND..." >&2
    exit 2
fi

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
environment="$root/.venv"
compiler="${CC:-cc}"

# install PACKAGE: into the project's environment, made if it is not there.
install() {
    if [ ! -x "$environment/bin/python" ]; then
        python3 -m venv "$environment" >&2
    fi
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check "$1" >&2
}

# Whether the system's own libclang is complete: the library, and the headers of the compiler that belong to it.
has_libclang() {
    command -v clang >/dev/null || return 1
    case "$(uname)" in
        Darwin) return 0 ;;
        *) ldconfig -p 2>/dev/null | grep -q 'libclang[-.0-9]*\.so' ;;
    esac
}

if ! command -v cmake >/dev/null; then
    [ -x "$environment/bin/cmake" ] || install 'cmake>=3.28,<5'
    # Last, so that nothing else of the environment shadows the system's.
    PATH="$PATH:$environment/bin"
fi

if [ -z "${LIBCLANG_PATH:-}" ] && ! has_libclang; then
    find_library() {
        find "$environment"/lib/python*/site-packages/clang/native -name 'libclang*' -print -quit 2>/dev/null || true
    }
    library="$(find_library)"
    if [ -z "$library" ]; then
        install 'libclang==18.1.1'
        library="$(find_library)"
    fi
    LIBCLANG_PATH="$(dirname "$library")"
    # The package is the bare library: stddef.h and its like are taken from the compiler that is there.
    BINDGEN_EXTRA_CLANG_ARGS="-isystem $("$compiler" -print-file-name=include) ${BINDGEN_EXTRA_CLANG_ARGS:-}"
    export LIBCLANG_PATH BINDGEN_EXTRA_CLANG_ARGS
fi

# ggml is optimised whatever the profile of the Rust code. Left out is what takes long to compile and what only whole
# graphs and models use: llamafile's matrix products, and llama.cpp itself (older versions of cmake than 3.24 compile it).
export PATH LLAMA_LIB_PROFILE=Release GGML_LLAMAFILE="${GGML_LLAMAFILE:-OFF}"
export CMAKE_PROJECT_TOP_LEVEL_INCLUDES="$root/scripts/oracle.cmake"
exec "$@"
