//! Recurrent cells over all steps: what all steps share are matrix products; the steps themselves go through all sequences one
//! after the other (`steps.rs`) or, with few hidden values, are one launch (`layer.rs`).

mod layer;
mod states;
mod steps;

use super::{Ending, Gpu, Matrix, Memory, Product};
use crate::array::{Array, Layout};
use crate::cpu::recurrent::{Cell, Run, Wanted};
use states::States;

/// What the gradient needs, a row for each place of each sequence.
pub(crate) struct Trace {
    /// What the gates let through.
    gates: Memory,
    /// What the state says to a GRU's n.
    u: Option<Memory>,
    /// The states before each step.
    h: Memory,
    c: Option<Memory>,
    lengths: Option<Memory<u32>>,
}

/// The gradients of the input, of `weight_ih` and `weight_hh`, and of the state.
pub(crate) struct Gradients {
    pub(crate) x: Option<Array>,
    pub(crate) weights: [Array; 2],
    /// Of what the inputs and what the states say to the gates, `[batch · steps, gates · hidden]`: their sums over all steps
    /// are the gradients of the biases.
    pub(crate) slopes: [Array; 2],
    pub(crate) state: Option<Array>,
}

/// The steps forwards.
struct Forward<'a> {
    run: &'a Run,
    /// `weight_hh`, `bias_ih`, `bias_hh`.
    parameters: [&'a Memory; 3],
    /// Of the gates it has what the inputs say to them. Only if there will be a gradient, the old states are kept.
    trace: &'a Trace,
    keep: bool,
    first: States<'a>,
    last: States<'a>,
    y: &'a Memory,
}

/// The steps backwards.
struct Backward<'a> {
    run: &'a Run,
    wh: &'a Memory,
    trace: &'a Trace,
    dy: &'a Memory,
    /// Gets the gradients of what the inputs say to the gates, and of what the states say: the same but for a GRU.
    slopes: [&'a Memory; 2],
    /// Gets the gradients of the first states.
    first: Option<States<'a>>,
}

impl Gpu {
    /// Runs over `x`, `[batch, steps, inputs]`, from `state`, `[batch, states · hidden]`: the result, and what the gradient
    /// needs if that is to be kept.
    pub(crate) fn recurrent(
        &'static self,
        run: &Run,
        x: &Memory,
        [wx, wh, bx, bh]: [&Memory; 4],
        state: &Memory,
        keep: bool,
    ) -> (Memory, Option<Trace>) {
        let (all, of_gates) = (run.batch * run.steps, run.cell.gates() * run.hidden);
        let (inputs, weights) = (Matrix::new(x, run.inputs), Matrix::transposed(wx, run.inputs));
        let gates =
            self.product(&Product::new([all, run.inputs, of_gates], inputs, weights), &Ending::default());
        let whole = run.lengths.iter().all(|&length| length == run.steps);
        let lengths = || run.lengths.iter().map(|&length| length as u32).collect::<Vec<u32>>();
        // Without a gradient two places are enough, the old and the new.
        let places = if keep { run.steps } else { 2 };
        let room = || Memory::scratch(self, run.batch * places * run.hidden);
        let trace = Trace {
            gates,
            u: (keep && run.cell == Cell::Gru).then(room),
            h: room(),
            c: (run.cell == Cell::Lstm).then(room),
            lengths: (!whole).then(|| self.upload(&lengths())),
        };
        let y = Memory::scratch(self, run.batch * run.rows() * run.hidden);
        let spare = Memory::scratch(self, if run.ends { 0 } else { run.batch * run.state() });
        let forward = Forward {
            run,
            parameters: [wh, bx, bh],
            trace: &trace,
            keep,
            first: States::side_by_side(run, state, 0, run.state()),
            last: match run.ends {
                true => States::ends(run, &y),
                false => States::side_by_side(run, &spare, 0, run.state()),
            },
            y: &y,
        };
        if run.hidden <= layer::WIDEST {
            self.layer(&forward)
        } else {
            self.steps(&forward)
        }
        (y, keep.then_some(trace))
    }

    /// The gradients, from that of the result.
    pub(crate) fn recurrent_back(
        &'static self,
        run: &Run,
        x: &Memory,
        [wx, wh]: [&Memory; 2],
        trace: &Trace,
        dy: &Memory,
        wanted: Wanted,
    ) -> Gradients {
        let (all, of_gates) = (run.batch * run.steps, run.cell.gates() * run.hidden);
        let of_inputs = Memory::scratch(self, all * of_gates);
        let apart = (run.cell == Cell::Gru).then(|| Memory::scratch(self, all * of_gates));
        let of_states = apart.as_ref().unwrap_or(&of_inputs);
        let state = wanted.state.then(|| Memory::scratch(self, run.batch * run.state()));
        let first = state.as_ref().map(|state| States::side_by_side(run, state, 0, run.state()));
        let backward = Backward { run, wh, trace, dy, slopes: [&of_inputs, of_states], first };
        if run.hidden <= layer::WIDEST {
            self.layer_back(&backward)
        } else {
            self.steps_back(&backward)
        }

        let array = |sizes: &[usize], memory| Array::on_gpu(sizes, Layout::RowMajor, memory);
        let of_weight = |slopes: &Memory, with: &Memory, columns: usize| {
            let (slopes, with) = (Matrix::transposed(slopes, of_gates), Matrix::new(with, columns));
            let product =
                self.product(&Product::new([of_gates, all, columns], slopes, with), &Ending::default());
            array(&[of_gates, columns], product)
        };
        let weights = [of_weight(&of_inputs, x, run.inputs), of_weight(of_states, &trace.h, run.hidden)];
        let x = wanted.x.then(|| {
            let (slopes, weights) = (Matrix::new(&of_inputs, of_gates), Matrix::new(wx, run.inputs));
            let product =
                self.product(&Product::new([all, of_gates, run.inputs], slopes, weights), &Ending::default());
            array(&[run.batch, run.steps, run.inputs], product)
        });
        let state = state.map(|state| array(&[run.batch, run.state()], state));
        let of_inputs = array(&[all, of_gates], of_inputs);
        let of_states = apart.map_or_else(|| of_inputs.clone(), |slopes| array(&[all, of_gates], slopes));
        Gradients { x, weights, slopes: [of_inputs, of_states], state }
    }
}

/// The name of a kernel is that of the cell behind its direction.
fn cell(run: &Run) -> &'static str {
    match run.cell {
        Cell::Tanh => "tanh",
        Cell::Relu => "relu",
        Cell::Gru => "gru",
        Cell::Lstm => "lstm",
    }
}
