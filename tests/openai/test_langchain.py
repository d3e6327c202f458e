"""LangChain's package for OpenAI's servers, against this one: what agents and pipelines are written with. As in
`test_openai.py`, the model is a tiny one with random weights; where a test needs a certain answer, a form makes the model give it.
"""

from typing import Annotated, Any, Iterator

import openai
import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAI, OpenAIEmbeddings
from pydantic import BaseModel, Field

KEY = "a key"
CALL = r"<tool_call>\n\{\"name\": \"add\", \"arguments\": \{\"a\": [0-9], \"b\": [0-9]\}\}\n</tool_call>"


def form(expression: str) -> dict[str, Any]:
    """Keywords of a call whose answer has this form."""
    return {"extra_body": {"response_format": {"type": "regex", "regex": expression}}}


@pytest.fixture(scope="session")
def chat(address: str, model: str) -> ChatOpenAI:
    return ChatOpenAI(base_url=f"{address}/v1", api_key=KEY, model=model, temperature=0, seed=1, max_retries=0, timeout=120)


# Bounded, since a model with random weights may write digits for ever.
Digit = Annotated[int, Field(ge=0, le=9)]


@tool
def add(a: Digit, b: Digit) -> int:
    """Adds two numbers."""
    return a + b


class Animal(BaseModel):
    """An animal."""

    kind: str = Field(pattern="^(cat|dog)$")
    age: int = Field(ge=0, le=30)


def whole(chunks: Iterator[AIMessageChunk]) -> tuple[AIMessageChunk, int]:
    """The message that pieces make, and how many there were."""
    total: Any = None
    count = 0
    for chunk in chunks:
        total = chunk if total is None else total + chunk
        count += 1
    return total, count


def test_plain(chat: ChatOpenAI, model: str) -> None:
    messages = [SystemMessage("Be brief."), HumanMessage("the cat")]
    answer = chat.invoke(messages, max_tokens=8)
    assert isinstance(answer, AIMessage) and isinstance(answer.content, str)
    assert answer.response_metadata["finish_reason"] in ("length", "stop")
    assert answer.response_metadata["model_name"] == model
    assert chat.invoke(messages, max_tokens=8).content == answer.content
    # A conversation: what was answered goes back.
    assert chat.invoke([*messages, answer, HumanMessage("and?")], **form("Yes\\.")).content == "Yes."


def test_usage(chat: ChatOpenAI) -> None:
    usage = chat.invoke("the cat", max_tokens=5).usage_metadata
    assert usage is not None
    assert usage["output_tokens"] <= 5 and usage["input_tokens"] > 0
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    streamed, _ = whole(chat.stream("the cat", max_tokens=5, stream_usage=True))
    assert streamed.usage_metadata is not None
    assert streamed.usage_metadata["output_tokens"] == usage["output_tokens"]


def test_streaming(chat: ChatOpenAI) -> None:
    answer = chat.invoke("the cat", max_tokens=20)
    streamed, count = whole(chat.stream("the cat", max_tokens=20))
    assert streamed.content == answer.content and count > 2
    assert streamed.response_metadata["finish_reason"] == answer.response_metadata["finish_reason"]


def test_async(chat: ChatOpenAI) -> None:
    import asyncio

    async def stream() -> str:
        return "".join([str(chunk.content) async for chunk in chat.astream("x", max_tokens=10)])

    async def both() -> list[str]:
        return list(await asyncio.gather(stream(), stream()))

    first, second = asyncio.run(both())
    assert first == second == chat.invoke("x", max_tokens=10).content


def test_batch(chat: ChatOpenAI) -> None:
    texts = ["one", "two", "three"]
    assert [answer.content for answer in chat.batch(texts, max_tokens=6)] == [
        chat.invoke(text, max_tokens=6).content for text in texts
    ]


def test_tools(chat: ChatOpenAI) -> None:
    able = chat.bind_tools([add])
    question = HumanMessage("1 + 2?")
    answer = able.invoke([question], **form(CALL))
    assert len(answer.tool_calls) == 1 and not answer.invalid_tool_calls
    call = answer.tool_calls[0]
    assert call["name"] == "add" and set(call["args"]) == {"a", "b"}
    assert answer.response_metadata["finish_reason"] == "tool_calls"
    # The tool runs, and its result goes back.
    result = add.invoke(call)
    assert isinstance(result, ToolMessage) and int(str(result.content)) == call["args"]["a"] + call["args"]["b"]
    assert able.invoke([question, answer, result], **form("It is done\\.")).content == "It is done."


def test_tools_streaming(chat: ChatOpenAI) -> None:
    streamed, _ = whole(chat.bind_tools([add]).stream("1 + 2?", **form(f"Well\\.\n{CALL}\n{CALL}")))
    assert streamed.content == "Well." and not streamed.invalid_tool_calls
    assert [call["name"] for call in streamed.tool_calls] == ["add", "add"]
    assert all(set(call["args"]) == {"a", "b"} for call in streamed.tool_calls)


def test_forced_tools(chat: ChatOpenAI) -> None:
    for choice in ["any", "add"]:
        # Sampled: the most probable token of random weights may be white space for ever.
        answer = chat.bind_tools([add], tool_choice=choice).invoke("1 + 2?", temperature=1)
        assert [call["name"] for call in answer.tool_calls] == ["add"]
        assert set(answer.tool_calls[0]["args"]) == {"a", "b"}


@pytest.mark.parametrize("strict", [None, True])
def test_structured_output(chat: ChatOpenAI, strict: bool | None) -> None:
    structured = chat.with_structured_output(Animal, method="json_schema", strict=strict)
    for seed in range(3):
        animal = structured.invoke("x", temperature=1, seed=seed)
        assert isinstance(animal, Animal) and animal.kind in ("cat", "dog") and 0 <= animal.age <= 30


def test_structured_output_from_a_schema(chat: ChatOpenAI) -> None:
    schema = {
        "title": "answer",
        "description": "An answer.",
        "type": "object",
        "properties": {"sure": {"type": "boolean"}, "colour": {"enum": ["red", "blue"]}},
        "required": ["sure", "colour"],
        "additionalProperties": False,
    }
    structured = chat.with_structured_output(schema, method="json_schema", include_raw=True)
    answer: Any = structured.invoke("x", temperature=1)
    assert answer["parsing_error"] is None and answer["raw"].content
    assert isinstance(answer["parsed"]["sure"], bool) and answer["parsed"]["colour"] in ("red", "blue")


def test_structured_output_by_a_call(chat: ChatOpenAI) -> None:
    """The older way, which forces a call of a function with the schema's name."""
    structured = chat.with_structured_output(Animal, method="function_calling")
    animal = structured.invoke("x", temperature=1)
    assert isinstance(animal, Animal) and animal.kind in ("cat", "dog")


def test_logprobs(chat: ChatOpenAI) -> None:
    answer = chat.bind(logprobs=True, top_logprobs=2).invoke("a hat", max_tokens=4)
    tokens = answer.response_metadata["logprobs"]["content"]
    assert answer.usage_metadata is not None and len(tokens) == answer.usage_metadata["output_tokens"]
    assert all(token["logprob"] <= 0 and len(token["top_logprobs"]) == 2 for token in tokens)


def test_errors(chat: ChatOpenAI, address: str, model: str) -> None:
    with pytest.raises(openai.BadRequestError) as wrong:
        chat.invoke("x", temperature=-1)
    assert wrong.value.param == "temperature"
    # LangChain tells this one by what OpenAI's servers say, so that agents can shorten the conversation.
    with pytest.raises(openai.BadRequestError) as long:
        chat.invoke("x " * 5000)
    assert type(long.value).__name__ == "OpenAIContextOverflowError"
    with pytest.raises(openai.NotFoundError):
        chat.invoke("x", model="gpt-4")
    with pytest.raises(openai.AuthenticationError):
        ChatOpenAI(base_url=f"{address}/v1", api_key="wrong", model=model, max_retries=0).invoke("x")


def test_completions(address: str, model: str) -> None:
    completing = OpenAI(base_url=f"{address}/v1", api_key=KEY, model=model, temperature=0, max_tokens=6, max_retries=0)
    text = completing.invoke("the cat")
    assert "".join(completing.stream("the cat")) == text
    assert completing.generate(["the cat", "x"]).generations[0][0].text == text


def test_embeddings(address: str, model: str) -> None:
    # Without the check, texts are sent as they are; with it, as tokens of OpenAI's own models.
    embedding = OpenAIEmbeddings(base_url=f"{address}/v1", api_key=KEY, model=model, check_embedding_ctx_length=False, max_retries=0)
    vectors = embedding.embed_documents(["the cat", "a hat"])
    assert len(vectors) == 2 and vectors[0] != vectors[1]
    assert embedding.embed_query("the cat") == pytest.approx(vectors[0], abs=1e-6)
