# What a developer needs. Everything beyond Rust, a C++ compiler, Python 3.10 and make goes into the project's own
# folders (.venv, .cache, target), once: repeated calls are quick.

.PHONY: test test-rust test-c test-python test-server test-page test-threads test-vocabularies test-oracle test-real header install-c check-portable lint doc bench

test: test-rust test-c test-python test-server test-page test-vocabularies test-oracle

test-rust:
	cargo test --workspace --exclude moesaic-ggml-sys --exclude moesaic-python

# The wheel, in the lowest and the newest Python there is.
test-python:
	scripts/test_python.sh

# The server, by OpenAI's own Python package, LangChain's, and schemathesis.
test-server:
	cargo build
	scripts/test_server.sh

# The server's page in a headless browser, where there is Node.js.
test-page:
	cargo build
	scripts/test_page.sh

# The C and C++ interfaces, from an installed tree. The library by itself, as it is installed: built beside the tool it
# would get the tool's features, and with them what a dependency of those exports.
test-c:
	cargo build
	cargo build -p moesaic-c
	bindings/c/tests/run.sh "$${CARGO_TARGET_DIR:-target}/debug"

# Eight threads on one model under ThreadSanitizer, which a nightly toolchain has, with the component rust-src.
test-threads:
	scripts/thread_sanitizer.sh

# include/moesaic.h, from the comments in bindings/c/src.
header:
	MOESAIC_WRITE_HEADER=1 cargo test -p moesaic-c --test header

# make install-c PREFIX=/usr/local: libraries, headers, a pkg-config file and a CMake package
PREFIX ?= /usr/local
install-c:
	cargo build --release -p moesaic-c
	bindings/c/install.sh "$${CARGO_TARGET_DIR:-target}/release" "$(PREFIX)"

# The published test vectors of the tokenizers and the published chat templates: too large, and under too many licences,
# to keep in the repository.
test-vocabularies:
	tests/fetch_vocabularies.sh
	cargo test --test vocabularies --test chat -- --ignored

# ggml as the oracle of the block formats.
test-oracle:
	scripts/oracle.sh cargo test -p moesaic-ggml-sys

# make test-real MODEL=Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf [TEXT=the text of the GPL, version 3]
TEXT ?= /usr/share/common-licenses/GPL-3
test-real:
	MOESAIC_REAL_MODEL=$(MODEL) MOESAIC_REAL_TEXT=$(TEXT) cargo test --release --test real_model -- --ignored --nocapture

# That the library compiles where there are no kernels but the portable ones.
check-portable:
	rustup target add aarch64-unknown-linux-gnu
	RUSTFLAGS=-Dwarnings cargo check --lib --no-default-features --target aarch64-unknown-linux-gnu --target-dir target/portable

lint:
	cargo fmt --all --check
	cargo clippy --all-targets -- -D warnings
	cargo clippy -p moesaic-c --all-targets -- -D warnings
	cargo clippy -p moesaic-python -- -D warnings
	scripts/oracle.sh cargo clippy -p moesaic-ggml-sys --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps

doc:
	cargo doc --no-deps --open

# make bench MODEL=model.gguf
bench:
	cargo run --release -- bench -m $(MODEL)
