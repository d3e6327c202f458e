#!/usr/bin/env python3
"""What a token costs more through C and through Python than in the Rust tool.

Every round lets each of the three continue the same prompt once, in turn, so that all see the same machine. What counts
is the time from the first piece of text to the last, seen from outside at the other end of a pipe: so neither opening
the model nor starting an interpreter is in it, and everything that a token passes through is. Prints medians and ratios.

    cargo build --release -p moesaic -p moesaic-c && pip install .
    benches/overhead.py MODEL.gguf

All use as many threads as there are cores; taskset gives fewer.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PYTHON = """
import sys, moesaic
model, prompt, tokens = sys.argv[1:]
generation = moesaic.Model(model).session().generate(prompt, max_tokens=int(tokens), temperature=0, parse_special=True)
for piece in generation:
    sys.stdout.buffer.write(piece.encode())
    sys.stdout.buffer.flush()
print(generation.statistics.generated_tokens, file=sys.stderr)
"""


def run(command):
    """The text, the seconds from its first piece to its last, and what the program says besides."""
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints)
        pieces, first, last = [], None, None
        while piece := os.read(process.stdout.fileno(), 1 << 16):
            last = time.perf_counter()
            first = first or last
            pieces.append(piece)
        status = process.wait()
        complaints.seek(0)
        said = complaints.read().decode(errors="replace").strip()
    if status != 0 or not pieces:
        sys.exit(f"{command[0]} ended with {status}: {said}")
    return b"".join(pieces), last - first, said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--prompt", default="Once upon a time", help="one whose greedy text is long (default: %(default)s)")
    parser.add_argument("--tokens", type=int, default=200, help="the most tokens of a text (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--built", type=Path, default=ROOT / "target/release", help="where cargo put tool and library")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with the package (default: this one)")
    parser.add_argument("--cc", default=os.environ.get("CC", "cc"))
    options = parser.parse_args()
    model, prompt, tokens = str(Path(options.model).resolve()), options.prompt, str(options.tokens)

    with tempfile.TemporaryDirectory() as folder:
        # The library as it is installed, and the example that the documentation shows.
        subprocess.run([ROOT / "bindings/c/install.sh", options.built, folder], check=True)
        program = f"{folder}/generate"
        source = ROOT / "examples/c/generate.c"
        link = [f"-I{folder}/include", f"-L{folder}/lib", "-lmoesaic", f"-Wl,-rpath,{folder}/lib"]
        subprocess.run([options.cc, "-O2", source, *link, "-o", program], check=True)
        commands = {
            "Rust": [options.built / "moesaic", "run", "-m", model, prompt, "--temp", "0", "-n", tokens],
            "C": [program, prompt, model, tokens, "greedy"],
            "Python": [options.python, "-c", PYTHON, model, prompt, tokens],
        }
        seconds = {name: [] for name in commands}
        texts = {}
        for _ in range(options.rounds):
            for name, command in commands.items():
                texts[name], taken, said = run([str(part) for part in command])
                seconds[name].append(taken)
        count = int(said.splitlines()[-1])
    if len(set(texts.values())) != 1:
        sys.exit("the three do not write the same text: are they of one version?")
    if count < 10:
        sys.exit(f"the text ends after {count} tokens, too few to measure; give another --prompt")

    median = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"{Path(model).name}, {count} tokens, {options.rounds} rounds")
    print("| through | ms a token | ratio to Rust | more a token |")
    print("| --- | ---: | ---: | ---: |")
    for name, value in median.items():
        each, more = value / (count - 1), (value - median["Rust"]) / (count - 1)
        print(f"| {name} | {each * 1e3:.3f} | {value / median['Rust']:.3f} | {more * 1e6:+.0f} µs |")


if __name__ == "__main__":
    main()
