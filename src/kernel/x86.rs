//! What the instruction sets of x86-64 share: hints that every processor of the kind has.

use std::arch::x86_64::{_mm_prefetch, _MM_HINT_T0, _MM_HINT_T1};

/// Bytes of a cache line.
const LINE: usize = 64;
/// How far ahead of the weights in use memory is asked for, in bytes. The processor's own prefetching stops at
/// every page, and the arithmetic keeps it from coming to the next loads early.
const AHEAD: usize = 3072;

/// Asks for the memory of `bytes`, to be in the second-level cache soon.
pub(super) fn prefetch(bytes: &[u8]) {
    for line in bytes.chunks(LINE) {
        // SAFETY: a hint, which reads nothing and never faults.
        #[allow(unused_unsafe)] // Recent compilers call it safe.
        unsafe {
            _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast());
        }
    }
}

/// Asks for the line of memory around `at`, to be in the first-level cache soon.
#[inline]
pub(super) fn prefetch_line(at: *const f32) {
    // SAFETY: a hint, which reads nothing and never faults.
    #[allow(unused_unsafe)] // Recent compilers call it safe.
    unsafe {
        _mm_prefetch::<_MM_HINT_T0>(at.cast());
    }
}

/// Asks for the `length` bytes that are `AHEAD` of `at`, to be in the first-level cache soon; they need not be
/// there.
#[inline]
pub(super) fn prefetch_ahead(at: *const u8, length: usize) {
    for offset in (0..length).step_by(LINE) {
        // SAFETY: a hint, which reads nothing and never faults.
        #[allow(unused_unsafe)] // Recent compilers call it safe.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(at.wrapping_add(AHEAD + offset).cast());
        }
    }
}
