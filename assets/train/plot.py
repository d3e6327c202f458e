"""Draws the loss curves of the mixture and the dense model, and how evenly the experts were used.

    python plot.py OUT-FOLDER MOE/log.jsonl [DENSE/log.jsonl]
"""

import argparse
import json
import pathlib

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "moesaic", "font.size": 9, "svg.fonttype": "none"})
import matplotlib.pyplot as plot

from train import PRIMER_ALONE_STEPS


def read(path: pathlib.Path) -> list[dict]:
    return [line for line in map(json.loads, path.read_text().splitlines()) if "step" in line]


def losses(runs: list[tuple[list[dict], str, str]], out: pathlib.Path) -> None:
    figure, axes = plot.subplots(figsize=(6, 3.2))
    for lines, name, colour in runs:
        # Before that it is the primer's.
        lines = [line for line in lines if line["step"] > PRIMER_ALONE_STEPS]
        axes.plot([line["tokens"] / 1e6 for line in lines], [line["loss"] for line in lines], color=colour, alpha=0.35,
                  linewidth=0.8, label=f"{name}: training")
        held_out = [line for line in lines if "held_out_loss" in line]
        axes.plot([line["tokens"] / 1e6 for line in held_out], [line["held_out_loss"] for line in held_out], color=colour,
                  marker=".", label=f"{name}: held out")
    axes.set(xlabel="tokens, millions", ylabel="loss, nats a token", ylim=(0, 4))
    axes.legend(frameon=False)
    save(figure, out)


def balance(mixture: list[dict], out: pathlib.Path) -> None:
    layers = len(mixture[0]["loads"])
    figure, panels = plot.subplots(1, layers, figsize=(9, 2.4), sharey=True)
    for layer, axes in enumerate(panels):
        steps = [line["step"] for line in mixture]
        for expert in range(len(mixture[0]["loads"][0])):
            axes.plot(steps, [100 * line["loads"][layer][expert] for line in mixture], linewidth=0.7)
        axes.set(title=f"layer {layer + 1}", xlabel="step", ylim=(0, 25))
    panels[0].set_ylabel("share of each expert, %")
    save(figure, out)


def save(figure, out: pathlib.Path) -> None:
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("mixture", type=pathlib.Path)
    parser.add_argument("dense", type=pathlib.Path, nargs="?")
    arguments = parser.parse_args()
    mixture = read(arguments.mixture)
    runs = [(mixture, "mixture", "tab:blue")]
    if arguments.dense is not None:
        runs.insert(0, (read(arguments.dense), "dense, same active size", "tab:gray"))
    losses(runs, arguments.out / "training.svg")
    balance(mixture, arguments.out / "balance.svg")


if __name__ == "__main__":
    main()
