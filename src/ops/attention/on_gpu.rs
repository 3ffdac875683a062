//! Attention on a GPU: the same operation, whose weights are made again for the gradients.

use std::borrow::Borrow;
use std::sync::Arc;

use super::AttentionMask;
use crate::array::{Array, Kept, Layout};
use crate::cpu::attention::Sizes;
use crate::cuda::{Gpu, Heads, Memory, Outcome};
use crate::random;
use crate::raw::Raw;

/// [`attend`](super::attend) where one tensor or three are the parents.
pub(super) fn attend(
    gpu: &'static Gpu,
    s: Sizes,
    parents: &[&Raw],
    mask: &AttentionMask,
    dropout: f32,
    show: bool,
) -> (Raw, Option<Array>) {
    // Inside `autocast` inputs and results are rounded; weights, which are never written, are not.
    let inputs: Vec<Kept> =
        parents.iter().map(|parent| parent.kept().in_layout(Layout::RowMajor).for_product()).collect();
    let sizes: Vec<Vec<usize>> = parents.iter().map(|parent| parent.sizes()).collect();
    let [there, pairs] = mask.memory(gpu);
    let stride = if parents.len() == 1 { 3 * s.all() } else { s.all() };
    // The weights that are dropped are drawn again on the way back, which is cheaper than to keep them.
    let seed = if dropout > 0.0 { random::seed() } else { 0 };
    let causal = mask.is_causal();
    let heads = Heads { sizes: s, stride, causal, kept: 1.0 - dropout, seed, there, pairs };
    let memory: Vec<Arc<Memory>> = inputs.iter().map(|input| input.array().memory(gpu)).collect();
    let (y, kept) = gpu.attention(&heads, places(&s, &memory));
    let shown = show.then(|| {
        let [q, k, _] = places(&s, &memory);
        let weights = gpu.attention_weights(&heads, [q, k], &kept);
        Array::on_gpu(&[s.batch, s.heads, s.queries, s.keys], Layout::RowMajor, weights)
    });
    let y = Array::on_gpu(&[s.batch, s.queries, s.all()], Layout::RowMajor, y);
    let result = y.clone();
    let y = Raw::from_product("attention", y, parents, move |gradient, _| {
        let memory: Vec<Arc<Memory>> = inputs.iter().map(|input| input.array().memory(gpu)).collect();
        let gradients: Vec<Memory> = memory.iter().map(|input| Memory::scratch(gpu, input.len())).collect();
        let outcome = Outcome { y: &result.memory(gpu), kept: &kept };
        let dy = gradient.row_major().memory(gpu);
        gpu.attention_back(&heads, places(&s, &memory), outcome, &dy, places(&s, &gradients));
        let gradients = gradients.into_iter().zip(&sizes);
        gradients.map(|(dx, sizes)| Some(Array::on_gpu(sizes, Layout::RowMajor, dx))).collect()
    });
    (y, shown)
}

/// Where queries, keys and values lie.
fn places<'a, M: Borrow<Memory>>(s: &Sizes, memory: &'a [M]) -> [(&'a Memory, usize); 3] {
    std::array::from_fn(|i| match memory {
        [joined] => (joined.borrow(), i * s.all()),
        apart => (apart[i].borrow(), 0),
    })
}
