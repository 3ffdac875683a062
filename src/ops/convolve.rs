//! `convolve`: convolutions with everything: rectangular kernels, dilation, groups.

pub(super) mod on_gpu;

use super::{Moves, conv2d, pad2d};
use crate::array::{Array, Finish, Kept, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::patches::{self, PatchSizes};
use crate::cpu::reduce;
use crate::cuda;
use crate::raw::Raw;

/// The convolution of pictures `[n, c, h, w]` with `weight`, `[o, c / groups, kh, kw]`, plus `bias`, `[o]`: pictures
/// `[n, o, (h + 2 padding - dilation (kh - 1) - 1) / stride + 1, ..]`.
///
/// ***Panics*** if the sizes do not agree, if the kernel is larger than the padded picture, or if a number but the padding
/// is 0.
#[track_caller]
pub fn convolve(x: &Raw, weight: &Raw, bias: Option<&Raw>, moves: &Moves) -> Raw {
    convolve_behind(x, weight, bias, moves, [0, 0])
}

/// [`convolve`] of pictures with so many more zeros at the bottom and at the right.
#[track_caller]
pub(crate) fn convolve_behind(
    x: &Raw,
    weight: &Raw,
    bias: Option<&Raw>,
    moves: &Moves,
    behind: [usize; 2],
) -> Raw {
    let sizes = sizes(x, weight, bias, moves, behind);
    if let Some(gpu) = cuda::active() {
        return on_gpu::convolution(gpu, sizes, x, weight, bias);
    }
    let simple = *moves == Moves::square(moves.stride[0], moves.padding[0], 1, 1);
    if simple && sizes.kernel[0] == sizes.kernel[1] {
        let [bottom, right] = behind;
        return match bottom + right {
            0 => conv2d(x, weight, bias, moves.stride[0], moves.padding[0]),
            _ => {
                let x = pad2d(x, [0, right, 0, bottom], 0.0);
                conv2d(&x, weight, bias, moves.stride[0], moves.padding[0])
            }
        };
    }
    let (input, kept, b) = inputs(x, weight, bias);
    let [height, width] = sizes.out_size;
    let y_sizes = [sizes.batch, sizes.out_channels, height, width];
    let (pictures, w) = (input.array(), kept.array());
    let y = Array::deferred(&y_sizes, Layout::ChannelsLast, move |finish: &Finish| {
        let mut y = Buffer::scratch(y_sizes.iter().product());
        finish.ready();
        patches::forward(
            &sizes,
            pictures.values(),
            w.values(),
            b.as_ref().map(Array::values),
            finish,
            &mut y,
        );
        y
    });
    let parents: Vec<&Raw> = [x, weight].into_iter().chain(bias).collect();
    Raw::from_product("conv2d", y, &parents, move |gradient, wanted| {
        let dy = gradient.channels_last();
        let of_x = wanted[0].then(|| {
            let mut dx = Buffer::scratch(input.len());
            patches::input_gradient(&sizes, dy.values(), kept.array().values(), &mut dx);
            Array::new(input.sizes(), Layout::ChannelsLast, dx)
        });
        let of_weight = wanted[1]
            .then(|| patches::weight_gradient(&sizes, input.array().values(), dy.values(), kept.sizes()));
        let of_bias =
            wanted.get(2).map(|&wanted| wanted.then(|| reduce::row_sum(dy.values(), sizes.out_channels)));
        [of_x, of_weight].into_iter().chain(of_bias).collect()
    })
}

#[track_caller]
fn sizes(x: &Raw, weight: &Raw, bias: Option<&Raw>, moves: &Moves, behind: [usize; 2]) -> PatchSizes {
    let (picture, kernel) = (x.sizes(), weight.sizes());
    let &[batch, channels, height, width] = &picture[..] else {
        panic!("conv2d: expected pictures [batch, channels, height, width], got {picture:?}")
    };
    let &[out_channels, of_group, kernel_height, kernel_width] = &kernel[..] else {
        panic!(
            "conv2d: expected a weight [out channels, in channels / groups, height, width], got {kernel:?}"
        )
    };
    check_groups("conv2d", channels, out_channels, moves);
    assert!(
        channels / moves.groups == of_group,
        "conv2d: the picture has {channels} channels in {} groups, the weight is for {of_group} a group",
        moves.groups
    );
    check_bias("conv2d", bias, out_channels);
    let (size, kernel) = ([height, width], [kernel_height, kernel_width]);
    let out_size = [0, 1].map(|axis| {
        let padded = size[axis] + 2 * moves.padding[axis] + behind[axis];
        let reach = reach(kernel[axis], moves.dilation[axis]);
        assert!(
            padded >= reach,
            "conv2d: the kernel ({kernel_height}x{kernel_width}, with dilation {}) is larger than its input ({} pixels \
             with padding {})",
            moves.dilation[axis],
            size[axis],
            moves.padding[axis]
        );
        (padded - reach) / moves.stride[axis] + 1
    });
    let Moves { stride, padding, dilation, groups } = *moves;
    PatchSizes { batch, channels, size, out_channels, out_size, kernel, stride, padding, dilation, groups }
}

/// Pictures, weight and bias as a convolution reads them, rounded inside `autocast`. The pictures are made, if they are not
/// there yet: one operation waits at most, not a chain of them.
pub(super) fn inputs(x: &Raw, weight: &Raw, bias: Option<&Raw>) -> (Kept, Kept, Option<Array>) {
    let input = x.kept().in_layout(Layout::ChannelsLast).for_product();
    input.make();
    let weight = weight.kept().in_layout(Layout::RowMajor).for_product();
    (input, weight, bias.map(|bias| bias.kept().for_product().array()))
}

/// How many pixels a dilated kernel spans.
pub(super) fn reach(kernel: usize, dilation: usize) -> usize {
    dilation * kernel.saturating_sub(1) + 1
}

#[track_caller]
pub(super) fn check_groups(name: &str, channels: usize, out_channels: usize, moves: &Moves) {
    let numbers = moves.stride.iter().chain(&moves.dilation).chain([&moves.groups]);
    assert!(
        numbers.into_iter().all(|&number| number > 0),
        "{name}: stride, dilation and groups must be at least 1, got {moves:?}"
    );
    assert!(
        channels.is_multiple_of(moves.groups) && out_channels.is_multiple_of(moves.groups),
        "{name}: {channels} channels to {out_channels} do not divide into {} groups",
        moves.groups
    );
}

#[track_caller]
pub(super) fn check_bias(name: &str, bias: Option<&Raw>, channels: usize) {
    if let Some(bias) = bias {
        assert!(
            bias.sizes() == [channels],
            "{name}: expected a bias of shape [{channels}], got {:?}",
            bias.sizes()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::agrees_within;
    use crate::ops::{conv_transpose2d, conv1d, relu, relu6};
    use crate::random::Generator;

    fn moves(stride: [usize; 2], padding: [usize; 2], dilation: [usize; 2], groups: usize) -> Moves {
        Moves { stride, padding, dilation, groups }
    }

    #[test]
    fn every_device_convolves_as_the_cpu_does() {
        let mut random = Generator::new(9);
        let mut uniform = |sizes: &[usize]| random.uniform(sizes, -1.0, 1.0);
        let inputs = [
            uniform(&[2, 3, 9, 8]),
            uniform(&[5, 3, 3, 3]),
            uniform(&[5]),
            uniform(&[6, 5, 1, 1]),
            uniform(&[6, 1, 3, 3]),
            uniform(&[6, 2, 3, 3]),
            uniform(&[4]),
        ];
        agrees_within(1e-4, &inputs, |x| {
            let y = relu(&conv2d(&x[0], &x[1], Some(&x[2]), 1, 1));
            let y = relu6(&conv2d(&y, &x[3], None, 1, 0));
            let y = relu(&convolve(&y, &x[4], None, &Moves::square(2, 1, 1, 6)));
            conv_transpose2d(&y, &x[5], Some(&x[6]), &Moves::square(2, 1, 1, 2), [1, 0])
        });
        let (sequences, kernels) = (uniform(&[2, 4, 11]), uniform(&[6, 2, 3]));
        agrees_within(1e-4, &[sequences, kernels], |x| {
            conv1d(&x[0], &x[1], None, &Moves::square(2, 1, 2, 2))
        });
        agrees_within(1e-4, &[uniform(&[1, 2, 5, 5]), uniform(&[3, 2, 2, 2])], |x| {
            convolve_behind(&x[0], &x[1], None, &Moves::default(), [1, 1])
        });
    }

    #[test]
    fn gradient() {
        let mut random = Generator::new(1);
        for (c, o, kernel, how) in [
            (2, 3, [3, 2], moves([1, 2], [1, 0], [1, 1], 1)),
            (3, 3, [3, 3], moves([1, 1], [1, 1], [1, 1], 3)),
            (4, 2, [2, 2], moves([2, 1], [1, 1], [1, 2], 2)),
            (2, 2, [3, 3], moves([1, 1], [2, 2], [2, 2], 1)),
        ] {
            let x = random.uniform(&[2, c, 4, 5], -1.0, 1.0);
            let bias = random.uniform(&[o], -1.0, 1.0);
            let weight = random.uniform(&[o, c / how.groups, kernel[0], kernel[1]], -1.0, 1.0);
            check_gradient(&[x, weight, bias], |x| convolve(&x[0], &x[1], Some(&x[2]), &how));
        }
    }

    #[test]
    fn gradient_with_more_zeros_behind() {
        let mut random = Generator::new(4);
        for (c, o, how, behind) in [
            (2, 2, moves([2, 2], [0, 0], [1, 1], 1), [1, 1]),
            (3, 3, moves([2, 2], [1, 1], [1, 1], 3), [1, 0]),
            (3, 3, moves([1, 1], [1, 1], [1, 1], 3), [0, 2]),
            (4, 2, moves([2, 1], [0, 1], [1, 1], 2), [1, 1]),
        ] {
            let x = random.uniform(&[2, c, 4, 5], -1.0, 1.0);
            let weight = random.uniform(&[o, c / how.groups, 3, 3], -1.0, 1.0);
            let [bottom, right] = behind;
            let all =
                |x: &Raw, w: &Raw| convolve(&pad2d(x, [0, right, 0, bottom], 0.0), w, None, &how).to_vec();
            let few = |x: &Raw, w: &Raw| convolve_behind(x, w, None, &how, behind).to_vec();
            let [a, b] = [x.clone(), weight.clone()].map(Raw::new);
            assert!(all(&a, &b).iter().zip(few(&a, &b)).all(|(a, b)| (a - b).abs() < 1e-5));
            check_gradient(&[x, weight], |x| convolve_behind(&x[0], &x[1], None, &how, behind));
        }
    }

    #[test]
    fn the_general_way_gives_what_the_fast_way_gives() {
        let mut random = Generator::new(3);
        let x = Raw::new(random.uniform(&[2, 3, 9, 8], -1.0, 1.0));
        let weight = Raw::new(random.uniform(&[5, 3, 3, 3], -1.0, 1.0));
        let fast = conv2d(&x, &weight, None, 2, 1).to_vec();
        let sizes = sizes(&x, &weight, None, &Moves::square(2, 1, 1, 1), [0, 0]);
        let mut y = Buffer::scratch(fast.len());
        patches::forward(
            &sizes,
            x.array().channels_last().values(),
            weight.array().values(),
            None,
            &Finish::Plain,
            &mut y,
        );
        let general = Array::new(&[2, 5, 5, 4], Layout::ChannelsLast, y).to_vec();
        assert!(fast.iter().zip(general).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    #[should_panic(expected = "conv2d: 3 channels to 4 do not divide into 2 groups")]
    fn groups_must_divide_the_channels() {
        let [x, w] = [&[1, 3, 4, 4][..], &[4, 1, 3, 3]].map(|sizes| Raw::new(Array::full(sizes, 1.0)));
        convolve(&x, &w, None, &Moves::square(1, 0, 1, 2));
    }

    #[test]
    #[should_panic(
        expected = "the kernel (3x3, with dilation 2) is larger than its input (4 pixels with padding 0)"
    )]
    fn a_dilated_kernel_must_fit() {
        let [x, w] = [&[1, 1, 4, 4][..], &[1, 1, 3, 3]].map(|sizes| Raw::new(Array::full(sizes, 1.0)));
        convolve(&x, &w, None, &Moves::square(1, 0, 2, 1));
    }
}
