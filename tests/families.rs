//! Every family's logits against Hugging Face `transformers`: tiny random models, opened from folders and
//! from GGUF files, in one pass, token by token and in pieces. See `tests/fixtures/make_reference.py`.
//!
//! Tolerances are in standard deviations of the reference logits. `cargo test --test families -- --nocapture`
//! prints what was measured.

mod common;

use common::{largest_difference, open, open_with, options, targets, Prompt, Target};
use moesaic::kernel::{Arithmetic, InstructionSet};
use moesaic::model::config::Attention;
use moesaic::model::{Cache, Logits, Model, Step};
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
    let sets = [InstructionSet::Scalar, InstructionSet::Avx2, InstructionSet::Avx512];
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
