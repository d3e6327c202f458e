//! Memory whose values lie in whole lines of the cache.

use std::ops::{Deref, DerefMut};

/// Bytes of a line.
const LINE: usize = 64;

/// Values that begin where a line of the cache begins: vectors of them never lie in two.
#[derive(Debug, Default)]
pub struct Aligned<T> {
    memory: Vec<T>,
    first: usize,
    length: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// Makes room for `length` values, whose contents are unspecified.
    pub fn resize(&mut self, length: usize) {
        let spare = LINE / size_of::<T>();
        if self.memory.len() < length + spare {
            // What it held is not worth a copy.
            self.memory = vec![T::default(); length + spare];
        }
        // An offset that cannot be told costs speed, and nothing else.
        self.first = self.memory.as_ptr().align_offset(LINE).min(spare);
        self.length = length;
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.memory[self.first..][..self.length]
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.memory[self.first..][..self.length]
    }
}
