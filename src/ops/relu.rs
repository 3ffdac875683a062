//! `relu`: max(x, 0).

use std::cell::Cell;

use crate::array::{Finish, slope};
use crate::compute;
use crate::cpu::tile::Bounds;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

impl<S: Shape> Tensor<S> {
    /// `max(x, 0)` of every value; the gradient at 0 is 0.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// assert_eq!(Tensor::<Rank1<3>>::from([-1.0, 0.0, 2.0]).relu().to_vec(), [0.0, 0.0, 2.0]);
    /// ```
    #[inline]
    pub fn relu(&self) -> Self {
        Tensor::from_raw(relu(self.raw()))
    }
}

/// `max(x, 0)` of every value.
pub fn relu(x: &Raw) -> Raw {
    clamped("relu", x, [0.0, f32::INFINITY])
}

/// Every value brought between the bounds. The gradient is 0 at them and outside.
pub(super) fn clamped(name: &'static str, x: &Raw, bounds: Bounds) -> Raw {
    let y = Raw::kept_as(&[x], x.array().finished(Finish::Clamp(bounds)));
    let (kept, guided) = (y.clone(), is_guided());
    Raw::from_op(name, y, &[x], move |gradient, _| {
        // What is clamped is exactly a bound.
        let kept = kept.array();
        vec![Some(if guided {
            compute::slope_by("bounded_guided", bounds, gradient, &kept, |g, y| slope(g.max(0.0), y, bounds))
        } else {
            gradient.finished(Finish::Slope(kept, bounds))
        })]
    })
}

thread_local! {
    static GUIDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether the gradients of what is computed now are to be guided.
fn is_guided() -> bool {
    GUIDED.get()
}

/// Runs `body`; the gradients of every `relu` and `relu6` in it let through only what is positive, as guided backpropagation wants.
pub(crate) fn guided<T>(body: impl FnOnce() -> T) -> T {
    /// Puts the switch back even when `body` panics.
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            GUIDED.set(self.0);
        }
    }
    let _restore = Restore(GUIDED.replace(true));
    body()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    #[test]
    fn gradient() {
        check_gradient(&[Array::from_vec(&[2, 2], vec![-1.0, 0.5, 2.0, -0.3])], |x| relu(&x[0]));
    }
}
