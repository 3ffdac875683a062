//! [`Buffer`]: the memory of one array. Freed buffers are kept and handed out again.

use std::ops::{Deref, DerefMut};

/// A fixed number of values.
#[derive(Clone, Debug)]
pub struct Buffer(Vec<f32>);

impl Buffer {
    /// The same value `len` times.
    pub fn full(len: usize, value: f32) -> Self {
        Buffer(vec![value; len])
    }

    /// Values of no meaning, to be overwritten: what an earlier buffer left, or zeros.
    pub fn scratch(len: usize) -> Self {
        Buffer(vec![0.0; len])
    }
}

impl From<Vec<f32>> for Buffer {
    fn from(values: Vec<f32>) -> Self {
        Buffer(values)
    }
}

impl Deref for Buffer {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}
