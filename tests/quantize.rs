//! Quantising: the formats that tensors get, that nothing else changes, and what is left behind when it
//! fails.

use moesaic::quant::Format;
use moesaic::quantize::{quantize, Mix};
use moesaic::storage::{Access, Archive, Description, GgufWriter, Value};
use moesaic::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Tensors of a mixture with ten layers, in the shapes that matter, with numbers that quantise.
fn write_model(path: &Path, experts: u32, tied: bool, spoil: Option<(&str, f32)>) {
    let mut tensors: Vec<(String, Vec<usize>)> =
        vec![("token_embd.weight".into(), vec![8, 256]), ("output_norm.weight".into(), vec![256])];
    if !tied {
        tensors.push(("output.weight".into(), vec![8, 256]));
    }
    for layer in 0..10 {
        for (name, shape) in [
            ("attn_norm.weight", vec![256]),
            ("attn_k.weight", vec![4, 256]),
            ("attn_v.weight", vec![4, 256]),
            ("attn_output.weight", vec![4, 256]),
            ("attn_k_b.weight", vec![2, 4, 64]),
            ("ffn_gate_inp.weight", vec![experts as usize, 256]),
            ("exp_probs_b.bias", vec![experts as usize]),
            ("ffn_gate_exps.weight", vec![experts as usize, 2, 256]),
            ("ffn_down_exps.weight", vec![experts as usize, 2, 96]),
            ("odd.weight", vec![4, 20]),
        ] {
            tensors.push((format!("blk.{layer}.{name}"), shape));
        }
    }
    let mut writer = GgufWriter::new();
    writer.metadata("general.architecture", Value::String("test".into())).unwrap();
    writer.metadata("general.name", Value::String("a name".into())).unwrap();
    writer.metadata("general.file_type", Value::U32(0)).unwrap();
    writer.metadata("test.block_count", Value::U32(10)).unwrap();
    writer.metadata("test.expert_count", Value::U32(experts)).unwrap();
    writer.metadata("tokenizer.chat_template", Value::String("{{ a }}".into())).unwrap();
    for (name, shape) in &tensors {
        writer.tensor(name, shape, Format::F32).unwrap();
    }
    let mut data = writer.begin(Vec::new()).unwrap();
    for (name, shape) in &tensors {
        for index in 0..shape.iter().product::<usize>() {
            let mut value = ((index * 37 + name.len()) % 101) as f32 / 50.0 - 1.0;
            if let Some((spoiled, with)) = spoil {
                if spoiled == name && index == 300 {
                    value = with;
                }
            }
            data.write(&value.to_le_bytes()).unwrap();
        }
    }
    fs::write(path, data.finish().unwrap()).unwrap();
}

struct Files {
    folder: TempDir,
    model: PathBuf,
    output: PathBuf,
}

impl Files {
    fn new() -> Files {
        let folder = tempfile::tempdir().unwrap();
        let (model, output) = (folder.path().join("model.gguf"), folder.path().join("output.gguf"));
        Files { folder, model, output }
    }

    fn quantize(&self, mix: Mix) -> Result<()> {
        let archive = Archive::open(&self.model, Access::Map)?;
        quantize(&archive, &self.output, mix, 3, &mut |_, _| true).map(|_| ())
    }

    fn formats(&self, mix: Mix) -> impl Fn(&str) -> Format {
        self.quantize(mix).unwrap();
        let archive = Archive::open(&self.output, Access::Map).unwrap();
        move |name| archive.tensors[name].format()
    }

    /// The names of the files in the folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn every_kind_of_tensor_gets_its_format() {
    let files = Files::new();
    write_model(&files.model, 16, false, None);
    let medium = files.formats(Mix::Q4_K_M);
    assert_eq!(medium("output.weight"), Format::Q6_K);
    assert_eq!(medium("token_embd.weight"), Format::Q4_K);
    // Of ten layers, the first, the last two and every third between.
    let more: Vec<bool> =
        (0..10).map(|layer| medium(&format!("blk.{layer}.attn_v.weight")) == Format::Q6_K).collect();
    assert_eq!(more, [true, false, false, true, false, false, true, false, true, true]);
    assert_eq!(medium("blk.1.attn_v.weight"), Format::Q4_K);
    assert_eq!(medium("blk.0.attn_k.weight"), Format::Q4_K);
    // Rows that do not divide into blocks of 256, and into none at all.
    assert_eq!(medium("blk.1.ffn_down_exps.weight"), Format::Q5_0);
    assert_eq!(medium("blk.0.ffn_down_exps.weight"), Format::Q8_0);
    assert_eq!(medium("blk.0.attn_k_b.weight"), Format::Q5_0);
    assert_eq!(medium("blk.0.odd.weight"), Format::F16);
    for small in [
        "output_norm.weight",
        "blk.0.attn_norm.weight",
        "blk.3.ffn_gate_inp.weight",
        "blk.3.exp_probs_b.bias",
    ] {
        assert_eq!(medium(small), Format::F32, "{small}");
    }

    let five = files.formats(Mix::Q5_K_M);
    assert_eq!(five("blk.1.attn_v.weight"), Format::Q5_K);
    assert_eq!(five("blk.0.attn_v.weight"), Format::Q6_K);
    assert_eq!(five("blk.1.ffn_down_exps.weight"), Format::Q5_1);

    let eight = files.formats(Mix::Q8_0);
    assert_eq!(eight("output.weight"), Format::Q8_0);
    assert_eq!(eight("blk.0.ffn_gate_exps.weight"), Format::Q8_0);
    let half = files.formats(Mix::BF16);
    assert_eq!(half("output.weight"), Format::BF16);
    assert_eq!(half("blk.0.odd.weight"), Format::BF16);
    assert_eq!(half("blk.0.attn_norm.weight"), Format::F32);
}

#[test]
fn mixtral_and_tied_embeddings_have_rules_of_their_own() {
    let files = Files::new();
    write_model(&files.model, 8, true, None);
    let formats = files.formats(Mix::Q4_K_M);
    assert_eq!(formats("token_embd.weight"), Format::Q6_K);
    assert_eq!(formats("blk.1.attn_k.weight"), Format::Q8_0);
    assert_eq!(formats("blk.1.attn_v.weight"), Format::Q8_0);
    assert_eq!(formats("blk.1.attn_output.weight"), Format::Q5_K);
}

#[test]
fn all_else_stays() {
    let files = Files::new();
    write_model(&files.model, 16, false, None);
    let before = Archive::open(&files.model, Access::Map).unwrap();
    for mix in Mix::ALL {
        let done = quantize(&before, &files.output, mix, 2, &mut |_, _| true).unwrap();
        let after = Archive::open(&files.output, Access::Map).unwrap();
        let (Description::Gguf(old), Description::Gguf(new)) = (&before.description, &after.description)
        else {
            panic!("GGUF files");
        };
        for (key, value) in old.iter().filter(|(key, _)| *key != "general.file_type") {
            assert_eq!(new.get(key), Some(value), "{key}");
        }
        assert!(new.get("general.quantization_version").is_some());
        let (mut bytes_before, mut bytes_after) = (0, 0);
        for (name, old) in &before.tensors {
            let new = &after.tensors[name];
            assert_eq!(old.shape(), new.shape());
            bytes_before += old.bytes().len() as u64;
            bytes_after += new.bytes().len() as u64;
            // What one encoding of the whole tensor gives, whatever the parts and the threads were.
            assert_eq!(new.bytes(), new.format().encode(&old.to_f32()).unwrap(), "{name}, {}", mix.name());
        }
        assert_eq!((done.bytes_before, done.bytes_after), (bytes_before, bytes_after));
    }
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let files = Files::new();
    write_model(&files.model, 16, false, Some(("blk.2.attn_k.weight", f32::NAN)));
    let error = files.quantize(Mix::Q4_K_M).unwrap_err().to_string();
    assert!(error.contains("tensor blk.2.attn_k.weight: "), "{error}");
    assert!(error.contains("is NaN"), "{error}");
    assert_eq!(files.names(), ["model.gguf"]);

    write_model(&files.model, 16, false, None);
    let archive = Archive::open(&files.model, Access::Map).unwrap();
    let mut calls = 0;
    let cancelled = quantize(&archive, &files.output, Mix::Q8_0, 1, &mut |done, total| {
        calls += 1;
        assert!(done <= total);
        calls < 5
    });
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    assert_eq!(files.names(), ["model.gguf"]);

    // An earlier file stays until the new one is whole.
    fs::write(&files.output, b"earlier").unwrap();
    assert!(quantize(&archive, &files.output, Mix::Q8_0, 1, &mut |_, _| false).is_err());
    assert_eq!(fs::read(&files.output).unwrap(), b"earlier");
    files.quantize(Mix::Q8_0).unwrap();
    assert_eq!(files.names(), ["model.gguf", "output.gguf"]);
}

#[test]
fn wrong_places_are_refused() {
    let files = Files::new();
    write_model(&files.model, 16, false, None);
    let archive = Archive::open(&files.model, Access::Map).unwrap();
    let refused =
        |output: &Path| quantize(&archive, output, Mix::Q8_0, 1, &mut |_, _| true).unwrap_err().to_string();
    assert!(refused(&files.model).contains("this is the model that is read"));
    assert!(refused(files.folder.path()).contains("a folder"));
    assert!(refused(&files.folder.path().join("absent/output.gguf")).contains("No such file"));
    assert_eq!(files.names(), ["model.gguf"]);

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/llama3");
    let archive = Archive::open(&folder, Access::Map).unwrap();
    let error = quantize(&archive, &files.output, Mix::Q8_0, 1, &mut |_, _| true).unwrap_err().to_string();
    assert!(error.contains("not yet folders"), "{error}");
}
