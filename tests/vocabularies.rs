//! llama.cpp's published test vectors: texts with the tokens that each vocabulary has for them.
//!
//! The files are too large to keep here; `tests/fetch_vocabularies.sh` puts them into `.cache`. Without
//! them these tests fail, which is why only `cargo test -- --ignored` runs them.

use moesaic::storage::{Access, Archive, Description, Metadata, Value};
use moesaic::text::Tokenizer;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Vocabularies with the number of their vectors.
const VOCABULARIES: &[(&str, usize)] = &[
    ("qwen2", 46),
    ("deepseek-llm", 46),
    ("deepseek-coder", 46),
    ("llama-bpe", 46),
    ("llama-spm", 46),
    ("gpt-2", 46),
    ("refact", 46),
    ("starcoder", 46),
    ("command-r", 46),
    ("mpt", 46),
    ("phi-3", 46),
    ("qwen35", 50),
];

/// Names of pre-tokenizers that cut like that of a vocabulary above.
const SAME: &[(&str, &str)] = &[("deepseek-r1-qwen", "qwen2"), ("olmo", "gpt-2"), ("llama3", "llama-bpe")];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/vocabularies")
}

fn metadata(name: &str) -> Metadata {
    let path = folder().join(format!("ggml-vocab-{name}.gguf"));
    let archive = Archive::open(&path, Access::Map).unwrap_or_else(|error| {
        panic!("{error}; run tests/fetch_vocabularies.sh");
    });
    match archive.description {
        Description::Gguf(metadata) => metadata,
        _ => panic!("{name}: not GGUF"),
    }
}

/// Texts and their tokens.
fn vectors(name: &str) -> Vec<(String, Vec<u32>)> {
    let read = |ending: &str| {
        let path = folder().join(format!("ggml-vocab-{name}.gguf.{ending}"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let (texts, tokens) = (read("inp"), read("out"));
    let mut texts: Vec<&str> = texts.split("\n__ggml_vocab_test__\n").collect();
    // The separator stands behind the last text too.
    assert!(texts.pop().is_some_and(|rest| rest.trim().is_empty()), "{name}");
    let tokens: Vec<Vec<u32>> = tokens
        .lines()
        .map(|line| line.split_whitespace().map(|token| token.parse().expect("a number")).collect())
        .collect();
    assert_eq!(texts.len(), tokens.len(), "{name}");
    texts.into_iter().map(str::to_owned).zip(tokens).collect()
}

/// Checks every vector of a vocabulary, there and back; returns how many there are.
fn check(tokenizer: &Tokenizer, label: &str, vectors: &[(String, Vec<u32>)]) -> usize {
    for (text, expected) in vectors {
        let tokens = tokenizer.encode(text, false, false).expect(label);
        assert_eq!(&tokens, expected, "{label}: {text:?}");
        assert_eq!(&tokenizer.decode(&tokens, false).expect(label), text, "{label}");
        let mut stream = tokenizer.stream();
        let mut pieces: String = tokens.iter().map(|&token| stream.push(token).expect(label)).collect();
        pieces += &stream.finish();
        assert_eq!(&pieces, text, "{label}: streamed");
    }
    println!("{label}: {} vectors", vectors.len());
    vectors.len()
}

#[test]
#[ignore = "needs tests/fetch_vocabularies.sh"]
fn published_vectors() {
    for &(name, count) in VOCABULARIES {
        let tokenizer = Tokenizer::from_gguf(&metadata(name)).expect(name).expect("a vocabulary");
        assert_eq!(check(&tokenizer, name, &vectors(name)), count, "{name}");
    }
}

#[test]
#[ignore = "needs tests/fetch_vocabularies.sh"]
fn other_names_of_pre_tokenizers() {
    for &(pre, name) in SAME {
        let mut metadata = metadata(name);
        metadata.insert("tokenizer.ggml.pre", Value::String(pre.into()));
        let tokenizer = Tokenizer::from_gguf(&metadata).expect(pre).expect("a vocabulary");
        check(&tokenizer, &format!("{pre} on the vocabulary of {name}"), &vectors(name));
    }
}

/// Texts that test other things come back from every vocabulary, those too that have no vectors.
#[test]
#[ignore = "needs tests/fetch_vocabularies.sh"]
fn tricky_texts_come_back() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pre_tokenizers.json");
    let cases = std::fs::read(cases).expect("the fixture");
    let cases: Vec<serde_json::Value> = serde_json::from_slice(&cases).expect("JSON");
    let special = [
        "<s>",
        " a</s> b<s><s>c",
        "<|im_start|>x<|im_end|>\n",
        "<|endoftext|> <|eot_id|>",
        "<0x0A>",
        "[PAD151646]",
    ];
    let mut texts: Vec<String> = special.map(String::from).into();
    for case in &cases {
        let pieces = case["pieces"].as_array().expect("a list");
        texts.push(pieces.iter().map(|piece| piece.as_str().expect("a text")).collect());
    }
    texts.push(texts.concat());
    for name in VOCABULARIES.iter().map(|(name, _)| *name).chain(["aquila", "baichuan", "gpt-neox"]) {
        let tokenizer = Tokenizer::from_gguf(&metadata(name)).expect(name).expect("a vocabulary");
        let mut without_token = 0;
        for text in &texts {
            for parse_special in [false, true] {
                // Some vocabularies lack bytes that hardly occur.
                let Ok(tokens) = tokenizer.encode(text, false, parse_special) else {
                    without_token += 1;
                    continue;
                };
                assert_eq!(&tokenizer.decode(&tokens, true).expect(name), text, "{name}");
                if !parse_special {
                    assert_eq!(&tokenizer.decode(&tokens, false).expect(name), text, "{name}");
                }
            }
        }
        println!("{name}: {} texts, of which {without_token} have bytes without a token", 2 * texts.len());
        assert!(without_token < texts.len() / 10, "{name}");
    }
}

/// How long the most common vocabulary takes to load, and long texts to become tokens.
#[test]
#[ignore = "needs tests/fetch_vocabularies.sh"]
fn speed() {
    let mut prose = String::new();
    for file in ["README.md", "CONTRIBUTING.md", "LICENSE-APACHE", "docs/design.md", "src/text/tests.rs"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        prose += &std::fs::read_to_string(path).unwrap_or_default();
    }
    let megabyte = |text: &str| text.repeat(1_000_000 / text.len() + 1);
    let texts = [
        ("prose and code", megabyte(&prose)),
        ("Chinese", megabyte("你好，世界！我想在这里工作。")),
        ("spaces", megabyte(" ")),
        ("a", megabyte("a")),
        ("line ends", megabyte("\n")),
    ];
    for name in ["qwen2", "llama-bpe", "deepseek-llm", "gpt-2", "llama-spm"] {
        let metadata = metadata(name);
        let begin = Instant::now();
        let tokenizer = Tokenizer::from_gguf(&metadata).expect(name).expect("a vocabulary");
        let loaded = begin.elapsed().as_secs_f64() * 1e3;
        tokenizer.encode("the first text", false, false).expect(name);
        let first = begin.elapsed().as_secs_f64() * 1e3 - loaded;
        println!("{name}: loaded in {loaded:.1} ms, {first:.1} ms for the first text");
        for (label, text) in &texts {
            let begin = Instant::now();
            let tokens = tokenizer.encode(text, false, false).expect(name);
            let seconds = begin.elapsed().as_secs_f64();
            println!("    {label}: {:.1} MB/s, {} tokens", text.len() as f64 / 1e6 / seconds, tokens.len());
            assert!(seconds < 60.0, "{name}: {label} took {seconds} s");
            assert!(&tokenizer.decode(&tokens, false).expect(name) == text, "{name}: {label}");
        }
    }
}
