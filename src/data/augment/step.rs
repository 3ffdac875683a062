//! [`Step`]: one random change of a picture.

use crate::data::transforms::{self, Picture};
use crate::random::Generator;

/// The most channels that can be normalised.
pub(super) const CHANNELS: usize = 4;

/// A change and how strong it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Step {
    Flip,
    VerticalFlip,
    Shift(usize),
    Crop(usize),
    ResizedCrop(f32),
    Rotation(f32),
    /// Brightness, contrast, saturation, hue.
    Jitter([f32; 4]),
    Grayscale(f32),
    Noise(f32),
    Normalize {
        channels: usize,
        mean: [f32; CHANNELS],
        deviation: [f32; CHANNELS],
    },
    Cutout(usize),
    Erasing(f32),
}

impl Step {
    /// Draws what is random and changes the picture.
    pub(super) fn apply(&self, picture: &mut Picture, random: &mut Generator) {
        let [_, height, width] = picture.sizes;
        match *self {
            Step::Flip if random.unit() < 0.5 => transforms::mirror(picture),
            Step::VerticalFlip if random.unit() < 0.5 => transforms::upside_down(picture),
            Step::Flip | Step::VerticalFlip => {}
            Step::Shift(pixels) => {
                let offset =
                    |random: &mut Generator| below(2 * pixels + 1, random) as isize - pixels as isize;
                let (down, right) = (offset(random), offset(random));
                shift(picture, down, right);
            }
            Step::Crop(padding) => {
                let mut framed =
                    transforms::padded(picture, [padding; 2], [height + 2 * padding, width + 2 * padding]);
                let corner = [below(2 * padding + 1, random), below(2 * padding + 1, random)];
                transforms::cut(&mut framed, corner, [height, width]);
                *picture = framed;
            }
            Step::ResizedCrop(share) => {
                if let Some((corner, size)) = rectangle([height, width], [share, 1.0], 4.0 / 3.0, random) {
                    transforms::cut(picture, corner, size);
                    transforms::stretched(picture, [height, width]);
                }
            }
            Step::Rotation(degrees) => transforms::turned(picture, between(-degrees, degrees, random)),
            Step::Jitter(strengths) => jitter(picture, strengths, random),
            Step::Grayscale(probability) => {
                if random.unit() < probability {
                    transforms::grey(picture);
                }
            }
            Step::Noise(deviation) => transforms::noisy(picture, deviation, random),
            Step::Normalize { channels, mean, deviation } => {
                transforms::standardized(picture, &mean[..channels], &deviation[..channels]);
            }
            Step::Cutout(pixels) => {
                let (row, column, half) = (below(height, random), below(width, random), pixels / 2);
                let (top, left) = (row.saturating_sub(half), column.saturating_sub(half));
                let size = [row + pixels - half - top, column + pixels - half - left];
                transforms::fill(picture, [top, left], size, 0.0);
            }
            Step::Erasing(probability) => {
                if random.unit() < probability
                    && let Some((corner, size)) = rectangle([height, width], [0.02, 0.33], 1.0 / 0.3, random)
                {
                    transforms::fill(picture, corner, size, 0.0);
                }
            }
        }
    }
}

/// Moves a picture; the edge is repeated.
fn shift(picture: &mut Picture, down: isize, right: isize) {
    let [_, height, width] = picture.sizes;
    for plane in picture.planes_mut() {
        let old = plane.to_vec();
        for (row, new) in plane.chunks_exact_mut(width).enumerate() {
            let row = &old[row.saturating_add_signed(down).min(height - 1) * width..][..width];
            for (column, value) in new.iter_mut().enumerate() {
                *value = row[column.saturating_add_signed(right).min(width - 1)];
            }
        }
    }
}

/// Brightness, contrast, saturation and hue, in a random order.
fn jitter(picture: &mut Picture, strengths: [f32; 4], random: &mut Generator) {
    let factor =
        |strength: f32, random: &mut Generator| between((1.0 - strength).max(0.0), 1.0 + strength, random);
    for change in random.permutation(4) {
        let strength = strengths[change];
        if strength == 0.0 {
            continue;
        }
        match change {
            0 => transforms::brightness(picture, factor(strength, random)),
            1 => transforms::contrast(picture, factor(strength, random)),
            2 => transforms::saturation(picture, factor(strength, random)),
            _ => transforms::hue(picture, between(-strength, strength, random)),
        }
    }
}

/// Corner and size of a random rectangle, its share of the area in a range, its proportions between `1 : ratio` and
/// `ratio : 1`; `None` if ten attempts found no place for it.
fn rectangle(
    [height, width]: [usize; 2],
    [least, most]: [f32; 2],
    ratio: f32,
    random: &mut Generator,
) -> Option<([usize; 2], [usize; 2])> {
    (0..10).find_map(|_| {
        let area = (height * width) as f32 * between(least, most, random);
        let ratio = between(-ratio.ln(), ratio.ln(), random).exp();
        let size = [(area * ratio).sqrt().round() as usize, (area / ratio).sqrt().round() as usize];
        let fits = (1..=height).contains(&size[0]) && (1..=width).contains(&size[1]);
        fits.then(|| ([below(height - size[0] + 1, random), below(width - size[1] + 1, random)], size))
    })
}

fn between(low: f32, high: f32, random: &mut Generator) -> f32 {
    low + (high - low) * random.unit()
}

/// One of `0..count`.
fn below(count: usize, random: &mut Generator) -> usize {
    (random.unit() * count as f32) as usize
}
