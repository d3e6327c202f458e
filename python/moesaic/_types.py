"""Types that the native module fills in."""

from typing import NamedTuple


class Statistics(NamedTuple):
    """What a generation has done so far."""

    #: Tokens that ran through the model before the first one was chosen.
    prompt_tokens: int
    #: How long that took.
    prompt_seconds: float
    #: Tokens generated, the end token not counted.
    generated_tokens: int
    #: Tokens that ran through the model after the prompt: the last one generated never does.
    decoded_tokens: int
    #: How long they took, choosing tokens included.
    decode_seconds: float
