//! Transposed convolutions on a GPU, by the convolution whose gradient they are.

use crate::array::{Array, Finish, Layout, OnGpu};
use crate::compute::row_sum;
use crate::cpu::patches::PatchSizes;
use crate::cuda::{Ending, Gpu};
use crate::ops::convolve::inputs;
use crate::raw::Raw;

/// [`conv_transpose2d`](super::conv_transpose2d).
pub(super) fn transposed(gpu: &'static Gpu, s: PatchSizes, x: &Raw, weight: &Raw, bias: Option<&Raw>) -> Raw {
    let (input, kept, b) = inputs(x, weight, bias);
    let (pictures, w) = (input.array(), kept.array());
    let sizes = [s.batch, s.channels, s.size[0], s.size[1]];
    let make = move |finish: &Finish| {
        gpu.convolution_of_input(&s, &pictures.memory(gpu), &w, &Ending::new(gpu, b.as_ref(), finish))
    };
    let y = Array::deferred(&sizes, Layout::ChannelsLast, OnGpu(make));
    let parents: Vec<&Raw> = [x, weight].into_iter().chain(bias).collect();
    Raw::from_product("conv_transpose2d", y, &parents, move |gradient, wanted| {
        let dy = gradient.channels_last();
        let of_x = wanted[0].then(|| {
            let (dy, weight) = (dy.clone(), kept.array());
            let make = move |finish: &Finish| {
                gpu.convolution(&s, &dy.memory(gpu), &weight, &Ending::new(gpu, None, finish))
            };
            Array::deferred(input.sizes(), Layout::ChannelsLast, OnGpu(make))
        });
        let of_weight = wanted[1].then(|| {
            let x = input.array().memory(gpu);
            gpu.convolution_of_weight(&s, &dy.memory(gpu), &x, kept.sizes())
        });
        let of_bias = wanted.get(2).map(|&wanted| wanted.then(|| row_sum(&dy, s.channels)));
        [of_x, of_weight].into_iter().chain(of_bias).collect()
    })
}
