//! A real model: Qwen2.5-Coder-0.5B-Instruct, Q4_K_M, 491,400,064 bytes, against what llama.cpp says of it.
//!
//! Too large for the repository: `make test-real MODEL=file.gguf` runs these tests.

use moesaic::{GenerateOptions, Model};
use std::process::Command;

/// The perplexity that llama.cpp (llama-perplexity -c 512) gives for the first 12,000 bytes of the text of
/// version 3 of the GNU General Public License.
const PERPLEXITY: f64 = 6.2371;

fn path(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: use `make test-real MODEL=file.gguf`"))
}

#[test]
#[ignore = "needs the model's file"]
fn perplexity_is_that_of_llama_cpp() {
    let text = std::fs::read(path("MOESAIC_REAL_TEXT")).expect("the text");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("text.txt");
    std::fs::write(&file, &text[..12_000]).expect("written");
    for (arithmetic, bound) in [("int8", 0.005), ("f32", 0.01)] {
        let output = Command::new(env!("CARGO_BIN_EXE_moesaic"))
            .args([
                "perplexity",
                "-m",
                &path("MOESAIC_REAL_MODEL"),
                "-c",
                "512",
                "--json",
                "--arithmetic",
                arithmetic,
                "-f",
            ])
            .arg(&file)
            .output()
            .expect("the tool runs");
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let perplexity = result["perplexity"].as_f64().expect("a number");
        println!("{arithmetic}: {perplexity}");
        // llama.cpp rounds activations too: exact arithmetic is not held to its figure as closely.
        assert!((perplexity / PERPLEXITY - 1.0).abs() < bound, "{arithmetic}: {perplexity}");
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
