//! Chat templates: a conversation becomes the text that the model was trained to answer, by the Jinja template
//! that its own files carry. How that language is set up is in `jinja`.
//!
//! Templates are programs from strangers: they reach nothing but what they are given, and are stopped when they
//! take too long or write too much.

use super::{jinja, Tokenizer};
use crate::setters::setters;
use crate::storage::{printable, read_small, Archive, Description, Metadata, Value as MetadataValue};
use crate::{Error, Result};
use minijinja::ErrorKind;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The longest template so far takes 25,000 bytes.
const LONGEST_TEMPLATE: usize = 1 << 20;

/// The limit of a whole conversation; the longest contexts are some megabytes of text.
const LONGEST_TEXT: usize = 64 << 20;

pub(super) const DEFAULT: &str = "default";
const WITH_TOOLS: &str = "tool_use";
pub(super) const GGUF_KEY: &str = "tokenizer.chat_template";

/// The names under which callers pass reasoning: the first is the usual one, and what templates read.
const REASONING: [&str; 3] = ["reasoning_content", "thinking", "reasoning"];

/// A message of a conversation: who says what. Everything else that a template may read (tool calls, reasoning,
/// parts that are not text) goes as a [`serde_json::Value`] instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Usually `system`, `user` or `assistant`.
    pub role: String,
    /// The text.
    pub content: String,
}

impl Message {
    /// A message.
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Message {
        Message { role: role.into(), content: content.into() }
    }
}

/// How to render a conversation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChatOptions {
    /// End with what begins the model's answer; on by default, since an answer is usually wanted.
    pub add_generation_prompt: bool,
    /// Descriptions of the functions that the model may call, as JSON schemas.
    pub tools: Option<Vec<Json>>,
    /// Texts for models that answer from documents.
    pub documents: Option<Vec<Json>>,
    /// Further variables that a template may ask for, such as `enable_thinking`.
    pub variables: serde_json::Map<String, Json>,
    /// The name of a template, where the model has several. `None`: `tool_use` for a conversation with tools if
    /// there is one, and otherwise `default`.
    pub template: Option<String>,
    /// What templates that print the date take for now; `None`: the system's clock.
    pub now: Option<SystemTime>,
}

setters!(ChatOptions {
    with_generation_prompt: add_generation_prompt, bool;
    with_tools: tools, Option<Vec<Json>>;
    with_documents: documents, Option<Vec<Json>>;
    with_variables: variables, serde_json::Map<String, Json>;
    with_template: template, Option<String>;
    with_now: now, Option<SystemTime>;
});

impl Default for ChatOptions {
    fn default() -> ChatOptions {
        ChatOptions {
            add_generation_prompt: true,
            tools: None,
            documents: None,
            variables: serde_json::Map::new(),
            template: None,
            now: None,
        }
    }
}

/// A model's chat template, or its several by name.
///
/// ```no_run
/// use moesaic::text::{ChatOptions, Message};
/// # fn main() -> moesaic::Result<()> {
/// let model = moesaic::Model::open("model.gguf")?;
/// let messages = [Message::new("user", "Why is the sky blue?")];
/// let prompt = model.chat_template()?.render(&messages, &ChatOptions::default())?;
/// // The template writes the special tokens, the first one included.
/// let tokens = model.tokenizer()?.encode(&prompt, false, true)?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ChatTemplate {
    /// The file, for error messages.
    path: PathBuf,
    templates: BTreeMap<String, String>,
    /// `bos_token` and the like.
    special_tokens: BTreeMap<String, String>,
}

/// Where a model's templates are; they are read when somebody wants to chat.
#[derive(Clone, Debug)]
pub(crate) enum ChatSource {
    /// Metadata by template name.
    Gguf(PathBuf, BTreeMap<String, String>),
    /// A Hugging Face folder.
    Folder(PathBuf),
}

impl ChatSource {
    pub(crate) fn new(archive: &Archive) -> ChatSource {
        let path = &archive.path;
        match &archive.description {
            Description::Gguf(metadata) => ChatSource::Gguf(path.clone(), gguf_templates(metadata)),
            Description::HuggingFace(_) if path.is_dir() => ChatSource::Folder(path.clone()),
            Description::HuggingFace(_) => ChatSource::Folder(path.parent().unwrap_or(path).to_path_buf()),
        }
    }

    pub(crate) fn read(&self, tokenizer: &Tokenizer) -> Result<ChatTemplate> {
        let template = match self {
            ChatSource::Gguf(path, templates) => ChatTemplate {
                path: path.clone(),
                templates: templates.clone(),
                special_tokens: special_tokens(&Json::Null, tokenizer),
            },
            ChatSource::Folder(folder) => read_folder(folder, tokenizer)?,
        };
        if template.templates.is_empty() {
            return Err(Error::Unsupported {
                path: template.path,
                what: "carries no chat template: it is a model that continues texts; give it one to continue"
                    .into(),
            });
        }
        Ok(template)
    }
}

impl ChatTemplate {
    /// A template that the caller has at hand. `special_tokens` are variables such as `bos_token`; `name` stands
    /// in error messages.
    pub fn new(
        name: impl Into<PathBuf>,
        source: impl Into<String>,
        special_tokens: impl IntoIterator<Item = (String, String)>,
    ) -> ChatTemplate {
        ChatTemplate {
            path: name.into(),
            templates: BTreeMap::from([(DEFAULT.into(), source.into())]),
            special_tokens: special_tokens.into_iter().collect(),
        }
    }

    /// The names of its templates; one alone is called `default`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.keys().map(String::as_str)
    }

    /// The text of a template, by its name; `None` for the one that stands for all. `None` if there is none of that name.
    pub fn source(&self, name: Option<&str>) -> Option<&str> {
        let name = name.unwrap_or(if self.templates.contains_key(DEFAULT) { DEFAULT } else { WITH_TOOLS });
        self.templates.get(name).map(String::as_str)
    }

    /// The text of a conversation. Each message is a [`Message`], or a [`serde_json::Value`] with whatever else the
    /// template reads, as `transformers` takes it.
    ///
    /// The text holds everything that the model wants before its answer, the beginning-of-text token included:
    /// encode it with `add_special: false` and `parse_special: true`. What a message says is not escaped, no
    /// template does that: a message with the text of a control token becomes that token.
    ///
    /// # Errors
    /// [`Error::ChatTemplate`] if the template refuses the conversation, fails, takes too long or writes too
    /// much; [`Error::Input`] if there is no template of the name asked for, or a message is not an object.
    pub fn render(&self, messages: &[impl Serialize], options: &ChatOptions) -> Result<String> {
        let source = self.choose(options)?;
        let mut rendered = Vec::with_capacity(messages.len());
        for message in messages {
            let message = serde_json::to_value(message)
                .map_err(|error| Error::input(format!("message {} is not JSON: {error}", rendered.len())))?;
            let Json::Object(message) = message else {
                return Err(Error::input(format!("message {} is not an object", rendered.len())));
            };
            rendered.push(Json::Object(with_reasoning(message)));
        }
        let mut variables: serde_json::Map<String, Json> = serde_json::Map::new();
        for (name, text) in &self.special_tokens {
            variables.insert(name.clone(), text.as_str().into());
        }
        variables.extend(options.variables.clone());
        variables.insert("messages".into(), rendered.into());
        variables.insert("tools".into(), options.tools.clone().into());
        variables.insert("documents".into(), options.documents.clone().into());
        variables.insert("add_generation_prompt".into(), options.add_generation_prompt.into());
        let variables = Json::Object(variables);

        let bytes = size(&variables);
        let now = options.now.unwrap_or_else(SystemTime::now);
        let text = jinja::render(source, variables, bytes, now).map_err(|failure| match failure {
            jinja::Failure::Template(error) => self.error(&error),
            jinja::Failure::Stack(bytes) => Error::OutOfMemory {
                bytes,
                what: "the stack of a chat template, which grows with the conversation".into(),
            },
        })?;
        if text.len() > LONGEST_TEXT {
            return Err(Error::ChatTemplate {
                path: self.path.clone(),
                line: 0,
                what: format!("wrote {} bytes; at most {LONGEST_TEXT} are a conversation", text.len()),
            });
        }
        Ok(text)
    }

    fn choose(&self, options: &ChatOptions) -> Result<&str> {
        let tools = options.tools.is_some() && self.templates.contains_key(WITH_TOOLS);
        let name = options.template.as_deref().unwrap_or(if tools { WITH_TOOLS } else { DEFAULT });
        self.templates.get(name).map(String::as_str).ok_or_else(|| {
            let names: Vec<String> = self.names().map(printable).collect();
            Error::input(format!(
                "{}: there is no chat template {name:?}; there are: {}",
                self.path.display(),
                names.join(", ")
            ))
        })
    }

    fn error(&self, error: &minijinja::Error) -> Error {
        let what = match error.kind() {
            ErrorKind::OutOfFuel => "takes too many steps: it loops, or the conversation is too long".into(),
            _ => {
                let mut what = printable(error.detail().unwrap_or_default());
                if what.is_empty() {
                    what = error.kind().to_string();
                }
                let mut cause = std::error::Error::source(error);
                while let Some(error) = cause {
                    what = format!("{what}: {}", printable(&error.to_string()));
                    cause = error.source();
                }
                what
            }
        };
        Error::ChatTemplate { path: self.path.clone(), line: error.line().unwrap_or(0), what }
    }
}

/// A message whose reasoning has all the names that templates know it by.
fn with_reasoning(mut message: serde_json::Map<String, Json>) -> serde_json::Map<String, Json> {
    let reasoning = REASONING.iter().find_map(|name| message.get(*name).filter(|value| !value.is_null()));
    if let Some(reasoning) = reasoning.cloned() {
        message.entry("thinking").or_insert_with(|| reasoning.clone());
        message.insert(REASONING[0].into(), reasoning);
    }
    message
}

/// The templates of a folder by name; none if it has none.
pub(super) fn folder_templates(folder: &Path, tokenizer: &Tokenizer) -> Result<BTreeMap<String, String>> {
    Ok(read_folder(folder, tokenizer)?.templates)
}

/// About the bytes that a value takes.
fn size(value: &Json) -> usize {
    match value {
        Json::String(text) => text.len(),
        Json::Array(values) => values.iter().map(|value| 64 + size(value)).sum(),
        Json::Object(values) => values.iter().map(|(key, value)| 64 + key.len() + size(value)).sum(),
        _ => 0,
    }
}

/// `tokenizer.chat_template`, and `tokenizer.chat_template.NAME`.
fn gguf_templates(metadata: &Metadata) -> BTreeMap<String, String> {
    let mut templates = BTreeMap::new();
    for (key, value) in metadata.iter() {
        let name = match key.strip_prefix(GGUF_KEY) {
            Some("") => DEFAULT,
            Some(rest) => match rest.strip_prefix('.') {
                Some(name) => name,
                None => continue,
            },
            None => continue,
        };
        // A key of another type is none; a longer text no template.
        if let MetadataValue::String(source) = value {
            if source.len() <= LONGEST_TEMPLATE {
                templates.insert(name.into(), source.clone());
            }
        }
    }
    templates
}

/// `chat_template.jinja` and `additional_chat_templates/NAME.jinja`, or else what `tokenizer_config.json` says.
fn read_folder(folder: &Path, tokenizer: &Tokenizer) -> Result<ChatTemplate> {
    let config_path = folder.join("tokenizer_config.json");
    let config: Json = match read_text(&config_path)? {
        None => Json::Null,
        Some(text) => serde_json::from_str(&text).map_err(|error| Error::Unsupported {
            path: config_path.clone(),
            what: format!("is not JSON: {error}"),
        })?,
    };
    let mut template = ChatTemplate {
        path: folder.to_path_buf(),
        templates: BTreeMap::new(),
        special_tokens: special_tokens(&config, tokenizer),
    };
    let path = folder.join("chat_template.jinja");
    if let Some(source) = read_text(&path)? {
        template.path = path;
        template.templates.insert(DEFAULT.into(), source);
        // Folders without further templates have no such folder.
        for entry in folder.join("additional_chat_templates").read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            if let (Some(name), Some("jinja")) = (name, path.extension().and_then(|ending| ending.to_str())) {
                if let Some(source) = read_text(&path)? {
                    template.templates.insert(name.into(), source);
                }
            }
        }
        return Ok(template);
    }
    template.path = config_path;
    match &config["chat_template"] {
        Json::String(source) => {
            template.templates.insert(DEFAULT.into(), source.clone());
        }
        Json::Array(named) => {
            for entry in named {
                if let (Some(name), Some(source)) = (entry["name"].as_str(), entry["template"].as_str()) {
                    template.templates.insert(name.into(), source.into());
                }
            }
        }
        _ => {}
    }
    Ok(template)
}

/// A file's text; `None` if there is no such file.
fn read_text(path: &Path) -> Result<Option<String>> {
    // `tokenizer_config.json` holds the template among other things, thousands of added tokens sometimes.
    let bytes = match read_small(path, 64 * LONGEST_TEMPLATE) {
        Ok(bytes) => bytes,
        Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|error| Error::Malformed {
        path: path.into(),
        offset: error.utf8_error().valid_up_to() as u64,
        what: "is not UTF-8 text".into(),
    })
}

/// `bos_token` and the like, as `tokenizer_config.json` has them; the tokenizer's own where it says nothing.
fn special_tokens(config: &Json, tokenizer: &Tokenizer) -> BTreeMap<String, String> {
    let mut tokens = BTreeMap::new();
    for name in ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"] {
        // Either the text or a description that holds it.
        let value = &config[name];
        if let Some(text) = value.as_str().or_else(|| value["content"].as_str()) {
            tokens.insert(name.into(), text.into());
        }
    }
    for (name, token) in [("bos_token", tokenizer.bos()), ("eos_token", tokenizer.eos())] {
        let said = config.get(name).is_some();
        if let Some(Ok(text)) = token.filter(|_| !said).map(|token| tokenizer.token_bytes(token, true)) {
            tokens.insert(name.into(), String::from_utf8_lossy(&text).into_owned());
        }
    }
    tokens
}
