"""What the server's document cannot say, for schemathesis: which requests that keep to the document must be taken all the
same. What the document does say of a field stays untouched, be it right or wrong.
"""

from typing import Any

import schemathesis

# A model with a small vocabulary: the tokens of `conftest.py`'s.
VOCABULARY = 304
SCHEMAS: list[Any] = [
    {"type": "object"},
    {"type": "object", "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["a"]},
]
GRAMMARS = {"lark": ['start: "a" | "b"', "start: /[a-c]+/"], "gbnf": ['root ::= "a" | "b"', "root ::= [a-c]+"]}


def fields(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def chosen(values: list[Any], value: Any) -> Any:
    """One of them, the same for the same value."""
    return values[len(repr(value)) % len(values)]


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Schemas and grammars are some, tokens are of the vocabulary, and a tool that is named is one."""
    form = fields(fields(body).get("response_format"))
    if isinstance(fields(form.get("json_schema")).get("schema"), dict):
        form["json_schema"]["schema"] = chosen(SCHEMAS, form["json_schema"]["schema"])
    if isinstance(form.get("grammar"), str):
        form["grammar"] = chosen(GRAMMARS["gbnf" if form.get("syntax") == "gbnf" else "lark"], form["grammar"])
    functions = [fields(fields(tool).get("function")) for tool in items(fields(body).get("tools"))]
    for function in functions:
        if isinstance(function.get("parameters"), dict):
            function["parameters"] = chosen(SCHEMAS, function["parameters"])
    choice = fields(fields(fields(body).get("tool_choice")).get("function"))
    if functions and isinstance(choice.get("name"), str):
        choice["name"] = functions[0].get("name")
    bias = fields(fields(body).get("logit_bias"))
    if all(name.isascii() and name.isdigit() for name in bias):
        renamed = {str(int(name) % VOCABULARY): value for name, value in bias.items()}
        bias.clear()
        bias.update(renamed)
    return body


@schemathesis.hook
def filter_body(context: schemathesis.HookContext, body: Any) -> bool:
    """A request has so many texts at most."""
    choices, prompts = fields(body).get("n"), items(fields(body).get("prompt"))
    return not (isinstance(choices, int) and choices * len(prompts) > 16)
