"""The exceptions: one class for each kind of error of the Rust crate, with the same message.

Raised by the native module only, which sets the attributes.
"""

from typing import Optional


class Error(Exception):
    """What failed, where it failed, and what to do about it: the base of all others."""

    __module__ = "moesaic"


class IoError(Error, OSError):
    """The operating system refused to open, read or map a file."""

    __module__ = "moesaic"

    path: str
    errno: Optional[int]


class MalformedError(Error):
    """A model file breaks the rules of its format; the file is damaged, truncated or hostile."""

    __module__ = "moesaic"

    path: str
    #: The offset of the offending bytes from the beginning of the file.
    offset: int


class MetadataError(Error):
    """A metadata key or a `config.json` entry is missing, of the wrong type or out of range."""

    __module__ = "moesaic"

    path: str
    key: str


class TensorError(Error):
    """A tensor is missing, of an unsupported type or of the wrong shape."""

    __module__ = "moesaic"

    path: str
    tensor: str


class UnsupportedError(Error):
    """The file is sound but of a kind that this version does not run."""

    __module__ = "moesaic"

    path: str


class ChatTemplateError(Error):
    """A chat template refuses a conversation, or cannot be run."""

    __module__ = "moesaic"

    path: str
    #: The line of the template, from 1; None where it is not known.
    line: Optional[int]


class InputError(Error, ValueError):
    """The caller asked for something that cannot be: a token past the vocabulary, a prompt longer than the context,
    an option out of range, a closed session."""

    __module__ = "moesaic"


class CancelledError(Error):
    """A `CancelToken` was raised; the session can be used again."""

    __module__ = "moesaic"


class OutOfMemoryError(Error, MemoryError):
    """Memory for a cache or a buffer could not be had."""

    __module__ = "moesaic"

    #: How many bytes were asked for.
    bytes: int


class NotFiniteError(Error):
    """Numbers inside the model left the range of floats: the weights are damaged."""

    __module__ = "moesaic"


class InternalError(Error):
    """A defect of this library; please report it."""

    __module__ = "moesaic"
