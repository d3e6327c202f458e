//! Layers with a window drop the rows that it has left behind. Texts do not notice: what follows is what it would be with
//! all rows kept, whether a sequence goes on, goes back, is copied, saved or shared.
//!
//! Caches of up to some 9,000 positions keep everything, so a short cache is what a long one is compared with, bit for bit.

use moesaic::generate::{Piece, Request, Scheduler, SchedulerOptions};
use moesaic::kernel::Arithmetic;
use moesaic::model::{Cache, Logits, Step};
use moesaic::{
    CancelToken, Error, FinishReason, GenerateOptions, Model, ModelOptions, Result, SamplingOptions, Session,
    SessionOptions, Speculation,
};
use serde_json::{json, Value};
use std::path::Path;
use std::sync::mpsc::{channel, Receiver};
use std::time::Duration;
use xxhash_rust::xxh3::xxh3_64;

/// How far a cache goes back without losing more.
const REWIND: usize = 4096;
/// A context that holds all of these texts and in which no rows are dropped.
const KEEPS_ALL: usize = 9000;
/// One in which rows are dropped, as soon as there are some 4,700.
const DROPS: usize = 20_000;
/// Tokens that a session runs in one pass.
const CHUNK: usize = 512;

/// A fixture's folder with a long context and a tokenizer that knows each of its tokens by a character.
fn open(name: &str, arithmetic: Arithmetic) -> Model {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(name);
    let folder = tempfile::tempdir().unwrap();
    let config = std::fs::read(fixture.join("config.json")).unwrap();
    let mut config: Value = serde_json::from_slice(&config).unwrap();
    config["max_position_embeddings"] = json!(131_072);
    std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
    std::fs::copy(fixture.join("model.safetensors"), folder.path().join("model.safetensors")).unwrap();
    let characters = ('!'..='~').chain(['Ġ', 'Ċ']).zip(0..);
    let vocabulary: serde_json::Map<String, Value> =
        characters.map(|(character, id)| (character.to_string(), json!(id))).collect();
    let byte_level = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
        "use_regex": false});
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": byte_level, "post_processor": null, "decoder": byte_level,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocabulary,
            "merges": []},
    });
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).unwrap();
    let mut options = ModelOptions::default();
    options.arithmetic = arithmetic;
    options.threads = Some(1);
    // The map stays when the folder goes.
    Model::open_with(folder.path(), &options).expect("the fixture opens")
}

/// Windows of 6 positions in one of two layers.
fn model() -> Model {
    open("gpt-oss", Arithmetic::Float32)
}

/// Tokens of a length; of each `which` others.
fn tokens(which: u32, length: usize) -> Vec<u32> {
    // Numerical Recipes' generator.
    let mut state = which;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % 96
    };
    (0..length).map(|_| next()).collect()
}

/// Runs tokens in passes of these sizes, the last for what is left; the last row of logits of each pass.
fn run(model: &Model, cache: &mut Cache, tokens: &[u32], size: usize) -> Vec<Vec<f32>> {
    tokens.chunks(size).map(|chunk| pass(model, &mut [(&mut *cache, chunk)])).collect()
}

/// One pass of some sequences; the last rows of logits.
fn pass(model: &Model, sequences: &mut [(&mut Cache, &[u32])]) -> Vec<f32> {
    let mut steps: Vec<Step<'_>> =
        (sequences.iter_mut()).map(|(cache, tokens)| Step { cache, tokens, logits: Logits::Last }).collect();
    model.forward(&mut steps, &|| false).expect("a forward pass")
}

fn context(context: usize) -> SessionOptions {
    SessionOptions::default().with_context(Some(context))
}

/// A session with these tokens.
fn session(model: &Model, options: SessionOptions, tokens: &[u32]) -> Session {
    let mut session = model.session(options).unwrap();
    session.forward_with(tokens, Logits::None, &CancelToken::new()).unwrap();
    session
}

fn greedy(max_tokens: usize) -> GenerateOptions {
    GenerateOptions::default().with_sampling(SamplingOptions::greedy()).with_max_tokens(Some(max_tokens))
}

/// The memory of a cache's rows in layers without a window, where all layers of the fixture are alike.
fn rows_bytes(model: &Model, positions: usize) -> u64 {
    model.cache_bytes(1) * positions as u64
}

#[test]
fn what_is_dropped_changes_nothing() {
    for (name, arithmetic) in [
        // Brain floats where the CPU has them, and floats of 32 and of 16 bits.
        ("gpt-oss", Arithmetic::Int8),
        ("gpt-oss", Arithmetic::Float32),
        ("gpt-oss-tied", Arithmetic::Int8),
    ] {
        let model = open(name, arithmetic);
        let text = tokens(1, 5400);
        let fresh = || [model.cache(KEEPS_ALL).unwrap(), model.cache(DROPS).unwrap()];
        let same = |[all, dropping]: &mut [Cache; 2], tokens: &[u32], size: usize| {
            let expected = run(&model, all, tokens, size);
            assert!(
                run(&model, dropping, tokens, size) == expected,
                "{name}, {arithmetic:?}, {size} tokens a pass"
            );
        };
        // In chunks, token by token, and a pass larger than what is kept behind it.
        let mut caches = fresh();
        same(&mut caches, &text[..5300], CHUNK);
        same(&mut caches, &text[5300..5330], 1);
        same(&mut caches, &text[4540..5400], 860);
        assert!(caches[0].filled_bytes() as u64 == rows_bytes(&model, 6190));
        assert!(caches[1].filled_bytes() < caches[0].filled_bytes());

        // All in one pass, and on from there.
        let mut whole = fresh();
        same(&mut whole, &text[..5000], 5000);
        same(&mut whole, &text[5000..5010], 1);
        same(&mut whole, &text[5010..5100], 45);
        assert!(whole[1].filled_bytes() < whole[0].filled_bytes());

        // Side by side with others of other lengths.
        let ([first_all, first], [second_all, second]) = (&mut caches, &mut whole);
        let [mut third_all, mut third] = fresh();
        for (at, size) in [(0, 30), (30, 1), (31, 7)] {
            let part = &text[at..at + size];
            let expected =
                pass(&model, &mut [(first_all, part), (&mut third_all, &text[..9]), (second_all, part)]);
            let found = pass(&model, &mut [(first, part), (&mut third, &text[..9]), (second, part)]);
            assert!(found == expected, "{name}, {arithmetic:?}, three sequences");
        }
    }
}

#[test]
fn caches_say_how_far_they_go_back() {
    let model = model();
    let text = tokens(2, 7300);
    let [mut all, mut dropping] = [KEEPS_ALL, DROPS].map(|capacity| model.cache(capacity).unwrap());
    run(&model, &mut all, &text[..7200], CHUNK);
    run(&model, &mut dropping, &text[..7200], CHUNK);
    // Everywhere within what was promised, and to a place kept aside before.
    assert!((0..=7200).all(|len| all.reusable(len) == len));
    assert!((7200 - REWIND..=7200).all(|len| dropping.reusable(len) == len));
    assert_eq!(
        [0, 1, 1023, 1024, 1025, 2500, 7900].map(|len| dropping.reusable(len)),
        [0, 0, 0, 1024, 1024, 2048, 7200]
    );

    let mut goes_on_from = |len: usize, kept: usize| {
        assert_eq!(dropping.truncate(len), kept);
        assert_eq!((dropping.len(), dropping.reusable(kept)), (kept, kept));
        assert_eq!(all.truncate(kept), kept);
        let part = &text[7200..7300];
        assert!(run(&model, &mut dropping, part, 33) == run(&model, &mut all, part, 33), "from {len} on");
    };
    goes_on_from(7190, 7190);
    goes_on_from(4500, 4500);
    goes_on_from(2500, 2048);
    // The place is still there, unless it lies behind.
    goes_on_from(2100, 2100);
    goes_on_from(2047, 1024);
    goes_on_from(1023, 0);
    goes_on_from(50, 50);
    // And everything again.
    for len in [6000, 1500] {
        run(&model, &mut all, &text[..6000], CHUNK);
        run(&model, &mut dropping, &text[..6000], CHUNK);
        all.truncate(len);
        assert_eq!(dropping.truncate(len), len / 1024 * 1024 + if len == 6000 { len % 1024 } else { 0 });
        all.truncate(0);
        assert_eq!(dropping.truncate(0), 0);
        assert_eq!(dropping.filled_bytes(), 0);
    }
}

#[test]
fn beginnings_are_copied_from_where_they_can_be() {
    let model = model();
    let text = tokens(3, 7300);
    let [mut all, mut source] = [KEEPS_ALL, DROPS].map(|capacity| model.cache(capacity).unwrap());
    run(&model, &mut all, &text[..7200], CHUNK);
    run(&model, &mut source, &text[..7200], CHUNK);
    // Into caches that drop rows, that keep all, and that are just long enough; over what they held.
    let [mut short, mut long] = [KEEPS_ALL, DROPS].map(|capacity| model.cache(capacity).unwrap());
    for len in [7200, 5000, 2048, 1024, 0] {
        let mut narrow = model.cache(len + 100).unwrap();
        for copy in [&mut long, &mut short, &mut narrow] {
            copy.copy_beginning(&source, len).unwrap();
            assert_eq!((copy.len(), copy.reusable(len)), (len, len));
            let mut expected = model.cache(KEEPS_ALL).unwrap();
            expected.copy_beginning(&all, len).unwrap();
            let part = &text[7200..7240];
            assert!(run(&model, copy, part, 20) == run(&model, &mut expected, part, 20), "copied {len}");
        }
    }
    for len in [2049, 1000, 1] {
        let error = long.copy_beginning(&source, len).unwrap_err();
        assert!(error.to_string().contains(&format!("copy {}", source.reusable(len))), "{error}");
    }
    assert!(long.copy_beginning(&source, 7201).is_err());
    // A copy goes back as far as what it is a copy of.
    long.copy_beginning(&source, 7200).unwrap();
    assert!((0..7200).all(|len| long.reusable(len) == source.reusable(len)));
    assert_eq!(long.truncate(2500), 2048);
    // From one that keeps more rows than the copy will.
    long.copy_beginning(&all, 7200).unwrap();
    assert!(run(&model, &mut long, &text[7200..], 20) == run(&model, &mut all, &text[7200..], 20));
    assert!(long.filled_bytes() < all.filled_bytes());
}

#[test]
fn a_pass_that_fails_leaves_the_cache_as_it_was() {
    let model = model();
    let text = tokens(4, 8000);
    let [mut all, mut dropping] = [KEEPS_ALL, DROPS].map(|capacity| model.cache(capacity).unwrap());
    for cache in [&mut all, &mut dropping] {
        run(&model, cache, &text[..5500], CHUNK);
    }
    let rewinds: Vec<usize> = (0..6000).map(|len| dropping.reusable(len)).collect();
    for tokens in [1, 30, 2500] {
        // Cancelled when the layers have appended their rows.
        let asked = std::cell::Cell::new(0);
        let cancelled = || {
            asked.set(asked.get() + 1);
            asked.get() > model.config().layers.len()
        };
        let mut step = [Step { cache: &mut dropping, tokens: &text[..tokens], logits: Logits::Last }];
        assert!(matches!(model.forward(&mut step, &cancelled), Err(Error::Cancelled)));
        assert_eq!(dropping.len(), 5500);
        assert!((0..6000).map(|len| dropping.reusable(len)).eq(rewinds.iter().copied()));
    }
    assert!(run(&model, &mut dropping, &text[5500..], 700) == run(&model, &mut all, &text[5500..], 700));
}

#[test]
fn sessions_run_again_what_they_need() {
    let model = model();
    let text = tokens(5, 7200);
    let end = &text[6500..6540];
    let mut long = session(&model, context(DROPS), &text);
    // From the beginning, from a place kept aside, and without running anything again. Places kept aside are multiples of
    // a chunk, so that a fresh session makes the same passes.
    for kept in [700, 3000, 5000] {
        let mut session = long.fork().unwrap();
        session.truncate(kept);
        assert_eq!(session.tokens(), &text[..kept]);
        let mut fresh = self::session(&model, context(KEEPS_ALL), &text[..kept]);
        match kept {
            // Rows of a pass that went on behind the 5,000th token: other passes, other roundings.
            5000 => drop(session.forward(end).unwrap()),
            _ => assert!(session.forward(end).unwrap() == fresh.forward(end).unwrap(), "{kept} kept"),
        }
        assert_eq!(session.tokens().len(), kept + 40);
    }
    // Text: with a prompt that begins alike, and with none.
    for kept in [0, 700, 3000] {
        let other = [(text[kept] + 1) % 96];
        let wanted: Vec<u32> = text[..kept].iter().chain(&other).chain(end).copied().collect();
        let written = |session: &mut Session, prompt: &[u32]| {
            let mut generation = session.generate_from(prompt, &greedy(12)).unwrap();
            let text: String = (&mut generation).map(Result::unwrap).collect();
            (text, generation.statistics().prompt_tokens)
        };
        let expected = written(&mut model.session(context(KEEPS_ALL)).unwrap(), &wanted).0;
        let mut session = long.fork().unwrap();
        assert_eq!(session.keep_prefix_of(&wanted), kept);
        let (found, ran) = written(&mut session, &wanted[kept..]);
        assert_eq!((&found, ran), (&expected, wanted.len() - if kept == 3000 { 2048 } else { 0 }));

        let mut session = long.fork().unwrap();
        session.truncate(kept.max(1));
        let mut fresh = self::session(&model, context(KEEPS_ALL), &text[..kept.max(1)]);
        assert_eq!(written(&mut session, &[]).0, written(&mut fresh, &[]).0);
    }
    // A prompt that is cancelled behind many passes leaves the session as it was.
    let mut session = self::session(&model, context(DROPS), &text[..300]);
    let cancel = CancelToken::new();
    let mut generation = session.generate_from(&text[300..], &greedy(5).with_cancel(cancel.clone())).unwrap();
    let stop = |done: usize, _: usize| {
        if done > 6000 {
            cancel.cancel();
        }
    };
    generation.process_prompt(stop).unwrap();
    assert_eq!(generation.finish_reason(), Some(FinishReason::Cancelled));
    drop(generation);
    assert_eq!(session.tokens(), &text[..300]);
    let mut fresh = self::session(&model, context(KEEPS_ALL), &text[..300]);
    assert!(session.forward(end).unwrap() == fresh.forward(end).unwrap());
    // It was not changed by its copies.
    long.forward(end).unwrap();
    assert_eq!(long.tokens().len(), 7240);
}

/// Guesses that were wrong are cut off again, whether rows were dropped in that pass or not.
#[test]
fn speculation_changes_nothing() {
    let model = open("gpt-oss", Arithmetic::Int8);
    // Something to look guesses up in.
    let text: Vec<u32> = tokens(9, 50).into_iter().cycle().take(4600).collect();
    let mut sampling = SamplingOptions::default();
    (sampling.temperature, sampling.seed) = (0.3, Some(1));
    let plain = greedy(250).with_sampling(sampling);
    let guessing = plain.clone().with_speculation(Some(Speculation::prompt_lookup()));
    let mut all = session(&model, context(KEEPS_ALL), &text);
    let mut keeping = all.fork().unwrap();
    let bytes = saved(&all);
    let mut drops = model.restore_session_from(&bytes[..], context(DROPS)).unwrap();
    all.generate("", &plain).unwrap().for_each(|piece| drop(piece.unwrap()));
    keeping.generate("", &guessing).unwrap().for_each(|piece| drop(piece.unwrap()));
    drops.generate("", &guessing).unwrap().for_each(|piece| drop(piece.unwrap()));
    assert_eq!(all.tokens().len(), 4850);
    assert!(drops.filled_cache_bytes() < all.filled_cache_bytes());
    assert_eq!(drops.tokens(), all.tokens());
    assert_eq!(keeping.tokens(), all.tokens());
    let rest = &text[..30];
    assert!(drops.forward(rest).unwrap() == all.forward(rest).unwrap());
}

fn saved(session: &Session) -> Vec<u8> {
    let mut bytes = Vec::new();
    session.save_to(&mut bytes).expect("a vector takes it");
    bytes
}

#[test]
fn saved_and_forked_sessions_go_on_bit_for_bit() {
    for arithmetic in [Arithmetic::Float32, Arithmetic::Int8] {
        let model = open("gpt-oss", arithmetic);
        let text = tokens(6, 5400);
        let mut session = session(&model, context(DROPS), &text[..5300]);
        let bytes = saved(&session);
        // Half of the layers are saved whole, of the others what is needed to go back.
        assert!((bytes.len() as u64) < rows_bytes(&model, 5300) / 2 + rows_bytes(&model, 4900) / 2 + 50_000);
        let restored = model.restore_session_from(&bytes[..], SessionOptions::default()).unwrap();
        let shorter = model.restore_session_from(&bytes[..], context(8200)).unwrap();
        let fork = session.fork().unwrap();
        let mut all = self::session(&model, context(KEEPS_ALL), &text[..5300]);
        let saved_whole = saved(&all);
        let longer = model.restore_session_from(&saved_whole[..], context(DROPS)).unwrap();
        for mut other in [restored, shorter, fork, longer] {
            let mut all = all.fork().unwrap();
            for part in [&text[5300..5301], &text[5301..5350]] {
                assert!(other.forward(part).unwrap() == all.forward(part).unwrap(), "{arithmetic:?}");
            }
            other.truncate(1300);
            all.truncate(1300);
            assert!(other.forward(&text[..9]).unwrap() == all.forward(&text[..9]).unwrap());
            // Whoever is saved later goes on too.
            let mut again =
                model.restore_session_from(&saved(&other)[..], SessionOptions::default()).unwrap();
            assert!(again.forward(&text[..9]).unwrap() == all.forward(&text[..9]).unwrap());
        }
        assert!(session.forward(&text[..9]).unwrap() == all.forward(&text[..9]).unwrap());
    }
}

#[test]
fn a_saved_session_cannot_lie_about_its_rows() {
    /// Behind magic, version, bytes of a value, fingerprint, context, tokens and cached tokens.
    const FIRST: usize = 16 + 4 + 4 + 16 + 8 + 8 + 8;
    const HEADER: usize = FIRST + 8 + 4 + 8;
    let model = model();
    let bytes = saved(&session(&model, context(DROPS), &tokens(7, 5200)));
    let with = |first: u64| {
        let mut bytes = bytes.clone();
        bytes[FIRST..FIRST + 8].copy_from_slice(&first.to_le_bytes());
        let sum = xxh3_64(&bytes[..HEADER]);
        bytes[HEADER..HEADER + 8].copy_from_slice(&sum.to_le_bytes());
        let end = bytes.len() - 8;
        let sum = xxh3_64(&bytes[..end]);
        bytes[end..].copy_from_slice(&sum.to_le_bytes());
        model.restore_session_from(&bytes[..], SessionOptions::default())
    };
    let first = u64::from_le_bytes(bytes[FIRST..FIRST + 8].try_into().unwrap());
    assert!(first > 0);
    assert_eq!(with(first).unwrap().tokens().len(), 5200);
    // More rows than follow, fewer, fewer than a window, more than there are.
    for wrong in [0, 1, first - 1, first + 1, 5100, 5200, 5201, 1 << 40, u64::MAX] {
        assert!(matches!(with(wrong), Err(Error::Malformed { .. })), "{wrong}");
    }
}

fn submit(scheduler: &Scheduler, prompt: &[u32], options: &GenerateOptions) -> Receiver<Result<Piece>> {
    let (sender, receiver) = channel();
    let request = Request::new(prompt.to_vec(), options.clone(), move |piece| drop(sender.send(piece)));
    scheduler.submit(vec![request]).expect("there is room");
    receiver
}

/// The text, and how many tokens of the prompt did not have to run.
fn text_of(pieces: &Receiver<Result<Piece>>) -> (String, usize) {
    let mut text = String::new();
    loop {
        let piece = pieces.recv_timeout(Duration::from_secs(300)).expect("a piece").expect("no error");
        text += &piece.text;
        if piece.finish_reason.is_some() {
            return (text, piece.kept);
        }
    }
}

#[test]
fn places_share_the_beginnings_that_they_still_have() {
    let model = model();
    let start = |places: usize| {
        let mut options = SchedulerOptions::default();
        options.places = places;
        options.session = context(DROPS);
        Scheduler::start(&model, options).unwrap()
    };
    let begun = tokens(8, 7200);
    // What a session says that has all rows of what they begin with.
    let all = session(&model, context(KEEPS_ALL), &begun);
    let alone = |prompt: &[u32]| -> String {
        let mut session = all.fork().unwrap();
        session.truncate(prompt.len() - 1);
        let kept = session.keep_prefix_of(prompt);
        session.generate_from(&prompt[kept..], &greedy(8)).unwrap().map(Result::unwrap).collect()
    };
    // Prompts that begin alike for so long.
    let alike = |length: usize, which: u32| -> Vec<u32> {
        begun[..length].iter().copied().chain(tokens(which, 90)).collect()
    };
    // One place: what it held is gone back over.
    let one = start(1);
    assert_eq!(text_of(&submit(&one, &begun, &greedy(8))), (alone(&begun), 0));
    for (length, kept) in [(6000, 6000), (5000, 5000), (2500, 2048), (2048, 2048), (900, 0)] {
        let prompt = alike(length, 9);
        assert_eq!(text_of(&submit(&one, &prompt, &greedy(8))), (alone(&prompt), kept), "{length}");
    }
    // Two: from the other's.
    let two = start(2);
    let first = submit(&two, &begun, &greedy(2000));
    first.recv().unwrap().unwrap();
    for (length, kept) in [(6000, 6000), (2500, 2048), (900, 0)] {
        let prompt = alike(length, 10 + length as u32);
        assert_eq!(text_of(&submit(&two, &prompt, &greedy(8))), (alone(&prompt), kept), "{length}");
    }
    // At the same time: prompts that begin alike for less and for more than is gone back over.
    let three = start(3);
    let prompts = [begun.clone(), alike(6500, 20), alike(1100, 21), begun[..6900].to_vec(), begun.clone()];
    let pieces: Vec<_> = prompts.iter().map(|prompt| submit(&three, prompt, &greedy(8))).collect();
    for (prompt, pieces) in prompts.iter().zip(&pieces) {
        assert_eq!(text_of(pieces).0, alone(prompt), "{} tokens", prompt.len());
    }
    // The second waited for the first, the fifth had its text before it.
    assert!(three.statistics().kept_tokens >= 6500 + 1100 + 4096);
}

#[test]
fn memory_is_what_windows_need() {
    for name in ["gpt-oss", "gpt-oss-tied"] {
        let model = open(name, Arithmetic::Int8);
        let layers = model.config().layers.len() as u64;
        let windowed = if name == "gpt-oss" { 1 } else { 2 };
        let row = model.cache_bytes(1) / layers;
        // Short caches keep all rows. Long ones grow by those of the layers without a window only.
        assert_eq!(model.cache_bytes(KEEPS_ALL), KEEPS_ALL as u64 * layers * row);
        let longest = model.cache_bytes(131_072);
        assert_eq!(longest - model.cache_bytes(31_072), 100_000 * (layers - windowed) * row);
        let of_windows = (longest - 131_072 * (layers - windowed) * row) / (windowed * row);
        // The window and a block, what can be gone back over, two chunks, and what is kept aside.
        assert!((REWIND..2 * REWIND + 2 * CHUNK + 300).contains(&(of_windows as usize)), "{of_windows}");
        let mut before = 0;
        for capacity in (1..20_000).step_by(37) {
            let bytes = model.cache_bytes(capacity);
            assert!(bytes >= before, "{capacity}");
            before = bytes;
        }
        for capacity in [1, 5000, KEEPS_ALL, 9_500, DROPS] {
            assert_eq!(model.cache(capacity).unwrap().bytes() as u64, model.cache_bytes(capacity));
        }
        let weights = model.memory(0).weights;
        for available in [0, weights - 1, weights, weights + longest / 3, weights + longest, u64::MAX] {
            let context = model.longest_context(available);
            assert!(context == 0 || model.memory(context).total() <= available);
            assert!(context == 131_072 || model.memory(context + 1).total() > available);
        }
        // What a cache takes stays below what was said.
        let mut cache = model.cache(DROPS).unwrap();
        for chunk in tokens(11, 6000).chunks(2 * CHUNK) {
            run(&model, &mut cache, chunk, CHUNK);
            assert!(cache.filled_bytes() <= cache.bytes());
        }
        assert!(
            (cache.filled_bytes() as u64) < 6000 * (layers - windowed) * row + windowed * row * of_windows
        );
    }
}
