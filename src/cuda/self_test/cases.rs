//! The operations of a self-test: for each a name, the shapes of its inputs, and the call.

use super::{numbers, shapes};
use crate::array::Array;
use crate::random::Generator;
use crate::raw::Raw;

/// One operation.
pub(super) struct Case {
    pub(super) name: &'static str,
    sizes: &'static [&'static [usize]],
    range: [f32; 2],
    /// How often the first axis of the first input repeats where it is timed.
    pub(super) many: usize,
    pub(super) tolerance: f32,
    pub(super) run: fn(&[Raw]) -> Raw,
}

impl Case {
    pub(super) const fn new(
        name: &'static str,
        sizes: &'static [&'static [usize]],
        run: fn(&[Raw]) -> Raw,
    ) -> Case {
        Case { name, sizes, range: [-2.0, 2.0], many: 1, tolerance: 2e-5, run }
    }

    /// Inputs between these, where the operation is defined.
    pub(super) const fn within(self, low: f32, high: f32) -> Case {
        Case { range: [low, high], ..self }
    }

    /// How often the first axis repeats where it is timed: every input grows that has the first one's first size.
    pub(super) const fn many(self, many: usize) -> Case {
        Case { many, ..self }
    }

    /// How far results may lie apart, relatively, where long sums make more than the last digits differ.
    pub(super) const fn tolerance(self, tolerance: f32) -> Case {
        Case { tolerance, ..self }
    }

    /// Random inputs, the same each time.
    pub(super) fn inputs(&self, many: usize) -> Vec<Array> {
        let mut random = Generator::new(self.name.len() as u64);
        let batch = self.sizes[0].first().copied();
        let input = |sizes: &&[usize]| {
            let mut sizes = sizes.to_vec();
            if sizes.first().copied() == batch && !sizes.is_empty() {
                sizes[0] *= many;
            }
            random.uniform(&sizes, self.range[0], self.range[1])
        };
        self.sizes.iter().map(input).collect()
    }
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = Case> {
    numbers::cases().into_iter().chain(shapes::cases()).chain(super::networks::operations())
}
