//! What hooks and retained gradients promise.

use std::sync::Mutex;

use super::super::tests::{gradient, message, vector};
use super::super::{backward, no_grad};
use super::*;
use crate::ops;

#[test]
fn a_retained_gradient_is_that_of_all_uses() {
    let x = vector(&[2.0, 3.0]).requires_grad();
    let y = ops::mul(&x, &x);
    y.retain_grad();
    y.retain_grad();
    let gradients = backward(&ops::sum(&ops::add(&ops::mul(&y, &y), &y)));
    assert_eq!(gradients.of_raw(&y).to_vec(), [2.0 * 4.0 + 1.0, 2.0 * 9.0 + 1.0]);
    assert_eq!(gradients.of_raw(&x).to_vec(), [9.0 * 4.0, 19.0 * 6.0]);
}

#[test]
fn the_gradient_of_the_result_itself_can_be_retained_and_that_of_a_leaf_always_is() {
    let x = vector(&[2.0]).requires_grad();
    x.retain_grad();
    let loss = ops::sum(&x);
    loss.retain_grad();
    let gradients = backward(&loss);
    assert_eq!((gradients.of_raw(&loss).to_vec(), gradients.of_raw(&x).to_vec()), (vec![1.0], vec![1.0]));
}

#[test]
fn a_retained_gradient_of_pictures_has_their_sizes() {
    let x = Raw::new(Array::full(&[1, 2, 4, 4], 1.0)).requires_grad();
    let weight = Raw::new(Array::full(&[3, 2, 3, 3], 0.5)).requires_grad();
    let y = ops::conv2d(&x, &weight, None, 1, 0);
    y.retain_grad();
    let weights: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let weights_of_y = Raw::new(Array::from_vec(&[1, 3, 2, 2], weights.clone()));
    let gradients = backward(&ops::sum(&ops::mul(&y, &weights_of_y)));
    assert_eq!(gradients.of_raw(&y).sizes(), [1, 3, 2, 2]);
    assert_eq!(gradients.of_raw(&y).to_vec(), weights);
}

#[test]
fn hooks_see_complete_gradients_in_their_order_and_may_replace_them() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let seen = seen.clone();
        move |gradient: &Raw| {
            seen.lock().unwrap().push((name, gradient.to_vec()));
            None
        }
    };
    let x = vector(&[2.0]).requires_grad();
    let y = ops::mul(&x, &x);
    y.retain_grad();
    x.register_hook(note("x"));
    y.register_hook(note("y, first"));
    y.register_hook(|gradient| Some(ops::mul_scalar(gradient, 10.0)));
    let last = y.register_hook(note("y, last"));
    let loss = ops::sum(&ops::add(&y, &y));
    let gradients = backward(&loss);
    let expected = [("y, first", vec![2.0]), ("y, last", vec![20.0]), ("x", vec![80.0])]
        .map(|(n, g): (_, Vec<f32>)| (n, g));
    assert_eq!(*seen.lock().unwrap(), expected);
    assert_eq!((gradients.of_raw(&y).to_vec(), gradients.of_raw(&x).to_vec()), (vec![20.0], vec![80.0]));

    last.clone().remove();
    last.remove();
    seen.lock().unwrap().clear();
    backward(&loss);
    assert_eq!(seen.lock().unwrap().iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["y, first", "x"]);
}

#[test]
fn a_hook_may_take_itself_away_and_outlive_its_tensor() {
    let x = vector(&[2.0]).requires_grad();
    let handle: Arc<Mutex<Option<HookHandle>>> = Arc::default();
    let own = handle.clone();
    *handle.lock().unwrap() = Some(x.register_hook(move |_| {
        own.lock().unwrap().take().expect("called once").remove();
        Some(vector(&[5.0]))
    }));
    assert_eq!(gradient(&x, &x), [5.0]);
    assert_eq!(gradient(&x, &x), [1.0]);
    let handle = x.register_hook(|_| None);
    drop(x);
    handle.remove();
}

#[test]
fn a_hook_must_keep_the_shape() {
    let x = vector(&[2.0, 3.0]).requires_grad();
    x.register_hook(|_| Some(vector(&[1.0])));
    assert_eq!(
        message(|| drop(backward(&ops::sum(&x)))),
        "a hook must give a gradient of the tensor's shape, [2], got [1]"
    );
}

#[test]
fn what_no_gradient_flows_to_cannot_be_watched() {
    let x = vector(&[2.0]);
    let text = message(|| x.retain_grad());
    assert!(text.starts_with("retain_grad: no gradient flows to this tensor of shape [1]"), "{text}");
    let w = x.requires_grad();
    let text = message(|| drop(no_grad(|| ops::exp(&w)).register_hook(|_| None)));
    assert!(text.starts_with("register_hook: no gradient flows to this tensor"), "{text}");
}

#[test]
fn a_hook_sees_a_gradient_too() {
    let x = vector(&[2.0]).requires_grad();
    let text: Arc<Mutex<String>> = Arc::default();
    let own = text.clone();
    x.register_hook(move |gradient| {
        let w = vector(&[1.0]).requires_grad();
        *own.lock().unwrap() = message(|| drop(backward(&ops::mul(&w, gradient))));
        None
    });
    backward(&x);
    assert!(text.lock().unwrap().starts_with("backward: this was computed from gradients"));
}
