//! What the machine itself can do: the limits that benchmarks are held against.

use super::table::Kernels;
use super::Team;
use crate::{Error, Result};
use std::hint::black_box;
use std::time::Instant;

/// Much more than the last-level cache of any one socket; less is taken where memory is short.
const BUFFER_BYTES: usize = 1 << 30;
/// The least that still says something about memory.
const LEAST_BUFFER_BYTES: usize = 1 << 26;
/// Bytes that a thread reads before it asks for more.
const READ_TASK: usize = 1 << 20;
/// Passes of which the best counts.
const PASSES: usize = 5;
/// Rounds of multiply-adds in a task: about a millisecond.
const ROUNDS: usize = 20_000;

/// See `Compute::measure_read_bandwidth`.
pub(super) fn read_bandwidth(kernels: Kernels, team: &Team) -> Result<f64> {
    let mut buffer: Vec<u64> = Vec::new();
    let mut bytes = BUFFER_BYTES;
    while buffer.try_reserve_exact(bytes / 8).is_err() {
        bytes /= 2;
        if bytes < LEAST_BUFFER_BYTES {
            let what = "the buffer that memory bandwidth is measured with; free some memory".into();
            return Err(Error::OutOfMemory { bytes, what });
        }
    }
    buffer.resize(bytes / 8, 0);
    // Written, so that every page has memory of its own; by all threads, so that it is near them.
    team.for_each_chunk(&mut buffer, READ_TASK / 8, |index, words| words.fill(index as u64));
    // SAFETY: a u64 is eight bytes without padding, and bytes have no alignment.
    let data = unsafe { std::slice::from_raw_parts(buffer.as_ptr().cast::<u8>(), bytes) };
    let best = best_seconds(|| {
        team.for_each(bytes / READ_TASK, |task| {
            black_box(kernels.read(&data[task * READ_TASK..][..READ_TASK]));
        });
    });
    Ok(bytes as f64 / best)
}

/// See `Compute::measure_int8_peak`.
pub(super) fn int8_peak(kernels: Kernels, team: &Team) -> f64 {
    let tasks = 64 * team.threads();
    let best = best_seconds(|| {
        team.for_each(tasks, |_| {
            black_box(kernels.int8_peak(ROUNDS));
        });
    });
    let (_, multiply_adds) = kernels.int8_peak(ROUNDS);
    (multiply_adds * tasks as u64) as f64 / best
}

/// The shortest time of several passes.
fn best_seconds(pass: impl Fn()) -> f64 {
    let seconds = (0..PASSES).map(|_| {
        let started = Instant::now();
        pass();
        started.elapsed().as_secs_f64()
    });
    seconds.fold(f64::INFINITY, f64::min)
}
