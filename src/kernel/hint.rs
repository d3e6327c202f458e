//! Hints to the processor, which change nothing but time. They are not in the table of kernels: calls through it would
//! cost more than they save. Where a processor's hints are not known here, they do nothing.

/// Bytes of a cache line.
const LINE: usize = 64;
/// How far ahead of the weights in use memory is asked for, in bytes. The processor's own prefetching stops at
/// every page, and the arithmetic keeps it from coming to the next loads early.
const AHEAD: usize = 1536;

/// The cache where memory is to be soon, as the instruction takes it.
const FIRST_LEVEL: i32 = 3;
/// See `FIRST_LEVEL`.
const SECOND_LEVEL: i32 = 2;

/// Asks for the line of memory around `at`, which need not be there.
#[inline]
fn ask<const LEVEL: i32, T>(at: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::_mm_prefetch;
        // SAFETY: a hint that every such processor has, which reads nothing and never faults.
        #[allow(unused_unsafe)] // Recent compilers call it safe.
        unsafe {
            _mm_prefetch::<LEVEL>(at.cast());
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

/// Asks for the line of memory around `at`, which need not be there, to be in the first-level cache soon.
#[inline]
pub(super) fn prefetch_line<T>(at: *const T) {
    ask::<FIRST_LEVEL, T>(at);
}

/// Asks for the line of memory around `at`, which need not be there, to be in the second-level cache soon.
#[inline]
pub(super) fn prefetch_second<T>(at: *const T) {
    ask::<SECOND_LEVEL, T>(at);
}

/// Asks for the memory of `values`, to be in the second-level cache soon.
#[inline]
pub(super) fn prefetch<T>(values: &[T]) {
    for offset in (0..size_of_val(values)).step_by(LINE) {
        prefetch_second(values.as_ptr().cast::<u8>().wrapping_add(offset));
    }
}

/// Asks for the `length` bytes that are `AHEAD` of `at`, to be in the first-level cache soon; they need not be
/// there.
#[inline]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))] // Portable kernels leave it to the processor.
pub(super) fn prefetch_ahead(at: *const u8, length: usize) {
    let ahead = at.wrapping_add(AHEAD);
    for offset in (0..length).step_by(LINE) {
        prefetch_line(ahead.wrapping_add(offset));
    }
}
