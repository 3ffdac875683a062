//! Why a model decides as it does: maps over pictures, shares of words, and checks that tell when a map lies.
//!
//! | function | says | costs |
//! | --- | --- | --- |
//! | [`saliency`] | which pixels the score depends on | one backward pass |
//! | [`smooth_grad`] | the same, less speckled | one a noisy copy |
//! | [`integrated_gradients`] | what each value adds to the score | one a step |
//! | [`grad_cam`] | where the last convolution saw the class | one |
//! | [`guided_backprop`] | sharp edges; see [`sanity`] before trusting it | one |
//! | [`occlusion`] | how much the score falls when a part is covered | a forward pass a place |
//! | [`token_attribution`] | which words speak for the class | one a step |

mod grad_cam;
mod guided_backprop;
mod integrated_gradients;
mod model;
mod occlusion;
mod saliency;
pub mod sanity;
mod smooth_grad;
mod tokens;

pub use grad_cam::{grad_cam, grad_cam_with};
pub use guided_backprop::guided_backprop;
pub use integrated_gradients::{Attributions, Path, integrated_gradients};
pub use model::{By, Classes, Model, by};
pub use occlusion::{Occlusion, occlusion};
pub use saliency::{clipped, normalized, saliency};
pub use smooth_grad::{SmoothGrad, smooth_grad};
pub use tokens::{TokenColours, token_attribution};
