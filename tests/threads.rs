//! Many threads on one model: what each of them gets is what it would get alone. `scripts/thread_sanitizer.sh` runs
//! this under ThreadSanitizer.

use moesaic::{Error, GenerateOptions, Model, ModelOptions, SamplingOptions, SessionOptions};
use std::path::Path;

const THREADS: usize = 8;

fn open(file: &str, threads: usize) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(file);
    Model::open_with(path, &ModelOptions::default().with_threads(threads)).expect("the fixture opens")
}

fn options(seed: u64) -> GenerateOptions {
    let sampling = SamplingOptions::default().with_temperature(1.5).with_seed(seed);
    GenerateOptions::default().with_sampling(sampling).with_max_tokens(20)
}

/// A text, forked, saved and restored on the way.
fn write(model: &Model, seed: u64) -> Vec<u32> {
    let mut session = model.session(SessionOptions::default().with_context(64)).expect("a session");
    session
        .generate("the cat and the hat", &options(seed))
        .expect("begun")
        .for_each(|piece| drop(piece.expect("a piece")));
    let mut fork = session.fork().expect("a fork");
    drop(session);
    let mut file = Vec::new();
    fork.save_to(&mut file).expect("saved");
    fork.truncate(0);
    let mut session = model.restore_session_from(&file[..], SessionOptions::default()).expect("restored");
    session.generate("", &options(seed)).expect("begun").for_each(|piece| drop(piece.expect("a piece")));
    session.tokens().to_vec()
}

#[test]
fn eight_threads_write_what_one_writes() {
    for workers in [1, 3] {
        let model = open("qwen2-text/f32.gguf", workers);
        let alone: Vec<Vec<u32>> = (0..THREADS as u64).map(|seed| write(&model, seed)).collect();
        let together: Vec<Vec<u32>> = std::thread::scope(|scope| {
            let model = &model;
            let threads: Vec<_> =
                (0..THREADS as u64).map(|seed| scope.spawn(move || write(model, seed))).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
        });
        assert_eq!(together, alone);
    }
}

/// A mixture of experts, cancelled from outside at any time: what a session holds afterwards is what it held, or more.
#[test]
fn cancelling_and_computing_meet() {
    let model = open("qwen3moe/f32.gguf", 2);
    let tokens: Vec<u32> = (0..24).map(|token| token * 7 % 90).collect();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let (model, tokens) = (&model, &tokens);
            scope.spawn(move || {
                let mut session =
                    model.session(SessionOptions::default().with_context(64)).expect("a session");
                for _ in 0..4 {
                    session.reset();
                    let cancel = moesaic::CancelToken::new();
                    let raise = cancel.clone();
                    let canceller = std::thread::spawn(move || raise.cancel());
                    let outcome = session.forward_with(tokens, moesaic::model::Logits::Last, &cancel);
                    canceller.join().expect("no panic");
                    match outcome {
                        Ok(_) => assert_eq!(session.tokens(), tokens),
                        Err(Error::Cancelled) => assert!(session.tokens().is_empty()),
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
}
