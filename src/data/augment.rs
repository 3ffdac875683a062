//! [`Augment`]: random changes of pictures while training, so that a network sees no picture twice.

use crate::array::Array;
use crate::random;
use crate::raw::Raw;

/// Which random changes the trainer makes to each picture, anew in every epoch. What a picture shows stays the same; a
/// network that has seen it a little to the left and mirrored learns what it shows instead of its pixels.
///
/// ```
/// use ferrolab::prelude::*;
/// let trainer = Trainer::new(Adam::new(1e-3)).augment(Augment::new().random_flip().random_shift(2));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Augment {
    flip: bool,
    shift: usize,
}

impl Augment {
    /// No change yet.
    pub const fn new() -> Self {
        Augment { flip: false, shift: 0 }
    }

    /// Mirrors every other picture, left to right.
    pub const fn random_flip(mut self) -> Self {
        self.flip = true;
        self
    }

    /// Moves each picture by up to so many pixels in both directions; the edge is repeated where it moved away.
    pub const fn random_shift(mut self, pixels: usize) -> Self {
        self.shift = pixels;
        self
    }

    /// A changed copy of a batch of pictures `[N, C, H, W]`.
    ///
    /// ***Panics*** if these are no pictures.
    #[track_caller]
    pub(crate) fn apply(&self, batch: &Raw) -> Raw {
        if *self == Self::new() || batch.is_empty() {
            return batch.clone();
        }
        let array = batch.array().row_major();
        let &[count, channels, height, width] = array.sizes() else {
            panic!(
                "augment needs pictures [channels, height, width], got examples of shape {:?}",
                &array.sizes()[1..]
            )
        };
        let draws = random::uniform(&[count, 3], 0.0, 1.0);
        let mut values = Vec::with_capacity(array.len());
        let pictures = array.values().chunks_exact(channels * height * width);
        for (picture, draw) in pictures.zip(draws.values().chunks_exact(3)) {
            let flip = self.flip && draw[0] < 0.5;
            let (down, right) = (self.offset(draw[1]), self.offset(draw[2]));
            // From which column each column comes, worked out once a picture.
            let columns: Vec<usize> = (0..width)
                .map(|column| if flip { width - 1 - column } else { column })
                .map(|column| column.saturating_add_signed(right).min(width - 1))
                .collect();
            for plane in picture.chunks_exact(height * width) {
                for row in 0..height {
                    let row = row.saturating_add_signed(down).min(height - 1);
                    values.extend(columns.iter().map(|&column| plane[row * width + column]));
                }
            }
        }
        Raw::new(Array::from_vec(array.sizes(), values))
    }

    /// From a number in `0..1`, one of `-shift..=shift`.
    fn offset(&self, draw: f32) -> isize {
        let steps = (2 * self.shift + 1) as f32;
        (draw * steps) as isize - self.shift as isize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::manual_seed;

    /// `count` pictures of one channel, 2 x 3, all alike.
    fn pictures(count: usize) -> Raw {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].repeat(count);
        Raw::new(Array::from_vec(&[count, 1, 2, 3], values))
    }

    #[test]
    fn about_half_of_the_pictures_are_mirrored() {
        manual_seed(1);
        let flipped = Augment::new().random_flip().apply(&pictures(400)).to_vec();
        let mirrored = flipped.chunks(6).filter(|picture| *picture == [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]).count();
        let same = flipped.chunks(6).filter(|picture| *picture == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).count();
        assert_eq!(mirrored + same, 400);
        assert!((160..240).contains(&mirrored), "{mirrored} of 400");
    }

    #[test]
    fn all_nine_shifts_by_one_pixel_occur_and_repeat_the_edge() {
        manual_seed(1);
        let shifted = Augment::new().random_shift(1).apply(&pictures(400)).to_vec();
        let mut kinds: Vec<Vec<u8>> =
            shifted.chunks(6).map(|picture| picture.iter().map(|&value| value as u8).collect()).collect();
        kinds.sort();
        kinds.dedup();
        assert_eq!(kinds.len(), 9);
        assert!(kinds.contains(&vec![1, 1, 2, 1, 1, 2]), "down and right: {kinds:?}");
    }

    #[test]
    fn without_a_change_the_batch_stays_itself() {
        let batch = pictures(2);
        assert_eq!(Augment::new().apply(&batch).id(), batch.id());
    }

    #[test]
    #[should_panic(expected = "augment needs pictures [channels, height, width], got examples of shape [4]")]
    fn rows_are_no_pictures() {
        Augment::new().random_flip().apply(&Raw::new(Array::full(&[2, 4], 0.0)));
    }
}
