#!/usr/bin/env bash
# What quantising a model costs, and whether llama.cpp sees the same in the files.
#
# usage: benches/quality.sh MODEL TEXT [TYPE...]
#   MODEL          a GGUF file or a folder: the original
#   TEXT           a text file, of a few thousand tokens at least; perplexity is over windows of 512
#   TYPE           types for `moesaic quantize`; by default Q8_0, Q6_K, Q5_K_M and Q4_K_M
#   PEERS=DIR      where llama.cpp/bin/llama-perplexity is (default: ~/.cache/moesaic-peers); left out if it is not there
#   MOESAIC=FILE   the tool (default: target/release/moesaic)
#   IMATRIX=FILE   an importance matrix for `moesaic quantize`
#   CONTEXT, THREADS
#
# Prints a line for each type: its size, the mean Kullback-Leibler divergence from the original in nats a token, how often
# the most probable token is the same, and the perplexity in moesaic and in llama.cpp. Fails if the two perplexities of a
# file differ by more than 0.5 %: then one of the two reads it wrong.
set -euo pipefail

if [ $# -lt 2 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '/^set/d' >&2
    exit 2
fi
original=$1 text=$2
shift 2
[ $# -gt 0 ] || set -- Q8_0 Q6_K Q5_K_M Q4_K_M
moesaic=${MOESAIC:-target/release/moesaic} context=${CONTEXT:-512} threads=${THREADS:-$(nproc)}
peer=${PEERS:-$HOME/.cache/moesaic-peers}/llama.cpp/bin/llama-perplexity
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# field NAME: a number of the JSON on stdin.
field() {
    python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

printf '%-8s %9s %11s %9s %10s %10s %8s\n' type MB divergence same-best moesaic llama.cpp differ
status=0
for type in "$@"; do
    file=$folder/model.gguf
    "$moesaic" quantize -m "$original" -o "$file" --type "$type" -t "$threads" ${IMATRIX:+--imatrix "$IMATRIX"} 2>/dev/null
    found=$("$moesaic" perplexity -m "$file" -f "$text" -c "$context" -t "$threads" --against "$original" --json)
    ours=$(field perplexity <<<"$found")
    theirs=-
    if [ -x "$peer" ]; then
        answer=$("$peer" -m "$file" -f "$text" -c "$context" -t "$threads" 2>&1)
        theirs=$(sed -n 's/.*Final estimate: PPL = \([0-9.]*\).*/\1/p' <<<"$answer")
        [ -n "$theirs" ] || { tail -3 <<<"$answer" >&2; exit 1; }
    fi
    python3 - "$type" "$(stat -c %s "$file")" "$(field divergence <<<"$found")" "$(field same_best <<<"$found")" \
        "$ours" "$theirs" <<'PY' || status=1
import sys
kind, size, divergence, same, ours, theirs = sys.argv[1:]
differ = abs(float(ours) / float(theirs) - 1) if theirs != "-" else 0
print(f"{kind:8} {int(size) / 1e6:9.1f} {float(divergence):11.6f} {float(same):8.2%} {float(ours):10.4f} {theirs:>10} {differ:7.3%}")
sys.exit(differ > 0.005)
PY
    rm "$file"
done
exit "$status"
