//! `pad2d`: a border around pictures.

use crate::array::{Array, Layout};
use crate::axes::Pictures;
use crate::cpu::buffer::Buffer;
use crate::cuda;
use crate::raw::Raw;
use crate::shape::{Const, Shape, Sum};
use crate::tensor::Tensor;

/// Pictures `S` with a border of `L`, `R`, `T` and `B` pixels.
pub type Padded<S, const L: usize, const R: usize, const T: usize, const B: usize> = Tensor<(
    <S as Pictures>::Number,
    <S as Pictures>::Channels,
    Sum<Sum<Const<T>, <S as Pictures>::Height>, Const<B>>,
    Sum<Sum<Const<L>, <S as Pictures>::Width>, Const<R>>,
)>;

impl<S: Shape> Tensor<S> {
    /// Pictures with `LEFT`, `RIGHT`, `TOP` and `BOTTOM` more pixels of the value given. The order is PyTorch's.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank4<1, 1, 1, 2>>::from_vec(vec![1.0, 2.0]);
    /// let y: Tensor<Rank4<1, 1, 2, 3>> = x.pad2d::<0, 1, 0, 1>(0.0).shaped();
    /// assert_eq!(y.to_vec(), [1.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    /// ```
    #[inline]
    #[track_caller]
    pub fn pad2d<const LEFT: usize, const RIGHT: usize, const TOP: usize, const BOTTOM: usize>(
        &self,
        value: f32,
    ) -> Padded<S, LEFT, RIGHT, TOP, BOTTOM>
    where
        S: Pictures,
    {
        Tensor::from_raw(pad2d(self.raw(), [LEFT, RIGHT, TOP, BOTTOM], value))
    }
}

/// Pictures `[n, c, h, w]` with `[left, right, top, bottom]` more pixels of the value given.
///
/// ***Panics*** unless `x` has four dimensions.
#[track_caller]
pub fn pad2d(x: &Raw, border: [usize; 4], value: f32) -> Raw {
    let array = x.array();
    assert!(
        array.sizes().len() == 4,
        "pad2d: expected pictures [batch, channels, height, width], got {:?}",
        array.sizes()
    );
    let y = padded(&array, border, value);
    let sizes = array.sizes().to_vec();
    Raw::from_op("pad2d", y, &[x], move |gradient, _| vec![Some(cut(gradient, &sizes, border))])
}

/// Where a picture lies in the one with the border.
struct Place {
    /// Values of a line without and with the border.
    line: usize,
    padded_line: usize,
    /// Lines of a plane without and with the border.
    height: usize,
    padded_height: usize,
    /// The first value inside the border.
    start: usize,
}

impl Place {
    /// A plane is a picture if the channels lie inside, otherwise one channel of it.
    fn new(sizes: &[usize], layout: Layout, [left, right, top, bottom]: [usize; 4]) -> Place {
        let unit = if layout == Layout::ChannelsLast { sizes[1] } else { 1 };
        let (height, width) = (sizes[2], sizes[3]);
        let padded_line = (left + width + right) * unit;
        Place {
            line: width * unit,
            padded_line,
            height,
            padded_height: top + height + bottom,
            start: top * padded_line + left * unit,
        }
    }

    /// For every line, where it begins without and with the border.
    fn lines(&self, planes: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..planes * self.height).map(|i| {
            let (plane, row) = (i / self.height, i % self.height);
            (i * self.line, (plane * self.padded_height + row) * self.padded_line + self.start)
        })
    }

    /// The same as sizes and steps.
    fn walk(&self, planes: usize) -> ([usize; 3], [usize; 3]) {
        ([planes, self.height, self.line], [self.padded_height * self.padded_line, self.padded_line, 1])
    }
}

fn planes(array: &Array) -> usize {
    if array.layout() == Layout::ChannelsLast {
        array.sizes()[0]
    } else {
        array.sizes()[0] * array.sizes()[1]
    }
}

fn padded(x: &Array, border: [usize; 4], value: f32) -> Array {
    let [left, right, top, bottom] = border;
    let [n, c, h, w] = [0, 1, 2, 3].map(|axis| x.sizes()[axis]);
    let sizes = [n, c, top + h + bottom, left + w + right];
    let place = Place::new(x.sizes(), x.layout(), border);
    if let Some(gpu) = cuda::active() {
        let mut y = gpu.filled(&sizes, x.layout(), &Array::full(&[], value));
        let (walk, strides) = place.walk(planes(x));
        gpu.write(&x.memory(gpu), &y.memory_mut(gpu), place.start, &walk, &strides);
        return y;
    }
    let mut y = Buffer::full(sizes.iter().product(), value);
    for (from, to) in place.lines(planes(x)) {
        y[to..to + place.line].copy_from_slice(&x.values()[from..from + place.line]);
    }
    Array::new(&sizes, x.layout(), y)
}

/// What of a padded array lies inside the border; its sizes are those given.
fn cut(y: &Array, sizes: &[usize], border: [usize; 4]) -> Array {
    let place = Place::new(sizes, y.layout(), border);
    if let Some(gpu) = cuda::active() {
        let (walk, strides) = place.walk(planes(y));
        return gpu.cut(y, sizes, place.start, &walk, &strides);
    }
    let mut x = Buffer::scratch(sizes.iter().product());
    for (to, from) in place.lines(planes(y)) {
        x[to..to + place.line].copy_from_slice(&y.values()[from..from + place.line]);
    }
    Array::new(sizes, y.layout(), x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let x = Generator::new(1).uniform(&[2, 3, 2, 4], -1.0, 1.0);
        check_gradient(&[x], |x| pad2d(&x[0], [1, 2, 0, 3], 0.5));
    }

    #[test]
    fn both_layouts_get_the_same_border() {
        let x = Generator::new(2).uniform(&[2, 3, 2, 4], -1.0, 1.0);
        let of = |x: Array| pad2d(&Raw::new(x), [1, 0, 2, 1], -1.0).to_vec();
        assert_eq!(of(x.channels_last()), of(x));
    }

    #[test]
    #[should_panic(expected = "pad2d: expected pictures [batch, channels, height, width], got [2, 3]")]
    fn only_pictures_have_a_border() {
        pad2d(&Raw::new(Array::full(&[2, 3], 0.0)), [1; 4], 0.0);
    }

    #[test]
    fn borders_of_both_layouts_agree_on_every_device() {
        let x = scattered(&[2, 3, 7, 5]);
        for value in [0.0, -1.5] {
            agrees_with_the_cpu(std::slice::from_ref(&x), |x| pad2d(&x[0], [1, 2, 0, 3], value));
            let pad = || pad2d(&Raw::new(x.channels_last()), [2, 0, 1, 1], value).to_vec();
            assert_eq!(crate::Device::Cpu.scope(pad), pad());
        }
    }
}
