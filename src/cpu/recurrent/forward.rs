//! The steps forwards.

use super::weights::Forward;
use super::{Parameters, Run, Trace, next};
use crate::amp::Precision;
use crate::cpu::buffer::Buffer;
use crate::cpu::tile::Kernels;
use crate::cpu::{half, simd, threads};

/// Some sequences: the number of the first, and their parts of what all share.
struct Block<'a> {
    first: usize,
    count: usize,
    y: &'a mut [f32],
    rows: &'a mut [f32],
    cells: &'a mut [f32],
    gates: &'a mut [f32],
}

/// Runs over `x`, `[batch, steps, inputs]`, from `state`, `[batch, states · hidden]`. The result is `[batch, rows, hidden]`,
/// see [`Run::rows`], and beside it what the gradient needs, if that is to be kept.
///
/// With a precision, products and hidden states are rounded to it.
pub fn forward(
    run: &Run,
    kernels: &'static Kernels,
    x: &[f32],
    parameters: Parameters,
    state: &[f32],
    precision: Option<Precision>,
    keep: bool,
) -> (Buffer, Option<Trace>) {
    let weights = Forward::new(run, kernels, parameters, precision);
    // Without a gradient two steps are enough, the old and the new.
    let (states, steps) = if keep { (run.steps + 1, run.steps) } else { (2, 1) };
    let room = |count: usize| Buffer::scratch(run.batch * count);
    let mut trace = Trace {
        // Products with the rows read whole registers, behind the last row too.
        rows: Buffer::scratch(run.batch * states * run.row() + kernels.lanes),
        cells: room(states * run.cells()),
        gates: room(steps * run.gates()),
    };
    let whole = run.lengths.iter().all(|&length| length == run.steps);
    let len = run.batch * run.rows() * run.hidden;
    let mut y = if whole { Buffer::scratch(len) } else { Buffer::full(len, 0.0) };
    let (mut rest_y, mut rows) = (&mut y[..], &mut trace.rows[..]);
    let (mut cells, mut gates) = (&mut trace.cells[..], &mut trace.gates[..]);
    let blocks: Vec<Block> = run
        .blocks()
        .map(|(first, count)| Block {
            first,
            count,
            y: next(&mut rest_y, count * run.rows() * run.hidden),
            rows: next(&mut rows, count * states * run.row()),
            cells: next(&mut cells, count * states * run.cells()),
            gates: next(&mut gates, count * steps * run.gates()),
        })
        .collect();
    threads::for_each_of(blocks, |_, block| block.run(run, &weights, x, state, precision));
    (y, keep.then_some(trace))
}

impl Block<'_> {
    fn run(mut self, run: &Run, weights: &Forward, x: &[f32], state: &[f32], precision: Option<Precision>) {
        self.begin(run, state, precision);
        let (row_len, of_gates) = (run.row(), self.count * run.gates());
        let (slots, gate_slots) = (self.rows.len() / (self.count * row_len), self.gates.len() / of_gates);
        for step in 0..run.steps {
            let place = run.place(step);
            let (old, new) = neighbours(self.rows, self.count * row_len, step, slots);
            let (old_cells, new_cells) = neighbours(self.cells, self.count * run.cells(), step, slots);
            let gates = &mut self.gates[step % gate_slots * of_gates..][..of_gates];
            for (i, old) in old.chunks_exact_mut(row_len).enumerate() {
                let x = &x[((self.first + i) * run.steps + place) * run.inputs..][..run.inputs];
                old[..run.inputs].copy_from_slice(x);
            }
            weights.gates(run, old, gates);
            simd::vectorised(
                #[inline(always)]
                || {
                    let rows = old.chunks_exact(row_len).zip(new.chunks_exact_mut(row_len));
                    let rows = rows.zip(gates.chunks_exact_mut(run.gates()));
                    for (i, ((old, new), gates)) in rows.enumerate() {
                        let cells = i * run.cells()..(i + 1) * run.cells();
                        let (old_c, new_c) = (&old_cells[cells.clone()], &mut new_cells[cells]);
                        let (old, new) = (&old[run.inputs..], &mut new[run.inputs..]);
                        if place < run.lengths[self.first + i] {
                            run.cell.step(gates, [old, old_c], [new, new_c]);
                        } else {
                            new.copy_from_slice(old);
                            new_c.copy_from_slice(old_c);
                        }
                    }
                },
            );
            for (i, new) in new.chunks_exact_mut(row_len).enumerate() {
                let new = &mut new[run.inputs..];
                if place >= run.lengths[self.first + i] {
                    continue;
                }
                if let Some(precision) = precision {
                    half::round(new, precision);
                }
                if run.outputs {
                    self.y[(i * run.rows() + place) * run.hidden..][..run.hidden].copy_from_slice(new);
                }
            }
        }
        self.end(run, run.steps % slots);
    }

    /// The states before the first step.
    fn begin(&mut self, run: &Run, state: &[f32], precision: Option<Precision>) {
        for i in 0..self.count {
            let state = &state[(self.first + i) * run.state()..][..run.state()];
            let h = &mut self.rows[i * run.row() + run.inputs..][..run.hidden];
            h.copy_from_slice(&state[..run.hidden]);
            if let Some(precision) = precision {
                half::round(h, precision);
            }
            self.cells[i * run.cells()..][..run.cells()].copy_from_slice(&state[state.len() - run.cells()..]);
        }
    }

    /// The states after the last step, which lie in this slot.
    fn end(self, run: &Run, slot: usize) {
        if !run.ends {
            return;
        }
        for (i, y) in self.y.chunks_exact_mut(run.rows() * run.hidden).enumerate() {
            let at = slot * self.count + i;
            let (h, c) = y[(run.rows() - run.cell.states()) * run.hidden..].split_at_mut(run.hidden);
            h.copy_from_slice(&self.rows[at * run.row() + run.inputs..][..run.hidden]);
            c.copy_from_slice(&self.cells[at * run.cells()..][..run.cells()]);
        }
    }
}

/// What a step reads and what it writes, of slots that are used over and over again.
fn neighbours(values: &mut [f32], len: usize, step: usize, slots: usize) -> (&mut [f32], &mut [f32]) {
    let (old, new) = (step % slots, (step + 1) % slots);
    let (before, after) = values.split_at_mut(old.max(new) * len);
    let (low, high) = (&mut before[old.min(new) * len..][..len], &mut after[..len]);
    if old < new { (low, high) } else { (high, low) }
}
