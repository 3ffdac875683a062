//! [`Pixels`]: a decoded picture as files hold it: bytes, the channels of a pixel side by side.

/// Bytes of `[H, W, C]`; C = 1 (grey), 2 (grey, opacity), 3 (red, green, blue) or 4 (and opacity).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Pixels {
    /// From values `[C, H, W]` in 0..=1; what lies outside is cut off, what is not a number becomes 0.
    pub(super) fn from_planes(values: &[f32], [channels, height, width]: [usize; 3]) -> Self {
        let plane = height * width;
        let bytes =
            (0..plane).flat_map(|at| (0..channels).map(move |channel| to_byte(values[channel * plane + at])));
        Pixels { channels, height, width, bytes: bytes.collect() }
    }

    /// Values `[C, H, W]` from 0 to 1.
    pub(crate) fn to_planes(&self) -> Vec<f32> {
        let plane = |channel: usize| self.bytes.iter().skip(channel).step_by(self.channels);
        (0..self.channels).flat_map(plane).map(|&byte| f32::from(byte) / 255.0).collect()
    }

    /// The same picture with 1, 3 or 4 channels. Opacity is left out, as PIL's `convert` does, or full where there was none.
    pub(crate) fn with_channels(self, channels: usize) -> Self {
        if channels == self.channels {
            return self;
        }
        let mut bytes = Vec::with_capacity(self.height * self.width * channels);
        for pixel in self.bytes.chunks_exact(self.channels) {
            let (colour, opacity) = match *pixel {
                [grey] => ([grey; 3], 255),
                [grey, opacity] => ([grey; 3], opacity),
                [red, green, blue] => ([red, green, blue], 255),
                [red, green, blue, opacity, ..] => ([red, green, blue], opacity),
                [] => ([0; 3], 255),
            };
            match channels {
                1 if self.channels < 3 => bytes.push(colour[0]),
                1 => bytes.push(luma(colour)),
                3 => bytes.extend(colour),
                _ => bytes.extend([colour[0], colour[1], colour[2], opacity]),
            }
        }
        Pixels { channels, bytes, ..self }
    }
}

/// ITU-R 601 luma in PIL's integers: `L = 0.299 R + 0.587 G + 0.114 B`.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((u32::from(red) * 19595 + u32::from(green) * 38470 + u32::from(blue) * 7471 + 0x8000) >> 16) as u8
}

/// A value in 0..=1 as a byte; what lies outside is cut off, what is not a number becomes 0.
pub(crate) fn to_byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_added_and_left_out() {
        let pixels = |channels, bytes: &[u8]| Pixels {
            channels,
            height: 1,
            width: bytes.len() / channels,
            bytes: bytes.into(),
        };
        assert_eq!(pixels(1, &[7, 9]).with_channels(3), pixels(3, &[7, 7, 7, 9, 9, 9]));
        assert_eq!(pixels(2, &[7, 80]).with_channels(4), pixels(4, &[7, 7, 7, 80]));
        assert_eq!(pixels(2, &[7, 80]).with_channels(1), pixels(1, &[7]));
        assert_eq!(pixels(4, &[1, 2, 3, 80]).with_channels(3), pixels(3, &[1, 2, 3]));
        assert_eq!(pixels(3, &[1, 2, 3]).with_channels(4), pixels(4, &[1, 2, 3, 255]));
        // PIL: Image.new("RGB", (1, 1), (200, 100, 50)).convert("L").getpixel((0, 0)) is 124.
        assert_eq!(pixels(3, &[200, 100, 50]).with_channels(1), pixels(1, &[124]));
    }

    #[test]
    fn planes_and_pixels_are_the_same_values() {
        let values: Vec<f32> = (0..24).map(|i| (10 * i) as f32 / 255.0).collect();
        let pixels = Pixels::from_planes(&values, [3, 2, 4]);
        assert_eq!(pixels.bytes[..6], [0, 80, 160, 10, 90, 170]);
        assert_eq!(pixels.to_planes(), values);
        assert_eq!(to_byte(f32::NAN), 0);
    }
}
