//! `moesaic inspect`: what a file holds, and what running it would take.
//!
//! What the model itself does not say, because its family is unknown or it is damaged, comes from the
//! file's metadata, as far as that goes.

use super::options::ModelPath;
use super::output::{print, print_json, printable, Failure};
use crate::model::config::{Attention, FeedForward};
use crate::model::AvailableMemory;
use crate::quant::Format;
use crate::storage::{Archive, Description, Tensor};
use crate::{Model, ModelOptions};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Show what a model is, what its file holds, and the memory that it needs
///
/// Reads headers only. Files of an unknown family are shown as far as they can be read.
#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    model: ModelPath,

    /// Print one object, with a list of all tensors
    #[arg(long)]
    json: bool,
}

/// Contexts, in tokens, whose cache is shown: what a session has unless told otherwise, and a long text.
const SHORT: usize = 4096;
const MIDDLING: usize = 32_768;

/// The names are those of the JSON output; `None` becomes `null`.
#[derive(Default, Serialize)]
struct Report {
    path: String,
    /// Why this version cannot run it; `None` if it can.
    problem: Option<String>,
    family: Option<String>,
    name: Option<String>,
    layers: Option<usize>,
    hidden_size: Option<usize>,
    heads: Option<usize>,
    kv_heads: Option<usize>,
    attention: Option<&'static str>,
    experts: Option<usize>,
    experts_used: Option<usize>,
    context: Option<usize>,
    vocabulary: Option<usize>,
    tokenizer: Option<String>,
    chat_template: bool,
    parameters: u64,
    parameters_active: Option<u64>,
    /// Whether the file holds a layer that predicts further tokens.
    prediction: Option<bool>,
    bytes: u64,
    /// Of all tensors.
    bits_per_parameter: f64,
    formats: Vec<FormatShare>,
    memory: Memory,
    tensors: Vec<TensorEntry>,
    undecoded: Vec<String>,
}

/// Tensors of one format.
#[derive(Serialize)]
struct FormatShare {
    format: &'static str,
    tensors: usize,
    parameters: u64,
    bytes: u64,
}

/// Bytes.
#[derive(Default, Serialize)]
struct Memory {
    /// Shared with the file's pages, unless the file is read instead of mapped.
    weights: u64,
    /// `None` if the model's context is shorter.
    cache_at_4096: Option<u64>,
    /// Likewise.
    cache_at_32768: Option<u64>,
    cache_at_full_context: Option<u64>,
    /// What this process may take now; `None` where the system is not asked.
    available: Option<u64>,
    /// Whether a control group allows less than the machine has.
    available_is_limited: Option<bool>,
    /// In what is available, in tokens, weights included; 0 if these alone do not fit.
    longest_context_here: Option<usize>,
}

#[derive(Serialize)]
struct TensorEntry {
    name: String,
    format: &'static str,
    /// Outermost dimension first.
    shape: Vec<usize>,
    file: String,
    offset: usize,
    bytes: usize,
}

pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let archive = arguments.model.archive()?;
    let mut options = ModelOptions::default();
    options.threads = Some(1);
    let mut report = Report { path: arguments.model.to_string(), ..Report::default() };
    report.add_description(&archive);
    report.add_tensors(&archive);
    match Model::from_archive(&archive, &options) {
        Ok(model) => report.add_model(&model),
        Err(error) => report.problem = Some(error.to_string()),
    }
    if arguments.json {
        print_json(&report)
    } else {
        print(&report.text())
    }
}

impl Report {
    fn add_description(&mut self, archive: &Archive) {
        let lookup = Lookup(archive);
        let family = lookup.text("general.architecture", "model_type");
        // Keys of the model itself begin with its family.
        let own = |key: &str| format!("{}.{key}", family.as_deref().unwrap_or_default());
        self.name = lookup.text("general.name", "_name_or_path");
        self.layers = lookup.count(&own("block_count"), "num_hidden_layers");
        self.hidden_size = lookup.count(&own("embedding_length"), "hidden_size");
        self.heads = lookup.count(&own("attention.head_count"), "num_attention_heads");
        self.kv_heads = lookup.count(&own("attention.head_count_kv"), "num_key_value_heads");
        self.experts = lookup.count(&own("expert_count"), "num_experts");
        self.experts_used = lookup.count(&own("expert_used_count"), "num_experts_per_tok");
        self.context = lookup.count(&own("context_length"), "max_position_embeddings");
        self.vocabulary = lookup.count(&own("vocab_size"), "vocab_size");
        self.family = family;
        match &archive.description {
            Description::Gguf(metadata) => {
                if self.vocabulary.is_none() {
                    let tokens = metadata.strings("tokenizer.ggml.tokens");
                    self.vocabulary = tokens.ok().flatten().map(<[String]>::len);
                }
                let kind = lookup.text("tokenizer.ggml.model", "");
                self.tokenizer = match (kind, lookup.text("tokenizer.ggml.pre", "")) {
                    (Some(kind), Some(pre)) => Some(format!("{kind}, {pre}")),
                    (kind, _) => kind,
                };
                self.chat_template = metadata.get("tokenizer.chat_template").is_some();
            }
            Description::HuggingFace(_) => {
                let folder = match archive.path.is_dir() {
                    true => archive.path.as_path(),
                    false => archive.path.parent().unwrap_or(&archive.path),
                };
                let has = |name: &str| folder.join(name).is_file();
                self.tokenizer = has("tokenizer.json").then(|| "tokenizer.json".into());
                self.chat_template = has("chat_template.jinja")
                    || std::fs::read(folder.join("tokenizer_config.json"))
                        .ok()
                        .and_then(|text| serde_json::from_slice::<serde_json::Value>(&text).ok())
                        .is_some_and(|config| config.get("chat_template").is_some());
            }
        }
    }

    fn add_tensors(&mut self, archive: &Archive) {
        let mut shares: BTreeMap<Format, FormatShare> = BTreeMap::new();
        for tensor in archive.tensors.values() {
            let share = shares.entry(tensor.format()).or_insert(FormatShare {
                format: tensor.format().name(),
                tensors: 0,
                parameters: 0,
                bytes: 0,
            });
            share.tensors += 1;
            share.parameters += parameters(tensor);
            share.bytes += tensor.size() as u64;
        }
        self.formats = shares.into_values().collect();
        self.formats.sort_by_key(|share| std::cmp::Reverse(share.bytes));
        self.parameters = self.formats.iter().map(|share| share.parameters).sum();
        self.bytes = self.formats.iter().map(|share| share.bytes).sum();
        self.memory.weights = self.bytes;
        self.bits_per_parameter = self.bytes as f64 * 8.0 / (self.parameters.max(1)) as f64;
        let available = AvailableMemory::now();
        self.memory.available = available.map(|memory| memory.bytes);
        self.memory.available_is_limited = available.map(|memory| memory.is_limited);
        self.tensors = (archive.tensors.values())
            .map(|tensor| TensorEntry {
                name: tensor.name().into(),
                format: tensor.format().name(),
                shape: tensor.shape().to_vec(),
                file: tensor.path().display().to_string(),
                offset: tensor.range().start,
                bytes: tensor.size(),
            })
            .collect();
        self.undecoded = archive.undecoded.keys().cloned().collect();
    }

    fn add_model(&mut self, model: &Model) {
        let config = model.config();
        self.family = Some(config.family.into());
        self.layers = Some(config.layers.len());
        self.context = Some(config.context_length);
        self.vocabulary = Some(config.vocabulary_size);
        let (parameters, active) = model.parameters();
        self.parameters = parameters;
        self.parameters_active = Some(active);
        self.prediction = Some(config.prediction.is_some());
        let context = config.context_length;
        let cache_at = |tokens: usize| (context >= tokens).then(|| model.memory(tokens).cache);
        self.memory.weights = model.memory(0).weights;
        self.memory.cache_at_4096 = cache_at(SHORT);
        self.memory.cache_at_32768 = cache_at(MIDDLING);
        self.memory.cache_at_full_context = cache_at(context);
        self.memory.longest_context_here = self.memory.available.map(|bytes| model.longest_context(bytes));
        for layer in &config.layers {
            self.attention = Some(match &layer.attention {
                Attention::Latent(_) => "latent",
                _ => "grouped-query",
            });
            if let FeedForward::Experts(experts) = &layer.feed_forward {
                self.experts = Some(experts.count);
                self.experts_used = Some(experts.used);
            }
        }
    }

    fn text(&self) -> String {
        let mut lines = Lines(String::new());
        let number = |value: Option<usize>| value.map(|value| value.to_string());
        lines.add("name", self.name.clone());
        lines.add("family", self.family.clone());
        lines.add("layers", number(self.layers));
        lines.add("hidden size", number(self.hidden_size));
        let heads = |kv_heads: Option<usize>| match (kv_heads, self.attention) {
            (_, Some("latent")) => ", latent attention".into(),
            (Some(kv_heads), _) => format!(", {kv_heads} of keys and values"),
            (None, _) => String::new(),
        };
        lines.add("heads", self.heads.map(|n| format!("{n}{}", heads(self.kv_heads))));
        lines.add(
            "experts",
            self.experts.filter(|&n| n > 0).map(|n| match self.experts_used {
                Some(used) => format!("{n}, {used} of them for each token"),
                None => n.to_string(),
            }),
        );
        let active = self.parameters_active.filter(|&n| n != self.parameters);
        let active = active.map(|n| format!(", {} of them for each token", short(n)));
        let bits = format!(", {:.1} bits each", self.bits_per_parameter);
        let parameters = format!("{}{}{bits}", short(self.parameters), active.unwrap_or_default());
        lines.add("parameters", Some(parameters));
        let prediction = "a layer that predicts the token after the next one";
        lines.add("beside them", self.prediction.filter(|&has| has).map(|_| prediction.into()));
        lines.add("context", number(self.context));
        lines.add("vocabulary", number(self.vocabulary));
        lines.add("tokenizer", Some(self.tokenizer.clone().unwrap_or("none".into())));
        let yes_or_no = if self.chat_template { "yes" } else { "no" };
        lines.add("chat template", Some(yes_or_no.into()));
        for (i, share) in self.formats.iter().enumerate() {
            lines.add(
                if i == 0 { "tensors" } else { "" },
                Some(format!("{:<7} {:>5} of {:>9}", share.format, share.tensors, size(share.bytes))),
            );
        }
        if !self.undecoded.is_empty() {
            lines.add("", Some(format!("{} not decoded", self.undecoded.len())));
        }
        lines.add(
            "memory",
            Some(format!("{:>9} for weights, in the file's own pages", size(self.memory.weights))),
        );
        let cache = |at: String| move |bytes: u64| format!("{:>9} for the cache of {at} tokens", size(bytes));
        lines.add("", self.memory.cache_at_4096.map(cache(SHORT.to_string())));
        lines.add("", self.memory.cache_at_32768.map(cache(MIDDLING.to_string())));
        if let Some(context) = self.context.filter(|context| ![SHORT, MIDDLING].contains(context)) {
            lines.add("", self.memory.cache_at_full_context.map(cache(context.to_string())));
        }
        lines.add("here", self.memory.here(self.context));
        lines.add("does not run", self.problem.clone());
        lines.0
    }
}

impl Memory {
    /// Whether the model fits what is available.
    fn here(&self, context: Option<usize>) -> Option<String> {
        let available = self.available?;
        let whose = match self.available_is_limited {
            Some(true) => "this process may take",
            _ => "are available",
        };
        let verdict = match (self.longest_context_here?, context) {
            (0, _) => "it does not fit: the weights would come from the disk again and again".into(),
            (longest, Some(context)) if longest >= context => "it fits, with its whole context".into(),
            (longest, _) => format!("it fits, with up to {longest} tokens"),
        };
        Some(format!("{:>9} {whose}: {verdict}", size(available)))
    }
}

/// Lines of a name and a value.
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: Option<String>) {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            let _ = writeln!(self.0, "{name:<14} {}", printable(&value));
        }
    }
}

/// Values of a description by the key that GGUF or else Hugging Face gives them. What has the wrong type
/// counts as absent here: whoever opens the model says so.
struct Lookup<'a>(&'a Archive);

impl Lookup<'_> {
    fn text(&self, gguf: &str, hugging_face: &str) -> Option<String> {
        match &self.0.description {
            Description::Gguf(metadata) => metadata.string(gguf).ok()?.map(str::to_owned),
            Description::HuggingFace(config) => {
                let text = config.get(hugging_face)?.as_str()?;
                Some(text.into()).filter(|text: &String| !text.is_empty())
            }
        }
    }

    /// A number; of an array of numbers, one for each layer, the largest.
    fn count(&self, gguf: &str, hugging_face: &str) -> Option<usize> {
        match &self.0.description {
            Description::Gguf(metadata) => {
                let numbers = metadata.integers(gguf).ok()??;
                usize::try_from(numbers.into_iter().max()?).ok()
            }
            Description::HuggingFace(config) => usize::try_from(config.get(hugging_face)?.as_u64()?).ok(),
        }
    }
}

fn parameters(tensor: &Tensor) -> u64 {
    tensor.shape().iter().map(|&n| n as u64).product()
}

/// A count in three digits or so.
fn short(count: u64) -> String {
    let count = count as f64;
    match count {
        n if n >= 1e9 => format!("{:.2} billion", n / 1e9),
        n if n >= 1e6 => format!("{:.1} million", n / 1e6),
        n => format!("{n}"),
    }
}

/// A size in decimal units, as disks and bandwidths are given.
fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        n if n >= 1e9 => format!("{:.2} GB", n / 1e9),
        n if n >= 1e6 => format!("{:.1} MB", n / 1e6),
        n => format!("{:.1} kB", n / 1e3),
    }
}
