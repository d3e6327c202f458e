//! A sum of products that share an output: what the experts of a mixture make of many tokens.
//!
//! Each task computes some columns of the output from all terms, one after the other, in memory of its own. Written out
//! term by term, the products of a prompt's tokens would be many times what the caches hold, and be read again to be
//! added up.

use super::operand::{Operand, Part, Sums, PANELS_TOGETHER};
use super::tiles::{InputTiles, Wanted};
use super::{Selection, TaskBuffers, TASKS_A_THREAD};
use crate::kernel::activations::Activations;
use crate::kernel::table::{MOST_PANELS, PANEL_ROWS};
use crate::kernel::team::SharedMut;
use crate::kernel::{Compute, Interrupt, Matrix};

/// One term of a sum: `output[targets[i]] += factors[i] * (weights * input[selection[i]] + bias)`.
#[derive(Debug)]
pub struct Term<'a> {
    /// The weights; all terms have as many rows.
    pub weights: &'a Matrix,
    /// The activations; their columns equal the weights' columns.
    pub input: &'a Activations,
    /// Which rows of the activations.
    pub selection: Selection<'a>,
    /// `weights.rows` values.
    pub bias: Option<&'a [f32]>,
    /// The rows of the output, as many as are selected.
    pub targets: Selection<'a>,
    /// What the product of each row is multiplied with.
    pub factors: &'a [f32],
}

/// Writes the sum of all terms, which are added in their order, to `output`, row-major `[tokens, weights.rows]`.
pub(in crate::kernel) fn add_up(
    compute: &Compute,
    interrupt: &Interrupt<'_>,
    terms: &[Term<'_>],
    tokens: usize,
    output: &mut [f32],
) {
    compute.tile_buffers.lend(|buffer| {
        let wanted: Vec<_> = terms
            .iter()
            .map(|term| Wanted::new(compute, [term.weights], term.input, term.selection))
            .collect();
        let tiles = buffer.pack(&compute.team, interrupt, &wanted);
        add_up_packed(compute, interrupt, terms, &tiles, tokens, output);
    });
}

/// As `add_up`, with activations that are packed if they have to be.
fn add_up_packed(
    compute: &Compute,
    interrupt: &Interrupt<'_>,
    terms: &[Term<'_>],
    tiles: &[Option<InputTiles<'_>>],
    tokens: usize,
    output: &mut [f32],
) {
    let Compute { kernels, ref team, task_buffers: ref buffers, .. } = *compute;
    let Some(columns) = terms.first().map(|term| term.weights.rows()) else {
        return output.fill(0.0);
    };
    assert_eq!(output.len(), tokens * columns, "length of the output");
    let operands: Vec<Operand<'_>> = terms
        .iter()
        .map(|term| {
            let Term { weights, input, selection, bias, targets, factors } = *term;
            let count = selection.count(input.rows());
            assert_eq!(weights.rows(), columns, "rows of weights of a sum");
            assert!(selection.fits(input.rows()) && targets.fits(tokens), "selected rows");
            assert!(
                targets.count(tokens) == count && factors.len() == count,
                "a target and a factor for each row"
            );
            Operand::new(compute, input, count, weights, bias)
        })
        .collect();
    let most_tokens = operands.iter().map(Operand::most_tokens).max().unwrap_or(1).min(tokens);
    let output = SharedMut::new(output);
    let panels = columns / (PANEL_ROWS * team.threads() * TASKS_A_THREAD);
    let task_rows = panels.clamp(MOST_PANELS, PANELS_TOGETHER) * PANEL_ROWS;
    team.for_each_until(columns.div_ceil(task_rows), interrupt, |task| {
        let rows = task * task_rows..columns.min((task + 1) * task_rows);
        let panels = rows.len().div_ceil(PANEL_ROWS);
        buffers.lend(|TaskBuffers { sums: [sums, totals], panels: memory }| {
            sums.resize(most_tokens * panels * PANEL_ROWS);
            totals.resize(tokens * panels * PANEL_ROWS);
            totals.fill(0.0);
            let sums: &mut [Sums] = sums.as_chunks_mut().0;
            let totals: &mut [Sums] = totals.as_chunks_mut().0;
            let (mut indices, mut targets) = (vec![0; most_tokens], vec![0; most_tokens]);
            for (index, (term, operand)) in terms.iter().zip(&operands).enumerate() {
                let count = term.factors.len();
                for first in (0..count).step_by(operand.most_tokens()) {
                    let count = operand.most_tokens().min(count - first);
                    let (indices, targets) = (&mut indices[..count], &mut targets[..count]);
                    term.selection.indices(first, indices);
                    term.targets.indices(first, targets);
                    let sums = &mut sums[..count * panels];
                    let then = operands.get(index + 1);
                    let part = Part {
                        input: term.input,
                        tiles: tiles[index],
                        first_token: first,
                        indices,
                        is_first: first == 0,
                        rows: rows.clone(),
                        then,
                    };
                    operand.multiply(kernels, &part, memory, sums);
                    for (token, (&target, factor)) in targets.iter().zip(&term.factors[first..]).enumerate() {
                        let totals = &mut totals[target as usize * panels..][..panels];
                        for (total, sums) in totals.iter_mut().zip(sums[token..].iter().step_by(count)) {
                            for (total, sum) in total.iter_mut().zip(sums) {
                                *total += sum * factor;
                            }
                        }
                    }
                }
            }
            for (token, totals) in totals.chunks_exact(panels).enumerate() {
                // SAFETY: a task writes columns of its own only.
                let output = unsafe { output.slice(token * columns + rows.start, rows.len()) };
                output.copy_from_slice(&totals.as_flattened()[..rows.len()]);
            }
        });
    });
}
