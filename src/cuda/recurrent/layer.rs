//! All steps in one launch: `kernels/recurrent_layer.cu`.

use super::{Backward, Forward, States, cell};
use crate::cpu::recurrent::Run;
use crate::cuda::launch::packed;
use crate::cuda::{Gpu, Memory};

/// The most hidden values with which a block's registers hold the weights.
pub(super) const WIDEST: usize = 64;

impl Gpu {
    pub(super) fn layer(&'static self, forward: &Forward) {
        let &Forward { run, parameters: [wh, bx, bh], trace, keep, first, last, y } = forward;
        let olds = States::apart(&trace.h, trace.c.as_ref(), 0, 0);
        let launch = self.kernel("recurrent_layer", &kernel(run, "forward"));
        let launch = launch.with(layer(run, [first.stride, last.stride], trace.lengths.as_ref()));
        let launch = launch.with(wh).with(bx).with(bh).with(&trace.gates).with(trace.u.as_ref());
        let launch = launch.with(first.pointers()).with(pointers(keep.then_some(olds)));
        launch.with(last.pointers()).with(y).blocks([run.batch, 1, 1], threads(run));
    }

    pub(super) fn layer_back(&'static self, backward: &Backward) {
        let &Backward { run, wh, trace, dy, slopes: [slopes, state_slopes], first } = backward;
        let olds = States::apart(&trace.h, trace.c.as_ref(), 0, 0);
        let last = run.ends.then(|| States::ends(run, dy));
        let strides = [first, last].map(|states| states.map_or(0, |states| states.stride));
        let launch = self.kernel("recurrent_layer", &kernel(run, "backward"));
        let launch = launch.with(layer(run, strides, trace.lengths.as_ref()));
        let launch = launch.with(wh).with(&trace.gates).with(trace.u.as_ref()).with(olds.pointers());
        let launch = launch.with(dy).with(pointers(last)).with(slopes).with(state_slopes);
        launch.with(pointers(first)).blocks([run.batch, 1, 1], threads(run));
    }
}

/// How many hidden values the kernel is for.
fn width(run: &Run) -> usize {
    if run.hidden <= 32 { 32 } else { WIDEST }
}

fn kernel(run: &Run, direction: &str) -> String {
    format!("{direction}_{}_{}", cell(run), width(run))
}

fn threads(run: &Run) -> [u32; 3] {
    [(run.cell.gates() * width(run)) as u32, 1, 1]
}

fn pointers(states: Option<States>) -> [u64; 2] {
    states.map_or([0; 2], |states| states.pointers())
}

/// The kernels' `Layer`.
fn layer(run: &Run, [first, last]: [usize; 2], lengths: Option<&Memory<u32>>) -> Vec<u64> {
    let [reverse, outputs] = [run.reverse, run.outputs].map(usize::from);
    let numbers = [run.batch, run.steps, run.hidden, reverse, run.rows(), outputs, first, last];
    let numbers = numbers.map(|number| number as u32);
    packed(&numbers).chain([lengths.map_or(0, Memory::address)]).collect()
}
