//! The feed-forward part of a layer: one network, or a mixture of experts. Reads the normed residual
//! stream and leaves its share of the residual stream in `Scratch::branch`.

use super::attention::{product, whole};
use super::config::Experts;
use super::forward::{Pass, Scratch};
use super::router::{self, ExpertChoice};
use super::weights::{FeedForwardWeights, Linear, Swiglu};
use super::ExpertObserver;
use crate::kernel::{ActivationRows, Activations, Aligned, Gated, Product, Selection, Term};
use crate::{Error, Result};

/// Tokens that an expert has on average where its outputs are added up before they are written.
const MANY_TOKENS: usize = 8;

/// Buffers of the feed-forward part, kept between layers and calls.
#[derive(Debug, Default)]
pub(super) struct FeedForwardScratch {
    /// `[tokens, width]`: what goes into the down projection of a dense network, or of the shared expert.
    dense: Activations,
    /// `[assignments, width]`: the same of the chosen experts, expert by expert.
    experts: Activations,
    /// `[tokens, experts]`.
    router: Vec<f32>,
    /// `[tokens]`: logits of the shared expert's gate, then what its output is multiplied with.
    shared_gate: Vec<f32>,
    /// `[tokens, embedding]`: the shared expert's output.
    shared: Aligned<f32>,
    /// `[assignments, embedding]`: the chosen experts' outputs, expert by expert.
    expert_outputs: Aligned<f32>,
}

/// Which expert works on which tokens, expert by expert.
struct Assignments {
    /// The token of each assignment.
    tokens: Vec<u32>,
    /// For each expert that works: its index, and its first assignment and their number.
    experts: Vec<(usize, usize, usize)>,
    /// What the output of each is multiplied with.
    weights: Vec<f32>,
    /// For each token its assignments, in the router's order.
    of_token: Vec<Vec<usize>>,
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
        let (mut tokens, mut weights) = (vec![0; total], vec![0.0; total]);
        let of_token = choices
            .iter()
            .enumerate()
            .map(|(token, choices)| {
                let mut place = |choice: &ExpertChoice| {
                    let assignment = next[choice.expert];
                    next[choice.expert] += 1;
                    tokens[assignment] = token as u32;
                    weights[assignment] = choice.weight;
                    assignment
                };
                choices.iter().map(&mut place).collect()
            })
            .collect();
        Assignments { tokens, experts, weights, of_token }
    }
}

impl Pass<'_> {
    pub(super) fn dense_feed_forward(&self, weights: &Swiglu, scratch: &mut Scratch) {
        let Scratch { normed, branch, feed_forward, .. } = scratch;
        let gated = &mut feed_forward.dense;
        self.prepare(normed, [&weights.gate.weights, &weights.up.weights]);
        self.matmul(&mut [self.all_gated(weights, normed, gated)]);
        self.prepare(gated, [&weights.down.weights]);
        self.matmul(&mut [product(&weights.down, gated, &mut branch[..])]);
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
        let FeedForwardWeights::Experts { router, selection_bias, experts: networks, shared, shared_gate } =
            weights
        else {
            unreachable!("the weights are loaded by the same description");
        };
        let tokens = self.tokens;
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
                products.push(self.all_gated(shared, normed, &mut buffers.dense));
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
            let counts = assignments.experts.iter().map(|&(.., count)| count);
            let downs = assignments.experts.iter().map(|(expert, ..)| &networks[*expert].down.weights);
            let outputs = self.parts(&mut buffers.experts, counts, downs);
            let products =
                assignments.experts.iter().zip(outputs).map(|(&(expert, first, count), output)| {
                    let selection = Selection::Rows(&assignments.tokens[first..first + count]);
                    Product { selection, ..self.gated(&networks[expert], normed, output) }
                });
            self.matmul(&mut products.collect::<Vec<_>>());
        }

        // Third pass: down of the chosen experts and of the shared one, each token's in one sum.
        let downs = assignments.experts.iter().map(|(expert, ..)| &networks[*expert].down.weights);
        self.prepare(&mut buffers.experts, downs);
        if let Some(shared) = shared {
            self.prepare(&mut buffers.dense, [&shared.down.weights]);
        }
        for gate in &mut buffers.shared_gate {
            *gate = match shared_gate {
                Some(_) => 1.0 / (1.0 + (-*gate).exp()),
                None => 1.0,
            };
        }
        if total >= MANY_TOKENS * assignments.experts.len() {
            self.add_up_experts(networks, shared.as_ref(), &assignments, buffers, branch);
        } else {
            self.gather_experts(networks, shared.as_ref(), &assignments, buffers, branch);
        }
        Ok(())
    }

    /// The down projections of many tokens: added up before they are written.
    fn add_up_experts(
        &self,
        networks: &[Swiglu],
        shared: Option<&Swiglu>,
        assignments: &Assignments,
        buffers: &FeedForwardScratch,
        output: &mut [f32],
    ) {
        let mut terms = Vec::with_capacity(assignments.experts.len() + 1);
        for &(expert, first, count) in &assignments.experts {
            let Linear { weights, bias } = &networks[expert].down;
            terms.push(Term {
                weights,
                bias: bias.as_deref(),
                input: &buffers.experts,
                selection: Selection::Range(first, count),
                targets: Selection::Rows(&assignments.tokens[first..first + count]),
                factors: &assignments.weights[first..first + count],
            });
        }
        if let Some(Swiglu { down: Linear { weights, bias }, .. }) = shared {
            terms.push(Term {
                weights,
                bias: bias.as_deref(),
                input: &buffers.dense,
                selection: Selection::All,
                targets: Selection::All,
                factors: &buffers.shared_gate,
            });
        }
        self.compute.add_up_until(&terms, self.tokens, &self.interrupt, output);
    }

    /// The down projections of few tokens: products first, so that tasks are large, then sums.
    fn gather_experts(
        &self,
        networks: &[Swiglu],
        shared: Option<&Swiglu>,
        assignments: &Assignments,
        buffers: &mut FeedForwardScratch,
        output: &mut [f32],
    ) {
        let length = self.config.embedding_length;
        let FeedForwardScratch {
            dense, experts, shared_gate, shared: shared_outputs, expert_outputs, ..
        } = buffers;
        expert_outputs.resize(assignments.tokens.len() * length);
        shared_outputs.resize(if shared.is_some() { self.tokens * length } else { 0 });
        {
            let mut products = Vec::with_capacity(assignments.experts.len() + 1);
            let mut outputs = &mut expert_outputs[..];
            for &(expert, first, count) in &assignments.experts {
                let output = take(&mut outputs, count * length);
                let selection = Selection::Range(first, count);
                products.push(Product { selection, ..product(&networks[expert].down, experts, output) });
            }
            if let Some(shared) = shared {
                products.push(product(&shared.down, dense, &mut shared_outputs[..]));
            }
            self.matmul(&mut products);
        }
        // Each token gathers its experts' outputs, in the router's order.
        let compute = self.compute;
        compute.team().for_each_chunk(output, length, |token, row| {
            row.fill(0.0);
            for &assignment in &assignments.of_token[token] {
                let output = &expert_outputs[assignment * length..(assignment + 1) * length];
                compute.add_scaled(row, output, assignments.weights[assignment]);
            }
            if shared.is_some() {
                let output = &shared_outputs[token * length..(token + 1) * length];
                compute.add_scaled(row, output, shared_gate[token]);
            }
        });
    }

    /// What goes into the down projection, of all tokens.
    fn all_gated<'a>(
        &self,
        network: &'a Swiglu,
        input: &'a Activations,
        output: &'a mut Activations,
    ) -> Product<'a> {
        output.resize(self.tokens, network.gate.weights.rows());
        let output = self.parts(output, [self.tokens], [&network.down.weights]).remove(0);
        self.gated(network, input, output)
    }

    /// What goes into the down projection.
    fn gated<'a>(
        &self,
        network: &'a Swiglu,
        input: &'a Activations,
        output: ActivationRows<'a>,
    ) -> Product<'a> {
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
