//! `attention`: every query's mean of the values, weighted by how well their keys fit it.

mod mask;
mod on_gpu;

use crate::amp;
use crate::array::{Array, Kept, Layout};
use crate::autograd;
use crate::cpu::attention::{Columns, Hide, Options, Parts, Sizes, backward, forward};
use crate::cpu::buffer::Buffer;
use crate::cpu::elementwise;
use crate::cpu::tile::Kernels;
use crate::cuda;
use crate::random;
use crate::raw::Raw;

pub use mask::AttentionMask;

/// Queries, keys and values.
#[derive(Clone, Copy)]
pub(crate) enum Attended<'a> {
    Apart([&'a Raw; 3]),
    /// Side by side in the rows of one tensor.
    Joined(&'a Raw),
}

/// Scaled dot-product attention (Vaswani et al. 2017, <https://arxiv.org/abs/1706.03762>) in `heads` heads: for each of them
/// `softmax(q kᵀ / √width) v`. `query` is `[batch, queries, e]`, `key` and `value` are `[batch, keys, e]`; a head has
/// `e / heads` neighbouring columns. The result is `[batch, queries, e]`, and beside it the weights, `[batch, heads,
/// queries, keys]`. A query that may look at nothing gets zeros.
///
/// While `dropout` is above 0, that share of the weights is dropped and the others made greater.
///
/// ***Panics*** if the sizes do not agree, or if `e` does not divide into the heads.
#[track_caller]
pub fn attention(
    query: &Raw,
    key: &Raw,
    value: &Raw,
    heads: usize,
    mask: &AttentionMask,
    dropout: f32,
) -> (Raw, Array) {
    let (y, weights) = attend(Attended::Apart([query, key, value]), heads, mask, dropout, true);
    let Some(weights) = weights else { unreachable!("the weights were asked for") };
    (y, weights)
}

/// [`attention`], whose weights are given only if they are to be shown.
#[track_caller]
pub(crate) fn attend(
    of: Attended,
    heads: usize,
    mask: &AttentionMask,
    dropout: f32,
    show: bool,
) -> (Raw, Option<Array>) {
    let s = sizes(of, heads);
    mask.assert_fits(s.batch, s.queries, s.keys);
    let parents = match of {
        Attended::Apart(parents) => parents.to_vec(),
        Attended::Joined(parent) => vec![parent],
    };
    if let Some(gpu) = cuda::active() {
        return on_gpu::attend(gpu, s, &parents, mask, dropout, show);
    }
    let tracked = autograd::is_enabled() && parents.iter().any(|parent| parent.is_tracked());
    let inputs: Vec<Kept> =
        parents.iter().map(|x| x.kept().in_layout(Layout::RowMajor).for_product()).collect();
    let sizes = [s.batch, s.heads, s.queries, s.keys];
    let kept = (dropout > 0.0).then(|| {
        let share = 1.0 - dropout;
        elementwise::map(&random::bernoulli(&sizes, share), |kept| kept / share)
    });
    let mask = (!mask.is_none()).then(|| mask.clone());
    let hide = mask
        .as_ref()
        .map(|mask| move |row: &mut [f32], sequence: usize, query: usize| mask.hide(row, sequence, query));
    let hide = hide.as_ref().map(|hide| hide as &Hide);
    let precision = amp::precision();
    let options = Options { kept: kept.as_ref().map(Array::values), precision };
    let arrays: Vec<Array> = inputs.iter().map(Kept::array).collect();
    let kernels = Kernels::best();
    let (y, weights) = forward(&s, kernels, columns(&s, &arrays), hide, options, tracked || show);
    let y = Array::new(&[s.batch, s.queries, s.all()], Layout::RowMajor, y);
    let weights = weights.map(|weights| Array::new(&sizes, Layout::RowMajor, weights));
    let shown = if show { weights.clone() } else { None };
    let weights = weights.map(|weights| Kept::from(weights).for_product());
    let y = Raw::from_product("attention", y, &parents, move |gradient, _| {
        let Some(weights) = weights.as_ref().map(Kept::array) else {
            unreachable!("kept wherever a parent is tracked")
        };
        let arrays: Vec<Array> = inputs.iter().map(Kept::array).collect();
        let dy = gradient.row_major();
        let mut gradients: Vec<Buffer> = arrays.iter().map(|x| Buffer::scratch(x.len())).collect();
        let options = Options { kept: kept.as_ref().map(Array::values), precision };
        let parts = parts(&s, &mut gradients);
        backward(&s, kernels, columns(&s, &arrays), weights.values(), options, dy.values(), parts);
        let gradients = gradients.into_iter().zip(&arrays);
        gradients.map(|(dx, x)| Some(Array::new(x.sizes(), Layout::RowMajor, dx))).collect()
    });
    (y, shown)
}

/// Where queries, keys and values lie.
fn columns<'a>(s: &Sizes, arrays: &'a [Array]) -> [(&'a [f32], Columns); 3] {
    let all = s.all();
    std::array::from_fn(|i| match arrays {
        [joined] => (joined.values(), Columns { stride: 3 * all, first: i * all }),
        apart => (apart[i].values(), Columns { stride: all, first: 0 }),
    })
}

/// The gradients' parts for each sequence.
fn parts<'a>(s: &Sizes, gradients: &'a mut [Buffer]) -> Vec<Parts<'a>> {
    let (of_queries, of_keys) = (s.queries * s.all(), s.keys * s.all());
    match gradients {
        [joined] => joined.chunks_exact_mut(3 * of_queries).map(Parts::Joined).collect(),
        [q, k, v] => {
            let keys = k.chunks_exact_mut(of_keys).zip(v.chunks_exact_mut(of_keys));
            let all = q.chunks_exact_mut(of_queries).zip(keys);
            all.map(|(q, (k, v))| Parts::Apart([q, k, v])).collect()
        }
        _ => unreachable!("one tensor or three"),
    }
}

#[track_caller]
fn sizes(of: Attended, heads: usize) -> Sizes {
    let sizes = match of {
        Attended::Apart(inputs) => inputs.map(Raw::sizes),
        Attended::Joined(all) => {
            let mut sizes = all.sizes();
            if let Some(last) = sizes.last_mut() {
                *last /= 3;
            }
            [(); 3].map(|()| sizes.clone())
        }
    };
    let [q, k, v] = sizes;
    let (&[batch, queries, e], &[batch2, keys, e2]) = (&q[..], &k[..]) else {
        panic!("attention: expected queries and keys [batch, steps, size], got {q:?} and {k:?}")
    };
    assert!(
        batch == batch2 && e == e2 && k == v,
        "attention: queries {q:?}, keys {k:?} and values {v:?} do not fit"
    );
    assert!(
        heads > 0 && e > 0 && e.is_multiple_of(heads),
        "attention: {e} values do not divide into {heads} heads"
    );
    assert!(queries > 0 && keys > 0, "attention: sequences of shape {q:?} and {k:?} have no steps");
    Sizes { batch, queries, keys, heads, width: e / heads }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::autograd::check_gradient;
    use crate::cuda::agreement::{agrees_with_the_cpu, close};
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let mut random = Generator::new(1);
        for (queries, keys, heads, mask) in [
            (3, 3, 2, AttentionMask::causal()),
            (2, 3, 1, AttentionMask::none().lengths(&[3, 1], 3)),
            (1, 2, 4, AttentionMask::none().pairs(vec![true, false])),
        ] {
            let inputs = [queries, keys, keys].map(|steps| random.uniform(&[2, steps, 4], -1.0, 1.0));
            check_gradient(&inputs, |x| attention(&x[0], &x[1], &x[2], heads, &mask, 0.0).0);
            check_gradient(&inputs, |x| {
                random::manual_seed(3);
                attention(&x[0], &x[1], &x[2], heads, &mask, 0.3).0
            });
        }
    }

    #[test]
    fn a_gpu_computes_what_the_cpu_does() {
        let mut random = Generator::new(4);
        for (queries, keys, heads, width) in
            [(70, 45, 3, 5), (33, 64, 1, 40), (40, 17, 2, 100), (1, 100, 1, 33), (9, 6, 2, 130)]
        {
            let inputs =
                [queries, keys, keys].map(|steps| random.uniform(&[2, steps, heads * width], -1.0, 1.0));
            let pairs = random.bernoulli(&[queries * keys], 0.7).to_vec().iter().map(|&x| x > 0.0).collect();
            for mask in [
                AttentionMask::none(),
                AttentionMask::causal(),
                AttentionMask::none().lengths(&[keys, keys / 3], keys),
                AttentionMask::causal().lengths(&[keys - 1, 0], keys).pairs(pairs),
            ] {
                agrees_with_the_cpu(&inputs, |x| attention(&x[0], &x[1], &x[2], heads, &mask, 0.0).0);
                let [q, k, v] = inputs.each_ref().map(|x| Raw::new(x.clone()));
                let weights = || attention(&q, &k, &v, heads, &mask, 0.0).1.to_vec();
                close(&Device::Cpu.scope(weights), &weights(), "weights");
            }
        }
    }

    #[test]
    fn a_share_of_the_weights_is_dropped_and_their_mean_stays() {
        random::manual_seed(5);
        // With equal scores, each result is the mean of what is kept of 64 values of 1.
        share_is_dropped(&Raw::new(Array::full(&[4, 64, 8], 1.0)), 2);
        share_is_dropped(&Raw::new(Array::full(&[8, 64, 130], 1.0)), 1);
    }

    fn share_is_dropped(x: &Raw, heads: usize) {
        let mask = AttentionMask::none();
        let y = attend(Attended::Apart([x; 3]), heads, &mask, 0.25, false).0.to_vec();
        let mean = y.iter().sum::<f32>() / y.len() as f32;
        let squares = y.iter().map(|y| (y - mean).powi(2)).sum::<f32>() / y.len() as f32;
        // The variance of a kept weight is 1/3 of its square.
        assert!((mean - 1.0).abs() < 0.02 && (squares * 64.0 - 1.0 / 3.0).abs() < 0.05, "{mean}, {squares}");
    }

    #[test]
    fn gradients_see_the_weights_that_were_dropped() {
        let mut random = Generator::new(6);
        for (queries, keys, heads, width) in
            [(70, 45, 3, 5), (33, 64, 1, 40), (40, 17, 2, 100), (9, 6, 2, 130)]
        {
            let inputs =
                [queries, keys, keys].map(|steps| random.uniform(&[2, steps, heads * width], -1.0, 1.0));
            let [q, k, v] = inputs.map(|x| Raw::new(x).requires_grad());
            let y = attention(&q, &k, &v, heads, &AttentionMask::causal(), 0.3).0;
            let dy = Raw::new(random.uniform(&y.sizes(), -1.0, 1.0));
            let gradients = autograd::backward(&crate::ops::sum(&crate::ops::mul(&y, &dy)));
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            let [of_q, of_k, of_v] = [&q, &k, &v].map(|x| dot(&x.to_vec(), &gradients.of_raw(x).to_vec()));
            // The result is linear in the values, and the scores are in queries and in keys.
            let of_y = dot(&y.to_vec(), &dy.to_vec());
            assert!((of_y - of_v).abs() < 1e-4 * (1.0 + of_y.abs()), "{of_y} and {of_v}");
            assert!((of_q - of_k).abs() < 1e-4 * (1.0 + of_q.abs()) && of_q != 0.0, "{of_q} and {of_k}");
        }
    }

    #[test]
    fn side_by_side_or_apart_is_the_same() {
        let joined = Generator::new(2).uniform(&[3, 5, 24], -1.0, 1.0);
        let mask = AttentionMask::causal();
        let run = |x: &Raw, together: bool| {
            let parts = [0, 8, 16].map(|start| crate::ops::slice(x, 2, start, 8));
            let of = if together { Attended::Joined(x) } else { Attended::Apart(parts.each_ref()) };
            let y = attend(of, 2, &mask, 0.0, false).0;
            let cost = crate::ops::sum(&crate::ops::mul(&y, &y));
            (y.to_vec(), crate::autograd::backward(&cost).of_raw(x).to_vec())
        };
        let x = Raw::new(joined).requires_grad();
        assert_eq!(run(&x, true), run(&x, false));
    }

    #[test]
    fn without_a_graph_the_result_is_the_same() {
        let x = Raw::new(Generator::new(2).uniform(&[2, 3, 4], -1.0, 1.0)).requires_grad();
        let run = || attend(Attended::Apart([&x; 3]), 2, &AttentionMask::none(), 0.0, false).0.to_vec();
        assert_eq!(run(), autograd::no_grad(run));
    }

    #[test]
    fn a_query_that_may_look_at_nothing_gets_zeros() {
        let x = Raw::new(Array::full(&[1, 2, 4], 1.0));
        let mask = AttentionMask::none().lengths(&[0], 2);
        assert_eq!(attention(&x, &x, &x, 2, &mask, 0.0).0.to_vec(), [0.0; 8]);
    }

    #[test]
    #[should_panic(expected = "attention: 4 values do not divide into 3 heads")]
    fn heads_must_divide_the_values() {
        let x = Raw::new(Array::full(&[1, 2, 4], 1.0));
        attention(&x, &x, &x, 3, &AttentionMask::none(), 0.0);
    }
}
