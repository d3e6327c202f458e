//! The tiny models of `tests/fixtures`: which there are, and what their logits have to be.
//!
//! Reads `manifest.json` and the reference logits that `make_reference.py` wrote. Tests only read the
//! fixtures; nothing here writes.

use moesaic::kernel::{Arithmetic, InstructionSet};
use moesaic::model::{Model, ModelOptions};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One thing that can be opened: a Hugging Face folder or a GGUF file.
pub struct Target {
    /// `model/file`, for messages.
    pub label: String,
    /// What to give to `Model::open`.
    pub path: PathBuf,
    /// Whether it holds weights in blocks of integers.
    pub quantised: bool,
    /// Prompts with the logits that `transformers` computed in float32.
    pub prompts: Vec<Prompt>,
}

/// A prompt and its reference logits.
pub struct Prompt {
    /// The tokens.
    pub tokens: Vec<u32>,
    /// `[tokens, vocabulary]`, row-major.
    pub logits: Vec<f32>,
    /// Standard deviation of all these logits: the unit of every tolerance.
    pub deviation: f64,
    /// What the layer that predicts further tokens drafts at each token but the last, `[tokens - 1, vocabulary]`;
    /// empty where the model's folder holds none.
    pub draft: Vec<f32>,
}

/// Every folder and file of the manifest.
pub fn targets() -> Vec<Target> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let manifest = std::fs::read(root.join("manifest.json")).expect("manifest.json");
    let manifest: Value = serde_json::from_slice(&manifest).expect("manifest.json is JSON");
    let mut targets = Vec::new();
    for model in list(&manifest["models"]) {
        let name = text(&model["name"]);
        let folder = root.join("models").join(name);
        if let Some(reference) = model["folder"].as_str() {
            let prompts = prompts(&folder.join(reference));
            targets.push(Target {
                label: format!("{name}/"),
                path: folder.clone(),
                quantised: model["folder_quantised"].as_bool().unwrap_or(false),
                prompts,
            });
        }
        for file in list(&model["files"]) {
            let path = text(&file["path"]);
            targets.push(Target {
                label: format!("{name}/{path}"),
                path: folder.join(path),
                quantised: file["quantised"].as_bool().expect("quantised"),
                prompts: prompts(&folder.join(text(&file["reference"]))),
            });
        }
    }
    assert!(targets.len() > 30, "the manifest lists {} targets only", targets.len());
    targets
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn prompts(path: &Path) -> Vec<Prompt> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("reference logits");
    let words = |name: &str| -> Option<Vec<[u8; 4]>> {
        let data = tensors.tensor(name).ok()?.data().to_vec();
        Some(data.chunks_exact(4).map(|word| word.try_into().expect("4 bytes")).collect())
    };
    let mut prompts = Vec::new();
    while let Some(tokens) = words(&format!("tokens_{}", prompts.len())) {
        let floats = |name: &str| -> Option<Vec<f32>> {
            Some(words(&format!("{name}_{}", prompts.len()))?.into_iter().map(f32::from_le_bytes).collect())
        };
        let logits = floats("logits").expect("logits of the prompt");
        let draft = floats("draft").unwrap_or_default();
        let deviation = deviation(&logits);
        prompts.push(Prompt {
            tokens: tokens.into_iter().map(u32::from_le_bytes).collect(),
            logits,
            deviation,
            draft,
        });
    }
    assert!(!prompts.is_empty(), "{}: no prompts", path.display());
    prompts
}

/// Standard deviation of all values together.
pub fn deviation(values: &[f32]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    (values.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Largest absolute difference; infinite if the lengths differ or a value is not a number.
pub fn largest_difference(left: &[f32], right: &[f32]) -> f64 {
    if left.len() != right.len() {
        return f64::INFINITY;
    }
    left.iter().zip(right).fold(0.0, |largest, (a, b)| {
        let difference = (f64::from(*a) - f64::from(*b)).abs();
        if difference.is_nan() {
            f64::INFINITY
        } else {
            largest.max(difference)
        }
    })
}

/// Options with this arithmetic, number of threads and instruction set (`None`: the best there is).
pub fn options(arithmetic: Arithmetic, threads: usize, set: Option<InstructionSet>) -> ModelOptions {
    let mut options = ModelOptions::default();
    options.arithmetic = arithmetic;
    options.threads = Some(threads);
    options.instruction_set = set;
    options
}

/// Opens a target with this arithmetic and number of threads.
pub fn open(target: &Target, arithmetic: Arithmetic, threads: usize) -> Model {
    open_with(target, &options(arithmetic, threads, None))
}

/// Opens a target; a failure names it.
pub fn open_with(target: &Target, options: &ModelOptions) -> Model {
    Model::open_with(&target.path, options).unwrap_or_else(|error| panic!("{}: {error}", target.label))
}
