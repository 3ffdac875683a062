//! Gradient clipping: no step longer than one allows.

use crate::autograd::Gradients;
use crate::compute;
use crate::nn::Module;

/// Shortens the gradients of a model's parameters, all by the same factor, so that their Euclidean norm, taken over all
/// of them together, is at most `max_norm`; shorter ones stay as they are. Returns the norm before. PyTorch's
/// `clip_grad_norm_`.
///
/// ```
/// use ferrolab::optim::clip_grad_norm;
/// use ferrolab::prelude::*;
/// let model = Linear::<2, 1>::default();
/// let mut gradients = model.forward(&Tensor::<Rank2<1, 2>>::from([[30.0, 40.0]])).sum().backward();
/// let norm = clip_grad_norm(&model, &mut gradients, 1.0);
/// assert!((norm - 2501f32.sqrt()).abs() < 1e-3); // 30², 40², and 1² for the bias
/// assert!((gradients.of(&model.weight).to_vec()[0] - 30.0 / norm).abs() < 1e-5);
/// ```
///
/// ***Panics*** unless `max_norm` is positive.
#[track_caller]
pub fn clip_grad_norm(model: &dyn Module, gradients: &mut Gradients, max_norm: f32) -> f32 {
    assert!(max_norm > 0.0, "clip_grad_norm: the greatest norm must be positive, got {max_norm}");
    let mut those = gradients.of_parameters(&model.parameters());
    let norm = compute::squares(those.iter().map(|gradient| &**gradient)).sqrt();
    // The small number is PyTorch's.
    let factor = (f64::from(max_norm) / (norm + 1e-6)) as f32;
    if factor < 1.0 {
        compute::scale(those.iter_mut().map(|gradient| &mut **gradient), factor);
    }
    norm as f32
}

/// Clips every single value of the gradients of a model's parameters to `-max..=max`. PyTorch's `clip_grad_value_`.
///
/// ```
/// use ferrolab::optim::clip_grad_value;
/// use ferrolab::prelude::*;
/// let model = Linear::<2, 1>::default();
/// let mut gradients = model.forward(&Tensor::<Rank2<1, 2>>::from([[30.0, -0.5]])).sum().backward();
/// clip_grad_value(&model, &mut gradients, 2.0);
/// assert_eq!(gradients.of(&model.weight).to_vec(), [2.0, -0.5]);
/// ```
///
/// ***Panics*** unless `max` is positive.
#[track_caller]
pub fn clip_grad_value(model: &dyn Module, gradients: &mut Gradients, max: f32) {
    assert!(max > 0.0, "clip_grad_value: the greatest value must be positive, got {max}");
    for gradient in gradients.of_parameters(&model.parameters()) {
        *gradient = compute::map_by("clamp", [-max, max], gradient, |g| g.clamp(-max, max));
    }
}
