//! Recurrent cells on a GPU: the same operation.

use crate::array::{Array, Layout};
use crate::compute;
use crate::cpu::recurrent::{Run, Wanted};
use crate::cuda::{Gpu, RecurrentGradients as Gradients};
use crate::raw::Raw;

/// [`recurrent`](super::recurrent) of input, parameters and state; `keep` says whether there will be gradients.
pub(super) fn recurrent(gpu: &'static Gpu, run: Run, parents: [&Raw; 6], keep: bool) -> Raw {
    // Inside `autocast` inputs, parameters and results are rounded; the states between the steps are not.
    let [inputs @ .., state] = parents;
    let kept = inputs.map(|input| input.kept().in_layout(Layout::RowMajor).for_product());
    let [x, wx, wh, bx, bh] = kept.each_ref().map(|kept| kept.array().memory(gpu));
    let state = state.array().row_major().memory(gpu);
    let (y, trace) = gpu.recurrent(&run, &x, [&wx, &wh, &bx, &bh], &state, keep);
    let y = Array::on_gpu(&[run.batch, run.rows(), run.hidden], Layout::RowMajor, y);
    let [x, wx, wh, ..] = kept;
    Raw::from_product("recurrent", y, &parents, move |gradient, wanted| {
        let Some(trace) = &trace else { unreachable!("kept wherever a parent is tracked") };
        let [x, wx, wh] = [&x, &wx, &wh].map(|kept| kept.array().memory(gpu));
        let (dy, wanted) = (gradient.row_major().memory(gpu), Wanted { x: wanted[0], state: wanted[5] });
        let Gradients { x, weights: [dwx, dwh], slopes: [of_inputs, of_states], state } =
            gpu.recurrent_back(&run, &x, [&wx, &wh], trace, &dy, wanted);
        let columns = run.cell.gates() * run.hidden;
        let dbx = compute::row_sum(&of_inputs, columns);
        let dbh = if of_states.is(&of_inputs) { dbx.clone() } else { compute::row_sum(&of_states, columns) };
        vec![x, Some(dwx), Some(dwh), Some(dbx), Some(dbh), state]
    })
}
