//! [`Recipe`]: how to make the numbers of an array; [`Finish`]: what else is done to each when it is made.
//!
//! A convolution or a matrix product is mostly followed by `relu`. Its numbers are made when they are first asked for, so
//! that `relu` can have them clamped while they lie in registers: they are written once and never read again in between. A
//! pooling behind them asks for one image at a time, which stays in the cache until it is pooled. The same goes for gradients
//! on their way back.

use std::sync::Arc;

use super::Array;
use crate::cpu::buffer::Buffer;
use crate::cpu::elementwise;
use crate::cpu::tile::Bounds;
use crate::cuda::{Ending, Memory};

/// How to make the numbers of an array.
pub(crate) trait Recipe: Send + Sync {
    /// Makes them, each finished as is said.
    fn make(&self, finish: &Finish) -> Buffer;

    /// How to make those of one image, if they can be made apart.
    fn images<'a>(&'a self, _finish: &'a Finish) -> Option<ImageMaker<'a>> {
        None
    }

    /// Makes them in a GPU's memory, if that is where they are to be made.
    fn make_on_gpu(&self, _finish: &Finish) -> Option<Memory> {
        None
    }
}

/// Writes the numbers of the image of a number.
pub(crate) type ImageMaker<'a> = Box<dyn Fn(usize, &mut [f32]) + Sync + 'a>;

/// A recipe may be a function.
impl<F: Fn(&Finish) -> Buffer + Send + Sync> Recipe for F {
    fn make(&self, finish: &Finish) -> Buffer {
        self(finish)
    }
}

/// A recipe for a GPU: a function that makes the numbers in its memory.
pub(crate) struct OnGpu<F>(pub(crate) F);

impl<F: Fn(&Finish) -> Memory + Send + Sync> Recipe for OnGpu<F> {
    fn make(&self, finish: &Finish) -> Buffer {
        let memory = (self.0)(finish);
        let mut made = Buffer::scratch(memory.len());
        memory.gpu().download(&memory, &mut made);
        made
    }

    fn make_on_gpu(&self, finish: &Finish) -> Option<Memory> {
        Some((self.0)(finish))
    }
}

/// What is done to each number when it is made.
#[derive(Clone)]
pub(crate) enum Finish {
    /// Nothing.
    Plain,
    /// No less than the first and no more than the second; NaN stays.
    Clamp(Bounds),
    /// A gradient on its way back through a clamp to these bounds: zero where the clamped number, whose array has the same
    /// layout, lies at one of them.
    Slope(Array, Bounds),
}

impl Finish {
    /// The bounds of a clamp, if it is one.
    pub(crate) fn clamp(&self) -> Option<Bounds> {
        if let Finish::Clamp(bounds) = *self { Some(bounds) } else { None }
    }

    /// Makes what it reads, if that is not there yet: before threads read it, each of which would make it for itself.
    pub(crate) fn ready(&self) {
        if let Finish::Slope(clamped, _) = self {
            clamped.make();
        }
    }

    /// Finishes numbers that were made from `start` on.
    pub(crate) fn apply(&self, start: usize, made: &mut [f32]) {
        if let Finish::Clamp(bounds) = *self {
            elementwise::each(made, |x| clamp(x, bounds));
        }
        self.apply_slope(start, made);
    }

    /// The same for who has seen to [`Finish::clamp`].
    pub(crate) fn apply_slope(&self, start: usize, made: &mut [f32]) {
        if let Finish::Slope(clamped, bounds) = self {
            let clamped = &clamped.values()[start..start + made.len()];
            elementwise::each_pair(made, clamped, |g, y| slope(g, y, *bounds));
        }
    }
}

/// A recipe and how its numbers are finished.
pub(super) struct Finished {
    pub(super) recipe: Arc<dyn Recipe>,
    pub(super) finish: Finish,
}

impl Recipe for Finished {
    fn make(&self, finish: &Finish) -> Buffer {
        let mut made = self.recipe.make(&self.finish);
        finish.apply(0, &mut made);
        made
    }

    fn make_on_gpu(&self, finish: &Finish) -> Option<Memory> {
        let made = self.recipe.make_on_gpu(&self.finish)?;
        if !matches!(finish, Finish::Plain) {
            let gpu = made.gpu();
            gpu.end(&made, 1, &Ending::new(gpu, None, finish));
        }
        Some(made)
    }

    fn images<'a>(&'a self, finish: &'a Finish) -> Option<ImageMaker<'a>> {
        let make = self.recipe.images(&self.finish)?;
        finish.ready();
        Some(match finish {
            Finish::Plain => make,
            _ => Box::new(move |number, image| {
                make(number, image);
                finish.apply(number * image.len(), image);
            }),
        })
    }
}

/// The images of an array, made one by one if the array is not there.
pub(crate) enum Images<'a> {
    There(&'a [f32]),
    Made(ImageMaker<'a>),
}

impl<'a> Images<'a> {
    /// Some images from `first` on, each of `size` values, written to `space` if they have to be made.
    #[inline]
    pub(crate) fn get<'b>(&self, first: usize, count: usize, size: usize, space: &'b mut [f32]) -> &'b [f32]
    where
        'a: 'b,
    {
        match self {
            Images::There(values) => &values[first * size..(first + count) * size],
            Images::Made(make) => {
                let space = &mut space[..count * size];
                for (i, image) in space.chunks_exact_mut(size).enumerate() {
                    make(first + i, image);
                }
                space
            }
        }
    }

    /// Room for so many images that have to be made.
    pub(crate) fn space(&self, count: usize, size: usize) -> Buffer {
        Buffer::scratch(if let Images::Made(_) = self { count * size } else { 0 })
    }
}

/// `x` brought between the bounds; NaN stays.
#[inline(always)]
pub(crate) fn clamp(x: f32, [low, high]: Bounds) -> f32 {
    let x = if x < low { low } else { x };
    if x > high { high } else { x }
}

/// `gradient` behind a clamp, given what the clamp made.
#[inline(always)]
pub(crate) fn slope(gradient: f32, clamped: f32, [low, high]: Bounds) -> f32 {
    if clamped > low && (clamped < high || high == f32::INFINITY) { gradient } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::array::Layout;

    /// -1, 0, 1, 2 as often as they are asked for, and how often that was.
    fn counted() -> (Array, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let recipe = move |finish: &Finish| {
            counter.fetch_add(1, Ordering::Relaxed);
            let mut made = Buffer::from(vec![-1.0, 0.0, 1.0, 2.0]);
            finish.apply(0, &mut made);
            made
        };
        (Array::deferred(&[2, 2], Layout::RowMajor, recipe), count)
    }

    #[test]
    fn numbers_are_made_when_they_are_first_asked_for_and_then_kept() {
        let (x, count) = counted();
        let copy = x.reshaped(&[4]);
        assert_eq!((x.len(), x.sizes(), count.load(Ordering::Relaxed)), (4, &[2, 2][..], 0));
        assert_eq!((x.to_vec(), copy.to_vec()), (vec![-1.0, 0.0, 1.0, 2.0], vec![-1.0, 0.0, 1.0, 2.0]));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn what_is_finished_in_the_making_equals_what_is_finished_behind_it() {
        let clamped = Array::from_vec(&[2, 2], vec![0.0, 1.0, 0.5, 0.0]);
        for finish in [Finish::Clamp([0.0, 1.5]), Finish::Slope(clamped, [0.0, 1.0])] {
            let (x, count) = counted();
            let made = x.finished(finish.clone());
            let again = made.finished(Finish::Clamp([0.5, 1.0]));
            x.values();
            let behind = x.finished(finish);
            assert_eq!(count.load(Ordering::Relaxed), 1);
            assert_eq!(made.to_vec(), behind.to_vec());
            assert_eq!(again.to_vec(), behind.finished(Finish::Clamp([0.5, 1.0])).to_vec());
        }
    }

    #[test]
    fn another_order_is_made_once_and_again_after_a_change() {
        let mut x = Array::from_vec(&[2], vec![1.0, 2.0]);
        let backwards = |x: &Array| {
            x.ordered(("backwards", [0; 4]), |x| Buffer::from(x.iter().rev().copied().collect::<Vec<f32>>()))
        };
        assert!(Arc::ptr_eq(&backwards(&x), &backwards(&x.clone())));
        x.values_mut()[0] = 7.0;
        assert_eq!(backwards(&x)[..], [2.0, 7.0]);
    }

    #[test]
    fn a_change_is_made_to_a_copy() {
        let (x, _) = counted();
        let mut y = x.clone();
        y.values_mut()[0] = 7.0;
        assert_eq!((x.values()[0], y.values()[0]), (-1.0, 7.0));
    }
}
