# What the native module has; its doc strings are in bindings/python/src.

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Literal, Optional, TypedDict, Union, final, overload, type_check_only

import numpy as np
import numpy.typing as npt
from typing_extensions import Self, TypeAlias, Unpack

from ._asynchronous import AsyncGeneration
from ._types import ChosenExperts, Statistics

__all__ = [
    "CancelToken",
    "Generation",
    "Model",
    "Session",
    "Tokenizer",
    "__version__",
    "_raise_internal",
    "main",
]

__version__: str

_Arithmetic: TypeAlias = Literal["int8", "float32"]
_InstructionSet: TypeAlias = Literal["scalar", "avx2", "avx512", "amx"]
_Cache: TypeAlias = Literal["f32", "f16", "int16", "q8_0"]
_Path: TypeAlias = Union[str, os.PathLike[str]]
_Tokens: TypeAlias = Union[Iterable[int], npt.NDArray[np.integer[Any]]]
_Prompt: TypeAlias = Union[str, _Tokens]
_LogitsProcessor: TypeAlias = Callable[
    [npt.NDArray[np.uint32], npt.NDArray[np.float32]], Optional[npt.ArrayLike]
]

_ExpertWatcher: TypeAlias = Callable[[ChosenExperts], object]

@type_check_only
class _GenerateOptions(TypedDict, total=False):
    max_tokens: Optional[int]
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    repetition_penalty: float
    repetition_window: int
    seed: Optional[int]
    stop: Union[str, Iterable[str]]
    parse_special: bool
    cancel: Optional[CancelToken]
    logits_processor: Union[_LogitsProcessor, Iterable[_LogitsProcessor], None]
    expert_watcher: Optional[_ExpertWatcher]
    prompt_lookup: bool
    draft_model: Optional[Model]

@final
class CancelToken:
    def __new__(cls) -> Self: ...
    def cancel(self) -> None: ...
    def reset(self) -> None: ...
    @property
    def cancelled(self) -> bool: ...
    def __reduce__(self) -> Any: ...

@final
class Tokenizer:
    def encode(self, text: str, *, add_special: bool = True, parse_special: bool = False) -> list[int]: ...
    def decode(self, tokens: _Tokens, *, special: bool = False) -> str: ...
    def token_bytes(self, token: int, *, special: bool = False) -> bytes: ...
    def is_end(self, token: int) -> bool: ...
    @property
    def vocabulary_size(self) -> int: ...
    @property
    def bos(self) -> Optional[int]: ...
    @property
    def eos(self) -> Optional[int]: ...
    def __reduce__(self) -> Any: ...

@final
class Model:
    def __new__(
        cls,
        path: _Path,
        *,
        threads: Optional[int] = None,
        arithmetic: _Arithmetic = "int8",
        instruction_set: Optional[_InstructionSet] = None,
        cache: Optional[_Cache] = None,
        read: bool = False,
    ) -> Self: ...
    @staticmethod
    def stories(
        *,
        threads: Optional[int] = None,
        arithmetic: _Arithmetic = "int8",
        instruction_set: Optional[_InstructionSet] = None,
        cache: Optional[_Cache] = None,
    ) -> Model: ...
    @staticmethod
    def from_pretrained(
        name: _Path,
        *,
        threads: Optional[int] = None,
        arithmetic: _Arithmetic = "int8",
        instruction_set: Optional[_InstructionSet] = None,
        cache: Optional[_Cache] = None,
        read: bool = False,
    ) -> Model: ...
    def session(self, *, context: Optional[int] = None) -> Session: ...
    def restore_session(self, path: _Path, *, context: Optional[int] = None) -> Session: ...
    def apply_chat_template(
        self,
        messages: Iterable[Mapping[str, Any]],
        *,
        add_generation_prompt: bool = True,
        tools: Optional[Iterable[Mapping[str, Any]]] = None,
        documents: Optional[Iterable[Mapping[str, Any]]] = None,
        template: Optional[str] = None,
        **variables: Any,
    ) -> str: ...
    @property
    def chat_templates(self) -> list[str]: ...
    # A str is a sequence of str, too; the first of the two that fits counts.
    @overload
    def generate(  # type: ignore[overload-overlap]
        self, prompts: str, *, context: Optional[int] = None, **options: Unpack[_GenerateOptions]
    ) -> str: ...
    @overload
    def generate(
        self,
        prompts: Sequence[_Prompt],
        *,
        context: Optional[int] = None,
        **options: Unpack[_GenerateOptions],
    ) -> list[str]: ...
    def logprobs(
        self, text: _Prompt, *, cancel: Optional[CancelToken] = None
    ) -> npt.NDArray[np.float64]: ...
    def perplexity(
        self, text: str, *, window: int = 512, cancel: Optional[CancelToken] = None
    ) -> float: ...
    @property
    def tokenizer(self) -> Tokenizer: ...
    @property
    def family(self) -> str: ...
    @property
    def name(self) -> Optional[str]: ...
    @property
    def vocabulary_size(self) -> int: ...
    @property
    def context_length(self) -> int: ...
    @property
    def parameters(self) -> tuple[int, int]: ...
    @property
    def threads(self) -> int: ...
    @property
    def instruction_set(self) -> _InstructionSet: ...
    def cache_bytes(self, context: int) -> int: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: Optional[type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
        /,
    ) -> None: ...
    def __reduce__(self) -> Any: ...

@final
class Session:
    def forward(
        self,
        tokens: _Tokens,
        *,
        logits: Literal["all", "last", "none"] = "all",
        cancel: Optional[CancelToken] = None,
        expert_watcher: Optional[_ExpertWatcher] = None,
    ) -> npt.NDArray[np.float32]: ...
    def generate(self, prompt: _Prompt, **options: Unpack[_GenerateOptions]) -> Generation: ...
    def generate_async(self, prompt: _Prompt, **options: Unpack[_GenerateOptions]) -> AsyncGeneration: ...
    def reset(self) -> None: ...
    def truncate(self, length: int) -> None: ...
    def keep_prefix_of(self, tokens: _Tokens) -> int: ...
    def fork(self) -> Session: ...
    def save(self, path: _Path) -> None: ...
    @property
    def next_seed(self) -> Optional[int]: ...
    @property
    def tokens(self) -> list[int]: ...
    @property
    def context(self) -> int: ...
    def close(self) -> None: ...
    def __len__(self) -> int: ...
    def __bool__(self) -> bool: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: Optional[type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
        /,
    ) -> None: ...
    def __reduce__(self) -> Any: ...

@final
class Generation:
    def __iter__(self) -> Self: ...
    def __next__(self) -> str: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...
    @property
    def finish_reason(self) -> Optional[Literal["end", "stop", "length", "context_full", "cancelled"]]: ...
    @property
    def statistics(self) -> Statistics: ...
    @property
    def seed(self) -> int: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: Optional[type[BaseException]] = None,
        exc_value: Optional[BaseException] = None,
        traceback: Optional[TracebackType] = None,
        /,
    ) -> None: ...
    def __reduce__(self) -> Any: ...

def main(arguments: Sequence[str]) -> int: ...
def _raise_internal(what: str) -> None: ...
