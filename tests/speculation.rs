//! Speculation changes when a text is computed, never what it is: in the integer arithmetic, bit for bit.

use moesaic::generate::{Batch, Request, Scheduler, Statistics};
use moesaic::kernel::Arithmetic;
use moesaic::model::{Logits, Step};
use moesaic::{
    CancelToken, Error, ExpertWatcher, FinishReason, GenerateOptions, LogitsProcessor, Model, ModelOptions,
    SamplingOptions, Speculation,
};
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(name)
}

fn model() -> Model {
    let mut options = ModelOptions::default();
    options.threads = Some(1);
    Model::open_with(fixture("qwen2-text/f32.gguf"), &options).expect("the fixture opens")
}

/// The model of the fixture as a draft model of itself, in the other arithmetic: it mostly agrees.
fn draft_model() -> Model {
    let mut options = ModelOptions::default();
    options.threads = Some(1);
    options.arithmetic = Arithmetic::Float32;
    Model::open_with(fixture("qwen2-text/f32.gguf"), &options).expect("the fixture opens")
}

const PROMPT: &str = "the cat and the hat and the cat and the hat and the cat and the";

/// Greedy, and drawn with several seeds, at temperatures where a tiny random model repeats itself and where not.
fn samplings() -> Vec<SamplingOptions> {
    let mut samplings = vec![SamplingOptions::greedy()];
    for (seed, temperature) in [(1, 0.2), (2, 0.6), (3, 1.0), (4, 2.0)] {
        let mut sampling = SamplingOptions::default();
        sampling.temperature = temperature;
        sampling.seed = Some(seed);
        sampling.repetition_penalty = if seed == 3 { 1.1 } else { 1.0 };
        samplings.push(sampling);
    }
    samplings
}

fn ways() -> Vec<Speculation> {
    let draft = Speculation::draft_model(&draft_model());
    vec![Speculation::prompt_lookup(), Speculation::prompt_lookup().with_most_tokens(2), draft]
}

fn options(sampling: &SamplingOptions, speculation: Option<Speculation>) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sampling = sampling.clone();
    options.max_tokens = Some(150);
    options.speculation = speculation;
    options
}

struct Text {
    text: String,
    tokens: Vec<u32>,
    reason: Option<FinishReason>,
    statistics: Statistics,
    /// The logits behind it, by a token that follows in any case.
    behind: Vec<f32>,
}

fn alone(model: &Model, options: &GenerateOptions) -> Text {
    let mut session = model.session(Default::default()).unwrap();
    let mut generation = session.generate(PROMPT, options).unwrap();
    let text = (&mut generation).map(Result::unwrap).collect();
    let (reason, statistics) = (generation.finish_reason(), generation.statistics());
    let tokens = session.tokens().to_vec();
    let behind = session.forward_with(&[5], Logits::Last, &CancelToken::new()).unwrap();
    Text { text, tokens, reason, statistics, behind }
}

#[test]
fn the_text_is_the_same() {
    let model = model();
    let (mut drafted, mut accepted) = (0, 0);
    for sampling in samplings() {
        let plain = alone(&model, &options(&sampling, None));
        assert_eq!((plain.statistics.drafted_tokens, plain.statistics.accepted_tokens), (0, 0));
        for speculation in ways() {
            let label = format!("{speculation:?} {sampling:?}");
            let fast = alone(&model, &options(&sampling, Some(speculation)));
            assert_eq!(fast.text, plain.text, "{label}");
            assert_eq!((fast.tokens, fast.reason), (plain.tokens.clone(), plain.reason), "{label}");
            assert_eq!(fast.behind, plain.behind, "{label}");
            let Statistics { generated_tokens, decoded_tokens, drafted_tokens, accepted_tokens, .. } =
                fast.statistics;
            assert_eq!(generated_tokens, plain.statistics.generated_tokens, "{label}");
            assert_eq!(decoded_tokens, plain.statistics.decoded_tokens, "{label}");
            assert!(accepted_tokens <= drafted_tokens);
            drafted += drafted_tokens;
            accepted += accepted_tokens;
        }
    }
    assert!(drafted > 0 && accepted > 0, "{accepted} of {drafted}");
}

#[test]
fn the_text_ends_where_it_would() {
    let model = model();
    let greedy = SamplingOptions::greedy();
    let whole = alone(&model, &options(&greedy, None));
    // At every length, at a stop string that begins within a guess, and at the end of the context.
    let ends = (0..20).map(|length| {
        let mut options = options(&greedy, None);
        options.max_tokens = Some(length);
        options
    });
    let characters: Vec<char> = whole.text.chars().collect();
    let stops = [10, 31, 47].into_iter().filter(|at| at + 3 < characters.len()).map(|at| {
        let mut options = options(&greedy, None);
        options.stop = vec![characters[at..at + 3].iter().collect()];
        options
    });
    for (index, end) in ends.chain(stops).enumerate() {
        let plain = alone(&model, &end);
        for speculation in ways() {
            let fast = alone(&model, &end.clone().with_speculation(speculation));
            assert_eq!((fast.text, fast.reason), (plain.text.clone(), plain.reason), "{index}");
            assert_eq!((fast.tokens, fast.behind), (plain.tokens.clone(), plain.behind.clone()), "{index}");
        }
    }
    for context in [whole.tokens.len() - 9, whole.tokens.len() - 2] {
        for speculation in ways() {
            let mut session =
                model.session(moesaic::SessionOptions::default().with_context(context)).unwrap();
            let options = options(&greedy, Some(speculation));
            let mut generation = session.generate(PROMPT, &options).unwrap();
            let _: String = (&mut generation).map(Result::unwrap).collect();
            assert_eq!(generation.finish_reason(), Some(FinishReason::ContextFull));
            assert_eq!(session.tokens(), &whole.tokens[..context]);
        }
    }
}

#[test]
fn an_error_comes_behind_the_text_before_it() {
    let model = model();
    let prompt = model.encode_prompt(PROMPT, false).unwrap().len();
    let failing = |after: usize| {
        LogitsProcessor::new(move |tokens, _| match tokens.len() - prompt >= after {
            true => Err(Error::Internal { what: "enough".into() }),
            false => Ok(()),
        })
    };
    for after in 0..30 {
        let given = |speculation| {
            let mut options = options(&SamplingOptions::greedy(), speculation);
            options.logits_processors = vec![failing(after)];
            let mut session = model.session(Default::default()).unwrap();
            let mut generation = session.generate(PROMPT, &options).unwrap();
            let mut text = String::new();
            let error = loop {
                match generation.next() {
                    Some(Ok(piece)) => text += &piece,
                    Some(Err(error)) => break error.to_string(),
                    None => panic!("an error was due"),
                }
            };
            assert!(generation.next().is_none());
            (text, error, session.tokens().to_vec())
        };
        let plain = given(None);
        for speculation in ways() {
            assert_eq!(given(Some(speculation)), plain, "{after}");
        }
    }
}

#[test]
fn texts_side_by_side_are_the_same_too() {
    let model = model();
    let prompts = [PROMPT, "the hat the hat the hat the"];
    for sampling in samplings() {
        let texts = |speculation: Option<Speculation>| -> Vec<Vec<u32>> {
            let options = options(&sampling, speculation);
            let mut batch: Batch = model.generate_batch(&prompts, &Default::default(), &options).unwrap();
            for piece in &mut batch {
                piece.unwrap();
            }
            (0..prompts.len()).map(|index| batch.tokens(index).unwrap().to_vec()).collect()
        };
        let plain = texts(None);
        for speculation in ways() {
            // Passes of more than four tokens round otherwise.
            let speculation = speculation.with_most_tokens(1);
            assert_eq!(texts(Some(speculation)), plain, "{sampling:?}");
        }
    }
}

#[test]
fn a_scheduler_tells_of_every_token() {
    let model = model();
    let scheduler = Scheduler::start(&model, Default::default()).unwrap();
    let greedy = SamplingOptions::greedy();
    let prompt = model.encode_prompt(PROMPT, false).unwrap();
    let plain = alone(&model, &options(&greedy, None));
    for speculation in ways() {
        let (sender, pieces) = channel();
        let options = options(&greedy, Some(speculation));
        let request = Request::new(prompt.clone(), options, move |piece| drop(sender.send(piece)));
        scheduler.submit(vec![request.with_scores(2)]).unwrap();
        let pieces: Vec<_> = pieces.iter().map(Result::unwrap).collect();
        let tokens: Vec<u32> = pieces.iter().filter_map(|piece| piece.token).collect();
        assert_eq!(tokens, plain.tokens[prompt.len()..]);
        assert!(pieces.iter().all(|piece| piece.score.is_some() == piece.token.is_some()));
        assert_eq!(pieces.iter().map(|piece| piece.text.as_str()).collect::<String>(), plain.text);
        let (last, others) = pieces.split_last().unwrap();
        assert_eq!(last.finish_reason, plain.reason);
        assert!(others.iter().all(|piece| piece.finish_reason.is_none()));
    }
}

#[test]
fn a_draft_model_must_speak_the_same_tokens() {
    let model = model();
    let refused = |draft: &Model| {
        let options = options(&SamplingOptions::greedy(), Some(Speculation::draft_model(draft)));
        model.session(Default::default()).unwrap().generate(PROMPT, &options).unwrap_err()
    };
    let without_tokenizer = Model::open(fixture("llama3")).unwrap();
    assert!(matches!(refused(&without_tokenizer), Error::Unsupported { .. }));
    #[cfg(feature = "stories")]
    {
        let stories = moesaic::stories::open(&ModelOptions::default()).unwrap();
        let error = refused(&stories).to_string();
        assert!(error.contains("same family"), "{error}");
    }
}

#[test]
fn who_watches_the_experts_sees_no_guesses() {
    let model = model();
    let mut options = options(&SamplingOptions::greedy(), Some(Speculation::prompt_lookup()));
    options.expert_watcher = Some(ExpertWatcher::new(|_| Ok(())));
    assert_eq!(alone(&model, &options).statistics.drafted_tokens, 0);
}

#[test]
fn few_tokens_are_alike_where_positions_begin_to_be_split_otherwise() {
    // The splits of attention grow at 1,024 positions.
    #[cfg(feature = "stories")]
    {
        let model = moesaic::stories::open(&ModelOptions::default()).unwrap();
        let Ok(mut cache) = model.cache(1100.min(model.context_length())) else { panic!("a cache") };
        let tokens: Vec<u32> = (0..cache.capacity() as u32).map(|token| 5 + token * 37 % 2000).collect();
        let step = |cache: &mut moesaic::model::Cache, range: std::ops::Range<usize>| {
            let tokens = &tokens[range];
            model.forward(&mut [Step { cache, tokens, logits: Logits::Last }], &|| false).unwrap()
        };
        let start = 1018.min(cache.capacity() - 12);
        step(&mut cache, 0..start);
        let mut other = model.cache(cache.capacity()).unwrap();
        other.copy_beginning(&cache, start).unwrap();
        for end in start + 1..=start + 12 {
            let last = step(&mut cache, end - 1..end);
            if (end - start) % 4 == 0 {
                assert_eq!(step(&mut other, end - 4..end), last, "{end}");
            }
        }
    }
}
