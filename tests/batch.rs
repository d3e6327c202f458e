//! Several texts in one pass, the hook into the logits, generations that hold no borrow, and scores, on the
//! tiny model with a tokenizer.

use moesaic::generate::log_probability;
use moesaic::kernel::Arithmetic;
use moesaic::{
    CancelToken, Error, FinishReason, GenerateOptions, LogitsProcessor, Model, ModelOptions, SamplingOptions,
    SessionOptions,
};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Float32: the rounding of activations to 8 bits could flip a choice where many tokens run at once.
fn model() -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/qwen2-text/f32.gguf");
    let mut options = ModelOptions::default();
    options.arithmetic = Arithmetic::Float32;
    options.threads = Some(2);
    Model::open_with(path, &options).expect("the fixture opens")
}

fn options(max_tokens: usize, sampling: SamplingOptions) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sampling = sampling;
    options.max_tokens = Some(max_tokens);
    options
}

fn sampling(seed: u64) -> SamplingOptions {
    let mut sampling = SamplingOptions::default();
    sampling.temperature = 1.5;
    sampling.seed = Some(seed);
    sampling
}

/// The text that a session of its own generates, its tokens, and why it ended.
fn alone(model: &Model, prompt: &str, options: &GenerateOptions) -> (String, Vec<u32>, Option<FinishReason>) {
    let mut session = model.session(Default::default()).unwrap();
    let mut generation = session.generate(prompt, options).unwrap();
    let text = (&mut generation).map(Result::unwrap).collect();
    let reason = generation.finish_reason();
    (text, session.tokens().to_vec(), reason)
}

/// Prompts of very different lengths, one of them longer than what runs in one pass beside the others.
fn prompts() -> Vec<String> {
    let mut prompts: Vec<String> =
        ["the cat and the hat", "x", "Hello, world!", "zwölf Boxkämpfer", "the cat"]
            .map(String::from)
            .to_vec();
    prompts.extend((0..6).map(|i| "the cat and the hat ".repeat(9 + i)));
    prompts
}

#[test]
fn a_batch_is_its_texts_alone() {
    let model = model();
    for (count, mut options) in [(40, options(40, SamplingOptions::greedy())), (30, options(30, sampling(9)))]
    {
        options.stop = vec!["qu".into()];
        let mut batch = model.generate_batch(&prompts(), &Default::default(), &options).unwrap();
        let mut texts = vec![String::new(); batch.len()];
        for piece in &mut batch {
            let (index, piece) = piece.unwrap();
            assert!(!piece.is_empty());
            texts[index] += &piece;
        }
        for (index, prompt) in prompts().iter().enumerate() {
            let (text, tokens, reason) = alone(&model, prompt, &options);
            assert_eq!(texts[index], text, "{count}: {prompt}");
            assert_eq!(batch.tokens(index).unwrap(), tokens);
            assert_eq!(batch.finish_reason(index), reason);
            assert!(batch.seed(index).is_some());
            options.sampling.seed = options.sampling.seed.map(|seed| seed + 1);
        }
        assert!(batch.tokens(batch.len()).is_none() && batch.finish_reason(batch.len()).is_none());
    }
}

#[test]
fn a_batch_has_its_limits() {
    let model = model();
    let none: [&str; 0] = [];
    let greedy = options(5, SamplingOptions::greedy());
    let mut batch = model.generate_batch(&none, &Default::default(), &greedy).unwrap();
    assert!(batch.is_empty() && batch.next().is_none());

    // Contexts that fill at different times.
    let mut session = SessionOptions::default();
    session.context = Some(20);
    let mut long = greedy.clone();
    long.max_tokens = None;
    let mut batch = model.generate_batch(&["the cat", "the cat and the hat"], &session, &long).unwrap();
    batch.by_ref().for_each(|piece| drop(piece.unwrap()));
    for index in 0..2 {
        assert_eq!(batch.finish_reason(index), Some(FinishReason::ContextFull));
        assert_eq!(batch.tokens(index).unwrap().len(), 20);
    }
    session.context = Some(3);
    let error = model.generate_batch(&["x", "the cat and the hat"], &session, &greedy).unwrap_err();
    assert!(matches!(error, Error::Input { .. }), "{error}");

    // Cancelled before and between passes.
    let cancelled = greedy.clone();
    cancelled.cancel.cancel();
    let mut batch = model.generate_batch(&["x", "y"], &Default::default(), &cancelled).unwrap();
    assert!(batch.next().is_none());
    assert_eq!(batch.finish_reason(1), Some(FinishReason::Cancelled));
    cancelled.cancel.reset();
    let mut batch = model.generate_batch(&["the cat", "the hat"], &Default::default(), &cancelled).unwrap();
    batch.next().unwrap().unwrap();
    cancelled.cancel.cancel();
    assert!(batch.by_ref().all(|piece| piece.is_ok()));
    assert_eq!(batch.finish_reason(0), Some(FinishReason::Cancelled));
}

#[test]
fn processors_see_and_change_the_logits() {
    let model = model();
    let greedy = options(12, SamplingOptions::greedy());
    let (text, tokens, _) = alone(&model, "the cat", &greedy);
    let prompt = tokens.len() - 12;

    // Seen: the tokens so far and the logits that `forward` gives.
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut watched = greedy.clone();
    let log = seen.clone();
    watched.logits_processors.push(LogitsProcessor::new(move |tokens, logits| {
        log.lock().unwrap().push((tokens.to_vec(), logits.to_vec()));
        Ok(())
    }));
    assert_eq!(alone(&model, "the cat", &watched).0, text, "watching changes nothing");
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 12);
    let rows = model.session(Default::default()).unwrap().forward(&tokens).unwrap();
    for (index, (before, logits)) in seen.iter().enumerate() {
        assert_eq!(before, &tokens[..prompt + index]);
        let row = &rows[(prompt + index - 1) * model.vocabulary_size()..][..model.vocabulary_size()];
        assert!(row.iter().zip(logits).all(|(a, b)| (a - b).abs() < 1e-4));
    }

    // Changed: one token is all that is left, in a text alone and in a batch. The second sees what the first did.
    let mut forced = greedy.clone();
    let token = tokens[prompt + 3] as usize;
    forced.logits_processors.push(LogitsProcessor::new(move |_, logits| {
        logits.iter_mut().enumerate().filter(|(i, _)| *i != token).for_each(|(_, x)| *x = f32::NEG_INFINITY);
        Ok(())
    }));
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    forced.logits_processors.push(LogitsProcessor::new(move |_, logits| {
        assert_eq!(logits.iter().filter(|x| x.is_finite()).count(), 1);
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }));
    let (_, tokens, _) = alone(&model, "the cat", &forced);
    assert_eq!(tokens[prompt..], [token as u32; 12]);
    let mut batch = model.generate_batch(&["the cat", "x"], &Default::default(), &forced).unwrap();
    batch.by_ref().for_each(|piece| drop(piece.unwrap()));
    assert_eq!(batch.tokens(0).unwrap(), tokens);
    assert_eq!(calls.load(Ordering::Relaxed), 36);
}

#[test]
fn an_error_of_a_processor_ends_the_generation() {
    let model = model();
    for wrong in [f32::NAN, f32::INFINITY] {
        let mut options = options(5, SamplingOptions::greedy());
        options.logits_processors.push(LogitsProcessor::new(move |_, logits| {
            logits[7] = wrong;
            Ok(())
        }));
        let mut session = model.session(Default::default()).unwrap();
        let mut generation = session.generate("the cat", &options).unwrap();
        let error = generation.next().unwrap().unwrap_err().to_string();
        assert!(error.contains("processor") && error.contains("token 7"), "{error}");
        assert!(generation.next().is_none());
    }
    let mut options = options(5, SamplingOptions::greedy());
    options.logits_processors.push(LogitsProcessor::new(|_, _| Err(Error::Input { what: "enough".into() })));
    let mut batch = model.generate_batch(&["x", "y"], &Default::default(), &options).unwrap();
    assert_eq!(batch.next().unwrap().unwrap_err().to_string(), "enough");
    assert!(batch.next().is_none());
}

#[test]
fn a_generation_without_a_borrow_goes_on_while_the_session_is_left_alone() {
    let model = model();
    let greedy = options(20, SamplingOptions::greedy());
    let (text, tokens, _) = alone(&model, "the cat", &greedy);
    let mut session = model.session(Default::default()).unwrap();
    let mut state = session.begin_generation("the cat", &greedy).unwrap();
    let mut found = String::new();
    while let Some(piece) = state.next_piece(&mut session) {
        found += &piece.unwrap();
        assert!(tokens.starts_with(session.tokens()), "looking is allowed");
    }
    assert_eq!((found.as_str(), state.finish_reason()), (text.as_str(), Some(FinishReason::Length)));
    assert_eq!(state.statistics().generated_tokens, 20);

    let changes: [fn(&mut moesaic::Session); 4] = [
        |session| session.reset(),
        |session| drop(session.forward(&[1])),
        |session| drop(session.begin_generation("x", &Default::default())),
        |session| *session = session.model().session(Default::default()).unwrap(),
    ];
    for change in changes {
        session.reset();
        let mut state = session.begin_generation("the cat", &greedy).unwrap();
        state.next_piece(&mut session).unwrap().unwrap();
        change(&mut session);
        let held = session.tokens().to_vec();
        let error = state.next_piece(&mut session).unwrap().unwrap_err().to_string();
        assert!(error.contains("meanwhile"), "{error}");
        assert!(state.next_piece(&mut session).is_none());
        assert_eq!(session.tokens(), held);
    }
}

#[test]
fn a_token_that_asks_is_asked() {
    let model = model();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let mut options = options(50, SamplingOptions::greedy());
    options.cancel = CancelToken::asking(move || counter.fetch_add(1, Ordering::Relaxed) > 20);
    let (_, tokens, reason) = alone(&model, "the cat", &options);
    assert_eq!(reason, Some(FinishReason::Cancelled));
    assert!(tokens.len() < 50);
    // Between layers too: more than once a token.
    assert!(asked.load(Ordering::Relaxed) > tokens.len());
}

#[test]
fn scores_are_those_of_the_logits() {
    let model = model();
    let tokens: Vec<u32> = (0..200).map(|i| i * 7 % 290).collect();
    let rows = model.session(Default::default()).unwrap().forward(&tokens).unwrap();
    let rows: Vec<&[f32]> = rows.chunks_exact(model.vocabulary_size()).collect();
    let never = CancelToken::new();
    let found = model.log_probabilities(&tokens, &never).unwrap();
    assert_eq!(found.len(), tokens.len() - 1);
    for (index, found) in found.iter().enumerate() {
        let exact = |token: usize| f64::from(rows[index][token]).exp();
        let sum: f64 = (0..model.vocabulary_size()).map(exact).sum();
        let expected = (exact(tokens[index + 1] as usize) / sum).ln();
        // Logits of f32 from passes of other lengths differ by about 1e-6.
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }
    let all: f64 = (0..304).map(|token| log_probability(rows[0], token).unwrap().exp()).sum();
    assert!((all - 1.0).abs() < 1e-9, "{all}");
    assert!(log_probability(rows[0], 304).is_err());
    assert!(model.log_probabilities(&[], &never).is_err());
    assert!(model.log_probabilities(&[1], &never).unwrap().is_empty());

    assert!(model.perplexity("the cat", 3, &never, |_, _, _| ()).is_err());
    let error = model.perplexity("the cat", 128, &never, |_, _, _| ()).unwrap_err().to_string();
    assert!(error.contains("window"), "{error}");
    never.cancel();
    let cancelled = model.perplexity(&"the cat and ".repeat(100), 64, &never, |_, _, _| ());
    assert!(matches!(cancelled, Err(Error::Cancelled)));
}
