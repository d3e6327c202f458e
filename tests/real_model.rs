//! A real model: Qwen2.5-Coder-0.5B-Instruct, Q4_K_M, 491,400,064 bytes, against what llama.cpp says of it.
//!
//! Too large for the repository: `make test-real MODEL=file.gguf` runs these tests.

use moesaic::generate::Grammars;
use moesaic::{GenerateOptions, LogitsProcessor, Model};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// The perplexity that llama.cpp (llama-perplexity -c 512) gives for the text of version 3 of the GNU General Public
/// License: all of it, since of its first 12,000 bytes alone roundings that are no better or worse make a difference of half
/// a percent.
const PERPLEXITY: f64 = 5.3184;
/// The same with a cache of Q8_0 (-ctk q8_0 -ctv q8_0), without its rotation of keys (LLAMA_ATTN_ROT_DISABLE=1): with it 5.4922.
const PERPLEXITY_OF_8_BITS: f64 = 5.7450;

fn path(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: use `make test-real MODEL=file.gguf`"))
}

#[test]
#[ignore = "needs the model's file"]
fn perplexity_is_that_of_llama_cpp() {
    for (options, expected) in [
        (["--arithmetic", "int8"], PERPLEXITY),
        (["--arithmetic", "f32"], PERPLEXITY),
        (["--cache", "q8_0"], PERPLEXITY_OF_8_BITS),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_moesaic"))
            .args([
                "perplexity",
                "-m",
                &path("MOESAIC_REAL_MODEL"),
                "-c",
                "512",
                "--json",
                "-f",
                &path("MOESAIC_REAL_TEXT"),
            ])
            .args(options)
            .output()
            .expect("the tool runs");
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let perplexity = result["perplexity"].as_f64().expect("a number");
        println!("{options:?}: {perplexity}");
        assert!((perplexity / expected - 1.0).abs() < 0.005, "{options:?}: {perplexity}");
    }
}

#[test]
#[ignore = "needs the model's file"]
fn greedy_text_is_that_of_llama_cpp() {
    let model = Model::open(path("MOESAIC_REAL_MODEL")).expect("the model");
    let mut options = GenerateOptions::default();
    options.max_tokens = Some(64);
    options.sampling.temperature = 0.0;
    let mut session = model.session(Default::default()).expect("a session");
    let generation = session.generate("def fibonacci(n):", &options).expect("a generation");
    let text: String = generation.map(|piece| piece.expect("text")).collect();
    // What llama-completion -n 64 --temp 0 prints, whole.
    let expected =
        "\n    if n <= 0:\n        return \"Invalid input\"\n    elif n == 1:\n        return 0\n    \
                    elif n == 2:\n        return 1\n    else:\n        a, b = 0, 1\n        \
                    for _ in range(3, n + 1";
    assert_eq!(text, expected);
}

/// What a grammar costs beside the model, with a vocabulary of 151,936 tokens.
#[test]
#[ignore = "needs the model's file"]
fn a_grammar_costs_little() {
    let model = Model::open(path("MOESAIC_REAL_MODEL")).expect("the model");
    let schema = serde_json::json!({"type": "object", "properties": {
        "name": {"type": "string", "maxLength": 40}, "year": {"type": "integer"},
        "creators": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 3},
        "compiled": {"type": "boolean"}}, "required": ["name", "year", "creators", "compiled"],
        "additionalProperties": false});
    let begin = Instant::now();
    let grammars = Grammars::new(&model);
    grammars.regex("x").expect("a grammar");
    println!("vocabulary: {:?}", begin.elapsed());
    let begin = Instant::now();
    let grammar = grammars.json_schema(&schema).expect("a grammar");
    println!("schema: {:?}", begin.elapsed());
    let prompt = "<|im_start|>user\nDescribe the language Rust as JSON.<|im_end|>\n<|im_start|>assistant\n";
    let prompt = model.encode_prompt(prompt, true).expect("tokens");
    let mut options = GenerateOptions::default();
    options.max_tokens = Some(200);
    let begun = Arc::new(Mutex::new(Instant::now()));
    let times = Arc::new(Mutex::new(Vec::new()));
    let (start, stop, kept) = (begun.clone(), begun, times.clone());
    options.logits_processors.push(LogitsProcessor::new(move |_, _| {
        *start.lock().expect("the time") = Instant::now();
        Ok(())
    }));
    options.logits_processors.push(grammar.processor(prompt.len(), None));
    options.logits_processors.push(LogitsProcessor::new(move |_, _| {
        kept.lock().expect("the times").push(stop.lock().expect("the time").elapsed());
        Ok(())
    }));
    let mut session = model.session(Default::default()).expect("a session");
    let generation = session.generate_from(&prompt, &options).expect("a generation");
    let text: String = generation.map(|piece| piece.expect("text")).collect();
    println!("{text}");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert!(value["year"].is_i64() && value["compiled"].is_boolean());
    let mut times = times.lock().expect("the times").clone();
    times.sort();
    let mean = times.iter().sum::<std::time::Duration>() / times.len() as u32;
    println!(
        "{} tokens: median {:?}, mean {mean:?}, longest {:?}",
        times.len(),
        times[times.len() / 2],
        times[times.len() - 1]
    );
}
