//! What a request asks for: OpenAI's fields, checked, and what the library makes of them.

use super::failure::Failure;
use super::App;
use crate::generate::Grammar;
use crate::text::{ChatOptions, Dialect};
use crate::{CancelToken, GenerateOptions, LogitsProcessor, SamplingOptions};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

/// Bounds of OpenAI's, and of ours where it names none.
const MOST_STOPS: usize = 16;
const LONGEST_STOP: usize = 1024;
const MOST_ALTERNATIVES: usize = 20;
const MOST_BIASES: usize = 1024;
const MOST_INPUTS: usize = 2048;
/// Of whole numbers that only have to be large enough.
const MOST: usize = i32::MAX as usize;

/// Fields that clients send and that have nothing to say to a server of one's own.
const IGNORED: &[&str] = &[
    "metadata",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
    "user",
];

/// What is wanted, ready to be written.
#[derive(Debug)]
pub struct Wanted {
    /// Tokens of the prompts. Each gets [`choices`](Self::choices) texts.
    pub prompts: Vec<Vec<u32>>,
    pub choices: usize,
    pub stream: bool,
    /// Whether a stream ends with the counts of tokens.
    pub stream_usage: bool,
    /// How many alternatives to tell of each token; `None`: tell no probabilities at all.
    pub alternatives: Option<usize>,
    pub form: Form,
    options: GenerateOptions,
    penalties: (f32, f32),
    grammar: Option<Grammar>,
    /// What stands before the grammar's text.
    grammar_after: Option<Vec<u32>>,
    budget: Option<Budget>,
}

/// What an answer looks like.
#[derive(Clone, Debug)]
pub enum Form {
    /// A message.
    Chat {
        dialect: Dialect,
        in_reasoning: bool,
        tools: Vec<Json>,
        /// Whether a message may have several calls.
        parallel: bool,
    },
    /// A text, behind these if they are to be repeated.
    Text { echo: Vec<String> },
}

/// How long a model may think.
#[derive(Debug)]
struct Budget {
    begin: Option<Vec<u32>>,
    end: Vec<u32>,
    next: Vec<u32>,
    tokens: usize,
}

impl Wanted {
    /// The options of one text, with its own processors: choice `index` of those of a prompt.
    pub fn options(&self, prompt: &[u32], index: usize) -> GenerateOptions {
        let mut options = self.options.clone();
        options.cancel = CancelToken::new();
        options.sampling.seed = options.sampling.seed.map(|seed| seed.wrapping_add(index as u64));
        let processors = &mut options.logits_processors;
        let (presence, frequency) = self.penalties;
        if (presence, frequency) != (0.0, 0.0) {
            processors.push(LogitsProcessor::occurrence_penalty(prompt.len(), presence, frequency));
        }
        if let Some(Budget { begin, end, next, tokens }) = &self.budget {
            let (begin, end, next) = (begin.clone(), end.clone(), next.clone());
            processors.push(LogitsProcessor::reasoning_budget(prompt.len(), begin, end, next, *tokens));
        }
        // Last, so that nothing can make it untrue.
        if let Some(grammar) = &self.grammar {
            processors.push(grammar.processor(prompt.len(), self.grammar_after.clone()));
        }
        options
    }
}

/// The fields of a request that nobody has read yet.
struct Fields(Map<String, Json>);

impl Fields {
    fn new(body: &[u8]) -> Result<Fields, Failure> {
        let malformed = |what: String| Failure::new(StatusCode::BAD_REQUEST, "malformed_json", what);
        if let Err(error) = std::str::from_utf8(body) {
            return Err(malformed(format!("the body is not UTF-8 text: at byte {}", error.valid_up_to())));
        }
        match serde_json::from_slice(body) {
            Ok(Json::Object(fields)) => Ok(Fields(fields)),
            Ok(_) => Err(malformed("the body is JSON, but no object".into())),
            Err(error) => Err(malformed(format!("the body is not JSON: {error}"))),
        }
    }

    /// A field; `None` if it is absent or null.
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Failure> {
        match self.0.shift_remove(name) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => match serde_json::from_value(value.clone()) {
                Ok(value) => Ok(Some(value)),
                Err(error) => {
                    serde_json::from_value(whole(value)).map(Some).map_err(|_| Failure::field(name, error))
                }
            },
        }
    }

    fn within<T: DeserializeOwned + PartialOrd + std::fmt::Display + Copy>(
        &mut self,
        name: &str,
        least: T,
        most: T,
    ) -> Result<Option<T>, Failure> {
        let value = self.take::<T>(name)?;
        match value {
            // Written so that NaN, which JSON has not, would fail.
            Some(value) if !(value >= least && value <= most) => {
                Err(Failure::field(name, format!("{value} is not between {least} and {most}")))
            }
            value => Ok(value),
        }
    }

    /// Whether all were read.
    fn finish(mut self) -> Result<(), Failure> {
        IGNORED.iter().for_each(|name| drop(self.0.shift_remove(*name)));
        match self.0.into_iter().find(|(_, value)| !value.is_null()) {
            None => Ok(()),
            Some((name, _)) => Err(Failure::field(&name, "unknown field").code("unknown_parameter")),
        }
    }
}

/// JSON knows one kind of numbers: 5.0 is as good as 5.
fn whole(value: Json) -> Json {
    match value {
        Json::Array(values) => values.into_iter().map(whole).collect(),
        Json::Number(number) => {
            let is_whole = |number: &f64| number.fract() == 0.0 && number.abs() < i64::MAX as f64;
            let found = number.as_f64().filter(|_| number.is_f64()).filter(is_whole);
            found.map_or(Json::Number(number), |number| (number as i64).into())
        }
        value => value,
    }
}

/// What both kinds of requests have.
struct Common {
    options: GenerateOptions,
    penalties: (f32, f32),
    choices: usize,
    stream: bool,
    stream_usage: bool,
}

/// Reads a number with a fraction into its place, if the request has it. Bounds are for the number as it was written: rounded,
/// some would be within them that are not.
fn number(fields: &mut Fields, name: &str, least: f64, most: f64, place: &mut f32) -> Result<(), Failure> {
    if let Some(value) = fields.within(name, least, most)? {
        *place = value as f32;
    }
    Ok(())
}

/// Whether the model that is asked for is the one that there is.
fn check_model(app: &App, fields: &mut Fields) -> Result<(), Failure> {
    let there = &app.options.model_name;
    match fields.take::<String>("model")? {
        Some(name) if name != *there => {
            let message = format!("there is no model {name:?}; this server has {there:?}");
            Err(Failure::field("model", message).code("model_not_found").status(StatusCode::NOT_FOUND))
        }
        _ => Ok(()),
    }
}

fn common(app: &App, fields: &mut Fields) -> Result<Common, Failure> {
    check_model(app, fields)?;
    let mut sampling: SamplingOptions = app.options.sampling.clone();
    number(fields, "temperature", 0.0, 100.0, &mut sampling.temperature)?;
    number(fields, "top_p", 0.0, 1.0, &mut sampling.top_p)?;
    number(fields, "min_p", 0.0, 1.0, &mut sampling.min_p)?;
    number(fields, "repetition_penalty", 0.01, 100.0, &mut sampling.repetition_penalty)?;
    if let Some(value) = fields.within("top_k", 0, MOST)? {
        sampling.top_k = value;
    }
    sampling.validate().map_err(|error| Failure::from(&error))?;
    if let Some(seed) = fields.take::<i64>("seed")? {
        // Another number for every seed, negative ones too.
        sampling.seed = Some(u64::from_ne_bytes(seed.to_ne_bytes()));
    }
    let mut options = GenerateOptions { sampling, ..GenerateOptions::default() };
    options.speculation = app.options.speculation.clone();
    options.stop = stops(fields)?;
    options.logits_processors.extend(bias(app, fields)?);
    let mut penalties = (0.0, 0.0);
    number(fields, "presence_penalty", -2.0, 2.0, &mut penalties.0)?;
    number(fields, "frequency_penalty", -2.0, 2.0, &mut penalties.1)?;
    let choices = fields.within("n", 1, app.options.choices_limit)?.unwrap_or(1);
    let stream = fields.take("stream")?.unwrap_or(false);
    let mut stream_usage = false;
    if let Some(stream_options) = fields.take::<Map<String, Json>>("stream_options")? {
        if !stream {
            return Err(Failure::field("stream_options", "only a stream has them"));
        }
        let mut stream_options = Fields(stream_options);
        stream_usage = stream_options.take("include_usage")?.unwrap_or(false);
        // A padding that OpenAI adds against eavesdroppers.
        stream_options.take::<bool>("include_obfuscation")?;
        stream_options.finish()?;
    }
    Ok(Common { options, penalties, choices, stream, stream_usage })
}

fn stops(fields: &mut Fields) -> Result<Vec<String>, Failure> {
    let stops = match fields.take::<Json>("stop")? {
        None => Vec::new(),
        Some(Json::String(stop)) => vec![stop],
        Some(value) => serde_json::from_value::<Vec<String>>(value)
            .map_err(|_| Failure::field("stop", "must be a string or a list of strings"))?,
    };
    let sound = |stop: &String| (1..=LONGEST_STOP).contains(&stop.chars().count());
    if stops.len() > MOST_STOPS || !stops.iter().all(sound) {
        return Err(Failure::field(
            "stop",
            format!("at most {MOST_STOPS} strings of 1 to {LONGEST_STOP} characters"),
        ));
    }
    Ok(stops)
}

fn bias(app: &App, fields: &mut Fields) -> Result<Option<LogitsProcessor>, Failure> {
    let Some(bias) = fields.take::<Map<String, Json>>("logit_bias")? else { return Ok(None) };
    if bias.len() > MOST_BIASES {
        return Err(Failure::field("logit_bias", format!("at most {MOST_BIASES} tokens")));
    }
    let vocabulary = app.scheduler.model().vocabulary_size();
    let parsed = bias.iter().map(|(token, bias)| {
        // The standard library would take a plus sign, too.
        let digits = token.bytes().all(|byte| byte.is_ascii_digit());
        let token: u32 = token.parse().ok().filter(|token| digits && (*token as usize) < vocabulary)?;
        let bias = bias.as_f64().filter(|bias| (-100.0..=100.0).contains(bias))?;
        Some((token, bias as f32))
    });
    match parsed.collect::<Option<Vec<(u32, f32)>>>() {
        Some(bias) if bias.is_empty() => Ok(None),
        Some(bias) => Ok(Some(LogitsProcessor::bias(bias))),
        None => Err(Failure::field(
            "logit_bias",
            format!("must give tokens below {vocabulary} numbers between -100 and 100"),
        )),
    }
}

/// Reads the body of a request for a completion.
pub fn completion(app: &App, body: &[u8]) -> Result<Wanted, Failure> {
    let mut fields = Fields::new(body)?;
    let Common { mut options, penalties, choices, stream, stream_usage } = common(app, &mut fields)?;
    let prompts = prompts(app, fields.take::<Json>("prompt")?)?;
    // OpenAI's own default.
    options.max_tokens = Some(fields.within("max_tokens", 0, MOST)?.unwrap_or(16));
    let alternatives = fields.within("logprobs", 0, MOST_ALTERNATIVES)?;
    let echo = fields.take("echo")?.unwrap_or(false);
    if echo && alternatives.is_some() {
        return Err(Failure::field("echo", "cannot be had together with logprobs").code("unsupported"));
    }
    if let Some(best_of) = fields.take::<usize>("best_of")? {
        if best_of != choices {
            return Err(Failure::field("best_of", "is not supported: it must be n").code("unsupported"));
        }
    }
    if fields.take::<String>("suffix")?.is_some_and(|suffix| !suffix.is_empty()) {
        return Err(Failure::field("suffix", "is not supported").code("unsupported"));
    }
    let grammar = grammar(app, &mut fields)?;
    fields.finish()?;
    if prompts.len().saturating_mul(choices) > app.options.choices_limit {
        let limit = app.options.choices_limit;
        return Err(Failure::field("n", format!("n times the number of prompts is more than {limit}")));
    }
    check_length(app, &prompts)?;
    let tokenizer = app.scheduler.model().tokenizer().map_err(|error| Failure::from(&error))?;
    let repeated = |prompt: &Vec<u32>| match echo {
        true => tokenizer.decode(prompt, false).map_err(|error| Failure::from(&error)),
        false => Ok(String::new()),
    };
    let echo = prompts.iter().map(repeated).collect::<Result<_, _>>()?;
    Ok(Wanted {
        prompts,
        choices,
        stream,
        stream_usage,
        alternatives,
        form: Form::Text { echo },
        options,
        penalties,
        grammar,
        grammar_after: None,
        budget: None,
    })
}

/// One prompt or several, as text or as tokens.
fn prompts(app: &App, prompt: Option<Json>) -> Result<Vec<Vec<u32>>, Failure> {
    let wrong =
        || Failure::field("prompt", "must be a string, a list of strings, of tokens, or of lists of tokens");
    let model = app.scheduler.model();
    // Whoever writes a whole prompt means its control tokens.
    let encode = |text: &str| {
        let mut tokens =
            model.encode_prompt(text, true).map_err(|error| Failure::of_field(&error, "prompt"))?;
        if tokens.is_empty() {
            // A text from nothing: where no token begins texts, the one between them does, which is OpenAI's default.
            tokens.extend(model.tokenizer().ok().and_then(|tokenizer| tokenizer.eos()));
        }
        Ok(tokens)
    };
    let prompts: Vec<Vec<u32>> = match prompt.map(whole) {
        None => vec![encode("")?],
        Some(Json::String(text)) => vec![encode(&text)?],
        Some(Json::Array(items)) if items.is_empty() => return Err(wrong()),
        Some(Json::Array(items)) => match &items[0] {
            Json::Number(_) => vec![serde_json::from_value(Json::Array(items)).map_err(|_| wrong())?],
            _ => {
                let limit = app.options.choices_limit;
                if items.len() > limit {
                    return Err(Failure::field("prompt", format!("at most {limit} prompts at once")));
                }
                let each = items.into_iter().map(|item| match item {
                    Json::String(text) => encode(&text),
                    tokens => serde_json::from_value(tokens).map_err(|_| wrong()),
                });
                each.collect::<Result<_, _>>()?
            }
        },
        Some(_) => return Err(wrong()),
    };
    if prompts.iter().any(Vec::is_empty) {
        return Err(Failure::field("prompt", "must not be empty"));
    }
    Ok(prompts)
}

/// Texts that are to become vectors.
#[derive(Debug)]
pub struct Texts {
    /// Their tokens.
    pub inputs: Vec<Vec<u32>>,
    /// How many numbers of a vector are wanted; `None`: all.
    pub dimensions: Option<usize>,
    /// Whether vectors are sent as the base64 of their bytes.
    pub base64: bool,
}

/// Reads the body of a request for vectors.
pub fn embeddings(app: &App, body: &[u8]) -> Result<Texts, Failure> {
    const FIELD: &str = "input";
    let mut fields = Fields::new(body)?;
    check_model(app, &mut fields)?;
    let input = fields.take::<Json>(FIELD)?.map(whole);
    let dimensions = fields.within("dimensions", 1, app.scheduler.model().embedding_length())?;
    let base64 = match fields.take::<String>("encoding_format")?.as_deref() {
        None | Some("float") => false,
        Some("base64") => true,
        Some(_) => return Err(Failure::field("encoding_format", "must be float or base64")),
    };
    fields.finish()?;
    let wrong =
        || Failure::field(FIELD, "must be a string, a list of strings, of tokens, or of lists of tokens");
    let tokenizer = app.scheduler.model().tokenizer().map_err(|error| Failure::from(&error))?;
    // Whoever looks for a text does not mean its control tokens.
    let read = |item: Json| match item {
        Json::String(text) if text.is_empty() => Err(Failure::field(FIELD, "must not be empty")),
        Json::String(text) => {
            tokenizer.encode(&text, true, false).map_err(|error| Failure::of_field(&error, FIELD))
        }
        tokens => serde_json::from_value(tokens).map_err(|_| wrong()),
    };
    let inputs: Vec<Vec<u32>> = match input {
        Some(Json::Array(items)) if items.len() > MOST_INPUTS && !items[0].is_number() => {
            return Err(Failure::field(FIELD, format!("at most {MOST_INPUTS} texts at once")));
        }
        Some(Json::Array(items)) if !items.first().is_none_or(Json::is_number) => {
            items.into_iter().map(read).collect::<Result<_, _>>()?
        }
        Some(item @ (Json::String(_) | Json::Array(_))) => vec![read(item)?],
        _ => return Err(wrong()),
    };
    if inputs.iter().any(Vec::is_empty) {
        return Err(Failure::field(FIELD, "must not be empty"));
    }
    let vocabulary = app.scheduler.model().vocabulary_size();
    if inputs.iter().flatten().any(|token| *token as usize >= vocabulary) {
        return Err(Failure::field(FIELD, format!("its tokens must be below {vocabulary}")));
    }
    let context = app.scheduler.context();
    match inputs.iter().map(Vec::len).max() {
        Some(longest) if longest > context => Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "context_length_exceeded",
            format!("the input has {longest} tokens, and the context {context}"),
        )),
        _ => Ok(Texts { inputs, dimensions, base64 }),
    }
}

/// Whether prompts leave room for an answer.
fn check_length(app: &App, prompts: &[Vec<u32>]) -> Result<(), Failure> {
    let context = app.scheduler.context();
    match prompts.iter().map(Vec::len).max() {
        Some(longest) if longest >= context => Err(Failure::new(
            StatusCode::BAD_REQUEST,
            "context_length_exceeded",
            format!(
                "the prompt has {longest} tokens, and the context of {context} needs room for an answer too"
            ),
        )),
        _ => Ok(()),
    }
}

/// What form the answer must have.
fn grammar(app: &App, fields: &mut Fields) -> Result<Option<Grammar>, Failure> {
    const FIELD: &str = "response_format";
    let Some(format) = fields.take::<Map<String, Json>>(FIELD)? else { return Ok(None) };
    let grammars = &app.grammars;
    let text = |name: &str| {
        let text = format.get(name).and_then(Json::as_str);
        text.ok_or_else(|| Failure::field(FIELD, format!("needs a string {name:?}")))
    };
    let compiled = match format.get("type").and_then(Json::as_str) {
        Some("text") => return Ok(None),
        Some("json_object") => grammars.json_schema(&serde_json::json!({"type": "object"})),
        Some("json_schema") => {
            let described = format.get("json_schema").and_then(|described| described.get("schema"));
            let described = described.or_else(|| format.get("schema"));
            let Some(schema @ (Json::Object(_) | Json::Bool(_))) = described else {
                return Err(Failure::field(
                    FIELD,
                    "needs \"json_schema\": {\"name\": ..., \"schema\": {...}}",
                ));
            };
            grammars.json_schema(schema)
        }
        Some("regex") => grammars.regex(text("regex")?),
        Some("grammar") => match format.get("syntax").and_then(Json::as_str) {
            None | Some("lark") => grammars.lark(text("grammar")?),
            Some("gbnf") => grammars.gbnf(text("grammar")?),
            Some(_) => return Err(Failure::field(FIELD, "its syntax must be lark or gbnf")),
        },
        _ => {
            return Err(Failure::field(
                FIELD,
                "its type must be text, json_object, json_schema, regex or grammar",
            ));
        }
    };
    compiled.map(Some).map_err(|error| Failure::of_field(&error, FIELD))
}

/// Reads the body of a request for an answer in a conversation.
pub fn chat(app: &App, body: &[u8]) -> Result<Wanted, Failure> {
    let mut fields = Fields::new(body)?;
    let Common { mut options, penalties, choices, stream, stream_usage } = common(app, &mut fields)?;
    let messages = messages(fields.take::<Json>("messages")?)?;
    let old_limit = fields.within("max_tokens", 0, MOST)?;
    options.max_tokens = fields.within("max_completion_tokens", 0, MOST)?.or(old_limit);
    let wants_scores = fields.take("logprobs")?.unwrap_or(false);
    let top = fields.within("top_logprobs", 0, MOST_ALTERNATIVES)?;
    if top.is_some() && !wants_scores {
        return Err(Failure::field("top_logprobs", "needs logprobs to be true"));
    }
    let (tools, forced) = tools(app, &mut fields)?;
    let parallel = fields.take("parallel_tool_calls")?.unwrap_or(true);
    let mut variables = fields.take::<Map<String, Json>>("chat_template_kwargs")?.unwrap_or_default();
    if let Some(effort) = fields.take::<String>("reasoning_effort")? {
        let efforts = ["none", "minimal", "low", "medium", "high", "xhigh"];
        if !efforts.contains(&effort.as_str()) {
            return Err(Failure::field("reasoning_effort", format!("must be one of {}", efforts.join(", "))));
        }
        if effort == "none" {
            variables.entry("enable_thinking").or_insert(false.into());
        } else {
            variables.entry("reasoning_effort").or_insert(effort.into());
        }
    }
    let budget = fields.within("reasoning_budget", 0, MOST)?.or(app.options.reasoning_budget);
    let modalities = fields.take::<Vec<String>>("modalities")?;
    if modalities.is_some_and(|modalities| modalities != ["text"]) {
        return Err(Failure::field("modalities", "this model answers in text").code("unsupported"));
    }
    let mut grammar = grammar(app, &mut fields)?;
    fields.finish()?;
    if !forced.is_empty() {
        if grammar.is_some() {
            return Err(Failure::field(
                "response_format",
                "cannot be had together with a call that is forced",
            ));
        }
        grammar = Some(app.grammars.framed(&forced).map_err(|error| Failure::of_field(&error, "tools"))?);
    }

    let mut chat_options = ChatOptions { variables, ..ChatOptions::default() };
    let mut marked = Json::Array(tools.clone());
    app.guard.mark(&mut marked);
    if let (Json::Array(tools), true) = (marked, !tools.is_empty()) {
        chat_options.tools = Some(tools);
    }
    let prompt = render(app, messages, &chat_options)?;
    let model = app.scheduler.model();
    let tokenizer = model.tokenizer().map_err(|error| Failure::from(&error))?;
    let tokens =
        app.guard.encode(tokenizer, &prompt).map_err(|error| Failure::of_field(&error, "messages"))?;
    let prompts = vec![tokens];
    check_length(app, &prompts)?;

    let dialect = app.dialect;
    options.shown_tokens = dialect.shown_tokens(tokenizer);
    let in_reasoning = dialect.begins_in_reasoning(&prompt);
    let encode = |text: &str| tokenizer.encode(text, false, true).map_err(|error| Failure::from(&error));
    let begin = match dialect.reasoning_begin() {
        Some(begin) if !in_reasoning => Some(encode(begin)?),
        _ => None,
    };
    let budget = match (budget, dialect.reasoning_end()) {
        (Some(tokens), Some((end, next))) => {
            Some(Budget { begin, end: encode(end)?, next: encode(next)?, tokens })
        }
        _ => None,
    };
    // A model that thinks does so before the text that has a form. Whether one thinks of itself is known only when
    // it has begun, so then the grammar holds from the beginning: it does not think.
    let grammar_after = match dialect.content_begin() {
        Some(_) if dialect.has_channels() && !forced.is_empty() => None,
        Some(content) if in_reasoning || dialect.has_channels() => Some(encode(content)?),
        _ => None,
    };
    Ok(Wanted {
        prompts,
        choices,
        stream,
        stream_usage,
        alternatives: wants_scores.then_some(top.unwrap_or(0)),
        form: Form::Chat { dialect, in_reasoning, tools, parallel },
        options,
        penalties,
        grammar,
        grammar_after,
        budget,
    })
}

/// The prompt of a conversation.
fn render(app: &App, messages: Vec<Json>, options: &ChatOptions) -> Result<String, Failure> {
    let template = app.template.as_ref().map_err(|error| {
        Failure::new(StatusCode::BAD_REQUEST, "unsupported", format!("this model cannot chat: {error}"))
    })?;
    let mut marked = Json::Array(messages);
    app.guard.mark(&mut marked);
    let Json::Array(mut messages) = marked else { return Ok(String::new()) };
    // Most templates write the arguments of earlier calls as JSON themselves; some want text.
    let as_text = messages.clone();
    messages.iter_mut().for_each(parse_arguments);
    match template.render(&messages, options) {
        Ok(prompt) => Ok(prompt),
        Err(_) if messages != as_text && template.render(&as_text, options).is_ok() => {
            template.render(&as_text, options).map_err(|error| Failure::of_field(&error, "messages"))
        }
        Err(error) => Err(Failure::of_field(&error, "messages")),
    }
}

/// The arguments of a message's calls become JSON instead of text that is JSON.
fn parse_arguments(message: &mut Json) {
    let calls = message.get_mut("tool_calls").and_then(Json::as_array_mut);
    for call in calls.into_iter().flatten() {
        let Some(arguments) = call.get_mut("function").and_then(|function| function.get_mut("arguments"))
        else {
            continue;
        };
        let parsed = arguments.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok());
        if let Some(parsed) = parsed.filter(Json::is_object) {
            *arguments = parsed;
        }
    }
}

/// The messages as templates want them.
fn messages(messages: Option<Json>) -> Result<Vec<Json>, Failure> {
    const FIELD: &str = "messages";
    let Some(Json::Array(mut messages)) = messages else {
        return Err(Failure::field(FIELD, "must be a list of messages"));
    };
    if messages.is_empty() {
        return Err(Failure::field(FIELD, "must not be empty"));
    }
    for (index, message) in messages.iter_mut().enumerate() {
        let wrong = |what: &str| Failure::field(&format!("{FIELD}[{index}]"), what);
        let message = message.as_object_mut().ok_or_else(|| wrong("must be an object"))?;
        let role = match message.get("role").and_then(Json::as_str) {
            // OpenAI's newer name.
            Some("system" | "developer") => "system",
            Some("user") => "user",
            Some("assistant") => "assistant",
            Some("tool") => "tool",
            _ => return Err(wrong("its role must be system, developer, user, assistant or tool")),
        };
        message.insert("role".into(), role.into());
        let content = match message.shift_remove("content") {
            None | Some(Json::Null) if role == "assistant" => String::new(),
            Some(Json::String(text)) => text,
            Some(Json::Array(parts)) => {
                text_of(&parts).ok_or_else(|| wrong("only parts of type text are supported"))?
            }
            _ => return Err(wrong("its content must be a string or a list of parts")),
        };
        message.insert("content".into(), content.into());
        // Clients send back what they were given; templates ask whether a field is there.
        let nothing = |name: &str, value: &Json| {
            value.is_null() || name == "tool_calls" && value.as_array().is_some_and(Vec::is_empty)
        };
        message.retain(|name, value| !nothing(name, value));
        for name in ["name", "reasoning_content", "tool_call_id"] {
            if message.get(name).is_some_and(|value| !value.is_string()) {
                return Err(wrong(&format!("its {name} must be a string")));
            }
        }
        if let Some(calls) = message.get_mut("tool_calls") {
            if !calls.as_array().is_some_and(|calls| calls.iter().all(is_call)) {
                return Err(wrong(
                    "its tool_calls must be a list of {\"type\": \"function\", \"id\": ..., \"function\": {\"name\": ..., \
                     \"arguments\": ...}}, with arguments that are a string or an object",
                ));
            }
            calls.as_array_mut().into_iter().flatten().for_each(complete);
        }
    }
    Ok(messages)
}

/// Whether a call in a message is one; what it is for may be left out.
fn is_call(call: &Json) -> bool {
    let field = |name: &str| call.get(name).unwrap_or(&Json::Null);
    let function = field("function");
    let arguments = function.get("arguments").unwrap_or(&Json::Null);
    function.get("name").is_some_and(Json::is_string)
        && (arguments.is_null() || arguments.is_string() || arguments.is_object())
        && (field("id").is_null() || field("id").is_string())
        && (field("type").is_null() || field("type") == "function")
}

/// Templates write the arguments of a call whether there are any or not.
fn complete(call: &mut Json) {
    if let Some(function) = call.get_mut("function").and_then(Json::as_object_mut) {
        if function.get("arguments").is_none_or(Json::is_null) {
            function.insert("arguments".into(), "{}".into());
        }
    }
}

/// The text of a message that comes in parts.
fn text_of(parts: &[Json]) -> Option<String> {
    let text = |part: &Json| match part.get("type").and_then(Json::as_str) {
        Some("text") => part.get("text").and_then(Json::as_str).map(String::from),
        _ => None,
    };
    parts.iter().map(text).collect()
}

/// What stands before the arguments of a call, their schema, and what stands behind them.
type Frame = (String, Json, String);

/// The functions that the model may call, and those of which it must call one.
fn tools(app: &App, fields: &mut Fields) -> Result<(Vec<Json>, Vec<Frame>), Failure> {
    const CHOICE: &str = "tool_choice";
    let tools = fields.take::<Vec<Json>>("tools")?.unwrap_or_default();
    let choice = fields.take::<Json>(CHOICE)?;
    let mut functions: Vec<(&str, Json)> = Vec::new();
    for (index, tool) in tools.iter().enumerate() {
        let function =
            tool.get("function").filter(|_| tool.get("type").and_then(Json::as_str) == Some("function"));
        let name = function.and_then(|function| function.get("name")).and_then(Json::as_str);
        let field = |name: &str| function.and_then(|function| function.get(name)).unwrap_or(&Json::Null);
        let schema = match field("parameters") {
            Json::Null => Some(serde_json::json!({"type": "object"})),
            schema => Some(schema).filter(|schema| schema.is_object()).cloned(),
        };
        let described = field("description").is_null() || field("description").is_string();
        let (Some(name), Some(schema), true) = (name.filter(|name| !name.is_empty()), schema, described)
        else {
            return Err(Failure::field(
                &format!("tools[{index}]"),
                "must be {\"type\": \"function\", \"function\": {\"name\": ..., \"description\": ..., \"parameters\": {...}}}",
            ));
        };
        functions.push((name, schema));
    }
    let named = |choice: &Json| {
        let kind = choice.get("type")?.as_str()?;
        let name = choice.get("function")?.get("name")?.as_str()?;
        (kind == "function").then(|| name.to_owned())
    };
    match choice.as_ref().map(|choice| (choice.as_str(), named(choice))) {
        Some((Some("none"), _)) => return Ok((Vec::new(), Vec::new())),
        None | Some((Some("auto"), _)) => functions.clear(),
        Some((Some("required"), _)) if !functions.is_empty() => {}
        Some((None, Some(name))) if functions.iter().any(|(function, _)| *function == name) => {
            functions.retain(|(function, _)| *function == name);
        }
        _ => {
            return Err(Failure::field(
                CHOICE,
                "must be none, auto, required or {\"type\": \"function\", \"function\": {\"name\": ...}}, \
                 and of the tools that are given",
            ));
        }
    }
    if !tools.is_empty() && !app.dialect.has_calls() {
        return Err(Failure::field("tools", "this model's chat template says nothing of tool calls")
            .code("unsupported"));
    }
    let frame = |(name, schema): (&str, Json)| {
        let (before, behind) = app.dialect.call_frame(name)?;
        Some((before, schema, behind))
    };
    let forced: Option<Vec<Frame>> = functions.into_iter().map(frame).collect();
    match forced {
        Some(forced) => Ok((tools, forced)),
        None => Err(Failure::field(CHOICE, "this model's calls cannot be forced: they are not JSON")
            .code("unsupported")),
    }
}
