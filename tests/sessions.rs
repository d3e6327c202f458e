//! Sessions that are saved, restored and forked go on as if nothing had happened, and no file does harm; watchers
//! see the experts that work.

use moesaic::generate::ChosenExperts;
use moesaic::kernel::{Arithmetic, CacheFormat};
use moesaic::model::{ExpertChoice, Logits, Step};
use moesaic::{
    CancelToken, Error, ExpertWatcher, GenerateOptions, Model, ModelOptions, SamplingOptions, Session,
    SessionOptions,
};
use std::path::Path;
use std::sync::{Arc, Mutex};
use xxhash_rust::xxh3::xxh3_64;

fn open(file: &str, arithmetic: Arithmetic) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(file);
    let mut options = ModelOptions::default();
    options.arithmetic = arithmetic;
    options.threads = Some(1);
    Model::open_with(path, &options).expect("the fixture opens")
}

/// The model whose text the tests look at.
fn text_model() -> Model {
    open("qwen2-text/f32.gguf", Arithmetic::Int8)
}

fn context(context: usize) -> SessionOptions {
    let mut options = SessionOptions::default();
    options.context = Some(context);
    options
}

fn saved(session: &Session) -> Vec<u8> {
    let mut bytes = Vec::new();
    session.save_to(&mut bytes).expect("a vector takes it");
    bytes
}

fn restore(model: &Model, bytes: &[u8]) -> Result<Session, Error> {
    model.restore_session_from(bytes, SessionOptions::default())
}

const PROMPT: &str = "the cat and the hat";

fn sampled(max_tokens: usize, seed: u64) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sampling.temperature = 1.5;
    options.sampling.repetition_penalty = 1.2;
    options.sampling.repetition_window = 16;
    options.sampling.seed = Some(seed);
    options.max_tokens = Some(max_tokens);
    options
}

/// Grouped-query attention, latent attention in both forms, and windows; both ways of keeping the cache.
#[test]
fn what_was_saved_goes_on_bit_for_bit() {
    for file in ["qwen3moe/f32.gguf", "deepseek2-lite/f32.gguf", "deepseek3/kv_b.gguf", "gpt-oss/f32.gguf"] {
        for arithmetic in [Arithmetic::Int8, Arithmetic::Float32] {
            let model = open(file, arithmetic);
            let mut session = model.session(context(60)).unwrap();
            let vocabulary = model.vocabulary_size() as u32;
            let tokens: Vec<u32> = (0..50).map(|i| i * 7 % vocabulary).collect();
            // In two passes, past the windows of gpt-oss's fixture.
            session.forward(&tokens[..23]).unwrap();
            session.forward(&tokens[23..31]).unwrap();
            let mut restored = restore(&model, &saved(&session)).unwrap();
            let mut fork = session.fork().unwrap();
            assert_eq!((restored.context(), restored.tokens()), (60, session.tokens()));
            for later in [&tokens[31..32], &tokens[32..44], &tokens[44..45]] {
                let expected = session.forward(later).unwrap();
                assert!(restored.forward(later).unwrap() == expected, "{file}, {arithmetic:?}");
                assert!(fork.forward(later).unwrap() == expected, "{file}, {arithmetic:?}");
            }
            // Each of them goes back and on by itself.
            fork.truncate(5);
            fork.forward(&tokens[40..]).unwrap();
            restored.truncate(30);
            session.truncate(30);
            assert!(restored.forward(&tokens[2..9]).unwrap() == session.forward(&tokens[2..9]).unwrap());
            assert_eq!((fork.tokens().len(), session.tokens().len()), (15, 37));
        }
    }
}

#[test]
fn a_text_goes_on_with_the_random_numbers_that_were_left() {
    let model = text_model();
    let mut session = model.session(Default::default()).unwrap();
    assert_eq!(session.next_seed(), None);
    session.generate(PROMPT, &sampled(40, 7)).unwrap().for_each(|piece| drop(piece.unwrap()));
    let expected = session.tokens().to_vec();

    let mut session = model.session(Default::default()).unwrap();
    // Left early, after a few pieces; the last token is then not in the cache yet.
    session.generate(PROMPT, &sampled(40, 7)).unwrap().take(9).for_each(|piece| drop(piece.unwrap()));
    let left = expected.len() - session.tokens().len();
    assert!(left > 20);
    let restored = restore(&model, &saved(&session)).unwrap();
    for mut session in [session.fork().unwrap(), restored, session] {
        let seed = session.next_seed().unwrap();
        assert_ne!(seed, 7);
        session.generate("", &sampled(left, seed)).unwrap().for_each(|piece| drop(piece.unwrap()));
        assert_eq!(session.tokens(), expected);
    }
}

#[test]
fn files_are_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("talk.session");
    let model = text_model();
    let mut session = model.session(Default::default()).unwrap();
    session.save(&path).unwrap();
    assert!(model.restore_session(&path, Default::default()).unwrap().tokens().is_empty());
    session.forward(&[1, 2, 3]).unwrap();
    session.save(&path).unwrap();
    assert_eq!(model.restore_session(&path, Default::default()).unwrap().tokens(), [1, 2, 3]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);

    let nowhere = folder.path().join("nowhere/talk.session");
    for error in [
        session.save(&nowhere).unwrap_err(),
        model.restore_session(&nowhere, Default::default()).unwrap_err(),
    ] {
        assert!(matches!(&error, Error::Io { path, .. } if *path == nowhere), "{error}");
    }
    assert!(matches!(session.save(folder.path()), Err(Error::Io { .. })));
    assert!(matches!(
        model.restore_session(folder.path(), Default::default()),
        Err(Error::Unsupported { .. })
    ));

    let mut bytes = std::fs::read(&path).unwrap();
    bytes.push(0);
    std::fs::write(&path, bytes).unwrap();
    let error = model.restore_session(&path, Default::default()).unwrap_err();
    assert!(error.to_string().contains("goes on behind"), "{error}");

    /// Takes some bytes, and then no more.
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for room in 0..saved(&session).len() {
        assert!(matches!(session.save_to(Full(room)), Err(Error::Io { .. })));
    }
}

#[test]
fn several_sessions_stand_in_one_stream() {
    let model = text_model();
    let mut session = model.session(context(20)).unwrap();
    let mut stream = saved(&session);
    session.forward(&[1, 2, 3, 4, 5]).unwrap();
    stream.extend(saved(&session));
    stream.push(77);
    let mut reader = &stream[..];
    assert!(model.restore_session_from(&mut reader, Default::default()).unwrap().tokens().is_empty());
    let longer = model.restore_session_from(&mut reader, context(30)).unwrap();
    assert_eq!((longer.tokens(), longer.context(), reader), (&[1, 2, 3, 4, 5][..], 30, &[77][..]));
    let bytes = saved(&longer);
    assert_eq!(model.restore_session_from(&bytes[..], context(5)).unwrap().context(), 5);
    let error = model.restore_session_from(&bytes[..], context(4)).unwrap_err();
    assert!(matches!(error, Error::Input { .. }) && error.to_string().contains("holds 5 tokens"), "{error}");
    assert!(matches!(model.restore_session_from(&bytes[..], context(257)), Err(Error::Input { .. })));
}

#[test]
fn the_session_of_another_model_is_refused() {
    let model = open("llama3/f32.gguf", Arithmetic::Int8);
    let mut session = model.session(context(16)).unwrap();
    session.forward(&[1, 2, 3]).unwrap();
    let bytes = saved(&session);
    assert!(restore(&open("llama3/f32.gguf", Arithmetic::Int8), &bytes).is_ok());
    // Another form, and the same form with other weights.
    for other in ["qwen3/f32.gguf", "llama3/q8_0-q4_0.gguf"] {
        let error = restore(&open(other, Arithmetic::Int8), &bytes).unwrap_err();
        assert!(
            matches!(error, Error::Input { .. }) && error.to_string().contains("another model"),
            "{error}"
        );
    }
    let error = restore(&open("llama3/f32.gguf", Arithmetic::Float32), &bytes).unwrap_err();
    assert!(error.to_string().contains("another arithmetic"), "{error}");
}

/// Where the header's checksum stands: behind magic, version, bytes of a value, fingerprint, context, tokens, cached
/// tokens, the first of the rows of windows, and the seed with its flag.
const HEADER: usize = 16 + 4 + 4 + 16 + 8 + 8 + 8 + 8 + 4 + 8;

/// Makes both checksums right, as whoever damages a file on purpose would.
fn sign(bytes: &mut [u8]) {
    let sum = xxh3_64(&bytes[..HEADER]);
    bytes[HEADER..HEADER + 8].copy_from_slice(&sum.to_le_bytes());
    let end = bytes.len() - 8;
    let sum = xxh3_64(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn damaged_files_are_errors() {
    let model = text_model();
    let mut session = model.session(context(16)).unwrap();
    session.forward(&[1, 2, 3]).unwrap();
    let bytes = saved(&session);
    assert_eq!(restore(&model, &bytes).unwrap().tokens(), [1, 2, 3]);

    // Of the cache's rows a few places stand for all.
    let places = || {
        (0..HEADER + 30).chain((HEADER + 30..bytes.len()).step_by(101)).chain(bytes.len() - 9..bytes.len())
    };
    for length in places() {
        let error = restore(&model, &bytes[..length]).unwrap_err();
        assert!(
            matches!(error, Error::Malformed { offset, .. } if offset <= length as u64),
            "{length}: {error}"
        );
    }
    for place in places() {
        for bit in [0, 3, 7] {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1 << bit;
            let error = restore(&model, &bytes).unwrap_err();
            match place {
                16..20 => assert!(matches!(error, Error::Unsupported { .. }), "{error}"),
                _ => assert!(matches!(error, Error::Malformed { .. }), "{place}: {error}"),
            }
        }
    }

    // What only a purpose brings about: fields that are wrong under a checksum that is right.
    let mut signed = bytes.clone();
    sign(&mut signed);
    assert!(signed == bytes, "this is where the checksums are");
    let with = |place: usize, value: u64| {
        let mut bytes = bytes.clone();
        bytes[place..place + 8].copy_from_slice(&value.to_le_bytes());
        sign(&mut bytes);
        restore(&model, &bytes).unwrap_err()
    };
    for value in [257, 1 << 31, 1 << 32, 1 << 63, u64::MAX] {
        for place in [40, 48, 56, 64] {
            assert!(matches!(with(place, value), Error::Malformed { .. }));
        }
    }
    assert!(matches!(with(40, 0), Error::Malformed { .. }), "no context");
    assert!(matches!(with(48, 17), Error::Malformed { .. }), "more tokens than context");
    assert!(matches!(with(56, 4), Error::Malformed { .. }), "more cached than there are");
    assert!(matches!(with(64, 1), Error::Malformed { .. }), "rows dropped without a window");
    assert!(matches!(with(48, 16), Error::Malformed { .. }), "more tokens than follow");
    let error = with(HEADER + 8, 304 << 32 | 303);
    assert!(error.to_string().contains("token 304"), "{error}");

    // Whatever one byte of header and tokens becomes: an answer, within the memory that the model's context allows.
    for place in 0..HEADER + 8 + 12 {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = bytes.clone();
            bytes[place] = value;
            sign(&mut bytes);
            if let Ok(session) = restore(&model, &bytes) {
                assert!(session.tokens().len() <= 3 && session.context() <= 256);
            }
        }
    }

    // Rows of any bytes are rows: they give an answer or an error.
    let mut wild = bytes.clone();
    let end = wild.len() - 8;
    wild[HEADER + 20..end].fill(0xff);
    sign(&mut wild);
    let mut session = restore(&model, &wild).unwrap();
    let _ = session.forward(&[1]);
    let mut greedy = GenerateOptions::default();
    greedy.sampling = SamplingOptions::greedy();
    greedy.max_tokens = Some(3);
    let _ = session.generate("x", &greedy).unwrap().count();
}

/// What a watcher is told: text, layer, position, and the choices of each token.
type Told = (usize, usize, usize, Vec<Vec<ExpertChoice>>);

fn recorder() -> (Arc<Mutex<Vec<Told>>>, ExpertWatcher) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let record = told.clone();
    let watcher = ExpertWatcher::new(move |chosen| {
        record.lock().unwrap().push((chosen.text, chosen.layer, chosen.position, chosen.choices.to_vec()));
        Ok(())
    });
    (told, watcher)
}

#[test]
fn a_watcher_sees_what_the_observer_of_a_pass_sees() {
    let model = open("qwen3moe/f32.gguf", Arithmetic::Int8);
    let tokens: Vec<u32> = (0..20).map(|i| i * 7 % 90).collect();
    let mut expected: Vec<Told> = Vec::new();
    let mut cache = model.cache(32).unwrap();
    for (position, part) in [(0, &tokens[..12]), (12, &tokens[12..])] {
        let mut step = [Step { cache: &mut cache, tokens: part, logits: Logits::Last }];
        let mut observe = |layer: usize, choices: &[Vec<ExpertChoice>]| {
            expected.push((0, layer, position, choices.to_vec()));
        };
        model.forward_observed(&mut step, &|| false, &mut observe).unwrap();
    }
    assert!(!expected.is_empty());

    let never = CancelToken::new();
    let mut session = model.session(context(32)).unwrap();
    let mut told: Vec<Told> = Vec::new();
    let mut last = Vec::new();
    for part in [&tokens[..12], &tokens[12..]] {
        let watch = |chosen: &ChosenExperts<'_>| {
            told.push((chosen.text, chosen.layer, chosen.position, chosen.choices.to_vec()));
            Ok(())
        };
        last = session.forward_watched(part, Logits::Last, &never, watch).unwrap();
    }
    assert_eq!(told, expected);
    // Looking on changes nothing.
    session.truncate(12);
    assert_eq!(session.forward_with(&tokens[12..], Logits::Last, &never).unwrap(), last);

    // Its error stops the pass, and leaves the session as it was.
    let mut calls = 0;
    let refused = session.forward_watched(&[1, 2], Logits::Last, &never, |_| {
        calls += 1;
        Err(Error::Input { what: "seen enough".into() })
    });
    assert_eq!((refused.unwrap_err().to_string().as_str(), calls), ("seen enough", 1));
    assert_eq!(session.tokens(), tokens);
}

#[test]
fn a_watcher_sees_every_token_of_a_text_and_of_a_batch() {
    let mut options = ModelOptions::default();
    options.threads = Some(1);
    let model = moesaic::stories::open(&options).unwrap();
    let mut options = GenerateOptions::default();
    options.sampling = SamplingOptions::greedy();
    options.max_tokens = Some(6);
    let (told, watcher) = recorder();
    options.expert_watcher = Some(watcher);

    let mut session = model.session(Default::default()).unwrap();
    session.generate("Once upon a time", &options).unwrap().for_each(|piece| drop(piece.unwrap()));
    let told_of = |text: usize, layer: usize, told: &[Told]| -> Vec<usize> {
        let mine = told.iter().filter(|(of, at, ..)| (*of, *at) == (text, layer));
        mine.flat_map(|(_, _, position, choices)| *position..position + choices.len()).collect()
    };
    let seen = std::mem::take(&mut *told.lock().unwrap());
    let layers: std::collections::BTreeSet<usize> = seen.iter().map(|told| told.1).collect();
    assert!(layers.len() > 2);
    // The last token never runs.
    let ran: Vec<usize> = (0..session.tokens().len() - 1).collect();
    for layer in &layers {
        assert_eq!(told_of(0, *layer, &seen), ran);
    }

    let prompts = ["Once upon a time", "The end", "A little fox named Rusty had a wonderful idea."];
    let mut batch = model.generate_batch(&prompts, &Default::default(), &options).unwrap();
    batch.by_ref().for_each(|piece| drop(piece.unwrap()));
    let seen = std::mem::take(&mut *told.lock().unwrap());
    for text in 0..prompts.len() {
        let ran: Vec<usize> = (0..batch.tokens(text).unwrap().len() - 1).collect();
        for layer in &layers {
            // The first token is that of every text, and may have run for all of them at once.
            let told = told_of(text, *layer, &seen);
            assert!(told == ran || told == ran[1..], "text {text}: {told:?}");
        }
    }

    options.expert_watcher = Some(ExpertWatcher::new(|_| Err(Error::Input { what: "seen enough".into() })));
    let mut generation = session.generate("", &options).unwrap();
    assert_eq!(generation.next().unwrap().unwrap_err().to_string(), "seen enough");
    assert!(generation.next().is_none());
    options.expert_watcher = Some(ExpertWatcher::new(|_| Err(Error::Cancelled)));
    let mut generation = session.generate("", &options).unwrap();
    assert!(generation.next().is_none());
    assert_eq!(generation.finish_reason(), Some(moesaic::FinishReason::Cancelled));
}

/// A cache of 8 bits holds blocks of 32 values, and the fixture's heads are shorter.
#[test]
fn heads_that_no_blocks_fit_are_refused() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/qwen2-text/f32.gguf");
    let options = ModelOptions::default().with_cache(CacheFormat::Q8_0);
    let error = Model::open_with(path, &options).unwrap_err().to_string();
    assert!(error.contains("blocks of 32 values"), "{error}");
}
