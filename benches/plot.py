#!/usr/bin/env python3
"""Plots of decode speed against the tokens in the cache and against the number of sequences, as SVG. Needs Python alone.

    benches/plot.py model.gguf --out docs [--depths 0,1024,4096,16384] [--sequences 1,2,4,8,16] [--rounds 3]

writes decode-depth.svg and decode-sequences.svg, and prints the figures. Every round measures all points once, in turn.
"""

import argparse
import json
import statistics
import subprocess
from pathlib import Path

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 640, 360, 56, 46, 40, 24


def plot(title: str, below: str, points: list[tuple[int, float]]) -> str:
    """A line through the points; those of the horizontal axis have equal distances."""
    highest = max(speed for _, speed in points) * 1.15
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(index: int) -> float:
        return LEFT + width * (index + 0.5) / len(points)

    def y(speed: float) -> float:
        return TOP + height * (1 - speed / highest)

    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if highest / step <= 8)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{LEFT}" y="22" font-size="15">{title}</text>',
    ]
    for tick in range(0, int(highest) + 1, step):
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick}</text>')
    path = " ".join(f"{x(index):.1f},{y(speed):.1f}" for index, (_, speed) in enumerate(points))
    lines.append(f'<polyline points="{path}" fill="none" stroke="#1f5fa8" stroke-width="2"/>')
    for index, (value, speed) in enumerate(points):
        lines.append(f'<circle cx="{x(index):.1f}" cy="{y(speed):.1f}" r="4" fill="#1f5fa8"/>')
        lines.append(f'<text x="{x(index):.1f}" y="{y(speed) - 10:.1f}" text-anchor="middle">{speed:.1f}</text>')
        lines.append(f'<text x="{x(index):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:,}</text>')
    lines.append(f'<text x="{LEFT + width / 2}" y="{HEIGHT - 8}" text-anchor="middle">{below}</text>')
    return "\n".join([*lines, "</svg>", ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--name", help="what the plots call the model (default: the file's name)")
    parser.add_argument("--depths", default="0,1024,4096,16384")
    parser.add_argument("--sequences", default="1,2,4,8,16")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--moesaic", default="target/release/moesaic", metavar="PROGRAM")
    arguments = parser.parse_args()
    name = arguments.name or Path(arguments.model).stem

    def speed(*options: str) -> float:
        command = [arguments.moesaic, "bench", "-m", arguments.model, "-p", "0", "-n", "16", "-r", "1", "--json", *options]
        (test,) = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return test["tokens_per_second"]

    plots = [
        ("decode-depth.svg", "-d", arguments.depths, f"{name}: tokens a second while decoding", "tokens in the cache"),
        ("decode-sequences.svg", "-b", arguments.sequences, f"{name}: tokens a second, all sequences together", "sequences"),
    ]
    for file, option, values, title, below in plots:
        numbers = [int(value) for value in values.split(",")]
        speeds: dict[int, list[float]] = {number: [] for number in numbers}
        for _ in range(arguments.rounds):
            for number in numbers:
                speeds[number].append(speed(option, str(number)))
        points = [(number, statistics.median(found)) for number, found in speeds.items()]
        (arguments.out / file).write_text(plot(title, below, points))
        print(f"{file}: " + ", ".join(f"{number}: {found:.1f}" for number, found in points), flush=True)


if __name__ == "__main__":
    main()
