//! A number for each pixel as a colour: from the lowest to the highest, or on both sides of zero.

use super::pixels::{Picture, inferno, orange_blue};
use super::style;

/// What the colours stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Scale {
    /// From dark, the lowest number, to bright, the highest.
    #[default]
    Range,
    /// White is zero, blue above it and orange below it, equally far.
    AroundZero,
}

impl Scale {
    /// The numbers at the ends of the colours.
    pub fn bounds(self, heat: &[f32]) -> (f64, f64) {
        let (low, high) = style::extent(heat.iter().map(|&value| f64::from(value))).unwrap_or((0.0, 0.0));
        match self {
            Scale::Range => (low, high),
            Scale::AroundZero => {
                let far = low.abs().max(high.abs());
                (-far, far)
            }
        }
    }

    /// Each number as a share of the way along the colours. What is not a number counts as nothing.
    fn shares(self, heat: &[f32]) -> Vec<f64> {
        let (low, high) = self.bounds(heat);
        let span = if high > low { high - low } else { 1.0 };
        let nothing = match self {
            Scale::Range => 0.0,
            Scale::AroundZero => 0.5,
        };
        let share = |value: f32| if value.is_finite() { (f64::from(value) - low) / span } else { nothing };
        let even = high == low && self == Scale::AroundZero;
        heat.iter().map(|&value| if even { nothing } else { share(value) }).collect()
    }

    /// The colour at a share of the way.
    pub fn color(self, share: f64) -> [u8; 3] {
        match self {
            Scale::Range => inferno(share),
            Scale::AroundZero => orange_blue(share),
        }
    }

    /// The map in colours.
    pub fn map(self, heat: &[f32], height: usize, width: usize) -> Picture {
        let rgb = self.shares(heat).iter().flat_map(|&share| self.color(share)).collect();
        Picture { width, height, rgb }
    }

    /// The picture in grey with the colours laid over where the map is far from nothing.
    pub fn over(self, picture: &Picture, heat: &[f32]) -> Picture {
        let shares = self.shares(heat);
        let both = picture.rgb.chunks_exact(3).zip(&shares).flat_map(|(pixel, &share)| {
            // Luma of BT.601; lightened, so that dark pictures still show the colours.
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(f64::from);
            let grey = 60.0 + (0.299 * r + 0.587 * g + 0.114 * b) * 195.0 / 255.0;
            let (strength, color) = match self {
                Scale::Range => (share, inferno(0.25 + 0.75 * share)),
                Scale::AroundZero => ((2.0 * share - 1.0).abs(), orange_blue(share)),
            };
            let weight = 0.85 * strength.sqrt();
            color.map(|heat| (grey + (f64::from(heat) - grey) * weight).round() as u8)
        });
        Picture { rgb: both.collect(), ..*picture }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_in_the_middle_of_both_sides() {
        assert_eq!(Scale::AroundZero.bounds(&[-1.0, 4.0]), (-4.0, 4.0));
        assert_eq!(Scale::AroundZero.shares(&[-1.0, 0.0, 4.0, f32::NAN]), [0.375, 0.5, 1.0, 0.5]);
        assert_eq!(Scale::Range.shares(&[-1.0, 0.0, 4.0]), [0.0, 0.2, 1.0]);
    }

    #[test]
    fn where_all_is_zero_nothing_is_coloured() {
        assert_eq!(Scale::AroundZero.map(&[0.0, 0.0], 1, 2).rgb, [255; 6]);
        assert_eq!(Scale::Range.bounds(&[f32::NAN]), (0.0, 0.0));
    }
}
