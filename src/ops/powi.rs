//! `powi`: x to an integer power; `square`: x².

use crate::compute;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// Every value to the power `exponent`.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([2.0, -3.0]).powi(3).to_vec(), [8.0, -27.0]);
    /// ```
    #[inline]
    pub fn powi(&self, exponent: i32) -> Self {
        Tensor::from_raw(powi(self.raw(), exponent))
    }

    /// The square of every value.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<2>>::from([2.0, -3.0]).square().to_vec(), [4.0, 9.0]);
    /// ```
    #[inline]
    pub fn square(&self) -> Self {
        Tensor::from_raw(square(self.raw()))
    }
}

/// Every value to the power `exponent`.
pub fn powi(x: &Raw, exponent: i32) -> Raw {
    // The kernel reads the exponent's bits as a whole number.
    let (kept, numbers) = (x.array(), [f32::from_bits(exponent as u32), 0.0]);
    let y = compute::map_by("powi", numbers, &kept, |x| x.powi(exponent));
    Raw::from_op("powi", y, &[x], move |gradient, _| {
        // At 0 the slope of x⁰ is 0, where the formula says 0 · x⁻¹.
        let slope = |x: f32| if exponent == 0 { 0.0 } else { exponent as f32 * x.powi(exponent - 1) };
        vec![Some(compute::slope_by("powi", numbers, gradient, &kept, |g, x| g * slope(x)))]
    })
}

/// The square of every value.
pub fn square(x: &Raw) -> Raw {
    powi(x, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        for exponent in [-2, 0, 1, 2, 3] {
            check_gradient(&[Array::from_vec(&[3], vec![-1.2, 0.7, 2.0])], |x| powi(&x[0], exponent));
        }
        check_gradient(&[Array::from_vec(&[3], vec![-1.2, 0.7, 2.0])], |x| square(&x[0]));
    }
}
