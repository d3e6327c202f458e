//! Many conversations over one model: every text is the one that a session alone gives, whoever runs beside it.

use moesaic::generate::{
    best_log_probabilities, log_probability, Piece, Request, Scheduler, SchedulerOptions, SchedulerStatistics,
};
use moesaic::kernel::Arithmetic;
use moesaic::{
    Error, FinishReason, GenerateOptions, LogitsProcessor, Model, ModelOptions, Result, SamplingOptions,
};
use std::path::Path;
use std::sync::mpsc::{channel, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Float32: the rounding of activations to 8 bits could flip a choice where many tokens run at once.
fn model() -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models/qwen2-text/f32.gguf");
    let mut options = ModelOptions::default();
    options.arithmetic = Arithmetic::Float32;
    options.threads = Some(1);
    Model::open_with(path, &options).expect("the fixture opens")
}

fn scheduler(model: &Model, places: usize, queue: usize) -> Scheduler {
    let mut options = SchedulerOptions::default();
    options.places = places;
    options.queue = queue;
    Scheduler::start(model, options).expect("a scheduler starts")
}

fn options(max_tokens: usize, seed: Option<u64>) -> GenerateOptions {
    let mut options = GenerateOptions::default();
    options.sampling = SamplingOptions::greedy();
    if seed.is_some() {
        options.sampling.temperature = 1.5;
        options.sampling.seed = seed;
    }
    options.max_tokens = Some(max_tokens);
    options
}

fn request(prompt: Vec<u32>, options: &GenerateOptions) -> (Request, Receiver<Result<Piece>>) {
    let (sender, receiver) = channel();
    (Request::new(prompt, options.clone(), move |piece| drop(sender.send(piece))), receiver)
}

fn submit(scheduler: &Scheduler, prompt: &[u32], options: &GenerateOptions) -> Receiver<Result<Piece>> {
    let (request, receiver) = request(prompt.to_vec(), options);
    scheduler.submit(vec![request]).expect("there is room");
    receiver
}

/// For a text that does not end by itself while a test runs: the model's end tokens are excluded, and it thinks for
/// a while.
fn endless(model: &Model, seed: u64) -> GenerateOptions {
    let mut options = options(2000, Some(seed));
    let tokenizer = model.tokenizer().unwrap();
    let ends: Vec<u32> =
        (0..model.vocabulary_size() as u32).filter(|token| tokenizer.is_end(*token)).collect();
    options.logits_processors.push(LogitsProcessor::new(move |_, logits| {
        std::thread::sleep(Duration::from_millis(20));
        ends.iter().for_each(|token| logits[*token as usize] = f32::NEG_INFINITY);
        Ok(())
    }));
    options
}

/// The whole text, why it ended, and how many tokens of the prompt did not have to run.
fn text(pieces: &Receiver<Result<Piece>>) -> (String, Option<FinishReason>, usize) {
    let mut text = String::new();
    loop {
        let piece = pieces.recv_timeout(Duration::from_secs(120)).expect("a piece").expect("no error");
        text += &piece.text;
        if piece.finish_reason.is_some() {
            assert!(pieces.recv_timeout(Duration::from_millis(1)).is_err(), "nothing follows the end");
            return (text, piece.finish_reason, piece.kept);
        }
    }
}

fn alone(model: &Model, prompt: &[u32], options: &GenerateOptions) -> (String, Option<FinishReason>) {
    let mut session = model.session(Default::default()).unwrap();
    let mut generation = session.generate_from(prompt, options).unwrap();
    let text = (&mut generation).map(Result::unwrap).collect();
    (text, generation.finish_reason())
}

/// Tokens that look like text, of a length; different for each `which` from the first on.
fn prompt(which: u32, length: u32) -> Vec<u32> {
    (0..length).map(|i| (which * 31 + i * (7 + which)) % 256).collect()
}

#[test]
fn every_text_is_the_one_alone_whoever_joins() {
    let model = model();
    let scheduler = scheduler(&model, 3, 64);
    let mut wanted = Vec::new();
    for which in 0..12 {
        let length = [3, 150, 1, 200, 40, 90][which as usize % 6];
        let mut options = options(5 + 7 * which as usize % 40, (which % 2 == 1).then_some(u64::from(which)));
        options.stop = vec!["qu".into()];
        let prompt = prompt(which, length);
        let pieces = submit(&scheduler, &prompt, &options);
        wanted.push((alone(&model, &prompt, &options), pieces));
        if which % 4 == 3 {
            // Some arrive later, while others run.
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    for (which, ((expected, reason), pieces)) in wanted.iter().enumerate() {
        let (found, found_reason, _) = text(pieces);
        assert_eq!((&found, found_reason), (expected, *reason), "text {which}");
    }
    let SchedulerStatistics { running, waiting, accepted, finished, failed, .. } = idle(&scheduler);
    assert_eq!((running, waiting, accepted, finished, failed), (0, 0, 12, 12, 0));
}

/// The statistics when nothing is left to do.
fn idle(scheduler: &Scheduler) -> SchedulerStatistics {
    let begin = Instant::now();
    while !scheduler.is_idle() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", scheduler.statistics());
        std::thread::sleep(Duration::from_millis(1));
    }
    scheduler.statistics()
}

#[test]
fn beginnings_run_once() {
    let model = model();
    let options = options(4, None);
    let long = prompt(1, 120);
    let expected = alone(&model, &long, &options).0;

    // Four equal prompts at once, and one that shares half of them.
    let scheduler = scheduler(&model, 5, 64);
    let mut half = long[..60].to_vec();
    half.extend(prompt(2, 50));
    let mut requests = Vec::new();
    let mut pieces = Vec::new();
    for prompt in [&long, &long, &half, &long, &long] {
        let (request, receiver) = request(prompt.clone(), &options);
        requests.push(request);
        pieces.push((prompt, receiver));
    }
    scheduler.submit(requests).unwrap();
    for (prompt, pieces) in &pieces {
        assert_eq!(text(pieces).0, alone(&model, prompt, &options).0);
    }
    let statistics = idle(&scheduler);
    // The last token of each prompt runs for its logits.
    assert_eq!(statistics.prompt_tokens, 120 + 50 + 3);
    assert_eq!(statistics.kept_tokens, 3 * 119 + 60);

    // A later turn of a conversation goes on from the cache, in a place that others used too.
    let mut next = long.clone();
    next.extend(model.tokenizer().unwrap().encode(&expected, false, false).unwrap());
    next.extend(prompt(3, 20));
    let (found, _, kept) = text(&submit(&scheduler, &next, &options));
    assert_eq!(found, alone(&model, &next, &options).0);
    assert!(kept >= 120, "{kept}");

    // A prompt that is known as a whole still has its last token to run.
    let before = idle(&scheduler).prompt_tokens;
    let (found, _, kept) = text(&submit(&scheduler, &long, &options));
    assert_eq!((found.as_str(), kept), (expected.as_str(), 119));
    assert_eq!(idle(&scheduler).prompt_tokens, before + 1);
}

#[test]
fn the_queue_is_bounded_and_cancelling_frees_places_at_once() {
    let model = model();
    let scheduler = scheduler(&model, 2, 3);
    let all: Vec<GenerateOptions> = (0..5).map(|seed| endless(&model, seed)).collect();
    let pieces: Vec<_> = all.iter().map(|options| submit(&scheduler, &prompt(5, 3), options)).collect();
    // Both places are taken at the latest when both have said something.
    pieces[0].recv().unwrap().unwrap();
    pieces[1].recv().unwrap().unwrap();
    let (refused, silent) = request(prompt(5, 3), &endless(&model, 9));
    let error = scheduler.submit(vec![refused]).unwrap_err();
    assert!(matches!(&error, Error::Busy { .. }), "{error}");
    assert!(silent.recv().is_err(), "who was refused hears nothing");
    assert_eq!(scheduler.statistics().waiting, 3);
    assert_eq!(scheduler.statistics().refused, 1);

    // Waiting ones: their place in the queue is free before anything else happens.
    all[3].cancel.cancel();
    let last = submit(&scheduler, &prompt(5, 3), &options(3, None));
    assert_eq!(text(&pieces[3]).1, Some(FinishReason::Cancelled));
    // Running ones: the next of the queue begins, first come first served.
    all[0].cancel.cancel();
    assert_eq!(text(&pieces[0]).1, Some(FinishReason::Cancelled));
    pieces[2].recv_timeout(Duration::from_secs(60)).unwrap().unwrap();
    assert!(last.try_recv().is_err(), "those before it go first");
    all[1].cancel.cancel();
    pieces[4].recv_timeout(Duration::from_secs(60)).unwrap().unwrap();
    all[2].cancel.cancel();
    assert_eq!(text(&last).1, Some(FinishReason::Length));

    // Closed: what runs goes on, what comes is refused; stopped: everything ends.
    scheduler.close();
    let (late, _) = request(prompt(1, 1), &options(1, None));
    assert!(matches!(scheduler.submit(vec![late]), Err(Error::Busy { .. })));
    pieces[4].recv_timeout(Duration::from_secs(60)).unwrap().unwrap();
    scheduler.stop();
    assert_eq!(text(&pieces[4]).1, Some(FinishReason::Cancelled));
    let statistics = idle(&scheduler);
    assert_eq!((statistics.finished, statistics.cancelled), (6, 5));
}

#[test]
fn all_or_none_of_several_requests_are_taken() {
    let model = model();
    let scheduler = scheduler(&model, 1, 2);
    let mut requests = Vec::new();
    let mut receivers = Vec::new();
    for which in 0..4 {
        let (request, receiver) = request(prompt(which, 2), &options(2, None));
        requests.push(request);
        receivers.push(receiver);
    }
    assert!(matches!(scheduler.submit(requests), Err(Error::Busy { .. })));
    assert!(receivers.iter().all(|receiver| receiver.recv().is_err()));

    let good = request(prompt(0, 2), &options(2, None)).0;
    let bad = request(vec![1_000_000], &options(2, None)).0;
    assert!(matches!(scheduler.submit(vec![good, bad]), Err(Error::Input { .. })));
    let empty = request(vec![], &options(2, None)).0;
    assert!(matches!(scheduler.submit(vec![empty]), Err(Error::Input { .. })));
    let context = scheduler.context();
    let long = request(vec![1; context + 1], &options(2, None)).0;
    assert!(matches!(scheduler.submit(vec![long]), Err(Error::Input { .. })));
    assert_eq!(scheduler.statistics().accepted, 0);
    // A text may fill its context, and nothing at all may be wanted of one.
    let full = submit(&scheduler, &vec![1; context], &options(2, None));
    assert_eq!(text(&full), (String::new(), Some(FinishReason::ContextFull), 0));
    assert_eq!(text(&submit(&scheduler, &[1], &options(0, None))).1, Some(FinishReason::Length));
}

#[test]
fn an_error_or_a_panic_is_of_one_text_only() {
    let model = model();
    let scheduler = scheduler(&model, 3, 8);
    let good = options(30, None);
    let expected = alone(&model, &prompt(1, 5), &good).0;
    let failing = |process: fn() -> Result<()>| {
        let mut options = good.clone();
        options.logits_processors.push(LogitsProcessor::new(move |_, _| process()));
        options
    };
    let refuses = failing(|| Err(Error::Input { what: "enough".into() }));
    let panics = failing(|| panic!("a processor with a defect"));
    let pieces = [&good, &refuses, &panics].map(|options| submit(&scheduler, &prompt(1, 5), options));
    assert_eq!(text(&pieces[0]).0, expected);
    assert_eq!(pieces[1].recv().unwrap().unwrap_err().to_string(), "enough");
    assert!(matches!(pieces[2].recv().unwrap(), Err(Error::Internal { .. })));
    // So is a listener that panics.
    let bad = Request::new(prompt(1, 5), good.clone(), |_| panic!("a listener with a defect"));
    scheduler.submit(vec![bad]).unwrap();
    assert_eq!(text(&submit(&scheduler, &prompt(1, 5), &good)).0, expected);
    assert_eq!(idle(&scheduler).failed, 2);
}

#[test]
fn a_long_prompt_does_not_hold_up_the_others() {
    let model = model();
    let mut limits = SchedulerOptions::default();
    limits.places = 3;
    // So short that the smallest chunks are all that fits, on any machine.
    limits.longest_stall = Duration::ZERO;
    let scheduler = Scheduler::start(&model, limits).unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let tell = |who: char| {
        let order = order.clone();
        let (sender, done) = channel();
        let listener = move |piece: Result<Piece>| {
            let piece = piece.unwrap();
            order.lock().unwrap().push(who);
            if piece.finish_reason.is_some() {
                let _ = sender.send(());
            }
        };
        (listener, done)
    };
    let (writing, written) = tell('w');
    let (begun, first) = channel();
    let writing = move |piece: Result<Piece>| {
        let _ = begun.send(());
        writing(piece);
    };
    let mut slow = endless(&model, 1);
    slow.max_tokens = Some(60);
    scheduler.submit(vec![Request::new(prompt(1, 4), slow, writing)]).unwrap();
    first.recv().unwrap();
    let (long, long_done) = tell('l');
    let (short, short_done) = tell('s');
    let requests = vec![
        Request::new(prompt(2, 220), options(1, None), long),
        Request::new(prompt(3, 10), options(1, None), short),
    ];
    scheduler.submit(requests).unwrap();
    [written, long_done, short_done].iter().for_each(|done| done.recv().unwrap());
    let order: String = order.lock().unwrap().iter().collect();
    let (short, long) = (order.find('s').unwrap(), order.find('l').unwrap());
    assert!(short < long, "the short prompt is done first: {order}");
    // 220 tokens in chunks of at most 16 are 14 passes, in each of which the text goes on, if it has not ended.
    let during = order[..long].matches('w').count();
    assert!(during >= 14 || !order[long..].contains('w'), "{order}");
    assert!(scheduler.statistics().largest_mixed_pass <= 16, "{:?}", scheduler.statistics());
}

#[test]
fn scores_are_of_the_model_s_own_logits() {
    let model = model();
    let scheduler = scheduler(&model, 2, 8);
    let options = options(6, Some(4));
    let prompt = prompt(7, 20);
    let (sender, pieces) = channel();
    let request = Request::new(prompt.clone(), options, move |piece| drop(sender.send(piece))).with_scores(3);
    scheduler.submit(vec![request]).unwrap();
    let pieces: Vec<Piece> = pieces.iter().map(Result::unwrap).collect();
    let mut tokens = prompt.clone();
    for piece in &pieces {
        let (Some(token), Some(score)) = (piece.token, &piece.score) else { continue };
        let rows = model.session(Default::default()).unwrap().forward(&tokens).unwrap();
        let row = &rows[(tokens.len() - 1) * model.vocabulary_size()..];
        // Logits of f32 from passes of other lengths differ by about 1e-6.
        let expected = log_probability(row, token).unwrap();
        assert!((score.log_probability - expected).abs() < 1e-4);
        let best = best_log_probabilities(row, 3);
        assert_eq!(score.alternatives.len(), 3);
        for (found, expected) in score.alternatives.iter().zip(&best) {
            assert!((found.1 - expected.1).abs() < 1e-4);
        }
        tokens.push(token);
    }
    assert_eq!(tokens.len() - prompt.len(), 6);
    let row = [1.0, 3.0, 3.0, f32::NEG_INFINITY];
    let best = best_log_probabilities(&row, 2);
    assert_eq!((best[0].0, best[1].0), (1, 2));
    assert_eq!(best_log_probabilities(&row, 9).len(), 4);
    assert!((best_log_probabilities(&row, 9).iter().map(|(_, p)| p.exp()).sum::<f64>() - 1.0).abs() < 1e-9);
}

/// Latent attention and experts, which the tiny model has not.
#[test]
fn the_model_in_the_box_tells_its_stories_side_by_side() {
    let mut open = ModelOptions::default();
    open.arithmetic = Arithmetic::Float32;
    open.threads = Some(2);
    let model = moesaic::stories::open(&open).unwrap();
    let scheduler = scheduler(&model, 2, 8);
    let prompts = ["Once upon a time", "Once upon a time", "Once there was a fox", "The"];
    let texts: Vec<_> = (0..)
        .zip(prompts)
        .map(|(seed, prompt)| {
            let prompt = model.encode_prompt(prompt, false).unwrap();
            let options = options(16, (seed > 1).then_some(seed));
            (alone(&model, &prompt, &options), submit(&scheduler, &prompt, &options))
        })
        .collect();
    for (expected, pieces) in &texts {
        let (found, reason, _) = text(pieces);
        assert_eq!((&found, reason), (&expected.0, expected.1));
    }
}
