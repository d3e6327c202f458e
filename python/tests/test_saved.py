"""Sessions in files, and forks: what goes on does so as if nothing had happened."""

from pathlib import Path

import numpy as np
import pytest

import moesaic

from conftest import MODELS

PROMPT = "the cat and the hat"


def test_what_was_saved_goes_on(model: moesaic.Model, session: moesaic.Session, tmp_path: Path) -> None:
    path = tmp_path / "talk.session"
    assert session.next_seed is None
    whole = "".join(session.generate(PROMPT, max_tokens=30, temperature=1.5, seed=5))
    expected = session.tokens

    session.reset()
    begun = "".join(session.generate(PROMPT, max_tokens=12, temperature=1.5, seed=5))
    session.save(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["talk.session"]
    for other in (model.restore_session(path), session.fork(), session):
        assert other.context == session.context
        ended = "".join(other.generate("", max_tokens=18, temperature=1.5, seed=other.next_seed))
        assert other.tokens == expected
        assert begun + ended == whole or "\ufffd" in begun + ended

    restored = model.restore_session(str(path), context=40)
    assert restored.context == 40
    fork = restored.fork()
    tokens = restored.tokens
    assert np.array_equal(restored.forward([1, 2, 3]), fork.forward([1, 2, 3]))
    fork.truncate(2)
    assert restored.tokens == tokens + [1, 2, 3] and fork.tokens == tokens[:2]
    assert fork.keep_prefix_of([tokens[0], tokens[1] + 1, 7]) == 1 and len(fork) == 1
    assert fork.keep_prefix_of(np.array([], dtype=np.uint32)) == 0


def test_files_that_are_refused(model: moesaic.Model, session: moesaic.Session, tmp_path: Path) -> None:
    path = tmp_path / "talk.session"
    session.forward([1, 2, 3])
    session.save(path)
    with pytest.raises(moesaic.InputError, match="holds 3 tokens"):
        model.restore_session(path, context=2)
    with pytest.raises(moesaic.InputError, match="another model"):
        moesaic.Model(MODELS / "qwen3moe", threads=1, arithmetic="float32").restore_session(path)
    with pytest.raises(moesaic.IoError) as missing:
        model.restore_session(tmp_path / "missing")
    assert missing.value.path == str(tmp_path / "missing")
    with pytest.raises(moesaic.IoError):
        session.save(tmp_path / "missing" / "talk.session")
    with pytest.raises(moesaic.IoError):
        session.save(tmp_path)
    contents = bytearray(path.read_bytes())
    contents[-20] ^= 1
    path.write_bytes(contents)
    with pytest.raises(moesaic.MalformedError, match="checksum") as damaged:
        model.restore_session(path)
    assert damaged.value.path == str(path) and damaged.value.offset > 0
    path.write_bytes(contents[:50])
    with pytest.raises(moesaic.MalformedError, match="ends too early"):
        model.restore_session(path)
    contents[16] = 9
    path.write_bytes(contents)
    with pytest.raises(moesaic.UnsupportedError, match="form 9"):
        model.restore_session(path)
    session.close()
    with pytest.raises(moesaic.InputError, match="closed"):
        session.fork()
    with pytest.raises(moesaic.InputError, match="closed"):
        session.save(path)
