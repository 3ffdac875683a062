//! The steps, one launch each: `kernels/recurrent.cu`.

use super::{Backward, Forward, States, cell};
use crate::cpu::recurrent::{Cell, Run};
use crate::cuda::launch::packed;
use crate::cuda::{Gpu, Memory};

/// Sequences, and hidden values, that a block treats.
const TILE: usize = 16;
const THREADS: [u32; 3] = [256, 1, 1];

impl Gpu {
    pub(super) fn steps(&'static self, forward: &Forward) {
        let &Forward { run, parameters: [wh, bx, bh], trace, keep, first, last, y } = forward;
        let (lengths, places) = (trace.lengths.as_ref(), if keep { run.steps } else { 2 });
        let kept =
            |place: usize| States::apart(&trace.h, trace.c.as_ref(), place * run.hidden, places * run.hidden);
        let before = |number: usize| kept(if keep { run.place(number) } else { number % 2 });
        if keep {
            let launch = self.kernel("recurrent", "begin");
            let launch = launch.with(step(run, run.place(0), [first, kept(0)], None));
            let launch = launch.with(first.pointers()).with(kept(0).pointers());
            launch.over(run.batch * run.hidden);
        }
        for number in 0..run.steps {
            let old = if number > 0 || keep { before(number) } else { first };
            let new = if number + 1 < run.steps { before(number + 1) } else { last };
            let launch = self.kernel("recurrent", &format!("forward_{}", cell(run)));
            let launch = launch.with(step(run, run.place(number), [old, new], lengths));
            let launch = launch.with(wh).with(bx).with(bh).with(&trace.gates).with(trace.u.as_ref());
            let launch = launch.with(old.pointers()).with(new.pointers()).with(y);
            launch.blocks(grid(run), THREADS);
        }
    }

    pub(super) fn steps_back(&'static self, backward: &Backward) {
        let &Backward { run, wh, trace, dy, slopes: [slopes, state_slopes], first } = backward;
        // Of the states behind the step that is treated.
        let after = |state: usize| match run.ends {
            true => {
                let start = (run.rows() - run.cell.states() + state) * run.hidden;
                self.read(dy, start, &[run.batch, run.hidden], &[run.rows() * run.hidden, 1])
            }
            false => Memory::zeros(self, run.batch * run.hidden),
        };
        let (dh, dc) = (after(0), (run.cell == Cell::Lstm).then(|| after(1)));
        let ds = States::apart(&dh, dc.as_ref(), 0, run.hidden);
        let olds = States::apart(&trace.h, trace.c.as_ref(), 0, run.steps * run.hidden);
        for number in (0..run.steps).rev() {
            let later = if number + 1 < run.steps { run.place(number + 1) } else { run.steps };
            let launch = self.kernel("recurrent", &format!("backward_{}", cell(run)));
            let launch = launch.with(step(run, run.place(number), [olds, ds], trace.lengths.as_ref()));
            let launch = launch.with(later).with(wh).with(&trace.gates).with(trace.u.as_ref());
            let launch = launch.with(olds.pointers()).with(dy).with(ds.pointers());
            launch.with(slopes).with(state_slopes).blocks(grid(run), THREADS);
        }
        if let Some(first) = first {
            let launch = self.kernel("recurrent", "end").with(step(run, 0, [ds, first], None));
            let launch =
                launch.with(run.place(0)).with(run.cell.gates() * run.hidden).with(wh).with(state_slopes);
            let launch = launch.with(ds.pointers()).with(first.pointers());
            launch.blocks(grid(run), THREADS);
        }
    }
}

fn grid(run: &Run) -> [usize; 3] {
    [run.batch.div_ceil(TILE) * run.hidden.div_ceil(TILE), 1, 1]
}

/// The kernels' `Step`.
fn step(run: &Run, place: usize, [old, new]: [States; 2], lengths: Option<&Memory<u32>>) -> Vec<u64> {
    let outputs = usize::from(run.outputs);
    let numbers = [run.batch, run.steps, run.hidden, place, run.rows(), outputs, old.stride, new.stride];
    let numbers = numbers.map(|number| number as u32);
    packed(&numbers).chain([lengths.map_or(0, Memory::address)]).collect()
}
