//! What a backward pass promises, whatever the operations.

use super::*;
use crate::array::Layout;
use crate::ops;
use crate::shape::{Rank1, Rank2};

fn vector(values: &[f32]) -> Raw {
    Raw::new(Array::from_vec(&[values.len()], values.to_vec()))
}

fn gradient(result: &Raw, of: &Raw) -> Vec<f32> {
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
    let x = vector(&[2.0]).requires_grad();
    let y = ops::mul(&x, &x);
    x.update(|values| values[0] = 100.0);
    assert_eq!(gradient(&y, &x), [4.0]);
    assert_eq!(x.to_vec(), [100.0]);
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
#[should_panic(expected = "not for what was computed on the way (`exp`)")]
fn what_was_computed_on_the_way_has_no_gradient() {
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
