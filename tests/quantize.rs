//! Quantising: the formats that tensors get, that nothing else changes, and what is left behind when it
//! fails.

#[allow(dead_code)] // A part of it is enough here.
mod common;

use moesaic::kernel::Arithmetic;
use moesaic::model::{Logits, Step};
use moesaic::quant::Format;
use moesaic::quantize::{quantize, ImportanceMatrix, Mix, QuantizeOptions};
use moesaic::storage::{Access, Archive, Description, GgufWriter, Source, Value};
use moesaic::{Error, Model, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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

fn with(mix: Mix, threads: usize) -> QuantizeOptions {
    let mut options = QuantizeOptions::new(mix);
    options.threads = threads;
    options
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
        quantize(&archive, &self.output, &with(mix, 3), &mut |_, _| true).map(|_| ())
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
    let four = files.formats(Mix::MXFP4);
    assert_eq!(four("blk.0.ffn_gate_exps.weight"), Format::MXFP4);
    assert_eq!(four("blk.0.ffn_down_exps.weight"), Format::MXFP4);
    assert_eq!(four("blk.0.attn_k.weight"), Format::Q8_0);
    assert_eq!(four("output.weight"), Format::Q8_0);
    assert_eq!(four("blk.0.odd.weight"), Format::F16);
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
        let done = quantize(&before, &files.output, &with(mix, 2), &mut |_, _| true).unwrap();
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
    let cancelled = quantize(&archive, &files.output, &with(Mix::Q8_0, 1), &mut |done, total| {
        calls += 1;
        assert!(done <= total);
        calls < 5
    });
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    assert_eq!(files.names(), ["model.gguf"]);

    // An earlier file stays until the new one is whole.
    fs::write(&files.output, b"earlier").unwrap();
    assert!(quantize(&archive, &files.output, &with(Mix::Q8_0, 1), &mut |_, _| false).is_err());
    assert_eq!(fs::read(&files.output).unwrap(), b"earlier");
    files.quantize(Mix::Q8_0).unwrap();
    assert_eq!(files.names(), ["model.gguf", "output.gguf"]);
}

#[test]
fn wrong_places_are_refused() {
    let files = Files::new();
    write_model(&files.model, 16, false, None);
    let archive = Archive::open(&files.model, Access::Map).unwrap();
    let refused = |output: &Path| {
        quantize(&archive, output, &with(Mix::Q8_0, 1), &mut |_, _| true).unwrap_err().to_string()
    };
    assert!(refused(&files.model).contains("this is the model that is read"));
    assert!(refused(files.folder.path()).contains("a folder"));
    assert!(refused(&files.folder.path().join("absent/output.gguf")).contains("No such file"));
    assert_eq!(files.names(), ["model.gguf"]);
}

/// The tiny models of the fixtures that are there both as a folder and as the GGUF file of it.
fn twins() -> Vec<PathBuf> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    let folders = fs::read_dir(models).unwrap().map(|entry| entry.unwrap().path());
    let mut twins: Vec<PathBuf> = folders
        .filter(|folder| folder.join("config.json").exists() && folder.join("f32.gguf").exists())
        .collect();
    twins.sort();
    assert!(twins.len() > 15);
    twins
}

fn convert(folder: &Path, output: &Path, mix: Mix) -> Result<()> {
    let archive = Archive::open(folder, Access::Map)?;
    quantize(&archive, output, &with(mix, 2), &mut |_, _| true).map(|_| ())
}

fn logits(path: &Path, tokens: &[u32]) -> Vec<f32> {
    let model = Model::open_with(path, &common::options(Arithmetic::Float32, 1, None)).unwrap();
    let mut cache = model.cache(tokens.len()).unwrap();
    let steps = &mut [Step { cache: &mut cache, tokens, logits: Logits::All }];
    model.forward(steps, &|| false).unwrap()
}

#[test]
fn folders_become_the_files_that_they_should() {
    let files = Files::new();
    for folder in twins() {
        let label = folder.display();
        convert(&folder, &files.output, Mix::F32).unwrap_or_else(|error| panic!("{label}: {error}"));
        let written = Archive::open(&files.output, Access::Read).unwrap();
        let twin = Archive::open(&folder.join("f32.gguf"), Access::Map).unwrap();
        // A layer that predicts further tokens goes along.
        assert_eq!(predicts(&written), predicts(&twin), "{label}");
        let names = |archive: &Archive| -> Vec<String> { archive.tensors.keys().cloned().collect() };
        assert_eq!(names(&written), names(&twin), "{label}");
        for name in names(&twin) {
            let (ours, theirs) = (&written.tensors[&name], &twin.tensors[&name]);
            assert_eq!(ours.shape(), theirs.shape(), "{label}: {name}");
            let (ours, theirs) = (ours.to_f32(), theirs.to_f32());
            match name.as_str() {
                // Computed in 64-bit floats there: five roundings in 32 bits.
                "rope_freqs.weight" => ours.iter().zip(&theirs).for_each(|(ours, theirs)| {
                    assert!((ours - theirs).abs() <= 5.0 * f32::EPSILON * theirs, "{label}: {ours} {theirs}");
                }),
                _ => assert!(ours == theirs, "{label}: {name}"),
            }
        }

        let vocabulary = Model::open(&files.output).unwrap().vocabulary_size() as u32;
        let tokens: Vec<u32> = (0..40).map(|index| (index * 37 + 11) % vocabulary).collect();
        let (ours, theirs) = (logits(&files.output, &tokens), logits(&folder.join("f32.gguf"), &tokens));
        let from_folder = logits(&folder, &tokens);
        let close = |a: &[f32], b: &[f32]| common::largest_difference(a, b) <= 2e-4 * common::deviation(b);
        let layers = |path: &Path| Model::open(path).unwrap().config().layers.clone();
        // Where the two files round a factor otherwise (a tenth of DeepSeek's multiplier, Llama 3.1's divisors).
        let rounded = written.tensors.contains_key("rope_freqs.weight")
            || layers(&files.output) != layers(&folder.join("f32.gguf"));
        assert!(if rounded { close(&ours, &theirs) } else { ours == theirs }, "{label}");
        // Rows in another order make sums in another order, and so do gpt-oss's, which are by input.
        let reordered =
            ["llama", "granitemoe", "deepseek2", "gpt-oss"].contains(&architecture(&written).as_str());
        assert!(if reordered { close(&ours, &from_folder) } else { ours == from_folder }, "{label}");
    }
}

/// Whether a file holds a layer that predicts further tokens.
fn predicts(archive: &Archive) -> bool {
    archive.tensors.keys().any(|name| name.contains(".nextn."))
}

fn architecture(archive: &Archive) -> String {
    let Description::Gguf(metadata) = &archive.description else { panic!("a GGUF file") };
    metadata.string("general.architecture").unwrap().unwrap().into()
}

#[test]
fn what_gguf_cannot_say_is_refused() {
    let files = Files::new();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    let error = convert(&models.join("qwen2moe-mixed"), &files.output, Mix::Q8_0).unwrap_err().to_string();
    assert!(error.contains("a GGUF file cannot say what this config.json says"), "{error}");
    assert!(files.names().is_empty());
}

#[test]
fn a_folder_brings_its_tokenizer_and_chat_template() {
    let files = Files::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/qwen2-text");
    convert(&folder, &files.output, Mix::Q8_0).unwrap();
    let keys = |path: &Path| match Archive::open(path, Access::Read).unwrap().description {
        Description::Gguf(metadata) => metadata,
        _ => panic!("a GGUF file"),
    };
    let (ours, theirs) = (keys(&files.output), keys(&folder.join("f32.gguf")));
    for (key, value) in theirs.iter().filter(|(key, _)| key.starts_with("tokenizer.")) {
        // Names of tokens that are none.
        assert!(ours.get(key) == Some(value), "{key}");
    }
    let (ours, theirs) = (Model::open(&files.output).unwrap(), Model::open(&folder).unwrap());
    let messages = [moesaic::text::Message::new("user", "hello")];
    let prompt = |model: &Model| {
        model.chat_template().unwrap().render(&messages, &moesaic::text::ChatOptions::default()).unwrap()
    };
    assert_eq!(prompt(&ours), prompt(&theirs));
    let ends = |model: &Model| -> Vec<bool> {
        (0..model.vocabulary_size() as u32).map(|token| model.tokenizer().unwrap().is_end(token)).collect()
    };
    assert_eq!(ends(&ours), ends(&theirs));
}

/// FP8 is decoded with its scales.
#[test]
fn weights_in_fp8_become_what_they_stand_for() {
    let files = Files::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/deepseek3-fp8");
    convert(&folder, &files.output, Mix::F32).unwrap();
    let written = Archive::open(&files.output, Access::Read).unwrap();
    let source = Archive::open(&folder, Access::Map).unwrap();
    let name = |layer| {
        (
            "blk.N.attn_output.weight".replace('N', layer),
            "model.layers.N.self_attn.o_proj.weight".replace('N', layer),
        )
    };
    for (ours, theirs) in ["0", "1"].map(name) {
        assert_eq!(source.tensors[&theirs].format(), Format::F8_E4M3);
        assert_eq!(written.tensors[&ours].to_f32(), source.tensors[&theirs].to_f32(), "{ours}");
    }
    let tokens: Vec<u32> = (0..40).map(|index| (index * 37 + 11) % 96).collect();
    let (ours, theirs) = (logits(&files.output, &tokens), logits(&folder, &tokens));
    let difference = common::largest_difference(&ours, &theirs);
    assert!(difference <= 2e-4 * common::deviation(&theirs), "{difference}");
    // And in every other mix: no format of GGUF is the folder's own.
    convert(&folder, &files.output, Mix::Q8_0).unwrap();
    assert!(Model::open(&files.output).is_ok());
}

#[test]
fn weights_in_mxfp4_stay_as_they_are() {
    let files = Files::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/gpt-oss-mxfp4");
    let twin = Archive::open(&folder.join("mxfp4.gguf"), Access::Map).unwrap();
    for mix in [Mix::MXFP4, Mix::Q8_0, Mix::Q4_K_M] {
        convert(&folder, &files.output, mix).unwrap();
        let written = Archive::open(&files.output, Access::Read).unwrap();
        let mut experts = 0;
        for (name, tensor) in written.tensors.iter().filter(|(name, _)| name.ends_with("_exps.weight")) {
            assert_eq!(tensor.format(), Format::MXFP4, "{name}");
            assert!(tensor.bytes() == twin.tensors[name].bytes(), "{name}");
            experts += 1;
        }
        assert_eq!(experts, 6);
    }
    convert(&folder, &files.output, Mix::BF16).unwrap();
    let written = Archive::open(&files.output, Access::Read).unwrap();
    assert!(written.tensors.values().all(|tensor| tensor.format() != Format::MXFP4));
    // BF16 holds every value of MXFP4 with these exponents.
    for (name, tensor) in written.tensors.iter().filter(|(name, _)| name.ends_with("_exps.weight")) {
        assert!(tensor.to_f32() == twin.tensors[name].to_f32(), "{name}");
    }
}

/// A program of llama.cpp, if it was built: by `benches/compare.sh`, or where `MOESAIC_LLAMA_CPP` says.
fn llama_cpp(program: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MOESAIC_LLAMA_CPP").map(PathBuf::from);
    let usual = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/moesaic-peers/llama.cpp/bin"));
    Some(folder.or_else(usual)?.join(program)).filter(|path| path.is_file())
}

#[test]
fn llama_cpp_loads_what_folders_become() {
    let Some(bench) = llama_cpp("llama-bench") else {
        println!("llama.cpp is not built: skipped");
        return;
    };
    let files = Files::new();
    for folder in twins() {
        convert(&folder, &files.output, Mix::F32).unwrap();
        let run = |path: &Path| {
            let mut command = std::process::Command::new(&bench);
            command.args(["-p", "4", "-n", "0", "-r", "1", "-t", "1", "--no-warmup", "-m"]).arg(path);
            command.output().unwrap()
        };
        // What it refuses of its own converter's making (lite forms with unusual numbers of layers) is not ours.
        if !run(&folder.join("f32.gguf")).status.success() {
            println!("{}: refused as its own converter writes it", folder.display());
            continue;
        }
        let ran = run(&files.output);
        assert!(ran.status.success(), "{}: {}", folder.display(), String::from_utf8_lossy(&ran.stderr));
    }
}

/// An importance matrix in llama.cpp's binary form: each tensor's name and values.
fn binary_importance(entries: &[(&str, Vec<f32>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let number = |bytes: &mut Vec<u8>, value: usize| bytes.extend((value as i32).to_le_bytes());
    number(&mut bytes, entries.len());
    for (name, values) in entries {
        number(&mut bytes, name.len());
        bytes.extend(name.as_bytes());
        // As many calls as the counts of the other form.
        number(&mut bytes, 4);
        number(&mut bytes, values.len());
        values.iter().for_each(|value| bytes.extend(value.to_le_bytes()));
    }
    // Calls, and the name of the text.
    number(&mut bytes, 7);
    number(&mut bytes, 4);
    bytes.extend(b"text");
    bytes
}

/// The same in GGUF, with sums over 4 tokens; the matrices of a tensor have `columns` columns.
fn gguf_importance(entries: &[(&str, Vec<f32>)], columns: usize) -> Vec<u8> {
    let mut writer = GgufWriter::new();
    writer.metadata("general.type", Value::String("imatrix".into())).unwrap();
    writer.metadata("imatrix.chunk_count", Value::U32(7)).unwrap();
    for (name, values) in entries {
        let matrices = values.len() / columns;
        writer.tensor(&format!("{name}.in_sum2"), &[matrices, columns], Format::F32).unwrap();
        writer.tensor(&format!("{name}.counts"), &[matrices, 1], Format::F32).unwrap();
    }
    let mut data = writer.begin(Vec::new()).unwrap();
    for (_, values) in entries {
        values.iter().for_each(|value| data.write(&(4.0 * value).to_le_bytes()).unwrap());
        (0..values.len() / columns).for_each(|_| data.write(&4f32.to_le_bytes()).unwrap());
    }
    data.finish().unwrap()
}

/// Importance that differs from column to column, and from expert to expert.
fn importance(count: usize) -> Vec<f32> {
    (0..count).map(|index| if (index * 7 + index / 256) % 11 < 3 { 16.0 } else { 0.25 }).collect()
}

#[test]
fn important_columns_lose_less() {
    let files = Files::new();
    write_model(&files.model, 16, false, None);
    let original = Archive::open(&files.model, Access::Map).unwrap();
    // A matrix, a stack with an importance for each expert, and one with the same for all heads.
    let entries = [
        ("blk.1.attn_k.weight", importance(256)),
        ("blk.1.ffn_gate_exps.weight", importance(16 * 256)),
        ("blk.1.attn_k_b.weight", importance(64)),
    ];
    let path = files.folder.path().join("imatrix");
    let run = |file: Option<Vec<u8>>| -> Result<Vec<u8>> {
        let mut options = with(Mix::Q4_K_M, 2);
        if let Some(file) = file {
            fs::write(&path, file).unwrap();
            options.importance = Some(Arc::new(ImportanceMatrix::open(&path)?));
        }
        quantize(&original, &files.output, &options, &mut |_, _| true)?;
        Ok(fs::read(&files.output).unwrap())
    };
    let errors = || -> Vec<f64> {
        let quantized = Archive::open(&files.output, Access::Read).unwrap();
        let of = |(name, importance): &(&str, Vec<f32>)| {
            let (a, b) = (original.tensors[*name].to_f32(), quantized.tensors[*name].to_f32());
            let weights = importance.iter().cycle();
            a.iter().zip(&b).zip(weights).map(|((a, b), w)| f64::from(*w) * f64::from(a - b).powi(2)).sum()
        };
        entries.iter().map(of).collect()
    };
    let plain = run(None).unwrap();
    let before = errors();
    let weighted = run(Some(binary_importance(&entries))).unwrap();
    for (before, after) in before.iter().zip(errors()) {
        assert!(after < 0.9 * before, "{before} became {after}");
    }
    let Description::Gguf(metadata) = Archive::open(&files.output, Access::Read).unwrap().description else {
        panic!("a GGUF file");
    };
    assert_eq!(metadata.get("quantize.imatrix.entries_count"), Some(&Value::I32(3)));
    assert_eq!(metadata.get("quantize.imatrix.chunks_count"), Some(&Value::I32(7)));
    assert!(plain != weighted);
    // The other form of the same numbers. (Each tensor in a file has one number of columns here.)
    let tensors = |bytes: Vec<u8>| -> Vec<Vec<u8>> {
        let archive = Archive::from_source(Source::from_bytes("output.gguf", bytes), Access::Map).unwrap();
        archive.tensors.values().map(|tensor| tensor.bytes().to_vec()).collect()
    };
    let wide = &entries[..2];
    let of_binary = run(Some(binary_importance(wide))).unwrap();
    let of_gguf = run(Some(gguf_importance(wide, 256))).unwrap();
    assert!(tensors(of_binary) == tensors(of_gguf));
    assert!(tensors(run(Some(gguf_importance(wide, 256))).unwrap()) != tensors(plain));

    let error = |file: Vec<u8>| run(Some(file)).unwrap_err().to_string();
    let other = [("blk.1.attn_k.weight", importance(128))];
    let message = error(binary_importance(&other));
    assert!(message.contains("tensor blk.1.attn_k.weight: it has 128 numbers, but"), "{message}");
    assert!(message.contains("made for another model"), "{message}");
    let message = error(binary_importance(&[("blk.9.other.weight", importance(256))]));
    assert!(message.contains("it knows no tensor of this model"), "{message}");
    let message = error(fs::read(&files.model).unwrap());
    assert!(message.contains("no importance matrix"), "{message}");
    let message = error(binary_importance(&[("blk.1.attn_k.weight", vec![f32::NAN; 256])]));
    assert!(message.contains("the importance of column 0 is NaN"), "{message}");
    let whole = binary_importance(&entries);
    for length in (1..whole.len() - 12).step_by(37) {
        let message = error(whole[..length].to_vec());
        assert!(message.contains("not an importance matrix"), "{length}: {message}");
    }
    let mut hostile = whole;
    hostile[4..8].copy_from_slice(&i32::MIN.to_le_bytes());
    assert!(error(hostile).contains("the length of a name is -2147483648"));
}
