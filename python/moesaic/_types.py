"""Types that the native module fills in."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Statistics(NamedTuple):
    """What a generation has done so far."""

    #: Tokens that ran through the model before the first one was chosen.
    prompt_tokens: int
    #: How long that took.
    prompt_seconds: float
    #: Tokens generated, the end token not counted.
    generated_tokens: int
    #: Tokens of the text that ran through the model after the prompt: the last one generated never does.
    decoded_tokens: int
    #: How long they took, choosing tokens included.
    decode_seconds: float
    #: Tokens that were guessed.
    drafted_tokens: int
    #: Of these, those that were right.
    accepted_tokens: int


class ChosenExperts(NamedTuple):
    """The experts that work in one layer on some tokens that follow one another."""

    #: Which text of a batch; 0 in a session.
    text: int
    #: The layer's index in the model.
    layer: int
    #: The position of the first token in its text.
    position: int
    #: uint32 `[tokens, used]`: the experts chosen for each token, best first.
    experts: npt.NDArray[np.uint32]
    #: float32 `[tokens, used]`: what their outputs are multiplied with.
    weights: npt.NDArray[np.float32]
