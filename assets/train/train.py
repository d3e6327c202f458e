"""Trains the story model, or the dense model that it is compared with.

    python train.py CORPUS OUT [--dense] [--steps 2600] [--seed 1]

CORPUS is a folder made by corpus.py. OUT receives checkpoint.pt now and then (a run that was stopped goes on from
there), log.jsonl with a line for each 20 steps, and model.pt at the end. The result follows from the arguments: batches
are drawn from the step's number, and every operation is deterministic on a processor of one kind.

The primer is what teaches the model to take up a name again. Begun with stories alone it did not learn that in seven
million tokens; with the primer it does in 300,000, and keeps it as long as some of the primer is in every step.
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

from model import IGNORED, Config, Model
from optimizer import Optimizers

# Documents a step. The first steps take the primer alone, the others some of it beside the stories.
BATCH = 24
PRIMER_BATCH = 24
PRIMER_ALONE_STEPS = 100
PRIMER_ALONE_BATCH = 64
BALANCE_RATE = 0.01

# The same number of parameters at work on a token as the mixture.
DENSE = dict(dense_layers=6, dense_hidden=448)


class Documents:
    """Batches of whole documents of about the same length, so that little is padding and no token sees a story before
    its own."""

    def __init__(self, path: pathlib.Path, begin: int = 0):
        self.tokens = np.load(path).astype(np.int64)
        self.starts = np.append(np.flatnonzero(self.tokens == begin), len(self.tokens))

    def batches(self, seed: int, size: int, pool: int = 64) -> list[np.ndarray]:
        """The numbers of the documents of each batch: neighbours in length of a pool of batches drawn at random."""
        generator = np.random.default_rng(seed)
        lengths = np.diff(self.starts)
        order = generator.permutation(len(lengths))
        batches = []
        for part in np.array_split(order, max(1, len(order) // (pool * size))):
            part = part[np.argsort(lengths[part], kind="stable")]
            part = np.split(part[:len(part) // size * size], len(part) // size)
            batches += [part[index] for index in generator.permutation(len(part))]
        return batches

    def get(self, numbers) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and targets [documents, length]; the targets of padding are IGNORED."""
        documents = [self.tokens[self.starts[number]:self.starts[number + 1]] for number in numbers]
        length = max(len(document) for document in documents) - 1
        inputs = np.zeros((len(documents), length), np.int64)
        targets = np.full((len(documents), length), IGNORED)
        for row, document in enumerate(documents):
            inputs[row, :len(document) - 1] = document[:-1]
            targets[row, :len(document) - 1] = document[1:]
        return torch.from_numpy(inputs), torch.from_numpy(targets)


@torch.no_grad()
def held_out_loss(model: Model, documents: Documents, most: int) -> float:
    """The mean loss in nats a token of the first held-out documents, in 32-bit floats."""
    model.eval()
    total, tokens = 0.0, 0
    for first in range(0, min(most, len(documents.starts) - 1), BATCH):
        inputs, targets = documents.get(range(first, min(first + BATCH, most, len(documents.starts) - 1)))
        count = (targets != IGNORED).sum().item()
        total, tokens = total + model.loss(inputs, targets).item() * count, tokens + count
    model.train()
    return total / tokens


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--dense", action="store_true")
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    keep_memory()
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.manual_seed(arguments.seed)

    documents, held_out = Documents(arguments.corpus / "train.npy"), Documents(arguments.corpus / "held_out.npy")
    primer = Documents(arguments.corpus / "primer.npy")
    alone = primer.batches(arguments.seed, PRIMER_ALONE_BATCH)
    batches, primer_batches = documents.batches(arguments.seed, BATCH), primer.batches(arguments.seed + 1, PRIMER_BATCH)

    def parts(step: int):
        """What a step learns from: batches of two kinds, as their lengths differ."""
        if step < PRIMER_ALONE_STEPS:
            return [primer.get(alone[step])]
        step -= PRIMER_ALONE_STEPS
        return [documents.get(batches[step % len(batches)]), primer.get(primer_batches[step % len(primer_batches)])]

    config = Config(**DENSE) if arguments.dense else Config()
    model = Model(config)
    optimizers = Optimizers(model, arguments.steps)
    print("parameters: {:,}, at work on a token: {:,}".format(*model.parameter_counts()))

    first, tokens, checkpoint = 0, 0, arguments.out / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        model.load_state_dict(saved["model"])
        optimizers.load_state_dict(saved["optimizers"])
        first, tokens = saved["step"], saved["tokens"]
    log = open(arguments.out / "log.jsonl", "a")
    began = time.monotonic()
    for step in range(first, arguments.steps):
        losses, step_parts = [], parts(step)
        counts = [(targets != IGNORED).sum().item() for _, targets in step_parts]
        tokens += sum(counts)
        for (inputs, targets), count in zip(step_parts, counts):
            with torch.autocast("cpu", torch.bfloat16):
                loss = model.loss(inputs, targets)
            losses.append(loss.item())
            (loss * (count / sum(counts))).backward()
        loads = [(experts.load / experts.load.sum()).tolist() for experts in model.experts()]
        for experts in model.experts():
            experts.balance(BALANCE_RATE * optimizers.rate(step))
        optimizers.step(step)
        done = step + 1
        if done % 20 == 0 or done == arguments.steps:
            # Of stories, once there are some.
            line = dict(step=done, tokens=tokens, loss=round(losses[0], 4),
                        seconds=round(time.monotonic() - began, 1), loads=[[round(x, 4) for x in load] for load in loads])
            if done % 100 == 0:
                line["held_out_loss"] = round(held_out_loss(model, held_out, 120), 4)
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(line | dict(loads=[f"{min(load):.3f}-{max(load):.3f}" for load in loads]), flush=True)
        if done % 100 == 0:
            state = dict(model=model.state_dict(), optimizers=optimizers.state_dict(), step=done, tokens=tokens)
            torch.save(state, checkpoint.with_suffix(".new"))
            checkpoint.with_suffix(".new").replace(checkpoint)
    loss = held_out_loss(model, held_out, len(held_out.starts))
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
