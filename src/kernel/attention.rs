//! Softmax attention over cached keys and values, grouped-query and latent alike: what it computes, and
//! how the work is cut into tasks. The inner loops are kernels.
//!
//! A task takes some heads that share a key head, some tokens and some positions, and goes through the
//! positions block by block with a running softmax (Milakov and Gimelshein 2018; Dao et al. 2022):
//! cached rows are read once for all heads and tokens of the task.

mod rows;
mod tile;

pub use rows::{CacheFormat, CacheRows};

use super::matmul::FEW_TOKENS;
use super::pool::Pool;
use super::table::{Int16Kernels, Kernels};
use super::team::{SharedMut, Team};
use super::Interrupt;
use std::ops::Range;
use tile::{FloatTile, Int16Tile, TileBuffers, TileProducts};

/// Softmax attention of some tokens of one sequence over its cached positions.
///
/// `output[t][h] = Σ_p softmax_p(scale * query[t][h] · key[p][h / (heads / kv_heads)]) * value[p][...]`,
/// over the positions `p <= first_position + t` that the window lets see. Latent attention is the case
/// `kv_heads == 1` where `values` is the same rows as `keys` and `value_length < key_length`
/// (the value is the first `value_length` values of the row).
#[derive(Debug)]
pub struct Attention<'a> {
    /// `[tokens, heads, key_length]`.
    pub queries: &'a [f32],
    /// `[positions, key_stride]`; head `k` of a position is at `k * key_length`.
    pub keys: &'a CacheRows,
    /// `[positions, value_stride]`; head `k` of a position is at `k * value_length`.
    pub values: &'a CacheRows,
    /// The position whose rows come first. Not 0 only behind a window, where rows from
    /// `first_position - reach(window)` on are enough.
    pub first_row: usize,
    /// Values from one position's key row to the next.
    pub key_stride: usize,
    /// Values from one position's value row to the next.
    pub value_stride: usize,
    /// How many tokens.
    pub tokens: usize,
    /// The position of the first token; the cache already holds the rows of all tokens.
    pub first_position: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Length of a query and a key.
    pub key_length: usize,
    /// Length of a value.
    pub value_length: usize,
    /// Multiplies the dot products.
    pub scale: f32,
    /// A key at `p0` is seen from `p1` only if `p1 - p0 < window`.
    pub window: Option<usize>,
    /// One extra logit a head that joins the denominator (not scaled) and contributes no value.
    pub sinks: Option<&'a [f32]>,
}

/// The most positions that a task has in hand at a time.
const LARGEST_BLOCK: usize = 128;
/// Query rows (tokens times heads that share a key head) that a task works on at a time, if it can.
const QUERY_ROWS: usize = 64;
/// The fewest positions worth a task of their own.
const SPLIT_POSITIONS: usize = 64;
/// The most tasks that the positions of one query are split into, give or take one.
const MOST_SPLITS: usize = 16;
/// Rows of output that are finished together.
const ROWS_A_TASK: usize = 8;

/// How the work is cut up; it depends on the shapes alone, not on the number of threads.
struct Plan<'a> {
    attention: &'a Attention<'a>,
    /// Query heads that share a key head.
    group: usize,
    /// Query heads of a task.
    task_heads: usize,
    /// Tokens of a task.
    task_tokens: usize,
    /// Positions that a task has in hand at a time.
    block: usize,
    /// The kernels for 16-bit integers, if the products are of them.
    int16: Option<Int16Kernels>,
    /// Positions of a task; a multiple of `block`.
    split: usize,
    /// The first position that any token sees, rounded down to where a block or a split begins.
    first: usize,
    /// Tasks along the positions.
    splits: usize,
}

/// The running state of the softmax of one query row.
#[derive(Clone, Copy, Debug)]
struct Softmax {
    /// The largest logit so far.
    maximum: f32,
    /// `Σ exp(logit - maximum)`.
    sum: f32,
}

impl Softmax {
    const EMPTY: Softmax = Softmax { maximum: f32::NEG_INFINITY, sum: 0.0 };

    /// Takes in a larger maximum; returns the factor for all that was summed up to now.
    fn raise(&mut self, maximum: f32) -> f32 {
        let maximum = self.maximum.max(maximum);
        // As long as every logit is -inf there is nothing to rescale.
        let factor = if maximum == self.maximum { 1.0 } else { (self.maximum - maximum).exp() };
        self.maximum = maximum;
        self.sum *= factor;
        factor
    }

    /// What to subtract from logits: 0 while all of them are -inf, so that `exp` gives 0 and not NaN.
    fn offset(&self) -> f32 {
        if self.maximum == f32::NEG_INFINITY {
            0.0
        } else {
            self.maximum
        }
    }
}

/// A task's part of the work: these heads, tokens and positions.
struct Tile {
    heads: Range<usize>,
    tokens: Range<usize>,
    positions: Range<usize>,
}

/// Memory that attention needs, kept between calls: of each call at work, and of each of its tasks.
#[derive(Debug, Default)]
pub(super) struct AttentionBuffers {
    calls: Pool<CallBuffers>,
    tiles: Pool<TileBuffers>,
}

/// What the splits of all rows leave behind.
#[derive(Debug, Default)]
struct CallBuffers {
    /// `[splits, tokens, heads]`.
    states: Vec<Softmax>,
    /// `[splits, tokens, heads, value_length]`; empty if there is one split, which writes where the output goes.
    partial: Vec<f32>,
}

/// See [`Attention`].
pub(super) fn attention(
    kernels: Kernels,
    team: &Team,
    buffers: &AttentionBuffers,
    attention: &Attention<'_>,
    interrupt: &Interrupt<'_>,
    output: &mut [f32],
) {
    attention.check(output);
    let mut first = 0;
    while first < attention.tokens && attention.heads > 0 {
        let count = attention.alike(first);
        let rows = attention.heads * first..attention.heads * (first + count);
        let part = Attention {
            queries: &attention.queries[rows.start * attention.key_length..rows.end * attention.key_length],
            tokens: count,
            first_position: attention.first_position + first,
            ..*attention
        };
        let output = &mut output[rows.start * attention.value_length..rows.end * attention.value_length];
        attend(kernels, team, buffers, &part, interrupt, output);
        first += count;
    }
}

/// Attention of tokens that are [`alike`](Attention::alike).
fn attend(
    kernels: Kernels,
    team: &Team,
    buffers: &AttentionBuffers,
    attention: &Attention<'_>,
    interrupt: &Interrupt<'_>,
    output: &mut [f32],
) {
    let plan = Plan::new(attention, kernels);
    let head_tiles = attention.heads / plan.task_heads;
    let token_tiles = attention.tokens.div_ceil(plan.task_tokens);
    let rows = attention.tokens * attention.heads;
    let length = attention.value_length;
    buffers.calls.lend(|CallBuffers { states, partial }| {
        states.clear();
        states.resize(plan.splits * rows, Softmax::EMPTY);
        // All that is read of it is written before.
        partial.resize(if plan.splits == 1 { 0 } else { plan.splits * rows * length }, 0.0);
        {
            let states = SharedMut::new(states);
            let sums = SharedMut::new(if plan.splits == 1 { &mut *output } else { &mut *partial });
            team.for_each_until(plan.splits * head_tiles * token_tiles, interrupt, |task| {
                let (split, tile) = (task % plan.splits, task / plan.splits);
                let tile = plan.tile(tile % head_tiles, tile / head_tiles, split);
                buffers.tiles.lend(|buffers| {
                    plan.run(kernels, &tile, buffers);
                    let width = tile.heads.len();
                    for (index, token) in tile.tokens.clone().enumerate() {
                        let row = split * rows + token * attention.heads + tile.heads.start;
                        // SAFETY: each task has rows of its own: its split, tokens and heads.
                        let (states, sums) =
                            unsafe { (states.slice(row, width), sums.slice(row * length, width * length)) };
                        states.copy_from_slice(&buffers.states[index * width..][..width]);
                        sums.copy_from_slice(&buffers.sums[index * width * length..][..width * length]);
                    }
                });
            });
        }
        team.for_each_chunk(output, length * ROWS_A_TASK, |first, output| {
            for (index, output) in output.chunks_exact_mut(length).enumerate() {
                plan.finish(kernels, first * ROWS_A_TASK + index, states, partial, output);
            }
        });
    });
}

impl Attention<'_> {
    /// How many rows before a token's own are read of a layer with this window: those that it shows, and what the
    /// first block holds before them. Blocks begin at the same positions whichever rows are there, so that sums are
    /// made of the same parts, and results do not depend on the rows that a cache has dropped.
    pub(crate) fn reach(window: usize) -> usize {
        window.saturating_sub(1).saturating_add(LARGEST_BLOCK - 1)
    }

    /// Panics unless the shapes fit each other.
    fn check(&self, output: &[f32]) {
        let is_enough =
            |window: usize| self.first_position.saturating_sub(Self::reach(window)) >= self.first_row;
        assert!(self.first_row == 0 || self.window.is_some_and(is_enough), "the first row");
        let positions = self.first_position + self.tokens - self.first_row;
        let fits = |rows: &CacheRows, stride: usize, length: usize| {
            let width = self.kv_heads * length;
            width <= stride && (positions == 0 || (positions - 1) * stride + width <= rows.len())
        };
        assert!(self.kv_heads > 0 && self.heads.is_multiple_of(self.kv_heads), "heads");
        assert_eq!(self.queries.len(), self.tokens * self.heads * self.key_length, "length of the queries");
        assert_eq!(output.len(), self.tokens * self.heads * self.value_length, "length of the output");
        assert!(fits(self.keys, self.key_stride, self.key_length), "rows of keys");
        assert!(fits(self.values, self.value_stride, self.value_length), "rows of values");
        assert_eq!(self.keys.format(), self.values.format(), "formats");
        assert!(self.keys.are_scaled_by(self.key_length, self.key_stride), "heads of keys");
        let are_scaled = self.is_latent() || self.values.are_scaled_by(self.value_length, self.value_stride);
        assert!(are_scaled, "heads of values");
        assert!(self.sinks.is_none_or(|sinks| sinks.len() == self.heads), "number of sinks");
        assert!(self.window != Some(0), "an empty window");
    }

    /// Whether the values are the first part of the keys.
    fn is_latent(&self) -> bool {
        self.kv_heads == 1
            && std::ptr::eq(self.keys, self.values)
            && self.key_stride == self.value_stride
            && self.value_length <= self.key_length
    }

    /// How many tokens from `first` on can be one piece of work: all, or of few those whose positions are split in
    /// the same manner. A token alone is split so, too: few tokens get, bit for bit, what each would get alone.
    fn alike(&self, first: usize) -> usize {
        let alike = match self.tokens {
            0..=FEW_TOKENS => {
                (first..self.tokens).take_while(|&token| self.split(token) == self.split(first)).count()
            }
            _ => self.tokens,
        };
        alike.min(self.tokens - first)
    }

    /// Positions of a task where those of a token are split: a function of how many it sees that changes seldom.
    fn split(&self, token: usize) -> usize {
        self.seen(token).len().div_ceil(MOST_SPLITS).next_power_of_two().max(SPLIT_POSITIONS)
    }

    /// The positions that a token sees.
    fn seen(&self, token: usize) -> Range<usize> {
        let end = self.first_position + token + 1;
        self.window.map_or(0, |window| end.saturating_sub(window))..end
    }
}

impl<'a> Plan<'a> {
    fn new(attention: &'a Attention<'a>, kernels: Kernels) -> Plan<'a> {
        let group = attention.heads / attention.kv_heads;
        // Tasks take all heads of a group if they are few; else a divisor of their number.
        let task_heads =
            (1..=group.min(QUERY_ROWS)).rev().find(|&heads| group.is_multiple_of(heads)).unwrap_or(1);
        let task_tokens = (QUERY_ROWS / task_heads).clamp(1, attention.tokens.max(1));
        let longest = attention.key_length.max(attention.value_length).max(1);
        let int16 = kernels.int16().filter(|_| attention.keys.format() == CacheFormat::Int16);
        let values = if int16.is_some() { Int16Tile::BLOCK_VALUES } else { FloatTile::BLOCK_VALUES };
        let block = (values / longest / 32 * 32).clamp(32, LARGEST_BLOCK);
        // Many tokens make tasks enough; a few are split along their positions, at places that do not depend on the
        // first one.
        let end = attention.first_position + attention.tokens;
        let is_split = attention.tokens <= FEW_TOKENS.max(task_tokens);
        let (split, boundary) = if is_split {
            let split = attention.split(attention.tokens - 1).next_multiple_of(block);
            (split, split)
        } else {
            (end.next_multiple_of(block), block)
        };
        let first = attention.seen(0).start / boundary * boundary;
        Plan {
            attention,
            group,
            task_heads,
            task_tokens,
            block,
            int16,
            split,
            first,
            splits: (end - first).div_ceil(split),
        }
    }

    fn tile(&self, head: usize, token: usize, split: usize) -> Tile {
        let tokens = token * self.task_tokens..((token + 1) * self.task_tokens).min(self.attention.tokens);
        let start = self.first + split * self.split;
        let end = self.attention.seen(tokens.end - 1).end.min(start + self.split);
        let seen = self.attention.seen(tokens.start).start / self.block * self.block;
        Tile {
            heads: head * self.task_heads..(head + 1) * self.task_heads,
            tokens,
            positions: start.max(seen).min(end)..end,
        }
    }

    /// Leaves the softmax-weighted values of a tile, `[tokens, heads, value_length]`, not yet divided by the sums
    /// of the softmax, in `buffers`; and those.
    fn run(&self, kernels: Kernels, tile: &Tile, buffers: &mut TileBuffers) {
        let attention = self.attention;
        let rows = tile.tokens.len() * tile.heads.len();
        buffers.states.clear();
        buffers.states.resize(rows, Softmax::EMPTY);
        buffers.sums.resize(rows * attention.value_length);
        buffers.sums.fill(0.0);
        let TileBuffers { states, sums, logits, seen, products } = buffers;
        let query_rows = tile
            .tokens
            .clone()
            .flat_map(|token| tile.heads.clone().map(move |head| token * attention.heads + head));
        let kv_head = tile.heads.start / self.group;
        match self.int16 {
            Some(int16) => {
                let products =
                    Int16Tile::new(kernels, int16, attention, kv_head, query_rows, self.block, products);
                self.weigh(kernels, tile, products, (logits, seen), states, sums);
            }
            None => {
                let products = FloatTile::new(kernels, attention, kv_head, query_rows, self.block, products);
                self.weigh(kernels, tile, products, (logits, seen), states, sums);
            }
        }
    }

    /// Goes through the positions of a tile.
    fn weigh(
        &self,
        kernels: Kernels,
        tile: &Tile,
        mut products: impl TileProducts,
        (logits, seen_by_rows): (&mut Vec<f32>, &mut Vec<Range<usize>>),
        states: &mut [Softmax],
        sums: &mut [f32],
    ) {
        let attention = self.attention;
        let (heads, value_length) = (tile.heads.len(), attention.value_length);
        logits.resize(states.len().next_multiple_of(4) * self.block, 0.0);
        for start in tile.positions.clone().step_by(self.block) {
            let positions = start..(start + self.block).min(tile.positions.end);
            products.load(start - attention.first_row..positions.end - attention.first_row);
            products.logits(logits);
            let seen = |token: usize| {
                let seen = attention.seen(token);
                let inside = |position: usize| position.clamp(start, positions.end) - start;
                inside(seen.start)..inside(seen.end)
            };
            seen_by_rows.clear();
            let rows = tile.tokens.clone().flat_map(|token| std::iter::repeat_n(seen(token), heads));
            seen_by_rows.extend(rows);
            let softmaxes = logits.chunks_exact_mut(self.block).zip(&mut *states).zip(&*seen_by_rows);
            for (index, ((logits, state), seen)) in
                softmaxes.enumerate().filter(|(_, (_, seen))| !seen.is_empty())
            {
                let logits = &mut logits[seen.clone()];
                let factor = state.raise(kernels.maximum(logits));
                if factor != 1.0 {
                    kernels.multiply(&mut sums[index * value_length..][..value_length], factor);
                }
                state.sum += kernels.exponentials(logits, state.offset());
            }
            products.mix(&logits[..seen_by_rows.len() * self.block], seen_by_rows, sums);
        }
    }

    /// Brings the splits of a row together and divides by the sum of the softmax.
    fn finish(&self, kernels: Kernels, row: usize, states: &[Softmax], partial: &[f32], output: &mut [f32]) {
        let rows = self.attention.tokens * self.attention.heads;
        let length = output.len();
        let mut total = Softmax::EMPTY;
        if partial.is_empty() {
            total = states[row];
        } else {
            output.fill(0.0);
            for split in 0..self.splits {
                let state = states[split * rows + row];
                let factor = total.raise(state.maximum);
                if factor != 1.0 {
                    kernels.multiply(output, factor);
                }
                // A split without a logit above -inf has nothing to add.
                let weight = match state.maximum == f32::NEG_INFINITY {
                    true => 0.0,
                    false => (state.maximum - total.maximum).exp(),
                };
                total.sum += state.sum * weight;
                let sums = &partial[(split * rows + row) * length..][..length];
                kernels.add_scaled(output, sums, weight);
            }
        }
        if let Some(sinks) = self.attention.sinks {
            let sink = sinks[row % self.attention.heads];
            let factor = total.raise(sink);
            if factor != 1.0 {
                kernels.multiply(output, factor);
            }
            total.sum += (sink - total.offset()).exp();
        }
        kernels.multiply(output, 1.0 / total.sum);
    }
}
