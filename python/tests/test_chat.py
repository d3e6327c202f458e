"""Conversations by the model's chat template."""

from pathlib import Path

import pytest

import moesaic

from conftest import MODELS, TEXT

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why \u00fc?"}]
PROMPT = (
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy \u00fc?<|im_end|>\n<|im_start|>assistant\n"
)


def test_a_conversation_becomes_a_prompt(model: moesaic.Model, session: moesaic.Session) -> None:
    assert model.chat_templates == ["default"]
    prompt = model.apply_chat_template(MESSAGES)
    assert prompt == PROMPT
    assert model.apply_chat_template(iter(MESSAGES), add_generation_prompt=False) == PROMPT[: -len("<|im_start|>assistant\n")]
    assert model.apply_chat_template([]) == "<|im_start|>assistant\n"
    tools = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
    assert model.apply_chat_template(MESSAGES, tools=tools, documents=[], enable_thinking=False) == PROMPT

    # A turn keeps what it shares with the one before.
    tokens = model.tokenizer.encode(prompt, add_special=False, parse_special=True)
    answer = "".join(session.generate(tokens, temperature=0, max_tokens=5))
    turn = [*MESSAGES, {"role": "assistant", "content": answer}, {"role": "user", "content": "And?"}]
    longer = model.tokenizer.encode(model.apply_chat_template(turn), add_special=False, parse_special=True)
    assert session.keep_prefix_of(longer) >= len(tokens)
    list(session.generate(longer[len(session) :], temperature=0, max_tokens=5))
    assert session.tokens[: len(longer)] == longer


def test_conversations_that_cannot_be(model: moesaic.Model) -> None:
    with pytest.raises(moesaic.InputError, match="message 0 is not an object"):
        model.apply_chat_template(["hello"])  # type: ignore[list-item]
    with pytest.raises(moesaic.InputError, match="rag"):
        model.apply_chat_template(MESSAGES, template="rag")
    with pytest.raises(TypeError):
        model.apply_chat_template([{"role": b"user"}])
    with pytest.raises(ValueError):
        model.apply_chat_template([{"role": "user", "content": float("nan")}])
    with pytest.raises(TypeError):
        model.apply_chat_template(5)  # type: ignore[arg-type]
    plain = moesaic.Model(MODELS / "qwen3moe", threads=1)
    assert plain.chat_templates == []
    with pytest.raises(moesaic.UnsupportedError, match="no tokenizer"):
        plain.apply_chat_template(MESSAGES)


def test_a_template_that_fails(tmp_path: Path) -> None:
    contents = TEXT.read_bytes()
    assert contents.count(b"{% for message") == 1
    path = tmp_path / "model.gguf"
    path.write_bytes(contents.replace(b"{% for message", b"{% far message"))
    broken = moesaic.Model(path, threads=1)
    with pytest.raises(moesaic.ChatTemplateError, match="chat template, line 1") as caught:
        broken.apply_chat_template(MESSAGES)
    assert caught.value.line == 1 and caught.value.path == str(path)
    assert isinstance(caught.value, moesaic.Error)
