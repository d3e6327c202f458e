//! What is read next: threads that have nothing to do meanwhile ask for it.

use super::hint;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most pieces of memory that are told of at once.
const PIECES: usize = 16;
/// The most bytes of all of them together: what a second-level cache holds beside other things.
const MOST_BYTES: usize = 1 << 20;
/// Bytes that a thread asks for before it looks whether there is work.
const STEP: usize = 2048;

/// Pieces of memory of which the beginnings are read next, all at the same pace. Nothing but addresses for hints: if one
/// thread tells while another asks, the other may ask for what is of no use, and nothing worse.
pub(super) struct Ahead {
    /// Where each piece begins and its length.
    pieces: [[AtomicUsize; 2]; PIECES],
    count: AtomicUsize,
    /// Steps that were asked for: one of each piece, then the next of each.
    steps: AtomicUsize,
}

impl Ahead {
    pub(super) const fn new() -> Ahead {
        Ahead {
            pieces: [const { [const { AtomicUsize::new(0) }; 2] }; PIECES],
            count: AtomicUsize::new(0),
            steps: AtomicUsize::new(0),
        }
    }

    /// These are read next.
    pub(super) fn tell<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>) {
        self.count.store(0, Ordering::Relaxed);
        let mut count = 0;
        for (piece, place) in pieces.zip(&self.pieces) {
            place[0].store(piece.as_ptr() as usize, Ordering::Relaxed);
            place[1].store(piece.len(), Ordering::Relaxed);
            count += 1;
        }
        self.steps.store(0, Ordering::Relaxed);
        self.count.store(count, Ordering::Relaxed);
    }

    /// Asks for a little; `false` if there is nothing left.
    pub(super) fn ask(&self) -> bool {
        let count = self.count.load(Ordering::Relaxed);
        if count == 0 || self.steps.load(Ordering::Relaxed) >= MOST_BYTES / STEP {
            return false;
        }
        let step = self.steps.fetch_add(1, Ordering::Relaxed);
        let [start, length] = self.pieces[step % count].each_ref().map(|place| place.load(Ordering::Relaxed));
        let offset = step / count * STEP;
        if offset < length {
            hint::prefetch_bytes(start as *const u8, offset, STEP.min(length - offset));
        }
        true
    }
}
