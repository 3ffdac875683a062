//! What is done to all gradients of a model.

use crate::array::Array;
use crate::cpu::elementwise;
use crate::cuda::{self, Rows};

/// The sum of the squares of all values.
pub(crate) fn squares<'a>(arrays: impl IntoIterator<Item = &'a Array>) -> f64 {
    let arrays = arrays.into_iter();
    if let Some(gpu) = cuda::active() {
        return gpu.squares(arrays.map(|array| array.memory(gpu)).collect());
    }
    let of_one = |array: &Array| array.values().iter().map(|&g| f64::from(g).powi(2)).sum::<f64>();
    arrays.map(of_one).sum()
}

/// Multiplies all values by a number.
pub(crate) fn scale<'a>(arrays: impl IntoIterator<Item = &'a mut Array>, factor: f32) {
    match cuda::active() {
        Some(gpu) => {
            gpu.scale(to_change(gpu, arrays), factor);
        }
        None => scale_there(arrays, factor, |_| ()),
    }
}

/// [`scale`], and whether all values are finite then.
pub(crate) fn scale_and_check<'a>(arrays: impl IntoIterator<Item = &'a mut Array>, factor: f32) -> bool {
    if let Some(gpu) = cuda::active() {
        let (found, mut number) = (gpu.scale(to_change(gpu, arrays), factor), [0]);
        gpu.download(&found, &mut number);
        return number == [0];
    }
    let mut finite = true;
    scale_there(arrays, factor, |array| finite = finite && array.values().iter().all(|g| g.is_finite()));
    finite
}

fn to_change<'a>(gpu: &'static cuda::Gpu, arrays: impl IntoIterator<Item = &'a mut Array>) -> Rows {
    arrays.into_iter().map(|array| array.memory_mut(gpu)).collect()
}

fn scale_there<'a>(
    arrays: impl IntoIterator<Item = &'a mut Array>,
    factor: f32,
    mut then: impl FnMut(&Array),
) {
    for array in arrays {
        *array = elementwise::map(array, |g| g * factor);
        then(array);
    }
}
