//! Answers of each family, taken apart: reasoning, content and tool calls, wherever the text is cut.

use moesaic::text::{Dialect, ReplyEvent, ReplyParser};
use proptest::prelude::*;
use serde_json::{json, Value};

/// What distinguishes the chat templates of the families (the rest of them does not matter here).
const QWEN_2_5: &str = "<tool_call>\n{\"name\": </tool_call>";
const QWEN_3: &str = "<think> </think> <tool_call> </tool_call>";
const DEEPSEEK: &str = "<think> </think> <｜tool▁calls▁begin｜><｜tool▁call▁begin｜> <｜tool▁sep｜>";
const LLAMA_3_1: &str =
    "<|start_header_id|>ipython<|end_header_id|> {\"name\": function name, \"parameters\":";
const MISTRAL: &str = "[AVAILABLE_TOOLS] [TOOL_CALLS]";
const GPT_OSS: &str = "<|start|>assistant<|channel|>analysis<|message|>";
const SEED_OSS: &str = "<seed:think> </seed:think> <seed:tool_call>";
const PLAIN: &str = "{{ messages }}";

struct Case {
    name: &'static str,
    template: &'static str,
    in_reasoning: bool,
    text: &'static str,
    reasoning: &'static str,
    content: &'static str,
    /// Names and arguments.
    calls: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        name: "plain text is as it is",
        template: PLAIN,
        in_reasoning: false,
        text: " \n<think>x</think> <tool_call>{\"name\": \"add\"}</tool_call> \n",
        reasoning: "",
        content: " \n<think>x</think> <tool_call>{\"name\": \"add\"}</tool_call> \n",
        calls: &[],
    },
    Case {
        name: "Qwen 2.5: content without reasoning keeps its ends",
        template: QWEN_2_5,
        in_reasoning: false,
        text: "\n1 < 2, <tool> \n",
        reasoning: "",
        content: "\n1 < 2, <tool> \n",
        calls: &[],
    },
    Case {
        name: "Qwen 2.5: a call",
        template: QWEN_2_5,
        in_reasoning: false,
        text: "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"b\": 2, \"a\": 1.5}}\n</tool_call>",
        reasoning: "",
        content: "",
        calls: &[("add", r#"{"b":2,"a":1.5}"#)],
    },
    Case {
        name: "Qwen 3: reasoning, content, two calls",
        template: QWEN_3,
        in_reasoning: false,
        text: "<think>\nTwo <b>things</b>.\n\nThen.\n</think>\n\nI look.\n<tool_call>\n{\"name\": \"add\", \"arguments\": \
               {\"a\": 1}}\n</tool_call>\n<tool_call>\n{\"arguments\": {\"where\": \"Zürich </tool>\"}, \"name\": \
               \"look\"}\n</tool_call>",
        reasoning: "Two <b>things</b>.\n\nThen.",
        content: "I look.",
        calls: &[("add", r#"{"a":1}"#), ("look", r#"{"where":"Zürich </tool>"}"#)],
    },
    Case {
        name: "Qwen 3: no thinking, which the template writes down",
        template: QWEN_3,
        in_reasoning: false,
        text: "<think>\n\n</think>\n\nYes.",
        reasoning: "",
        content: "Yes.",
        calls: &[],
    },
    Case {
        name: "Qwen 3: thinking that has no end",
        template: QWEN_3,
        in_reasoning: false,
        text: "<think>\nHm, </thi",
        reasoning: "Hm, </thi",
        content: "",
        calls: &[],
    },
    Case {
        name: "Qwen 3: a mark inside the content",
        template: QWEN_3,
        in_reasoning: false,
        text: "The tag <think> begins reasoning, </think> ends it.",
        reasoning: "",
        content: "The tag <think> begins reasoning, </think> ends it.",
        calls: &[],
    },
    Case {
        name: "Qwen 3: what is no call is content",
        template: QWEN_3,
        in_reasoning: false,
        text: "So: <tool_call>\nnot JSON\n</tool_call> and on.",
        reasoning: "",
        content: "So: <tool_call>\nnot JSON\n</tool_call> and on.",
        calls: &[],
    },
    Case {
        name: "Qwen 3: a call that was cut off",
        template: QWEN_3,
        in_reasoning: false,
        text: "<tool_call>\n{\"name\": \"add\", \"argu",
        reasoning: "",
        content: "<tool_call>\n{\"name\": \"add\", \"argu",
        calls: &[],
    },
    Case {
        name: "Qwen 3: a call whose end mark was the end of the text",
        template: QWEN_3,
        in_reasoning: false,
        text: "<tool_call>\n{\"name\": \"add\", \"arguments\": {}}\n",
        reasoning: "",
        content: "",
        calls: &[("add", "{}")],
    },
    Case {
        name: "Qwen 3 Coder: tags instead of JSON, typed by the schema",
        template: QWEN_3,
        in_reasoning: false,
        text: "<tool_call>\n<function=look>\n<parameter=where>\n12\n</parameter>\n<parameter=days>\n3\n</parameter>\n\
               <parameter=exact>\nTrue\n</parameter>\n</function>\n</tool_call>",
        reasoning: "",
        content: "",
        calls: &[("look", r#"{"where":"12","days":3,"exact":true}"#)],
    },
    Case {
        name: "GLM-4.5: keys and values",
        template: QWEN_3,
        in_reasoning: false,
        text: "<think>Where?</think>\n<tool_call>look\n<arg_key>where</arg_key>\n<arg_value>Rome</arg_value>\n\
               <arg_key>days</arg_key>\n<arg_value>[1, 2]</arg_value>\n</tool_call>",
        reasoning: "Where?",
        content: "",
        calls: &[("look", r#"{"where":"Rome","days":[1,2]}"#)],
    },
    Case {
        name: "DeepSeek R1: the prompt has opened the reasoning",
        template: DEEPSEEK,
        in_reasoning: true,
        text: "\nOkay.\n</think>\n\nFine.\n<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>add\n\
               ```json\n{\"a\": 1}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>look\n```json\n\
               {\"where\": \"Rome\"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
        reasoning: "Okay.",
        content: "Fine.",
        calls: &[("add", r#"{"a": 1}"#), ("look", r#"{"where": "Rome"}"#)],
    },
    Case {
        name: "DeepSeek V3.1: name and arguments",
        template: DEEPSEEK,
        in_reasoning: false,
        text: "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>add<｜tool▁sep｜>{\"a\": [1, {}]}<｜tool▁call▁end｜>\
               <｜tool▁calls▁end｜>",
        reasoning: "",
        content: "",
        calls: &[("add", r#"{"a": [1, {}]}"#)],
    },
    Case {
        name: "Llama 3.1: the answer is the call",
        template: LLAMA_3_1,
        in_reasoning: false,
        text: "{\"name\": \"add\", \"parameters\": {\"a\": \"}\"}}",
        reasoning: "",
        content: "",
        calls: &[("add", r#"{"a":"}"}"#)],
    },
    Case {
        name: "Llama 3.1: behind its tag, and two of them",
        template: LLAMA_3_1,
        in_reasoning: false,
        text: "<|python_tag|>{\"name\": \"add\", \"parameters\": {}}; {\"name\": \"look\", \"parameters\": {\"days\": 1}}",
        reasoning: "",
        content: "",
        calls: &[("add", "{}"), ("look", r#"{"days":1}"#)],
    },
    Case {
        name: "Llama 3.1: JSON that is no call, and text",
        template: LLAMA_3_1,
        in_reasoning: false,
        text: "{\"a\": 1} is JSON.",
        reasoning: "",
        content: "{\"a\": 1} is JSON.",
        calls: &[],
    },
    Case {
        name: "Mistral: a list behind a mark",
        template: MISTRAL,
        in_reasoning: false,
        text: "Let me see.[TOOL_CALLS][{\"name\": \"add\", \"arguments\": {\"a\": 1}, \"id\": \"abcdefghi\"}, \
               {\"name\": \"look\", \"arguments\": {\"where\": \"]\"}}]",
        reasoning: "",
        content: "Let me see.",
        calls: &[("add", r#"{"a":1}"#), ("look", r#"{"where":"]"}"#)],
    },
    Case {
        name: "Mistral, newer: names and arguments",
        template: MISTRAL,
        in_reasoning: false,
        text: "[TOOL_CALLS]add[ARGS]{\"a\": 1}[TOOL_CALLS]look[CALL_ID]abcdefghi[ARGS]{\"days\": 2}",
        reasoning: "",
        content: "",
        calls: &[("add", r#"{"a": 1}"#), ("look", r#"{"days": 2}"#)],
    },
    Case {
        name: "Mistral: a mark that no call follows",
        template: MISTRAL,
        in_reasoning: false,
        text: "It writes [TOOL_CALLS] and then a list.",
        reasoning: "",
        content: "It writes [TOOL_CALLS] and then a list.",
        calls: &[],
    },
    Case {
        name: "gpt-oss: channels",
        template: GPT_OSS,
        in_reasoning: false,
        text: "<|channel|>analysis<|message|>Think: <b>.\n<|end|><|start|>assistant<|channel|>commentary<|message|>I \
               look.<|end|><|start|>assistant<|channel|>commentary to=functions.look <|constrain|>json<|message|>\
               {\"where\": \"Rome\"}<|call|>",
        reasoning: "Think: <b>.\n",
        content: "I look.",
        calls: &[("look", r#"{"where": "Rome"}"#)],
    },
    Case {
        name: "gpt-oss: the recipient before the channel, end marks hidden",
        template: GPT_OSS,
        in_reasoning: false,
        text: "<|channel|>analysis<|message|>Hm.<|start|>assistant to=functions.add<|channel|>commentary json<|message|>\
               {\"a\":1}",
        reasoning: "Hm.",
        content: "",
        calls: &[("add", r#"{"a":1}"#)],
    },
    Case {
        name: "gpt-oss: an answer",
        template: GPT_OSS,
        in_reasoning: false,
        text: "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|> Yes.\n",
        reasoning: "Hm.",
        content: " Yes.\n",
        calls: &[],
    },
    Case {
        name: "gpt-oss: without channels",
        template: GPT_OSS,
        in_reasoning: false,
        text: "Yes.",
        reasoning: "",
        content: "Yes.",
        calls: &[],
    },
    Case {
        name: "Seed-OSS: tags of its own",
        template: SEED_OSS,
        in_reasoning: false,
        text: "<seed:think>\nFirst.\n</seed:think>\nSo.\n<seed:tool_call>\n<function=look>\n<parameter=where>New\nYork\
               </parameter>\n<parameter=days>2</parameter>\n</function>\n</seed:tool_call>",
        reasoning: "First.",
        content: "So.",
        calls: &[("look", r#"{"where":"New\nYork","days":2}"#)],
    },
];

fn tools() -> Vec<Value> {
    vec![
        json!({"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}),
        json!({"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {
            "where": {"type": "string"}, "days": {"type": "integer"}}}}}),
    ]
}

/// The parts of an answer, whatever the pieces were.
#[derive(Debug, Default, PartialEq)]
struct Parts {
    reasoning: String,
    content: String,
    calls: Vec<(String, String)>,
}

fn parts<'a>(template: &str, in_reasoning: bool, pieces: impl IntoIterator<Item = &'a str>) -> Parts {
    let mut parser = ReplyParser::new(Dialect::of_template(template), in_reasoning, &tools());
    let mut events = Vec::new();
    pieces.into_iter().for_each(|piece| events.extend(parser.push(piece)));
    events.extend(parser.finish());
    let mut parts = Parts::default();
    for event in events {
        match event {
            ReplyEvent::Reasoning(text) => {
                assert!(!text.is_empty());
                parts.reasoning += &text;
            }
            ReplyEvent::Content(text) => {
                assert!(!text.is_empty());
                parts.content += &text;
            }
            ReplyEvent::Call(index, name) => {
                assert_eq!(index, parts.calls.len());
                parts.calls.push((name, String::new()));
            }
            ReplyEvent::Arguments(index, text) => parts.calls[index].1 += &text,
        }
    }
    assert_eq!(parser.calls(), parts.calls.len());
    parts
}

#[test]
fn answers_of_every_family_are_understood() {
    for case in CASES {
        let found = parts(case.template, case.in_reasoning, [case.text]);
        let calls =
            case.calls.iter().map(|(name, arguments)| (name.to_string(), arguments.to_string())).collect();
        let expected = Parts { reasoning: case.reasoning.into(), content: case.content.into(), calls };
        assert_eq!(found, expected, "{}", case.name);
        // One character at a time.
        let ends = case.text.char_indices().skip(1).map(|(end, _)| end).chain([case.text.len()]);
        let mut begin = 0;
        let characters = ends.map(|end| &case.text[std::mem::replace(&mut begin, end)..end]);
        assert_eq!(
            parts(case.template, case.in_reasoning, characters),
            expected,
            "{}, by characters",
            case.name
        );
    }
}

#[test]
fn text_is_given_out_as_soon_as_it_is_known() {
    let mut parser = ReplyParser::new(Dialect::of_template(QWEN_3), false, &tools());
    assert_eq!(parser.push("<think>Let"), [ReplyEvent::Reasoning("Let".into())]);
    assert!(parser.is_reasoning());
    assert_eq!(parser.push(" me </thin"), [ReplyEvent::Reasoning(" me".into())]);
    assert_eq!(parser.push("g"), [ReplyEvent::Reasoning(" </thing".into())]);
    assert_eq!(parser.push("</think>\n\nYes <tool"), [ReplyEvent::Content("Yes".into())]);
    assert_eq!(parser.push("s>"), [ReplyEvent::Content(" <tools>".into())]);
    // Arguments of gpt-oss arrive as they are written.
    let mut parser = ReplyParser::new(Dialect::of_template(GPT_OSS), false, &tools());
    let begun = parser.push("<|channel|>commentary to=functions.add<|message|>{\"a\"");
    let expected = [ReplyEvent::Call(0, "add".into()), ReplyEvent::Arguments(0, "{\"a\"".into())];
    assert_eq!(begun, expected);
}

#[test]
fn the_frame_of_a_call_makes_one() {
    let json = format!("{DEEPSEEK} ```json");
    for template in [QWEN_2_5, QWEN_3, DEEPSEEK, &json, LLAMA_3_1, MISTRAL, GPT_OSS] {
        let (before, behind) = Dialect::of_template(template).call_frame("look").expect("a frame");
        let text = format!("{before}{{\"days\": 1}}{behind}");
        let found = parts(template, false, [text.as_str()]);
        assert_eq!(found.calls.len(), 1, "{text}");
        assert_eq!((found.calls[0].0.as_str(), found.content.as_str()), ("look", ""), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&found.calls[0].1).unwrap(), json!({"days": 1}));
    }
    for template in [PLAIN, SEED_OSS, "<tool_call>{name}\n<arg_key>"] {
        assert!(Dialect::of_template(template).call_frame("look").is_none());
    }
}

#[test]
fn without_tools_nothing_is_a_call() {
    for case in CASES.iter().filter(|case| !case.calls.is_empty()) {
        let mut parser = ReplyParser::new(Dialect::of_template(case.template), case.in_reasoning, &[]);
        let mut events = parser.push(case.text);
        events.extend(parser.finish());
        let text = |event: &ReplyEvent| matches!(event, ReplyEvent::Reasoning(_) | ReplyEvent::Content(_));
        assert!(events.iter().all(text), "{}: {events:?}", case.name);
    }
}

/// Pieces of all dialects' marks and of what stands between them, in any order.
fn hostile() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "<think>",
        "</think>",
        "<tool_call>",
        "</tool_call>",
        "<function=add>",
        "</function>",
        "<parameter=a>",
        "</parameter>",
        "{\"name\": \"add\", \"arguments\": {}}",
        "{",
        "}",
        "[",
        "]",
        "[TOOL_CALLS]",
        "<｜tool▁call▁begin｜>",
        "<｜tool▁sep｜>",
        "<｜tool▁call▁end｜>",
        "```json",
        "```",
        "<|python_tag|>",
        "<|channel|>",
        "<|message|>",
        "<|start|>",
        "<|end|>",
        "<|call|>",
        "analysis",
        "final",
        "commentary to=functions.add",
        "to=",
        "assistant",
        "<seed:think>",
        "</seed:think>",
        "<seed:tool_call>",
        "</seed:tool_call>",
        "<arg_key>",
        "</arg_key>",
        "<arg_value>",
        "</arg_value>",
        " ",
        "\n",
        ";",
        "<",
        "text",
        "é",
        "\"",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn cuts_do_not_matter(
        text in hostile(),
        template in prop::sample::select(vec![PLAIN, QWEN_2_5, QWEN_3, DEEPSEEK, LLAMA_3_1, MISTRAL, GPT_OSS, SEED_OSS]),
        in_reasoning: bool,
        cuts in prop::collection::vec(0usize..400, 0..12),
    ) {
        let whole = parts(template, in_reasoning, [text.as_str()]);
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut) && *cut <= text.len()).collect();
        cuts.sort_unstable();
        let mut begin = 0;
        let pieces: Vec<&str> =
            cuts.into_iter().chain([text.len()]).map(|end| &text[std::mem::replace(&mut begin, end)..end]).collect();
        prop_assert_eq!(parts(template, in_reasoning, pieces.iter().copied()), whole);
    }
}
