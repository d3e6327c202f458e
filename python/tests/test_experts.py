"""Which experts work, seen from Python."""

from typing import Any

import numpy as np
import pytest

import moesaic

from conftest import MODELS


@pytest.fixture(scope="module")
def mixture() -> moesaic.Model:
    return moesaic.Model(MODELS / "qwen3moe", threads=1)


def test_a_forward_pass_tells_its_experts(mixture: moesaic.Model) -> None:
    record = moesaic.ExpertRecord()
    session = mixture.session()
    unseen = session.forward([1, 2, 3, 4, 5])
    session.reset()
    assert np.array_equal(session.forward([1, 2, 3, 4, 5], expert_watcher=record), unseen)
    assert len(record.layers()) > 1
    for layer in record.layers():
        experts, weights = record.experts(layer), record.weights(layer)
        assert experts.dtype == np.uint32 and weights.dtype == np.float32
        assert experts.shape == weights.shape and len(experts) == 5
        assert all(len(set(row)) == len(row) for row in experts.tolist()), "none is chosen twice"
        assert np.abs(weights.sum(axis=1) - 1).max() < 1e-5, "this family's weights sum to one"
        assert (np.diff(weights, axis=1) <= 0).all(), "best first"
        assert record.positions(layer).tolist() == [0, 1, 2, 3, 4]
    session.forward([6], logits="none", expert_watcher=record)
    assert record.positions(record.layers()[0]).tolist() == [0, 1, 2, 3, 4, 5]
    record.clear()
    assert record.layers() == []
    session.forward([7], expert_watcher=None)


def test_generation_tells_its_experts(stories: moesaic.Model) -> None:
    record = moesaic.ExpertRecord()
    session = stories.session()
    text = "".join(session.generate("Once upon a time", temperature=0, max_tokens=6, expert_watcher=record))
    assert text == stories.generate("Once upon a time", temperature=0, max_tokens=6)
    for layer in record.layers():
        # The last token never runs.
        assert record.positions(layer).tolist() == list(range(len(session) - 1))

    record = moesaic.ExpertRecord()
    texts = stories.generate(["The end", "Once upon a time"], temperature=0, max_tokens=6, expert_watcher=record)
    assert texts[1] == text
    positions = record.positions(record.layers(text=1)[0], text=1).tolist()
    # The first token is that of every text, and may have run for all of them at once.
    assert positions[positions[0] == 0 :] == list(range(1, len(session) - 1))
    assert record.layers(text=0) == record.layers(text=1) and record.layers(text=2) == []


def test_exceptions_of_watchers_come_out(stories: moesaic.Model, mixture: moesaic.Model) -> None:
    class Enough(Exception):
        pass

    calls = []

    def fail(chosen: moesaic.ChosenExperts) -> None:
        calls.append(chosen.layer)
        raise Enough("enough")

    session = mixture.session()
    session.forward([1, 2])
    with pytest.raises(Enough, match="enough"):
        session.forward([3], expert_watcher=fail)
    assert session.tokens == [1, 2] and len(calls) == 1
    generation = stories.session().generate("x", expert_watcher=fail)
    with pytest.raises(Enough):
        next(generation)
    assert list(generation) == [] and generation.finish_reason is None
    wrong: Any = 5
    with pytest.raises(TypeError, match="expert watcher"):
        session.forward([3], expert_watcher=wrong)
    with pytest.raises(TypeError, match="expert watcher"):
        stories.session().generate("x", expert_watcher=wrong)
    with pytest.raises(moesaic.InputError, match="at work"):
        session.forward([3], expert_watcher=lambda chosen: session.tokens)
