//! What a model answers, taken apart while it arrives: reasoning, content and tool calls.
//!
//! Models mark these parts in their own ways; a [`Dialect`] is one way, known by the chat template. Where the pieces
//! of a text are cut must not matter. Nothing here knows of OpenAI's messages.
//!
//! The forms are those that the families' published chat templates write for earlier turns, and for gpt-oss the
//! harmony format (<https://cookbook.openai.com/articles/openai-harmony>).

use super::Tokenizer;
use serde_json::{Map, Value as Json};

/// How a model marks reasoning and tool calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    think: Option<Tags>,
    calls: Calls,
}

/// What stands before and behind a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tags {
    open: &'static str,
    close: &'static str,
}

/// How tool calls are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Calls {
    /// Not at all.
    None,
    /// Each between two marks; those in the list stand around all calls and mean nothing.
    Tagged(Tags, Body, &'static [&'static str]),
    /// A JSON list behind a mark: Mistral.
    List(&'static str),
    /// The whole answer is the call, as JSON, perhaps behind a mark: Llama 3.
    Bare(&'static str),
    /// Messages of several channels: gpt-oss.
    Channels,
}

/// How a call between marks is written. All are understood of every model; this is what it is used to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    /// An object with name and arguments.
    Json,
    /// A kind, a name, and arguments in a fence: DeepSeek V3 and R1.
    Fenced,
    /// A name and arguments: DeepSeek V3.1.
    Named,
    /// Each argument between marks.
    Tags,
}

const THINK: Tags = Tags { open: "<think>", close: "</think>" };
const SEED_THINK: Tags = Tags { open: "<seed:think>", close: "</seed:think>" };
const MISTRAL_THINK: Tags = Tags { open: "[THINK]", close: "[/THINK]" };

const TOOL_CALL: Tags = Tags { open: "<tool_call>", close: "</tool_call>" };
const SEED_CALL: Tags = Tags { open: "<seed:tool_call>", close: "</seed:tool_call>" };
const DEEPSEEK_CALL: Tags = Tags { open: "<｜tool▁call▁begin｜>", close: "<｜tool▁call▁end｜>" };
const DEEPSEEK_CALLS: &[&str] = &["<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"];
const DEEPSEEK_SEPARATOR: &str = "<｜tool▁sep｜>";
const MISTRAL_CALLS: &str = "[TOOL_CALLS]";
/// Between a name and its arguments, in newer models of Mistral.
const ARGUMENTS: &str = "[ARGS]";
/// No function has a longer name.
const LONGEST_NAME: usize = 256;
const PYTHON_TAG: &str = "<|python_tag|>";

const CHANNEL: &str = "<|channel|>";
const MESSAGE: &str = "<|message|>";
/// What ends a message of gpt-oss.
const MESSAGE_ENDS: &[&str] = &["<|end|>", "<|start|>", "<|call|>", "<|return|>", CHANNEL];
/// What makes gpt-oss go from the end of its reasoning to the answer.
const TO_FINAL: &str = "<|start|>assistant<|channel|>final<|message|>";

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyEvent {
    /// More of what the model thinks.
    Reasoning(String),
    /// More of the answer.
    Content(String),
    /// A call of a tool begins: its place among the calls of this answer, and the function's name.
    Call(usize, String),
    /// More of a call's arguments, which are JSON when they are complete.
    Arguments(usize, String),
}

/// Where JSON ends that is still arriving.
enum JsonEnd {
    At(usize),
    /// It is not complete.
    Unknown,
    /// It is no JSON.
    Never,
}

impl Dialect {
    /// A dialect without marks: everything is content.
    pub const PLAIN: Dialect = Dialect { think: None, calls: Calls::None };

    /// The dialect of a model with this chat template.
    pub fn of_template(source: &str) -> Dialect {
        let has = |mark: &str| source.contains(mark);
        if has(CHANNEL) && has(MESSAGE) {
            return Dialect { think: None, calls: Calls::Channels };
        }
        let thinks = [SEED_THINK, MISTRAL_THINK, THINK];
        // Some templates only write the end, of answers whose beginning they have cut off.
        let think = thinks.into_iter().find(|tags| has(tags.open) || has(tags.close));
        let calls = if has(SEED_CALL.open) {
            Calls::Tagged(SEED_CALL, Body::Tags, &[])
        } else if has(DEEPSEEK_CALL.open) {
            let body = if has("```json") { Body::Fenced } else { Body::Named };
            Calls::Tagged(DEEPSEEK_CALL, body, DEEPSEEK_CALLS)
        } else if has(MISTRAL_CALLS) {
            Calls::List(MISTRAL_CALLS)
        } else if has(TOOL_CALL.open) {
            let tags = has("<arg_key>") || has("<function=");
            Calls::Tagged(TOOL_CALL, if tags { Body::Tags } else { Body::Json }, &[])
        } else if has("<|start_header_id|>") && has("ipython") {
            Calls::Bare(PYTHON_TAG)
        } else {
            Calls::None
        };
        Dialect { think, calls }
    }

    /// Whether the model can be asked to call tools and this crate understands how it does.
    pub fn has_calls(self) -> bool {
        self.calls != Calls::None
    }

    /// Whether an answer is messages of several channels, as of gpt-oss.
    pub fn has_channels(self) -> bool {
        self.calls == Calls::Channels
    }

    /// Whether an answer to this prompt begins inside the reasoning: templates may open it.
    pub fn begins_in_reasoning(self, prompt: &str) -> bool {
        self.think.is_some_and(|tags| prompt.trim_end().ends_with(tags.open))
    }

    /// What ends the reasoning, if there is any, and what leads from there to the answer.
    pub fn reasoning_end(self) -> Option<(&'static str, &'static str)> {
        match self {
            Dialect { calls: Calls::Channels, .. } => Some(("<|end|>", TO_FINAL)),
            Dialect { think, .. } => think.map(|tags| (tags.close, "")),
        }
    }

    /// What begins the reasoning, if the prompt has not.
    pub fn reasoning_begin(self) -> Option<&'static str> {
        match self {
            Dialect { calls: Calls::Channels, .. } => Some("<|channel|>analysis<|message|>"),
            Dialect { think, .. } => think.map(|tags| tags.open),
        }
    }

    /// Behind what the content begins, where reasoning comes before it.
    pub fn content_begin(self) -> Option<&'static str> {
        match self {
            Dialect { calls: Calls::Channels, .. } => Some("<|channel|>final<|message|>"),
            Dialect { think, .. } => think.map(|tags| tags.close),
        }
    }

    /// What stands before and behind the arguments of a call as this model writes one, as JSON of the function's schema
    /// between them; `None` if it writes no JSON or no calls. For grammars that leave it no other choice.
    pub fn call_frame(self, function: &str) -> Option<(String, String)> {
        let name = Json::from(function);
        let object = |key: &str| (format!("{{\"name\": {name}, \"{key}\": "), "}".to_owned());
        Some(match self.calls {
            Calls::None | Calls::Tagged(_, Body::Tags, _) => return None,
            Calls::Tagged(tags, Body::Json, _) => {
                let (before, behind) = object("arguments");
                (format!("{}\n{before}", tags.open), format!("{behind}\n{}", tags.close))
            }
            Calls::Tagged(tags, body, around) => {
                let (first, last) = (around.first().unwrap_or(&""), around.last().unwrap_or(&""));
                let (head, fence, end) = match body {
                    Body::Fenced => {
                        (format!("function{DEEPSEEK_SEPARATOR}{function}"), "\n```json\n", "\n```")
                    }
                    _ => (format!("{function}{DEEPSEEK_SEPARATOR}"), "", ""),
                };
                (format!("{first}{}{head}{fence}", tags.open), format!("{end}{}{last}", tags.close))
            }
            Calls::List(mark) => {
                let (before, behind) = object("arguments");
                (format!("{mark}[{before}"), format!("{behind}]"))
            }
            Calls::Bare(_) => object("parameters"),
            Calls::Channels => {
                let header =
                    format!("{CHANNEL}commentary to=functions.{function} <|constrain|>json{MESSAGE}");
                (header, String::new())
            }
        })
    }

    /// Control tokens that the text must show for its parts to be told apart.
    pub fn shown_tokens(self, tokenizer: &Tokenizer) -> Vec<u32> {
        let mut marks: Vec<&str> = Vec::new();
        marks.extend(self.think.iter().flat_map(|tags| [tags.open, tags.close]));
        match self.calls {
            Calls::None => {}
            Calls::Tagged(tags, _, around) => {
                marks.extend([tags.open, tags.close, DEEPSEEK_SEPARATOR]);
                marks.extend(around);
            }
            Calls::List(mark) => marks.extend([mark, ARGUMENTS, "[CALL_ID]"]),
            Calls::Bare(mark) => marks.push(mark),
            Calls::Channels => marks.extend([MESSAGE, "<|constrain|>"].iter().chain(MESSAGE_ENDS)),
        }
        // A mark that is no token is written in tokens that show anyway.
        let token = |mark: &&str| match tokenizer.encode(mark, false, true).as_deref() {
            Ok([token]) => Some(*token),
            _ => None,
        };
        marks.iter().filter_map(token).collect()
    }
}

/// Takes an answer apart, piece by piece.
///
/// ```
/// use moesaic::text::{Dialect, ReplyEvent, ReplyParser};
/// let dialect = Dialect::of_template("... <think> ... <tool_call> ...");
/// let mut parser = ReplyParser::new(dialect, false, &[]);
/// let mut events = parser.push("<think>\nIs it? It is.\n</th");
/// events.extend(parser.push("ink>\n\nYes."));
/// events.extend(parser.finish());
/// assert_eq!(events.last(), Some(&ReplyEvent::Content("Yes.".into())));
/// ```
#[derive(Debug)]
pub struct ReplyParser {
    dialect: Dialect,
    /// The functions that may be called; without any, calls are content.
    tools: Vec<Json>,
    state: State,
    /// Text that is not understood yet.
    held: String,
    /// Whitespace at the end of a part: belongs to it if more follows.
    space: String,
    /// Whether the part has begun, behind whitespace that belongs to none.
    begun: bool,
    calls: usize,
    events: Vec<ReplyEvent>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// Nothing but whitespace so far.
    Beginning,
    Reasoning,
    Content,
    /// Inside a call that is understood when it is complete.
    Call,
    /// Before a message of a channel.
    Header,
    /// The arguments of a call are on their way.
    Arguments,
    /// A message that is not for the reader.
    Ignored,
}

impl ReplyParser {
    /// A parser for one answer. `in_reasoning`: the prompt has opened the reasoning already
    /// ([`Dialect::begins_in_reasoning`]). `tools`: descriptions of the functions that may be called, in OpenAI's form;
    /// if there are none, nothing is taken for a call.
    pub fn new(dialect: Dialect, in_reasoning: bool, tools: &[Json]) -> ReplyParser {
        let state = match dialect.calls {
            Calls::Channels => State::Header,
            _ if in_reasoning => State::Reasoning,
            _ => State::Beginning,
        };
        ReplyParser {
            dialect,
            tools: tools.to_vec(),
            state,
            held: String::new(),
            space: String::new(),
            // Content is given out as it is, unless reasoning came before it.
            begun: !in_reasoning,
            calls: 0,
            events: Vec::new(),
        }
    }

    /// How many calls there were so far.
    pub fn calls(&self) -> usize {
        self.calls
    }

    /// Whether the model is still thinking.
    pub fn is_reasoning(&self) -> bool {
        self.state == State::Reasoning
    }

    /// What a piece of text makes known.
    pub fn push(&mut self, text: &str) -> Vec<ReplyEvent> {
        self.held.push_str(text);
        while self.advance(false) {}
        std::mem::take(&mut self.events)
    }

    /// What is known when the text has ended.
    pub fn finish(&mut self) -> Vec<ReplyEvent> {
        while self.advance(true) {}
        let mut rest = std::mem::take(&mut self.held);
        if self.state == State::Call {
            self.end_call(&rest, "");
            rest.clear();
        }
        match self.state {
            State::Beginning | State::Content => {
                self.emit(&rest);
                if self.calls == 0 {
                    let space = std::mem::take(&mut self.space);
                    self.give(space);
                }
            }
            State::Reasoning | State::Arguments | State::Ignored => self.emit(&rest),
            // A text of no channel: an answer that was begun for the model.
            State::Header if !rest.contains(CHANNEL) => {
                let text = rest.trim_start_matches("<|start|>").trim_start_matches("assistant");
                if !text.trim().is_empty() {
                    self.events.push(ReplyEvent::Content(text.into()));
                }
            }
            State::Header | State::Call => {}
        }
        std::mem::take(&mut self.events)
    }

    /// Goes on by one part, if what is held suffices; `ended`: nothing follows.
    fn advance(&mut self, ended: bool) -> bool {
        match self.state {
            State::Beginning => self.beginning(ended),
            State::Reasoning => self.reasoning(),
            State::Content => self.content(),
            State::Call => self.call(),
            State::Header => self.header(),
            State::Arguments | State::Ignored => self.message(),
        }
    }

    fn beginning(&mut self, ended: bool) -> bool {
        let text = self.held.trim_start();
        if let Some(tags) = self.dialect.think {
            if let Some(rest) = text.strip_prefix(tags.open) {
                self.held = rest.into();
                self.enter(State::Reasoning);
                return true;
            }
            if !ended && tags.open.starts_with(text) {
                return false;
            }
        }
        if let (Calls::Bare(mark), false) = (self.dialect.calls, self.tools.is_empty()) {
            // Llama separates several calls by semicolons.
            let text = if self.calls > 0 { text.trim_start_matches([';', ' ', '\n']) } else { text };
            if text.starts_with(mark) || text.starts_with('{') {
                self.held = text.into();
                self.state = State::Call;
                return true;
            }
            if !ended && mark.starts_with(text) {
                return false;
            }
            if self.calls > 0 {
                self.held = text.into();
            }
        } else if text.is_empty() && !ended {
            return false;
        }
        self.state = State::Content;
        true
    }

    fn reasoning(&mut self) -> bool {
        let Some(tags) = self.dialect.think else { return self.message() };
        match self.until(&[tags.close]) {
            None => false,
            Some(_) => {
                // A call may follow at once, but no second reasoning.
                let bare = matches!(self.dialect.calls, Calls::Bare(_));
                self.enter(if bare { State::Beginning } else { State::Content });
                true
            }
        }
    }

    fn content(&mut self) -> bool {
        let (open, around): (&str, &[&str]) = match self.dialect.calls {
            Calls::Channels => return self.message(),
            Calls::Tagged(tags, _, around) if !self.tools.is_empty() => (tags.open, around),
            Calls::List(mark) if !self.tools.is_empty() => (mark, &[]),
            _ => {
                let text = std::mem::take(&mut self.held);
                self.emit(&text);
                return false;
            }
        };
        let mut marks = vec![open];
        marks.extend(around);
        match self.until(&marks) {
            None => false,
            Some(0) => {
                self.state = State::Call;
                true
            }
            Some(_) => {
                self.enter(State::Content);
                true
            }
        }
    }

    /// A call as a whole, when it is complete.
    fn call(&mut self) -> bool {
        match self.dialect.calls {
            Calls::Tagged(tags, ..) => match self.held.find(tags.close) {
                None => false,
                Some(end) => {
                    let body: String = self.held.drain(..end).collect();
                    self.held.drain(..tags.close.len());
                    self.end_call(&body, tags.close);
                    true
                }
            },
            Calls::List(_) | Calls::Bare(_) => match self.json_end() {
                JsonEnd::Unknown => false,
                JsonEnd::At(end) => {
                    let body: String = self.held.drain(..end).collect();
                    self.end_call(&body, "");
                    true
                }
                // Only the mark is known to be content: what follows may hold another one.
                JsonEnd::Never => {
                    self.end_call("", "");
                    true
                }
            },
            Calls::None | Calls::Channels => false,
        }
    }

    /// Where the JSON of a call ends, which it says itself.
    fn json_end(&self) -> JsonEnd {
        let text = self.held.trim_start().trim_start_matches(PYTHON_TAG);
        let named = matches!(self.dialect.calls, Calls::List(_)) && !text.trim_start().starts_with('[');
        let json = if named {
            // Newer models of Mistral: NAME[ARGS]{...}.
            let (name, json, longest) = match text.split_once(ARGUMENTS) {
                Some((name, json)) => (name, Some(json), LONGEST_NAME),
                // Some of it may be the beginning of the mark.
                None => (text, None, LONGEST_NAME + ARGUMENTS.len() - 1),
            };
            let in_name = |c: char| c.is_alphanumeric() || "_-.[]".contains(c);
            if name.len() > longest || !name.trim_start().chars().all(in_name) {
                return JsonEnd::Never;
            }
            match json {
                Some(json) => json,
                None => return JsonEnd::Unknown,
            }
        } else {
            text
        };
        let begin = self.held.len() - json.len();
        let mut values = serde_json::Deserializer::from_str(json).into_iter::<Json>();
        match values.next() {
            None => JsonEnd::Unknown,
            Some(Ok(Json::Array(_) | Json::Object(_))) => JsonEnd::At(begin + values.byte_offset()),
            Some(Err(error)) if error.is_eof() => JsonEnd::Unknown,
            Some(_) => JsonEnd::Never,
        }
    }

    /// What the text of a call says; a text that is none is content after all.
    fn end_call(&mut self, body: &str, close: &str) {
        let calls = parse_calls(body.trim().trim_start_matches(PYTHON_TAG).trim(), &self.tools);
        if calls.is_empty() {
            let open = match self.dialect.calls {
                Calls::Tagged(tags, ..) => tags.open,
                Calls::List(mark) => mark,
                _ => "",
            };
            self.state = State::Content;
            self.emit(&format!("{open}{body}{close}"));
            return;
        }
        for (name, arguments) in calls {
            self.events.push(ReplyEvent::Call(self.calls, name));
            self.events.push(ReplyEvent::Arguments(self.calls, arguments));
            self.calls += 1;
        }
        let bare = matches!(self.dialect.calls, Calls::Bare(_));
        self.enter(if bare { State::Beginning } else { State::Content });
    }

    /// What stands before a message of gpt-oss: who it is for and in which channel.
    fn header(&mut self) -> bool {
        let Some(end) = self.held.find(MESSAGE) else { return false };
        let header: String = self.held.drain(..end).collect();
        self.held.drain(..MESSAGE.len());
        let channel = header.split(CHANNEL).nth(1).unwrap_or("final");
        let channel: String = channel.chars().take_while(|c| c.is_alphanumeric()).collect();
        let recipient = header.split("to=").nth(1).map(|rest| {
            let end = rest.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(rest.len());
            rest[..end].to_owned()
        });
        match recipient {
            Some(name) if !self.tools.is_empty() => {
                let name = name.strip_prefix("functions.").unwrap_or(&name).to_owned();
                self.events.push(ReplyEvent::Call(self.calls, name));
                self.calls += 1;
                self.enter(State::Arguments);
            }
            // For a tool that nobody offered.
            Some(_) => self.enter(State::Ignored),
            None if channel == "analysis" => self.enter(State::Reasoning),
            None => self.enter(State::Content),
        }
        true
    }

    /// A message of gpt-oss, as it arrives.
    fn message(&mut self) -> bool {
        match self.until(MESSAGE_ENDS) {
            None => false,
            Some(mark) => {
                if MESSAGE_ENDS[mark] == CHANNEL {
                    self.held.insert_str(0, CHANNEL);
                }
                self.state = State::Header;
                true
            }
        }
    }

    /// Emits the text up to the first of the marks, and takes that away; all but what may become one if there is
    /// none.
    fn until(&mut self, marks: &[&str]) -> Option<usize> {
        let found = marks.iter().enumerate().filter_map(|(index, mark)| Some((self.held.find(mark)?, index)));
        if let Some((start, index)) = found.min() {
            let text: String = self.held.drain(..start).collect();
            self.emit(&text);
            self.held.drain(..marks[index].len());
            return Some(index);
        }
        let kept = marks.iter().map(|mark| beginning_at_end(&self.held, mark)).max().unwrap_or(0);
        let text: String = self.held.drain(..self.held.len() - kept).collect();
        self.emit(&text);
        None
    }

    /// Another part begins; whitespace between them belongs to none.
    fn enter(&mut self, state: State) {
        self.state = state;
        self.space.clear();
        // Arguments and messages of channels are exact.
        self.begun = self.dialect.calls == Calls::Channels;
    }

    /// Gives out text of the part that we are in, but for whitespace at its ends.
    fn emit(&mut self, text: &str) {
        let text = match self.begun {
            true => text,
            false => text.trim_start(),
        };
        if text.is_empty() {
            return;
        }
        self.begun = true;
        if self.dialect == Dialect::PLAIN || self.dialect.calls == Calls::Channels {
            return self.give(text.to_owned());
        }
        let length = text.trim_end().len();
        if length == 0 {
            return self.space.push_str(text);
        }
        let mut part = std::mem::take(&mut self.space);
        part.push_str(&text[..length]);
        self.space.push_str(&text[length..]);
        self.give(part);
    }

    fn give(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        let event = match self.state {
            State::Reasoning => ReplyEvent::Reasoning(text),
            State::Arguments => ReplyEvent::Arguments(self.calls.saturating_sub(1), text),
            State::Ignored => return,
            _ => ReplyEvent::Content(text),
        };
        self.events.push(event);
    }
}

/// The length of the longest end of the text that begins the mark, without being all of it.
fn beginning_at_end(text: &str, mark: &str) -> usize {
    let mut lengths = (1..mark.len().min(text.len() + 1)).rev();
    lengths.find(|length| mark.is_char_boundary(*length) && text.ends_with(&mark[..*length])).unwrap_or(0)
}

/// The calls that a text between marks writes down: names and arguments. None if it is no call.
fn parse_calls(body: &str, tools: &[Json]) -> Vec<(String, String)> {
    if let Some((head, rest)) = body.split_once(DEEPSEEK_SEPARATOR) {
        // V3 and R1: the kind, then the name, then the arguments in a fence. V3.1: name and arguments.
        let Some((name, fenced)) = rest.split_once("```json") else {
            return call(head.trim(), rest.trim()).into_iter().collect();
        };
        let arguments = fenced.trim().trim_end_matches("```").trim();
        return call(name.trim(), arguments).into_iter().collect();
    }
    if let Some((name, arguments)) = body.split_once(ARGUMENTS) {
        let name = name.split("[CALL_ID]").next().unwrap_or_default();
        return call(name.trim(), arguments.trim()).into_iter().collect();
    }
    match serde_json::from_str::<Json>(body) {
        Ok(Json::Array(calls)) => {
            let parsed: Vec<_> = calls.iter().filter_map(json_call).collect();
            return if parsed.len() == calls.len() { parsed } else { Vec::new() };
        }
        Ok(value) => return json_call(&value).into_iter().collect(),
        Err(_) => {}
    }
    let tagged = if body.contains("<function=") { tagged_call(body, tools) } else { keyed_call(body, tools) };
    tagged.into_iter().collect()
}

/// A name with arguments that are JSON.
fn call(name: &str, arguments: &str) -> Option<(String, String)> {
    let sound =
        !name.is_empty() && serde_json::from_str::<Json>(arguments).is_ok_and(|value| value.is_object());
    sound.then(|| (name.into(), arguments.into()))
}

/// `{"name": ..., "arguments": {...}}`; Llama says `parameters`.
fn json_call(value: &Json) -> Option<(String, String)> {
    // Some models wrap it as OpenAI's messages do.
    let value = value.get("function").filter(|inner| inner.is_object()).unwrap_or(value);
    let name = value.get("name")?.as_str()?;
    let arguments = value.get("arguments").or_else(|| value.get("parameters"));
    let arguments = match arguments {
        None | Some(Json::Null) => "{}".into(),
        Some(Json::String(text)) => text.clone(),
        Some(arguments) => arguments.to_string(),
    };
    (!name.is_empty()).then(|| (name.into(), arguments))
}

/// `<function=NAME><parameter=KEY>VALUE</parameter>...</function>`: Seed-OSS, Qwen 3 Coder.
fn tagged_call(body: &str, tools: &[Json]) -> Option<(String, String)> {
    let (_, rest) = body.split_once("<function=")?;
    let (name, mut rest) = rest.split_once('>')?;
    let mut arguments = Map::new();
    while let Some((_, parameter)) = rest.split_once("<parameter=") {
        let (key, value) = parameter.split_once('>')?;
        let (value, behind) = value.split_once("</parameter>")?;
        // Templates that put values on lines of their own add the newlines.
        let value = value.strip_prefix('\n').unwrap_or(value);
        let value = value.strip_suffix('\n').unwrap_or(value);
        arguments.insert(key.into(), typed(value, name, key, tools));
        rest = behind;
    }
    Some((name.trim().into(), Json::Object(arguments).to_string()))
}

/// `NAME`, then `<arg_key>KEY</arg_key><arg_value>VALUE</arg_value>`...: GLM-4.5.
fn keyed_call(body: &str, tools: &[Json]) -> Option<(String, String)> {
    let (name, mut rest) = match body.find("<arg_key>") {
        Some(at) => body.split_at(at),
        // A function without arguments; anything else would be a sentence.
        None => (body, ""),
    };
    let name = name.trim();
    if !described(name, tools) {
        return None;
    }
    let mut arguments = Map::new();
    while let Some((_, pair)) = rest.split_once("<arg_key>") {
        let (key, behind) = pair.split_once("</arg_key>")?;
        let (_, value) = behind.split_once("<arg_value>")?;
        let (value, behind) = value.split_once("</arg_value>")?;
        arguments.insert(key.trim().into(), typed(value, name, key.trim(), tools));
        rest = behind;
    }
    Some((name.into(), Json::Object(arguments).to_string()))
}

fn function<'a>(name: &str, tools: &'a [Json]) -> Option<&'a Json> {
    let functions = tools.iter().map(|tool| tool.get("function").unwrap_or(tool));
    functions.into_iter().find(|function| function.get("name").and_then(Json::as_str) == Some(name))
}

fn described(name: &str, tools: &[Json]) -> bool {
    function(name, tools).is_some()
}

/// The value of an argument that was written without quotes: what its schema says.
fn typed(text: &str, name: &str, key: &str, tools: &[Json]) -> Json {
    let schema = function(name, tools)
        .and_then(|function| function.get("parameters")?.get("properties")?.get(key)?.get("type")?.as_str());
    if schema == Some("string") {
        return text.into();
    }
    // Python's spelling of what JSON writes in lower case.
    match text.trim() {
        "True" => true.into(),
        "False" => false.into(),
        "None" => Json::Null,
        trimmed => serde_json::from_str(trimmed).unwrap_or_else(|_| text.into()),
    }
}
