//! What tells models apart: a hash of what one is and of a sample of its weights, for files that only the model
//! which they came from can use. Cheap for models of any size; no protection against forgery.

use super::config::Config;
use super::for_each_matrix;
use super::weights::{FeedForwardWeights, Weights};
use crate::kernel::Matrix;
use xxhash_rust::xxh3::Xxh3;

/// The hash of a model. Of each matrix of attention, and of the first and the last expert of each layer, one row
/// counts: models that differ in training differ everywhere.
pub(super) fn fingerprint(config: &Config, weights: &Weights) -> u128 {
    let mut hash = Xxh3::new();
    // All that the forward pass goes by, and that a cache therefore depends on. The name says nothing about it.
    hash.update(format!("{:?}", Config { name: None, ..config.clone() }).as_bytes());
    let mut row = Vec::new();
    let mut floats = |values: &[f32]| values.iter().for_each(|value| hash.update(&value.to_le_bytes()));
    floats(weights.rope_factors.as_deref().unwrap_or_default());
    floats(&weights.output_norm);
    let mut sample = |matrix: &Matrix| {
        if matrix.rows() > 0 {
            row.resize(matrix.columns(), 0.0);
            matrix.decode_row(matrix.rows() / 2, &mut row);
            floats(&row);
        }
    };
    sample(&weights.embedding);
    sample(&weights.output);
    for layer in &weights.layers {
        for_each_matrix(&layer.attention, &mut sample);
        match &layer.feed_forward {
            FeedForwardWeights::Dense(swiglu) => swiglu.for_each(&mut sample),
            FeedForwardWeights::Experts { router, experts, shared, .. } => {
                sample(&router.weights);
                experts
                    .first()
                    .into_iter()
                    .chain(experts.last())
                    .chain(shared)
                    .for_each(|expert| expert.for_each(&mut sample));
            }
        }
    }
    hash.digest128()
}
