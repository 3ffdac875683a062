//! Pictures as they stand in a chart: bytes of `[C, H, W]` to PNG inside SVG, and colours for a map of numbers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::io::image::{Pixels, encode_png, to_byte};

/// A picture with red, green and blue side by side for each pixel: `[H, W, 3]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

impl Picture {
    /// From planes `[C, H, W]`, C = 1 (grey) or 3 (red, green, blue).
    ///
    /// ***Panics*** if the shape has another C or a zero, or the pixels are not as many as it says.
    #[track_caller]
    pub fn from_planes(pixels: &[u8], shape: [usize; 3]) -> Self {
        let [channels, height, width] = shape;
        assert!(
            matches!(channels, 1 | 3),
            "a picture has 1 or 3 channels, found the shape {shape:?} ([C, H, W])"
        );
        assert!(height > 0 && width > 0, "a picture has pixels, found the shape {shape:?} ([C, H, W])");
        let plane = height * width;
        assert_eq!(
            pixels.len(),
            channels * plane,
            "the number of pixels for the shape {shape:?} ([C, H, W])"
        );
        let rgb = (0..plane)
            .flat_map(|at| [0, 1, 2].map(|channel| pixels[channel % channels * plane + at]))
            .collect();
        Self { width, height, rgb }
    }

    /// An `<image>` element that shows it at `(x, y)` in this size, its pixels kept as sharp squares.
    pub fn to_svg(&self, (x, y): (i32, i32), (width, height): (i32, i32)) -> String {
        let data = STANDARD.encode(self.to_png());
        format!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{data}\"/>\n"
        )
    }

    /// The picture as a PNG file.
    fn to_png(&self) -> Vec<u8> {
        let pixels = Pixels { channels: 3, height: self.height, width: self.width, bytes: self.rgb.clone() };
        encode_png(&pixels).unwrap_or_else(|error| {
            panic!("a picture of {}x{} could not be packed: {error}", self.width, self.height)
        })
    }
}

/// Floats in 0..=1 as bytes; what lies outside is cut off, what is not a number becomes 0.
pub(super) fn to_bytes(pixels: &[f32]) -> Vec<u8> {
    pixels.iter().copied().map(to_byte).collect()
}

/// Puts `elements` on top of everything in `svg`.
pub(super) fn insert(svg: &str, elements: &str) -> String {
    let body = svg.trim_end().strip_suffix("</svg>").unwrap_or(svg);
    format!("{body}{elements}</svg>\n")
}

/// A colour from white to dark blue for a share in 0..=1: the counts of a confusion matrix.
pub(super) fn blues(share: f64) -> [u8; 3] {
    blend(&[[255, 255, 255], [198, 219, 239], [107, 174, 214], [33, 113, 181], [8, 48, 107]], share)
}

/// A colour from dark orange over white (the middle) to dark blue for a share in 0..=1: numbers below and above zero (after
/// `PuOr` and `Blues` of ColorBrewer, by Cynthia Brewer).
pub(super) fn orange_blue(share: f64) -> [u8; 3] {
    blend(&[[179, 88, 6], [253, 184, 99], [255, 255, 255], [107, 174, 214], [8, 69, 148]], share)
}

/// A colour from black over red to light yellow for a share in 0..=1, evenly brighter: a map of heat (after `inferno` of
/// matplotlib, by Nathaniel Smith and Stéfan van der Walt, public domain).
pub(super) fn inferno(share: f64) -> [u8; 3] {
    const STOPS: [[u8; 3]; 9] = [
        [0, 0, 4],
        [31, 12, 72],
        [85, 15, 109],
        [136, 34, 106],
        [186, 54, 85],
        [227, 89, 51],
        [249, 140, 10],
        [249, 201, 50],
        [252, 255, 164],
    ];
    blend(&STOPS, share)
}

/// The colour at `share` of the way along `stops`.
fn blend(stops: &[[u8; 3]], share: f64) -> [u8; 3] {
    let at = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let low = (at as usize).min(stops.len() - 2);
    let part = at - low as f64;
    std::array::from_fn(|channel| {
        let (from, to) = (f64::from(stops[low][channel]), f64::from(stops[low + 1][channel]));
        (from + (to - from) * part).round() as u8
    })
}
