#!/usr/bin/env bash
# Eight threads on one model (tests/threads.rs) under ThreadSanitizer: Rust, our thread team and all dependencies are
# instrumented. Needs a nightly toolchain, since only that one has the sanitizer; says so where there is none. With the
# component rust-src the standard library is instrumented too; without, what its locks do is told by
# scripts/thread_sanitizer.supp.
#
# usage: scripts/thread_sanitizer.sh [arguments of cargo test]
set -euo pipefail
cd "$(dirname "$0")/.."
if ! rustc +nightly --version >/dev/null 2>&1; then
    echo "thread_sanitizer.sh: skipped, there is no nightly toolchain (rustup toolchain install nightly)" >&2
    exit 0
fi
host="$(rustc +nightly -vV | sed -n 's/^host: //p')"
# The sanitizer is a property of the whole program, which the standard library as it is shipped was not built with.
export RUSTFLAGS="-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer ${RUSTFLAGS:-}"
export TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/scripts/thread_sanitizer.supp ${TSAN_OPTIONS:-}"
standard=()
if [ -d "$(rustc +nightly --print sysroot)/lib/rustlib/src/rust" ]; then
    standard=(-Zbuild-std)
fi
# A target of its own keeps build scripts and macros, which run in the compiler, free of the sanitizer.
exec cargo +nightly test --target "$host" --target-dir target/thread-sanitizer "${standard[@]}" \
    -p moesaic --no-default-features --features stories --test threads "$@"
