"""Every kind of error reaches Python, with the message that the Rust tool prints."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any, Type

import pytest

import moesaic
from moesaic._moesaic import _raise_internal

from conftest import MODELS, TEXT


def tool(*arguments: Any) -> str:
    """What the tool complains of."""
    command = [sys.executable, "-m", "moesaic", *map(str, arguments)]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120)
    assert ran.returncode == 1, ran
    line = ran.stderr.strip().splitlines()[-1]
    assert line.startswith("error: ")
    return line[len("error: ") :]


def opened(kind: Type[moesaic.Error], path: Path) -> Any:
    """The error of opening this, which is the tool's."""
    with pytest.raises(moesaic.Error) as caught:
        moesaic.Model(path, threads=1)
    assert type(caught.value) is kind
    assert str(caught.value) == tool("logits", "-m", path, "--tokens", "1", "-o", path.parent / "out.npy")
    return caught.value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a Hugging Face folder, to damage."""
    copy = tmp_path / "model"
    shutil.copytree(MODELS / "qwen3moe", copy)
    return copy


def change(folder: Path, **entries: Any) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config.update(entries)
    path.write_text(json.dumps({key: value for key, value in config.items() if value is not None}))


def test_the_system_refuses(tmp_path: Path) -> None:
    error = opened(moesaic.IoError, tmp_path / "missing.gguf")
    assert error.path == str(tmp_path / "missing.gguf")
    assert isinstance(error, OSError) and error.errno == 2


def test_malformed(tmp_path: Path) -> None:
    path = tmp_path / "short.gguf"
    path.write_bytes(TEXT.read_bytes()[:1000])
    error = opened(moesaic.MalformedError, path)
    assert error.path == str(path) and 0 < error.offset <= 1000


def test_metadata(folder: Path) -> None:
    change(folder, num_hidden_layers=None)
    error = opened(moesaic.MetadataError, folder)
    assert error.key == "num_hidden_layers"


def test_tensor(folder: Path) -> None:
    change(folder, num_hidden_layers=9)
    assert ".2." in opened(moesaic.TensorError, folder).tensor


def test_unsupported(tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    path.write_text("text")
    assert opened(moesaic.UnsupportedError, path).path == str(path)
    name = "hf:owner"
    with pytest.raises(moesaic.InputError, match="no name of a model on the hub") as caught:
        moesaic.Model.from_pretrained(name)
    assert str(caught.value) == tool("inspect", "-m", name)


def test_input(model: moesaic.Model, tmp_path: Path) -> None:
    with pytest.raises(moesaic.InputError) as caught:
        model.session().forward([1, 304])
    assert isinstance(caught.value, ValueError)
    assert str(caught.value) == tool("logits", "-m", TEXT, "--tokens", "1,304", "-o", tmp_path / "out.npy")


def test_cancelled(model: moesaic.Model) -> None:
    cancel = moesaic.CancelToken()
    cancel.cancel()
    for call in (model.session().forward, model.logprobs):
        with pytest.raises(moesaic.CancelledError, match="^cancelled by the caller$"):
            call([1, 2], cancel=cancel)


def test_out_of_memory(folder: Path) -> None:
    resource = pytest.importorskip("resource")
    # The longest context that a file may ask for; its cache takes hundreds of GiB, which some machines have.
    longest = 1 << 31
    change(folder, max_position_embeddings=longest)
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 36, before[1]))
    try:
        with pytest.raises(moesaic.OutOfMemoryError) as caught:
            moesaic.Model(folder, threads=1).session(context=longest)
        assert isinstance(caught.value, MemoryError) and caught.value.bytes > longest
        assert str(caught.value) == tool("run", "-m", folder, "-c", longest, "x")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def test_not_finite(folder: Path, tmp_path: Path) -> None:
    # All bits set is a NaN in every format of floats.
    path = folder / "model.safetensors"
    contents = bytearray(path.read_bytes())
    (length,) = struct.unpack("<Q", contents[:8])
    header = json.loads(contents[8 : 8 + length])
    name = next(name for name in header if name.endswith("mlp.gate.weight"))
    begin, end = (8 + length + offset for offset in header[name]["data_offsets"])
    contents[begin:end] = b"\xff" * (end - begin)
    path.write_bytes(contents)
    with pytest.raises(moesaic.NotFiniteError) as caught:
        moesaic.Model(folder, arithmetic="float32").session().forward([1, 2])
    assert str(caught.value) == tool("logits", "-m", folder, "--tokens", "1,2", "-o", tmp_path / "out.npy")


def test_internal() -> None:
    with pytest.raises(moesaic.InternalError) as caught:
        _raise_internal("wheels came off")
    assert str(caught.value) == "internal error: wheels came off; this is a defect of moesaic, please report it"


def test_all_have_the_same_base() -> None:
    kinds = [kind for name, kind in vars(moesaic).items() if name.endswith("Error")]
    assert len(kinds) == 12
    assert all(issubclass(kind, moesaic.Error) and kind.__module__ == "moesaic" for kind in kinds)
