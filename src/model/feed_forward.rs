//! The feed-forward part of a layer: one network, or a mixture of experts. Reads the normed residual
//! stream and leaves its share of the residual stream in `Scratch::branch`.

use super::attention::{product, whole};
use super::config::Experts;
use super::forward::{Pass, Scratch};
use super::router::{self, ExpertChoice};
use super::weights::{FeedForwardWeights, Linear, Swiglu};
use super::ExpertObserver;
use crate::kernel::{Activations, Gated, Product, Selection};
use crate::{Error, Result};

/// Buffers of the feed-forward part, kept between layers and calls.
#[derive(Debug, Default)]
pub(super) struct FeedForwardScratch {
    /// `[tokens, width]`: what goes into the down projection of a dense network, or of the shared expert.
    dense: Activations,
    /// `[assignments, width]`: the same of the chosen experts, expert by expert.
    experts: Activations,
    /// `[tokens, experts]`.
    router: Vec<f32>,
    /// `[tokens]`: logits of the shared expert's gate.
    shared_gate: Vec<f32>,
    /// `[tokens, embedding]`: the shared expert's output.
    shared: Vec<f32>,
    /// `[assignments, embedding]`: the chosen experts' outputs, expert by expert.
    expert_outputs: Vec<f32>,
}

/// Which expert works on which tokens, expert by expert.
struct Assignments {
    /// The token of each assignment.
    tokens: Vec<u32>,
    /// For each expert that works: its index, and its first assignment and their number.
    experts: Vec<(usize, usize, usize)>,
    /// For each token its assignments and their weights, in the router's order.
    of_token: Vec<Vec<(usize, f32)>>,
}

impl Assignments {
    fn new(choices: &[Vec<ExpertChoice>], expert_count: usize) -> Assignments {
        let mut counts = vec![0usize; expert_count];
        for choice in choices.iter().flatten() {
            counts[choice.expert] += 1;
        }
        let mut experts = Vec::new();
        let mut next = vec![0usize; expert_count];
        let mut total = 0;
        for (expert, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
            experts.push((expert, total, count));
            next[expert] = total;
            total += count;
        }
        let mut tokens = vec![0; total];
        let of_token = choices
            .iter()
            .enumerate()
            .map(|(token, choices)| {
                let mut place = |choice: &ExpertChoice| {
                    let assignment = next[choice.expert];
                    next[choice.expert] += 1;
                    tokens[assignment] = token as u32;
                    (assignment, choice.weight)
                };
                choices.iter().map(&mut place).collect()
            })
            .collect();
        Assignments { tokens, experts, of_token }
    }
}

impl Pass<'_> {
    pub(super) fn dense_feed_forward(&self, weights: &Swiglu, scratch: &mut Scratch) {
        let Scratch { normed, branch, feed_forward, .. } = scratch;
        let gated = &mut feed_forward.dense;
        gated.resize(self.tokens, weights.gate.weights.rows());
        self.prepare(normed, [&weights.gate.weights, &weights.up.weights]);
        self.matmul(&mut [self.gated(weights, normed, gated.values_mut())]);
        self.prepare(gated, [&weights.down.weights]);
        self.matmul(&mut [product(&weights.down, gated, branch)]);
    }

    /// # Errors
    /// If a router logit is not finite, or the pass is to stop.
    pub(super) fn expert_feed_forward(
        &self,
        experts: &Experts,
        weights: &FeedForwardWeights,
        layer: usize,
        observer: Option<&mut ExpertObserver<'_>>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let Pass { compute, .. } = self;
        let FeedForwardWeights::Experts { router, selection_bias, experts: networks, shared, shared_gate } =
            weights
        else {
            unreachable!("the weights are loaded by the same description");
        };
        let tokens = self.tokens;
        let embedding_length = self.config.embedding_length;
        let Scratch { normed, branch, feed_forward: buffers, .. } = scratch;
        buffers.router.resize(tokens * experts.count, 0.0);
        buffers.shared_gate.resize(tokens, 0.0);

        // First pass: the router, and what the shared expert can do meanwhile.
        self.prepare(
            normed,
            shared
                .iter()
                .chain([&networks[0]])
                .flat_map(|network| [&network.gate.weights, &network.up.weights]),
        );
        {
            let mut products = vec![product(router, normed, &mut buffers.router)];
            if let Some(shared) = shared {
                buffers.dense.resize(tokens, shared.gate.weights.rows());
                products.push(self.gated(shared, normed, buffers.dense.values_mut()));
            }
            if let Some(gate) = shared_gate {
                products.push(whole(gate, normed, &mut buffers.shared_gate));
            }
            self.matmul(&mut products);
        }
        // Nobody must be told of choices by half of the logits.
        if self.interrupt.is_raised() {
            return Err(Error::Cancelled);
        }
        let choices: Vec<Vec<ExpertChoice>> = buffers
            .router
            .chunks_exact_mut(experts.count)
            .map(|logits| {
                router::choose(logits, &experts.routing, selection_bias.as_deref(), experts.used).ok_or_else(|| {
                    Error::NotFinite {
                        what: format!(
                            "the router's logits of layer {layer} are not finite: the model's weights are damaged, \
                             or too large for its activations"
                        ),
                    }
                })
            })
            .collect::<Result<_>>()?;
        if let Some(observer) = observer {
            observer(layer, &choices);
        }
        let assignments = Assignments::new(&choices, experts.count);

        // Second pass: gate and up of the chosen experts, and what the activation makes of them.
        let total = assignments.tokens.len();
        buffers.experts.resize(total, experts.width);
        {
            let mut products = Vec::with_capacity(assignments.experts.len());
            let mut outputs = buffers.experts.values_mut();
            for &(expert, first, count) in &assignments.experts {
                let selection = Selection::Rows(&assignments.tokens[first..first + count]);
                let output = take(&mut outputs, count * experts.width);
                products.push(Product { selection, ..self.gated(&networks[expert], normed, output) });
            }
            self.matmul(&mut products);
        }

        // Third pass: down of the chosen experts and of the shared one.
        buffers.expert_outputs.resize(total * embedding_length, 0.0);
        buffers.shared.resize(if shared.is_some() { tokens * embedding_length } else { 0 }, 0.0);
        let downs = assignments.experts.iter().map(|(expert, ..)| &networks[*expert].down.weights);
        self.prepare(&mut buffers.experts, downs);
        if let Some(shared) = shared {
            self.prepare(&mut buffers.dense, [&shared.down.weights]);
        }
        {
            let mut products = Vec::with_capacity(assignments.experts.len() + 1);
            let mut outputs = &mut buffers.expert_outputs[..];
            for &(expert, first, count) in &assignments.experts {
                let output = take(&mut outputs, count * embedding_length);
                products.push(Product {
                    selection: Selection::Range(first, count),
                    ..product(&networks[expert].down, &buffers.experts, output)
                });
            }
            if let Some(shared) = shared {
                products.push(product(&shared.down, &buffers.dense, &mut buffers.shared));
            }
            self.matmul(&mut products);
        }

        // Each token gathers its experts' outputs, in the router's order.
        self.compute.team().for_each_chunk(branch, embedding_length, |token, row| {
            row.fill(0.0);
            for (assignment, weight) in &assignments.of_token[token] {
                let start = assignment * embedding_length;
                let output = &buffers.expert_outputs[start..start + embedding_length];
                compute.add_scaled(row, output, *weight);
            }
            if shared.is_some() {
                let output = &buffers.shared[token * embedding_length..(token + 1) * embedding_length];
                let weight = match shared_gate {
                    Some(_) => 1.0 / (1.0 + (-buffers.shared_gate[token]).exp()),
                    None => 1.0,
                };
                compute.add_scaled(row, output, weight);
            }
        });
        Ok(())
    }

    /// What goes into the down projection.
    fn gated<'a>(&self, network: &'a Swiglu, input: &'a Activations, output: &'a mut [f32]) -> Product<'a> {
        let Linear { weights, bias } = &network.up;
        let gated = Gated { weights, bias: bias.as_deref(), activation: self.config.activation };
        Product { gated: Some(gated), ..product(&network.gate, input, output) }
    }
}

/// Splits the first `length` values off `rest`.
fn take<'a>(rest: &mut &'a mut [f32], length: usize) -> &'a mut [f32] {
    let (first, others) = std::mem::take(rest).split_at_mut(length);
    *rest = others;
    first
}
