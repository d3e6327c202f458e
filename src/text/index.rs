//! From bytes to the token that stands for them. It must not care which tokens it is given.

use super::vocabulary::Vocabulary;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Marks "no token".
pub(super) const NONE: u32 = u32::MAX;

/// A hash table of token numbers; the bytes stay in the vocabulary.
pub(super) struct TokenIndex {
    /// A token in the lower half, or [`NONE`], and in the upper half of its hash what the place does not
    /// tell: bytes are far away, and only compared where they will be equal. A token stands at the first
    /// free slot from the one of its hash on.
    slots: Vec<u64>,
    keys: HashKeys,
    longest: usize,
}

impl TokenIndex {
    /// An index with room for this many tokens.
    pub fn with_capacity(tokens: usize) -> TokenIndex {
        // At most two thirds full, so that the ways stay short and always end.
        let slots = (tokens + tokens / 2 + 1).next_power_of_two();
        TokenIndex { slots: vec![u64::from(NONE); slots], keys: HashKeys::default(), longest: 0 }
    }

    /// Adds a token of the vocabulary. Of several with the same bytes the last one counts, as in
    /// llama.cpp. Must not be called more often than there is room for.
    pub fn insert(&mut self, vocabulary: &Vocabulary, token: u32) {
        let Some(bytes) = vocabulary.bytes(token) else { return };
        let (slot, tag) = self.slot(vocabulary, bytes);
        self.slots[slot] = tag | u64::from(token);
        self.longest = self.longest.max(bytes.len());
    }

    /// The token that stands for these bytes.
    pub fn find(&self, vocabulary: &Vocabulary, bytes: &[u8]) -> Option<u32> {
        // Long texts are asked for too; they need not be hashed.
        if bytes.len() > self.longest {
            return None;
        }
        let (slot, _) = self.slot(vocabulary, bytes);
        let token = self.slots[slot] as u32;
        (token != NONE).then_some(token)
    }

    /// Where the token of these bytes is, or would have to be; with the upper half of their hash.
    fn slot(&self, vocabulary: &Vocabulary, bytes: &[u8]) -> (usize, u64) {
        let mut hasher = self.keys.build_hasher();
        hasher.write(bytes);
        let hash = hasher.finish();
        let tag = hash & !u64::from(u32::MAX);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let entry = self.slots[slot];
            let token = entry as u32;
            let is_it = entry & !u64::from(u32::MAX) == tag && vocabulary.bytes(token) == Some(bytes);
            if token == NONE || is_it {
                return (slot, tag);
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// The keys of a hash that is faster than the standard library's on a few bytes. They are random,
/// because vocabularies come from files of strangers, who could make all tokens collide otherwise.
#[derive(Clone)]
pub(super) struct HashKeys {
    begin: u64,
    factor: u64,
}

impl Default for HashKeys {
    fn default() -> HashKeys {
        let random = RandomState::new();
        HashKeys { begin: random.hash_one(1), factor: random.hash_one(2) | 1 }
    }
}

impl BuildHasher for HashKeys {
    type Hasher = FoldHasher;

    fn build_hasher(&self) -> FoldHasher {
        FoldHasher { hash: self.begin, factor: self.factor }
    }
}

/// Multiplies eight bytes at a time to 128 bits, and folds the upper half onto the lower one.
pub(super) struct FoldHasher {
    hash: u64,
    factor: u64,
}

impl Hasher for FoldHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
        let rest = chunks.remainder();
        let mut word = [0; 8];
        word[..rest.len()].copy_from_slice(rest);
        // The length tells zeros from nothing.
        word[7] = bytes.len() as u8;
        self.write_u64(u64::from_le_bytes(word));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.hash ^ word) * u128::from(self.factor);
        self.hash = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}
