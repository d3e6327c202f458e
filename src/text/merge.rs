//! Merging of adjacent symbols, best pair first: what byte-level BPE and SentencePiece have in common.
//! It must not know what makes a pair good.
//!
//! A queue holds every pair that can be merged, so that a text of n symbols takes n log n steps, however
//! it is made. Pairs that have changed since stay in the queue, and are skipped when their turn comes.

use super::index::NONE;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A stretch of the text.
#[derive(Clone, Copy)]
pub(super) struct Symbol {
    /// The token that stands for it, or [`NONE`].
    pub token: u32,
    /// Where it begins in the text.
    pub begin: u32,
    /// Where it ends.
    pub end: u32,
    previous: u32,
    next: u32,
    /// The token that this symbol and the next one would make, or [`NONE`].
    product: u32,
    priority: u32,
}

/// What two symbols would become.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    /// Lower goes first; of several the leftmost.
    pub priority: u32,
    /// The token of both together.
    pub product: u32,
}

/// Symbols of one text, and the queue of their pairs. Made for using it again and again.
#[derive(Default)]
pub(super) struct Merger {
    symbols: Vec<Symbol>,
    /// Priority in the upper half, number of the left symbol in the lower one.
    queue: BinaryHeap<Reverse<u64>>,
}

impl Merger {
    /// Forgets the symbols of the text before.
    pub fn clear(&mut self) {
        self.symbols.clear();
    }

    /// Appends the next symbol of the text.
    pub fn push(&mut self, token: u32, begin: u32, end: u32) {
        let number = self.symbols.len() as u32;
        if let Some(last) = self.symbols.last_mut() {
            last.next = number;
        }
        self.symbols.push(Symbol {
            token,
            begin,
            end,
            previous: number.wrapping_sub(1),
            next: NONE,
            product: NONE,
            priority: 0,
        });
    }

    /// Merges as long as there is a candidate, and gives the symbols that are left.
    pub fn merge(
        &mut self,
        find: impl Fn(&Symbol, &Symbol) -> Option<Candidate>,
    ) -> impl Iterator<Item = &Symbol> {
        let mut entries = std::mem::take(&mut self.queue).into_vec();
        entries.clear();
        for left in 0..self.symbols.len() as u32 {
            entries.extend(self.consider(left, &find));
        }
        // Made at once, the queue takes one step a pair.
        self.queue = BinaryHeap::from(entries);
        while let Some(Reverse(entry)) = self.queue.pop() {
            let (priority, left) = ((entry >> 32) as u32, entry as u32);
            let symbol = self.symbols[left as usize];
            if symbol.product == NONE || symbol.priority != priority {
                continue;
            }
            let right = self.symbols[symbol.next as usize];
            let merged = &mut self.symbols[left as usize];
            merged.token = symbol.product;
            merged.end = right.end;
            merged.next = right.next;
            self.symbols[symbol.next as usize].product = NONE;
            if right.next != NONE {
                self.symbols[right.next as usize].previous = left;
            }
            let entry = self.consider(left, &find);
            self.queue.extend(entry);
            if symbol.previous != NONE {
                let entry = self.consider(symbol.previous, &find);
                self.queue.extend(entry);
            }
        }
        let mut next = if self.symbols.is_empty() { NONE } else { 0 };
        let symbols = &self.symbols;
        std::iter::from_fn(move || {
            let symbol = symbols.get(next as usize)?;
            next = symbol.next;
            Some(symbol)
        })
    }

    /// Finds out what a symbol and the next one would make: the queue's entry for it.
    fn consider(
        &mut self,
        left: u32,
        find: &impl Fn(&Symbol, &Symbol) -> Option<Candidate>,
    ) -> Option<Reverse<u64>> {
        let symbol = &self.symbols[left as usize];
        let candidate = match self.symbols.get(symbol.next as usize) {
            Some(next) => find(symbol, next),
            None => None,
        };
        let symbol = &mut self.symbols[left as usize];
        symbol.product = candidate.map_or(NONE, |candidate| candidate.product);
        let candidate = candidate?;
        symbol.priority = candidate.priority;
        Some(Reverse(u64::from(candidate.priority) << 32 | u64::from(left)))
    }
}
