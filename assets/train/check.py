"""Compares a model exported with `export.py --folder FOLDER` with transformers, and with logits that moesaic wrote.

    python check.py model.pt FOLDER [--tokens 0,5,6 --logits OUT.npy]

where OUT.npy is what `moesaic logits -m OUT.gguf --tokens 0,5,6 -o OUT.npy` wrote.
"""

import argparse
import pathlib

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from model import Config, Model


@torch.no_grad()
def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--tokens", default=",".join(str(7 * i % 3000 + 4) for i in range(100)))
    parser.add_argument("--logits", type=pathlib.Path)
    arguments = parser.parse_args()
    saved = torch.load(arguments.model, weights_only=True, map_location="cpu")
    model = Model(Config(**saved["config"]))
    model.load_state_dict(saved["model"])
    model.eval()
    tokens = torch.tensor([[int(token) for token in arguments.tokens.split(",")]])
    ours = model(tokens)[0]
    theirs = AutoModelForCausalLM.from_pretrained(arguments.folder, dtype=torch.float32)(tokens).logits[0]
    print("transformers: largest difference", difference(ours, theirs))
    if arguments.logits is not None:
        print("moesaic: largest difference", difference(ours, torch.from_numpy(np.load(arguments.logits))))


def difference(ours, theirs) -> str:
    """In standard deviations of the logits."""
    return f"{((ours - theirs).abs().max() / ours.std()).item():.2e} standard deviations"


if __name__ == "__main__":
    main()
