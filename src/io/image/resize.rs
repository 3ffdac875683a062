//! Pictures of another size, by the crate `fast_image_resize`: bilinear or bicubic, with antialias (a filter as wide as the
//! pixels that become one) when they become smaller, as in PIL and torchvision.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{F32, U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

use super::Pixels;

/// What a new pixel is made from.
#[derive(Clone, Copy)]
pub(crate) enum Filter {
    /// A triangle around it.
    Bilinear,
    /// Keys's cubic with a = -0.5, sharper: PIL's `BICUBIC`.
    Bicubic,
}

impl Pixels {
    /// Stretched to another size, bilinear.
    pub(crate) fn resized(self, height: usize, width: usize) -> Self {
        self.resized_by(Filter::Bilinear, height, width)
    }

    /// Stretched to another size.
    pub(crate) fn resized_by(self, filter: Filter, height: usize, width: usize) -> Self {
        if (height, width) == (self.height, self.width) {
            return self;
        }
        let bytes = match self.channels {
            1 => self.resized_as::<U8>(filter, height, width),
            2 => self.resized_as::<U8x2>(filter, height, width),
            3 => self.resized_as::<U8x3>(filter, height, width),
            _ => self.resized_as::<U8x4>(filter, height, width),
        };
        Pixels { height, width, bytes, ..self }
    }

    fn resized_as<P: PixelTrait>(&self, filter: Filter, height: usize, width: usize) -> Vec<u8> {
        let mut bytes = vec![0; height * width * self.channels];
        let from = TypedImageRef::<P>::from_buffer(self.width as u32, self.height as u32, &self.bytes);
        let to = TypedImage::<P>::from_buffer(width as u32, height as u32, &mut bytes);
        let (Ok(from), Ok(mut to)) = (from, to) else { unreachable!("bytes can lie anywhere in memory") };
        resize(filter, &from, &mut to);
        bytes
    }

    /// The middle, as wide and high as it can be in these proportions.
    pub(crate) fn cropped_to(self, height: usize, width: usize) -> Self {
        let high = self.height.min((self.width * height).div_ceil(width.max(1))).max(1);
        let wide = self.width.min((self.height * width).div_ceil(height.max(1))).max(1);
        let corner = [(self.height - high) / 2, (self.width - wide) / 2];
        self.cropped(corner, [high, wide])
    }

    /// The part of so many rows and columns from a row and column on, which lies inside.
    pub(crate) fn cropped(self, [top, left]: [usize; 2], [high, wide]: [usize; 2]) -> Self {
        let rows = self.bytes.chunks_exact(self.width * self.channels).skip(top).take(high);
        let bytes =
            rows.flat_map(|row| &row[left * self.channels..][..wide * self.channels]).copied().collect();
        Pixels { height: high, width: wide, bytes, ..self }
    }
}

/// One channel of floats, row by row, stretched to another size.
pub(crate) fn resize_plane(
    plane: &[f32],
    [height, width]: [usize; 2],
    [new_height, new_width]: [usize; 2],
) -> Vec<f32> {
    let pixels: Vec<F32> = plane.iter().map(|&value| F32::new(value)).collect();
    let Ok(from) = TypedImageRef::new(width as u32, height as u32, &pixels) else {
        unreachable!("there are as many values as pixels")
    };
    let mut to = TypedImage::new(new_width as u32, new_height as u32);
    resize(Filter::Bilinear, &from, &mut to);
    to.pixels().iter().map(|pixel| pixel.0).collect()
}

fn resize<P: PixelTrait>(filter: Filter, from: &TypedImageRef<'_, P>, to: &mut TypedImage<'_, P>) {
    let filter = match filter {
        Filter::Bilinear => FilterType::Bilinear,
        Filter::Bicubic => FilterType::CatmullRom,
    };
    // Opacity is a channel like the others, as in PIL.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    // An error means a crop outside of the picture, and there is no crop.
    if let Err(error) = Resizer::new().resize_typed(from, to, &options) {
        unreachable!("{error}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_keeps_the_middle_in_the_wanted_proportions() {
        let pixels = Pixels { channels: 1, height: 2, width: 6, bytes: (0..12).collect() };
        let square = pixels.clone().cropped_to(5, 5);
        assert_eq!((square.height, square.width, square.bytes), (2, 2, vec![2, 3, 8, 9]));
        let flat = pixels.cropped_to(1, 6);
        assert_eq!((flat.height, flat.width, flat.bytes), (1, 6, (0..6).collect()));
    }

    #[test]
    fn a_plain_colour_stays_itself() {
        assert_eq!(resize_plane(&[0.25; 12], [3, 4], [5, 2]), [0.25; 10]);
    }
}
