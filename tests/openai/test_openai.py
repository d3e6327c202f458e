"""OpenAI's own client against the server: `scripts/test_server.sh` runs this with a server that it has started.

The model is a tiny one with random weights, whose chat template is in the manner of Qwen 3 (see `conftest.py`); where a test
needs a certain answer, `response_format` makes the model give it.
"""

import json
import threading
import time
from typing import Any

import httpx
import openai
import pytest
from openai import OpenAI

REGEX = "regex"
CALL = r"<tool_call>\n\{\"name\": \"add\", \"arguments\": \{\"a\": [0-9], \"b\": [0-9]\}\}\n</tool_call>"
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Adds.",
            "parameters": {
                "type": "object",
                "properties": {name: {"type": "integer", "minimum": 0, "maximum": 99} for name in "ab"},
                "additionalProperties": False,
            },
        },
    }
]


def form(expression: str) -> Any:
    return {"type": REGEX, REGEX: expression}


def ask(text: str) -> Any:
    return [{"role": "user", "content": text}]


def test_models(client: OpenAI, model: str) -> None:
    assert [entry.id for entry in client.models.list()] == [model]
    assert client.models.retrieve(model).owned_by == "moesaic"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4")


def test_plain(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=ask("the cat"), max_completion_tokens=8, temperature=0)
    choice = answer.choices[0]
    assert choice.message.role == "assistant" and isinstance(choice.message.content, str)
    assert choice.finish_reason in ("length", "stop")
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    again = client.chat.completions.create(model=model, messages=ask("the cat"), max_completion_tokens=8, temperature=0)
    assert again.choices[0].message.content == choice.message.content
    assert again.usage is not None and again.usage.prompt_tokens_details is not None
    assert again.usage.prompt_tokens_details.cached_tokens == answer.usage.prompt_tokens - 1


def test_streaming(client: OpenAI, model: str) -> None:
    options: Any = {"model": model, "messages": ask("the cat"), "max_completion_tokens": 20, "temperature": 0}
    whole = client.chat.completions.create(**options)
    chunks = list(client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage or chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == whole.choices[0].finish_reason
    with client.chat.completions.stream(**options) as stream:
        events = [event.type for event in stream]
        assert stream.get_final_completion().choices[0].message.content == text
    assert "content.done" in events


def test_choices_and_seeds(client: OpenAI, model: str) -> None:
    options: Any = {"model": model, "messages": ask("x"), "n": 3, "seed": 11, "temperature": 1.5, "max_tokens": 12}
    first = [choice.message.content for choice in client.chat.completions.create(**options).choices]
    assert len(set(first)) == 3
    assert [choice.message.content for choice in client.chat.completions.create(**options).choices] == first
    # One text of several is the one alone.
    options |= {"n": 1, "seed": 12}
    assert client.chat.completions.create(**options).choices[0].message.content == first[1]


def test_stop(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(
        model=model, messages=ask("x"), response_format=form("abc[0-9]{3}"), stop=["c"], temperature=0
    )
    assert (answer.choices[0].message.content, answer.choices[0].finish_reason) == ("ab", "stop")


def test_logprobs(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(
        model=model, messages=ask("a hat"), max_tokens=5, temperature=0, logprobs=True, top_logprobs=3
    )
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None and logprobs.content is not None
    assert answer.usage is not None and len(logprobs.content) == answer.usage.completion_tokens
    for token in logprobs.content:
        assert token.logprob <= 0 and len(token.top_logprobs) == 3
        assert token.logprob == max(other.logprob for other in token.top_logprobs)
    found = b"".join(bytes(token.bytes or []) for token in logprobs.content)
    assert found.decode(errors="replace") == answer.choices[0].message.content


def test_tools(client: OpenAI, model: str) -> None:
    options: Any = {"model": model, "tools": TOOLS, "messages": ask("1 + 2?")}
    answer = client.chat.completions.create(**options, response_format=form(f"<think>\n[a-z]{{4}}\n</think>\n\n{CALL}"))
    message = answer.choices[0].message
    assert answer.choices[0].finish_reason == "tool_calls" and message.content is None
    assert len(message.reasoning_content) == 4  # type: ignore[attr-defined]
    assert message.tool_calls is not None
    call: Any = message.tool_calls[0]
    assert call.function.name == "add" and set(json.loads(call.function.arguments)) == {"a", "b"}
    # The result goes back, with the message as it came.
    turns = [*options["messages"], message, {"role": "tool", "tool_call_id": call.id, "content": "3"}]
    final = client.chat.completions.create(model=model, messages=turns, tools=TOOLS, response_format=form("It is 3\\."))
    assert final.choices[0].message.content == "It is 3."


def test_tools_streaming(client: OpenAI, model: str) -> None:
    with client.chat.completions.stream(
        model=model, tools=TOOLS, messages=ask("1 + 2?"), extra_body={"response_format": form(f"Well\\.\n{CALL}\n{CALL}")}
    ) as stream:
        for _ in stream:
            pass
        message = stream.get_final_completion().choices[0].message
    assert message.content == "Well."
    assert message.tool_calls is not None and len(message.tool_calls) == 2
    for call in message.tool_calls:
        assert call.function.name == "add" and "a" in json.loads(call.function.arguments)


def test_forced_call(client: OpenAI, model: str) -> None:
    answer = client.chat.completions.create(model=model, messages=ask("x"), tools=TOOLS, tool_choice="required")
    calls = answer.choices[0].message.tool_calls
    assert calls is not None and calls[0].type == "function" and calls[0].function.name == "add"
    assert isinstance(json.loads(calls[0].function.arguments), dict)


def test_json_schema(client: OpenAI, model: str) -> None:
    schema = {
        "type": "object",
        "properties": {
            "kind": {"enum": ["cat", "dog"]},
            "age": {"type": "integer", "minimum": 0, "maximum": 30},
            "tags": {"type": "array", "items": {"enum": ["big", "old"]}, "maxItems": 2},
        },
        "required": ["kind", "age", "tags"],
        "additionalProperties": False,
    }
    described: Any = {"type": "json_schema", "json_schema": {"name": "animal", "schema": schema, "strict": True}}
    for seed in range(5):
        answer = client.chat.completions.create(
            model=model, messages=ask("x"), response_format=described, seed=seed, temperature=1
        )
        assert answer.choices[0].finish_reason == "stop"
        animal = json.loads(answer.choices[0].message.content or "")
        assert animal["kind"] in ("cat", "dog") and 0 <= animal["age"] <= 30 and len(animal["tags"]) <= 2


def test_pydantic(client: OpenAI, model: str) -> None:
    pydantic = pytest.importorskip("pydantic")

    class Answer(pydantic.BaseModel):  # type: ignore[misc,name-defined]
        sure: bool
        number: int = pydantic.Field(ge=0, le=99)

    parsed = client.chat.completions.parse(model=model, messages=ask("x"), response_format=Answer, temperature=1)
    answer = parsed.choices[0].message.parsed
    assert isinstance(answer, Answer) and 0 <= answer.number <= 99


def test_completions(client: OpenAI, model: str) -> None:
    answer = client.completions.create(model=model, prompt=["the cat", "x"], max_tokens=4, temperature=0, logprobs=2, n=2)
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    logprobs = answer.choices[0].logprobs
    assert logprobs is not None and logprobs.tokens is not None and logprobs.text_offset is not None
    assert len(logprobs.tokens) == 4 and logprobs.text_offset[0] == 0
    streamed = client.completions.create(model=model, prompt="the cat", max_tokens=4, temperature=0, stream=True)
    assert "".join(chunk.choices[0].text for chunk in streamed) == answer.choices[0].text


def test_embeddings(client: OpenAI, model: str) -> None:
    texts = ["the cat", "a hat", "the cat"]
    # The client asks for base64 by itself.
    answer = client.embeddings.create(model=model, input=texts)
    vectors = [entry.embedding for entry in answer.data]
    assert [entry.index for entry in answer.data] == [0, 1, 2]
    assert vectors[0] == vectors[2] != vectors[1] and len(vectors[0]) == 48
    assert all(abs(sum(value * value for value in vector) - 1) < 1e-5 for vector in vectors)
    assert answer.usage.prompt_tokens == answer.usage.total_tokens > 0
    plain = client.embeddings.create(model=model, input=texts[0], encoding_format="float").data[0].embedding
    assert plain == pytest.approx(vectors[0], abs=1e-7)
    short = client.embeddings.create(model=model, input=texts[0], dimensions=8).data[0].embedding
    length = sum(value * value for value in vectors[0][:8]) ** 0.5
    assert short == pytest.approx([value / length for value in vectors[0][:8]], abs=1e-6)
    tokens = client.embeddings.create(model=model, input=[[1, 2, 3], [4]])
    assert len(tokens.data) == 2 and tokens.usage.prompt_tokens == 4
    for wrong in ["", [], [""], [[]], [300000]]:
        with pytest.raises(openai.BadRequestError) as error:
            client.embeddings.create(model=model, input=wrong)
        assert error.value.param == "input"
    with pytest.raises(openai.BadRequestError) as error:
        client.embeddings.create(model=model, input="x", dimensions=49)
    assert error.value.param == "dimensions"


def test_errors(client: OpenAI, model: str, address: str) -> None:
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4", messages=ask("x"))
    assert missing.value.code == "model_not_found" and missing.value.param == "model"
    with pytest.raises(openai.BadRequestError) as wrong:
        client.chat.completions.create(model=model, messages=ask("x"), temperature=-1)
    assert wrong.value.param == "temperature" and wrong.value.type == "invalid_request_error"
    with pytest.raises(openai.BadRequestError) as long:
        client.chat.completions.create(model=model, messages=ask("x " * 5000))
    assert long.value.code == "context_length_exceeded"
    with pytest.raises(openai.BadRequestError) as schema:
        impossible: Any = {"type": "string", "minLength": 3, "maxLength": 1}
        client.chat.completions.create(
            model=model,
            messages=ask("x"),
            response_format={"type": "json_schema", "json_schema": {"name": "x", "schema": impossible}},
        )
    assert schema.value.param == "response_format"
    with pytest.raises(openai.AuthenticationError):
        OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0).models.list()
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=model, messages=ask("x"), extra_body={"colour": "red"})


def running(client: OpenAI, address: str) -> float:
    metrics = httpx.get(f"{address}/metrics", headers={"Authorization": f"Bearer {client.api_key}"}).text
    return sum(float(line.split()[1]) for line in metrics.splitlines() if line.startswith("moesaic_texts_running "))


def test_cancellation(client: OpenAI, model: str, address: str) -> None:
    stream = client.chat.completions.create(
        model=model, messages=ask("x"), stream=True, response_format=form("[a-z ]{100000}")
    )
    next(iter(stream))
    stream.close()
    end = time.monotonic() + 30
    while running(client, address) > 0:
        assert time.monotonic() < end, "a reader that has gone must not keep its place"
        time.sleep(0.05)


def test_many_at_once(client: OpenAI, model: str) -> None:
    """More than there are places, each with the answer that it would get alone."""
    texts = [f"text {number}" for number in range(12)]

    def answer(text: str) -> Any:
        answer = client.chat.completions.create(model=model, messages=ask(text), max_tokens=10, temperature=0)
        return answer.choices[0].message.content

    expected = {text: answer(text) for text in texts}
    found: dict[str, Any] = {}
    threads = [threading.Thread(target=lambda text=text: found.update({text: answer(text)})) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == expected


def test_async(address: str, client: OpenAI, model: str) -> None:
    import asyncio

    async def ask_both() -> list[Any]:
        async with openai.AsyncOpenAI(base_url=f"{address}/v1", api_key=client.api_key) as other:
            answers = [other.chat.completions.create(model=model, messages=ask("x"), max_tokens=3) for _ in range(2)]
            return list(await asyncio.gather(*answers))

    assert len(asyncio.run(ask_both())) == 2
