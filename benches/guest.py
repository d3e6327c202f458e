#!/usr/bin/env python3
"""How good a guest the thread team is: the share of its speed that a model keeps beside busy programs, beside the share that
is fair. Needs Python alone.

    benches/guest.py model.gguf [--threads 4] [--busy 2] [--rounds 3]

As many busy loops as `--busy` run beside `--threads` threads. If every thread gets as much of the cores as every other, the model
keeps threads / (threads + busy) of what the machine gives it alone (all cores, a thread each).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--busy", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--moesaic", default="target/release/moesaic", metavar="PROGRAM")
    arguments = parser.parse_args()

    def speeds(threads: int) -> dict[str, float]:
        options = ["-p", "256", "-n", "32", "-r", "1", "--json", "-t", str(threads)]
        command = [arguments.moesaic, "bench", "-m", arguments.model, *options]
        tests = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return {test["test"]: test["tokens_per_second"] for test in tests}

    shares: dict[str, list[float]] = {}
    for _ in range(arguments.rounds):
        alone = speeds(os.cpu_count() or 1)
        loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(arguments.busy)]
        try:
            beside = speeds(arguments.threads)
        finally:
            for loop in loops:
                loop.kill()
        for test, speed in alone.items():
            shares.setdefault(test, []).append(beside[test] / speed)
    fair = arguments.threads / (arguments.threads + arguments.busy)
    for test, values in shares.items():
        share = statistics.median(values)
        print(f"{test}: keeps {share:.2f} of its speed, fair are {fair:.2f}: {share / fair:.2f} of the fair share")


if __name__ == "__main__":
    main()
