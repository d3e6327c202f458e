//! Sessions and generation on the tiny model with a tokenizer: limits, stop strings, cancelling, and that
//! the sequence and its cache stay in step.

use moesaic::generate::Statistics;
use moesaic::kernel::Arithmetic;
use moesaic::model::Logits;
use moesaic::{
    CancelToken, Error, FinishReason, GenerateOptions, Model, ModelOptions, SamplingOptions, Session,
    SessionOptions,
};
use std::path::Path;

fn open(file: &str, arithmetic: Arithmetic, threads: usize) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(file);
    let mut options = ModelOptions::default();
    options.arithmetic = arithmetic;
    options.threads = Some(threads);
    Model::open_with(path, &options).expect("the fixture opens")
}

fn session(context: usize) -> Session {
    let mut options = SessionOptions::default();
    options.context = Some(context);
    open("qwen2-text/f32.gguf", Arithmetic::Float32, 1).session(options).expect("a session")
}

fn greedy(max_tokens: usize) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sampling = SamplingOptions::greedy();
    options.max_tokens = Some(max_tokens);
    options
}

/// The whole text, why it ended, and what it took.
fn generate(
    session: &mut Session,
    prompt: &str,
    options: &GenerateOptions,
) -> (String, FinishReason, Statistics) {
    let mut generation = session.generate(prompt, options).expect("a generation");
    assert_eq!(generation.finish_reason(), None);
    let mut text = String::new();
    for piece in &mut generation {
        let piece = piece.expect("a piece");
        assert!(!piece.is_empty());
        text += &piece;
    }
    assert!(generation.next().is_none(), "an ended text stays ended");
    (text, generation.finish_reason().expect("it ended"), generation.statistics())
}

const PROMPT: &str = "the cat and the hat";

/// A prompt whose greedy text does not end within 100 tokens, that text, and its tokens.
fn long_text() -> (String, Vec<u32>) {
    let mut session = session(256);
    let (text, reason, _) = generate(&mut session, PROMPT, &greedy(100));
    assert_eq!(reason, FinishReason::Length, "these tests need a fixture that keeps talking");
    (text, session.tokens().to_vec())
}

#[test]
fn greedy_text_is_the_most_probable_token_again_and_again() {
    let mut session = session(256);
    let (text, reason, statistics) = generate(&mut session, PROMPT, &greedy(20));
    let tokens = session.tokens().to_vec();

    let model = session.model().clone();
    let tokenizer = model.tokenizer().unwrap();
    let prompt = tokenizer.encode(PROMPT, true, false).unwrap();
    session.reset();
    let mut expected = prompt.clone();
    let mut rows = session.forward(&prompt).unwrap();
    while expected.len() < prompt.len() + 20 {
        let last = &rows[rows.len() - model.vocabulary_size()..];
        let highest = last.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let token = last.iter().position(|&logit| logit == highest).unwrap() as u32;
        assert!(!tokenizer.is_end(token));
        expected.push(token);
        rows = session.forward(&[token]).unwrap();
    }
    assert_eq!(tokens, expected);
    assert_eq!(text, tokenizer.decode(&expected[prompt.len()..], false).unwrap());
    assert_eq!(reason, FinishReason::Length);
    assert_eq!((statistics.prompt_tokens, statistics.generated_tokens), (prompt.len(), 20));
    assert_eq!(statistics.decoded_tokens, 19, "the last token need not run");
}

#[test]
fn threads_do_not_change_the_text() {
    for arithmetic in [Arithmetic::Float32, Arithmetic::Int8] {
        let mut texts = [1, 2, 3, 5].map(|threads| {
            let model = open("qwen2-text/f32.gguf", arithmetic, threads);
            let mut session = model.session(Default::default()).unwrap();
            drop(model);
            generate(&mut session, PROMPT, &greedy(60)).0
        });
        texts.sort();
        assert_eq!(texts[0], texts[3]);
    }
}

#[test]
fn forward_appends_in_any_pieces() {
    let mut session = session(256);
    let tokens: Vec<u32> = (0..40).map(|i| i * 7 % 290).collect();
    let vocabulary = session.model().vocabulary_size();
    let whole = session.forward(&tokens).unwrap();
    assert_eq!(whole.len(), tokens.len() * vocabulary);
    session.reset();
    let mut pieces = session.forward(&tokens[..13]).unwrap();
    assert_eq!(session.tokens(), &tokens[..13]);
    pieces.extend(session.forward(&tokens[13..14]).unwrap());
    // What is forgotten leaves no trace.
    session.forward(&[1, 2, 3]).unwrap();
    session.truncate(14);
    session.truncate(100);
    let never = CancelToken::new();
    assert!(session.forward_with(&tokens[14..20], Logits::None, &never).unwrap().is_empty());
    pieces.extend_from_slice(&whole[14 * vocabulary..20 * vocabulary]);
    pieces.extend(session.forward(&tokens[20..39]).unwrap());
    pieces.extend(session.forward_with(&tokens[39..], Logits::Last, &never).unwrap());
    assert_eq!(session.tokens(), tokens);
    assert_eq!(pieces.len(), whole.len());
    assert!(pieces.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-4));
}

#[test]
fn a_text_continues_where_it_was_left() {
    let (text, tokens) = long_text();
    let mut session = session(256);
    let mut pieces = generate(&mut session, PROMPT, &greedy(30)).0;
    pieces += &generate(&mut session, "", &greedy(30)).0;
    // Leaving early keeps what was generated; here the last character may be half there.
    let mut generation = session.generate("", &greedy(100)).unwrap();
    for piece in generation.by_ref().take(10) {
        pieces += &piece.unwrap();
    }
    drop(generation);
    let left = tokens.len() - session.tokens().len();
    pieces += &generate(&mut session, "", &greedy(left)).0;
    assert_eq!(session.tokens(), tokens);
    if !pieces.contains('\u{fffd}') && !text.contains('\u{fffd}') {
        assert_eq!(pieces, text);
    }
    // Forgetting half of it and going on gives the same again, and so does running the last token twice.
    session.truncate(tokens.len() - 40);
    generate(&mut session, "", &greedy(15));
    let token = session.tokens()[session.tokens().len() - 1];
    session.truncate(session.tokens().len() - 1);
    session.forward(&[token]).unwrap();
    generate(&mut session, "", &greedy(25));
    assert_eq!(session.tokens(), tokens);
}

#[test]
fn stop_strings_are_cut_wherever_they_fall() {
    let (text, _) = long_text();
    let mut session = session(256);
    let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
    let mut across_tokens = 0;
    for window in starts.windows(9).step_by(5) {
        let stop = &text[window[0]..window[8]];
        let cut = text.find(stop).unwrap();
        let mut options = greedy(100);
        options.stop = vec!["never in there".into(), stop.into()];
        session.reset();
        let (found, reason, statistics) = generate(&mut session, PROMPT, &options);
        assert_eq!((found.as_str(), reason), (&text[..cut], FinishReason::Stop), "{stop:?}");
        across_tokens += usize::from(statistics.generated_tokens < 100);
    }
    assert!(across_tokens > 5);
}

#[test]
fn pieces_never_end_inside_a_stop_string() {
    let (text, _) = long_text();
    let starts: Vec<usize> = text.char_indices().map(|(i, _)| i).collect();
    let stop = format!("{}\u{0}", &text[starts[20]..starts[26]]);
    let mut options = greedy(100);
    options.stop = vec![stop.clone()];
    let mut session = session(256);
    let mut so_far = String::new();
    for piece in session.generate(PROMPT, &options).unwrap() {
        so_far += &piece.unwrap();
        let held: Vec<usize> = (1..stop.len()).filter(|&n| stop.is_char_boundary(n)).collect();
        assert!(held.iter().all(|&n| so_far == text || !so_far.ends_with(&stop[..n])), "{so_far:?}");
    }
    assert_eq!(so_far, text, "what was held back comes out in the end");
}

#[test]
fn a_full_context_ends_the_text() {
    let (text, tokens) = long_text();
    let prompt = tokens.len() - 100;
    let mut session = session(prompt + 10);
    let mut options = greedy(100);
    options.max_tokens = None;
    let (short, reason, _) = generate(&mut session, PROMPT, &options);
    assert_eq!(reason, FinishReason::ContextFull);
    assert_eq!(session.tokens(), &tokens[..prompt + 10]);
    assert!(text.starts_with(short.trim_end_matches('\u{fffd}')));
    // Nothing more fits, and saying so again is no error.
    let (none, reason, _) = generate(&mut session, "", &options);
    assert_eq!((none.as_str(), reason), ("", FinishReason::ContextFull));

    let mut session = self::session(prompt);
    let (none, reason, _) = generate(&mut session, PROMPT, &options);
    assert_eq!((none.as_str(), reason), ("", FinishReason::ContextFull));

    let mut session = self::session(prompt - 1);
    let error = session.generate(PROMPT, &options).unwrap_err().to_string();
    assert!(error.contains(&format!("{prompt} tokens")), "{error}");
    assert!(error.contains(&format!("holds {}", prompt - 1)), "{error}");
    assert!(session.tokens().is_empty());
}

#[test]
fn no_tokens_wanted_only_runs_the_prompt() {
    let mut session = session(256);
    let (text, reason, statistics) = generate(&mut session, PROMPT, &greedy(0));
    assert_eq!((text.as_str(), reason), ("", FinishReason::Length));
    assert_eq!(session.tokens().len(), statistics.prompt_tokens);
}

#[test]
fn cancelling_leaves_the_session_usable() {
    let (text, tokens) = long_text();
    let mut session = session(256);
    let mut options = greedy(100);

    // Before the prompt: nothing happened.
    options.cancel.cancel();
    let (none, reason, _) = generate(&mut session, PROMPT, &options);
    assert_eq!((none.as_str(), reason), ("", FinishReason::Cancelled));
    assert!(session.tokens().is_empty());
    let cancelled = session.forward_with(&[1, 2, 3], Logits::Last, &options.cancel);
    assert!(matches!(cancelled, Err(Error::Cancelled)));
    assert!(session.tokens().is_empty());

    // In the middle: what is there stays, and the text goes on.
    options.cancel.reset();
    let mut generation = session.generate(PROMPT, &options).unwrap();
    for _ in 0..5 {
        generation.next().unwrap().unwrap();
    }
    options.cancel.cancel();
    generation.by_ref().for_each(|piece| assert!(piece.is_ok()));
    assert_eq!(generation.finish_reason(), Some(FinishReason::Cancelled));
    let held = session.tokens().len();
    assert!(tokens.starts_with(session.tokens()) && held < tokens.len());
    assert!(session.forward_with(&[1], Logits::Last, &options.cancel).is_err());
    assert_eq!(session.tokens().len(), held);
    options.cancel.reset();
    options.max_tokens = Some(tokens.len() - held);
    generate(&mut session, "", &options);
    assert_eq!(session.tokens(), tokens, "{text}");
}

#[test]
fn cancelling_from_another_thread_is_quick() {
    let mut session = session(256);
    let mut options = greedy(1000);
    options.max_tokens = None;
    let cancel = options.cancel.clone();
    let mut generation = session.generate(PROMPT, &options).unwrap();
    generation.next().unwrap().unwrap();
    std::thread::spawn(move || cancel.cancel()).join().unwrap();
    assert!(generation.by_ref().count() <= 1, "at most what was held back");
    assert_eq!(generation.finish_reason(), Some(FinishReason::Cancelled));
}

#[test]
fn a_prompt_can_run_ahead_of_its_text() {
    let (text, _) = long_text();
    let mut session = session(256);
    let mut generation = session.generate(PROMPT, &greedy(100)).unwrap();
    let mut told = Vec::new();
    generation.process_prompt(|done, of| told.push((done, of))).unwrap();
    let prompt = generation.statistics().prompt_tokens;
    assert_eq!(told, [(prompt, prompt)]);
    generation.process_prompt(|_, _| panic!("it is done already")).unwrap();
    assert_eq!(generation.map(Result::unwrap).collect::<String>(), text);
}

#[test]
fn seeds_repeat_a_text() {
    let mut session = session(256);
    let mut sample = |seed| {
        let mut options = greedy(40);
        options.sampling = SamplingOptions::default();
        options.sampling.temperature = 2.0;
        options.sampling.seed = seed;
        session.reset();
        let generation = session.generate(PROMPT, &options).unwrap();
        let seed = generation.seed();
        (generation.map(Result::unwrap).collect::<String>(), seed)
    };
    let (text, seed) = sample(None);
    assert_eq!(sample(Some(seed)), (text, seed));
    assert_eq!(sample(Some(7)), sample(Some(7)));
    assert_ne!(sample(Some(7)).0, sample(Some(8)).0);
}

#[test]
fn special_text_in_a_prompt_is_plain_unless_allowed() {
    let mut session = session(256);
    let mut options = greedy(0);
    generate(&mut session, "<|im_start|>", &options);
    let plain = session.tokens().len();
    session.reset();
    options.parse_special = true;
    generate(&mut session, "<|im_start|>", &options);
    assert!(plain > session.tokens().len());
}

#[test]
fn what_cannot_be_is_an_error_and_changes_nothing() {
    let mut session = session(16);
    session.forward(&[1, 2, 3]).unwrap();
    let error = |result: Result<Vec<f32>, Error>| match result {
        Err(Error::Input { what }) => what,
        other => panic!("{other:?}"),
    };
    assert!(error(session.forward(&[])).contains("no tokens"));
    assert!(error(session.forward(&[5, 304])).contains("304"));
    assert!(error(session.forward(&[1; 14])).contains("3 are taken"));
    assert_eq!(session.tokens(), [1, 2, 3]);

    let mut options = greedy(1);
    options.stop = vec!["x".into(), String::new()];
    assert!(matches!(session.generate("x", &options), Err(Error::Input { .. })));
    let mut options = greedy(1);
    options.sampling.top_p = f32::NAN;
    assert!(matches!(session.generate("x", &options), Err(Error::Input { .. })));
    assert!(matches!(session.generate_from(&[304], &greedy(1)), Err(Error::Input { .. })));
    assert_eq!(session.tokens(), [1, 2, 3]);

    let model = session.model().clone();
    for context in [0, 257, usize::MAX] {
        let mut options = SessionOptions::default();
        options.context = Some(context);
        let error = model.session(options).unwrap_err();
        assert!(matches!(error, Error::Input { .. }), "{error}");
    }
    let mut fresh = model.session(Default::default()).unwrap();
    assert_eq!(fresh.context(), 256, "the model's own, where that is less than 4,096");
    assert!(matches!(fresh.generate_from(&[], &greedy(1)), Err(Error::Input { .. })));

    let without_tokenizer = open("qwen3moe/", Arithmetic::Int8, 1);
    let mut session = without_tokenizer.session(Default::default()).unwrap();
    assert!(session.generate("x", &greedy(1)).is_err());
    assert!(session.forward(&[1]).is_ok(), "numbers need no tokenizer");
}

#[test]
fn an_empty_prompt_begins_with_the_beginning_token_if_there_is_one() {
    let mut session = session(256);
    let bos = session.model().tokenizer().unwrap().bos();
    match (session.generate("", &greedy(3)), bos) {
        (Ok(generation), Some(bos)) => {
            assert!(generation.count() <= 3);
            assert_eq!(session.tokens()[0], bos);
        }
        (Err(Error::Input { what }), None) => assert!(what.contains("beginning"), "{what}"),
        (other, bos) => panic!("{other:?} {bos:?}"),
    }
}
