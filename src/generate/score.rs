//! How well a model predicts given tokens: probabilities of tokens, perplexity of texts.

use super::{CancelToken, SessionOptions};
use crate::model::{Logits, Model};
use crate::{Error, Result};

/// How many tokens run between two calls of a session: bounds the memory for logits.
const CHUNK: usize = 256;

/// The natural logarithm of the probability of a token under the softmax of a row of logits, in f64.
///
/// # Errors
/// [`Error::Input`] for a token past the row.
pub fn log_probability(row: &[f32], token: u32) -> Result<f64> {
    let Some(&logit) = row.get(token as usize) else {
        return Err(Error::input(format!("the text holds token {token}, for which the model has no logit")));
    };
    Ok(f64::from(logit) - log_sum(row))
}

/// The `count` most probable tokens of a row of logits with the logarithms of their probabilities, best first; of
/// equal ones the lower token first.
pub fn best_log_probabilities(row: &[f32], count: usize) -> Vec<(u32, f64)> {
    let mut tokens: Vec<u32> = (0..u32::try_from(row.len()).unwrap_or(u32::MAX)).collect();
    let logit = |token: u32| row[token as usize];
    let best_first = |a: &u32, b: &u32| logit(*b).total_cmp(&logit(*a)).then(a.cmp(b));
    if count < tokens.len() {
        tokens.select_nth_unstable_by(count, best_first);
        tokens.truncate(count);
    }
    tokens.sort_unstable_by(best_first);
    let sum = log_sum(row);
    tokens.into_iter().map(|token| (token, f64::from(logit(token)) - sum)).collect()
}

/// The logarithm of the sum of the exponentials.
fn log_sum(row: &[f32]) -> f64 {
    let highest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|&logit| f64::from(logit - highest).exp()).sum();
    f64::from(highest) + sum.ln()
}

/// What [`Model::perplexity`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Perplexity {
    /// The exponential of the mean surprise of a token, in nats.
    pub perplexity: f64,
    /// How many tokens were predicted.
    pub tokens: usize,
}

impl Model {
    /// The logarithm of the probability of each token but the first, given those before it:
    /// `tokens.len() - 1` values.
    ///
    /// # Errors
    /// Those of [`Session::forward_with`](super::Session::forward_with).
    pub fn log_probabilities(&self, tokens: &[u32], cancel: &CancelToken) -> Result<Vec<f64>> {
        if tokens.is_empty() {
            return Err(Error::input("there are no tokens to rate"));
        }
        let mut session = self.session(SessionOptions { context: Some(tokens.len()) })?;
        let mut next = tokens[1..].iter();
        let mut found = Vec::with_capacity(next.len());
        for chunk in tokens.chunks(CHUNK) {
            let rows = session.forward_with(chunk, Logits::All, cancel)?;
            // The last row of all has no next token.
            for (row, &token) in rows.chunks_exact(self.vocabulary_size()).zip(next.by_ref()) {
                found.push(log_probability(row, token)?);
            }
        }
        Ok(found)
    }

    /// How well the model predicts a text, over the same windows as llama-perplexity: the text is cut into
    /// windows of `window` tokens, and in each the tokens of the second half are predicted from all before
    /// them. A last window that is not full does not count. `progress` is told after each window how many are
    /// done, how many there are, and the perplexity so far.
    ///
    /// # Errors
    /// [`Error::Input`] if the window is shorter than 4 tokens or longer than the model's context, the text
    /// shorter than a window, or the logits are no numbers; if the model has no tokenizer; or when cancelled.
    pub fn perplexity(
        &self,
        text: &str,
        window: usize,
        cancel: &CancelToken,
        mut progress: impl FnMut(usize, usize, f64),
    ) -> Result<Perplexity> {
        if window < 4 {
            return Err(Error::input(format!(
                "a window of {window} tokens is too short: it must be at least 4"
            )));
        }
        let mut session = self.session(SessionOptions { context: Some(window) })?;
        let tokenizer = self.tokenizer()?;
        let tokens = tokenizer.encode(text, true, false)?;
        if tokens.len() < window {
            return Err(Error::input(format!(
                "the text has {} tokens, less than one window of {window}; give a longer text or a smaller \
                 window",
                tokens.len()
            )));
        }
        // Every window begins with this token, if the model wants its texts to.
        let of_nothing = tokenizer.encode("", true, false)?;
        let begin = tokenizer.bos().filter(|bos| of_nothing.first() == Some(bos));
        let windows = tokens.len() / window;
        let mut sum = 0.0;
        let mut count = 0;
        for (index, window) in tokens.chunks_exact(window).enumerate() {
            let mut window = window.to_vec();
            if let Some(begin) = begin {
                window[0] = begin;
            }
            let first = window.len() / 2;
            let last = window.len() - 1;
            session.reset();
            session.forward_with(&window[..first], Logits::None, cancel)?;
            let rows = session.forward_with(&window[first..last], Logits::All, cancel)?;
            let next = &window[first + 1..];
            for (row, &token) in rows.chunks_exact(self.vocabulary_size()).zip(next) {
                sum -= log_probability(row, token)?;
                count += 1;
            }
            progress(index + 1, windows, (sum / f64::from(count)).exp());
        }
        let perplexity = (sum / f64::from(count)).exp();
        if !perplexity.is_finite() {
            return Err(Error::input(
                "the perplexity is no number: the logits are none, or the text impossible",
            ));
        }
        Ok(Perplexity { perplexity, tokens: count as usize })
    }
}
