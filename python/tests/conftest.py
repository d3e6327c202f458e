"""What several tests need: the tiny models of tests/fixtures, and the model in the box."""

from pathlib import Path
from typing import Iterator

import pytest

import moesaic

MODELS = Path(__file__).resolve().parents[2] / "tests/fixtures/models"

#: The tiny model with a tokenizer; its context holds 256 tokens.
TEXT = MODELS / "qwen2-text/f32.gguf"


@pytest.fixture(scope="session")
def model() -> moesaic.Model:
    return moesaic.Model(TEXT, threads=2, arithmetic="float32")


@pytest.fixture(scope="session")
def stories() -> moesaic.Model:
    return moesaic.Model.stories(threads=2)


@pytest.fixture
def session(model: moesaic.Model) -> Iterator[moesaic.Session]:
    with model.session() as session:
        yield session
