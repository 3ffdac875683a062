//! [`Augment`]: random changes of pictures while training, so that a network sees no picture twice.

mod step;

use self::step::{CHANNELS, Step};
use super::{Normalization, transforms};
use crate::random::{self, Generator, Place};
use crate::raw::Raw;
use crate::shape::Dim;
use crate::tensor::Tensor;

/// Which random changes the trainer makes to each picture, anew in every epoch, in the order of the calls. What a picture
/// shows stays the same; a network that has seen it a little to the left and mirrored learns what it shows instead of its
/// pixels.
///
/// ```
/// use ferrolab::prelude::*;
/// let trainer = Trainer::new(Adam::new(1e-3)).augment(Augment::new().random_flip().random_shift(2));
/// ```
///
/// Changes of colour need values from 0 to 1, so they come before a normalization, which may be the last step; data to
/// validate with are normalised by themselves:
///
/// ```
/// use ferrolab::prelude::*;
/// # let train = Dataset::<Rank3<3, 8, 8>, 2>::new(vec![0.5; 2 * 192], vec![0, 1])?;
/// # let test = train.clone();
/// let scale = Normalization::of(&train);
/// let augment = Augment::new()
///     .random_crop(1)
///     .random_flip()
///     .random_rotation(10.0)
///     .color_jitter(0.2, 0.2, 0.2, 0.05)
///     .normalize(&scale)
///     .cutout(3);
/// let mut model = sequential!(Input([3, 8, 8]).flatten().dense(2));
/// Trainer::new(Adam::new(1e-3)).augment(augment).validate(&test.normalized(&scale)).fit(&mut model, &train);
/// # Ok::<(), ferrolab::data::DatasetError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augment {
    steps: [Option<Step>; MOST],
}

/// The most steps. A fixed number of them makes [`Augment`] a plain value, used for one training and the next.
const MOST: usize = 16;

impl Augment {
    /// No change yet.
    pub const fn new() -> Self {
        Augment { steps: [None; MOST] }
    }

    /// Mirrors every other picture, left to right.
    pub const fn random_flip(self) -> Self {
        self.then(Step::Flip)
    }

    /// Mirrors every other picture, up to down.
    pub const fn random_vertical_flip(self) -> Self {
        self.then(Step::VerticalFlip)
    }

    /// Moves each picture by up to so many pixels in both directions; the edge is repeated where it moved away.
    pub const fn random_shift(self, pixels: usize) -> Self {
        self.then(Step::Shift(pixels))
    }

    /// Puts black around each picture, so many pixels wide, and cuts out a part of the old size (torchvision's
    /// `RandomCrop(size, padding)`): as [`random_shift`](Self::random_shift), but black where it moved away.
    pub const fn random_crop(self, padding: usize) -> Self {
        self.then(Step::Crop(padding))
    }

    /// Cuts out a part of each picture, of at least the given share of its area and between 3:4 and 4:3 of its proportions,
    /// and stretches it to the old size (torchvision's `RandomResizedCrop`).
    ///
    /// ***Panics*** unless the share is above 0 and at most 1.
    #[track_caller]
    pub const fn random_resized_crop(self, share: f32) -> Self {
        assert!(
            share > 0.0 && share <= 1.0,
            "random_resized_crop: expected a share of the area above 0, at most 1"
        );
        self.then(Step::ResizedCrop(share))
    }

    /// Turns each picture by up to so many degrees in both directions; see [`rotate`](transforms::rotate).
    pub const fn random_rotation(self, degrees: f32) -> Self {
        self.then(Step::Rotation(degrees))
    }

    /// Changes brightness, contrast and saturation of each picture by factors between `1 - x` and `1 + x`, and turns its hue by
    /// up to a part of the colour wheel, in a random order (torchvision's `ColorJitter`). For values from 0 to 1.
    ///
    /// ***Panics*** if a number is negative, or the hue above 0.5.
    #[track_caller]
    pub const fn color_jitter(self, brightness: f32, contrast: f32, saturation: f32, hue: f32) -> Self {
        assert!(
            brightness >= 0.0 && contrast >= 0.0 && saturation >= 0.0,
            "color_jitter: the numbers must not be negative"
        );
        assert!(hue >= 0.0 && hue <= 0.5, "color_jitter: expected a hue from 0 to 0.5");
        self.then(Step::Jitter([brightness, contrast, saturation, hue]))
    }

    /// Makes a picture grey with the given probability. For values from 0 to 1.
    pub const fn random_grayscale(self, probability: f32) -> Self {
        self.then(Step::Grayscale(probability))
    }

    /// Adds normally distributed noise of the given standard deviation to each value.
    pub const fn gaussian_noise(self, deviation: f32) -> Self {
        self.then(Step::Noise(deviation))
    }

    /// Takes the mean off and divides by the standard deviation, channel by channel: not at random.
    ///
    /// ***Panics*** if there are more than 4 channels.
    #[track_caller]
    pub fn normalize(self, normalization: &Normalization) -> Self {
        let channels = normalization.mean.len();
        assert!(channels <= CHANNELS, "normalize: expected at most {CHANNELS} channels, got {channels}");
        let (mut mean, mut deviation) = ([0.0; CHANNELS], [1.0; CHANNELS]);
        mean[..channels].copy_from_slice(&normalization.mean);
        deviation[..channels].copy_from_slice(&normalization.deviation);
        self.then(Step::Normalize { channels, mean, deviation })
    }

    /// Gives a square of so many pixels a side the value 0, anywhere in each picture, perhaps partly outside (DeVries & Taylor
    /// 2017): a network must not rely on one place.
    pub const fn cutout(self, pixels: usize) -> Self {
        self.then(Step::Cutout(pixels))
    }

    /// With the given probability, gives a rectangle of 2 % to 33 % of the area the value 0 (Zhong et al. 2017, torchvision's
    /// `RandomErasing`).
    pub const fn random_erasing(self, probability: f32) -> Self {
        self.then(Step::Erasing(probability))
    }

    #[track_caller]
    const fn then(mut self, step: Step) -> Self {
        let mut at = 0;
        while at < MOST {
            if self.steps[at].is_none() {
                self.steps[at] = Some(step);
                return self;
            }
            at += 1;
        }
        panic!("Augment: there is room for 16 changes")
    }

    /// Whether nothing is changed.
    pub(crate) const fn is_empty(&self) -> bool {
        self.steps[0].is_none()
    }

    /// A changed copy of pictures `[batch, C, H, W]`, of the same shape: what a network would be shown. The random numbers are
    /// those of [`manual_seed`](crate::manual_seed).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let pictures = Tensor::<Rank4<8, 3, 32, 32>>::uniform(0.0, 1.0);
    /// let changed = Augment::new().random_flip().random_shift(2).apply(&pictures);
    /// assert_eq!(changed.shape(), [8, 3, 32, 32]);
    /// assert_ne!(changed.to_vec(), pictures.to_vec());
    /// ```
    #[track_caller]
    pub fn apply<N: Dim, C: Dim, H: Dim, W: Dim>(
        &self,
        pictures: &Tensor<(N, C, H, W)>,
    ) -> Tensor<(N, C, H, W)> {
        Tensor::from_raw(self.change(pictures.raw()))
    }

    /// [`apply`](Self::apply) without types.
    ///
    /// ***Panics*** if these are no pictures.
    #[track_caller]
    pub(crate) fn change(&self, batch: &Raw) -> Raw {
        let sizes = batch.sizes();
        if self.is_empty() || batch.is_empty() {
            return batch.clone();
        }
        assert!(
            sizes.len() == 4,
            "augment needs pictures [channels, height, width], got examples of shape {:?}",
            &sizes[1..]
        );
        // A generator for each picture: they are changed on all processors, whichever comes first.
        let seed = random::seed();
        transforms::each(batch, "augment", &|number, picture| {
            let mut random = Generator::at(Place { seed, thread: number as u64, draws: 0 });
            self.steps.iter().flatten().for_each(|step| step.apply(picture, &mut random));
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::random::manual_seed;

    /// `count` pictures of one channel, 2 x 3, all alike.
    fn pictures(count: usize) -> Raw {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0].repeat(count);
        Raw::new(Array::from_vec(&[count, 1, 2, 3], values))
    }

    /// How often each of the values occurs that 400 pictures become.
    fn kinds(augment: Augment) -> Vec<(Vec<u8>, usize)> {
        manual_seed(1);
        let changed = augment.change(&pictures(400)).to_vec();
        let mut all: Vec<Vec<u8>> =
            changed.chunks(6).map(|picture| picture.iter().map(|&value| value as u8).collect()).collect();
        all.sort();
        all.chunk_by(|a, b| a == b).map(|same| (same[0].clone(), same.len())).collect()
    }

    #[test]
    fn about_half_of_the_pictures_are_mirrored() {
        for (augment, mirrored) in [
            (Augment::new().random_flip(), [3, 2, 1, 6, 5, 4]),
            (Augment::new().random_vertical_flip(), [4, 5, 6, 1, 2, 3]),
        ] {
            let kinds = kinds(augment);
            assert_eq!((kinds.len(), &kinds[0].0[..]), (2, &[1, 2, 3, 4, 5, 6][..]));
            assert_eq!(kinds[1].0, mirrored);
            assert!((160..240).contains(&kinds[1].1), "{} of 400", kinds[1].1);
        }
    }

    #[test]
    fn all_nine_shifts_by_one_pixel_occur_and_repeat_the_edge() {
        let kinds = kinds(Augment::new().random_shift(1));
        assert_eq!(kinds.len(), 9);
        assert!(kinds.iter().any(|(kind, _)| *kind == [1, 1, 2, 1, 1, 2]), "down and right: {kinds:?}");
    }

    #[test]
    fn all_nine_crops_occur_and_are_black_where_the_picture_moved_away() {
        let kinds = kinds(Augment::new().random_crop(1));
        assert_eq!(kinds.len(), 9);
        assert!(kinds.iter().any(|(kind, _)| *kind == [0, 0, 0, 0, 1, 2]), "down and right: {kinds:?}");
    }

    #[test]
    fn a_square_of_cutout_is_as_large_as_it_was_asked_for_unless_it_reaches_over_the_edge() {
        let white = Raw::new(Array::full(&[400, 2, 12, 16], 1.0));
        let cut = Augment::new().cutout(5).change(&white).to_vec();
        let missing: Vec<usize> =
            cut.chunks(12 * 16).map(|plane| plane.iter().filter(|&&value| value == 0.0).count()).collect();
        assert_eq!(missing.iter().max(), Some(&25));
        assert_eq!(missing.iter().min(), Some(&9), "three rows and columns of the square are always inside");
        assert!(missing.chunks(2).all(|channels| channels[0] == channels[1]));
    }

    #[test]
    fn erased_rectangles_have_the_asked_share_of_the_area() {
        let white = Raw::new(Array::full(&[400, 1, 40, 50], 1.0));
        let erased = Augment::new().random_erasing(0.5).change(&white).to_vec();
        let shares: Vec<f32> = erased
            .chunks(2000)
            .map(|plane| plane.iter().filter(|&&value| value == 0.0).count() as f32 / 2000.0)
            .filter(|&share| share > 0.0)
            .collect();
        assert!((160..240).contains(&shares.len()), "{} of 400", shares.len());
        // Whole pixels make a small rectangle a bit smaller or larger.
        assert!(shares.iter().all(|share| (0.015..0.35).contains(share)));
        let mean = shares.iter().sum::<f32>() / shares.len() as f32;
        assert!((mean - 0.165).abs() < 0.03, "{mean}");
    }

    #[test]
    fn colours_and_places_change_within_their_bounds() {
        manual_seed(1);
        let picture = Raw::new(random::uniform(&[60, 3, 8, 8], 0.0, 1.0));
        for augment in [
            Augment::new().color_jitter(0.4, 0.4, 0.4, 0.1),
            Augment::new().random_rotation(30.0),
            Augment::new().random_resized_crop(0.3),
            Augment::new().random_grayscale(1.0),
        ] {
            let changed = augment.change(&picture);
            assert_eq!(changed.sizes(), picture.sizes());
            let (before, after) = (picture.to_vec(), changed.to_vec());
            assert!(after.iter().all(|value| (-1e-6..=1.0 + 1e-6).contains(value)), "{augment:?}");
            let same =
                before.chunks(192).zip(after.chunks(192)).filter(|(before, after)| before == after).count();
            assert_eq!(same, 0, "{augment:?}");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_changes() {
        let augment = Augment::new().random_shift(1).gaussian_noise(0.1);
        let draw = || augment.change(&pictures(5)).to_vec();
        manual_seed(3);
        let first = draw();
        assert_ne!(draw(), first);
        manual_seed(3);
        assert_eq!(draw(), first);
    }

    #[test]
    fn a_normalization_is_a_step_like_the_others() {
        let normalization = Normalization { mean: vec![2.0], deviation: vec![0.5] };
        let normal = Augment::new().normalize(&normalization).change(&pictures(1));
        assert_eq!(normal.to_vec(), [-2.0, 0.0, 2.0, 4.0, 6.0, 8.0]);
    }

    #[test]
    fn without_a_change_the_batch_stays_itself() {
        let batch = pictures(2);
        assert_eq!(Augment::new().change(&batch).id(), batch.id());
    }

    #[test]
    #[should_panic(expected = "augment needs pictures [channels, height, width], got examples of shape [4]")]
    fn rows_are_no_pictures() {
        Augment::new().random_flip().change(&Raw::new(Array::full(&[2, 4], 0.0)));
    }
}
