//! [`Pairs`]: what a data set of inputs and targets is underneath, without types.

use std::sync::Arc;

use super::DatasetError;
use super::feed::{Content, Feed, Table};
use super::values::Values;
use crate::raw::Raw;

/// Rows of numbers, each with another row to be predicted from it. Cloning and taking a part share the numbers.
#[derive(Clone)]
pub(crate) struct Pairs {
    /// As many as there are targets.
    pub(crate) inputs: Values,
    pub(crate) targets: Values,
}

impl Pairs {
    /// From the values of all inputs and those of all targets, each of the given shape.
    pub(crate) fn new(
        [inputs, targets]: [Vec<f32>; 2],
        [input, target]: [&[usize]; 2],
    ) -> Result<Pairs, DatasetError> {
        let count = rows("input values", inputs.len(), input)?;
        let others = rows("target values", targets.len(), target)?;
        if count != others {
            return Err(DatasetError::Targets { inputs: count, targets: others });
        }
        Ok(Pairs { inputs: Values::new(inputs, count, input), targets: Values::new(targets, count, target) })
    }

    /// Windows of a series of steps of `features` values: `steps` of them, and the values that follow, as many as the target
    /// has.
    pub(crate) fn windows(
        series: Vec<f32>,
        [steps, features]: [usize; 2],
        target: &[usize],
    ) -> Result<Pairs, DatasetError> {
        let found = rows("values of the series", series.len(), &[features])?;
        let window = steps + target.iter().product::<usize>() / features;
        if found < window {
            return Err(DatasetError::Series { expected: window, found });
        }
        let (series, count) = (Arc::new(series), found - window + 1);
        let inputs = Values::windows(Arc::clone(&series), count, &[steps, features], 0, features);
        let targets = Values::windows(series, count, target, steps * features, features);
        Ok(Pairs { inputs, targets })
    }

    pub(crate) fn len(&self) -> usize {
        self.inputs.len()
    }

    /// The inputs and the targets at these positions, the batch dimension in front.
    #[track_caller]
    pub(crate) fn batch(&self, positions: &[usize]) -> (Raw, Raw) {
        (self.inputs.gather(positions), self.targets.gather(positions))
    }

    /// The batches of these rows.
    pub(crate) fn feed(&self) -> Feed<'static> {
        Feed::Table(Box::new(self.clone()))
    }

    /// The rows at these positions as a data set that shares their values.
    #[track_caller]
    pub(crate) fn part(&self, positions: &[usize]) -> Pairs {
        Pairs { inputs: self.inputs.part(positions), targets: self.targets.part(positions) }
    }

    /// These rows, then the others.
    pub(crate) fn concat(&self, other: &Pairs) -> Pairs {
        Pairs { inputs: self.inputs.concat(&other.inputs), targets: self.targets.concat(&other.targets) }
    }
}

/// How many rows so many values are.
fn rows(what: &'static str, found: usize, row: &[usize]) -> Result<usize, DatasetError> {
    let size = row.iter().product::<usize>().max(1);
    if found.is_multiple_of(size) {
        return Ok(found / size);
    }
    Err(DatasetError::Rows { what, row: row.to_vec(), size, found })
}

impl Table for Pairs {
    fn len(&self) -> usize {
        self.len()
    }

    fn is_lazy(&self) -> bool {
        self.inputs.is_lazy() || self.targets.is_lazy()
    }

    fn batch(&self, positions: &[usize]) -> Content {
        let (x, y) = self.batch(positions);
        Content::Paired(x, y)
    }
}
