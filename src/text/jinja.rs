//! Jinja as `transformers` sets it up for chat templates, bounded in time and memory: what differs from the
//! crate `minijinja`'s own ways. Knows nothing of models and conversations.
//!
//! The reference is `transformers/utils/chat_template_utils.py`, where templates run in jinja2.

use chrono::{DateTime, Local};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{from_args, Kwargs, Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State};
use regex::Regex;
use std::fmt::Write;
use std::time::SystemTime;

/// Steps that any template may take: some ten times what the longest ones need for their tools and for the
/// formatting around a conversation. One step also pays for 64 bytes of new text, so this bounds memory too.
const BASE_FUEL: u64 = 500_000;

/// Further steps for each byte of what the template is given: enough to copy it dozens of times.
const FUEL_PER_BYTE: u64 = 1;

/// A template can put a value into a list again and again, and taking that apart calls itself for each of them:
/// one in six steps at most, and less than two kilobytes of stack each. It is address space, and not memory, until
/// a template does so.
const STACK_PER_STEP: u64 = 512;

/// The deepest nesting that `tojson` writes; serde_json reads 128 levels.
const DEEPEST_JSON: usize = 256;

/// Why there is no text.
pub(super) enum Failure {
    Template(Error),
    /// No thread with a stack of so many bytes.
    Stack(usize),
}

/// Renders a template that comes from a stranger, for variables of about `bytes` bytes. `now` is what
/// `strftime_now` tells.
pub(super) fn render(
    source: &str,
    variables: serde_json::Value,
    bytes: usize,
    now: SystemTime,
) -> Result<String, Failure> {
    let source = without_generation_blocks(source);
    let fuel = BASE_FUEL.saturating_add(FUEL_PER_BYTE.saturating_mul(bytes as u64));
    let stack = usize::try_from(fuel.saturating_mul(STACK_PER_STEP)).unwrap_or(usize::MAX);
    std::thread::scope(|scope| {
        let work = || environment(fuel, now).render_str(&source, Value::from(Serde(variables)));
        let thread = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, work);
        let joined = thread.map_err(|_| Failure::Stack(stack))?.join();
        let panicked = |_| Error::new(ErrorKind::InvalidOperation, "the crate minijinja panics on it");
        joined.map_err(panicked).and_then(|text| text).map_err(Failure::Template)
    })
}

fn environment(fuel: u64, now: SystemTime) -> Environment<'static> {
    let mut environment = Environment::new();
    // Cannot fail: the delimiters stay as they are.
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(fuel));
    // Errors would keep the template's values, to be taken apart by the caller, on a stack that is too small.
    environment.set_debug(false);
    environment.set_formatter(|out, state, value| Ok(out.write_str(&text(state, value)?)?));
    environment.set_unknown_method_callback(unknown_method);
    environment.add_function("raise_exception", raise_exception);
    environment.add_function("strftime_now", move |format: &str| strftime(now, format));
    environment.add_filter("tojson", tojson);
    environment.add_filter("string", |state: &State, value: Value| text(state, &value));
    environment.add_filter("default", default);
    environment.add_filter("d", default);
    environment.add_test("sequence", is_sequence);
    environment.add_test("iterable", is_iterable);
    environment
}

/// The template with its `{% generation %}` blocks, which mark what the model said, as plain scopes.
fn without_generation_blocks(source: &str) -> String {
    let mut source = source.to_owned();
    for (tag, scope) in [("generation", "with"), ("endgeneration", "endwith")] {
        // The expressions are constants; were one wrong, the template would name the unknown block.
        if let Ok(expression) = Regex::new(&format!(r"\{{%([-+]?)\s*{tag}\s*([-+]?)%\}}")) {
            let replacement = format!("{{%${{1}} {scope} ${{2}}%}}");
            source = expression.replace_all(&source, replacement).into_owned();
        }
    }
    source
}

fn raise_exception(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

/// The local time in the format of C's `strftime`.
fn strftime(now: SystemTime, format: &str) -> Result<String, Error> {
    let mut text = String::new();
    let unknown = |_| Error::new(ErrorKind::InvalidOperation, "strftime_now: unknown format");
    write!(text, "{}", DateTime::<Local>::from(now).format(format)).map_err(unknown)?;
    Ok(text)
}

/// The text of a value.
fn text(state: &State, value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    if value.is_number() {
        return Ok(number(value));
    }
    let mut writer = PaidText { state, text: String::new() };
    match write!(writer, "{value}") {
        Ok(()) => Ok(writer.text),
        Err(_) => Err(Error::from(ErrorKind::OutOfFuel)),
    }
}

/// Text that is paid for while it grows: a small list may hold another one many times, and that again.
struct PaidText<'a> {
    state: &'a State<'a, 'a>,
    text: String,
}

impl std::fmt::Write for PaidText<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.state.consume_fuel(1 + (text.len() / 64) as u64).map_err(|_| std::fmt::Error)?;
        self.text.push_str(text);
        Ok(())
    }
}

/// Jinja's filter, whose arguments have names.
fn default(
    value: Value,
    other: Option<Value>,
    boolean: Option<bool>,
    options: Kwargs,
) -> Result<Value, Error> {
    let other = match other {
        Some(other) => other,
        None => options.get::<Option<Value>>("default_value")?.unwrap_or_else(|| "".into()),
    };
    let boolean = match boolean {
        Some(boolean) => boolean,
        None => options.get::<Option<bool>>("boolean")?.unwrap_or(false),
    };
    options.assert_all_used()?;
    Ok(if value.is_undefined() || (boolean && !value.is_true()) { other } else { value })
}

/// Jinja's test is whether Python could take a length and an element.
fn is_sequence(value: &Value) -> bool {
    matches!(
        value.kind(),
        ValueKind::Seq | ValueKind::Map | ValueKind::String | ValueKind::Bytes | ValueKind::Undefined
    )
}

/// Jinja's test is whether Python could loop over it.
fn is_iterable(value: &Value) -> bool {
    !value.is_none() && value.try_iter().is_ok()
}

/// Python's methods.
fn unknown_method(
    state: &mut State,
    value: &Value,
    method: &str,
    arguments: &[Value],
) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        match method {
            "removeprefix" => {
                let (prefix,): (&str,) = from_args(arguments)?;
                return Ok(text.strip_prefix(prefix).unwrap_or(text).into());
            }
            "removesuffix" => {
                let (suffix,): (&str,) = from_args(arguments)?;
                return Ok(text.strip_suffix(suffix).unwrap_or(text).into());
            }
            _ => {}
        }
    }
    minijinja_contrib::pycompat::unknown_method_callback(state, value, method, arguments)
}

/// Python's `json.dumps`, with the arguments that `transformers` lets templates give.
fn tojson(
    state: &State,
    value: &Value,
    ensure_ascii: Option<bool>,
    indent: Option<Value>,
    options: Kwargs,
) -> Result<String, Error> {
    let indent = match indent {
        Some(indent) => Some(indent),
        None => options.get::<Option<Value>>("indent")?,
    };
    let indent = match indent.filter(|indent| !indent.is_none()) {
        None => None,
        Some(indent) => Some(match indent.as_str() {
            Some(text) => text.to_owned(),
            None => " ".repeat(usize::try_from(indent)?.min(100)),
        }),
    };
    let separators = options.get::<Option<Vec<String>>>("separators")?;
    let (item, key) = match separators.as_deref() {
        Some([item, key]) => (item.clone(), key.clone()),
        Some(_) => {
            return Err(Error::new(ErrorKind::InvalidOperation, "tojson: separators are two texts"));
        }
        None if indent.is_some() => (",".into(), ": ".into()),
        None => (", ".into(), ": ".into()),
    };
    let mut json = Json {
        state,
        ensure_ascii: match ensure_ascii {
            Some(ensure_ascii) => ensure_ascii,
            None => options.get::<Option<bool>>("ensure_ascii")?.unwrap_or(false),
        },
        sort_keys: options.get::<Option<bool>>("sort_keys")?.unwrap_or(false),
        indent,
        item,
        key,
        text: String::new(),
        paid: 0,
    };
    options.assert_all_used()?;
    json.value(value, 0)?;
    Ok(json.text)
}

/// JSON on its way.
struct Json<'a> {
    state: &'a State<'a, 'a>,
    ensure_ascii: bool,
    sort_keys: bool,
    indent: Option<String>,
    item: String,
    key: String,
    text: String,
    /// How many bytes of the text are paid for.
    paid: usize,
}

impl Json<'_> {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > DEEPEST_JSON {
            return Err(Error::new(ErrorKind::InvalidOperation, "tojson: nested too deeply"));
        }
        // A small value may hold itself many times: paid for while it grows, not afterwards.
        self.state.consume_fuel(1 + ((self.text.len() - self.paid) / 64) as u64)?;
        self.paid = self.text.len();
        let unknown = |kind: ValueKind| {
            let what = format!("tojson: values of the kind {kind} are not JSON");
            Err(Error::new(ErrorKind::InvalidOperation, what))
        };
        match value.kind() {
            ValueKind::None => self.text.push_str("null"),
            ValueKind::Bool => self.text.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.text.push_str(&number(value)),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq => {
                let mut first = true;
                self.text.push('[');
                for element in value.try_iter()? {
                    self.between(&mut first, depth + 1);
                    self.value(&element, depth + 1)?;
                }
                self.close(first, depth, ']');
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort_keys {
                    keys.sort();
                }
                let mut first = true;
                self.text.push('{');
                for key in keys {
                    self.between(&mut first, depth + 1);
                    match key.kind() {
                        ValueKind::String => self.string(key.as_str().unwrap_or_default()),
                        ValueKind::None => self.text.push_str("\"null\""),
                        ValueKind::Bool => self.string(if key.is_true() { "true" } else { "false" }),
                        ValueKind::Number => self.string(&number(&key)),
                        kind => return unknown(kind),
                    }
                    self.text.push_str(&self.key);
                    self.value(&value.get_item(&key)?, depth + 1)?;
                }
                self.close(first, depth, '}');
            }
            kind => return unknown(kind),
        }
        Ok(())
    }

    /// What stands before an element.
    fn between(&mut self, first: &mut bool, depth: usize) {
        if !std::mem::take(first) {
            self.text.push_str(&self.item);
        }
        self.new_line(depth);
    }

    fn close(&mut self, empty: bool, depth: usize, bracket: char) {
        if !empty {
            self.new_line(depth);
        }
        self.text.push(bracket);
    }

    fn new_line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.text.push('\n');
            (0..depth).for_each(|_| self.text.push_str(indent));
        }
    }

    fn string(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{c}' => self.text.push_str("\\f"),
                _ if character < ' ' || (self.ensure_ascii && character > '~') => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        // Writing to a string cannot fail.
                        let _ = write!(self.text, "\\u{unit:04x}");
                    }
                }
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
    }
}

/// A number as Python writes it.
fn number(value: &Value) -> String {
    if value.is_integer() {
        return value.to_string();
    }
    let Ok(float) = f64::try_from(value.clone()) else { return value.to_string() };
    if float.is_nan() {
        return "NaN".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    // Both languages write the shortest digits that give the number again, and differ in the exponent.
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return format!("{float:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}
