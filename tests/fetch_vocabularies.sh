#!/usr/bin/env bash
# Puts llama.cpp's vocabularies with their published test vectors into .cache/vocabularies, for tests/vocabularies.rs,
# and its collection of chat templates into .cache/templates, for tests/chat.rs: once. They come from the source package
# of llama-cpp-python on PyPI, of which nothing is built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=0.3.36
folder=.cache/vocabularies
templates=.cache/templates
# Written last, when both folders are there.
stamp=$templates/llama-cpp-python-$version
[ -e "$stamp" ] && exit

mkdir -p .cache
work=$(mktemp -d .cache/vocabularies.XXXXXX)
trap 'rm -rf "$work"' EXIT
echo "fetching the source package of llama-cpp-python $version ..."
# What pip needs to read a source package's metadata, which it does before it leaves the package alone.
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet scikit-build-core flit-core cmake ninja
PATH="$PWD/$work/venv/bin:$PATH" "$work/venv/bin/pip" download --quiet --no-deps --no-build-isolation --no-binary :all: \
  --dest "$work" "llama-cpp-python==$version"
tar -xzf "$work"/llama_cpp_python-*.tar.gz -C "$work" --strip-components 4 --wildcards \
  '*/vendor/llama.cpp/models/ggml-vocab-*.gguf*' '*/vendor/llama.cpp/models/templates/*.jinja'
mkdir -p "$folder" "$templates"
mv "$work"/ggml-vocab-* "$folder"
mv "$work"/templates/*.jinja "$templates"
touch "$stamp"
echo "$folder: $(ls "$folder" | wc -l) files; $templates: $(ls "$templates" | wc -l) files"
