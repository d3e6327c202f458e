"""Runs Mixture-of-Experts language models on CPUs, from inside any program.

    import moesaic

    with moesaic.Model("DeepSeek-V2-Lite.Q4_K_M.gguf") as model:  # or moesaic.Model.stories()
        session = model.session()
        for piece in session.generate("Once upon a time", max_tokens=100):
            print(piece, end="", flush=True)
        logits = session.forward([1, 2, 3])  # float32 [tokens, vocabulary]

Every failure is a `moesaic.Error` that says what failed, where, and what to do about it. The interpreter's lock is
released while the model computes, and Ctrl-C stops it within a token.
"""

from ._asynchronous import AsyncGeneration
from ._errors import (
    ChatTemplateError,
    CancelledError,
    Error,
    InputError,
    InternalError,
    IoError,
    MalformedError,
    MetadataError,
    NotFiniteError,
    OutOfMemoryError,
    TensorError,
    UnsupportedError,
)
from ._experts import ExpertRecord
from ._moesaic import CancelToken, Generation, Model, Session, Tokenizer, __version__
from ._types import ChosenExperts, Statistics

__all__ = [
    "AsyncGeneration",
    "CancelToken",
    "CancelledError",
    "ChatTemplateError",
    "ChosenExperts",
    "Error",
    "ExpertRecord",
    "Generation",
    "InputError",
    "InternalError",
    "IoError",
    "MalformedError",
    "MetadataError",
    "Model",
    "NotFiniteError",
    "OutOfMemoryError",
    "Session",
    "Statistics",
    "TensorError",
    "Tokenizer",
    "UnsupportedError",
    "__version__",
]
