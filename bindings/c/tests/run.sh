#!/usr/bin/env bash
# The C and C++ interfaces from outside: installed into a temporary folder, compiled against with every compiler that
# is there, compared with the tool, and run again under AddressSanitizer and valgrind. A tool that is missing is
# named and skipped.
#
# usage: bindings/c/tests/run.sh BUILT        BUILT: the folder with libmoesaic.so and moesaic, such as target/debug
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "usage: bindings/c/tests/run.sh BUILT" >&2
    exit 2
fi

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../../.." && pwd)"
built="$(cd "$1" && pwd)"
tool="$built/moesaic"
fixtures="$root/tests/fixtures/models"
model="$fixtures/qwen2-text/f32.gguf"
prompt="the cat and the hat"

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
prefix="$folder/prefix"
passed=0
skipped=0

pass() {
    echo "ok: $1"
    passed=$((passed + 1))
}
skip() {
    echo "skipped: $1"
    skipped=$((skipped + 1))
}
fail() {
    echo "FAILED: $1" >&2
    exit 1
}
have() {
    command -v "$1" >/dev/null
}
scratch() {
    mktemp -d -p "$folder"
}

# cmake may be there in the project's own environment only (scripts/oracle.sh).
PATH="$PATH:$root/.venv/bin"
cc="${CC:-cc}"
cxx="${CXX:-c++}"
warnings=(-Wall -Wextra -Wpedantic -Werror)
c=(-std=c11 "${warnings[@]}" -g)
cpp=(-std=c++17 "${warnings[@]}" -g)

# The library in use is the installed one, found by the path in the program.
"$root/bindings/c/install.sh" "$built" "$prefix"
flags=(-I"$prefix/include")
libraries=(-L"$prefix/lib" -lmoesaic -Wl,-rpath,"$prefix/lib" -lpthread -lm)
pass "install"

# Nothing but the interface is visible.
if have nm && [ -e "$prefix/lib/libmoesaic.so" ]; then
    if nm -D --defined-only "$prefix/lib/libmoesaic.so" | grep -v ' moesaic_'; then
        fail "the shared library shows more than its interface"
    fi
    pass "symbols"
fi

# The headers alone, as each language and each compiler sees them.
for compiler in gcc clang; do
    if have "$compiler"; then
        echo '#include <moesaic.h>' | "$compiler" -x c "${c[@]}" "${flags[@]}" -fsyntax-only -
        pass "moesaic.h as C11, $compiler"
    else
        skip "moesaic.h as C11 ($compiler is not installed)"
    fi
done
for compiler in g++ clang++; do
    if have "$compiler"; then
        for header in moesaic.h moesaic.hpp; do
            echo "#include <$header>" | "$compiler" -x c++ "${cpp[@]}" "${flags[@]}" -fsyntax-only -
        done
        pass "moesaic.h and moesaic.hpp as C++17, $compiler"
    else
        skip "headers as C++17 ($compiler is not installed)"
    fi
done

# The examples: with cmake and with pkg-config.
if have cmake; then
    for example in c cpp; do
        cmake --no-warn-unused-cli -S "$root/examples/$example" -B "$folder/$example" -DCMAKE_PREFIX_PATH="$prefix" \
            -DCMAKE_C_FLAGS="${warnings[*]}" -DCMAKE_CXX_FLAGS="${warnings[*]}" >"$folder/cmake.log" &&
            cmake --build "$folder/$example" >>"$folder/cmake.log" || {
            cat "$folder/cmake.log" >&2
            fail "examples/$example with cmake"
        }
    done
    pass "examples with cmake"

    # The static library, a tree that was moved, and versions that must not be found.
    mkdir "$folder/static"
    cat >"$folder/static/CMakeLists.txt" <<'LISTS'
cmake_minimum_required(VERSION 3.16)
project(static LANGUAGES C)
foreach(version 0.0 0.1.9 0.2 1.0)
    find_package(moesaic ${version} QUIET)
    if(moesaic_FOUND)
        message(FATAL_ERROR "version ${version} was found")
    endif()
endforeach()
find_package(moesaic 0.1.0 EXACT REQUIRED)
add_executable(generate ${SOURCE})
target_link_libraries(generate PRIVATE moesaic::static)
LISTS
    cp -a "$prefix" "$folder/moved"
    cmake --no-warn-unused-cli -S "$folder/static" -B "$folder/static/build" -DCMAKE_PREFIX_PATH="$folder/moved" \
        -DSOURCE="$root/examples/c/generate.c" >"$folder/cmake.log" &&
        cmake --build "$folder/static/build" >>"$folder/cmake.log" || {
        cat "$folder/cmake.log" >&2
        fail "the static library with cmake"
    }
    "$folder/static/build/generate" "$prompt" "$model" 1 greedy >/dev/null 2>&1 || fail "the static program"
    rm -rf "$folder/moved"
    pass "the static library with cmake"
else
    mkdir -p "$folder/c" "$folder/cpp"
    "$cc" "${c[@]}" "${flags[@]}" "$root/examples/c/generate.c" "${libraries[@]}" -o "$folder/c/generate"
    "$cxx" "${cpp[@]}" "${flags[@]}" "$root/examples/cpp/chat.cpp" "${libraries[@]}" -o "$folder/cpp/chat"
    skip "examples with cmake (it is not installed)"
fi
if have pkg-config; then
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    # The words are meant to be several.
    # shellcheck disable=SC2046
    "$cc" "${c[@]}" $(pkg-config --cflags moesaic) "$root/examples/c/generate.c" "$prefix/lib/libmoesaic.a" \
        $(pkg-config --static --libs-only-l moesaic | sed 's/-lmoesaic//') -o "$folder/generate-static"
    pass "static linking with pkg-config $(pkg-config --modversion moesaic)"
else
    skip "pkg-config (it is not installed)"
fi

# What docs/c.md shows is a program.
block() {
    awk -v first="\`\`\`$1" '$0 == first && !seen { seen = 1; inside = 1; next } /^```/ { inside = 0 } inside' "$root/docs/c.md"
}
block c >"$folder/story.c"
block cpp >"$folder/story.cpp"
"$cc" "${c[@]}" "${flags[@]}" "$folder/story.c" "${libraries[@]}" -o "$folder/story-c"
"$cxx" "${cpp[@]}" "${flags[@]}" "$folder/story.cpp" "${libraries[@]}" -o "$folder/story-cpp"
pass "the programs of docs/c.md compile"

# Outputs equal to the tool's.
same() {
    cmp -s "$2" "$3" || {
        head -c 500 "$2" "$3" >&2
        fail "$1 differs from the tool's"
    }
}
generate="$folder/c/generate"
"$tool" run -m "$model" "$prompt" --temp 0 -n 40 >"$folder/expected" 2>/dev/null
"$generate" "$prompt" "$model" 40 greedy >"$folder/text" 2>/dev/null
same "greedy text" "$folder/text" "$folder/expected"
if [ -x "$folder/generate-static" ]; then
    "$folder/generate-static" "$prompt" "$model" 40 greedy >"$folder/text" 2>/dev/null
    same "greedy text of the static library" "$folder/text" "$folder/expected"
fi
"$tool" run -m "$model" "$prompt" --seed 7 -n 40 >"$folder/expected" 2>/dev/null
"$generate" "$prompt" "$model" 40 7 >"$folder/text" 2>/dev/null
same "drawn text" "$folder/text" "$folder/expected"
"$tool" run "Once upon a time" --temp 0 -n 12 >"$folder/expected" 2>/dev/null
"$generate" "Once upon a time" - 12 greedy >"$folder/text" 2>/dev/null
same "text of the model in the box" "$folder/text" "$folder/expected"
status=0
"$generate" "x" /nowhere >/dev/null 2>"$folder/text" || status=$?
[ "$status" = 1 ] && grep -q /nowhere "$folder/text" || fail "generate does not say what failed"
pass "examples/c/generate says what the tool says"

printf '%s\n' "Once upon a time" "" "/reset" "The end" "/quit" | "$folder/cpp/chat" - 8 >"$folder/text"
[ "$(tr -cd '>' <"$folder/text" | wc -c)" -ge 5 ] || fail "examples/cpp/chat"
printf '%s' "$prompt" | "$folder/cpp/chat" "$model" 8 >"$folder/text"
pass "examples/cpp/chat"

# The tests proper.
"$cc" "${c[@]}" "${flags[@]}" "$here/test.c" "${libraries[@]}" -o "$folder/test"
"$folder/test" check "$fixtures" "$(scratch)"
"$folder/test" stories
pass "test.c"
"$cxx" "${cpp[@]}" "${flags[@]}" "$here/test.cpp" "${libraries[@]}" -o "$folder/test-cpp"
"$folder/test-cpp" "$model" "$fixtures/qwen3moe/f32.gguf" "$(scratch)"
pass "test.cpp"

"$tool" logits -m "$model" --tokens 5,100,7,250,31 -o "$folder/expected.npy" >/dev/null 2>&1
"$folder/test" logits "$model" "$folder/logits" 5 100 7 250 31
# The .npy file has a header, and then the same floats.
tail -c "$(wc -c <"$folder/logits")" "$folder/expected.npy" >"$folder/expected"
same "the row of logits" "$folder/logits" "$folder/expected"
pass "logits equal the tool's, bit for bit"

# The words of a failure are the tool's.
# complaint MODEL TOKENS: what the tool says of them.
complaint() {
    { "$tool" logits -m "$1" --tokens "$2" -o "$folder/out.npy" 2>&1 || true; } | sed -n 's/^error: //p' >"$folder/expected"
}
mkdir "$folder/damaged"
head -c 1000 "$model" >"$folder/damaged/truncated.gguf"
for name in general.architecture qwen2.block_count output_norm.weight; do
    LC_ALL=C sed "s/${name%?}./${name%?}x/" "$model" >"$folder/damaged/$name.gguf"
done
echo "no model" >"$folder/damaged/model.txt"
for damaged in "$folder"/damaged/* "$folder/damaged" /nowhere; do
    complaint "$damaged" 1
    [ -s "$folder/expected" ] || fail "the tool has nothing to say of $damaged"
    "$folder/test" open "$damaged" >"$folder/text"
    same "the message for $damaged" "$folder/text" "$folder/expected"
done
complaint "$model" 1,304
{ "$folder/test" logits "$model" "$folder/logits" 1 304 2>&1 || true; } | grep -qF "$(cat "$folder/expected")" ||
    fail "the message for a token"
pass "messages equal the tool's"

# Two copies of the library in one process: a copied file is another library for the loader. It counts threads in /proc.
if [ "$(uname)" = Linux ]; then
    cp "$prefix/lib/libmoesaic.so" "$folder/libmoesaic-copy.so"
    "$cc" "${c[@]}" "${flags[@]}" "$here/host.c" -o "$folder/host" -lpthread -ldl
    "$folder/host" "$prefix/lib/libmoesaic.so" "$folder/libmoesaic-copy.so" "$model" "$fixtures/qwen3moe/f32.gguf"
    pass "a host that loads the library twice"
else
    skip "a host that loads the library twice (it counts threads as Linux lists them)"
fi

# AddressSanitizer with LeakSanitizer: the C side is instrumented, and the library's allocations are watched.
sanitized=0
for compiler in "$cc" clang; do
    have "$compiler" || continue
    if echo 'int main(void) { return 0; }' |
        "$compiler" -x c -fsanitize=address,undefined - -o "$folder/probe" 2>/dev/null && "$folder/probe" 2>/dev/null; then
        "$compiler" "${c[@]}" -DADDRESS_SANITIZER -fsanitize=address,undefined -fno-sanitize-recover=all "${flags[@]}" \
            "$here/test.c" "${libraries[@]}" -o "$folder/test-address"
        # It warns of the file that is too large for memory.
        ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 \
            "$folder/test-address" check "$fixtures" "$(scratch)"
        ASAN_OPTIONS=detect_leaks=1 "$folder/test-address" stories
        pass "test.c under AddressSanitizer, $compiler"
        sanitized=1
        break
    fi
done
[ "$sanitized" = 1 ] || skip "AddressSanitizer (no compiler here has it)"

# valgrind has no AVX-512.
if have valgrind; then
    MOESAIC_INSTRUCTION_SET=scalar valgrind --quiet --fair-sched=yes --error-exitcode=99 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect,possible --show-leak-kinds=definite,indirect,possible \
        --suppressions="$here/valgrind.supp" \
        "$folder/test" check "$fixtures" "$(scratch)"
    pass "test.c under valgrind memcheck"
else
    skip "valgrind (it is not installed)"
fi

echo "$passed passed, 0 failed, $skipped skipped"
