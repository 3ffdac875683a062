//! The loss by its definition, its gradient, and what it says of wrong input.

use super::*;
use crate::autograd::{backward, check_gradient};
use crate::cuda::agreement::agrees_with_the_cpu;
use crate::random::Generator;

fn log_probabilities(sizes: [usize; 3], seed: u64) -> Array {
    let x = Raw::new(Generator::new(seed).uniform(&sizes, -2.0, 2.0));
    crate::ops::log_softmax(&x).array()
}

#[test]
fn gradient() {
    let targets = vec![vec![1, 2], vec![3, 3], vec![]];
    for rule in [Ctc::new(), Ctc::new().sum()] {
        check_gradient(&[log_probabilities([5, 3, 4], 1)], |x| raw(&x[0], targets.clone(), &[5, 4, 3], rule));
    }
    check_gradient(&[log_probabilities([3, 1, 3], 2)], |x| {
        raw(&x[0], vec![vec![0, 1]], &[3], Ctc::new().blank(2))
    });
}

/// The definition: every way to put a class on each frame that says the target.
fn by_definition(x: &Array, target: &[usize], blank: usize) -> f64 {
    let &[frames, _, classes] = x.sizes() else { unreachable!() };
    let mut probability = 0.0;
    for way in 0..classes.pow(frames as u32) {
        let path: Vec<usize> = (0..frames).map(|t| way / classes.pow(t as u32) % classes).collect();
        let mut said = path.clone();
        said.dedup();
        said.retain(|&class| class != blank);
        if said == target {
            let one = path.iter().enumerate().map(|(t, &class)| f64::from(x.values()[t * classes + class]));
            probability += one.sum::<f64>().exp();
        }
    }
    -probability.ln()
}

#[test]
fn the_loss_is_that_of_all_ways_to_say_the_target() {
    let targets: [&[usize]; 7] = [&[], &[1], &[1, 1], &[1, 2, 1], &[2, 2, 1], &[2, 1, 2, 1], &[1, 1, 1]];
    for frames in 1..6 {
        let x = log_probabilities([frames, 1, 3], frames as u64);
        for target in targets {
            let ours =
                raw(&Raw::new(x.clone()), vec![target.to_vec()], &[frames], Ctc::new().sum()).to_vec()[0];
            let expected = by_definition(&x, target, 0) as f32;
            let same = ours == expected || (ours - expected).abs() < 1e-5;
            assert!(same, "{target:?} in {frames} frames: {ours}, not {expected}");
        }
    }
}

#[test]
fn a_target_that_does_not_fit_costs_infinitely_much_or_nothing() {
    let x = Raw::new(log_probabilities([2, 2, 3], 5)).requires_grad();
    let (targets, lengths) = (vec![vec![1, 1], vec![2]], [2, 2]);
    let infinite = raw(&x, targets.clone(), &lengths, Ctc::new());
    assert_eq!(infinite.to_vec(), [f32::INFINITY]);
    assert!(backward(&infinite).of_raw(&x).to_vec()[0].is_nan());
    let loss = raw(&x, targets, &lengths, Ctc::new().zero_infinity());
    let gradient = backward(&loss).of_raw(&x).to_vec();
    assert!(loss.to_vec()[0].is_finite());
    assert_eq!((&gradient[0..3], &gradient[6..9]), (&[0.0; 3][..], &[0.0; 3][..]));
    assert!(gradient[3..6].iter().any(|&g| g < 0.0) && gradient.iter().all(|g| g.is_finite()));
}

#[test]
fn an_impossible_class_and_thousands_of_frames_stay_numbers() {
    let mut x = Array::full(&[2, 1, 3], (0.5f32).ln());
    x.values_mut()[2] = f32::NEG_INFINITY;
    x.values_mut()[5] = f32::NEG_INFINITY;
    let x = Raw::new(x).requires_grad();
    let loss = raw(&x, vec![vec![1]], &[2], Ctc::new());
    assert!((loss.to_vec()[0] - (4f32 / 3.0).ln()).abs() < 1e-6);
    assert!(backward(&loss).of_raw(&x).to_vec().iter().all(|g| g.is_finite()));
    let long = Raw::new(log_probabilities([4000, 1, 5], 6));
    let target = (0..700).map(|i| 1 + i % 4).collect();
    assert!(raw(&long, vec![target], &[4000], Ctc::new()).to_vec()[0].is_finite());
}

#[test]
fn frames_behind_the_end_have_no_gradient() {
    let x = Raw::new(log_probabilities([4, 1, 3], 7)).requires_grad();
    let loss = raw(&x, vec![vec![1]], &[2], Ctc::new());
    assert_eq!(backward(&loss).of_raw(&x).to_vec()[6..], [0.0; 6]);
}

#[test]
fn no_frames_say_nothing_and_have_no_gradient() {
    for (target, expected) in [(vec![], 0.0), (vec![1], f32::INFINITY)] {
        let x = Raw::new(log_probabilities([2, 1, 3], 8)).requires_grad();
        let loss = raw(&x, vec![target], &[0], Ctc::new());
        assert_eq!(loss.to_vec(), [expected]);
        assert_eq!(backward(&loss).of_raw(&x).to_vec(), [0.0; 6]);
    }
}

/// By every rule; `of_blank` says which class is the blank.
#[track_caller]
fn agrees(sizes: [usize; 3], blank: usize, targets: &[&[usize]], lengths: &[usize]) {
    let x = log_probabilities(sizes, 9);
    let rule = Ctc::new().blank(blank);
    for rule in [rule, rule.sum(), rule.zero_infinity(), rule.zero_infinity().sum()] {
        let targets = || targets.iter().map(|target| target.to_vec()).collect();
        agrees_with_the_cpu(std::slice::from_ref(&x), |x| raw(&x[0], targets(), lengths, rule));
    }
}

#[test]
fn targets_of_all_kinds_cost_what_they_cost_on_the_cpu() {
    // One class beside the blank; none.
    agrees([9, 2, 2], 0, &[&[1, 1, 1], &[1]], &[9, 1]);
    agrees([5, 3, 1], 0, &[&[], &[], &[]], &[5, 0, 2]);
    // Equal neighbours, equal labels apart, no label.
    agrees([12, 1, 6], 0, &[&[4, 1, 1, 4, 2, 4]], &[12]);
    agrees([12, 5, 6], 0, &[&[1, 2, 3], &[], &[4, 4], &[5, 1, 5], &[3; 6]], &[12, 5, 7, 3, 11]);
    // Other blanks.
    agrees([8, 3, 5], 4, &[&[0, 3, 0], &[0, 0], &[]], &[8, 4, 6]);
    agrees([8, 2, 5], 2, &[&[0, 1, 3, 4], &[3, 3]], &[8, 3]);
    // Several warps for a target, and short ones beside it.
    agrees([75, 3, 9], 0, &[&[8, 1, 1, 5].repeat(12), &[2, 3].repeat(8), &[7]], &[74, 40, 75]);
    // Rows for a block.
    agrees([3, 3, 1500], 7, &[&[1499, 0], &[700, 700], &[]], &[3, 3, 2]);
}

#[test]
fn what_does_not_fit_costs_what_it_costs_on_the_cpu() {
    agrees([6, 5, 4], 0, &[&[1, 1], &[2, 3], &[1], &[], &[1, 2, 3, 1]], &[2, 6, 0, 0, 3]);
    agrees([4, 2, 3], 0, &[&[1, 1, 2, 2], &[]], &[4, 0]);
    agrees([0, 2, 3], 0, &[&[], &[]], &[0, 0]);
    agrees([0, 2, 3], 0, &[&[1], &[]], &[0, 0]);
    agrees([3, 0, 3], 0, &[], &[]);
    // A class that no path may take.
    let mut x = log_probabilities([5, 2, 4], 10);
    for at in [0, 6, 17, 31] {
        x.values_mut()[at] = f32::NEG_INFINITY;
    }
    agrees_with_the_cpu(&[x], |x| raw(&x[0], vec![vec![1, 3], vec![2]], &[5, 5], Ctc::new()));
}

#[test]
fn more_states_than_threads_cost_what_they_cost_on_the_cpu() {
    let long: Vec<usize> = (0..540).map(|i| 1 + i * i % 7).collect();
    let x = log_probabilities([700, 2, 8], 11);
    agrees_with_the_cpu(&[x], |x| raw(&x[0], vec![long.clone(), vec![3; 300]], &[700, 610], Ctc::new()));
}

fn message(targets: Vec<Vec<usize>>, lengths: &[usize], rule: Ctc) -> String {
    let x = Raw::new(log_probabilities([3, 2, 4], 8));
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| raw(&x, targets, lengths, rule)));
    panic.err().unwrap().downcast_ref::<String>().cloned().unwrap_or_default()
}

#[test]
fn what_does_not_fit_is_said_in_words() {
    let plain = Ctc::new();
    assert_eq!(
        message(vec![vec![1]], &[3, 3], plain),
        "ctc: 1 targets and 2 lengths for a batch of 2 sequences"
    );
    let two = || vec![vec![1], vec![2]];
    assert_eq!(message(two(), &[3, 4], plain), "ctc: a sequence of length 4 does not fit into 3 frames");
    assert_eq!(message(two(), &[3, 3], plain.blank(2)), "ctc: a target holds the blank, 2");
    assert_eq!(
        message(two(), &[3, 3], plain.blank(4)),
        "ctc: the blank, 4, is not one of the 4 classes 0..4"
    );
    assert_eq!(
        message(vec![vec![1], vec![4]], &[3, 3], plain),
        "ctc: label 4 is not one of the 4 classes 0..4"
    );
}
