//! How a text uses the experts of a model: how often each is chosen, and how evenly.

use super::CancelToken;
use crate::model::config::FeedForward;
use crate::model::{ExpertChoice, Logits, Model, Step};
use crate::{Error, Result};

/// How many tokens run in one pass.
const CHUNK: usize = 256;

/// The most tokens that see each other; a longer text is cut into windows of this.
const WINDOW: usize = 4096;

/// What [`Model::routing`] found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Routing {
    /// How many tokens the text has.
    pub tokens: usize,
    /// The layers that have experts, first to last.
    pub layers: Vec<LayerRouting>,
}

/// How often the experts of one layer were chosen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LayerRouting {
    /// The layer's index in the model.
    pub layer: usize,
    /// For each expert how many tokens it worked on.
    pub counts: Vec<u64>,
}

impl LayerRouting {
    /// The share of all choices that fell on each expert; zeros if there were none.
    pub fn shares(&self) -> Vec<f64> {
        let total = self.counts.iter().sum::<u64>().max(1);
        self.counts.iter().map(|&count| count as f64 / total as f64).collect()
    }

    /// How evenly the experts are used: the entropy of their shares over that of equal shares, from 0 (one
    /// expert does everything) to 1.
    pub fn evenness(&self) -> f64 {
        if self.counts.len() < 2 {
            return 1.0;
        }
        let shares = self.shares();
        // The `+ 0.0` makes a zero of a negative one.
        let entropy =
            -shares.iter().filter(|share| **share > 0.0).map(|share| share * share.ln()).sum::<f64>() + 0.0;
        entropy / (self.counts.len() as f64).ln()
    }

    /// How many of the experts were chosen at least once.
    pub fn used(&self) -> usize {
        self.counts.iter().filter(|count| **count > 0).count()
    }

    /// The share of the experts that were chosen at least once.
    pub fn coverage(&self) -> f64 {
        self.used() as f64 / self.counts.len().max(1) as f64
    }
}

impl Model {
    /// Runs a text through the model and counts which experts work on it. Texts longer than 4,096 tokens, or
    /// than the model's context, are cut into windows that do not see each other. `progress` is told how many
    /// tokens are done.
    ///
    /// # Errors
    /// [`Error::Input`] if the model has no experts or the text no tokens; those of [`Model::forward`].
    pub fn routing(
        &self,
        tokens: &[u32],
        cancel: &CancelToken,
        mut progress: impl FnMut(usize),
    ) -> Result<Routing> {
        let with_experts = |(layer, description): (usize, &crate::model::config::Layer)| {
            let FeedForward::Experts(experts) = &description.feed_forward else { return None };
            Some(LayerRouting { layer, counts: vec![0; experts.count] })
        };
        let mut layers: Vec<LayerRouting> =
            self.config().layers.iter().enumerate().filter_map(with_experts).collect();
        if layers.is_empty() {
            return Err(Error::input("this model has no experts, so there is no routing to report"));
        }
        if tokens.is_empty() {
            return Err(Error::input("the text has no tokens"));
        }
        let mut count = |layer: usize, choices: &[Vec<ExpertChoice>]| {
            let found = layers.iter_mut().find(|found| found.layer == layer);
            // Every layer with experts was listed above.
            let Some(found) = found else { return };
            choices.iter().flatten().for_each(|choice| found.counts[choice.expert] += 1);
        };
        let window = WINDOW.min(self.context_length());
        let mut cache = self.cache(window.min(tokens.len()))?;
        let mut done = 0;
        for window in tokens.chunks(window) {
            cache.truncate(0);
            for chunk in window.chunks(CHUNK) {
                let mut step = [Step { cache: &mut cache, tokens: chunk, logits: Logits::None }];
                self.forward_observed(&mut step, &|| cancel.is_cancelled(), &mut count)?;
                done += chunk.len();
                progress(done);
            }
        }
        Ok(Routing { tokens: tokens.len(), layers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(counts: &[u64]) -> LayerRouting {
        LayerRouting { layer: 0, counts: counts.to_vec() }
    }

    #[test]
    fn evenness_goes_from_one_expert_to_all() {
        assert_eq!(layer(&[0, 9, 0, 0]).evenness(), 0.0);
        assert!((layer(&[5, 5, 5, 5]).evenness() - 1.0).abs() < 1e-12);
        assert!((layer(&[5, 5, 0, 0]).evenness() - 0.5).abs() < 1e-12);
        assert_eq!(layer(&[7]).evenness(), 1.0);
        assert_eq!(layer(&[0, 0]).evenness(), 0.0);
    }

    #[test]
    fn coverage_counts_those_that_worked() {
        assert_eq!(layer(&[1, 0, 3, 0]).coverage(), 0.5);
        assert_eq!(layer(&[1, 0, 3, 0]).shares(), [0.25, 0.0, 0.75, 0.0]);
    }
}
