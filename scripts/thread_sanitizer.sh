#!/usr/bin/env bash
# Eight threads on one model (tests/threads.rs) under ThreadSanitizer, with everything instrumented: our thread team, all
# dependencies and Rust's standard library. That takes a nightly toolchain with the component rust-src; without that the
# sanitizer does not see what the library's locks do, and reports every contended one. Where they are not there this says
# so and ends well.
#
# usage: scripts/thread_sanitizer.sh [arguments of cargo test]
set -euo pipefail
cd "$(dirname "$0")/.."
if ! source="$(rustc +nightly --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library" || [ ! -d "$source" ]; then
    echo "skipped: ThreadSanitizer (rustup toolchain install nightly --component rust-src)" >&2
    exit 0
fi
host="$(rustc +nightly -vV | sed -n 's/^host: //p')"
# A target of its own keeps build scripts and macros, which run in the compiler, free of the sanitizer.
export RUSTFLAGS="-Zsanitizer=thread ${RUSTFLAGS:-}" TSAN_OPTIONS="halt_on_error=1 ${TSAN_OPTIONS:-}"
exec cargo +nightly test -Zbuild-std --target "$host" --target-dir target/thread-sanitizer \
    -p moesaic --no-default-features --features stories --test threads "$@"
