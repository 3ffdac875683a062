//! `recurrent`: a recurrent cell (plain, GRU or LSTM) over all steps of a batch of sequences, forwards or backwards.
//!
//! The products with the input are made beforehand, for all steps in one; here remains one product a step, and the
//! gradient of the weight is one product for all steps again.

use rayon::prelude::*;

use crate::amp;
use crate::array::{Array, Kept, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::{Matrix, gemm};
use crate::cpu::{half, reduce};
use crate::raw::Raw;

/// Which cell; the formulas, and the order of the gates, are PyTorch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// `h' = tanh(x + W h + b)`.
    Tanh,
    /// `h' = max(0, x + W h + b)`.
    Relu,
    /// Gates r, z, n: `n = tanh(x_n + r (W h + b)_n)`, `h' = (1 - z) n + z h` (Cho et al. 2014,
    /// <https://arxiv.org/abs/1406.1078>).
    Gru,
    /// Gates i, f, g, o: `c' = f c + i g`, `h' = o tanh(c')` (Hochreiter and Schmidhuber 1997,
    /// <https://doi.org/10.1162/neco.1997.9.8.1735>).
    Lstm,
}

impl Cell {
    /// How many rows of weights there are for each hidden value.
    pub fn gates(self) -> usize {
        match self {
            Cell::Tanh | Cell::Relu => 1,
            Cell::Gru => 3,
            Cell::Lstm => 4,
        }
    }

    /// How many states a sequence ends in: `h`, and `c` of an LSTM.
    pub fn states(self) -> usize {
        if self == Cell::Lstm { 2 } else { 1 }
    }

    /// Values kept for the gradient, for each hidden value.
    fn kept(self) -> usize {
        if self.gates() == 1 { 0 } else { 4 }
    }

    /// One step of one sequence: from what the input and the state say (`x`, `u`) and the `old` state to the `new` one.
    fn step(self, [x, u]: [&[f32]; 2], old: &[f32], new: &mut [f32], kept: &mut [f32]) {
        let hidden = new.len() / self.states();
        for j in 0..hidden {
            let at = |gate: usize| gate * hidden + j;
            let sum = |gate: usize| x[at(gate)] + u[at(gate)];
            match self {
                Cell::Tanh => new[j] = sum(0).tanh(),
                Cell::Relu => new[j] = sum(0).max(0.0),
                Cell::Gru => {
                    let (r, z) = (sigmoid(sum(0)), sigmoid(sum(1)));
                    let n = (x[at(2)] + r * u[at(2)]).tanh();
                    new[j] = (1.0 - z) * n + z * old[j];
                    [kept[at(0)], kept[at(1)], kept[at(2)], kept[at(3)]] = [r, z, n, u[at(2)]];
                }
                Cell::Lstm => {
                    let (i, f, g, o) = (sigmoid(sum(0)), sigmoid(sum(1)), sum(2).tanh(), sigmoid(sum(3)));
                    let c = f * old[at(1)] + i * g;
                    (new[j], new[at(1)]) = (o * c.tanh(), c);
                    [kept[at(0)], kept[at(1)], kept[at(2)], kept[at(3)]] = [i, f, g, o];
                }
            }
        }
    }

    /// The gradients of that step: `state` holds those of the new state and gets those of the old one, but for the way
    /// through `u`; `dx` and `du` get those of `x` and `u`.
    fn step_back(self, [old, new, kept]: [&[f32]; 3], state: &mut [f32], dx: &mut [f32], du: &mut [f32]) {
        let hidden = new.len() / self.states();
        for j in 0..hidden {
            let at = |gate: usize| gate * hidden + j;
            let dh = state[j];
            match self {
                Cell::Tanh => dx[j] = dh * (1.0 - new[j] * new[j]),
                Cell::Relu => dx[j] = if new[j] > 0.0 { dh } else { 0.0 },
                Cell::Gru => {
                    let [r, z, n, u] = [0, 1, 2, 3].map(|gate| kept[at(gate)]);
                    let dn = dh * (1.0 - z) * (1.0 - n * n);
                    dx[at(0)] = dn * u * r * (1.0 - r);
                    dx[at(1)] = dh * (old[j] - n) * z * (1.0 - z);
                    dx[at(2)] = dn;
                    (du[at(0)], du[at(1)], du[at(2)]) = (dx[at(0)], dx[at(1)], dn * r);
                    state[j] = dh * z;
                    continue;
                }
                Cell::Lstm => {
                    let [i, f, g, o] = [0, 1, 2, 3].map(|gate| kept[at(gate)]);
                    let c = new[at(1)].tanh();
                    let dc = state[at(1)] + dh * o * (1.0 - c * c);
                    dx[at(0)] = dc * g * i * (1.0 - i);
                    dx[at(1)] = dc * old[at(1)] * f * (1.0 - f);
                    dx[at(2)] = dc * i * (1.0 - g * g);
                    dx[at(3)] = dh * c * o * (1.0 - o);
                    state[at(1)] = dc * f;
                }
            }
            state[j] = 0.0;
        }
        if self != Cell::Gru {
            du.copy_from_slice(dx);
        }
    }
}

/// The sizes of one run.
#[derive(Clone)]
struct Sizes {
    cell: Cell,
    batch: usize,
    steps: usize,
    hidden: usize,
    /// How many steps each sequence has.
    lengths: Vec<usize>,
    reverse: bool,
}

impl Sizes {
    /// Values of the state of one sequence.
    fn state(&self) -> usize {
        self.cell.states() * self.hidden
    }

    fn gates(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// The place in the sequence that a step treats.
    fn place(&self, step: usize) -> usize {
        if self.reverse { self.steps - 1 - step } else { step }
    }

    /// Rows of the result of one sequence: one a step, then the last states.
    fn rows(&self) -> usize {
        self.steps + self.cell.states()
    }
}

/// Runs a cell over `x`, `[batch, steps, gates · hidden]`: the products of the inputs with their weights, biases added.
/// `weight` is `[gates · hidden, hidden]`, `bias` `[gates · hidden]`, `state` `[batch, states · hidden]`.
///
/// The result is `[batch, steps + states, hidden]`: the output of every step, then the state that each sequence ends in. A
/// sequence shorter than `steps` has outputs of zero behind its end, and its state stays; backwards it starts at its end.
///
/// ***Panics*** if the sizes do not agree, or if a length is more than the number of steps.
#[track_caller]
pub fn recurrent(
    cell: Cell,
    x: &Raw,
    weight: &Raw,
    bias: &Raw,
    state: &Raw,
    lengths: Option<&[usize]>,
    reverse: bool,
) -> Raw {
    let s = sizes(cell, [x, weight, bias, state], lengths, reverse);
    let input = x.array().row_major();
    let (kept_weight, b) = (weight.kept().for_product(), bias.kept().for_product().array());
    let (w, precision) = (kept_weight.array(), amp::precision());
    // Inside `autocast` the hidden states, which go into the products, and these are rounded; `c` of an LSTM is not.
    let round = |values: &mut [f32]| {
        if let Some(precision) = precision {
            half::round(values, precision);
        }
    };
    let (gates, kept_row) = (s.gates(), cell.kept() * s.hidden);
    // The states before the first step and after each; only `h`, and `c` of an LSTM.
    let mut states = Buffer::scratch((s.steps + 1) * s.batch * s.state());
    let mut kept = Buffer::scratch(s.steps * s.batch * kept_row);
    let mut y = Buffer::full(s.batch * s.rows() * s.hidden, 0.0);
    let of_step = s.batch * s.state();
    states[..of_step].copy_from_slice(state.array().row_major().values());
    states[..of_step].chunks_mut(s.state()).for_each(|state| round(&mut state[..s.hidden]));
    let mut products = Buffer::scratch(s.batch * gates);
    for step in 0..s.steps {
        let (before, after) = states.split_at_mut((step + 1) * of_step);
        let (old, new) = (&before[step * of_step..], &mut after[..of_step]);
        let h = Matrix { values: old, row_stride: s.state(), column_stride: 1 };
        let columns = Matrix::transposed(w.values(), s.hidden);
        gemm([s.batch, s.hidden, gates], h, columns, Some(b.values()), &mut products);
        round(&mut products);
        let place = s.place(step);
        let kept = &mut kept[step * s.batch * kept_row..][..s.batch * kept_row];
        let mut kept: Vec<&mut [f32]> = kept.chunks_mut(kept_row.max(1)).collect();
        // A plain cell keeps nothing.
        kept.resize_with(s.batch, Default::default);
        (new.par_chunks_mut(s.state()), old.par_chunks(s.state()), products.par_chunks(gates), kept)
            .into_par_iter()
            .enumerate()
            .with_min_len((4096 / gates).max(1))
            .for_each(|(row, (new, old, product, kept))| {
                if place < s.lengths[row] {
                    let x = &input.values()[(row * s.steps + place) * gates..][..gates];
                    cell.step([x, product], old, new, kept);
                    round(&mut new[..s.hidden]);
                } else {
                    new.copy_from_slice(old);
                }
            });
        for (row, new) in new.chunks(s.state()).enumerate().filter(|&(row, _)| place < s.lengths[row]) {
            y[(row * s.rows() + place) * s.hidden..][..s.hidden].copy_from_slice(&new[..s.hidden]);
        }
    }
    let last = &states[s.steps * of_step..];
    for (y, last) in y.chunks_mut(s.rows() * s.hidden).zip(last.chunks(s.state())) {
        y[s.steps * s.hidden..].copy_from_slice(last);
    }
    let y = Array::new(&[s.batch, s.rows(), s.hidden], Layout::RowMajor, y);
    let [states, kept] = [states, kept].map(|values| {
        let array = Array::new(&[values.len()], Layout::RowMajor, values);
        Kept::from(array).for_product()
    });
    Raw::from_product("recurrent", y, &[x, weight, bias, state], move |gradient, _| {
        let [weight, states, kept] = [&kept_weight, &states, &kept].map(Kept::array);
        back(&s, &gradient.row_major(), weight.values(), states.values(), kept.values())
    })
}

/// The gradients of the four parents.
fn back(s: &Sizes, dy: &Array, weight: &[f32], states: &[f32], kept: &[f32]) -> Vec<Option<Array>> {
    let (gates, kept_row, of_step) = (s.gates(), s.cell.kept() * s.hidden, s.batch * s.state());
    let row_of = |row: usize, place: usize| &dy.values()[(row * s.rows() + place) * s.hidden..];
    let mut state = Buffer::scratch(of_step);
    for (row, state) in state.chunks_mut(s.state()).enumerate() {
        state.copy_from_slice(&row_of(row, s.steps)[..s.state()]);
    }
    let mut dx = Buffer::full(s.batch * s.steps * gates, 0.0);
    // Of all steps, in their order, for one product at the end.
    let mut du = Buffer::full(s.steps * s.batch * gates, 0.0);
    let mut through = Buffer::scratch(s.batch * s.hidden);
    for step in (0..s.steps).rev() {
        let place = s.place(step);
        let (old, new) = states[step * of_step..].split_at(of_step);
        let du = &mut du[step * s.batch * gates..][..s.batch * gates];
        for (row, (state, du)) in state.chunks_mut(s.state()).zip(du.chunks_mut(gates)).enumerate() {
            if place >= s.lengths[row] {
                continue;
            }
            state.iter_mut().zip(&row_of(row, place)[..s.hidden]).for_each(|(state, dy)| *state += dy);
            let here = row * s.state()..(row + 1) * s.state();
            let kept = &kept[(step * s.batch + row) * kept_row..][..kept_row];
            let dx = &mut dx[(row * s.steps + place) * gates..][..gates];
            s.cell.step_back([&old[here.clone()], &new[here], kept], state, dx, du);
        }
        let rows = Matrix::new(weight, s.hidden);
        gemm([s.batch, gates, s.hidden], Matrix::new(du, gates), rows, None, &mut through);
        for (state, through) in state.chunks_mut(s.state()).zip(through.chunks(s.hidden)) {
            state.iter_mut().zip(through).for_each(|(state, through)| *state += through);
        }
    }
    let mut dw = Buffer::scratch(gates * s.hidden);
    let all = s.steps * s.batch;
    let before = Matrix { values: states, row_stride: s.state(), column_stride: 1 };
    gemm([gates, all, s.hidden], Matrix::transposed(&du, gates), before, None, &mut dw);
    let array = |sizes: &[usize], values| Some(Array::new(sizes, Layout::RowMajor, values));
    vec![
        array(&[s.batch, s.steps, gates], dx),
        array(&[gates, s.hidden], dw),
        Some(reduce::row_sum(&du, gates)),
        array(&[s.batch, s.state()], state),
    ]
}

#[track_caller]
fn sizes(cell: Cell, [x, weight, bias, state]: [&Raw; 4], lengths: Option<&[usize]>, reverse: bool) -> Sizes {
    let sizes = x.sizes();
    let &[batch, steps, gates] = &sizes[..] else {
        panic!("recurrent: expected sequences [batch, steps, gates], got {sizes:?}")
    };
    let hidden = gates / cell.gates();
    assert!(
        weight.sizes() == [gates, hidden] && bias.sizes() == [gates],
        "recurrent: the weight {:?} and the bias {:?} do not fit inputs of shape {sizes:?}",
        weight.sizes(),
        bias.sizes()
    );
    assert!(steps > 0 && hidden > 0, "recurrent: sequences of shape {sizes:?} have no steps");
    assert!(
        state.sizes() == [batch, cell.states() * hidden],
        "recurrent: expected a state of shape [{batch}, {}], got {:?}",
        cell.states() * hidden,
        state.sizes()
    );
    let lengths = lengths.map_or_else(|| vec![steps; batch], <[usize]>::to_vec);
    assert!(lengths.len() == batch, "expected the lengths of {batch} sequences, got {}", lengths.len());
    if let Some(length) = lengths.iter().find(|&&length| length > steps) {
        panic!("a sequence of length {length} does not fit into {steps} steps");
    }
    Sizes { cell, batch, steps, hidden, lengths, reverse }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::check_gradient;
    use crate::random::Generator;

    #[test]
    fn gradient() {
        let mut random = Generator::new(1);
        for cell in [Cell::Tanh, Cell::Gru, Cell::Lstm] {
            for (reverse, lengths) in
                [(false, None), (true, None), (false, Some([3, 2])), (true, Some([1, 3]))]
            {
                let (gates, states) = (cell.gates() * 2, cell.states() * 2);
                let inputs = [&[2, 3, gates][..], &[gates, 2], &[gates], &[2, states]]
                    .map(|sizes| random.uniform(sizes, -1.0, 1.0));
                check_gradient(&inputs, |x| {
                    let lengths = lengths.as_ref().map(|lengths| &lengths[..]);
                    recurrent(cell, &x[0], &x[1], &x[2], &x[3], lengths, reverse)
                });
            }
        }
    }

    #[test]
    fn behind_its_end_a_sequence_gives_zeros_and_keeps_its_state() {
        let mut random = Generator::new(2);
        let [x, w, b, h] =
            [&[1, 4, 3][..], &[3, 3], &[3], &[1, 3]].map(|sizes| Raw::new(random.uniform(sizes, -1.0, 1.0)));
        let y = recurrent(Cell::Tanh, &x, &w, &b, &h, Some(&[2]), false).to_vec();
        assert_eq!(y[6..12], [0.0; 6]);
        assert_eq!(y[12..], y[3..6]);
    }

    #[test]
    #[should_panic(expected = "a sequence of length 5 does not fit into 4 steps")]
    fn a_length_is_at_most_the_number_of_steps() {
        let [x, w, b, h] =
            [&[1, 4, 3][..], &[3, 3], &[3], &[1, 3]].map(|sizes| Raw::new(Array::full(sizes, 0.0)));
        recurrent(Cell::Tanh, &x, &w, &b, &h, Some(&[5]), false);
    }
}
