//! How well a model predicts given tokens: probabilities of tokens, perplexity of texts.

use super::{CancelToken, Session, SessionOptions};
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
        let windows = Windows::cut(self, text, window)?;
        let mut session = self.session(SessionOptions { context: Some(window) })?;
        let mut sum = 0.0;
        let mut count = 0;
        for (index, window) in windows.iter().enumerate() {
            let rows = predictions(&mut session, &window, cancel)?;
            for (row, &token) in rows.chunks_exact(self.vocabulary_size()).zip(predicted(&window)) {
                sum -= log_probability(row, token)?;
                count += 1;
            }
            progress(index + 1, windows.len(), (sum / f64::from(count)).exp());
        }
        let perplexity = (sum / f64::from(count)).exp();
        if !perplexity.is_finite() {
            return Err(Error::input(
                "the perplexity is no number: the logits are none, or the text impossible",
            ));
        }
        Ok(Perplexity { perplexity, tokens: count as usize })
    }

    /// How far the model's predictions are from those of `reference`, over the windows of
    /// [`perplexity`](Model::perplexity): what quantising cost, for instance, with the original as the reference.
    /// `progress` is told after each window how many are done, how many there are, and the mean divergence so far.
    ///
    /// # Errors
    /// As [`perplexity`](Model::perplexity), and if the two models do not cut the text into the same tokens or have
    /// vocabularies of different sizes.
    pub fn divergence(
        &self,
        reference: &Model,
        text: &str,
        window: usize,
        cancel: &CancelToken,
        mut progress: impl FnMut(usize, usize, f64),
    ) -> Result<Divergence> {
        let windows = Windows::cut(self, text, window)?;
        let size = self.vocabulary_size();
        if reference.vocabulary_size() != size || Windows::cut(reference, text, window)? != windows {
            return Err(Error::input(
                "the two models do not have the same vocabulary, so that their predictions cannot be compared",
            ));
        }
        let context = SessionOptions { context: Some(window) };
        let (mut session, mut other) = (self.session(context.clone())?, reference.session(context)?);
        let (mut sum, mut ours, mut theirs) = (0.0, 0.0, 0.0);
        let (mut count, mut same) = (0, 0);
        for (index, window) in windows.iter().enumerate() {
            let rows = predictions(&mut session, &window, cancel)?;
            let expected = predictions(&mut other, &window, cancel)?;
            let pairs = rows.chunks_exact(size).zip(expected.chunks_exact(size));
            for ((row, expected), &token) in pairs.zip(predicted(&window)) {
                sum += divergence(row, expected);
                ours -= log_probability(row, token)?;
                theirs -= log_probability(expected, token)?;
                same += u32::from(best(row) == best(expected));
                count += 1;
            }
            progress(index + 1, windows.len(), sum / f64::from(count));
        }
        let mean = |sum: f64| sum / f64::from(count);
        let found = Divergence {
            divergence: mean(sum),
            same_best: mean(f64::from(same)),
            perplexity: mean(ours).exp(),
            reference_perplexity: mean(theirs).exp(),
            tokens: count as usize,
        };
        match found.divergence.is_finite() {
            true => Ok(found),
            false => {
                Err(Error::input("the divergence is no number: the logits of one of the models are none"))
            }
        }
    }
}

/// What [`Model::divergence`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Divergence {
    /// The mean Kullback-Leibler divergence of the model's predictions from the reference's, in nats a token.
    pub divergence: f64,
    /// The share of tokens for which both models think the same token most probable.
    pub same_best: f64,
    /// The model's perplexity.
    pub perplexity: f64,
    /// The reference's perplexity.
    pub reference_perplexity: f64,
    /// How many tokens were predicted.
    pub tokens: usize,
}

/// A text in windows of tokens.
#[derive(PartialEq)]
struct Windows {
    tokens: Vec<u32>,
    window: usize,
    /// Every window begins with this token, if the model wants its texts to.
    begin: Option<u32>,
}

impl Windows {
    fn cut(model: &Model, text: &str, window: usize) -> Result<Windows> {
        if window < 4 {
            return Err(Error::input(format!(
                "a window of {window} tokens is too short: it must be at least 4"
            )));
        }
        let tokenizer = model.tokenizer()?;
        let tokens = tokenizer.encode(text, true, false)?;
        if tokens.len() < window {
            return Err(Error::input(format!(
                "the text has {} tokens, less than one window of {window}; give a longer text or a smaller \
                 window",
                tokens.len()
            )));
        }
        let of_nothing = tokenizer.encode("", true, false)?;
        let begin = tokenizer.bos().filter(|bos| of_nothing.first() == Some(bos));
        Ok(Windows { tokens, window, begin })
    }

    fn len(&self) -> usize {
        self.tokens.len() / self.window
    }

    fn iter(&self) -> impl Iterator<Item = Vec<u32>> + '_ {
        self.tokens.chunks_exact(self.window).map(|window| {
            let mut window = window.to_vec();
            if let Some(begin) = self.begin {
                window[0] = begin;
            }
            window
        })
    }
}

/// The logits for the tokens of the second half of a window: a row for each of [`predicted`].
fn predictions(session: &mut Session, window: &[u32], cancel: &CancelToken) -> Result<Vec<f32>> {
    let first = window.len() / 2;
    let last = window.len() - 1;
    session.reset();
    session.forward_with(&window[..first], Logits::None, cancel)?;
    session.forward_with(&window[first..last], Logits::All, cancel)
}

/// The tokens of a window that are predicted.
fn predicted(window: &[u32]) -> &[u32] {
    &window[window.len() / 2 + 1..]
}

/// The Kullback-Leibler divergence of the softmax of a row from that of an expected one, in nats.
fn divergence(row: &[f32], expected: &[f32]) -> f64 {
    let normalise = |row: &[f32]| {
        let highest = f64::from(row.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let sum: f64 = row.iter().map(|&logit| (f64::from(logit) - highest).exp()).sum();
        highest + sum.ln()
    };
    let (ours, theirs) = (normalise(row), normalise(expected));
    let terms = row.iter().zip(expected).map(|(&row, &expected)| {
        let expected = f64::from(expected) - theirs;
        expected.exp() * (expected - (f64::from(row) - ours))
    });
    terms.sum()
}

/// The most probable token of a row.
fn best(row: &[f32]) -> usize {
    let mut best = 0;
    for (token, logit) in row.iter().enumerate() {
        if *logit > row[best] {
            best = token;
        }
    }
    best
}
