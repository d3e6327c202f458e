//! How long it takes to open a model and to have the first token after a short prompt, beside the forward pass itself,
//! and how much memory of its own a program then has (on Linux).
//!
//! ```sh
//! cargo bench --bench opening -- model.gguf
//! ```
//!
//! The file should have been read before (`cat model.gguf >/dev/null`), so that it is the program that is timed.

use moesaic::model::{Logits, Step};
use moesaic::Model;
use std::time::Instant;

/// Tokens of the prompt.
const PROMPT: u32 = 16;
/// Rounds of which the middle one counts.
const ROUNDS: usize = 5;

fn main() -> moesaic::Result<()> {
    let Some(path) = std::env::args().skip(1).find(|word| !word.starts_with("--")) else {
        // Run with all other benches, or to see whether it compiles.
        println!("name a model file to have its opening timed");
        return Ok(());
    };
    let tokens: Vec<u32> = (1..=PROMPT).collect();
    let mut rounds = Vec::new();
    let mut own = 0;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        let model = Model::open(&path)?;
        let opened = begin.elapsed();
        let mut cache = model.cache(4096)?;
        let mut run = || -> moesaic::Result<f64> {
            let begin = Instant::now();
            cache.truncate(0);
            model
                .forward(&mut [Step { cache: &mut cache, tokens: &tokens, logits: Logits::Last }], &|| {
                    false
                })?;
            Ok(begin.elapsed().as_secs_f64())
        };
        let first = run()?;
        let again = (0..3).map(|_| run()).collect::<moesaic::Result<Vec<_>>>()?;
        let again = again.into_iter().fold(f64::INFINITY, f64::min);
        own = own.max(own_kibibytes().unwrap_or(0));
        rounds.push((opened.as_secs_f64() + first - again, opened.as_secs_f64(), first, again));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (beyond, opened, first, again) = rounds[ROUNDS / 2];
    println!("opened in {opened:.3} s, {PROMPT} tokens in {first:.3} s, again in {again:.3} s: {beyond:.3} s beyond the pass");
    println!("memory of its own, cache included: {own} KiB");
    Ok(())
}

/// What the process has beside mapped files; `None` where the system does not say.
fn own_kibibytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("RssAnon:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
