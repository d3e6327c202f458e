"""Measures a trained model on the held-out documents, in 32-bit floats.

    python evaluate.py model.pt tokenizer.json [--documents 500] [--sample OUT.json]

Prints the perplexity of a token and of a word, what a name costs that was there before, and how often each expert of each
layer was chosen. --sample writes the first twenty documents with their loss, for the tests of the exported file.
"""

import argparse
import json
import math
import pathlib

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

from corpus import NAMES, document
from model import Config, Model


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("tokenizer", type=pathlib.Path)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--sample", type=pathlib.Path)
    arguments = parser.parse_args()
    saved = torch.load(arguments.model, weights_only=True, map_location="cpu")
    config = Config(**saved["config"])
    model = Model(config)
    model.load_state_dict(saved["model"])
    tokenizer = Tokenizer.from_file(str(arguments.tokenizer))

    # As when training: experts count how often they are chosen.
    model.train()
    texts = [document(f"held out {number}") for number in range(arguments.documents)]
    encoded = [tokenizer.encode(text).ids[:config.context] for text in texts]
    names = {tokenizer.token_to_id(form + name): name for name in NAMES for form in ["", "\u0120"]}
    losses, again, right = [], [], 0
    for ids in encoded:
        logits, targets = model(torch.tensor([ids[:-1]]))[0], torch.tensor(ids[1:])
        each = F.cross_entropy(logits, targets, reduction="none")
        losses.append(each.mean().item())
        before = set()
        for token, guess, loss in zip(ids[1:], logits.argmax(dim=-1).tolist(), each.tolist()):
            if (name := names.get(token)) in before:
                again.append(loss)
                right += guess == token
            elif name is not None:
                before.add(name)
    nats = sum(loss * (len(ids) - 1) for loss, ids in zip(losses, encoded))
    tokens = sum(len(ids) - 1 for ids in encoded)
    words = sum(len(text.split()) for text in texts)
    print(f"{len(texts)} documents, {tokens} tokens, {words} words")
    print(f"perplexity {math.exp(nats / tokens):.4f} a token, {math.exp(nats / words):.3f} a word")
    print(f"a name that was there before: {sum(again) / len(again):.3f} nats, {100 * right / len(again):.0f} % right at once")
    for index, experts in enumerate(model.experts()):
        shares = experts.load / experts.load.sum()
        print(f"layer {index + 1}: " + " ".join(f"{100 * share:.1f}" for share in shares) + " %")
    if arguments.sample is not None:
        sample = [dict(text=text, tokens=ids, loss=round(loss, 5))
                  for text, ids, loss in zip(texts[:20], encoded[:20], losses[:20])]
        arguments.sample.write_text(json.dumps(sample, indent=0) + "\n")


if __name__ == "__main__":
    main()
