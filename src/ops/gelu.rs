//! `gelu`: x times the normal distribution function, exactly or by a tanh.

use std::f32::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use super::unary::unary;
use crate::cpu::math;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `x Φ(x)` of every value, where `Φ(x) = (1 + erf(x / √2)) / 2` is the normal distribution function.
    ///
    /// Hendrycks, Gimpel: *Gaussian error linear units* (2016).
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let y = Tensor::<Rank1<3>>::from([-10.0, 0.0, 10.0]).gelu().to_vec();
    /// assert_eq!(y[1..], [0.0, 10.0]);
    /// assert!(y[0].abs() < 1e-6);
    /// ```
    #[inline]
    pub fn gelu(&self) -> Self {
        Tensor::from_raw(gelu(self.raw()))
    }

    /// [`Tensor::gelu`] with a tanh in place of erf: `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`, as GPT-2 has it. PyTorch:
    /// `gelu(approximate="tanh")`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let x = Tensor::<Rank1<2>>::from([-1.0, 1.0]);
    /// let difference = x.gelu_tanh() - x.gelu();
    /// assert!(difference.to_vec().iter().all(|d| d.abs() < 1e-3));
    /// ```
    #[inline]
    pub fn gelu_tanh(&self) -> Self {
        Tensor::from_raw(gelu_tanh(self.raw()))
    }
}

/// `x Φ(x)` of every value, with the normal distribution function Φ.
pub fn gelu(x: &Raw) -> Raw {
    let phi = |x: f32| 0.5 * (1.0 + math::erf(x * FRAC_1_SQRT_2));
    // d/dx x Φ(x) = Φ(x) + x φ(x), with the density φ(x) = exp(-x²/2) / √(2π).
    let density = |x: f32| math::exp(-0.5 * x * x) * (0.5 * FRAC_1_SQRT_2 * FRAC_2_SQRT_PI);
    unary("gelu", x, move |x| x * phi(x), move |x| phi(x) + x * density(x))
}

/// [`gelu`] with a tanh in place of erf.
pub fn gelu_tanh(x: &Raw) -> Raw {
    const CUBIC: f32 = 0.044_715;
    let scale = FRAC_1_SQRT_2 * FRAC_2_SQRT_PI; // √(2/π)
    let tanh = move |x: f32| math::tanh(scale * (x + CUBIC * x * x * x));
    unary(
        "gelu_tanh",
        x,
        move |x| 0.5 * x * (1.0 + tanh(x)),
        move |x| {
            let t = tanh(x);
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * scale * (1.0 + 3.0 * CUBIC * x * x)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        let x = Array::from_vec(&[5], vec![-1.0, 0.5, 2.0, -0.3, 1.5]);
        check_gradient(std::slice::from_ref(&x), |x| gelu(&x[0]));
        check_gradient(&[x], |x| gelu_tanh(&x[0]));
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let y = gelu(&Raw::new(Array::from_vec(&[3], vec![-1.0, 0.5, 2.0]))).to_vec();
        let expected = [-0.158_655_26, 0.345_731_2, 1.954_499_7];
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() <= 1e-6), "{y:?} is not {expected:?}");
    }
}
