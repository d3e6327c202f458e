//! The command-line tool from outside: what it prints where, its exit status, and wrong usage.

use moesaic::kernel::Arithmetic;
use moesaic::{Model, ModelOptions};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A file of the tiny models in `tests/fixtures`.
fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(path)
}

/// The one with a tokenizer.
fn model() -> String {
    fixture("qwen2-text/f32.gguf").display().to_string()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moesaic"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn moesaic(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the tool starts")
}

fn moesaic_with_stdin(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    // It may fail before it reads anything; dropping the pipe ends the input.
    let _ = child.stdin.take().expect("piped").write_all(stdin);
    child.wait_with_output().expect("the tool ends")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("stderr is UTF-8")
}

/// What it printed; it must have succeeded.
fn stdout(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).expect("stdout is UTF-8")
}

fn json(arguments: &[&str]) -> Value {
    let output = moesaic(arguments);
    let text = stdout(&output);
    assert_eq!(stderr(&output), "", "nothing to say beside the JSON");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Asserts that it failed with this status, printed nothing to stdout, and said why in one line that
/// holds `cause`.
#[track_caller]
fn assert_fails(output: &Output, status: i32, cause: &str) {
    let message = stderr(output);
    assert_eq!(output.status.code(), Some(status), "{message}");
    assert_eq!(output.stdout, b"", "{message}");
    assert!(message.contains(cause), "{cause:?} is not in {message:?}");
    assert!(message.starts_with("error: "), "{message}");
    if status == 1 {
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

/// The fixture in exact arithmetic, through the library.
fn exact_model() -> Model {
    let mut options = ModelOptions::default();
    options.arithmetic = Arithmetic::Float32;
    Model::open_with(model(), &options).expect("the fixture opens")
}

#[test]
fn help_and_version_succeed() {
    for command in
        ["run", "chat", "inspect", "tokenize", "logits", "perplexity", "bench", "quantize", "routing"]
    {
        let help = stdout(&moesaic(&[command, "--help"]));
        assert!(help.contains("Usage: moesaic"), "{help}");
        assert!(stdout(&moesaic(&["--help"])).contains(command));
    }
    assert!(stdout(&moesaic(&["--version"])).starts_with("moesaic "));
}

#[test]
fn run_prints_the_text_alone_to_stdout() {
    let run = ["run", "-m", &model(), "the cat and", "-n", "12", "--temp", "0", "--arithmetic", "f32"];
    let output = moesaic(&run);
    let text = stdout(&output);

    let model = exact_model();
    let mut session = model.session(Default::default()).unwrap();
    let mut options = moesaic::GenerateOptions::default();
    options.sampling = moesaic::SamplingOptions::greedy();
    options.max_tokens = Some(12);
    let expected: String =
        session.generate("the cat and", &options).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(text, expected);
    assert!(stderr(&output).contains("ended by"), "{}", stderr(&output));
    assert_eq!(stderr(&output).lines().count(), 1);

    assert_eq!(
        stdout(&moesaic_with_stdin(
            &["run", "-m", run[2], "-", "-n", "12", "--temp", "0", "--arithmetic", "f32"],
            b"the cat and"
        )),
        text
    );
}

#[test]
fn run_repeats_a_seed() {
    let model = model();
    let run = |extra: &[&str]| {
        let mut arguments = vec!["run", "-m", &model, "the", "-n", "20", "--temp", "1.5", "--top-k", "0"];
        arguments.extend_from_slice(extra);
        moesaic(&arguments)
    };
    let first = run(&[]);
    let seed = stderr(&first).trim().rsplit(' ').next().expect("a seed").to_owned();
    assert_eq!(stdout(&run(&["--seed", &seed])), stdout(&first));
    assert_ne!(stdout(&run(&["--seed", "1"])), stdout(&run(&["--seed", "2"])));
}

#[test]
fn run_ends_at_stop_texts_and_the_context() {
    let model = model();
    let greedy = ["run", "-m", &model, "the cat", "--temp", "0", "--arithmetic", "f32"];
    let run = |extra: &[&str]| moesaic(&[&greedy, extra].concat());
    let text = stdout(&run(&["-n", "30"]));
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let (middle, _) = characters[characters.len() / 2];
    let stop: String = text[middle..].chars().take(3).collect();
    let cut = text.find(&stop).expect("it is in there");
    assert_eq!(stdout(&run(&["-n", "30", "--stop", "not in there", "--stop", &stop])), text[..cut]);

    let full = run(&["-c", "16"]);
    assert!(text.starts_with(&stdout(&full)), "a shorter context gives the same text");
    assert!(stderr(&full).contains("full context"), "{}", stderr(&full));
}

#[test]
fn run_survives_a_reader_that_goes_away() {
    let mut child = command(&["run", "-m", &model(), "the", "-n", "200", "--seed", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    drop(child.stdout.take());
    let mut message = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut message).expect("UTF-8");
    assert_eq!(child.wait().expect("the tool ends").code(), Some(0), "{message}");
    assert!(!message.contains("panic") && !message.contains("error"), "{message}");
}

#[test]
fn tokenize_prints_numbers_and_pieces() {
    let model = model();
    let tokens = std::fs::read(fixture("qwen2-text/tokens.json")).expect("tokens.json");
    let tokens: Vec<Value> = serde_json::from_slice(&tokens).expect("a list");
    for path in [model.as_str(), fixture("qwen2-text").to_str().expect("UTF-8")] {
        for case in tokens.iter().filter(|case| case["text"] != "") {
            let text = case["text"].as_str().expect("a text");
            assert_eq!(json(&["tokenize", "-m", path, text, "--json"]), case["tokens"], "{path}: {text}");
            let piped = moesaic_with_stdin(&["tokenize", "-m", path, "--json"], text.as_bytes());
            assert_eq!(serde_json::from_str::<Value>(&stdout(&piped)).expect("JSON"), case["tokens"]);
        }
    }
    let special = json(&["tokenize", "-m", &model, "<|im_end|>", "--json"]);
    assert_eq!(special, serde_json::json!([298]));
    let plain = json(&["tokenize", "-m", &model, "<|im_end|>", "--no-special", "--json"]);
    assert!(plain.as_array().expect("a list").len() > 1);
    let lines = stdout(&moesaic(&["tokenize", "-m", &model, "the cat\n"]));
    assert_eq!(lines.lines().next(), Some("     83  t"), "{lines}");
    assert!(lines.ends_with("    198  \\n\n"), "{lines}");
}

/// A version 1 `.npy` file's shape and values.
fn read_npy(path: &Path) -> (String, Vec<f32>) {
    let bytes = std::fs::read(path).expect("the file is there");
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    assert_eq!((10 + length) % 64, 0);
    let header = std::str::from_utf8(&bytes[10..10 + length]).expect("ASCII");
    assert!(
        header.starts_with("{'descr': '<f4', 'fortran_order': False, 'shape': (") && header.ends_with('\n')
    );
    let shape = header[header.find("shape").expect("a shape") + 9..].split(')').next().expect("an end");
    let values =
        bytes[10 + length..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().expect("four")));
    (shape.to_owned(), values.collect())
}

#[test]
fn logits_writes_what_the_library_computes() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out.npy");
    let out_text = out.to_str().expect("UTF-8");
    let model = exact_model();
    let tokens = [83, 258, 269, 265, 283];
    let expected = model.session(Default::default()).unwrap().forward(&tokens).unwrap();
    let logits = |extra: &[&str]| {
        let path = self::model();
        let output = moesaic(&[&["logits", "-m", &path, "-o", out_text], extra].concat());
        assert_eq!(stdout(&output), "");
        read_npy(&out)
    };
    let (shape, values) = logits(&["--tokens", "83,258,269,265,283"]);
    assert_eq!(shape, format!("5, {}", model.vocabulary_size()));
    assert_eq!(values, expected);
    let (_, of_text) = logits(&["--prompt", "the cat an"]);
    assert_eq!(of_text.len() % model.vocabulary_size(), 0);
    let (shape, one_by_one) = logits(&["--tokens", "83,258,269,265,283", "--one-by-one"]);
    assert_eq!(shape, format!("5, {}", model.vocabulary_size()));
    assert!(one_by_one.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4));
    let (_, rough) = logits(&["--tokens", "83,258,269,265,283", "--arithmetic", "int8"]);
    assert_eq!(rough.len(), expected.len());
}

#[test]
fn perplexity_counts_the_second_half_of_each_window() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("text.txt");
    let text = "the cat and the hat\n".repeat(40);
    std::fs::write(&file, &text).expect("written");
    let file = file.to_str().expect("UTF-8");
    let path = model();
    let arguments = ["perplexity", "-m", &path, "-f", file, "-c", "64", "--arithmetic", "f32"];
    let result = json(&[&arguments[..], &["--json"]].concat());

    // The definition, without sessions or halves: every window in one pass.
    let model = exact_model();
    let tokens = model.tokenizer().unwrap().encode(&text, true, false).unwrap();
    let vocabulary = model.vocabulary_size();
    let (mut sum, mut count) = (0.0, 0);
    for window in tokens.chunks_exact(64) {
        let logits = model.session(Default::default()).unwrap().forward(window).unwrap();
        for position in 32..63 {
            let row = &logits[position * vocabulary..][..vocabulary];
            let total: f64 = row.iter().map(|&x| f64::from(x).exp()).sum();
            sum += total.ln() - f64::from(row[window[position + 1] as usize]);
            count += 1;
        }
    }
    assert_eq!(result["tokens"], count);
    let perplexity = result["perplexity"].as_f64().expect("a number");
    let expected = (sum / f64::from(count)).exp();
    assert!((perplexity / expected - 1.0).abs() < 1e-5, "{perplexity} {expected}");
    let line = stdout(&moesaic(&arguments));
    assert_eq!(line, format!("perplexity {perplexity:.4} over {count} tokens\n"));
}

#[test]
fn perplexity_against_another_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_string();
    let (file, small) = (path("text.txt"), path("small.gguf"));
    let text = "Once upon a time there was a little dog named Tom. He found a red ball.\n".repeat(8);
    std::fs::write(&file, &text).expect("written");
    let (original, other) = ("stories", model());
    assert!(moesaic(&["quantize", "-m", original, "-o", &small, "--type", "Q4_0"]).status.success());
    let compare = |model: &str, against: &str, more: &[&str]| {
        let arguments =
            ["perplexity", "-m", model, "-f", &file, "-c", "64", "--arithmetic", "f32", "--against", against];
        moesaic(&[&arguments[..], more].concat())
    };
    let result: Value = serde_json::from_str(&stdout(&compare(&small, original, &["--json"]))).expect("JSON");

    // The definition, window by window.
    let rows = |path: &str| {
        let mut options = moesaic::ModelOptions::default();
        options.arithmetic = Arithmetic::Float32;
        let model = match path {
            "stories" => moesaic::stories::open(&options),
            path => moesaic::Model::open_with(path, &options),
        };
        let model = model.expect("a model");
        let tokens = model.tokenizer().unwrap().encode(&text, true, false).unwrap();
        let windows = tokens.chunks_exact(64).map(|window| {
            // Every window begins as the text does.
            let window = [&tokens[..1], &window[1..]].concat();
            let logits = model.session(Default::default()).unwrap().forward(&window).unwrap();
            let row = model.vocabulary_size();
            let softmax = |logits: &[f32]| {
                let total: f64 = logits.iter().map(|&x| f64::from(x).exp()).sum();
                logits.iter().map(|&x| f64::from(x).exp() / total).collect::<Vec<f64>>()
            };
            logits[32 * row..63 * row].chunks_exact(row).map(softmax).collect::<Vec<_>>()
        });
        windows.flatten().collect::<Vec<_>>()
    };
    let (ours, theirs) = (rows(&small), rows(original));
    let divergence =
        |(q, p): (&Vec<f64>, &Vec<f64>)| -> f64 { p.iter().zip(q).map(|(p, q)| p * (p / q).ln()).sum() };
    let expected = ours.iter().zip(&theirs).map(divergence).sum::<f64>() / ours.len() as f64;
    let found = result["divergence"].as_f64().expect("a number");
    // Both sum terms of about 1 that differ by a few thousandths, in 64-bit floats; the logits are of 32 bits.
    assert!((found - expected).abs() < 1e-6 + 1e-3 * expected, "{found} {expected}");
    assert!(found > 1e-5 && found < 1.0, "{found}");
    assert_eq!(result["tokens"], ours.len());
    assert!(result["same_best"].as_f64().expect("a number") > 0.5);
    assert!(result["reference_perplexity"].as_f64().expect("a number") > 1.0);
    assert!(stdout(&compare(&small, original, &[])).contains("nats a token"));
    let none: Value = serde_json::from_str(&stdout(&compare(&small, &small, &["--json"]))).expect("JSON");
    assert_eq!((none["divergence"].as_f64(), none["same_best"].as_f64()), (Some(0.0), Some(1.0)));
    assert_fails(&compare(&small, &other, &[]), 1, "do not have the same vocabulary");
}

#[test]
fn perplexity_of_a_text_cut_inside_a_character() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("text.txt");
    let mut text = "the cat and the hat\n".repeat(10).into_bytes();
    let path = file.to_str().expect("UTF-8");
    let run = |text: &[u8]| {
        std::fs::write(&file, text).expect("written");
        moesaic(&["perplexity", "-m", &model(), "-f", path, "-c", "16"])
    };
    let whole = stdout(&run(&text));
    text.extend_from_slice(&"🙂".as_bytes()[..3]);
    let cut = run(&text);
    assert_eq!(stdout(&cut), whole);
    assert!(stderr(&cut).contains("3 bytes"), "{}", stderr(&cut));
    text.push(b'x');
    assert_fails(&run(&text), 1, "offset 200");
    assert_fails(&run(b"the cat"), 1, "less than one window of 16");
}

#[test]
fn bench_measures_models_with_and_without_vocabulary() {
    for path in [model().as_str(), fixture("qwen3moe").to_str().expect("UTF-8")] {
        let list = json(&[
            "bench", "-m", path, "-p", "9", "-n", "4", "-d", "3", "-b", "2", "-r", "2", "-t", "1", "--json",
        ]);
        let tests: Vec<&Value> = list.as_array().expect("a list").iter().collect();
        assert_eq!(tests.len(), 2, "{list}");
        for (test, (name, tokens)) in tests.iter().zip([("prefill", 9), ("decode", 4)]) {
            assert_eq!(test["test"], name);
            assert_eq!(test["tokens"], tokens);
            assert_eq!(
                (&test["depth"], &test["sequences"], &test["threads"]),
                (&3.into(), &2.into(), &1.into())
            );
            assert_eq!(test["runs"].as_array().expect("a list").len(), 2);
            for number in ["tokens_per_second", "gigabytes_per_second", "of_read_bandwidth", "of_int8_peak"] {
                assert!(test[number].as_f64().is_some_and(|x| x > 0.0), "{number}: {test}");
            }
        }
    }
    let table = stdout(&moesaic(&["bench", "-m", &model(), "-p", "0", "-n", "2", "-r", "1"]));
    assert!(table.contains("decode") && !table.contains("prefill"), "{table}");
}

#[test]
fn inspect_shows_what_a_model_is() {
    let path = model();
    let report = json(&["inspect", "-m", &path, "--json"]);
    assert_eq!(report["family"], "qwen2");
    assert_eq!((&report["layers"], &report["heads"], &report["kv_heads"]), (&2.into(), &3.into(), &1.into()));
    assert_eq!((&report["hidden_size"], &report["vocabulary"]), (&48.into(), &304.into()));
    assert_eq!((&report["context"], &report["problem"]), (&256.into(), &Value::Null));
    let tensors = report["tensors"].as_array().expect("a list");
    assert!(tensors.iter().any(|tensor| tensor["shape"] == serde_json::json!([304, 48])), "{report}");
    let bytes: u64 = tensors.iter().map(|tensor| tensor["bytes"].as_u64().expect("a size")).sum();
    assert_eq!(report["bytes"], bytes);
    let folder = fixture("qwen2-text");
    let folder = json(&["inspect", "-m", folder.to_str().expect("UTF-8"), "--json"]);
    for same in ["family", "layers", "heads", "context", "vocabulary", "parameters", "parameters_active"] {
        assert_eq!(folder[same], report[same], "{same}");
    }
    assert_eq!(folder["chat_template"], true);

    let experts = json(&["inspect", "-m", fixture("qwen3moe").to_str().expect("UTF-8"), "--json"]);
    assert!(experts["parameters_active"].as_u64() < experts["parameters"].as_u64(), "{experts}");
    let text = stdout(&moesaic(&["inspect", "-m", &path]));
    assert!(text.contains("family         qwen2\n"), "{text}");
    assert!(text.contains("F32"), "{text}");
}

#[test]
fn inspect_shows_files_that_do_not_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = std::fs::read(fixture("qwen2-text/model.safetensors")).expect("the fixture");
    std::fs::write(folder.path().join("model.safetensors"), model).expect("written");
    let config = r#"{"model_type": "brand\u001bnew", "num_hidden_layers": 2, "hidden_size": 48}"#;
    std::fs::write(folder.path().join("config.json"), config).expect("written");
    let path = folder.path().to_str().expect("UTF-8");
    let report = json(&["inspect", "-m", path, "--json"]);
    assert_eq!(report["family"], "brand\u{1b}new");
    assert_eq!((&report["layers"], &report["hidden_size"]), (&2.into(), &48.into()));
    assert!(report["problem"].as_str().expect("a problem").contains("not supported"));
    assert_eq!(report["parameters_active"], Value::Null);
    assert!(report["parameters"].as_u64() > Some(10_000));
    let text = stdout(&moesaic(&["inspect", "-m", path]));
    assert!(text.contains("does not run"), "{text}");
    assert!(!text.contains('\u{1b}'), "a file's names cannot command the terminal");
    assert_fails(&moesaic(&["run", "-m", path, "x"]), 1, "not supported");
}

#[test]
fn the_model_in_the_box_needs_no_file() {
    let arguments = ["run", "Once upon a time", "--temp", "0", "-n", "30"];
    let story = stdout(&moesaic(&arguments));
    assert!(story.split_whitespace().count() > 10, "{story}");
    assert_eq!(stdout(&moesaic(&[&arguments[..], &["-m", "stories"]].concat())), story);
    assert_eq!(json(&["inspect", "-m", "stories", "--json"])["experts"], 12);
    let tokens = json(&["tokenize", "-m", "stories", "a fox", "--json"]);
    assert_eq!(tokens[0], 0, "a text begins with the beginning");
    let bench = json(&["bench", "-m", "stories", "-p", "32", "-n", "8", "-r", "1", "--json"]);
    assert_eq!(bench.as_array().map(Vec::len), Some(2));
}

#[test]
fn routing_counts_every_choice() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("text");
    std::fs::write(&text, "Once upon a time there was a fox who lived by the river. ".repeat(20))
        .expect("written");
    let text = text.to_str().expect("UTF-8");
    let drawing = folder.path().join("map.svg");
    let report =
        json(&["routing", "-m", "stories", "-f", text, "--json", "--svg", drawing.to_str().expect("UTF-8")]);
    let tokens = report["tokens"].as_u64().expect("a count");
    let layers = report["layers"].as_array().expect("layers");
    assert_eq!(layers.len(), 5);
    for layer in layers {
        let counts = layer["counts"].as_array().expect("counts");
        let sum: u64 = counts.iter().map(|count| count.as_u64().expect("a count")).sum();
        // Two experts for each token.
        assert_eq!((counts.len(), sum), (12, 2 * tokens));
        let evenness = layer["evenness"].as_f64().expect("a number");
        assert!((0.0..=1.0).contains(&evenness), "{evenness}");
    }
    let drawing = std::fs::read_to_string(&drawing).expect("the drawing");
    assert_eq!(drawing.matches("<title>").count(), 60);
    let table = stdout(&moesaic(&["routing", "-m", "stories", "-f", text]));
    assert_eq!(table.lines().count(), 7, "{table}");
    assert_fails(&moesaic(&["routing", "-m", &model(), "-f", text]), 1, "no experts");
}

#[test]
fn quantize_writes_a_model_that_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("small.gguf");
    let output = output.to_str().expect("UTF-8");
    let quantised = moesaic(&["quantize", "-m", "stories", "-o", output, "--type", "q4_k_m"]);
    assert_eq!(stdout(&quantised), "");
    assert!(stderr(&quantised).contains("MB of weights became"), "{}", stderr(&quantised));
    let report = json(&["inspect", "-m", output, "--json"]);
    assert!(report["formats"].to_string().contains("Q4_K"), "{report}");
    assert_eq!(report["chat_template"], true);
    let story = stdout(&moesaic(&["run", "-m", output, "Once upon a time", "--temp", "0", "-n", "20"]));
    assert!(story.split_whitespace().count() > 5, "{story}");
    // The result is not read while it is written.
    let again = moesaic(&["quantize", "-m", output, "-o", output, "--type", "Q8_0"]);
    assert_fails(&again, 1, "give the result another name");
}

#[test]
fn wrong_usage_ends_with_2() {
    let model = model();
    for arguments in [
        &[][..],
        &["dance"],
        &["run", "-m", &model, "x", "--no-such-option"],
        &["run", "-m", &model, "x", "--temp", "-1"],
        &["run", "-m", &model, "x", "--temp", "NaN"],
        &["run", "-m", &model, "x", "--temp", "warm"],
        &["run", "-m", &model, "x", "--top-p", "1.5"],
        &["run", "-m", &model, "x", "--min-p", "-0.5"],
        &["run", "-m", &model, "x", "--top-k", "-3"],
        &["run", "-m", &model, "x", "--repeat-penalty", "0"],
        &["run", "-m", &model, "x", "--seed", "-1"],
        &["run", "-m", &model, "x", "--stop", ""],
        &["run", "-m", &model, "x", "-n", "many"],
        &["run", "-m", &model, "x", "-t", "0"],
        &["run", "-m", &model, "x", "-c", "0"],
        &["run", "-m", &model, "two", "prompts"],
        &["chat", "-m", &model, "--temp", "-1"],
        &["chat", "-m", &model, "a message"],
        &["tokenize", "text"],
        &["logits", "-m", &model, "--tokens", "1"],
        &["logits", "-m", &model, "-o", "out.npy"],
        &["logits", "-m", &model, "-o", "out.npy", "--tokens", "1", "--prompt", "x"],
        &["logits", "-m", &model, "-o", "out.npy", "--tokens", "1,x"],
        &["logits", "-m", &model, "-o", "out.npy", "--tokens", "-1"],
        &["perplexity", "-m", &model],
        &["perplexity", "-m", &model, "-f", "text", "-c", "3"],
        &["bench", "-m", &model, "-p", "0", "-n", "0"],
        &["bench", "-m", &model, "-b", "0"],
        &["bench", "-m", &model, "-r", "0"],
        &["inspect"],
        &["routing", "-m", &model],
        &["quantize", "-m", &model, "-o", "out.gguf"],
        &["quantize", "-m", &model, "-o", "out.gguf", "--type", "Q9"],
        &["quantize", "-m", &model, "--type", "Q8_0"],
    ] {
        let output = moesaic(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stderr(&output));
        assert_eq!(output.stdout, b"", "{arguments:?}");
        assert_ne!(stderr(&output), "", "{arguments:?}");
    }
}

#[test]
fn failures_end_with_1_and_one_line() {
    let model = model();
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().to_str().expect("UTF-8");
    let missing = folder.path().join("missing.gguf");
    let missing = missing.to_str().expect("UTF-8");
    let damaged = folder.path().join("damaged.gguf");
    let bytes = std::fs::read(&model).expect("the fixture");
    std::fs::write(&damaged, &bytes[..bytes.len() / 2]).expect("written");
    let damaged = damaged.to_str().expect("UTF-8");
    let out = folder.path().join("out.npy");
    let out_text = out.to_str().expect("UTF-8");
    for arguments in [
        &["run", "x", "-m"][..],
        &["inspect", "-m"],
        &["tokenize", "x", "-m"],
        &["logits", "--tokens", "1", "-o", out_text, "-m"],
        &["bench", "-m"],
    ] {
        let with = |path| moesaic(&[arguments, &[path]].concat());
        assert_fails(&with(missing), 1, "missing.gguf");
        assert_fails(&with(empty), 1, empty);
        assert_fails(&with(damaged), 1, "damaged.gguf");
        assert_fails(&with("hf:owner"), 1, "is no name of a model on the hub");
    }

    let past = ["logits", "-m", &model, "-o", out_text, "--tokens", "1,304"];
    assert_fails(&moesaic(&past), 1, "token 304 is past the vocabulary");
    assert!(!out.exists(), "nothing is written");
    let unwritable = folder.path().join("no/folder.npy");
    let unwritable = ["logits", "-m", &model, "--tokens", "1", "-o", unwritable.to_str().expect("UTF-8")];
    assert_fails(&moesaic(&unwritable), 1, "folder.npy");
    assert_fails(&moesaic(&["logits", "-m", &model, "-o", out_text, "--prompt", ""]), 1, "no tokens");

    let long = "the cat ".repeat(200);
    let too_long = moesaic(&["run", "-m", &model, &long, "-c", "32"]);
    assert_fails(&too_long, 1, "the context holds 32");
    assert_fails(&moesaic(&["run", "-m", &model, "x", "-c", "257"]), 1, "256");
    assert_fails(&moesaic(&["bench", "-m", &model, "-d", "256"]), 1, "256");

    let no_text = b"the \xff cat";
    assert_fails(&moesaic_with_stdin(&["run", "-m", &model, "-"], no_text), 1, "offset 4");
    assert_fails(&moesaic_with_stdin(&["tokenize", "-m", &model], no_text), 1, "offset 4");
    let no_tokenizer = fixture("qwen3moe");
    let no_tokenizer = no_tokenizer.to_str().expect("UTF-8");
    assert_fails(&moesaic(&["run", "-m", no_tokenizer, "x"]), 1, "no tokenizer");
    assert_fails(&moesaic(&["tokenize", "-m", no_tokenizer, "x"]), 1, "no tokenizer");
    let text = ["perplexity", "-m", &model, "-f", missing];
    assert_fails(&moesaic(&text), 1, "missing.gguf");
}
