//! The thread team: works in tasks taken by an atomic counter, spins briefly, then parks.
//!
//! This file knows nothing of matrices. One job runs at a time. A worker takes part in a job only by
//! registering while the job is open, and the caller waits only for workers that did: a worker whose
//! core is busy with something else holds nobody up, it finds the job closed when it wakes.

use super::Interrupt;
use crate::{Error, Result};
use std::any::Any;
use std::cell::UnsafeCell;
use std::fmt;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::atomic::{fence, AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, Thread};
use std::time::{Duration, Instant};

/// How long an idle thread spins before it parks: longer than the serial work between two products of
/// a forward pass, short enough that an idle session costs nothing that one could measure.
const SPIN: Duration = Duration::from_micros(40);

/// Where there are more threads than cores a waiting thread gives its core away, to one of the others. If it gets it back no
/// sooner than this, another program has taken a whole turn.
const LATE: Duration = Duration::from_millis(1);
/// How long another program is believed to be there. Meanwhile nobody gives cores away: it costs the place in the queue too.
const COMPANY: Duration = Duration::from_millis(500);

/// More threads than this are a mistake, not a machine.
const MOST_THREADS: usize = 1024;

/// Values that are worth a task where rows are worked on one by one.
const TASK_VALUES: usize = 8192;

/// A persistent set of threads owned by the caller. The calling thread works too: a team of `n`
/// has `n - 1` threads of its own.
pub struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Held by the thread whose job runs.
    turn: Mutex<()>,
}

/// What the caller and the workers share.
struct Shared {
    /// The job's number in the upper half, [`OPEN`], and the number of workers inside it.
    state: AtomicU64,
    /// Written by the caller while the job is closed and no worker is inside it; read by workers that are.
    job: UnsafeCell<Option<Job>>,
    /// The next task of the job.
    next: AtomicUsize,
    /// The first panic of a worker in the job.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    /// One for each worker: whether it has parked or is about to.
    parked: Vec<AtomicBool>,
    /// Set once, when the team is dropped.
    stop: AtomicBool,
    /// More threads than cores: give the core away while waiting.
    crowded: bool,
    /// When the team was made.
    made: Instant,
    /// Until when another program is believed to be there, in microseconds since then.
    company: AtomicU64,
}

// SAFETY: `job` is the only field that is not `Sync`. It is written by the thread that holds `turn`,
// and only while `state` says closed with no worker inside; it is read only by workers inside an open
// job, between an acquiring entry and a releasing exit. What it points to is `Sync` (see `Job`).
unsafe impl Sync for Shared {}
// SAFETY: as above; the pointers in `job` are only followed while the caller that owns them waits.
unsafe impl Send for Shared {}

/// A caller's closure, and who waits for it.
#[derive(Clone)]
struct Job {
    /// The closure; it outlives the job because the caller waits for the workers inside.
    work: *const (dyn Fn(usize) + Sync),
    tasks: usize,
    caller: Thread,
}

/// Bit of [`Shared::state`]: workers may enter.
const OPEN: u64 = 1 << 31;
/// Bits of [`Shared::state`]: workers inside.
const INSIDE: u64 = OPEN - 1;
/// One job further in [`Shared::state`].
const EPOCH: u64 = 1 << 32;

impl Team {
    /// A team of `threads` threads, the caller's included.
    ///
    /// # Errors
    /// If `threads` is 0 or more than 1024, or the system gives no more threads.
    pub fn new(threads: usize) -> Result<Team> {
        if threads == 0 || threads > MOST_THREADS {
            return Err(Error::input(format!(
                "{threads} threads were asked for; give a number from 1 to {MOST_THREADS}"
            )));
        }
        let shared = Arc::new(Shared {
            state: AtomicU64::new(0),
            job: UnsafeCell::new(None),
            next: AtomicUsize::new(0),
            panic: Mutex::new(None),
            parked: (1..threads).map(|_| AtomicBool::new(false)).collect(),
            stop: AtomicBool::new(false),
            crowded: threads > available_threads(),
            made: Instant::now(),
            company: AtomicU64::new(0),
        });
        // Built before the threads start, so that an early return joins those that did.
        let mut team = Team { shared, workers: Vec::with_capacity(threads - 1), turn: Mutex::new(()) };
        for index in 0..threads - 1 {
            let shared = Arc::clone(&team.shared);
            let worker = std::thread::Builder::new()
                .name(format!("moesaic-{}", index + 1))
                .spawn(move || shared.worker(index))
                .map_err(|error| {
                    Error::input(format!(
                        "cannot start thread {} of {threads}: {error}; ask for fewer threads",
                        index + 2
                    ))
                })?;
            team.workers.push(worker);
        }
        Ok(team)
    }

    /// The number of threads that work, the caller's included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Calls `work(i)` once for each `i` in `0..tasks`, on all threads; returns when all are done.
    /// A panic in `work` is raised again on the calling thread after all tasks have stopped, and the
    /// team stays usable. Calls from several threads take turns. Not to be called from inside `work`.
    pub fn for_each(&self, tasks: usize, work: impl Fn(usize) + Sync) {
        self.for_each_until(tasks, &Interrupt::new(&|| false), work);
    }

    /// As [`for_each`](Self::for_each), until the interrupt is raised: then tasks that nobody has begun are left out.
    pub fn for_each_until(&self, tasks: usize, interrupt: &Interrupt<'_>, work: impl Fn(usize) + Sync) {
        if tasks <= 1 || self.workers.is_empty() {
            (0..tasks).take_while(|_| !interrupt.ask_now_and_then()).for_each(work);
            return;
        }
        let _turn = lock(&self.turn);
        self.shared.open(&work, tasks);
        for (worker, parked) in self.workers.iter().zip(&self.shared.parked).take(tasks - 1) {
            if parked.swap(false, Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
        let own = catch_unwind(AssertUnwindSafe(|| {
            self.shared.take_tasks(&work, tasks, &|| interrupt.ask_now_and_then());
        }));
        if own.is_err() || interrupt.is_raised() {
            self.shared.next.store(tasks, Ordering::Relaxed);
        }
        self.shared.close();
        let theirs = lock(&self.shared.panic).take();
        if let Some(payload) = own.err().or(theirs) {
            resume_unwind(payload);
        }
    }

    /// Cuts `data` into chunks of `chunk` values (the last may be shorter) and calls
    /// `work(index, chunk)` for each, on all threads.
    pub fn for_each_chunk<T: Send>(
        &self,
        data: &mut [T],
        chunk: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let chunk = chunk.max(1);
        let data = SharedMut::new(data);
        self.for_each(data.len().div_ceil(chunk), |index| {
            let first = index * chunk;
            let length = chunk.min(data.len() - first);
            // SAFETY: each index is handed out once, and the chunks of two indices do not overlap.
            work(index, unsafe { data.slice(first, length) });
        });
    }

    /// Calls `work` with the index of each row of `width` values; on all threads if there is enough to do.
    pub fn for_each_row<T: Send>(&self, rows: &mut [T], width: usize, work: impl Fn(usize, &mut [T]) + Sync) {
        self.for_each_row_with(rows, width, || (), |(), index, row| work(index, row));
    }

    /// As [`for_each_row`](Self::for_each_row), with what `scratch` makes for each task of some rows.
    pub(super) fn for_each_row_with<T: Send, S>(
        &self,
        rows: &mut [T],
        width: usize,
        scratch: impl Fn() -> S + Sync,
        work: impl Fn(&mut S, usize, &mut [T]) + Sync,
    ) {
        let together = (TASK_VALUES / width).max(1);
        self.for_each_chunk(rows, together * width, |task, rows| {
            let mut scratch = scratch();
            for (index, row) in rows.chunks_exact_mut(width).enumerate() {
                work(&mut scratch, task * together + index, row);
            }
        });
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for worker in &self.workers {
            worker.thread().unpark();
        }
        for worker in self.workers.drain(..) {
            // A worker catches the panics of its tasks; there is nothing else to hear from it.
            let _ = worker.join();
        }
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Team").field("threads", &self.threads()).finish()
    }
}

impl Shared {
    /// Microseconds since the team was made.
    fn age(&self) -> u64 {
        self.made.elapsed().as_micros() as u64
    }

    /// Publishes a job. The caller holds the turn, so that the last job is closed and left.
    fn open(&self, work: &(dyn Fn(usize) + Sync), tasks: usize) {
        // SAFETY: only the lifetime changes. `close` returns when no worker is inside the job, and the
        // caller calls it before `work` goes out of scope, panics included.
        let work = unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync + 'static)>(
                work,
            )
        };
        let caller = std::thread::current();
        // SAFETY: the job is closed and no worker is inside: nobody reads.
        unsafe {
            *self.job.get() = Some(Job { work, tasks, caller });
        }
        self.next.store(0, Ordering::Relaxed);
        let state = self.state.load(Ordering::Relaxed);
        debug_assert_eq!(state & (OPEN | INSIDE), 0);
        // SeqCst, with the swap of `parked` that follows and with `wait_for_job`: either the caller
        // sees that the worker parks, or the worker sees the job.
        self.state.store(state.wrapping_add(EPOCH) | OPEN, Ordering::SeqCst);
        fence(Ordering::SeqCst);
    }

    /// Lets no more workers in and waits until those inside have left.
    fn close(&self) {
        let mut state = self.state.fetch_and(!OPEN, Ordering::AcqRel) & !OPEN;
        let mut spinner = Spinner::new(self);
        while state & INSIDE != 0 {
            if !spinner.spin() {
                // The last worker to leave unparks; a token left over from before costs one round.
                std::thread::park();
            }
            state = self.state.load(Ordering::Acquire);
        }
    }

    /// Runs tasks until there are none left, or it is time to stop.
    fn take_tasks(&self, work: &(dyn Fn(usize) + Sync), tasks: usize, stop: &dyn Fn() -> bool) {
        loop {
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            if task >= tasks || stop() {
                return;
            }
            work(task);
        }
    }

    /// A worker's life.
    fn worker(&self, index: usize) {
        let mut seen = 0;
        while let Some(epoch) = self.wait_for_job(index, seen) {
            seen = epoch;
            if self.enter(epoch) {
                self.work_inside();
            }
        }
    }

    /// Waits for an open job other than `seen`; `None` when the team is dropped.
    fn wait_for_job(&self, index: usize, seen: u64) -> Option<u64> {
        let mut spinner = Spinner::new(self);
        loop {
            if self.stop.load(Ordering::SeqCst) {
                return None;
            }
            let state = self.state.load(Ordering::SeqCst);
            if state & OPEN != 0 && state / EPOCH != seen {
                return Some(state / EPOCH);
            }
            if spinner.spin() {
                continue;
            }
            self.parked[index].store(true, Ordering::SeqCst);
            fence(Ordering::SeqCst);
            let state = self.state.load(Ordering::SeqCst);
            let job = state & OPEN != 0 && state / EPOCH != seen;
            if !job && !self.stop.load(Ordering::SeqCst) {
                std::thread::park();
            }
            self.parked[index].store(false, Ordering::SeqCst);
            spinner = Spinner::new(self);
        }
    }

    /// Registers a worker in the job, if it is still open.
    fn enter(&self, epoch: u64) -> bool {
        self.state
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |state| {
                (state & OPEN != 0 && state / EPOCH == epoch).then_some(state + 1)
            })
            .is_ok()
    }

    /// Works on the job that this worker has entered, and leaves it.
    fn work_inside(&self) {
        // SAFETY: this worker is inside the job: the caller does not write it.
        let job = unsafe { (*self.job.get()).clone() };
        let Some(job) = job else { return };
        // SAFETY: the caller keeps the closure alive until all workers have left the job.
        let work = unsafe { &*job.work };
        let result = catch_unwind(AssertUnwindSafe(|| self.take_tasks(work, job.tasks, &|| false)));
        if let Err(payload) = result {
            self.next.store(job.tasks, Ordering::Relaxed);
            lock(&self.panic).get_or_insert(payload);
        }
        let before = self.state.fetch_sub(1, Ordering::AcqRel);
        if before & (OPEN | INSIDE) == 1 {
            job.caller.unpark();
        }
    }
}

/// A bounded busy wait.
struct Spinner<'a> {
    shared: &'a Shared,
    /// Whether to give the core away.
    gives: bool,
    rounds: u32,
    started: Option<Instant>,
}

impl Spinner<'_> {
    fn new(shared: &Shared) -> Spinner<'_> {
        let gives = shared.crowded && shared.age() >= shared.company.load(Ordering::Relaxed);
        Spinner { shared, gives, rounds: 0, started: None }
    }

    /// Waits a moment; `false` when it is time to park.
    fn spin(&mut self) -> bool {
        if self.gives {
            let before = Instant::now();
            std::thread::yield_now();
            if before.elapsed() >= LATE {
                self.gives = false;
                let until = self.shared.age() + COMPANY.as_micros() as u64;
                self.shared.company.store(until, Ordering::Relaxed);
            }
        }
        std::hint::spin_loop();
        self.rounds += 1;
        // The clock is looked at now and then only: it costs as much as many rounds.
        if !self.rounds.is_multiple_of(32) {
            return true;
        }
        let started = *self.started.get_or_insert_with(Instant::now);
        started.elapsed() < SPIN
    }
}

/// A mutable slice whose disjoint parts several threads write.
pub(super) struct SharedMut<'a, T> {
    start: *mut T,
    length: usize,
    marker: std::marker::PhantomData<&'a mut [T]>,
}

// SAFETY: it gives out exclusive parts only (see `slice`), as sending `&mut [T]` would.
unsafe impl<T: Send> Sync for SharedMut<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send> Send for SharedMut<'_, T> {}

impl<T> Clone for SharedMut<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for SharedMut<'_, T> {}

impl<'a, T> SharedMut<'a, T> {
    pub(super) fn new(data: &'a mut [T]) -> SharedMut<'a, T> {
        SharedMut { start: data.as_mut_ptr(), length: data.len(), marker: std::marker::PhantomData }
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The part `first..first + length`.
    ///
    /// # Safety
    /// No two threads may hold overlapping parts at the same time.
    ///
    /// # Panics
    /// If the part reaches past the end.
    #[allow(clippy::mut_from_ref)] // That is what it is for; the caller promises disjointness.
    pub(super) unsafe fn slice(&self, first: usize, length: usize) -> &mut [T] {
        assert!(first <= self.length && length <= self.length - first);
        // SAFETY: inside the slice that `new` borrowed for `'a`; disjoint by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(first), length) }
    }
}

/// The threads that this process may run at once: affinity and, on Linux, the cgroup's quota count.
fn available_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// How many threads to use when nobody says: the cores that affinity and cgroup leave to this process.
///
/// Hyper-threads count as cores here; where two of them share a core and memory is the limit, half as
/// many are as fast.
pub fn default_threads() -> usize {
    available_threads().min(MOST_THREADS)
}

/// Locks; what the lock guards stays sound when a thread panics while holding it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    #[test]
    fn every_task_runs_once() {
        for threads in [1, 2, 3, 8] {
            let team = Team::new(threads).unwrap();
            assert_eq!(team.threads(), threads);
            for tasks in [0, 1, 2, 7, 1000] {
                let counts: Vec<AtomicU32> = (0..tasks).map(|_| AtomicU32::new(0)).collect();
                team.for_each(tasks, |i| {
                    counts[i].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn an_interrupt_leaves_tasks_out() {
        for threads in [1, 3] {
            let team = Team::new(threads).unwrap();
            let done = AtomicU32::new(0);
            let begin = Instant::now();
            let raised = || begin.elapsed() > 2 * SPIN;
            let interrupt = Interrupt::new(&raised);
            team.for_each_until(100_000, &interrupt, |_| {
                std::thread::sleep(std::time::Duration::from_millis(1));
                done.fetch_add(1, Ordering::Relaxed);
            });
            assert!(interrupt.is_raised() && done.load(Ordering::Relaxed) < 50_000);
            // The team is as good as before.
            let before = done.load(Ordering::Relaxed);
            let count = |_| {
                done.fetch_add(1, Ordering::Relaxed);
            };
            team.for_each_until(10, &Interrupt::new(&|| false), count);
            team.for_each(7, count);
            assert_eq!(done.load(Ordering::Relaxed), before + 17);
        }
    }

    #[test]
    fn chunks_cover_the_data() {
        let team = Team::new(3).unwrap();
        for length in [0, 1, 5, 64, 1001] {
            let mut data = vec![0usize; length];
            team.for_each_chunk(&mut data, 7, |index, chunk| {
                for (i, value) in chunk.iter_mut().enumerate() {
                    *value = index * 7 + i + 1;
                }
            });
            assert!(data.iter().enumerate().all(|(i, &value)| value == i + 1));
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(4).unwrap();
        for bad in [0, 3, 50, 99] {
            let result = catch_unwind(AssertUnwindSafe(|| {
                team.for_each(100, |i| assert!(i != bad, "task {i}"));
            }));
            let payload = result.unwrap_err();
            let message = payload.downcast_ref::<String>().unwrap();
            assert_eq!(message, &format!("task {bad}"));
            let sum = AtomicUsize::new(0);
            team.for_each(100, |i| {
                sum.fetch_add(i, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 4950);
        }
    }

    #[test]
    fn callers_take_turns() {
        let team = Team::new(3).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let sum = AtomicUsize::new(0);
                        team.for_each(20, |i| {
                            sum.fetch_add(i, Ordering::Relaxed);
                        });
                        assert_eq!(sum.into_inner(), 190);
                    }
                });
            }
        });
    }

    #[test]
    fn work_after_a_pause_wakes_the_team() {
        let team = Team::new(2).unwrap();
        for _ in 0..20 {
            std::thread::sleep(Duration::from_millis(1));
            let caller = std::thread::current().id();
            let other = AtomicBool::new(false);
            // The first task to run waits until the other thread has come too.
            team.for_each(2, |_| {
                if std::thread::current().id() != caller {
                    other.store(true, Ordering::SeqCst);
                }
                let started = Instant::now();
                while !other.load(Ordering::SeqCst) {
                    assert!(started.elapsed() < Duration::from_secs(20), "nobody came");
                    std::thread::yield_now();
                }
            });
        }
    }

    #[test]
    fn impossible_numbers_of_threads_are_errors() {
        assert!(matches!(Team::new(0), Err(Error::Input { .. })));
        assert!(matches!(Team::new(usize::MAX), Err(Error::Input { .. })));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_idle_team_uses_no_cpu() {
        /// Clock ticks that the threads named `moesaic-*` have used.
        fn ticks() -> u64 {
            let tasks = std::fs::read_dir("/proc/self/task").unwrap();
            let stats =
                tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("stat")).ok());
            stats
                .filter(|stat| stat.contains("(moesaic-7)"))
                .map(|stat| {
                    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split(' ').collect();
                    fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
                })
                .sum()
        }
        // The eighth thread's name is not used by the other tests' teams, which run beside this one.
        let team = Team::new(9).unwrap();
        team.for_each(100, |_| {});
        std::thread::sleep(Duration::from_millis(20));
        let before = ticks();
        std::thread::sleep(Duration::from_millis(300));
        assert!(ticks() - before <= 1, "an idle thread of the team is busy");
    }
}
