"""Opening models, what they tell of themselves, their tokenizers and scores."""

import os
from pathlib import Path

import numpy as np
import pytest

import moesaic

from conftest import MODELS, TEXT


def test_a_file_and_a_folder_open(model: moesaic.Model) -> None:
    assert model.family == "qwen2"
    assert model.vocabulary_size == 304
    assert model.context_length == 256
    assert model.threads == 2
    assert model.parameters[0] >= model.parameters[1] > 0
    assert model.cache_bytes(20) == 2 * model.cache_bytes(10) > 0
    assert model.instruction_set in ("scalar", "avx2", "avx512", "amx")
    assert "qwen2" in repr(model)
    folder = moesaic.Model.from_pretrained(str(MODELS / "qwen3moe"), threads=1)
    assert folder.family == "qwen3moe"
    assert moesaic.Model(os.fspath(TEXT), read=True, threads=1).family == "qwen2"


def test_the_model_in_the_box_tells_something(stories: moesaic.Model) -> None:
    assert stories.family == "deepseek2"
    session = stories.session()
    generation = session.generate("Once upon a time", max_tokens=8, seed=1)
    text = "".join(generation)
    assert generation.statistics.generated_tokens <= 8
    assert stories.generate("Once upon a time", max_tokens=8, seed=1) == text


def test_a_cache_of_8_bits_is_smaller(stories: moesaic.Model) -> None:
    small = moesaic.Model.stories(cache="q8_0", threads=1)
    assert 2 * small.cache_bytes(100) < 1.1 * stories.cache_bytes(100)
    assert small.generate("Once upon a time", max_tokens=8, seed=1)


def test_options_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(moesaic.InputError, match="float32"):
        moesaic.Model(TEXT, arithmetic="float16")  # type: ignore[arg-type]
    with pytest.raises(moesaic.InputError, match="avx512"):
        moesaic.Model(TEXT, instruction_set="sse")  # type: ignore[arg-type]
    with pytest.raises(moesaic.InputError, match="int16, q8_0"):
        moesaic.Model(TEXT, cache="q4")  # type: ignore[arg-type]
    with pytest.raises(moesaic.InputError, match="blocks of 32 values"):
        moesaic.Model(TEXT, cache="q8_0")
    with pytest.raises(moesaic.InputError, match="0 threads"):
        moesaic.Model(TEXT, threads=0)
    with pytest.raises(TypeError):
        moesaic.Model(5)  # type: ignore[arg-type]


def test_a_closed_model_says_so() -> None:
    with moesaic.Model(TEXT, threads=1) as model:
        session = model.session()
        tokenizer = model.tokenizer
    with pytest.raises(moesaic.InputError, match="the model is closed"):
        model.session()
    assert "closed" in repr(model)
    model.close()
    assert session.forward([1, 2]).shape == (2, 304), "what was started goes on"
    assert tokenizer.decode(tokenizer.encode("the cat")) == "the cat"


def test_the_tokenizer_goes_there_and_back(model: moesaic.Model) -> None:
    tokenizer = model.tokenizer
    text = "the cat, \u00fcber and \U0001f600"
    tokens = tokenizer.encode(text)
    assert all(isinstance(token, int) for token in tokens)
    assert tokenizer.decode(tokens) == text
    assert tokenizer.decode(np.array(tokens)) == text
    assert tokenizer.decode(np.array(tokens, dtype=np.uint32)) == text
    assert b"".join(map(tokenizer.token_bytes, tokens)) == text.encode()
    special = tokenizer.encode("<|im_start|>", parse_special=True)
    assert len(special) == 1 < len(tokenizer.encode("<|im_start|>"))
    assert tokenizer.decode(special) == "" and tokenizer.decode(special, special=True) == "<|im_start|>"
    assert tokenizer.vocabulary_size <= model.vocabulary_size
    assert tokenizer.eos is None or tokenizer.is_end(tokenizer.eos)
    assert tokenizer.bos is None or 0 <= tokenizer.bos < tokenizer.vocabulary_size
    with pytest.raises(moesaic.InputError, match="past the vocabulary"):
        tokenizer.decode([1 << 20])
    with pytest.raises(moesaic.InputError, match="negative or too large"):
        tokenizer.decode([-1])
    with pytest.raises(TypeError, match="numbers"):
        tokenizer.decode(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        tokenizer.decode([1.5])  # type: ignore[list-item]


def test_scores_are_those_of_the_logits(model: moesaic.Model) -> None:
    tokens = [token * 7 % 290 for token in range(100)]
    logits = model.session().forward(tokens).astype(np.float64)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = logs[np.arange(99), tokens[1:]]
    found = model.logprobs(tokens)
    assert found.dtype == np.float64 and found.shape == (99,)
    # Logits in 32-bit floats are exact to about 1e-6 of their size.
    assert np.abs(found - expected).max() < 1e-4
    text = "the cat and the hat"
    encoded = model.tokenizer.encode(text)
    assert np.array_equal(model.logprobs(text), model.logprobs(np.array(encoded)))

    # One window: the second half of it, predicted from all before.
    text = "the cat and the hat " * 20
    encoded = model.tokenizer.encode(text)[:64]
    expected = np.exp(-model.logprobs(encoded)[32:].mean())
    text = model.tokenizer.decode(encoded)
    assert model.tokenizer.encode(text) == encoded
    assert abs(model.perplexity(text, window=64) / expected - 1) < 1e-5
    with pytest.raises(moesaic.InputError, match="window"):
        model.perplexity("the cat", window=64)
