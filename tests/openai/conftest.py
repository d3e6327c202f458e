"""A server for the tests: the program that MOESAIC_PROGRAM names, with a tiny model that has a chat template."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Iterator

import pytest
from openai import OpenAI

ROOT = Path(__file__).parents[2]
KEY = "a key"

# In the manner of Qwen 3, short enough for the tiny context. The tests of the page take it, too.
TEMPLATE = (Path(__file__).parent / "chat_template.jinja").read_text()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    folder.mkdir()
    source = ROOT / "tests/fixtures/models/qwen2-text"
    for name in ["model.safetensors", "tokenizer.json"]:
        shutil.copy(source / name, folder)
    # Room for requests of some length.
    config = json.loads((source / "config.json").read_text()) | {"max_position_embeddings": 2048}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": TEMPLATE}))
    command = [os.environ["MOESAIC_PROGRAM"], "serve", "-m", str(folder), "--port", "0", "--parallel", "2"]
    # Float32, so that an answer is the same whoever runs beside it.
    command += ["--arithmetic", "f32", "--threads", "1", "--pooling", "mean"]
    process = subprocess.Popen(command, env=os.environ | {"MOESAIC_API_KEY": KEY}, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    found = None
    for line in process.stderr:
        found = re.search(r"http://[0-9.]+:[0-9]+", line)
        if found:
            break
    assert found, "the server said where it listens"
    yield found[0]
    process.terminate()
    # It ends by itself: nothing is being answered any more.
    assert process.wait(30) == 0


@pytest.fixture(scope="session")
def client(address: str) -> OpenAI:
    return OpenAI(base_url=f"{address}/v1", api_key=KEY, max_retries=0, timeout=120)


@pytest.fixture(scope="session")
def model() -> str:
    return "tiny"
