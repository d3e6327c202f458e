//! Model files and folders as they lie on disk: split GGUF sets, safetensors shards, and what a user gets
//! who opens the wrong thing. The files are made by the writers that this crate and `safetensors` have.

use moesaic::quant::Format;
use moesaic::storage::{Access, Archive, Description, GgufWriter, Value};
use safetensors::tensor::{Dtype, TensorView};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn open(path: &Path) -> moesaic::Result<Archive> {
    let mapped = Archive::open(path, Access::Map);
    let read = Archive::open(path, Access::Read);
    assert_eq!(mapped.is_ok(), read.is_ok());
    mapped
}

/// Checks that opening fails and that the message begins with the path at fault and says this.
#[track_caller]
fn refused(path: &Path, at_fault: &Path, what: &str) {
    let message = open(path).expect_err("it should be refused").to_string();
    assert!(message.starts_with(&format!("{}: ", at_fault.display())), "{message}");
    assert!(message.contains(what), "{message}");
}

// GGUF

/// What one part of a split set says of itself.
struct Part {
    number: Option<u16>,
    count: Option<u16>,
    tensors_of_all: Option<i32>,
    tensors: Vec<&'static str>,
}

impl Part {
    fn new(number: u16, count: u16, tensors: &[&'static str]) -> Part {
        Part { number: Some(number), count: Some(count), tensors_of_all: Some(3), tensors: tensors.to_vec() }
    }

    fn write(&self, path: &Path) {
        let mut writer = GgufWriter::new();
        if self.number.unwrap_or(0) == 0 {
            writer.metadata("general.architecture", Value::String("test".into())).unwrap();
        }
        if let Some(number) = self.number {
            writer.metadata("split.no", Value::U16(number)).unwrap();
        }
        if let Some(count) = self.count {
            writer.metadata("split.count", Value::U16(count)).unwrap();
        }
        if let Some(tensors) = self.tensors_of_all {
            writer.metadata("split.tensors.count", Value::I32(tensors)).unwrap();
        }
        for name in &self.tensors {
            writer.tensor(name, &[2, 2], Format::F32).unwrap();
        }
        let mut data = writer.begin(Vec::new()).unwrap();
        for name in &self.tensors {
            for _ in 0..4 {
                data.write(&f32::from(name.as_bytes()[0]).to_le_bytes()).unwrap();
            }
        }
        fs::write(path, data.finish().unwrap()).unwrap();
    }
}

/// A folder with a sound set of three parts, and their paths.
fn split_set() -> (TempDir, [PathBuf; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let paths = [1, 2, 3].map(|number| folder.path().join(format!("m-{number:05}-of-00003.gguf")));
    Part::new(0, 3, &["a"]).write(&paths[0]);
    Part::new(1, 3, &["b"]).write(&paths[1]);
    Part::new(2, 3, &["c"]).write(&paths[2]);
    (folder, paths)
}

#[test]
fn a_split_set_is_one_archive() {
    let (_folder, paths) = split_set();
    let archive = open(&paths[0]).unwrap();
    assert_eq!(archive.path, paths[0]);
    let Description::Gguf(metadata) = &archive.description else { panic!("GGUF") };
    assert_eq!(metadata.string("general.architecture").unwrap(), Some("test"));
    assert_eq!(archive.tensors.keys().collect::<Vec<_>>(), ["a", "b", "c"]);
    for (name, path) in ["a", "b", "c"].into_iter().zip(&paths) {
        let tensor = &archive.tensors[name];
        assert_eq!(tensor.path(), path);
        let expected = f32::from(name.as_bytes()[0]).to_le_bytes().repeat(4);
        assert_eq!(tensor.bytes(), expected);
    }
}

#[test]
fn the_first_part_may_hold_metadata_only() {
    let (_folder, paths) = split_set();
    Part::new(0, 3, &[]).write(&paths[0]);
    Part::new(1, 3, &["a", "b"]).write(&paths[1]);
    assert_eq!(open(&paths[0]).unwrap().tensors.len(), 3);
}

#[test]
fn only_the_first_part_opens_a_set() {
    let (_folder, paths) = split_set();
    refused(&paths[1], &paths[1], "part 2 of 3; open the first part");
    refused(&paths[2], &paths[2], &paths[0].display().to_string());
}

#[test]
fn a_part_that_is_missing() {
    let (_folder, paths) = split_set();
    fs::remove_file(&paths[2]).unwrap();
    refused(&paths[0], &paths[2], "part 3 of 3 is missing");
    fs::create_dir(&paths[2]).unwrap();
    refused(&paths[0], &paths[2], "a folder");
}

#[test]
fn parts_that_are_mixed_up() {
    let (_folder, paths) = split_set();
    let aside = paths[0].with_extension("aside");
    fs::rename(&paths[1], &aside).unwrap();
    fs::rename(&paths[2], &paths[1]).unwrap();
    fs::rename(&aside, &paths[2]).unwrap();
    refused(&paths[0], &paths[1], "name says part 2 of 3, but it holds part 3");

    let (_folder, paths) = split_set();
    fs::copy(&paths[1], &paths[0]).unwrap();
    refused(&paths[0], &paths[0], "name says part 1 of 3, but it holds part 2");
}

#[test]
fn parts_that_do_not_belong_together() {
    let (_folder, paths) = split_set();
    Part::new(1, 2, &["b"]).write(&paths[1]);
    refused(&paths[0], &paths[1], "expected a part of a set of 3, but it says that it belongs to a set of 2");
    Part { count: None, ..Part::new(1, 3, &["b"]) }.write(&paths[1]);
    refused(&paths[0], &paths[1], "does not say that it belongs to a set");
    Part { number: None, ..Part::new(1, 3, &["b"]) }.write(&paths[1]);
    refused(&paths[0], &paths[1], "metadata split.no: the key is missing");
    Part::new(1, 3, &["a"]).write(&paths[1]);
    refused(&paths[0], &paths[1], "tensor a: it is in");
    Part::new(1, 3, &["b", "d"]).write(&paths[1]);
    refused(&paths[0], &paths[0], "should hold 3 tensors but its 3 parts hold 4");
    fs::write(&paths[1], b"GGUF").unwrap();
    refused(&paths[0], &paths[1], "truncated");
    fs::write(&paths[1], b"").unwrap();
    refused(&paths[0], &paths[1], "empty");
}

#[test]
fn renamed_parts() {
    let (folder, paths) = split_set();
    let renamed = folder.path().join("model.gguf");
    fs::copy(&paths[0], &renamed).unwrap();
    refused(&renamed, &renamed, "has to end in -00001-of-00003.gguf");
    let renamed = folder.path().join("m-00001-of-00004.gguf");
    fs::copy(&paths[0], &renamed).unwrap();
    refused(&renamed, &renamed, "the set has 3 parts, but the file's name says 4");
    let renamed = folder.path().join("m-00000-of-00003.gguf");
    fs::copy(&paths[0], &renamed).unwrap();
    refused(&renamed, &renamed, "name says part 0 of 3");
}

#[test]
fn a_set_of_one_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whatever.gguf");
    Part { tensors_of_all: Some(1), ..Part::new(0, 1, &["a"]) }.write(&path);
    assert_eq!(open(&path).unwrap().tensors.len(), 1);
}

#[test]
fn gguf_is_known_by_its_contents() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("0f3a");
    Part { number: None, count: None, tensors_of_all: None, tensors: vec!["a"] }.write(&path);
    assert_eq!(open(&path).unwrap().tensors.len(), 1);
    let path = folder.path().join("wrong.gguf");
    fs::write(&path, b"<!DOCTYPE html><html>").unwrap();
    refused(&path, &path, "begins with \"<!DO\"");
    let path = folder.path().join("wrong.bin");
    fs::write(&path, b"PK\x03\x04").unwrap();
    refused(&path, &path, "neither a GGUF file nor a .safetensors file");
}

// safetensors

const CONFIG: &str = r#"{"architectures":["TestForCausalLM"],"hidden_size":4}"#;

fn write_safetensors(path: &Path, tensors: &[(&str, Dtype, &[usize])]) {
    let zeros = vec![0u8; 1 << 16];
    let views = tensors.iter().map(|&(name, dtype, shape)| {
        let length = shape.iter().product::<usize>() * dtype.bitsize() / 8;
        (name, TensorView::new(dtype, shape.to_vec(), &zeros[..length]).unwrap())
    });
    safetensors::serialize_to_file(views, None, path).unwrap();
}

fn folder_with_config() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("config.json"), CONFIG).unwrap();
    folder
}

#[test]
fn a_folder_with_one_file() {
    let folder = folder_with_config();
    let file = folder.path().join("model.safetensors");
    let tensors: [(&str, Dtype, &[usize]); 4] = [
        ("f32", Dtype::F32, &[3]),
        ("f16", Dtype::F16, &[2, 2]),
        ("bf16", Dtype::BF16, &[2, 3, 4]),
        ("position_ids", Dtype::I64, &[1, 5]),
    ];
    write_safetensors(&file, &tensors);
    for path in [folder.path(), &file] {
        let archive = open(path).unwrap();
        assert_eq!(archive.path, path);
        let Description::HuggingFace(config) = &archive.description else { panic!("safetensors") };
        assert_eq!(config["hidden_size"], 4);
        assert_eq!(archive.tensors.keys().collect::<Vec<_>>(), ["bf16", "f16", "f32"]);
        assert_eq!(archive.tensors["bf16"].shape(), [2, 3, 4]);
        assert_eq!(archive.tensors["bf16"].format(), Format::BF16);
        assert_eq!(archive.tensors["bf16"].bytes().len(), 48);
        let message = archive.tensor("position_ids").unwrap_err().to_string();
        assert!(message.contains("tensor position_ids: it is stored as I64"), "{message}");
    }
}

/// A folder of two shards with their index.
fn shards() -> TempDir {
    let folder = folder_with_config();
    write_safetensors(
        &folder.path().join("model-00001-of-00002.safetensors"),
        &[("a", Dtype::F32, &[4]), ("unlisted", Dtype::F32, &[1])],
    );
    write_safetensors(
        &folder.path().join("model-00002-of-00002.safetensors"),
        &[("b", Dtype::BF16, &[2, 2]), ("ids", Dtype::I32, &[2])],
    );
    write_index(
        &folder,
        r#"{"metadata":{"total_size":1},"weight_map":{
            "a":"model-00001-of-00002.safetensors",
            "b":"model-00002-of-00002.safetensors",
            "ids":"model-00002-of-00002.safetensors"}}"#,
    );
    folder
}

fn write_index(folder: &TempDir, index: &str) {
    fs::write(folder.path().join("model.safetensors.index.json"), index).unwrap();
}

#[test]
fn a_folder_with_shards() {
    let folder = shards();
    let archive = open(folder.path()).unwrap();
    assert_eq!(archive.tensors.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(archive.undecoded.keys().collect::<Vec<_>>(), ["ids"]);
    assert_eq!(archive.tensors["b"].path(), folder.path().join("model-00002-of-00002.safetensors"));
}

#[test]
fn one_shard_is_not_a_model() {
    let folder = shards();
    let shard = folder.path().join("model-00001-of-00002.safetensors");
    refused(&shard, &shard, "one shard of several");
    fs::remove_file(folder.path().join("model.safetensors.index.json")).unwrap();
    refused(folder.path(), folder.path(), "no model.safetensors.index.json that lists them");
}

#[test]
fn shards_that_are_missing_or_damaged() {
    let folder = shards();
    let shard = folder.path().join("model-00002-of-00002.safetensors");
    let bytes = fs::read(&shard).unwrap();
    for length in [bytes.len() - 1, 100, 7] {
        fs::write(&shard, &bytes[..length]).unwrap();
        refused(folder.path(), &shard, "");
    }
    fs::write(&shard, [&bytes[..], b"x"].concat()).unwrap();
    refused(folder.path(), &shard, "the file goes on");
    fs::remove_file(&shard).unwrap();
    refused(folder.path(), &shard, "the shard is missing; model.safetensors.index.json names it for b");
    write_safetensors(&shard, &[("c", Dtype::F32, &[1])]);
    refused(folder.path(), &shard, "tensor b: model.safetensors.index.json says that it is in this shard");
}

#[test]
fn an_index_that_lies() {
    let folder = shards();
    let index = folder.path().join("model.safetensors.index.json");
    let outside = folder.path().join("secret");
    fs::create_dir(&outside).unwrap();
    write_safetensors(&outside.join("x.safetensors"), &[("a", Dtype::F32, &[1])]);
    for shard in ["../x.safetensors", "/etc/passwd", "secret/x.safetensors", "", "."] {
        write_index(&folder, &format!(r#"{{"weight_map":{{"a":"{shard}"}}}}"#));
        refused(folder.path(), &index, "not a file name within the folder");
    }
    write_index(&folder, r#"{"weight_map":{"a":"x","a":"y"}}"#);
    refused(folder.path(), &index, "a is there twice");
    write_index(&folder, r#"{"weight_map":{"a":1}}"#);
    refused(folder.path(), &index, "a: invalid type");
    write_index(&folder, r#"{"weights":{}}"#);
    refused(folder.path(), &index, "missing field `weight_map`");
    write_index(&folder, "{\n\n  \"weight_map\": oops");
    refused(folder.path(), &index, "at byte 19: not the JSON");
}

#[test]
fn config_json_is_needed() {
    let folder = shards();
    let config = folder.path().join("config.json");
    for (contents, what) in [
        ("", "empty"),
        ("[1]", "expected a JSON object"),
        ("{\"a\":", "not the JSON"),
        ("{\"a\":NaN}", "not the JSON"),
    ] {
        fs::write(&config, contents).unwrap();
        refused(folder.path(), &config, what);
    }
    fs::write(&config, [b"{\"a\":\"".as_slice(), b"\xff\"}"].concat()).unwrap();
    refused(folder.path(), &config, "not the JSON");
    fs::write(&config, "[".repeat(1_000_000)).unwrap();
    refused(folder.path(), &config, "recursion limit");
    fs::File::create(&config).unwrap().set_len(5 << 20).unwrap();
    refused(folder.path(), &config, "at most 4194304 are read");
    fs::remove_file(&config).unwrap();
    refused(folder.path(), &config, "missing; it has to lie beside the tensors");
    let single = folder.path().join("model.safetensors");
    write_safetensors(&single, &[("a", Dtype::F32, &[1])]);
    refused(&single, &config, "missing; it has to lie beside the tensors");
    fs::create_dir(&config).unwrap();
    refused(&single, &config, "a folder");
}

#[test]
fn folders_that_hold_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    refused(path, path, "holds no model");
    fs::write(path.join("pytorch_model.bin"), b"x").unwrap();
    refused(path, path, "PyTorch weights (pytorch_model.bin)");
    fs::write(path.join("other.safetensors"), b"x").unwrap();
    refused(path, path, "open the file itself: other.safetensors");
    fs::write(path.join("model.Q4_K.gguf"), b"x").unwrap();
    refused(path, path, "open the file itself, such as model.Q4_K.gguf");
    refused(&path.join("absent"), &path.join("absent"), "No such file");
}

#[cfg(unix)]
#[test]
fn links_are_followed_as_hub_caches_need() {
    let folder = shards();
    let snapshot = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        std::os::unix::fs::symlink(entry.path(), snapshot.path().join(entry.file_name())).unwrap();
    }
    assert_eq!(open(snapshot.path()).unwrap().tensors.len(), 2);
    let (_set, paths) = split_set();
    let links = tempfile::tempdir().unwrap();
    for path in &paths {
        std::os::unix::fs::symlink(path, links.path().join(path.file_name().unwrap())).unwrap();
    }
    let first = links.path().join(paths[0].file_name().unwrap());
    assert_eq!(open(&first).unwrap().tensors.len(), 3);
}
