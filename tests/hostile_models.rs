//! Sound files with hostile descriptions: every metadata number at its extremes, every key and tensor
//! missing, weights that are not numbers. Opening and running must end in a result or a clear error,
//! never in a panic (which `forward` reports as `Error::Internal`) or an endless loop.

use moesaic::kernel::Arithmetic;
use moesaic::model::{Logits, Model, ModelOptions, PredictionStep, Step};
use moesaic::storage::{Access, Archive, Description, GgufWriter, Tensor, Value};
use moesaic::Error;
use std::path::{Path, PathBuf};

/// One model of each form of description.
const MODELS: [&str; 8] =
    ["qwen2-text", "qwen2moe", "llama3", "deepseek2-groups", "deepseek3", "granitemoe", "glm4moe", "gpt-oss"];

fn fixture(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(model)
}

/// Opens the model and runs three tokens in each arithmetic.
fn survive(path: &Path) -> Result<(), Error> {
    for arithmetic in [Arithmetic::Int8, Arithmetic::Float32] {
        let mut options = ModelOptions::default();
        options.threads = Some(1);
        options.access = Access::Read;
        options.arithmetic = arithmetic;
        let model = Model::open_with(path, &options)?;
        let mut cache = model.cache(3.min(model.context_length()))?;
        let tokens = [1, 0, 2];
        model.forward(&mut [Step { cache: &mut cache, tokens: &tokens, logits: Logits::All }], &|| false)?;
        assert!(!model.cost(model.context_length(), 1, 1).bytes.to_string().is_empty());
        assert!(model.parameters().0 > 0);
        assert!(model.longest_context(1 << 30) <= model.context_length());
        if let Err(error) = draft(path, options) {
            assert!(!matches!(error, Error::Internal { .. }), "{error}");
        }
    }
    Ok(())
}

/// Runs what predicts further tokens, where the file holds it.
fn draft(path: &Path, mut options: ModelOptions) -> Result<(), Error> {
    options.prediction = true;
    let model = Model::open_with(path, &options)?;
    let hidden = vec![0.5; 2 * model.config().embedding_length];
    let mut cache = model.prediction_cache(2.min(model.context_length()))?;
    let step = PredictionStep { cache: &mut cache, hidden: &hidden, tokens: &[1, 0], logits: Logits::All };
    model.predict(&mut [step], &|| false).map(drop)
}

/// As `survive`, and an error must not be a defect and must say what it is about.
fn survive_clearly(path: &Path, about: &str) {
    if let Err(error) = survive(path) {
        let text = error.to_string();
        assert!(!matches!(error, Error::Internal { .. }), "{about}: {text}");
        assert!(text.len() > 10 && !text.contains('\n'), "{about}: {text}");
    }
}

/// Writes the archive again with other metadata and tensors.
fn rewrite(
    path: &Path,
    archive: &Archive,
    change_value: impl Fn(&str, Value) -> Option<Value>,
    change_tensor: impl Fn(&Tensor) -> Option<Vec<u8>>,
) {
    let Description::Gguf(metadata) = &archive.description else { panic!("a GGUF fixture") };
    let mut writer = GgufWriter::new();
    for key in metadata.keys() {
        let value = metadata.get(key).expect("a key of the file").clone();
        if let Some(value) = change_value(key, value) {
            writer.metadata(key, value).expect("a metadata key");
        }
    }
    let tensors: Vec<(&Tensor, Vec<u8>)> =
        archive.tensors.values().filter_map(|tensor| Some((tensor, change_tensor(tensor)?))).collect();
    for (tensor, _) in &tensors {
        writer.tensor(tensor.name(), tensor.shape(), tensor.format()).expect("a tensor");
    }
    let mut data = writer.begin(Vec::new()).expect("a header");
    for (_, bytes) in &tensors {
        data.write(bytes).expect("a tensor's data");
    }
    std::fs::write(path, data.finish().expect("the whole file")).expect("a file");
}

fn same(tensor: &Tensor) -> Option<Vec<u8>> {
    Some(tensor.bytes().to_vec())
}

/// Whether a tensor is of the block behind the last layer, which predicts further tokens.
fn is_left_alone(model: &str, tensor: &str) -> bool {
    ["glm4moe", "deepseek3"].contains(&model) && tensor.starts_with("blk.3.")
}

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.gguf");
    (folder, path)
}

fn open_fixture(model: &str) -> Archive {
    Archive::open(&fixture(model).join("f32.gguf"), Access::Read).expect("a fixture")
}

/// Values that break arithmetic, of the type that the file has.
fn extremes(value: &Value) -> Vec<Value> {
    let whole = [0, 1, 2, 3, 5, 31, 33, 255, 65_537, 0x7fff_ffff, 0x8000_0000, u32::MAX];
    match value {
        Value::U32(_) => {
            let mut values: Vec<Value> = whole.into_iter().map(Value::U32).collect();
            values.extend([
                Value::U64(u64::MAX),
                Value::U64(1 << 63),
                Value::I32(-1),
                Value::String("x".into()),
            ]);
            values
        }
        Value::F32(_) => {
            [0.0, -1.0, 1e-45, 1e38, f32::NAN, f32::INFINITY, f32::NEG_INFINITY].map(Value::F32).to_vec()
        }
        Value::Bool(flag) => vec![Value::Bool(!flag), Value::U32(7)],
        Value::String(_) => ["", "yarn", "linear", "\u{0}"].map(|text| Value::String(text.into())).to_vec(),
        _ => vec![Value::U32(1)],
    }
}

#[test]
fn every_metadata_number_at_its_extremes() {
    let (_folder, path) = scratch();
    let mut cases = 0;
    for model in MODELS {
        let archive = open_fixture(model);
        let Description::Gguf(metadata) = &archive.description else { panic!("a GGUF fixture") };
        let keys: Vec<&str> = metadata.keys().collect();
        for key in keys {
            for hostile in extremes(metadata.get(key).expect("a key of the file")) {
                let about = format!("{model}: {key} = {hostile:?}");
                let replace =
                    |this: &str, value: Value| Some(if this == key { hostile.clone() } else { value });
                if key == "general.alignment" {
                    continue; // the writer itself refuses
                }
                rewrite(&path, &archive, replace, same);
                survive_clearly(&path, &about);
                cases += 1;
            }
            rewrite(&path, &archive, |this, value| (this != key).then_some(value), same);
            survive_clearly(&path, &format!("{model}: without {key}"));
        }
    }
    assert!(cases > 1_000, "only {cases} cases");
}

#[test]
fn a_missing_tensor_is_named() {
    let (_folder, path) = scratch();
    for model in MODELS {
        let archive = open_fixture(model);
        for name in archive.tensors.keys() {
            let optional =
                ["bias", "rope_freqs.weight", "output.weight"].iter().any(|end| name.ends_with(end))
                    && !name.contains("exp_probs_b")
                    && name != "blk.0.attn_output.weight"
                    || is_left_alone(model, name);
            rewrite(
                &path,
                &archive,
                |_, value| Some(value),
                |tensor| {
                    if tensor.name() == name {
                        None
                    } else {
                        same(tensor)
                    }
                },
            );
            match survive(&path) {
                Ok(()) => assert!(optional || name.contains("exp_probs_b"), "{model} ran without {name}"),
                Err(Error::Tensor { path: file, tensor, what }) => {
                    assert_eq!(file, path);
                    // Split key and value projections: without the first, the older layout is looked for.
                    let other = tensor.contains("attn_kv_b") && name.contains("attn_k_b");
                    assert!(
                        tensor == *name || other,
                        "{model}: {name} is missing, {tensor} is named: {what}"
                    );
                    assert!(what.contains("missing"), "{what}");
                }
                Err(error) => panic!("{model} without {name}: {error}"),
            }
        }
    }
}

/// Blocks that predict further tokens are no layers: whether the file holds them, has left them out, or
/// has not even counted them.
#[test]
fn prediction_blocks_are_no_layers() {
    let (_folder, path) = scratch();
    let archive = open_fixture("glm4moe");
    let run = |count: u32, with_block: bool| {
        let value = |key: &str, value| match key {
            "glm4moe.block_count" => Some(Value::U32(count)),
            _ => Some(value),
        };
        let tensor = |tensor: &Tensor| match tensor.name().starts_with("blk.3.") && !with_block {
            true => None,
            false => same(tensor),
        };
        rewrite(&path, &archive, value, tensor);
        let model = Model::open(&path)?;
        let mut cache = model.cache(3)?;
        let steps = &mut [Step { cache: &mut cache, tokens: &[1, 0, 2], logits: Logits::All }];
        Ok::<_, Error>((model.config().layers.len(), model.forward(steps, &|| false)?))
    };
    let (layers, logits) = run(4, true).expect("the file as it is");
    assert_eq!(layers, 3);
    for (count, with_block) in [(4, false), (3, false)] {
        assert_eq!(run(count, with_block).expect("the trunk alone"), (3, logits.clone()));
    }
    // The block is no layer, whatever the count says.
    assert!(run(5, true).is_err());
}

#[test]
fn weights_that_are_not_numbers_end_in_an_answer() {
    let (_folder, path) = scratch();
    for model in MODELS {
        let archive = open_fixture(model);
        for hostile in [f32::NAN, f32::INFINITY, f32::MAX] {
            for name in archive.tensors.keys() {
                rewrite(
                    &path,
                    &archive,
                    |_, value| Some(value),
                    |tensor| {
                        let mut bytes = tensor.bytes().to_vec();
                        if tensor.name() == name {
                            bytes
                                .chunks_exact_mut(4)
                                .for_each(|chunk| chunk.copy_from_slice(&hostile.to_le_bytes()));
                        }
                        Some(bytes)
                    },
                );
                let outcome = survive(&path);
                if let Err(error) = &outcome {
                    assert!(matches!(error, Error::NotFinite { .. }), "{model}: {name} = {hostile}: {error}");
                }
                let router = name.contains("ffn_gate_inp.weight")
                    && !hostile.is_finite()
                    && !is_left_alone(model, name);
                assert!(!router || outcome.is_err(), "{model}: {name} = {hostile} went unnoticed");
            }
        }
    }
}

#[test]
fn every_config_entry_at_its_extremes() {
    use serde_json::{json, Value as Json};
    let folder = tempfile::tempdir().expect("a temporary folder");
    for model in MODELS {
        let source = fixture(model);
        std::fs::copy(source.join("model.safetensors"), folder.path().join("model.safetensors"))
            .expect("a copy");
        let text = std::fs::read_to_string(source.join("config.json")).expect("a fixture");
        let config: Json = serde_json::from_str(&text).expect("JSON");
        let hostile = [
            json!(null),
            json!(0),
            json!(1),
            json!(3),
            json!(-1),
            json!(2147483647),
            json!(18446744073709551615u64),
            json!(0.5),
            json!(1e300),
            json!(true),
            json!("x"),
            json!([]),
            json!([-1]),
            json!({}),
            json!({"rope_type": "yarn", "factor": 0}),
            json!({"type": "llama3", "factor": -1}),
            json!({"rope_type": "yarn", "factor": 1e30, "original_max_position_embeddings": 1, "beta_fast": -1}),
        ];
        for key in config.as_object().expect("an object").keys() {
            for value in &hostile {
                let mut changed = config.clone();
                changed[key] = value.clone();
                std::fs::write(folder.path().join("config.json"), changed.to_string()).expect("a file");
                survive_clearly(folder.path(), &format!("{model}: {key} = {value}"));
            }
        }
    }
}
