//! Text of a prescribed form: a JSON schema, a regular expression or a grammar says which tokens may come next.
//!
//! The crate `llguidance` does the work; this file gives it our vocabularies and makes a [`LogitsProcessor`] of it.

use super::time_limit::{TimeLimit, TimeLimits};
use super::LogitsProcessor;
use crate::model::Model;
use crate::{Error, Result};
use llguidance::api::TopLevelGrammar;
use llguidance::toktrie::{ApproximateTokEnv, TokEnv, TokRxInfo, TokTrie};
use llguidance::{Matcher, ParserFactory};
use serde_json::Value as Json;
use std::fmt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// The longest grammar or expression, in bytes: some take time that grows with the square, two seconds for this.
const LONGEST: usize = 16 << 10;

/// The longest schema, and string within one, which may be an expression.
const LONGEST_SCHEMA: usize = 64 << 10;
const LONGEST_STRING: usize = 8 << 10;

/// The stack for compiling: rules that name each other are followed by calls inside calls. Memory is taken as it is
/// used.
const STACK: usize = 128 << 20;

/// How long the first answer of a grammar may take, which is part of compiling it, and each later one.
const FIRST_LIMIT: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_millis(500);

/// How deep brackets may be nested: the parser of grammars calls itself for each.
const DEEPEST: usize = 64;

/// Compiles grammars for one model. What it needs of the vocabulary is made when it is first used.
pub struct Grammars {
    model: Model,
    limits: Arc<TimeLimits>,
    factory: OnceLock<Result<Arc<ParserFactory>, String>>,
}

/// A compiled grammar, for any number of texts.
///
/// ```no_run
/// use moesaic::generate::Grammars;
/// # fn main() -> moesaic::Result<()> {
/// let model = moesaic::Model::open("model.gguf")?;
/// let grammar = Grammars::new(&model).regex("(yes|no), [a-z ]+\\.")?;
/// let prompt = model.encode_prompt("Is the sky blue? ", false)?;
/// let mut options = moesaic::GenerateOptions::default();
/// options.logits_processors.push(grammar.processor(prompt.len(), None));
/// let mut session = model.session(Default::default())?;
/// let text: String = session.generate_from(&prompt, &options)?.collect::<moesaic::Result<_>>()?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Grammar {
    matcher: Matcher,
    limits: Arc<TimeLimits>,
    /// End tokens of the model.
    ends: Arc<[u32]>,
}

impl fmt::Debug for Grammars {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Grammars")
    }
}

impl fmt::Debug for Grammar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Grammar")
    }
}

impl Grammars {
    /// For texts of this model.
    pub fn new(model: &Model) -> Grammars {
        Grammars { model: model.clone(), limits: TimeLimits::new(), factory: OnceLock::new() }
    }

    /// JSON that a schema describes.
    ///
    /// # Errors
    /// [`Error::Input`] if the schema is none, nothing fits it, or it needs what is not supported; as do models without end tokens.
    pub fn json_schema(&self, schema: &Json) -> Result<Grammar> {
        check_schema(schema)?;
        self.compile(TopLevelGrammar::from_json_schema(schema.clone()), "JSON schema")
    }

    /// Text that a regular expression describes as a whole, in the syntax of the crate `regex`.
    ///
    /// # Errors
    /// As [`json_schema`](Self::json_schema).
    pub fn regex(&self, expression: &str) -> Result<Grammar> {
        check_text(expression, "regular expression")?;
        self.compile(TopLevelGrammar::from_regex(expression), "regular expression")
    }

    /// Text that a grammar describes, in llguidance's variant of Lark's syntax; its first rule is `start`.
    ///
    /// # Errors
    /// As [`json_schema`](Self::json_schema).
    pub fn lark(&self, grammar: &str) -> Result<Grammar> {
        check_text(grammar, "grammar")?;
        self.compile(TopLevelGrammar::from_lark(grammar.into()), "grammar")
    }

    /// Text that a grammar in llama.cpp's notation (GBNF) describes; its first rule is `root`.
    ///
    /// # Errors
    /// As [`json_schema`](Self::json_schema).
    pub fn gbnf(&self, grammar: &str) -> Result<Grammar> {
        check_text(grammar, "grammar")?;
        self.compile(TopLevelGrammar::from_lark(super::gbnf::to_lark(grammar)?), "grammar")
    }

    /// One of several frames: JSON that a schema describes, between two texts that may hold control tokens.
    ///
    /// # Errors
    /// As [`json_schema`](Self::json_schema).
    pub fn framed(&self, frames: &[(String, Json, String)]) -> Result<Grammar> {
        let mut rules = String::new();
        for (index, (before, schema, behind)) in frames.iter().enumerate() {
            check_schema(schema)?;
            let (before, behind) = (self.literal(before)?, self.literal(behind)?);
            rules += &format!("frame{index}: {before} json{index} {behind}\njson{index}: %json {schema}\n");
        }
        let names: Vec<String> = (0..frames.len()).map(|index| format!("frame{index}")).collect();
        self.compile(
            TopLevelGrammar::from_lark(format!("start: {}\n{rules}", names.join(" | "))),
            "JSON schema",
        )
    }

    /// A text in the syntax of grammars: strings, and control tokens by their numbers.
    fn literal(&self, text: &str) -> Result<String> {
        let tokenizer = self.model.tokenizer()?;
        let mut literal = String::new();
        let mut plain = Vec::new();
        let flush = |plain: &mut Vec<u8>, literal: &mut String| {
            if !plain.is_empty() {
                *literal += &format!("{} ", Json::from(String::from_utf8_lossy(plain)));
                plain.clear();
            }
        };
        for token in tokenizer.encode(text, false, true)? {
            match tokenizer.text_bytes(token) {
                Some(bytes) => plain.extend_from_slice(bytes),
                None => {
                    flush(&mut plain, &mut literal);
                    literal += &format!("<[{token}]> ");
                }
            }
        }
        flush(&mut plain, &mut literal);
        Ok(literal)
    }

    fn compile(&self, grammar: TopLevelGrammar, what: &str) -> Result<Grammar> {
        let factory = self.factory.get_or_init(|| factory(&self.model)).clone().map_err(Error::input)?;
        let failed = |error: String| {
            // The first line says what is wrong; the rest shows the grammar again.
            let line = error.lines().next().unwrap_or_default();
            Error::input(format!("the {what} cannot be used: {line}"))
        };
        let compile = || -> Result<Matcher> {
            let parser = catch_unwind(AssertUnwindSafe(|| factory.create_parser(grammar)));
            let parser = parser.map_err(|_| failed("its parser failed".into()))?;
            let mut matcher = Matcher::new(parser).into_cancellable();
            if let Some(error) = matcher.get_error() {
                return Err(failed(error));
            }
            // What cannot be met, or takes too long, is noticed here, and what is found out now every text knows.
            let limit = limit(&self.limits, &matcher, FIRST_LIMIT)?;
            let mask = limit.within(|| matcher.compute_mask_or_eos());
            let mask =
                mask.map_err(|error| failed(format!("nothing fits it, or it is too complex: {error}")))?;
            match mask.is_zero() {
                true => Err(failed("nothing fits it".into())),
                false => Ok(matcher),
            }
        };
        let matcher = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("moesaic grammar".into()).stack_size(STACK);
            let compiling = thread.spawn_scoped(scope, compile).map_err(|_| Error::OutOfMemory {
                bytes: STACK,
                what: "the stack for compiling a grammar".into(),
            })?;
            compiling.join().unwrap_or_else(|_| Err(failed("its compiler failed".into())))
        })?;
        let ends = self.model.tokenizer()?.end_tokens().into();
        Ok(Grammar { matcher, limits: self.limits.clone(), ends })
    }
}

/// The limit of each answer of a matcher.
fn limit(limits: &Arc<TimeLimits>, matcher: &Matcher, limit: Duration) -> Result<Arc<TimeLimit>> {
    // Made cancellable when it was compiled, so there is one.
    limits.watch(matcher.cancellation_handle().unwrap_or_default(), limit)
}

fn check_schema(schema: &Json) -> Result<()> {
    fn longest_string(value: &Json) -> usize {
        match value {
            Json::String(text) => text.len(),
            Json::Array(values) => values.iter().map(longest_string).max().unwrap_or(0),
            Json::Object(values) => {
                values.iter().map(|(key, value)| key.len().max(longest_string(value))).max().unwrap_or(0)
            }
            _ => 0,
        }
    }
    if longest_string(schema) > LONGEST_STRING {
        return Err(too_long("schema has a string that", LONGEST_STRING));
    }
    match schema.to_string().len() > LONGEST_SCHEMA {
        true => Err(too_long("schema", LONGEST_SCHEMA)),
        false => Ok(()),
    }
}

fn too_long(what: &str, limit: usize) -> Error {
    Error::input(format!("the {what} is longer than {limit} bytes"))
}

fn check_text(text: &str, what: &str) -> Result<()> {
    if text.len() > LONGEST {
        return Err(too_long(what, LONGEST));
    }
    let mut depth = 0usize;
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Error::input(format!(
                "the {what} has brackets inside brackets, more than {DEEPEST} deep"
            )));
        }
    }
    Ok(())
}

/// The vocabulary as llguidance wants it.
fn factory(model: &Model) -> Result<Arc<ParserFactory>, String> {
    let tokenizer = model.tokenizer().map_err(|error| error.to_string())?;
    let ends = tokenizer.end_tokens();
    let Some(&end) = ends.first() else {
        return Err("this model has no token that ends a text, so nothing can be made to end".into());
    };
    let size = u32::try_from(tokenizer.vocabulary_size()).map_err(|error| error.to_string())?;
    let words: Vec<Vec<u8>> = (0..size)
        .map(|token| match tokenizer.text_bytes(token) {
            Some(bytes) => bytes.to_vec(),
            // Control tokens are no text; grammars name them.
            None => match tokenizer.token_bytes(token, true) {
                Ok(bytes) if !bytes.is_empty() => [&[TokTrie::SPECIAL_TOKEN_MARKER], &bytes[..]].concat(),
                _ => Vec::new(),
            },
        })
        .collect();
    let made = catch_unwind(|| -> Result<ParserFactory, String> {
        let trie = TokTrie::from(&TokRxInfo::new(size, end), &words).with_eos_tokens(ends);
        let environment: TokEnv = Arc::new(ApproximateTokEnv::new(trie));
        let mut factory = ParserFactory::new_simple(&environment).map_err(|error| error.to_string())?;
        factory.quiet();
        factory.limits_mut().verbose_errors = false;
        Ok(factory)
    });
    match made {
        Ok(Ok(factory)) => Ok(Arc::new(factory)),
        Ok(Err(error)) => Err(format!("this model's vocabulary is of no use for grammars: {error}")),
        Err(_) => Err("this model's vocabulary is of no use for grammars".into()),
    }
}

impl Grammar {
    /// What makes one text behind a prompt follow the grammar; another text needs another one. Where something else
    /// comes first, such as reasoning, `after` are the tokens that end it: the grammar holds from there on.
    ///
    /// A text that is cut off, by a limit or a stop string, is only the beginning of what the grammar describes.
    pub fn processor(&self, prompt_tokens: usize, after: Option<Vec<u32>>) -> LogitsProcessor {
        let matcher = self.matcher.deep_clone();
        let state = State {
            limit: limit(&self.limits, &matcher, LIMIT),
            matcher,
            consumed: Vec::new(),
            begin: after.is_none().then_some(prompt_tokens),
        };
        let state = Mutex::new(state);
        let ends = self.ends.clone();
        let after = after.unwrap_or_default();
        LogitsProcessor::new(move |tokens, logits| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.begin.is_none() {
                let generated = tokens.get(prompt_tokens..).unwrap_or_default();
                let ended = !after.is_empty() && generated.ends_with(&after);
                if !ended {
                    return Ok(());
                }
                state.begin = Some(tokens.len());
            }
            state.process(tokens, logits, &ends)
        })
    }
}

/// Where a text is in its grammar.
struct State {
    matcher: Matcher,
    /// Why there is none, if the system had no thread for it.
    limit: Result<Arc<TimeLimit>>,
    /// What it has been told.
    consumed: Vec<u32>,
    /// The first token that the grammar holds for.
    begin: Option<usize>,
}

impl State {
    fn process(&mut self, tokens: &[u32], logits: &mut [f32], ends: &[u32]) -> Result<()> {
        let text = tokens.get(self.begin.unwrap_or(0)..).unwrap_or_default();
        let Some(new) = text.strip_prefix(&self.consumed[..]) else {
            return Err(Error::input(
                "a grammar's processor serves one text; make another one for another text",
            ));
        };
        let failed = |error: &dyn fmt::Display| {
            let error = error.to_string();
            let line = error.lines().next().unwrap_or_default().to_owned();
            Error::input(format!("the text cannot follow its grammar any further: {line}"))
        };
        let State { matcher, limit, consumed, .. } = self;
        let limit = limit.as_ref().map_err(|error| failed(error))?;
        let mask = limit.within(|| {
            matcher.consume_tokens(new)?;
            matcher.compute_mask_or_eos()
        });
        let mask = mask.map_err(|error| failed(&error))?;
        consumed.extend_from_slice(new);
        // The model may end its text with any of its end tokens where the grammar lets it end at all.
        let may_end = ends.iter().any(|end| mask.is_allowed(*end));
        let ends = if may_end { ends } else { &[] };
        let kept: Vec<Option<f32>> = ends.iter().map(|end| logits.get(*end as usize).copied()).collect();
        let known = u32::try_from(mask.len()).unwrap_or(u32::MAX);
        for (token, logit) in (0..).zip(logits.iter_mut()) {
            if token >= known || !mask.is_allowed(token) {
                *logit = f32::NEG_INFINITY;
            }
        }
        for (end, kept) in ends.iter().zip(kept) {
            if let (Some(logit), Some(kept)) = (logits.get_mut(*end as usize), kept) {
                *logit = kept;
            }
        }
        Ok(())
    }
}
