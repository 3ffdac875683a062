//! Rows picked by a list of numbers, and summed back: `kernels/structure.cu`.

use super::{Gpu, Memory};

/// Most rows that one thread adds up: longer sums are made of parts, so that threads share them.
const MOST: usize = 64;

/// Marks a sum that is a part.
const PART: u32 = 1 << 31;

impl Gpu {
    /// Numbers of places, all below 2^31.
    pub(crate) fn upload_numbers(&'static self, numbers: &[usize]) -> Memory<u32> {
        self.upload(&numbers.iter().map(|&number| number as u32).collect::<Vec<u32>>())
    }

    /// The tensor is `outer` blocks of `rows` rows of `inner` values. In each block, the rows that `indices` name.
    pub(crate) fn pick(
        &'static self,
        x: &Memory,
        [outer, rows, inner]: [usize; 3],
        indices: &[usize],
    ) -> Memory {
        let len = outer * indices.len() * inner;
        let (y, names) = (Memory::scratch(self, len), self.upload_numbers(indices));
        let (kernel, unit) = if inner.is_multiple_of(4) { ("pick_fours", 4) } else { ("pick", 1) };
        let launch = self.kernel("structure", kernel).with(len / unit).with(x).with(rows).with(&names);
        launch.with(indices.len()).with(inner / unit).with(&y).over(len / unit);
        y
    }

    /// The way back from [`Gpu::pick`]: adds every row of `picked` to the row of `sum` that it was. Those that `skipped` names
    /// are left out.
    pub(crate) fn add_picked(
        &'static self,
        picked: &Memory,
        [outer, rows, inner]: [usize; 3],
        indices: &[usize],
        skipped: Option<usize>,
        sum: &Memory,
    ) {
        let plan = Plan::new(indices, skipped);
        let parts = Memory::scratch(self, outer * plan.parts * inner);
        let add = |sums: &Sums, from: &Memory, from_rows: usize| {
            let count = sums.targets.len();
            // In one copy, one after the other.
            let lists = self.upload(&[&sums.targets[..], &sums.starts, &sums.members].concat());
            let [targets, starts, members] = [0, count, 2 * count + 1].map(|start| (&lists, start));
            let launch = self.kernel("structure", "sum_rows").with(outer * count * inner).with(from);
            let launch = launch.with(from_rows).with(targets).with(starts).with(members).with(count);
            let launch = launch.with(inner).with(sum).with(rows).with(&parts).with(plan.parts);
            launch.over(outer * count * inner);
        };
        add(&plan.first, picked, indices.len());
        if plan.parts > 0 {
            add(&plan.of_parts, &parts, plan.parts);
        }
    }
}

/// Which rows are added to which: those of one target one after the other.
struct Sums {
    targets: Vec<u32>,
    /// Where the members of each begin, and the end of the last.
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Sums {
    fn new() -> Sums {
        Sums { targets: Vec::new(), starts: vec![0], members: Vec::new() }
    }

    fn push(&mut self, target: u32, members: impl Iterator<Item = u32>) {
        self.targets.push(target);
        self.members.extend(members);
        self.starts.push(self.members.len() as u32);
    }
}

/// In what order rows are summed: always the same.
struct Plan {
    first: Sums,
    /// The second pass: of the sums that are parts.
    of_parts: Sums,
    parts: usize,
}

impl Plan {
    fn new(indices: &[usize], skipped: Option<usize>) -> Plan {
        let mut pairs: Vec<(u32, u32)> = indices
            .iter()
            .enumerate()
            .filter(|&(_, &index)| Some(index) != skipped)
            .map(|(place, &index)| (index as u32, place as u32))
            .collect();
        pairs.sort_unstable();
        let mut plan = Plan { first: Sums::new(), of_parts: Sums::new(), parts: 0 };
        for all in pairs.chunk_by(|a, b| a.0 == b.0) {
            let target = all[0].0;
            if all.len() <= MOST {
                plan.first.push(target, all.iter().map(|pair| pair.1));
                continue;
            }
            let first_part = plan.parts;
            for part in all.chunks(MOST) {
                plan.first.push(PART | plan.parts as u32, part.iter().map(|pair| pair.1));
                plan.parts += 1;
            }
            plan.of_parts.push(target, first_part as u32..plan.parts as u32);
        }
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sums_are_made_of_parts() {
        let mut indices = vec![7; 2 * MOST + 1];
        indices.extend([3, 5, 3]);
        let Plan { first, of_parts, parts } = Plan::new(&indices, Some(5));
        assert_eq!(first.targets, [3, PART, PART | 1, PART | 2]);
        assert_eq!(first.starts, [0, 2, 66, 130, 131]);
        assert_eq!((first.members[..3].to_vec(), first.members[130]), (vec![129, 131, 0], 128));
        assert_eq!(
            (of_parts.targets, of_parts.starts, of_parts.members),
            (vec![7], vec![0, 3], vec![0, 1, 2])
        );
        assert_eq!(parts, 3);
    }
}
