//! Every family's logits against Hugging Face `transformers`: tiny random models, opened from folders and
//! from GGUF files, in one pass, token by token and in pieces. See `tests/fixtures/make_reference.py`.
//!
//! Tolerances are in standard deviations of the reference logits. `cargo test --test families -- --nocapture`
//! prints what was measured.

mod common;

use common::{deviation, largest_difference, open, open_with, options, targets, Prompt, Target};
use moesaic::kernel::{Arithmetic, InstructionSet};
use moesaic::model::config::{Attention, FeedForward, GroupRule, RopeScaling};
use moesaic::model::{Cache, Logits, Model, Outputs, Pooling, PredictionStep, Step};
use moesaic::quant::Format;
use moesaic::storage::{Access, Archive, Array, Description, GgufWriter, Value};
use moesaic::Error;
use std::cell::Cell;
use std::path::Path;

/// Largest difference from `transformers` in float arithmetic.
const EXACT: f64 = 1e-3;
/// Typical difference from `transformers` in integer arithmetic: root mean square of a row, median over the
/// rows. Rounding activations to 8 bits in blocks of 32 errs by up to half of 1/127 of a block's largest
/// value, about 0.5 % (root mean square) of each matrix product; the fifteen products behind each other of
/// the grouped-query models, whose errors add like independent ones, make 2 %, and the longer chain of latent
/// attention about 4 %. The median leaves out the rows where the error flipped a choice of experts.
const INTEGER: f64 = 0.06;
/// Mean Kullback-Leibler divergence of the next-token distributions in integer arithmetic, in nats. Half the
/// square of the logits' error would be 0.007 (their deviation is about 2); the rest is room for the rows
/// with another choice of experts.
const DIVERGENCE: f64 = 0.1;
/// The same of float weights. The cache is in half precision, and with AVX-512 BF16 activations that meet BF16 are
/// rounded to 8 bits of their own: at most 2^-8 of each, 0.17 % (root mean square), a third of what blocks of 32 lose.
/// Sixty layers add up to twice as much as the few of the other models.
const HALF: f64 = INTEGER / 3.0;
/// Largest difference between two ways to compute the same float result, which may sum in another order.
const SAME: f64 = 1e-4;

/// Runs tokens behind what the cache holds; every row of logits.
fn step(model: &Model, cache: &mut Cache, tokens: &[u32]) -> Vec<f32> {
    model.forward(&mut [Step { cache, tokens, logits: Logits::All }], &|| false).expect("a forward pass")
}

/// Runs a prompt in pieces of these sizes (the last takes the rest) through a fresh cache.
fn in_pieces(model: &Model, prompt: &Prompt, sizes: &[usize]) -> Vec<f32> {
    let mut cache = model.cache(prompt.tokens.len()).expect("a cache");
    let (mut logits, mut rest) = (Vec::new(), &prompt.tokens[..]);
    for size in sizes {
        let (piece, behind) = rest.split_at((*size).min(rest.len()));
        rest = behind;
        if !piece.is_empty() {
            logits.extend(step(model, &mut cache, piece));
        }
    }
    if !rest.is_empty() {
        logits.extend(step(model, &mut cache, rest));
    }
    assert_eq!(cache.len(), prompt.tokens.len());
    logits
}

fn one_pass(model: &Model, prompt: &Prompt) -> Vec<f32> {
    in_pieces(model, prompt, &[])
}

fn one_by_one(model: &Model, prompt: &Prompt) -> Vec<f32> {
    in_pieces(model, prompt, &vec![1; prompt.tokens.len()])
}

/// Measures every target, prints the table, and fails with every row above its tolerance.
fn check(title: &str, tolerance: f64, measure: impl Fn(&Target) -> Option<Vec<f64>>) {
    println!("\n{title} (tolerance {tolerance:.1e})");
    let (mut failures, mut measured) = (Vec::new(), 0);
    for target in targets() {
        let Some(values) = measure(&target) else { continue };
        measured += 1;
        let shown: Vec<String> = values.iter().map(|value| format!("{value:9.1e}")).collect();
        let row = format!("{:42} {}", target.label, shown.join(" "));
        println!("{row}");
        // Not `>`: a value that is not a number is a failure too.
        if !values.iter().all(|value| *value <= tolerance) {
            failures.push(row);
        }
    }
    assert!(measured > 0, "{title}: nothing was measured");
    assert!(failures.is_empty(), "{title}: above {tolerance:.1e}\n{}", failures.join("\n"));
}

#[test]
fn logits_are_those_of_transformers() {
    check("one pass, and token by token, for each prompt", EXACT, |target| {
        let model = open(target, Arithmetic::Float32, 2);
        let ways = [one_pass, one_by_one];
        let errors = target.prompts.iter().flat_map(|prompt| {
            ways.map(|run| largest_difference(&run(&model, prompt), &prompt.logits) / prompt.deviation)
        });
        Some(errors.collect())
    });
}

/// The instruction sets that this CPU has.
fn instruction_sets() -> Vec<InstructionSet> {
    let model = &targets()[0].path;
    let sets = InstructionSet::ALL;
    let (found, lacking) = sets.into_iter().partition::<Vec<_>, _>(|set| {
        let options = options(Arithmetic::Float32, 1, Some(*set));
        Model::open_with(model, &options).is_ok()
    });
    if !lacking.is_empty() {
        println!("this CPU lacks {lacking:?}");
    }
    assert!(found.contains(&InstructionSet::Scalar), "the scalar kernels run everywhere");
    found
}

#[test]
fn every_instruction_set_gives_them() {
    for set in instruction_sets() {
        check(&format!("one pass with {set:?}"), EXACT, |target| {
            let model = open_with(target, &options(Arithmetic::Float32, 1, Some(set)));
            let errors = target.prompts.iter().map(|prompt| {
                largest_difference(&one_pass(&model, prompt), &prompt.logits) / prompt.deviation
            });
            Some(errors.collect())
        });
    }
}

#[test]
fn uneven_pieces_equal_one_pass() {
    check("pieces of 5, 1, 17, 2, 32 and the rest, against one pass", SAME, |target| {
        let model = open(target, Arithmetic::Float32, 2);
        let errors = target.prompts.iter().map(|prompt| {
            let pieces = in_pieces(&model, prompt, &[5, 1, 17, 2, 32]);
            largest_difference(&pieces, &one_pass(&model, prompt)) / prompt.deviation
        });
        Some(errors.collect())
    });
}

#[test]
fn sequences_do_not_see_each_other() {
    check("three sequences in one pass, against each alone", SAME, |target| {
        let model = open(target, Arithmetic::Float32, 2);
        let (short, long) = (&target.prompts[0], &target.prompts[1]);
        // The long prompt twice: whole, and its last token behind a cache that holds the rest.
        let (held, last) = long.tokens.split_at(long.tokens.len() - 1);
        let mut caches = [short, long, long].map(|prompt| model.cache(prompt.tokens.len()).expect("a cache"));
        step(&model, &mut caches[2], held);
        let [first, second, third] = &mut caches;
        let mut steps = [
            Step { cache: first, tokens: &short.tokens, logits: Logits::Last },
            Step { cache: second, tokens: &long.tokens, logits: Logits::All },
            Step { cache: third, tokens: last, logits: Logits::All },
        ];
        let together = model.forward(&mut steps, &|| false).expect("a forward pass");

        let row = model.vocabulary_size();
        let short_alone = one_pass(&model, short);
        let long_alone = one_pass(&model, long);
        let mut alone = short_alone[short_alone.len() - row..].to_vec();
        alone.extend(&long_alone);
        alone.extend(&long_alone[long_alone.len() - row..]);
        Some(vec![largest_difference(&together, &alone) / long.deviation])
    });
}

#[test]
fn few_tokens_get_what_each_gets_alone() {
    for (set, arithmetic) in
        instruction_sets().into_iter().flat_map(|set| [(set, Arithmetic::Float32), (set, Arithmetic::Int8)])
    {
        let title = format!("pieces of up to 4, against token by token, {set:?} {arithmetic:?}, bit for bit");
        check(&title, 0.0, |target| {
            let model = open_with(target, &options(arithmetic, 2, Some(set)));
            let prompt = &target.prompts[1];
            let sizes: Vec<usize> = [4, 1, 3, 2].into_iter().cycle().take(prompt.tokens.len()).collect();
            let same = in_pieces(&model, prompt, &sizes) == one_by_one(&model, prompt);
            Some(vec![if same { 0.0 } else { 1.0 }])
        });
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    for arithmetic in [Arithmetic::Float32, Arithmetic::Int8] {
        check(&format!("three threads against one, {arithmetic:?}, bit for bit"), 0.0, |target| {
            let (one, three) = (open(target, arithmetic, 1), open(target, arithmetic, 3));
            let prompt = &target.prompts[1];
            let pieces = [20, 1, 1];
            let same = in_pieces(&one, prompt, &pieces) == in_pieces(&three, prompt, &pieces);
            Some(vec![if same { 0.0 } else { 1.0 }])
        });
    }
}

#[test]
fn a_truncated_cache_is_as_before() {
    check("rewound to 20 tokens and redone, against never having gone on, bit for bit", 0.0, |target| {
        let model = open(target, Arithmetic::Float32, 2);
        let (other, prompt) = (&target.prompts[0], &target.prompts[1]);
        let (kept, rest) = prompt.tokens.split_at(20);
        let mut cache = model.cache(prompt.tokens.len()).expect("a cache");
        let mut again = step(&model, &mut cache, kept);
        step(&model, &mut cache, &other.tokens);
        cache.truncate(20);
        assert_eq!(cache.len(), 20);
        again.extend(step(&model, &mut cache, rest));
        let same = again == in_pieces(&model, prompt, &[20]);
        Some(vec![if same { 0.0 } else { 1.0 }])
    });
}

#[test]
fn a_failed_pass_leaves_the_cache_as_it_was() {
    check("a cancelled pass and a bad token, then the prompt, bit for bit", 0.0, |target| {
        let model = open(target, Arithmetic::Float32, 2);
        let (other, prompt) = (&target.prompts[0], &target.prompts[1]);
        let (held, rest) = prompt.tokens.split_at(20);
        let mut cache = model.cache(prompt.tokens.len()).expect("a cache");
        let mut logits = step(&model, &mut cache, held);
        let mut fail = |tokens: &[u32], cancelled: &dyn Fn() -> bool| {
            let steps = &mut [Step { cache: &mut cache, tokens, logits: Logits::All }];
            assert!(model.forward(steps, cancelled).is_err());
            assert_eq!(cache.len(), 20);
        };
        // Cancelled as late as possible: when the first layers have appended to the cache.
        let asked = Cell::new(0);
        let layers = model.config().layers.len();
        fail(&other.tokens, &|| {
            asked.set(asked.get() + 1);
            asked.get() >= layers
        });
        fail(&[model.vocabulary_size() as u32], &|| false);
        fail(&vec![0; prompt.tokens.len()], &|| false);
        logits.extend(step(&model, &mut cache, rest));
        let same = logits == in_pieces(&model, prompt, &[20]);
        Some(vec![if same { 0.0 } else { 1.0 }])
    });
}

#[test]
fn rows_asked_for_are_the_rows_given() {
    check("the last row alone, behind a pass without logits", EXACT, |target| {
        let model = open(target, Arithmetic::Float32, 1);
        let prompt = &target.prompts[0];
        let row = model.vocabulary_size();
        assert_eq!(prompt.logits.len(), row * prompt.tokens.len());
        let (first, rest) = prompt.tokens.split_at(4);
        let mut cache = model.cache(prompt.tokens.len()).expect("a cache");
        let mut ask = |tokens: &[u32], logits| {
            model
                .forward(&mut [Step { cache: &mut cache, tokens, logits }], &|| false)
                .expect("a forward pass")
        };
        assert!(ask(first, Logits::None).is_empty());
        let last = ask(rest, Logits::Last);
        let expected = &prompt.logits[prompt.logits.len() - row..];
        Some(vec![largest_difference(&last, expected) / prompt.deviation])
    });
}

#[test]
fn vectors_are_pooled_hidden_states() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/qwen3");
    // Longer than what runs at once.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = std::fs::read_to_string(source.join("config.json")).expect("a configuration");
    let mut config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    config["max_position_embeddings"] = 1024.into();
    std::fs::write(folder.path().join("config.json"), config.to_string()).expect("a file");
    std::fs::copy(source.join("model.safetensors"), folder.path().join("model.safetensors")).expect("a copy");
    let model = Model::open_with(folder.path(), &options(Arithmetic::Float32, 1, None)).expect("a model");
    assert_eq!(model.pooling(), None);
    let width = model.embedding_length();
    for count in [1, 2, 511, 512, 513, 700] {
        let tokens: Vec<u32> =
            (0..count).map(|index| (index * 7 + index / 5) as u32 % model.vocabulary_size() as u32).collect();
        let mut cache = model.cache(count).expect("a cache");
        let step = Step { cache: &mut cache, tokens: &tokens, logits: Logits::None };
        let hidden = model.forward_with_hidden(&mut [step], &|| false).expect("a pass").hidden;
        let mean: Vec<f32> = (0..width)
            .map(|column| {
                hidden.iter().skip(column).step_by(width).map(|value| f64::from(*value)).sum::<f64>() as f32
            })
            .collect();
        let expected = [
            (Pooling::First, &hidden[..width]),
            (Pooling::Last, &hidden[(count - 1) * width..]),
            (Pooling::Mean, &mean),
        ];
        for (pooling, expected) in expected {
            let length = expected.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
            let expected: Vec<f32> =
                expected.iter().map(|value| (f64::from(*value) / length) as f32).collect();
            let found = model.embed(&tokens, pooling, &|| false).expect("a vector");
            let difference = largest_difference(&found, &expected);
            // As near as logits have to be, of values whose deviation is that of a vector of length 1.
            assert!(difference < EXACT / (width as f64).sqrt(), "{count} {pooling:?}: {difference}");
        }
    }
    assert!(matches!(model.embed(&[], Pooling::Mean, &|| false), Err(Error::Input { .. })));
    assert!(matches!(model.embed(&[0; 1025], Pooling::Mean, &|| false), Err(Error::Input { .. })));
    assert!(matches!(model.embed(&[u32::MAX], Pooling::Mean, &|| false), Err(Error::Input { .. })));
    assert!(matches!(model.embed(&[1], Pooling::Mean, &|| true), Err(Error::Cancelled)));
}

#[test]
fn a_file_says_how_to_pool() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/qwen3/f32.gguf");
    let archive = Archive::open(&source, Access::Map).expect("a fixture");
    let numbers =
        [(0, None), (1, Some(Pooling::Mean)), (2, Some(Pooling::First)), (3, Some(Pooling::Last)), (4, None)];
    for (number, pooling) in numbers.into_iter().chain([(u32::MAX, None)]) {
        let mut writer = with_metadata(&archive, Some(("qwen3.pooling_type", Value::U32(number))));
        for tensor in archive.tensors.values() {
            writer.tensor(tensor.name(), tensor.shape(), tensor.format()).expect("a tensor");
        }
        let mut data = writer.begin(Vec::new()).expect("a header");
        archive.tensors.values().for_each(|tensor| data.write(tensor.bytes()).expect("a tensor's data"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("model.gguf");
        std::fs::write(&path, data.finish().expect("a whole file")).expect("a file");
        assert_eq!(Model::open(&path).expect("a model").pooling(), pooling);
    }
}

/// Drafts of a prompt in pieces of these sizes (the last takes the rest), through fresh caches.
fn drafts(model: &Model, prompt: &Prompt, sizes: &[usize]) -> Vec<f32> {
    let width = model.config().embedding_length;
    let mut cache = model.cache(prompt.tokens.len()).expect("a cache");
    let mut prediction = model.prediction_cache(prompt.tokens.len()).expect("a cache");
    let steps = &mut [Step { cache: &mut cache, tokens: &prompt.tokens, logits: Logits::All }];
    let Outputs { logits, hidden, .. } = model.forward_with_hidden(steps, &|| false).expect("a forward pass");
    assert_eq!(logits, one_pass(model, prompt), "the logits beside the hidden states");
    assert_eq!(hidden.len(), prompt.tokens.len() * width);
    let (mut drafts, mut first) = (Vec::new(), 0);
    let last = prompt.tokens.len() - 1;
    for size in sizes.iter().chain([&last]) {
        let end = (first + size).min(last);
        if first < end {
            let step = PredictionStep {
                cache: &mut prediction,
                hidden: &hidden[first * width..end * width],
                tokens: &prompt.tokens[first + 1..=end],
                logits: Logits::All,
            };
            drafts.extend(model.predict(&mut [step], &|| false).expect("a draft").logits);
        }
        first = end;
    }
    assert_eq!(prediction.len(), last);
    drafts
}

#[test]
fn drafts_are_those_of_the_reference() {
    check("drafts in one pass, and in pieces, for each prompt", EXACT, |target| {
        let with_reference = !target.prompts[0].draft.is_empty();
        let mut options = options(Arithmetic::Float32, 2, None);
        options.prediction = true;
        let model = match Model::open_with(&target.path, &options) {
            Ok(model) => model,
            Err(error) => {
                let message = error.to_string();
                assert!(message.contains("holds no layer that predicts further tokens"), "{message}");
                // Of GGUF files some leave it out.
                assert!(!with_reference || target.path.is_file(), "{}: {message}", target.label);
                return None;
            }
        };
        assert!(with_reference && model.can_predict(), "{}", target.label);
        let errors = target.prompts.iter().flat_map(|prompt| {
            let unit = deviation(&prompt.draft);
            [&[][..], &[1, 3, 1]]
                .map(|sizes| largest_difference(&drafts(&model, prompt, sizes), &prompt.draft) / unit)
        });
        Some(errors.collect())
    });
}

#[test]
fn drafts_that_cannot_be_are_errors() {
    let find = |label: &str| targets().into_iter().find(|target| target.label == label).expect("a fixture");
    let message = |result: moesaic::Result<_>| match result {
        Ok(_) => panic!("an error"),
        Err(error) => Error::to_string(&error),
    };
    // Without being asked for, the layer is left alone.
    let model = open(&find("deepseek3/"), Arithmetic::Float32, 1);
    assert!(model.config().prediction.is_some() && !model.can_predict());
    assert!(
        message(model.prediction_cache(4).map(drop)).contains("open the model with the option `prediction`")
    );
    assert!(message(open(&find("qwen3/"), Arithmetic::Float32, 1).prediction_cache(4).map(drop))
        .contains("holds no layer that predicts"));

    let mut options = options(Arithmetic::Float32, 1, None);
    options.prediction = true;
    let model = open_with(&find("deepseek3/"), &options);
    let width = model.config().embedding_length;
    let mut cache = model.prediction_cache(4).expect("a cache");
    let mut trunk = model.cache(4).expect("a cache");
    let predict = |cache: &mut Cache, hidden: usize, tokens: &[u32]| {
        let hidden = &vec![1.0; hidden];
        let steps = &mut [PredictionStep { cache, hidden, tokens, logits: Logits::Last }];
        model.predict(steps, &|| false).map(drop)
    };
    predict(&mut cache, 2 * width, &[1, 2]).expect("a draft");
    assert!(message(predict(&mut cache, 2 * width, &[1])).contains("are not the hidden states of 1 tokens"));
    assert!(message(predict(&mut cache, width, &[u32::MAX])).contains("past the vocabulary"));
    assert!(message(predict(&mut cache, 3 * width, &[1, 2, 3])).contains("do not fit a context of 4"));
    assert!(message(predict(&mut trunk, width, &[1])).contains("made for another model"));
    assert_eq!(cache.len(), 2);
}

/// Root mean square difference of each row, in deviations, and its Kullback-Leibler divergence in nats.
fn row_errors(logits: &[f32], prompt: &Prompt) -> Vec<(f64, f64)> {
    let row = prompt.logits.len() / prompt.tokens.len();
    let log_softmax = |values: &[f32]| -> Vec<f64> {
        let largest = values.iter().fold(f64::MIN, |largest, value| largest.max(f64::from(*value)));
        let sum: f64 = values.iter().map(|value| (f64::from(*value) - largest).exp()).sum();
        values.iter().map(|value| f64::from(*value) - largest - sum.ln()).collect()
    };
    let rows = logits.chunks_exact(row).zip(prompt.logits.chunks_exact(row));
    rows.map(|(ours, reference)| {
        let squares = ours.iter().zip(reference).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        let (ours, reference) = (log_softmax(ours), log_softmax(reference));
        let divergence = ours.iter().zip(&reference).map(|(q, p)| p.exp() * (p - q)).sum();
        ((squares / row as f64).sqrt() / prompt.deviation, divergence)
    })
    .collect()
}

#[test]
fn integer_arithmetic_stays_close() {
    for set in instruction_sets() {
        let errors = |target: &Target| -> Option<Vec<(f64, f64)>> {
            if !target.quantised {
                return None;
            }
            let model = open_with(target, &options(Arithmetic::Int8, 2, Some(set)));
            let errors = target.prompts.iter().flat_map(|prompt| {
                let mut rows = row_errors(&one_pass(&model, prompt), prompt);
                rows.extend(row_errors(&one_by_one(&model, prompt), prompt));
                rows
            });
            Some(errors.collect())
        };
        check(&format!("Int8 with {set:?}: root mean square of a row, median"), INTEGER, |target| {
            let mut differences: Vec<f64> =
                errors(target)?.into_iter().map(|(difference, _)| difference).collect();
            differences.sort_by(f64::total_cmp);
            Some(vec![differences[differences.len() / 2]])
        });
        check(&format!("Int8 with {set:?}: divergence of a row in nats, mean"), DIVERGENCE, |target| {
            let errors = errors(target)?;
            Some(vec![errors.iter().map(|(_, divergence)| divergence).sum::<f64>() / errors.len() as f64])
        });
    }
}

#[test]
fn float_weights_stay_close_in_integer_arithmetic() {
    for set in instruction_sets() {
        check(&format!("floats in Int8 with {set:?}: root mean square of a row, median"), HALF, |target| {
            if target.quantised {
                return None;
            }
            let model = open_with(target, &options(Arithmetic::Int8, 2, Some(set)));
            let rows = target.prompts.iter().flat_map(|prompt| row_errors(&one_pass(&model, prompt), prompt));
            let mut differences: Vec<f64> = rows.map(|(difference, _)| difference).collect();
            differences.sort_by(f64::total_cmp);
            let depth = if model.config().layers.len() > 4 { 2.0 } else { 1.0 };
            Some(vec![differences[differences.len() / 2] / depth])
        });
    }
}

/// Begins a GGUF file again, with one more key.
fn with_metadata(archive: &Archive, more: Option<(&str, Value)>) -> GgufWriter {
    let Description::Gguf(metadata) = &archive.description else { panic!("a GGUF file") };
    let mut writer = GgufWriter::new();
    for key in metadata.keys() {
        writer.metadata(key, metadata.get(key).expect("a key of the file").clone()).expect("a key");
    }
    if let Some((key, value)) = more {
        writer.metadata(key, value).expect("a new key");
    }
    writer
}

/// Writes a GGUF file again with one more tensor, of four zeros.
fn with_tensor(archive: &Archive, name: &str, path: &Path) {
    let mut writer = with_metadata(archive, None);
    for tensor in archive.tensors.values() {
        writer.tensor(tensor.name(), tensor.shape(), tensor.format()).expect("a tensor");
    }
    writer.tensor(name, &[4], Format::F32).expect("a tensor");
    let mut data = writer.begin(Vec::new()).expect("a header");
    for tensor in archive.tensors.values() {
        data.write(tensor.bytes()).expect("a tensor's data");
    }
    data.write(&[0; 16]).expect("a tensor's data");
    std::fs::write(path, data.finish().expect("a whole file")).expect("a file");
}

#[test]
fn a_tensor_without_a_use_is_refused() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/llama3/f32.gguf");
    let archive = Archive::open(&source, Access::Map).expect("a fixture");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.gguf");
    for unknown in ["blk.1.ffn_gate.bias", "blk.0.attn_q_norm.weight", "output_norm.bias"] {
        with_tensor(&archive, unknown, &path);
        match Model::open(&path) {
            Err(Error::Tensor { tensor, .. }) => assert_eq!(tensor, unknown),
            other => panic!("{unknown}: {other:?}"),
        }
    }
    // Blocks past the last layer, and the rotary frequencies of old files.
    for harmless in ["blk.2.nextn.enorm.weight", "blk.0.attn_rot_embd.weight"] {
        with_tensor(&archive, harmless, &path);
        Model::open(&path).unwrap_or_else(|error| panic!("{harmless}: {error}"));
    }
}

#[test]
fn layers_have_the_windows_that_the_file_says() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/gpt-oss/f32.gguf");
    let archive = Archive::open(&source, Access::Map).expect("a fixture");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("model.gguf");
    let flags = |flags: &[bool]| Value::Array(Array::Bools(flags.to_vec()));
    let windows = |key: &str, value: Value| {
        let mut writer = with_metadata(&archive, Some((key, value)));
        for tensor in archive.tensors.values() {
            writer.tensor(tensor.name(), tensor.shape(), tensor.format()).expect("a tensor");
        }
        let mut data = writer.begin(Vec::new()).expect("a header");
        for tensor in archive.tensors.values() {
            data.write(tensor.bytes()).expect("a tensor's data");
        }
        std::fs::write(&path, data.finish().expect("a whole file")).expect("a file");
        let model = Model::open(&path)?;
        let window = |attention: &Attention| match attention {
            Attention::Grouped(attention) => attention.window,
            _ => None,
        };
        Ok::<_, Error>(model.config().layers.iter().map(|layer| window(&layer.attention)).collect::<Vec<_>>())
    };
    let pattern = "gpt-oss.attention.sliding_window_pattern";
    for (value, expected) in [
        (flags(&[false, true]), [None, Some(6)]),
        (flags(&[true, true, false]), [Some(6), Some(6)]),
        (Value::U32(0), [Some(6), Some(6)]),
        (Value::U32(1), [None, None]),
        (Value::U32(2), [Some(6), None]),
    ] {
        assert_eq!(windows(pattern, value.clone()).expect("a model"), expected, "{value:?}");
    }
    let message = windows(pattern, flags(&[true])).expect_err("too few").to_string();
    assert!(message.contains("has 1 entries for 2 layers"), "{message}");
    let message = windows("gpt-oss.rope.freq_base_swa", Value::F32(10.0)).expect_err("two bases").to_string();
    assert!(message.contains("differs from rope.freq_base"), "{message}");
}

/// A copy of a fixture's folder.
fn copy_of(model: &str) -> tempfile::TempDir {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(model);
    let folder = tempfile::tempdir().expect("a temporary folder");
    for entry in std::fs::read_dir(source).expect("a fixture") {
        let entry = entry.expect("a file");
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("a copy");
    }
    folder
}

#[test]
fn folders_that_are_wrong_or_partial_name_the_file() {
    const SHARDS: [&str; 2] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    const INDEX: &str = "model.safetensors.index.json";
    let damaged = |damage: &dyn Fn(&Path), file: &str, expected: &str| {
        let folder = copy_of("deepseek3-fp8");
        damage(folder.path());
        let message = match Model::open(folder.path()) {
            Ok(_) => panic!("{expected}: it opens"),
            Err(error) => error.to_string(),
        };
        let path = folder.path().join(file);
        assert!(message.starts_with(&path.display().to_string()), "{message}");
        assert!(message.contains(expected), "{message}");
        assert!(!message.contains('\n'), "{message}");
    };
    let edit = |folder: &Path, file: &str, old: &str, new: &str| {
        let path = folder.join(file);
        let text = std::fs::read_to_string(&path).expect("a text");
        assert!(text.contains(old), "{file} has no {old}");
        std::fs::write(path, text.replacen(old, new, 1)).expect("a file");
    };
    let length = |folder: &Path, change: i64| {
        let file = std::fs::OpenOptions::new().write(true).open(folder.join(SHARDS[1])).expect("a shard");
        let length = file.metadata().expect("a length").len();
        file.set_len(length.checked_add_signed(change).expect("a length")).expect("a new length");
    };
    damaged(
        &|folder| std::fs::remove_file(folder.join(SHARDS[1])).expect("a file"),
        SHARDS[1],
        "the shard is missing",
    );
    damaged(&|folder| length(folder, -1), SHARDS[1], "the file is truncated or damaged");
    damaged(&|folder| length(folder, 1), SHARDS[1], "the tensors end here, but the file goes on");
    damaged(
        &|folder| edit(folder, INDEX, "\"model.norm.weight\"", "\"model.norm.absent\""),
        "model-0000",
        "tensor model.norm.absent: model.safetensors.index.json says that it is in this shard, but it is not",
    );
    let typed = |value: &'static str| {
        move |folder: &Path| edit(folder, "config.json", "\"model_type\": \"deepseek_v3\"", value)
    };
    damaged(
        &typed("\"model_type\": \"deepseek_v9\""),
        "config.json",
        "the family \"deepseek_v9\" is not supported",
    );
    damaged(&typed("\"x\": 1"), "config.json", "metadata model_type: is missing");
    damaged(
        &|folder| edit(folder, "config.json", "\"kv_lora_rank\"", "\"x\""),
        "config.json",
        "metadata kv_lora_rank: is missing",
    );
    damaged(
        &|folder| edit(folder, "config.json", "\"quant_method\": \"fp8\"", "\"quant_method\": \"awq\""),
        "config.json",
        "metadata quantization_config.quant_method: is \"awq\"",
    );
    // A scale less for each row of blocks, and none at all.
    let scales = "model.layers.0.mlp.up_proj.weight_scale_inv";
    let rewrite = |folder: &Path, change: &dyn Fn(&str, &mut Vec<usize>) -> bool| {
        for shard in SHARDS {
            let bytes = std::fs::read(folder.join(shard)).expect("a shard");
            let tensors = safetensors::SafeTensors::deserialize(&bytes).expect("a shard");
            let parts = tensors.tensors().into_iter().filter_map(|(name, tensor)| {
                let mut shape = tensor.shape().to_vec();
                if !change(&name, &mut shape) {
                    return None;
                }
                let size = shape.iter().product::<usize>() * tensor.dtype().bitsize() / 8;
                let part = &tensor.data()[..size];
                Some((
                    name,
                    safetensors::tensor::TensorView::new(tensor.dtype(), shape, part).expect("a tensor"),
                ))
            });
            std::fs::write(folder.join(shard), safetensors::serialize(parts, None).expect("a shard"))
                .expect("a file");
        }
    };
    damaged(
        &|folder| {
            rewrite(folder, &|name, shape| {
                if name == scales {
                    shape[1] -= 1;
                }
                true
            });
        },
        "model-0000",
        &format!("tensor {scales}: has the shape [2, 1], but model.layers.0.mlp.up_proj.weight of shape [200, 160]"),
    );
    damaged(
        &|folder| {
            rewrite(folder, &|name, _| name != scales);
            edit(folder, INDEX, scales, "model.norm.weight.x");
            let text = std::fs::read_to_string(folder.join(INDEX)).expect("an index");
            let lines: Vec<&str> = text.lines().filter(|line| !line.contains("model.norm.weight.x")).collect();
            std::fs::write(folder.join(INDEX), lines.join("\n")).expect("an index");
        },
        "model-0000",
        &format!("tensor model.layers.0.mlp.up_proj.weight: holds 8-bit floats, whose scales, {scales}, are missing"),
    );
}

/// A NaN in 8-bit floats reaches the logits or stops the pass; it does not become a number.
#[test]
fn nan_in_8_bit_floats_stays_so() {
    let folder = copy_of("deepseek3-fp8");
    let name = "model.layers.0.mlp.down_proj.weight";
    let archive = Archive::open(folder.path(), Access::Read).expect("a fixture");
    let tensor = &archive.tensors[name];
    let mut bytes = std::fs::read(tensor.path()).expect("a shard");
    bytes[tensor.range().start + 7] = 0x7f;
    std::fs::write(tensor.path(), bytes).expect("a shard");
    for set in instruction_sets() {
        for arithmetic in [Arithmetic::Float32, Arithmetic::Int8] {
            let model = Model::open_with(folder.path(), &options(arithmetic, 1, Some(set))).expect("a model");
            for tokens in [&[1][..], &[1, 2, 3, 4, 5, 6, 7]] {
                let mut cache = model.cache(8).expect("a cache");
                let steps = &mut [Step { cache: &mut cache, tokens, logits: Logits::Last }];
                match model.forward(steps, &|| false) {
                    Ok(logits) => assert!(logits.iter().all(|logit| logit.is_nan()), "{set:?}"),
                    Err(error) => assert!(matches!(error, Error::NotFinite { .. }), "{error}"),
                }
            }
        }
    }
}

#[test]
fn files_of_before_there_were_keys_for_groups_are_limited_to_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    let archive = Archive::open(&root.join("deepseek3-old/kv_b.gguf"), Access::Map).expect("a fixture");
    let Description::Gguf(metadata) = &archive.description else { panic!("a GGUF file") };
    assert!(metadata.get("deepseek2.expert_group_count").is_none());
    let groups = |path: &Path| {
        let model = Model::open(path).expect("a model");
        match &model.config().layers.last().expect("layers").feed_forward {
            FeedForward::Experts(experts) => experts.routing.groups,
            _ => None,
        }
    };
    let expected = groups(&root.join("deepseek3-old")).expect("groups");
    assert_eq!((expected.count, expected.used, expected.rule), (8, 4, GroupRule::SumOfTwoBest));
    assert_eq!(groups(&archive.path), Some(expected));
    // And only those: V2's rule is told from V3's by the gating.
    let second = groups(&root.join("deepseek2-groups/f32.gguf")).expect("groups");
    assert_eq!((second.count, second.used, second.rule), (4, 2, GroupRule::Maximum));
}

/// What llama.cpp takes for granted is read: the factors of YaRN from either file kind.
#[test]
fn yarn_is_that_of_the_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models");
    let yarn = |path: &str| match Model::open(root.join(path)).expect("a model").config().rope.scaling.clone()
    {
        RopeScaling::Yarn(yarn) => yarn,
        other => panic!("{path}: {other:?}"),
    };
    for path in ["deepseek2-groups", "deepseek2-groups/f32.gguf"] {
        let yarn = yarn(path);
        assert_eq!((yarn.beta_fast, yarn.beta_slow, yarn.truncate), (1.0, 1.0, true), "{path}");
    }
    for path in ["gpt-oss", "gpt-oss/f32.gguf", "gpt-oss/mxfp4.gguf"] {
        let yarn = yarn(path);
        assert_eq!((yarn.beta_fast, yarn.beta_slow, yarn.truncate), (4.0, 1.0, false), "{path}");
    }
}
