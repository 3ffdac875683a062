//! `conv_transpose2d`: what the gradient of a convolution computes.

mod on_gpu;

use super::Moves;
use super::convolve::{check_bias, check_groups, inputs, reach};
use crate::array::{Array, Finish, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::patches::{self, PatchSizes};
use crate::cpu::reduce;
use crate::cuda;
use crate::raw::Raw;

/// The transposed convolution of pictures `[n, c, h, w]` with `weight`, `[c, o / groups, kh, kw]`, plus `bias`, `[o]`: what
/// the gradient of a convolution from `o` to `c` channels computes. Each pixel writes a kernel; the result is
/// `[n, o, (h - 1) stride - 2 padding + dilation (kh - 1) + output_padding + 1, ..]`.
///
/// ***Panics*** if the sizes do not agree, if nothing is left of the result, or unless the output padding is below the
/// stride.
#[track_caller]
pub fn conv_transpose2d(
    x: &Raw,
    weight: &Raw,
    bias: Option<&Raw>,
    moves: &Moves,
    output_padding: [usize; 2],
) -> Raw {
    let sizes = transposed_sizes(x, weight, bias, moves, output_padding);
    if let Some(gpu) = cuda::active() {
        return on_gpu::transposed(gpu, sizes, x, weight, bias);
    }
    let (input, kept, b) = inputs(x, weight, bias);
    let mut y = Buffer::scratch(sizes.batch * sizes.size[0] * sizes.size[1] * sizes.channels);
    patches::input_gradient(&sizes, input.array().values(), kept.array().values(), &mut y);
    if let Some(b) = &b {
        for pixel in y.chunks_exact_mut(sizes.channels.max(1)) {
            pixel.iter_mut().zip(b.values()).for_each(|(y, b)| *y += b);
        }
    }
    let y = Array::new(&[sizes.batch, sizes.channels, sizes.size[0], sizes.size[1]], Layout::ChannelsLast, y);
    let parents: Vec<&Raw> = [x, weight].into_iter().chain(bias).collect();
    Raw::from_product("conv_transpose2d", y, &parents, move |gradient, wanted| {
        let dy = gradient.channels_last();
        let of_x = wanted[0].then(|| {
            let mut dx = Buffer::scratch(input.len());
            patches::forward(&sizes, dy.values(), kept.array().values(), None, &Finish::Plain, &mut dx);
            Array::new(input.sizes(), Layout::ChannelsLast, dx)
        });
        let of_weight = wanted[1]
            .then(|| patches::weight_gradient(&sizes, dy.values(), input.array().values(), kept.sizes()));
        let of_bias =
            wanted.get(2).map(|&wanted| wanted.then(|| reduce::row_sum(dy.values(), sizes.channels)));
        [of_x, of_weight].into_iter().chain(of_bias).collect()
    })
}

/// The sizes of the convolution whose gradient the transposed one is: from the result to `x`.
#[track_caller]
fn transposed_sizes(
    x: &Raw,
    weight: &Raw,
    bias: Option<&Raw>,
    moves: &Moves,
    output_padding: [usize; 2],
) -> PatchSizes {
    let (picture, kernel) = (x.sizes(), weight.sizes());
    let &[batch, channels, height, width] = &picture[..] else {
        panic!("conv_transpose2d: expected pictures [batch, channels, height, width], got {picture:?}")
    };
    let &[of_weight, of_group, kernel_height, kernel_width] = &kernel[..] else {
        panic!(
            "conv_transpose2d: expected a weight [in channels, out channels / groups, height, width], got {kernel:?}"
        )
    };
    assert!(
        channels == of_weight,
        "conv_transpose2d: the picture has {channels} channels, the weight is for {of_weight}"
    );
    let result = of_group * moves.groups;
    check_groups("conv_transpose2d", channels, result, moves);
    check_bias("conv_transpose2d", bias, result);
    let (from, kernel) = ([height, width], [kernel_height, kernel_width]);
    let size = [0, 1].map(|axis| {
        assert!(
            output_padding[axis] < moves.stride[axis].max(moves.dilation[axis]),
            "conv_transpose2d: the output padding, {}, must be below the stride or the dilation",
            output_padding[axis]
        );
        let full = from[axis].saturating_sub(1) * moves.stride[axis]
            + reach(kernel[axis], moves.dilation[axis])
            + output_padding[axis];
        assert!(
            full > 2 * moves.padding[axis],
            "conv_transpose2d: a padding of {} leaves nothing of {full} pixels",
            moves.padding[axis]
        );
        full - 2 * moves.padding[axis]
    });
    let Moves { stride, padding, dilation, groups } = *moves;
    PatchSizes {
        batch,
        channels: result,
        size,
        out_channels: channels,
        out_size: from,
        kernel,
        stride,
        padding,
        dilation,
        groups,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let mut random = Generator::new(2);
        let moves = |stride, padding, dilation, groups| Moves { stride, padding, dilation, groups };
        for (c, o, kernel, how, more) in [
            (2, 3, [3, 2], moves([1, 2], [1, 0], [1, 1], 1), [0, 1]),
            (4, 2, [2, 2], moves([2, 2], [0, 0], [1, 1], 2), [0, 0]),
            (1, 2, [2, 3], moves([2, 1], [1, 1], [1, 2], 1), [1, 0]),
        ] {
            let x = random.uniform(&[2, c, 2, 3], -1.0, 1.0);
            let bias = random.uniform(&[o], -1.0, 1.0);
            let weight = random.uniform(&[c, o / how.groups, kernel[0], kernel[1]], -1.0, 1.0);
            check_gradient(&[x, weight, bias], |x| conv_transpose2d(&x[0], &x[1], Some(&x[2]), &how, more));
        }
    }
}
