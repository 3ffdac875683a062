//! The parameters packed for the products of a step.

use super::{Parameters, Run};
use crate::amp::Precision;
use crate::cpu::buffer::Buffer;
use crate::cpu::gemm::Matrix;
use crate::cpu::half;
use crate::cpu::packed::Packed;
use crate::cpu::tile::{Kernels, Start};

/// A product of a step: the first value of the operand, the packed weights, the bias, and the first gate of the result.
struct Product {
    from: usize,
    weights: Packed,
    bias: Buffer,
    to: usize,
}

/// What makes the gates of a step of inputs and states.
pub(super) struct Forward {
    products: Vec<Product>,
    precision: Option<Precision>,
}

impl Forward {
    pub(super) fn new(
        run: &Run,
        kernels: &'static Kernels,
        [wx, wh, bx, bh]: Parameters,
        precision: Option<Precision>,
    ) -> Forward {
        let (inputs, hidden) = (run.inputs, run.hidden);
        let product = |weights: usize, count: usize, input: bool, state: bool, to: usize| {
            let (first, len) = (weights * hidden, count * hidden);
            let parts = [
                (inputs, Matrix::transposed(&wx[first * inputs..], inputs)),
                (hidden, Matrix::transposed(&wh[first * hidden..], hidden)),
            ];
            let parts = &parts[usize::from(!input)..if state { 2 } else { 1 }];
            let mut bias = Buffer::full(kernels.padded(len), 0.0);
            for (_, values) in [(input, bx), (state, bh)].iter().filter(|(there, _)| *there) {
                bias.iter_mut().zip(&values[first..first + len]).for_each(|(sum, value)| *sum += value);
            }
            let packed = Packed::new(kernels, run.block(), len, parts);
            Product { from: if input { 0 } else { inputs }, weights: packed, bias, to: to * hidden }
        };
        let products = match precision {
            None => run
                .cell
                .pieces()
                .iter()
                .map(|piece| product(piece.weights, piece.gates[1], piece.input, piece.state, piece.gates[0]))
                .collect(),
            // The products of the input and of the state are rounded before they are added.
            Some(_) => {
                let gates = run.cell.gates();
                vec![product(0, gates, true, false, 0), product(0, gates, false, true, gates)]
            }
        };
        Forward { products, precision }
    }

    /// What the inputs and states in `rows` say to the gates.
    pub(super) fn gates(&self, run: &Run, rows: &[f32], gates: &mut [f32]) {
        let Some(precision) = self.precision else { return self.multiply(run, rows, gates, run.gates()) };
        let (hidden, all) = (run.hidden, run.cell.gates());
        let count = rows.len() / run.row();
        let mut apart = Buffer::scratch(count * 2 * all * hidden);
        self.multiply(run, rows, &mut apart, 2 * all * hidden);
        half::round(&mut apart, precision);
        for (to, from) in gates.chunks_exact_mut(run.gates()).zip(apart.chunks_exact(2 * all * hidden)) {
            let (of_input, of_state) = from.split_at(all * hidden);
            to[..all * hidden].copy_from_slice(of_input);
            for piece in run.cell.pieces().iter().filter(|piece| piece.state) {
                let [first, len] = piece.gates.map(|gate| gate * hidden);
                let from = &of_state[piece.weights * hidden..][..len];
                if piece.input {
                    to[first..first + len].iter_mut().zip(from).for_each(|(sum, value)| *sum += value);
                } else {
                    to[first..first + len].copy_from_slice(from);
                }
            }
        }
    }

    fn multiply(&self, run: &Run, rows: &[f32], to: &mut [f32], stride: usize) {
        for Product { from, weights, bias, to: first } in &self.products {
            let count = rows.len() / run.row();
            let rows = Matrix::new(&rows[*from..], run.row());
            weights.multiply(count, rows, Start::Bias(bias), &mut to[*first..], stride);
        }
    }
}

/// What makes the gradients of inputs or of states of those of the gates: the first gate and the packed weights.
pub(super) struct Backward(Vec<(usize, Packed)>);

impl Backward {
    pub(super) fn of_inputs(run: &Run, kernels: &'static Kernels, weights: &[f32]) -> Backward {
        Backward::new(run, kernels, weights, run.inputs, true)
    }

    pub(super) fn of_states(run: &Run, kernels: &'static Kernels, weights: &[f32]) -> Backward {
        Backward::new(run, kernels, weights, run.hidden, false)
    }

    fn new(run: &Run, kernels: &'static Kernels, weights: &[f32], columns: usize, inputs: bool) -> Backward {
        let pieces = run.cell.pieces().iter();
        let pieces = pieces.filter(|piece| if inputs { piece.input } else { piece.state });
        let packed = pieces.map(|piece| {
            let [to, len] = piece.gates.map(|gate| gate * run.hidden);
            let matrix = Matrix::new(&weights[piece.weights * run.hidden * columns..], columns);
            (to, Packed::new(kernels, run.block(), columns, &[(len, matrix)]))
        });
        Backward(packed.collect())
    }

    /// Adds the products to `c`, or writes them there.
    pub(super) fn multiply(&self, count: usize, slopes: Matrix, add: bool, c: &mut [f32], c_row: usize) {
        for (i, (first, packed)) in self.0.iter().enumerate() {
            let start = if add || i > 0 { Start::Result } else { Start::Zero };
            packed.multiply(count, Matrix { values: &slopes.values[*first..], ..slopes }, start, c, c_row);
        }
    }
}
