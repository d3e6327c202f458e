"""Sessions: logits, text piece by piece, and what they do when they are used wrongly."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import moesaic

PROMPT = "the cat and the hat"


def test_forward_gives_rows_of_logits(session: moesaic.Session) -> None:
    tokens = [token * 7 % 290 for token in range(40)]
    whole = session.forward(tokens)
    assert whole.dtype == np.float32 and whole.shape == (40, 304)
    assert whole.flags.c_contiguous and whole.flags.writeable
    assert not whole.flags.owndata, "no copy: it is what the model wrote"
    assert session.tokens == tokens and len(session) == 40

    session.reset()
    assert len(session) == 0 and session
    pieces = [session.forward(np.array(tokens[:13], dtype=np.uint32)), session.forward(tokens[13:14])]
    session.forward([1, 2, 3])
    session.truncate(14)
    assert session.forward(tuple(tokens[14:20]), logits="none").shape == (0, 304)
    pieces.append(whole[14:20])
    pieces.append(session.forward(np.array(tokens[20:39], dtype=np.int64)))
    last = session.forward(tokens[39:], logits="last")
    assert last.shape == (1, 304)
    assert np.abs(np.concatenate([*pieces, last]) - whole).max() < 1e-4


def test_text_comes_in_pieces(model: moesaic.Model, session: moesaic.Session) -> None:
    generation = session.generate(PROMPT, temperature=0, max_tokens=30)
    assert iter(generation) is generation and generation.finish_reason is None
    pieces = list(generation)
    assert len(pieces) > 5 and all(pieces)
    assert generation.finish_reason == "length"
    assert generation.statistics.generated_tokens == 30
    assert generation.statistics.decoded_tokens == 29
    assert generation.statistics.prompt_seconds > 0
    assert list(generation) == []

    prompt = model.tokenizer.encode(PROMPT)
    assert session.tokens[: len(prompt)] == prompt
    text = model.tokenizer.decode(session.tokens[len(prompt) :])
    assert "".join(pieces) == text

    # From tokens, and in two steps, the same.
    with model.session() as other:
        first = "".join(other.generate(prompt, temperature=0, max_tokens=12))
        second = "".join(other.generate("", temperature=0, max_tokens=18))
        assert other.tokens == session.tokens
        assert first + second == text or "\ufffd" in first + second


def test_options_reach_the_sampler(session: moesaic.Session) -> None:
    def sample(**options: Any) -> str:
        session.reset()
        return "".join(session.generate(PROMPT, max_tokens=40, **options))

    assert sample(temperature=2.0, seed=7) == sample(temperature=2.0, seed=7)
    assert sample(temperature=2.0, seed=7) != sample(temperature=2.0, seed=8)
    assert sample(temperature=2.0, top_k=1) == sample(temperature=0)
    assert sample(temperature=2.0, top_p=0.0) == sample(temperature=0)
    assert sample(temperature=2.0, min_p=1.0) == sample(temperature=0)
    text = sample(temperature=0)
    assert sample(temperature=0, repetition_penalty=5.0, repetition_window=32) != text
    stop = text[10:14]
    cut = text.index(stop)
    assert sample(temperature=0, stop=stop) == text[:cut]
    assert sample(temperature=0, stop=["never in there", stop]) == text[:cut]
    session.reset()
    generation = session.generate(PROMPT, temperature=2.0, max_tokens=3, seed=None)
    first = "".join(generation)
    session.reset()
    assert "".join(session.generate(PROMPT, temperature=2.0, max_tokens=3, seed=generation.seed)) == first


def test_options_that_cannot_be(session: moesaic.Session) -> None:
    with pytest.raises(moesaic.InputError, match="top-p is 1.5"):
        session.generate("x", top_p=1.5)
    with pytest.raises(moesaic.InputError, match="temperature"):
        session.generate("x", temperature=float("nan"))
    with pytest.raises(moesaic.InputError, match="seed cannot be -1"):
        session.generate("x", seed=-1)
    with pytest.raises(moesaic.InputError, match="stop string 0 is empty"):
        session.generate("x", stop="")
    with pytest.raises(TypeError, match="no option temprature; the options are max_tokens"):
        session.generate("x", temprature=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="max_tokens"):
        session.generate("x", max_tokens="many")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a text is a str"):
        session.generate(b"x")
    with pytest.raises(TypeError):
        session.generate("x", cancel=True)  # type: ignore[arg-type]
    with pytest.raises(moesaic.InputError, match="\"some\""):
        session.forward([1], logits="some")  # type: ignore[arg-type]
    assert session.tokens == []


def test_a_full_context_ends_the_text(model: moesaic.Model) -> None:
    session = model.session(context=20)
    assert session.context == 20
    generation = session.generate("the cat", temperature=0)
    list(generation)
    assert generation.finish_reason == "context_full" and len(session) == 20
    with pytest.raises(moesaic.InputError, match="20 are taken"):
        session.forward([1])
    with pytest.raises(moesaic.InputError, match="a context of 257 tokens"):
        model.session(context=257)


def test_a_session_used_otherwise_ends_the_generation(session: moesaic.Session) -> None:
    generation = session.generate(PROMPT, temperature=0)
    next(generation)
    assert len(session) > 0, "looking is allowed"
    session.forward([1])
    with pytest.raises(moesaic.InputError, match="used for something else"):
        next(generation)
    assert list(generation) == []


def test_context_managers_close(model: moesaic.Model) -> None:
    with model.session() as session:
        with session.generate(PROMPT, temperature=0) as generation:
            next(generation)
        assert list(generation) == []
        held = len(session)
        assert "".join(session.generate("", temperature=0, max_tokens=3))
        assert len(session) == held + 3
    with pytest.raises(moesaic.InputError, match="the session is closed"):
        session.forward([1])
    with pytest.raises(moesaic.InputError, match="the session is closed"):
        session.tokens
    assert "closed" in repr(session)


def test_cancelling(session: moesaic.Session) -> None:
    cancel = moesaic.CancelToken()
    assert not cancel.cancelled
    generation = session.generate(PROMPT, temperature=0, cancel=cancel)
    for _ in range(4):
        next(generation)
    cancel.cancel()
    assert cancel.cancelled
    assert len(list(generation)) <= 1, "at most what was held back"
    assert generation.finish_reason == "cancelled"
    with pytest.raises(moesaic.CancelledError, match="cancelled by the caller"):
        session.forward([1], cancel=cancel)
    cancel.reset()
    assert session.forward([1], cancel=cancel).shape == (1, 304)
    generation = session.generate("", temperature=0)
    next(generation)
    generation.cancel()
    list(generation)
    assert generation.finish_reason == "cancelled"


def test_processors_see_and_change_the_logits(model: moesaic.Model, session: moesaic.Session) -> None:
    seen = []

    def watch(tokens: npt.NDArray[np.uint32], logits: npt.NDArray[np.float32]) -> None:
        assert tokens.dtype == np.uint32 and logits.dtype == np.float32 and logits.shape == (304,)
        seen.append((tokens, logits))

    text = "".join(session.generate(PROMPT, temperature=0, max_tokens=10))
    tokens = session.tokens
    session.reset()
    assert "".join(session.generate(PROMPT, temperature=0, max_tokens=10, logits_processor=watch)) == text
    assert [list(before) for before, _ in seen] == [tokens[: len(tokens) - 10 + i] for i in range(10)]
    rows = model.session().forward(tokens)[-11:-1]
    assert np.abs(rows - np.stack([logits for _, logits in seen])).max() < 1e-4

    letter = model.tokenizer.encode("x", add_special=False)[0]

    def force(_: Any, logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        only = np.full(len(logits), -np.inf)
        only[letter] = 1
        return only

    def in_place(_: Any, logits: npt.NDArray[np.float32]) -> None:
        logits[:] = -np.inf
        logits[letter] = 1

    for processor in (force, in_place, [watch, force]):
        session.reset()
        assert "".join(session.generate(PROMPT, max_tokens=5, logits_processor=processor)) == "xxxxx"
    assert model.generate([PROMPT, "y"], max_tokens=5, logits_processor=force) == ["xxxxx", "xxxxx"]


def test_exceptions_of_processors_come_out(model: moesaic.Model, session: moesaic.Session) -> None:
    class Enough(Exception):
        pass

    def fail(tokens: Any, logits: Any) -> None:
        raise Enough("enough")

    generation = session.generate(PROMPT, logits_processor=fail)
    with pytest.raises(Enough, match="enough"):
        next(generation)
    assert list(generation) == []
    with pytest.raises(Enough):
        model.generate(["x", "y"], logits_processor=fail)
    with pytest.raises(ValueError, match="returned 3 logits: it was given 304"):
        next(session.generate("x", logits_processor=lambda tokens, logits: logits[:3]))
    with pytest.raises(moesaic.InputError, match="token 9 NaN"):
        next(session.generate("x", logits_processor=lambda t, logits: np.where(np.arange(304) == 9, np.nan, logits)))
    with pytest.raises(TypeError, match="callable"):
        session.generate("x", logits_processor=5)  # type: ignore[arg-type]

    # It may look at its own session: that is at work, and says so instead of waiting for itself.
    with pytest.raises(moesaic.InputError, match="at work"):
        next(session.generate("x", logits_processor=lambda tokens, logits: session.tokens and None))


def test_a_batch_is_its_texts_alone(model: moesaic.Model) -> None:
    prompts = [PROMPT, "x", "the cat " * 12, "Hello, world!"]
    for temperature in (0.0, 1.5):
        texts = model.generate(prompts, max_tokens=20, temperature=temperature, seed=3)
        for index, (prompt, text) in enumerate(zip(prompts, texts)):
            with model.session() as session:
                alone = session.generate(prompt, max_tokens=20, temperature=temperature, seed=3 + index)
                assert text == "".join(alone)
    encoded = [model.tokenizer.encode(prompt) for prompt in prompts]
    greedy = model.generate(prompts, max_tokens=5, temperature=0)
    assert model.generate(encoded, max_tokens=5, temperature=0) == greedy
    assert model.generate(PROMPT, max_tokens=5, temperature=0) == greedy[0]
    assert model.generate([], max_tokens=5) == []
    with pytest.raises(moesaic.InputError, match="do not fit"):
        model.generate(prompts, context=4)


def test_guesses_change_no_text(model: moesaic.Model) -> None:
    prompt = "the cat and the hat and the cat and the hat and the cat"
    texts = []
    for guesses in ({}, {"prompt_lookup": True}, {"prompt_lookup": False}, {"draft_model": model}, {"draft_model": None}):
        generation = model.session().generate(prompt, temperature=0, max_tokens=60, **guesses)
        texts.append("".join(generation))
        statistics = generation.statistics
        assert statistics.accepted_tokens <= statistics.drafted_tokens
        if guesses == {"draft_model": model}:
            assert statistics.accepted_tokens > 0
    assert texts == texts[:1] * 5
    with pytest.raises(moesaic.InputError, match="same family"):
        model.session().generate(prompt, draft_model=moesaic.Model.stories())
    with pytest.raises(TypeError):
        model.session().generate(prompt, draft_model="a path")  # type: ignore[arg-type]
