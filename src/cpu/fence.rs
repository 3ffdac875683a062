//! For tests: memory between fences, which shows whoever reads or writes beyond it.

use std::ops::{Deref, DerefMut};

/// Values with fences of NaN on both sides: what is read beyond them spoils the result, what is written there is found.
pub(crate) struct Fenced(Vec<f32>);

/// Wider than the widest tile reaches.
const WIDTH: usize = 256;

impl Fenced {
    pub(crate) fn new(values: &[f32]) -> Fenced {
        let fence = [f32::NAN; WIDTH];
        Fenced([&fence, values, &fence].concat())
    }

    /// Room for a result, itself NaN until it is written.
    pub(crate) fn room(len: usize) -> Fenced {
        Fenced::new(&vec![f32::NAN; len])
    }

    /// ***Panics*** if something was written to a fence.
    #[track_caller]
    pub(crate) fn assert_intact(&self) {
        let end = self.0.len() - WIDTH;
        let intact = self.0[..WIDTH].iter().chain(&self.0[end..]).all(|value| value.is_nan());
        assert!(intact, "something was written beyond a result of {} values", self.len());
    }
}

impl Deref for Fenced {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0[WIDTH..self.0.len() - WIDTH]
    }
}

impl DerefMut for Fenced {
    fn deref_mut(&mut self) -> &mut [f32] {
        let end = self.0.len() - WIDTH;
        &mut self.0[WIDTH..end]
    }
}
