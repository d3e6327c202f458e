//! The thread team: works in tasks taken by an atomic counter, spins briefly, then parks.

/// A persistent set of threads owned by the caller. The calling thread works too: a team of `n`
/// has `n - 1` threads of its own.
#[derive(Debug)]
pub struct Team {}

impl Team {
    /// The number of threads that work, the caller's included.
    pub fn threads(&self) -> usize {
        todo!()
    }

    /// Calls `work(i)` once for each `i` in `0..tasks`, on all threads; returns when all are done.
    /// A panic in `work` is raised again on the calling thread after all tasks have stopped, and the
    /// team stays usable. Calls from several threads take turns. Not to be called from inside `work`.
    pub fn for_each(&self, _tasks: usize, _work: impl Fn(usize) + Sync) {
        todo!()
    }

    /// Cuts `data` into chunks of `chunk` values (the last may be shorter) and calls
    /// `work(index, chunk)` for each, on all threads.
    pub fn for_each_chunk<T: Send>(
        &self,
        _data: &mut [T],
        _chunk: usize,
        _work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        todo!()
    }
}
