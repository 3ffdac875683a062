//! `crop`, `center_crop`, `pad`: a part of a picture, or room around it.

use super::{Picture, Pictures, each, pictures};
use crate::say::Msg;
use crate::shape::{DYN, Shape};
use crate::tensor::Tensor;

/// The part of `H` rows and `W` columns that begins at row `top` and column `left`.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 2, 3>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// let corner: Tensor<Rank3<1, 1, 2>> = transforms::crop(&picture, 1, 1);
/// assert_eq!(corner.to_vec(), [5.0, 6.0]);
/// ```
///
/// ***Panics*** if it reaches over the edge.
#[inline]
#[track_caller]
pub fn crop<S: Pictures<H, W>, const H: usize, const W: usize>(
    x: &Tensor<S>,
    top: usize,
    left: usize,
) -> Tensor<S::Of> {
    const { fits::<S>("crop", H, W) }
    Tensor::from_raw(each(x.raw(), "crop", &|_, picture| cut(picture, [top, left], [H, W])))
}

/// The middle: the part of `H` rows and `W` columns that is as far from one edge as from the other.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 1, 5>>::from_vec(vec![1.0, 2.0, 3.0, 4.0, 5.0]);
/// let middle: Tensor<Rank3<1, 1, 3>> = transforms::center_crop(&picture);
/// assert_eq!(middle.to_vec(), [2.0, 3.0, 4.0]);
/// ```
#[inline]
pub fn center_crop<S: Pictures<H, W>, const H: usize, const W: usize>(x: &Tensor<S>) -> Tensor<S::Of> {
    const { fits::<S>("center_crop", H, W) }
    Tensor::from_raw(each(x.raw(), "center_crop", &|_, picture| {
        let [_, height, width] = picture.sizes;
        let middle = |size: usize, part: usize| middle(size.saturating_sub(part));
        cut(picture, [middle(height, H), middle(width, W)], [H, W]);
    }))
}

/// Adds rows and columns of zeros (black) on all sides, up to the size that the type says.
///
/// ```
/// use ferrolab::prelude::*;
/// let picture = Tensor::<Rank3<1, 1, 1>>::ones();
/// let framed: Tensor<Rank3<1, 3, 3>> = transforms::pad(&picture);
/// assert_eq!(framed.to_vec(), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
/// ```
///
/// The picture stands in the middle; where it cannot, one row or column less is added above or left.
#[inline]
#[track_caller]
pub fn pad<S: Pictures<H, W>, const H: usize, const W: usize>(x: &Tensor<S>) -> Tensor<S::Of> {
    const { holds::<S>(H, W) }
    Tensor::from_raw(each(x.raw(), "pad", &|_, picture| {
        let [_, height, width] = picture.sizes;
        assert!(height <= H && width <= W, "pad: {H} x {W} pixels do not hold {height} x {width}");
        *picture = padded(picture, [(H - height) / 2, (W - width) / 2], [H, W]);
    }))
}

/// Half of what is left over, rounded to the even number as Python does.
fn middle(rest: usize) -> usize {
    (rest as f64 / 2.0).round_ties_even() as usize
}

/// The height and the width in a shape of pictures.
const fn size<S: Shape>() -> [usize; 2] {
    pictures::<S>();
    [S::DIMS[S::RANK - 2], S::DIMS[S::RANK - 1]]
}

const fn fits<S: Shape>(what: &str, height: usize, width: usize) {
    let [h, w] = size::<S>();
    if h < height || w < width {
        let msg = Msg::new().s(what).s(": ").u(height).s(" x ").u(width).s(" pixels are no part of ");
        panic!("{}", msg.u(h).s(" x ").u(w).as_str())
    }
}

const fn holds<S: Shape>(height: usize, width: usize) {
    let [h, w] = size::<S>();
    if (h != DYN && h > height) || (w != DYN && w > width) {
        let msg = Msg::new().s("pad: ").u(height).s(" x ").u(width).s(" pixels do not hold ");
        panic!("{}", msg.u(h).s(" x ").u(w).as_str())
    }
}

/// ***Panics*** if the part reaches over the edge.
#[track_caller]
pub(in crate::data) fn cut(
    picture: &mut Picture,
    [top, left]: [usize; 2],
    [new_height, new_width]: [usize; 2],
) {
    let [channels, height, width] = picture.sizes;
    assert!(
        top + new_height <= height && left + new_width <= width,
        "crop: {new_height} x {new_width} pixels from row {top} and column {left} are not all in a picture of {height} x {width}"
    );
    let rows = picture.planes().flat_map(|plane| plane.chunks_exact(width).skip(top).take(new_height));
    let values = rows.flat_map(|row| &row[left..][..new_width]).copied().collect();
    *picture = Picture { sizes: [channels, new_height, new_width], values };
}

/// A black picture of another size with this one in it.
pub(in crate::data) fn padded(
    picture: &Picture,
    [top, left]: [usize; 2],
    [new_height, new_width]: [usize; 2],
) -> Picture {
    let [channels, _, width] = picture.sizes;
    let mut values = vec![0.0; channels * new_height * new_width];
    for (plane, new) in picture.planes().zip(values.chunks_exact_mut(new_height * new_width)) {
        for (row, new) in plane.chunks_exact(width).zip(new.chunks_exact_mut(new_width).skip(top)) {
            new[left..][..width].copy_from_slice(row);
        }
    }
    Picture { sizes: [channels, new_height, new_width], values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Const, Rank3, Rank4};

    #[test]
    #[should_panic(expected = "crop: 2 x 2 pixels from row 1 and column 2 are not all in a picture of 3 x 3")]
    fn a_crop_lies_inside() {
        let _: Tensor<Rank3<1, 2, 2>> = crop(&Tensor::<Rank3<1, 3, 3>>::zeros(), 1, 2);
    }

    #[test]
    #[should_panic(expected = "pad: 2 x 2 pixels do not hold 3 x 3")]
    fn a_frame_holds_the_picture() {
        let picture =
            Tensor::<(Const<1>, usize, usize)>::from_raw(Tensor::<Rank3<1, 3, 3>>::zeros().raw().clone());
        let _: Tensor<Rank3<1, 2, 2>> = pad(&picture);
    }

    #[test]
    fn a_batch_is_cropped_picture_by_picture() {
        let x = Tensor::<Rank4<2, 1, 1, 3>>::from_vec((0..6).map(|i| i as f32).collect());
        let y: Tensor<Rank4<2, 1, 1, 1>> = center_crop(&x);
        assert_eq!(y.to_vec(), [1.0, 4.0]);
    }
}
