"""Trains the story model, or the dense model that it is compared with.

    python train.py CORPUS OUT [--dense] [--steps 1300] [--seed 1]

CORPUS is a folder made by corpus.py. OUT receives checkpoint.pt now and then (a run that was stopped goes on from
there), log.jsonl with a line for each 20 steps, and model.pt at the end. The result follows from the arguments: batches
are drawn from the step's number, and every operation is deterministic on a processor of one kind.
"""

import argparse
import ctypes
import dataclasses
import json
import math
import pathlib
import time

import numpy as np
import torch

from model import Config, Model
from optimizer import Optimizers

LENGTH = 512
BATCH = 16
BALANCE_RATE = 0.01

# The same number of parameters at work on a token as the mixture.
DENSE = dict(dense_layers=6, dense_hidden=448)


class Rows:
    """Rows of LENGTH + 1 tokens, each from the beginning of a document on."""

    def __init__(self, path: pathlib.Path, begin: int):
        self.tokens = np.load(path).astype(np.int64)
        starts = np.flatnonzero(self.tokens == begin)
        self.starts = starts[starts <= len(self.tokens) - LENGTH - 1]

    def get(self, starts) -> tuple[torch.Tensor, torch.Tensor]:
        rows = torch.from_numpy(np.stack([self.tokens[start:start + LENGTH + 1] for start in starts]))
        return rows[:, :-1], rows[:, 1:]

    def batch(self, step: int, order: np.ndarray):
        chosen = order[np.arange(step * BATCH, (step + 1) * BATCH) % len(order)]
        return self.get(self.starts[chosen])


@torch.no_grad()
def held_out_loss(model: Model, rows: Rows, batches: int) -> float:
    """The mean loss in nats on rows that begin at every third held-out document, in 32-bit floats."""
    model.eval()
    starts = rows.starts[::3][:batches * BATCH]
    losses = [model.loss(*rows.get(part)).item() for part in np.array_split(starts, batches)]
    model.train()
    return sum(losses) / len(losses)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--dense", action="store_true")
    parser.add_argument("--steps", type=int, default=1300)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    keep_memory()
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.manual_seed(arguments.seed)

    rows, held_out = Rows(arguments.corpus / "train.npy", 0), Rows(arguments.corpus / "held_out.npy", 0)
    order = np.random.default_rng(arguments.seed).permutation(len(rows.starts))
    config = Config(**DENSE) if arguments.dense else Config()
    model = Model(config)
    optimizers = Optimizers(model, arguments.steps)
    print("parameters: {:,}, at work on a token: {:,}".format(*model.parameter_counts()))

    first, checkpoint = 0, arguments.out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizers.load_state_dict(saved["optimizers"])
        first = saved["step"]
    log = open(arguments.out / "log.jsonl", "a")
    began, loads = time.monotonic(), []
    for step in range(first, arguments.steps):
        inputs, targets = rows.batch(step, order)
        with torch.autocast("cpu", torch.bfloat16):
            loss = model.loss(inputs, targets)
        loss.backward()
        loads = [(experts.load / experts.load.sum()).tolist() for experts in model.experts()]
        for experts in model.experts():
            experts.balance(BALANCE_RATE * optimizers.rate(step))
        optimizers.step(step)
        done = step + 1
        if done % 20 == 0 or done == arguments.steps:
            line = dict(step=done, tokens=done * BATCH * LENGTH, loss=round(loss.item(), 4),
                        seconds=round(time.monotonic() - began, 1), loads=[[round(x, 4) for x in load] for load in loads])
            if done % 100 == 0:
                line["held_out_loss"] = round(held_out_loss(model, held_out, 4), 4)
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line | dict(loads=[f"{min(load):.3f}-{max(load):.3f}" for load in loads]), flush=True)
        if done % 200 == 0:
            state = dict(model=model.state_dict(), optimizers=optimizers.state_dict(), step=done)
            torch.save(state, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    loss = held_out_loss(model, held_out, 16)
    result = dict(held_out_loss=round(loss, 4), held_out_perplexity=round(math.exp(loss), 4))
    log.write(json.dumps(result) + "\n")
    print(result)
    torch.save(dict(model=model.state_dict(), config=dataclasses.asdict(config)), arguments.out / "model.pt")


def keep_memory():
    """Keeps freed memory in the process: handing it back between steps costs half of the time (glibc only)."""
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        trim_threshold, mmap_threshold = -1, -3
        library.mallopt(mmap_threshold, 1 << 30)
        library.mallopt(trim_threshold, 2**31 - 1)


if __name__ == "__main__":
    main()
