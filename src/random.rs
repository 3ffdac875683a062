//! Random numbers: the same from the same seed on every machine.
//!
//! Every thread draws from a generator of its own, so that threads neither wait for each other nor disturb each
//! other's order. [`manual_seed`] seeds the thread that calls it and those that start to draw after that.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::Mutex;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng, TryRng};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;

/// The seed and how many threads have drawn from it. Unseeded programs repeat themselves too.
static SEED: Mutex<(u64, u64)> = Mutex::new((0, 0));

thread_local! {
    /// `None` until the thread draws.
    static GENERATOR: RefCell<Option<Generator>> = const { RefCell::new(None) };
}

/// A source of random numbers of its own, for code that wants one apart from the thread's.
#[derive(Clone, Debug)]
pub struct Generator {
    pcg: Pcg64,
    place: Place,
}

/// Where a generator is on its way: a checkpoint keeps it and goes on from there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) seed: u64,
    /// Which of the generators of this seed it is.
    pub(crate) thread: u64,
    /// How many numbers it has given.
    pub(crate) draws: u64,
}

impl Generator {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self::at(Place { seed, ..Place::default() })
    }

    pub(crate) fn at(place: Place) -> Self {
        let mut pcg = Pcg64::seed_from_u64(place.seed);
        // Far apart on one cycle of 2^128, so that the threads' numbers have nothing in common.
        pcg.advance((u128::from(place.thread) << 64) + u128::from(place.draws));
        Generator { pcg, place }
    }

    /// Values drawn evenly from `low..high`.
    pub fn uniform(&mut self, sizes: &[usize], low: f32, high: f32) -> Array {
        self.fill(sizes, |generator| low + (high - low) * generator.unit())
    }

    /// Values of a normal distribution.
    pub fn normal(&mut self, sizes: &[usize], mean: f32, standard_deviation: f32) -> Array {
        self.fill(sizes, |generator| {
            let value: f32 = StandardNormal.sample(generator);
            mean + standard_deviation * value
        })
    }

    /// One where a coin that shows heads with the given probability did, else zero.
    pub fn bernoulli(&mut self, sizes: &[usize], probability: f32) -> Array {
        self.fill(sizes, |generator| f32::from(generator.unit() < probability))
    }

    /// The numbers `0..len` in random order.
    pub fn permutation(&mut self, len: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..len).collect();
        order.shuffle(self);
        order
    }

    /// A number to seed another generator with.
    pub(crate) fn seed(&mut self) -> u64 {
        self.next_u64()
    }

    /// Evenly from `[0, 1)`, in steps of 2⁻²⁴, which f32 holds exactly.
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    fn fill(&mut self, sizes: &[usize], mut draw: impl FnMut(&mut Generator) -> f32) -> Array {
        let mut values = Buffer::scratch(sizes.iter().product());
        values.iter_mut().for_each(|value| *value = draw(self));
        Array::new(sizes, Layout::RowMajor, values)
    }
}

/// Counts what is drawn: each number, of 32 or 64 bits, is one step of the generator.
impl TryRng for Generator {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.place.draws += 1;
        self.pcg.try_next_u32()
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.place.draws += 1;
        self.pcg.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.place.draws += bytes.len().div_ceil(8) as u64;
        self.pcg.try_fill_bytes(bytes)
    }
}

/// Where this thread's generator is.
pub(crate) fn place() -> Place {
    draw(|generator| generator.place)
}

/// Makes this thread's generator go on from a place.
pub(crate) fn go_to(place: Place) {
    GENERATOR.replace(Some(Generator::at(place)));
}

/// Runs `body`, whose random numbers begin at `place`; after that the thread's own go on as if nothing had been drawn.
pub(crate) fn from_place<T>(place: Place, body: impl FnOnce() -> T) -> T {
    /// Puts the thread's generator back even when `body` panics or is interrupted.
    struct Restore(Option<Generator>);
    impl Drop for Restore {
        fn drop(&mut self) {
            GENERATOR.set(self.0.take());
        }
    }
    let _restore = Restore(GENERATOR.replace(Some(Generator::at(place))));
    body()
}

/// A number to seed another generator with, by this thread's generator.
pub(crate) fn seed() -> u64 {
    draw(Generator::seed)
}

/// Lends this thread's generator.
fn draw<T>(body: impl FnOnce(&mut Generator) -> T) -> T {
    GENERATOR.with_borrow_mut(|generator| body(generator.get_or_insert_with(|| next_generator(None))))
}

/// Starts the random numbers anew: what follows is the same whenever the seed is the same.
///
/// ```
/// use ferrolab::prelude::*;
/// manual_seed(7);
/// let x = Tensor::<Rank1<3>>::uniform(0.0, 1.0);
/// manual_seed(7);
/// assert_eq!(Tensor::<Rank1<3>>::uniform(0.0, 1.0).to_vec(), x.to_vec());
/// ```
pub fn manual_seed(seed: u64) {
    let generator = next_generator(Some(seed));
    GENERATOR.replace(Some(generator));
}

/// Values drawn evenly from `low..high` by this thread's generator.
pub fn uniform(sizes: &[usize], low: f32, high: f32) -> Array {
    draw(|generator| generator.uniform(sizes, low, high))
}

/// Values of a normal distribution, by this thread's generator.
pub fn normal(sizes: &[usize], mean: f32, standard_deviation: f32) -> Array {
    draw(|generator| generator.normal(sizes, mean, standard_deviation))
}

/// One where a coin that shows heads with the given probability did, else zero; by this thread's generator.
pub fn bernoulli(sizes: &[usize], probability: f32) -> Array {
    draw(|generator| generator.bernoulli(sizes, probability))
}

/// The numbers `0..len` in random order, by this thread's generator.
pub fn permutation(len: usize) -> Vec<usize> {
    draw(|generator| generator.permutation(len))
}

/// The generator of a thread that begins to draw, or of one that was given a seed.
fn next_generator(seed: Option<u64>) -> Generator {
    let mut state = SEED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some(seed) = seed {
        *state = (seed, 0);
    }
    let (seed, thread) = *state;
    state.1 += 1;
    Generator::at(Place { seed, thread, draws: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let draw = || (uniform(&[3], -1.0, 1.0).to_vec(), normal(&[3], 0.0, 1.0).to_vec(), permutation(5));
        manual_seed(42);
        let first = draw();
        let later = draw();
        manual_seed(42);
        assert_eq!(draw(), first);
        assert_ne!(later, first);
    }

    #[test]
    fn the_numbers_are_the_same_on_every_machine() {
        // The generator is PCG64, whose authors published test vectors; the crate checks them. This pins what is made
        // of its bits.
        let mut random = Generator::new(0);
        assert_eq!(random.uniform(&[2], 0.0, 1.0).to_vec(), [0.8315847, 0.17088944]);
        assert_eq!(random.normal(&[2], 0.0, 1.0).to_vec(), [0.91355646, -0.81390655]);
        assert_eq!(random.permutation(5), [3, 2, 4, 1, 0]);
    }

    #[test]
    fn numbers_go_on_from_a_place() {
        manual_seed(9);
        // Of every kind; normal values take a varying number of draws.
        let drawn = [uniform(&[3], 0.0, 1.0), normal(&[1000], 0.0, 1.0), bernoulli(&[5], 0.5)];
        assert!(drawn.iter().map(Array::len).sum::<usize>() + permutation(77).len() == 1085);
        draw(|generator| generator.fill_bytes(&mut [0; 19]));
        let here = place();
        let next = uniform(&[4], 0.0, 1.0).to_vec();
        manual_seed(1);
        go_to(here);
        assert_eq!(uniform(&[4], 0.0, 1.0).to_vec(), next);
    }

    #[test]
    fn numbers_from_a_place_leave_the_others_alone() {
        manual_seed(9);
        let (here, there) = (place(), Place { seed: 1, thread: 5, draws: 0 });
        let first = from_place(there, || uniform(&[4], 0.0, 1.0).to_vec());
        let caught = std::panic::catch_unwind(|| from_place(there, || panic!("{}", seed())));
        assert!(caught.is_err());
        assert_eq!(place(), here);
        uniform(&[4], 0.0, 1.0);
        assert_eq!(from_place(there, || uniform(&[4], 0.0, 1.0).to_vec()), first);
    }

    #[test]
    fn threads_draw_different_numbers() {
        let draw = || std::thread::spawn(|| uniform(&[4], 0.0, 1.0).to_vec()).join().unwrap_or_default();
        assert_ne!(draw(), draw());
    }

    #[test]
    fn values_have_the_moments_of_their_distribution() {
        let mut random = Generator::new(1);
        let moments = |x: &Array| {
            let mean = x.values().iter().sum::<f32>() / x.len() as f32;
            (mean, (x.values().iter().map(|v| (v - mean).powi(2)).sum::<f32>() / x.len() as f32).sqrt())
        };
        let (mean, deviation) = moments(&random.uniform(&[100_000], -2.0, 4.0));
        assert!(
            (mean - 1.0).abs() < 0.02 && (deviation - 6.0 / 12.0f32.sqrt()).abs() < 0.02,
            "{mean} {deviation}"
        );
        let (mean, deviation) = moments(&random.normal(&[100_000], 5.0, 2.0));
        assert!((mean - 5.0).abs() < 0.03 && (deviation - 2.0).abs() < 0.03, "{mean} {deviation}");
        let (mean, _) = moments(&random.bernoulli(&[100_000], 0.3));
        assert!((mean - 0.3).abs() < 0.01, "{mean}");
    }

    #[test]
    fn uniform_values_lie_in_their_range() {
        let x = Generator::new(2).uniform(&[100_000], -1.0, 1.0);
        assert!(x.values().iter().all(|x| (-1.0..1.0).contains(x)));
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        let mut order = Generator::new(3).permutation(100);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}
