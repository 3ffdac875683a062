//! [`Values`]: rows of numbers, in memory or read only when they are needed, and which of them are taken in which order.

use std::borrow::Cow;
use std::sync::Arc;

use super::slow::SlowBar;
use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use crate::raw::Raw;

/// Rows that are read at a time when all are wanted.
const BLOCK: usize = 64;

/// Numbers that a thread copies at a time.
const COPIED: usize = 32 * 1024;

/// Makes the numbers of one row: reads a file, for example. Called on several threads at once.
pub(crate) type Read = dyn Fn(usize) -> Vec<f32> + Send + Sync;

/// Makes new numbers of a row from its old ones.
pub(crate) type Change = dyn Fn(&[f32]) -> Vec<f32> + Send + Sync;

/// Rows of numbers, all of one shape. Cloning and taking a part share the numbers.
#[derive(Clone)]
pub(crate) struct Values {
    /// The sizes of one row.
    sizes: Arc<[usize]>,
    kept: Kept,
    /// The row at each position.
    chosen: Arc<[usize]>,
}

#[derive(Clone)]
enum Kept {
    /// Row `i` begins at `first + i * step`: rows may overlap.
    Memory { values: Arc<Vec<f32>>, first: usize, step: usize },
    /// Each row is read, then changed.
    Lazy { read: Arc<Read>, changes: Vec<Arc<Change>> },
    /// The rows of one, then those of the other.
    Joined(Arc<[Values; 2]>),
}

impl Values {
    /// `count` rows that lie one after another.
    pub(crate) fn new(values: Vec<f32>, count: usize, sizes: &[usize]) -> Self {
        Self::windows(Arc::new(values), count, sizes, 0, sizes.iter().product())
    }

    /// `count` rows that begin every `step` numbers, the first at `first`: windows of a series.
    pub(crate) fn windows(
        values: Arc<Vec<f32>>,
        count: usize,
        sizes: &[usize],
        first: usize,
        step: usize,
    ) -> Self {
        Self::of(Kept::Memory { values, first, step }, count, sizes)
    }

    /// `count` rows that are read when they are needed.
    pub(crate) fn lazy(count: usize, sizes: &[usize], read: Arc<Read>) -> Self {
        Self::of(Kept::Lazy { read, changes: Vec::new() }, count, sizes)
    }

    fn of(kept: Kept, count: usize, sizes: &[usize]) -> Self {
        Values { sizes: sizes.into(), kept, chosen: (0..count).collect() }
    }

    /// These rows, then the others.
    pub(crate) fn concat(&self, other: &Values) -> Self {
        let parts = Arc::new([self.clone(), other.clone()]);
        Self::of(Kept::Joined(parts), self.len() + other.len(), &self.sizes)
    }

    /// The rows at these positions.
    ///
    /// ***Panics*** if there is no such row.
    #[track_caller]
    pub(crate) fn part(&self, positions: &[usize]) -> Self {
        Values { chosen: positions.iter().map(|&position| self.at(position)).collect(), ..self.clone() }
    }

    pub(crate) fn len(&self) -> usize {
        self.chosen.len()
    }

    pub(crate) fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// Whether reading a row takes longer than copying it.
    pub(crate) fn is_lazy(&self) -> bool {
        match &self.kept {
            Kept::Memory { .. } => false,
            Kept::Lazy { .. } => true,
            Kept::Joined(parts) => parts.iter().any(Values::is_lazy),
        }
    }

    /// The numbers of one row.
    ///
    /// ***Panics*** if there is no such row.
    #[track_caller]
    pub(crate) fn row(&self, position: usize) -> Cow<'_, [f32]> {
        let row = self.at(position);
        match &self.kept {
            Kept::Memory { values, first, step } => {
                Cow::Borrowed(&values[first + row * step..][..self.sizes.iter().product()])
            }
            Kept::Lazy { read, .. } => Cow::Owned(self.changed(position, read(row))),
            Kept::Joined(parts) => {
                let (values, position) = part(parts, row);
                values.row(position)
            }
        }
    }

    /// The rows at these positions as one tensor, the batch dimension in front. What has to be read is read on all
    /// processors.
    ///
    /// ***Panics*** if there is no such row.
    #[track_caller]
    pub(crate) fn gather(&self, positions: &[usize]) -> Raw {
        let sizes: Vec<usize> = [&[positions.len()], &self.sizes[..]].concat();
        if self.is_lazy() {
            positions.iter().for_each(|&position| _ = self.at(position));
            let read = threads::collect(positions.len(), |i| self.read(positions[i]));
            // Changes may draw random numbers: they happen here, in order.
            let changed = positions.iter().zip(read).map(|(&position, read)| self.changed(position, read));
            return Raw::new(Array::from_vec(&sizes, changed.collect::<Vec<_>>().concat()));
        }
        let row = self.sizes.iter().product::<usize>();
        let mut values = Buffer::scratch(positions.len() * row);
        if row > 0 {
            let at_a_time = COPIED.div_ceil(row);
            threads::chunks_mut(&mut values, at_a_time * row, |number, rows| {
                let positions = &positions[number * at_a_time..];
                let rows = rows.chunks_exact_mut(row).zip(positions);
                rows.for_each(|(to, &position)| to.copy_from_slice(&self.row(position)));
            });
        }
        Raw::new(Array::new(&sizes, Layout::RowMajor, values))
    }

    /// New rows, perhaps of another shape, each computed from the old one: now, if they are in memory, else when they are
    /// read.
    pub(crate) fn map(&self, sizes: &[usize], change: Arc<Change>) -> Self {
        if self.is_lazy() {
            return self.changing(sizes, change);
        }
        let mut values = Vec::with_capacity(self.len() * sizes.iter().product::<usize>());
        let mut bar = SlowBar::new(self.len(), "computing examples");
        for position in 0..self.len() {
            values.extend(change(&self.row(position)));
            bar.inc(1);
        }
        Self::new(values, self.len(), sizes)
    }

    /// All rows, read now; nothing new if they are in memory already.
    #[track_caller]
    pub(crate) fn in_memory(&self) -> Self {
        if !self.is_lazy() {
            return self.clone();
        }
        let mut values = Vec::with_capacity(self.len() * self.sizes.iter().product::<usize>());
        self.for_each_block(|block| values.extend(block.to_vec()));
        Self::new(values, self.len(), &self.sizes)
    }

    /// Calls `body` with all rows in order, some at a time, the batch dimension in front.
    pub(crate) fn for_each_block(&self, mut body: impl FnMut(&Raw)) {
        let mut bar = SlowBar::new(self.len(), "reading examples");
        let positions: Vec<usize> = (0..self.len()).collect();
        for positions in positions.chunks(BLOCK) {
            body(&self.gather(positions));
            bar.inc(positions.len());
        }
    }

    /// All rows, changed when they are read.
    fn changing(&self, sizes: &[usize], change: Arc<Change>) -> Self {
        let kept = match &self.kept {
            Kept::Lazy { read, changes } => {
                let changes = changes.iter().cloned().chain([change]).collect();
                Kept::Lazy { read: Arc::clone(read), changes }
            }
            Kept::Memory { values, first, step } => {
                let (values, first, step, len) =
                    (Arc::clone(values), *first, *step, self.sizes.iter().product());
                let read = move |row: usize| values[first + row * step..][..len].to_vec();
                Kept::Lazy { read: Arc::new(read), changes: vec![change] }
            }
            Kept::Joined(parts) => {
                let [one, two] = &**parts;
                Kept::Joined(Arc::new([
                    one.changing(sizes, Arc::clone(&change)),
                    two.changing(sizes, change),
                ]))
            }
        };
        Values { sizes: sizes.into(), kept, chosen: self.chosen.clone() }
    }

    /// The numbers of one row before the changes.
    fn read(&self, position: usize) -> Vec<f32> {
        match &self.kept {
            Kept::Memory { .. } => self.row(position).into_owned(),
            Kept::Lazy { read, .. } => read(self.chosen[position]),
            Kept::Joined(parts) => {
                let (values, position) = part(parts, self.chosen[position]);
                values.read(position)
            }
        }
    }

    /// The numbers of one row after the changes.
    fn changed(&self, position: usize, mut numbers: Vec<f32>) -> Vec<f32> {
        match &self.kept {
            Kept::Memory { .. } => {}
            Kept::Lazy { changes, .. } => {
                changes.iter().for_each(|change| numbers = change(&numbers));
                let (expected, found) = (self.sizes.iter().product::<usize>(), numbers.len());
                assert!(
                    found == expected,
                    "example {} was read as {found} values, expected {expected} (of shape {:?})",
                    self.chosen[position],
                    self.sizes
                );
            }
            Kept::Joined(parts) => {
                let (values, position) = part(parts, self.chosen[position]);
                numbers = values.changed(position, numbers);
            }
        }
        numbers
    }

    /// The row at a position.
    #[track_caller]
    fn at(&self, position: usize) -> usize {
        assert!(position < self.len(), "there is no row {position} in a data set of {}", self.len());
        self.chosen[position]
    }
}

/// The part that a row of joined values is in, and where it is there.
fn part([one, two]: &[Values; 2], row: usize) -> (&Values, usize) {
    if row < one.len() { (one, row) } else { (two, row - one.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Values {
        Values::new((0..8).map(|i| i as f32).collect(), 4, &[2])
    }

    fn read() -> Values {
        Values::lazy(3, &[2], Arc::new(|row| vec![100.0 + row as f32; 2]))
    }

    #[test]
    fn rows_in_memory_and_rows_that_are_read_go_together() {
        let both = kept().part(&[3, 1]).concat(&read().part(&[2, 0, 1])).part(&[4, 0, 2, 1]);
        assert_eq!(both.gather(&[0, 1, 2, 3]).to_vec(), [101.0, 101.0, 6.0, 7.0, 102.0, 102.0, 2.0, 3.0]);
        let sums = both.map(&[1], Arc::new(|row| vec![row[0] + row[1]]));
        assert_eq!(sums.gather(&[3, 0]).to_vec(), [5.0, 202.0]);
        let halves = sums.part(&[1, 2]).map(&[1], Arc::new(|row| vec![row[0] / 2.0]));
        assert_eq!((halves.row(0).to_vec(), halves.row(1).to_vec()), (vec![6.5], vec![102.0]));
    }

    #[test]
    fn rows_in_memory_are_changed_at_once_and_others_when_they_are_read() {
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counting = |values: &Values| {
            let seen = Arc::clone(&count);
            values.map(
                &[2],
                Arc::new(move |row| {
                    seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    row.to_vec()
                }),
            )
        };
        let calls = || count.load(std::sync::atomic::Ordering::Relaxed);
        let kept = counting(&kept().part(&[2, 3]));
        assert_eq!((calls(), kept.len()), (2, 2));
        let lazy = counting(&read());
        assert_eq!(calls(), 2);
        lazy.gather(&[1]);
        assert_eq!(calls(), 3);
    }

    #[test]
    #[should_panic(expected = "example 1 was read as 1 values, expected 2 (of shape [2])")]
    fn a_row_that_is_read_must_have_the_right_length() {
        Values::lazy(2, &[2], Arc::new(|row| vec![0.0; 2 - row])).gather(&[0, 1]);
    }

    #[test]
    #[should_panic(expected = "there is no row 3 in a data set of 3")]
    fn a_row_that_is_read_must_exist() {
        read().gather(&[3]);
    }
}
