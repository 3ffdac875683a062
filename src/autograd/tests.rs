//! What a backward pass promises, whatever the operations.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::array::Layout;
use crate::cpu::elementwise;
use crate::ops::{self, Moves};
use crate::shape::{Rank1, Rank2};
use crate::tensor::Tensor;

pub(super) fn vector(values: &[f32]) -> Raw {
    Raw::new(Array::from_vec(&[values.len()], values.to_vec()))
}

pub(super) fn gradient(result: &Raw, of: &Raw) -> Vec<f32> {
    backward(&ops::sum(result)).of_raw(of).to_vec()
}

#[test]
fn a_tensor_used_twice_gets_both_gradients() {
    let x = vector(&[2.0, 3.0]).requires_grad();
    assert_eq!(gradient(&ops::add(&x, &x), &x), [2.0, 2.0]);
    let y = ops::mul(&x, &x);
    assert_eq!(
        gradient(&ops::add(&y, &ops::mul(&y, &x)), &x),
        [2.0 * 2.0 + 3.0 * 4.0, 2.0 * 3.0 + 3.0 * 9.0]
    );
}

#[test]
fn a_scalar_is_its_own_gradient() {
    let x = vector(&[5.0]).requires_grad();
    assert_eq!(backward(&x).of_raw(&x).to_vec(), [1.0]);
}

#[test]
fn what_the_result_does_not_depend_on_has_gradient_zero() {
    let (x, other) = (vector(&[1.0]).requires_grad(), vector(&[1.0, 2.0]).requires_grad());
    let gradients = backward(&ops::sum(&x));
    assert_eq!(gradients.of_raw(&other).to_vec(), [0.0, 0.0]);
    assert!(gradients.get(&other).is_none());
}

#[test]
fn only_parents_that_want_a_gradient_are_asked_for_one() {
    let (x, constant) = (vector(&[1.0]), vector(&[2.0]).requires_grad());
    let result = Raw::from_op("test", Array::full(&[], 0.0), &[&x, &constant], |_, wanted| {
        assert_eq!(wanted, [false, true]);
        vec![None, Some(Array::full(&[1], 3.0))]
    });
    assert_eq!(backward(&result).of_raw(&constant).to_vec(), [3.0]);
}

#[test]
fn nothing_is_recorded_without_a_parameter_or_inside_no_grad() {
    let x = vector(&[1.0]);
    assert!(!ops::exp(&x).is_tracked());
    let parameter = x.requires_grad();
    assert!(ops::exp(&parameter).is_tracked());
    assert!(!x.is_tracked(), "requires_grad makes a new tensor");
    assert!(!no_grad(|| ops::exp(&parameter)).is_tracked());
    assert!(!ops::exp(&parameter.detach()).is_tracked());
}

#[test]
fn no_grad_ends_with_its_body_even_by_a_panic() {
    no_grad(|| no_grad(|| ()));
    assert!(is_enabled());
    let result = std::panic::catch_unwind(|| no_grad(|| panic!("inside")));
    assert!(result.is_err() && is_enabled());
}

#[test]
fn a_hundred_thousand_operations_are_walked_and_dropped() {
    let x = vector(&[1.0]).requires_grad();
    let mut y = x.clone();
    for _ in 0..100_000 {
        y = ops::add_scalar(&y, 1.0);
    }
    assert_eq!(y.to_vec(), [100_001.0]);
    assert_eq!(gradient(&y, &x), [1.0]);
    drop(y);
}

#[test]
fn a_graph_whose_parts_are_still_held_survives_its_end() {
    let x = vector(&[2.0]).requires_grad();
    let middle = ops::mul(&x, &x);
    drop(ops::exp(&middle));
    assert_eq!(gradient(&middle, &x), [4.0]);
}

#[test]
fn updating_a_parameter_does_not_change_a_graph_that_was_made_before() {
    type Operation = fn(&Raw) -> Raw;
    let operations: [(&str, &[usize], Operation); 7] = [
        ("mul", &[4], |x| ops::mul(x, x)),
        ("exp", &[4], ops::exp),
        ("gelu", &[4], ops::gelu),
        ("matmul", &[2, 2], |x| ops::matmul(x, x)),
        ("linear", &[2, 2], |x| ops::linear(x, x, None)),
        ("softmax", &[2, 2], ops::softmax),
        ("convolution", &[1, 1, 2, 2], |x| ops::convolve(x, x, None, &Moves::default())),
    ];
    for (name, sizes, operation) in operations {
        let x = Raw::new(Array::from_vec(sizes, vec![0.5, -1.0, 2.0, 1.5])).requires_grad();
        let weights = Raw::new(Array::from_vec(&[4], vec![1.0, -2.0, 0.5, 3.0]));
        // `softmax` sums up to one: weighted, so that its gradient is not zero.
        let loss = |y: &Raw| match y.len() {
            4 => ops::sum(&ops::mul(&ops::reshape(y, &[4]), &weights)),
            _ => ops::sum(y),
        };
        let expected = backward(&loss(&operation(&x))).of_raw(&x).to_vec();
        let before = loss(&operation(&x));
        x.update(|values| values.fill(100.0));
        assert_eq!(backward(&before).of_raw(&x).to_vec(), expected, "{name}, updated");
        x.set(Array::full(sizes, -7.0));
        assert_eq!(backward(&before).of_raw(&x).to_vec(), expected, "{name}, set");
        assert_eq!(x.to_vec(), [-7.0; 4]);
    }
}

/// What the panic in `body` says.
pub(super) fn message(body: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(body)).unwrap_err();
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

#[test]
fn what_a_graph_has_computed_cannot_be_changed_in_place() {
    let x = vector(&[1.0, 2.0]).requires_grad();
    let y = ops::exp(&x);
    let expected = "this tensor of shape [2] is the result of `exp` in a graph, and changing it would make its gradient \
                    wrong: compute a new tensor from it, or take a copy out of the graph by `.detach()`";
    assert_eq!(message(|| y.update(|values| values[0] = 0.0)), format!("update: {expected}"));
    assert_eq!(message(|| y.set(Array::full(&[2], 0.0))), format!("set: {expected}"));
    let (before, copy) = (y.to_vec(), y.detach());
    copy.update(|values| values[0] = 0.0);
    assert_eq!(y.to_vec(), before, "the copy is one");
    // Without a graph there is nothing to make wrong.
    no_grad(|| ops::exp(&x)).update(|values| values[0] = 0.0);
}

#[test]
fn a_graph_can_be_walked_through_again() {
    let x = vector(&[2.0]).requires_grad();
    let y = ops::mul(&ops::mul(&x, &x), &x);
    let loss = ops::sum(&y);
    let [first, second] = [(); 2].map(|()| backward(&loss).of_raw(&x).to_vec());
    assert_eq!((first, second), (vec![12.0], vec![12.0]));
    assert_eq!(gradient(&ops::add(&y, &x), &x), [13.0], "and built on");
}

#[test]
fn gradients_are_not_differentiated_again() {
    let w = Tensor::<Rank1<1>>::from([3.0]).requires_grad();
    let gradient = (&w * &w).sum().backward().of(&w);
    let expected =
        "backward: this was computed from gradients, and ferrolab does not differentiate those again";
    // A penalty on the gradient alone, and one added to a loss: the graph of the second would be silently incomplete.
    for loss in [(&gradient * &gradient).sum(), (&w * &w).sum() + (&gradient * &gradient).sum()] {
        let text = message(|| drop(loss.backward()));
        assert!(text.starts_with(expected), "{text}");
    }
    let constant = gradient.detach();
    assert_eq!((&w * &constant).sum().backward().of(&w).to_vec(), [6.0]);
    let moved = no_grad(|| &w - &gradient);
    assert_eq!((&w * &moved).sum().backward().of(&w).to_vec(), [-3.0]);
    let adversarial = (&w + &gradient).requires_grad();
    assert_eq!(adversarial.sum().backward().of(&adversarial).to_vec(), [1.0]);
}

#[test]
fn gradients_are_shown_by_sizes_and_norms() {
    let x = Tensor::<Rank1<2>>::from([3.0, 4.0]).requires_grad();
    let w = Tensor::<Rank1<2>>::from([0.0, 12.0]).requires_grad();
    let y = (&x * &w).retain_grad();
    let gradients = y.sum().backward();
    assert_eq!(gradients.norm(), 13.0);
    let shown = format!("{gradients:?}");
    assert!(shown.starts_with("Gradients of 3 tensors, norm 13\n"), "{shown}");
    for line in ["\n  [2]: norm 12", "\n  [2]: norm 5", "\n  [2]: norm 1.4142135 (retained, of `mul`)"] {
        assert!(shown.contains(line), "{shown}");
    }
}

#[test]
fn gradients_are_row_major_as_parameters_are() {
    let pictures = Raw::new(Array::full(&[1, 2, 3, 3], 1.0).channels_last()).requires_grad();
    assert_eq!(pictures.array().layout(), Layout::RowMajor);
    let gradients = backward(&ops::sum(&ops::max_pool2d(&pictures, 2)));
    assert_eq!(gradients.of_raw(&pictures).layout(), Layout::RowMajor);
}

#[test]
fn typed_gradients_have_the_shape_of_their_tensor() {
    let x = Tensor::<Rank2<1, 2>>::from([[1.0, 2.0]]).requires_grad();
    let w = Tensor::<Rank2<2, 1>>::from([[3.0], [4.0]]).requires_grad();
    let gradients = x.matmul(&w).sum().backward();
    let of_w: Tensor<Rank2<2, 1>> = gradients.of(&w);
    assert_eq!((gradients.of(&x).to_vec(), of_w.to_vec()), (vec![3.0, 4.0], vec![1.0, 2.0]));
}

#[test]
#[should_panic(expected = "backward needs a scalar such as a loss, got shape [2]")]
fn only_a_scalar_can_be_differentiated() {
    backward(&vector(&[1.0, 2.0]).requires_grad());
}

#[test]
#[should_panic(expected = "backward: nothing to differentiate")]
fn something_must_be_tracked() {
    backward(&vector(&[1.0]));
}

#[test]
#[should_panic(expected = "no gradient was kept for this tensor of shape [1]: call `.requires_grad()` on it")]
fn a_constant_has_no_gradient() {
    let x = Tensor::<Rank1<1>>::from([1.0]);
    let w = x.requires_grad();
    (&w * &x).sum().backward().of(&x);
}

#[test]
#[should_panic(
    expected = "which was computed on the way (by `exp`): call `.retain_grad()` on it before `backward()`"
)]
fn what_was_computed_on_the_way_has_no_gradient_unless_that_was_asked_for() {
    let y = Tensor::<Rank1<1>>::from([1.0]).requires_grad().exp();
    y.sum().backward().of(&y);
}

#[test]
#[should_panic(expected = "input 0, value 0: numeric gradient")]
fn the_gradient_check_finds_a_wrong_gradient() {
    check_gradient(&[Array::full(&[1], 1.0)], |x| {
        let y = x[0].array();
        Raw::from_op("wrong", y, &[&x[0]], |gradient, _| vec![Some(elementwise::map(gradient, |g| 2.0 * g))])
    });
}
