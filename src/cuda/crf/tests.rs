//! Chains of one tag, of several, of more than a warp has threads and of more than a block has; sequences of all lengths.

use crate::Device;
use crate::array::Array;
use crate::autograd::{backward, no_grad};
use crate::cuda::agreement::{agrees_with_the_cpu, close_within};
use crate::ops::{self, Chain};
use crate::random::Generator;
use crate::raw::Raw;

/// `[batch, steps, tags]`, several of each.
const SIZES: [[usize; 3]; 11] = [
    [0, 3, 2],
    [1, 1, 1],
    [5, 3, 1],
    [1, 7, 2],
    [40, 9, 2],
    [3, 1, 5],
    [7, 6, 5],
    [64, 12, 6],
    [4, 5, 33],
    [2, 3, 300],
    [1, 2, 700],
];

/// Emissions, transitions, start and end. Emissions behind the length of a sequence are no numbers.
fn inputs([batch, steps, tags]: [usize; 3], lengths: &[usize]) -> Vec<Array> {
    let mut random = Generator::new((batch + steps + tags) as u64);
    let sizes: [&[usize]; 4] = [&[batch, steps, tags], &[tags, tags], &[tags], &[tags]];
    let mut inputs: Vec<Array> = sizes.iter().map(|sizes| random.uniform(sizes, -3.0, 3.0)).collect();
    for (sequence, &length) in inputs[0].values_mut().chunks_mut(steps * tags).zip(lengths) {
        sequence[length * tags..].fill(f32::NAN);
    }
    inputs
}

/// From one step to all.
fn lengths([batch, steps, _]: [usize; 3]) -> Vec<usize> {
    (0..batch).map(|sequence| 1 + (sequence * 7 + steps - 1) % steps).collect()
}

/// Behind the length of a sequence they are none.
fn tags([batch, steps, tags]: [usize; 3], lengths: &[usize]) -> Vec<usize> {
    let tag = |at: usize| if at % steps < lengths[at / steps] { at * 7 % tags } else { usize::MAX };
    (0..batch * steps).map(tag).collect()
}

fn chain(x: &[Raw]) -> Chain<'_> {
    Chain { transitions: &x[1], start: &x[2], end: &x[3] }
}

/// What `f` finds on the CPU and on the current device.
fn on_both<T>(inputs: &[Array], f: impl Fn(&[Raw]) -> T) -> [T; 2] {
    let inputs = || inputs.iter().map(|input| Raw::new(input.clone())).collect::<Vec<_>>();
    [Device::Cpu, Device::current()].map(|device| device.scope(|| f(&inputs())))
}

#[test]
fn costs_and_slopes_are_those_of_the_cpu() {
    for sizes in SIZES {
        let lengths = lengths(sizes);
        let tags = tags(sizes, &lengths);
        agrees_with_the_cpu(&inputs(sizes, &lengths), |x| ops::crf(&x[0], chain(x), &tags, &lengths));
    }
}

#[test]
fn costs_without_slopes_are_the_same() {
    for sizes in SIZES {
        let lengths = lengths(sizes);
        let tags = tags(sizes, &lengths);
        let [expected, found] = on_both(&inputs(sizes, &lengths), |x| {
            no_grad(|| ops::crf(&x[0], chain(x), &tags, &lengths).to_vec())
        });
        close_within(0.0, &expected, &found, &format!("{sizes:?}"));
    }
}

#[test]
fn the_likeliest_tags_are_those_of_the_cpu() {
    for sizes in SIZES {
        let lengths = lengths(sizes);
        let [expected, found] =
            on_both(&inputs(sizes, &lengths), |x| ops::crf_decode(&x[0], chain(x), &lengths));
        assert_eq!(found, expected, "{sizes:?}");
    }
}

#[test]
fn of_ways_alike_the_first_is_taken_as_on_the_cpu() {
    let whole =
        |array: Array| Array::from_vec(array.sizes(), array.to_vec().iter().map(|x| x.round()).collect());
    for sizes in [[6, 8, 3], [3, 5, 40]] {
        let lengths = vec![sizes[1]; sizes[0]];
        let inputs: Vec<Array> = inputs(sizes, &lengths).into_iter().map(whole).collect();
        let [expected, found] = on_both(&inputs, |x| ops::crf_decode(&x[0], chain(x), &lengths));
        assert_eq!(found, expected, "{sizes:?}");
        let same = inputs.iter().map(|input| Array::full(input.sizes(), 0.5)).collect::<Vec<_>>();
        let [_, found] = on_both(&same, |x| ops::crf_decode(&x[0], chain(x), &lengths));
        assert!(found.concat().iter().all(|&tag| tag == 0), "{found:?}");
    }
}

#[test]
fn ways_that_cannot_be_gone_cost_nothing() {
    let sizes = [2, 4, 3];
    let mut inputs = inputs(sizes, &[4, 4]);
    // Nothing follows tag 0, and nothing begins with tag 1.
    inputs[1].values_mut()[..3].fill(f32::NEG_INFINITY);
    inputs[2].values_mut()[1] = f32::NEG_INFINITY;
    inputs[0].values_mut()[4] = f32::NEG_INFINITY;
    let tags = [2, 2, 1, 0, 2, 1, 2, 1];
    agrees_with_the_cpu(&inputs, |x| ops::crf(&x[0], chain(x), &tags, &[4, 3]));
    let [expected, found] = on_both(&inputs, |x| ops::crf_decode(&x[0], chain(x), &[4, 3]));
    assert_eq!(found, expected);
}

#[test]
fn each_parent_may_be_the_only_one_with_a_gradient() {
    let (sizes, lengths) = ([3, 4, 5], [4, 2, 3]);
    let inputs = inputs(sizes, &lengths);
    let tags = tags(sizes, &lengths);
    for tracked in 0..4 {
        let [expected, found] = on_both(&inputs, |x| {
            let mut x = x.to_vec();
            x[tracked] = x[tracked].requires_grad();
            let loss = ops::crf(&x[0], chain(&x), &tags, &lengths);
            let mut found = loss.to_vec();
            found.extend(backward(&loss).of_raw(&x[tracked]).to_vec());
            found
        });
        close_within(1e-6, &expected, &found, &format!("of parent {tracked}"));
    }
}

#[test]
fn results_are_the_same_bits_every_time() {
    let sizes = [64, 12, 6];
    let lengths = lengths(sizes);
    let (inputs, tags) = (inputs(sizes, &lengths), tags(sizes, &lengths));
    let bits = || {
        let x: Vec<Raw> = inputs.iter().map(|input| Raw::new(input.clone()).requires_grad()).collect();
        let loss = ops::crf(&x[0], chain(&x), &tags, &lengths);
        let gradients = backward(&loss);
        let all = x.iter().flat_map(|x| gradients.of_raw(x).to_vec()).chain(loss.to_vec());
        all.map(f32::to_bits).collect::<Vec<u32>>()
    };
    assert_eq!(bits(), bits());
}
