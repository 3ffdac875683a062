//! The threads that operations share their work out to: one for each core, or as many as the environment variable
//! `FERROLAB_THREADS` says.
//!
//! A training step is hundreds of pieces of work of some microseconds, one after another. So the calling thread takes part
//! instead of waiting, and a thread that has nothing to do looks out for the next piece for a while before it sleeps: waking a
//! sleeping one takes longer than many pieces. Work that is shared out from inside such work, or while another thread's is
//! under way, is done by its own thread alone.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long a thread looks out for work before it sleeps.
const PATIENCE: Duration = Duration::from_micros(100);

/// Most shares that work is cut into.
const MOST_SHARES: usize = 64;

/// Pieces of work that any thread may take, each once. Every thread begins with a share of its own, neighbouring pieces that
/// were its own in the operation before too and may still lie in its cache, and then helps with the others'.
struct Job<'a> {
    piece: &'a (dyn Fn(usize) + Sync),
    count: usize,
    shares: usize,
    /// How many pieces of each share are taken.
    taken: [AtomicUsize; MOST_SHARES],
    /// What the first piece that panicked said.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

impl<'a> Job<'a> {
    fn new(piece: &'a (dyn Fn(usize) + Sync), count: usize, threads: usize) -> Job<'a> {
        let taken = [const { AtomicUsize::new(0) }; MOST_SHARES];
        Job { piece, count, shares: threads.min(MOST_SHARES), taken, panic: Mutex::new(None) }
    }

    /// Takes pieces until there are none left, from this thread's share on.
    fn work(&self, thread: usize) {
        for share in (0..self.shares).map(|i| (thread + i) % self.shares) {
            let [start, end] = [share, share + 1].map(|share| share * self.count / self.shares);
            let taken = &self.taken[share];
            // Read first: writing to a counter that is used up would only slow down who still works.
            while taken.load(Ordering::Relaxed) < end - start {
                let number = start + taken.fetch_add(1, Ordering::Relaxed);
                if number >= end {
                    break;
                }
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.piece)(number))) {
                    self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
                }
            }
        }
    }
}

struct Pool {
    /// Someone's work is under way.
    busy: AtomicBool,
    /// That work; null if there is none to be taken.
    job: AtomicPtr<Job<'static>>,
    /// How many workers may be looking at `job`.
    inside: AtomicUsize,
    /// Workers that sleep, or are about to.
    sleepers: Mutex<Vec<Thread>>,
    /// How many these are, to be read without the lock.
    asleep: AtomicUsize,
    workers: usize,
}

static POOL: LazyLock<&'static Pool> = LazyLock::new(|| {
    let pool: &Pool = Box::leak(Box::new(Pool {
        busy: AtomicBool::new(false),
        job: AtomicPtr::new(ptr::null_mut()),
        inside: AtomicUsize::new(0),
        sleepers: Mutex::new(Vec::new()),
        asleep: AtomicUsize::new(0),
        workers: wanted() - 1,
    }));
    for number in 0..pool.workers {
        let name = format!("ferrolab-{}", number + 1);
        // Fewer threads are slower, not wrong.
        let _ = thread::Builder::new().name(name).spawn(move || pool.serve(number + 1));
    }
    pool
});

/// As many threads as the user wants, or as there are cores for this process.
fn wanted() -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    match std::env::var("FERROLAB_THREADS") {
        Ok(text) if !text.is_empty() => match text.parse() {
            Ok(threads) if threads > 0 => threads,
            _ => panic!("FERROLAB_THREADS={text}: expected a number of threads, 1 or more"),
        },
        _ => cores(),
    }
}

thread_local! {
    /// Whether this thread does its work alone: it is a worker, or has been told so.
    static ALONE: Cell<bool> = const { Cell::new(false) };
}

/// How many threads there are for work that is shared out now.
pub fn count() -> usize {
    if ALONE.get() { 1 } else { POOL.workers + 1 }
}

/// Runs `body`, all of whose work is done by this thread.
#[cfg(test)]
pub fn alone<R>(body: impl FnOnce() -> R) -> R {
    let before = ALONE.replace(true);
    let result = body();
    ALONE.set(before);
    result
}

/// Calls `piece` with every number below `count`, on any thread and in any order.
pub fn for_each(count: usize, piece: impl Fn(usize) + Sync) {
    if count <= 1 || self::count() == 1 || POOL.busy.swap(true, Ordering::Acquire) {
        return (0..count).for_each(piece);
    }
    let job = Job::new(&piece, count, self::count());
    POOL.run(&job);
    POOL.busy.store(false, Ordering::Release);
    if let Some(panic) = job.panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
        resume_unwind(panic);
    }
}

impl Pool {
    /// Shares the job out and waits until it is done and no worker looks at it any more. Does not panic: `work` catches that.
    fn run(&self, job: &Job) {
        let job: *const Job = job;
        self.job.store(job.cast_mut().cast(), Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) > 0 {
            let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
            self.asleep.store(0, Ordering::SeqCst);
            sleepers.drain(..).for_each(|sleeper| sleeper.unpark());
        }
        ALONE.set(true);
        // SAFETY: it is the caller's, who is still here.
        unsafe { &*job }.work(0);
        ALONE.set(false);
        self.job.store(ptr::null_mut(), Ordering::SeqCst);
        let mut rounds = 0;
        while self.inside.load(Ordering::SeqCst) > 0 {
            wait_a_moment(&mut rounds);
        }
    }

    /// The life of a worker.
    fn serve(&self, thread: usize) {
        ALONE.set(true);
        let mut idle_since = None;
        let mut rounds = 0;
        loop {
            if self.take_part(thread) {
                (idle_since, rounds) = (None, 0);
                continue;
            }
            wait_a_moment(&mut rounds);
            if rounds % 64 == 0 && idle_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                self.sleep();
                (idle_since, rounds) = (None, 0);
            }
        }
    }

    /// Helps with the job there is; says whether there was one.
    fn take_part(&self, thread: usize) -> bool {
        if self.job.load(Ordering::Relaxed).is_null() {
            return false;
        }
        self.inside.fetch_add(1, Ordering::SeqCst);
        let job = self.job.load(Ordering::SeqCst);
        if !job.is_null() {
            // SAFETY: `run` puts null in its place before it waits for `inside` to be 0. Either this thread has seen that, or
            // `run` sees this thread inside and waits: the job lives until then.
            unsafe { &*job }.work(thread);
        }
        self.inside.fetch_sub(1, Ordering::SeqCst);
        !job.is_null()
    }

    fn sleep(&self) {
        {
            let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
            sleepers.push(thread::current());
            self.asleep.store(sleepers.len(), Ordering::SeqCst);
        }
        // Work that came before this was known would wake nobody.
        if self.job.load(Ordering::SeqCst).is_null() {
            thread::park();
        }
    }
}

/// A pause that leaves the core to others if there are more threads than cores.
fn wait_a_moment(rounds: &mut u32) {
    *rounds = rounds.wrapping_add(1);
    if rounds.is_multiple_of(1024) { thread::yield_now() } else { std::hint::spin_loop() }
}

/// Calls `f` with the number of every chunk of `size` values, the last may be shorter, and the chunk.
pub fn chunks_mut<T: Send>(values: &mut [T], size: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    let parts = Parts::new(values, size);
    // SAFETY: each number comes once.
    for_each(parts.count(), |number| f(number, unsafe { parts.get(number) }));
}

/// [`chunks_mut`] for a slice and others of its length.
pub fn chunks_mut_with<T: Send, const N: usize>(
    first: &mut [T],
    others: [&mut [T]; N],
    size: usize,
    f: impl Fn(usize, &mut [T], [&mut [T]; N]) + Sync,
) {
    let (first, others) = (Parts::new(first, size), others.map(|slice| Parts::new(slice, size)));
    assert!(others.iter().all(|slice| slice.len == first.len), "slices of one length");
    // SAFETY: each number comes once.
    let (of_first, of_others) = (
        |number| unsafe { first.get(number) },
        |number| others.each_ref().map(|slice| unsafe { slice.get(number) }),
    );
    for_each(first.count(), |number| f(number, of_first(number), of_others(number)));
}

/// Gives every item away with its number.
pub fn for_each_of<T: Send>(items: Vec<T>, f: impl Fn(usize, T) + Sync) {
    let mut items: Vec<Option<T>> = items.into_iter().map(Some).collect();
    chunks_mut(&mut items, 1, |number, item| f(number, item[0].take().expect("every number comes once")));
}

/// `f` of every number below `count`, in their order.
pub fn collect<T: Send>(count: usize, f: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let mut results: Vec<Option<T>> = (0..count).map(|_| None).collect();
    chunks_mut(&mut results, 1, |number, result| result[0] = Some(f(number)));
    results.into_iter().map(|result| result.expect("every number comes once")).collect()
}

/// A slice that several threads write to, each its own chunks.
struct Parts<T> {
    start: *mut T,
    len: usize,
    size: usize,
}

// SAFETY: what is shared is the right to chunks, see `get`.
unsafe impl<T: Send> Sync for Parts<T> {}

impl<T> Parts<T> {
    fn new(values: &mut [T], size: usize) -> Parts<T> {
        assert!(size > 0, "a chunk has at least one value");
        Parts { start: values.as_mut_ptr(), len: values.len(), size }
    }

    fn count(&self) -> usize {
        self.len.div_ceil(self.size)
    }

    /// # Safety
    ///
    /// The slice that it was made of must live and not be used otherwise, and nobody else may have the same chunk.
    #[expect(clippy::mut_from_ref, reason = "chunks do not overlap, and the caller vouches for the rest")]
    unsafe fn get(&self, number: usize) -> &mut [T] {
        let start = number * self.size;
        assert!(start < self.len);
        // SAFETY: inside the slice by the assertion; the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), self.size.min(self.len - start)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once() {
        for count in [0, 1, 2, 3, 1000] {
            let done: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            for_each(count, |number| _ = done[number].fetch_add(1, Ordering::Relaxed));
            assert!(done.iter().all(|times| times.load(Ordering::Relaxed) == 1), "{count}");
        }
    }

    #[test]
    fn work_inside_work_and_beside_other_work_is_done_too() {
        let sum = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        for_each(5, |a| for_each(7, |b| _ = sum.fetch_add(a * b, Ordering::Relaxed)));
                    }
                });
            }
        });
        assert_eq!(sum.load(Ordering::Relaxed), 4 * 200 * 10 * 21);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_next_work_is_done() {
        for _ in 0..20 {
            let panic =
                catch_unwind(|| for_each(100, |number| assert!(number != 40, "piece {number}"))).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>().map(String::as_str), Some("piece 40"));
            assert_eq!(collect(5, |number| number * number), [0, 1, 4, 9, 16]);
        }
    }

    #[test]
    fn chunks_are_those_of_the_slice() {
        let (mut a, mut b) = ([0; 10], [0; 10]);
        chunks_mut_with(&mut a, [&mut b], 3, |number, a, [b]| {
            a.fill(number);
            b.fill(a.len());
        });
        assert_eq!((a, b), ([0, 0, 0, 1, 1, 1, 2, 2, 2, 3], [3, 3, 3, 3, 3, 3, 3, 3, 3, 1]));
    }

    #[test]
    fn sleeping_threads_wake_up() {
        for _ in 0..3 {
            thread::sleep(4 * PATIENCE);
            assert_eq!(collect(100, |number| number).len(), 100);
        }
    }
}
