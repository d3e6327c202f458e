"""`python -m moesaic` is the command-line tool."""

import importlib.metadata
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moesaic

from conftest import TEXT


def tool(*arguments: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "moesaic", *map(str, arguments)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def test_it_does_what_the_module_does(model: moesaic.Model, tmp_path: Path) -> None:
    ran = tool("run", "-m", TEXT, "the cat", "-n", 10, "--temp", 0, "--arithmetic", "f32")
    assert ran.returncode == 0
    assert ran.stdout == model.generate("the cat", max_tokens=10, temperature=0, parse_special=True)
    path = tmp_path / "logits.npy"
    assert tool("logits", "-m", TEXT, "--tokens", "1,2,3", "-o", path).returncode == 0
    assert np.abs(np.load(path) - model.session().forward([1, 2, 3])).max() < 1e-4


def test_status_and_streams_are_the_tools() -> None:
    help = tool("--help")
    assert help.returncode == 0 and "perplexity" in help.stdout and not help.stderr
    version = tool("--version")
    assert version.stdout == f"moesaic {moesaic.__version__}\n"
    assert importlib.metadata.version("moesaic") == moesaic.__version__
    assert tool("no-such-command").returncode == 2
    failed = tool("inspect", "-m", "missing.gguf")
    assert failed.returncode == 1 and failed.stderr.startswith("error: missing.gguf")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are others there")
def test_ctrl_c_ends_it() -> None:
    command = [sys.executable, "-m", "moesaic", "bench", "-m", "stories", "-r", "1000"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(2)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == -signal.SIGINT
    finally:
        process.kill()
        process.wait()
