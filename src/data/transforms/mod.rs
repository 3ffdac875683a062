//! Changes of pictures, one file each; definitions and names are torchvision's (`torchvision.transforms.functional`).
//!
//! They take one picture `[C, H, W]` or a batch `[N, C, H, W]`, values from 0 to 1 where colours matter, and are not
//! differentiable: they prepare data. At random, for training, they are put together by [`Augment`](crate::Augment).
//!
//! | | |
//! |---|---|
//! | place | [`flip_horizontal`], [`flip_vertical`], [`rotate`], [`pad`], [`crop`], [`center_crop`], [`resize`] |
//! | colour | [`adjust_brightness`], [`adjust_contrast`], [`adjust_saturation`], [`adjust_hue`], [`grayscale`], [`normalize`] |
//! | damage | [`erase`], [`add_noise`] |
//!
//! ```
//! use ferrolab::prelude::*;
//! let picture = Tensor::<Rank3<3, 40, 60>>::uniform(0.0, 1.0);
//! let square: Tensor<Rank3<3, 32, 32>> = transforms::resize(&transforms::center_crop::<_, 40, 40>(&picture));
//! let rotated = transforms::rotate(&square, 15.0);
//! ```

mod color;
mod crop;
mod erase;
mod flip;
mod noise;
mod normalize;
mod resize;
mod rotate;

use crate::array::Array;
use crate::cpu::threads;
use crate::raw::Raw;
use crate::shape::{Const, Dim, Shape};

pub use color::{adjust_brightness, adjust_contrast, adjust_hue, adjust_saturation, grayscale};
pub(super) use color::{brightness, contrast, grey, hue, saturation};
pub use crop::{center_crop, crop, pad};
pub(super) use crop::{cut, padded};
pub use erase::erase;
pub(super) use erase::fill;
pub use flip::{flip_horizontal, flip_vertical};
pub(super) use flip::{mirror, upside_down};
pub use noise::add_noise;
pub(super) use noise::noisy;
pub use normalize::normalize;
pub(super) use normalize::standardized;
pub use resize::resize;
pub(super) use resize::stretched;
pub use rotate::rotate;
pub(super) use rotate::turned;

/// The shape of a picture `[C, H, W]` or a batch of them, and what it becomes with `H` rows and `W` columns.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the shape of pictures",
    label = "expected [channels, height, width], perhaps with a batch dimension in front"
)]
pub trait Pictures<const H: usize, const W: usize>: Shape {
    /// The shape with this size.
    type Of: Shape;
}

impl<C: Dim, H1: Dim, W1: Dim, const H: usize, const W: usize> Pictures<H, W> for (C, H1, W1) {
    type Of = (C, Const<H>, Const<W>);
}

impl<N: Dim, C: Dim, H1: Dim, W1: Dim, const H: usize, const W: usize> Pictures<H, W> for (N, C, H1, W1) {
    type Of = (N, C, Const<H>, Const<W>);
}

/// One picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Picture {
    /// Channels, height, width.
    pub(super) sizes: [usize; 3],
    /// In row-major order.
    pub(super) values: Vec<f32>,
}

impl Picture {
    /// Each channel, row by row.
    pub(super) fn planes(&self) -> impl Iterator<Item = &[f32]> {
        let [_, height, width] = self.sizes;
        self.values.chunks_exact((height * width).max(1))
    }

    /// Each channel, row by row.
    pub(super) fn planes_mut(&mut self) -> impl Iterator<Item = &mut [f32]> {
        let [_, height, width] = self.sizes;
        self.values.chunks_exact_mut((height * width).max(1))
    }
}

/// Panics while compiling unless a tensor of this shape may hold pictures.
const fn pictures<S: Shape>() {
    assert!(
        S::RANK == 3 || S::RANK == 4,
        "expected pictures [channels, height, width], perhaps with a batch dimension in front"
    );
}

/// Changes each picture of `[C, H, W]` or `[N, C, H, W]`, on all processors. `change` is told the picture's number. All of
/// them get the same new size.
#[track_caller]
pub(super) fn each(pictures: &Raw, what: &str, change: &(dyn Fn(usize, &mut Picture) + Sync)) -> Raw {
    let array = pictures.array().row_major();
    let (batch, &[channels, height, width]) = array.sizes().split_at(array.sizes().len().saturating_sub(3))
    else {
        panic!(
            "{what} needs pictures [channels, height, width], got examples of shape {:?}",
            &array.sizes()[1..]
        )
    };
    let len = channels * height * width;
    if array.is_empty() {
        return pictures.clone();
    }
    let changed = threads::collect(array.len() / len, |number| {
        let values = array.values()[number * len..][..len].to_vec();
        let mut picture = Picture { sizes: [channels, height, width], values };
        change(number, &mut picture);
        picture
    });
    let sizes = [batch, &changed[0].sizes].concat();
    let values: Vec<f32> = changed.into_iter().flat_map(|picture| picture.values).collect();
    Raw::new(Array::from_vec(&sizes, values))
}
