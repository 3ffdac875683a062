//! The steps backwards.

use super::weights::Backward;
use super::{Parameters, Run, Trace, next};
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::Matrix;
use crate::cpu::packed::{Rows, add_products};
use crate::cpu::tile::{Kernels, Start};
use crate::cpu::{reduce, simd, threads};

/// Rows of gradients that go into the weights at a time: they stay in a core's cache until then.
const ROWS: usize = 64;

/// Which gradients are asked for beside those of the parameters.
#[derive(Clone, Copy)]
pub struct Wanted {
    pub x: bool,
    pub state: bool,
}

pub struct Gradients {
    /// None if it was not asked for.
    pub x: Option<Buffer>,
    /// Of `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
    pub parameters: [Buffer; 4],
    pub state: Buffer,
}

/// What the blocks share.
struct Shared<'a> {
    run: &'a Run,
    kernels: &'static Kernels,
    dy: &'a [f32],
    of_inputs: Option<Backward>,
    of_states: Backward,
    wanted: Wanted,
    /// Values from one row of slopes to the next: not a power of two, whose rows would lie in one set of a cache.
    stride: usize,
}

/// Some sequences: their parts of what was kept and of the gradients; of the rows, also what follows.
struct Block<'a> {
    first: usize,
    count: usize,
    trace: Trace<&'a [f32]>,
    dx: &'a mut [f32],
    dstate: &'a mut [f32],
    /// Of the weights, and of the biases of the gates that a step computes.
    part: &'a mut [f32],
}

/// The gradients, from that of the result.
pub fn backward(
    run: &Run,
    kernels: &'static Kernels,
    parameters: Parameters,
    trace: Trace<&[f32]>,
    dy: &[f32],
    wanted: Wanted,
) -> Gradients {
    let [wx, wh, ..] = parameters;
    let shared = Shared {
        run,
        kernels,
        dy,
        of_inputs: wanted.x.then(|| Backward::of_inputs(run, kernels, wx)),
        of_states: Backward::of_states(run, kernels, wh),
        wanted,
        stride: kernels.padded(run.gates()) + kernels.lanes,
    };
    let of_x = if wanted.x { run.steps * run.inputs } else { 0 };
    let mut dx = Buffer::scratch(run.batch * of_x);
    let mut dstate = Buffer::scratch(run.batch * run.state());
    let part_len = wx.len() + wh.len() + run.gates();
    let mut parts = Buffer::scratch(run.blocks().count() * part_len);
    let (mut rest_x, mut rest_state, mut rest_parts) = (&mut dx[..], &mut dstate[..], &mut parts[..]);
    let blocks: Vec<Block> = run
        .blocks()
        .map(|(first, count)| {
            let of = |len: usize| first * len..(first + count) * len;
            let rows = of((run.steps + 1) * run.row()).start..;
            Block {
                first,
                count,
                trace: Trace {
                    rows: &trace.rows[rows],
                    cells: &trace.cells[of((run.steps + 1) * run.cells())],
                    gates: &trace.gates[of(run.steps * run.gates())],
                },
                dx: next(&mut rest_x, count * of_x),
                dstate: next(&mut rest_state, count * run.state()),
                part: next(&mut rest_parts, part_len),
            }
        })
        .collect();
    threads::for_each_of(blocks, |_, block| block.run(&shared));
    let parameters = summed(run, &parts, part_len, [wx.len(), wh.len()]);
    Gradients { x: wanted.x.then_some(dx), parameters, state: dstate }
}

/// The gradients of the parameters: the sums of those of all blocks, in their order.
fn summed(run: &Run, parts: &[f32], part_len: usize, [of_wx, of_wh]: [usize; 2]) -> [Buffer; 4] {
    let sum = |start: usize, len: usize| {
        let mut sum = Buffer::full(len, 0.0);
        let parts = parts.chunks_exact(part_len.max(1));
        reduce::add_parts(&mut sum, parts.map(|part| &part[start..start + len]));
        sum
    };
    let biases = sum(of_wx + of_wh, run.gates());
    let bias = |of_input: bool| {
        let mut bias = Buffer::scratch(run.cell.gates() * run.hidden);
        let pieces = run.cell.pieces().iter();
        for piece in pieces.filter(|piece| if of_input { piece.input } else { piece.state }) {
            let [from, len] = piece.gates.map(|gate| gate * run.hidden);
            bias[piece.weights * run.hidden..][..len].copy_from_slice(&biases[from..from + len]);
        }
        bias
    };
    [sum(0, of_wx), sum(of_wx, of_wh), bias(true), bias(false)]
}

impl Block<'_> {
    fn run(mut self, shared: &Shared) {
        let run = shared.run;
        let (count, stride) = (self.count, shared.stride);
        let mut dh = Buffer::scratch(count * run.hidden);
        let mut dc = Buffer::scratch(count * run.cells());
        self.begin(shared, &mut dh, &mut dc);
        let steps_at_once = (ROWS / count).clamp(1, run.steps);
        // Of some steps, the last ones of which come first.
        let mut slopes = Buffer::full(steps_at_once * count * stride, 0.0);
        let mut end = run.steps;
        while end > 0 {
            let first = end.saturating_sub(steps_at_once);
            for step in (first..end).rev() {
                let slopes = &mut slopes[(step - first) * count * stride..][..count * stride];
                self.step(shared, step, slopes, &mut dh, &mut dc);
            }
            let slopes = &slopes[..(end - first) * count * stride];
            self.add_to_parameters(shared, first, slopes, end == run.steps);
            end = first;
        }
        for (i, dstate) in self.dstate.chunks_exact_mut(run.state()).enumerate() {
            let (h, c) = dstate.split_at_mut(run.hidden);
            h.copy_from_slice(&dh[i * run.hidden..][..run.hidden]);
            c.copy_from_slice(&dc[i * run.cells()..][..run.cells()]);
        }
    }

    /// The gradients of the states after the last step.
    fn begin(&self, shared: &Shared, dh: &mut [f32], dc: &mut [f32]) {
        let run = shared.run;
        if !run.ends {
            dh.fill(0.0);
            dc.fill(0.0);
            return;
        }
        let ends = (run.rows() - run.cell.states()) * run.hidden;
        for i in 0..self.count {
            let dy = &shared.dy[(self.first + i) * run.rows() * run.hidden + ends..][..run.state()];
            dh[i * run.hidden..][..run.hidden].copy_from_slice(&dy[..run.hidden]);
            dc[i * run.cells()..][..run.cells()].copy_from_slice(&dy[run.state() - run.cells()..]);
        }
    }

    /// From the gradients of the states after a step to those before it, of the gates and of the inputs.
    fn step(&mut self, shared: &Shared, step: usize, slopes: &mut [f32], dh: &mut [f32], dc: &mut [f32]) {
        let (run, count) = (shared.run, self.count);
        let (place, hidden, cells) = (run.place(step), run.hidden, run.cells());
        let rows = &self.trace.rows[step * count * run.row()..][..count * run.row()];
        let gates = &self.trace.gates[step * count * run.gates()..][..count * run.gates()];
        let (old_cells, new_cells) =
            self.trace.cells[step * count * cells..][..2 * count * cells].split_at(count * cells);
        simd::vectorised(
            #[inline(always)]
            || {
                for i in 0..count {
                    let slopes = &mut slopes[i * shared.stride..][..run.gates()];
                    if place >= run.lengths[self.first + i] {
                        slopes.fill(0.0);
                        continue;
                    }
                    let (dh, here) = (&mut dh[i * hidden..][..hidden], i * cells..(i + 1) * cells);
                    if run.outputs {
                        let dy = &shared.dy[((self.first + i) * run.rows() + place) * hidden..][..hidden];
                        dh.iter_mut().zip(dy).for_each(|(dh, dy)| *dh += dy);
                    }
                    let gates = &gates[i * run.gates()..][..run.gates()];
                    let old = [&rows[i * run.row() + run.inputs..][..hidden], &old_cells[here.clone()]];
                    let (new_c, dc) = (&new_cells[here.clone()], &mut dc[here]);
                    run.cell.step_back(gates, old, new_c, [dh, dc], slopes);
                }
            },
        );
        let slopes = Matrix::new(slopes, shared.stride);
        if step > 0 || shared.wanted.state {
            shared.of_states.multiply(count, slopes, true, dh, hidden);
        }
        if let Some(of_inputs) = &shared.of_inputs {
            let dx = &mut self.dx[place * run.inputs..];
            of_inputs.multiply(count, slopes, false, dx, run.steps * run.inputs);
        }
    }

    /// Adds what some steps say to the gradients of the parameters, or begins with it.
    fn add_to_parameters(&mut self, shared: &Shared, first: usize, slopes: &[f32], begin: bool) {
        let (run, stride) = (shared.run, shared.stride);
        let (inputs, hidden, gates) = (run.inputs, run.hidden, run.gates());
        let start = if begin { Start::Zero } else { Start::Result };
        let count = slopes.len() / stride;
        let rows = &self.trace.rows[first * self.count * run.row()..];
        let (weights, bias) = self.part.split_at_mut(self.part.len() - gates);
        let (dwx, dwh) = weights.split_at_mut(run.cell.gates() * hidden * inputs);
        for piece in run.cell.pieces() {
            let [gate, len] = piece.gates.map(|gate| gate * hidden);
            let a = Rows { values: &slopes[gate..], count, stride };
            let add = |width: usize, from: usize, to: &mut [f32]| {
                let b = Rows { values: &rows[from..], count, stride: run.row() };
                let to = &mut to[piece.weights * hidden * width..][..len * width];
                add_products(shared.kernels, [len, width], a, b, start, to);
            };
            if piece.input {
                add(inputs, 0, dwx);
            }
            if piece.state {
                add(hidden, inputs, dwh);
            }
        }
        if begin {
            bias.fill(0.0);
        }
        simd::vectorised(
            #[inline(always)]
            || {
                for slopes in slopes.chunks_exact(stride) {
                    bias.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope);
                }
            },
        );
    }
}
