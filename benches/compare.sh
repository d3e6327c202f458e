#!/usr/bin/env bash
# Holds moesaic against llama.cpp and ik_llama.cpp: every round runs each of them once on each model, in turn,
# so that all see the same machine. Prints medians and ratios.
#
#   benches/compare.sh MODEL.gguf...
#
#   PEERS=DIR      where llama.cpp/bin/llama-bench and ik_llama.cpp/bin/llama-bench are (default: ~/.cache/moesaic-peers);
#                  build them for the native CPU, or the comparison says nothing
#   ROUNDS=5  PREFILL=512  DECODE=32  THREADS=all
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
export PEERS=${PEERS:-$HOME/.cache/moesaic-peers} ROUNDS=${ROUNDS:-5} PREFILL=${PREFILL:-512} DECODE=${DECODE:-32}
export THREADS=${THREADS:-$(nproc)}
cargo build --release --quiet
python3 - "$@" <<'PY'
import json, os, re, statistics, subprocess, sys

peers, threads = os.environ["PEERS"], os.environ["THREADS"]
prefill, decode, rounds = os.environ["PREFILL"], os.environ["DECODE"], int(os.environ["ROUNDS"])


def output(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout


def moesaic(model):
    arguments = ["-m", model, "-p", prefill, "-n", decode, "-t", threads, "-r", "1", "--json"]
    tests = json.loads(output("target/release/moesaic", "bench", *arguments))
    return {test["test"]: test["tokens_per_second"] for test in tests}


def llama(folder, *options):
    def run(model):
        arguments = ["-m", model, "-p", prefill, "-n", decode, "-t", threads, "-r", "1", "-fa", "1", "-o", "json"]
        program = f"{peers}/{folder}/bin/llama-bench"
        try:
            text = output(program, *arguments, *options)
        except subprocess.CalledProcessError:
            # With tensors that it puts into another form for AMX, llama.cpp 0.3.36 aborts on latent attention.
            text = output(program, *arguments, *options, "--repack", "0")
        # Not parsed as a whole: ik_llama.cpp writes lines of its own into the JSON.
        tests = re.findall(r'"n_gen": *(\d+).*?"avg_ts": *([0-9.]+)', text, re.DOTALL)
        return {"prefill" if generated == "0" else "decode": float(speed) for generated, speed in tests}

    return run


engines = {"moesaic": moesaic}
if os.path.exists(f"{peers}/llama.cpp/bin/llama-bench"):
    engines["llama.cpp"] = llama("llama.cpp")
if os.path.exists(f"{peers}/ik_llama.cpp/bin/llama-bench"):
    engines["ik_llama.cpp"] = llama("ik_llama.cpp", "-mla", "3", "-fmoe", "1")

names = list(engines)
print("| model | work | " + " | ".join(names) + " | " + " | ".join(f"ratio to {name}" for name in names[1:]) + " |")
print("| --- | --- |" + " ---: |" * (2 * len(names) - 1))
for model in sys.argv[1:]:
    speeds = {}
    for _ in range(rounds):
        for name, run in engines.items():
            for test, speed in run(model).items():
                speeds.setdefault((test, name), []).append(speed)
    for test in ("prefill", "decode"):
        medians = [statistics.median(speeds[test, name]) for name in names]
        ratios = [f"{medians[0] / median:.2f}" for median in medians[1:]]
        work = f"{test} {prefill if test == 'prefill' else decode}"
        cells = [os.path.basename(model), work, *(f"{median:.1f}" for median in medians), *ratios]
        print("| " + " | ".join(cells) + " |", flush=True)
PY
