//! Pooling on a GPU.

use std::sync::Arc;

use crate::array::{Array, Finish, Layout, OnGpu};
use crate::autograd;
use crate::cuda::{Ending, Gpu, Memory, Windows};
use crate::raw::Raw;

/// The mean of every window.
pub(super) fn means(gpu: &'static Gpu, name: &'static str, x: &Raw, windows: Windows) -> Raw {
    let input = x.array().channels_last();
    let y = gpu.avg_pool(&windows, &input.memory(gpu));
    Raw::from_op(name, Raw::kept_as(&[x], result(&windows, windows.out, y)), &[x], move |gradient, _| {
        let dx = gpu.avg_pool_slope(&windows, &gradient.channels_last().memory(gpu));
        vec![Some(result(&windows, windows.size, dx))]
    })
}

/// The maximum of every window; NaN is passed over, or the greatest of all.
pub(crate) fn maxima(
    gpu: &'static Gpu,
    name: &'static str,
    x: &Raw,
    windows: Windows,
    nan_wins: bool,
) -> Raw {
    let input = x.array().channels_last();
    let wanted = autograd::is_enabled() && x.is_tracked();
    let (y, places) = gpu.max_pool(&windows, &input.memory(gpu), nan_wins, wanted);
    let places = places.map(Arc::new);
    let y = Raw::kept_as(&[x], result(&windows, windows.out, y));
    Raw::from_op(name, y, &[x], move |gradient, _| {
        let (dy, places) = (gradient.channels_last(), places.clone().expect("kept for a tracked input"));
        let Windows { batch, channels, size: [h, w], .. } = windows;
        let make = move |finish: &Finish| {
            gpu.max_pool_slope(&windows, &dy.memory(gpu), &places, &Ending::new(gpu, None, finish))
        };
        vec![Some(Array::deferred(&[batch, channels, h, w], Layout::ChannelsLast, OnGpu(make)))]
    })
}

/// Pictures of a size.
fn result(windows: &Windows, [h, w]: [usize; 2], values: Memory) -> Array {
    Array::on_gpu(&[windows.batch, windows.channels, h, w], Layout::ChannelsLast, values)
}
