//! The formulas of the cells, for one step of one sequence.

use std::array::from_fn;

use crate::cpu::math::{sigmoid, tanh};

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

/// Products that are added up: which gates they go to, and which rows of the weights they are made with.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    /// The first gate and how many, of those that a step computes.
    pub(super) gates: [usize; 2],
    /// The first gate's place in the weights.
    pub(super) weights: usize,
    /// Whether the input goes into it, and the state.
    pub(super) input: bool,
    pub(super) state: bool,
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

    /// How many gates a step computes: a GRU's n is made of two.
    pub(super) fn computed(self) -> usize {
        if self == Cell::Gru { 4 } else { self.gates() }
    }

    /// What the gates of a step are made of.
    pub(super) fn pieces(self) -> &'static [Piece] {
        const fn all(count: usize) -> Piece {
            Piece { gates: [0, count], weights: 0, input: true, state: true }
        }
        const GRU: [Piece; 3] = [
            all(2),
            Piece { gates: [2, 1], weights: 2, input: true, state: false },
            Piece { gates: [3, 1], weights: 2, input: false, state: true },
        ];
        match self {
            Cell::Tanh | Cell::Relu => const { &[all(1)] },
            Cell::Gru => &GRU,
            Cell::Lstm => const { &[all(4)] },
        }
    }

    /// One step: `gates` hold what input and state say and get what the gates let through; from the old states to the new.
    #[inline(always)]
    pub(super) fn step(self, gates: &mut [f32], old: [&[f32]; 2], [h, c]: [&mut [f32]; 2]) {
        let hidden = h.len();
        match self {
            Cell::Tanh => of_lanes(
                [],
                [gates, h],
                #[inline(always)]
                |[], [x, _]| [tanh(x); 2],
            ),
            Cell::Relu => of_lanes(
                [],
                [gates, h],
                #[inline(always)]
                |[], [x, _]| [if x < 0.0 { 0.0 } else { x }; 2],
            ),
            Cell::Gru => {
                activate(&mut gates[..2 * hidden], sigmoid);
                let [r, z, n, u] = parts(gates, hidden);
                of_lanes(
                    [&*r, z, u, old[0]],
                    [n, h],
                    #[inline(always)]
                    |[r, z, u, h], [n, _]| {
                        let n = tanh(n + r * u);
                        [n, (1.0 - z) * n + z * h]
                    },
                );
            }
            Cell::Lstm => {
                activate(&mut gates[..2 * hidden], sigmoid);
                activate(&mut gates[2 * hidden..3 * hidden], tanh);
                activate(&mut gates[3 * hidden..], sigmoid);
                let [i, f, g, o] = from_fn(|i| &gates[i * hidden..(i + 1) * hidden]);
                of_lanes(
                    [i, f, g, o, old[1]],
                    [h, c],
                    #[inline(always)]
                    |[i, f, g, o, c], _| {
                        let c = f * c + i * g;
                        [o * tanh(c), c]
                    },
                );
            }
        }
    }

    /// The gradients of that step: `states` hold those of the new states and get those of the old ones, but for the way
    /// through the gates; `slopes` get those of the gates.
    #[inline(always)]
    pub(super) fn step_back(
        self,
        gates: &[f32],
        old: [&[f32]; 2],
        new_c: &[f32],
        [dh, dc]: [&mut [f32]; 2],
        slopes: &mut [f32],
    ) {
        let hidden = dh.len();
        match self {
            Cell::Tanh => of_lanes(
                [gates],
                [slopes, dh],
                #[inline(always)]
                |[y], [_, dh]| [dh * (1.0 - y * y), 0.0],
            ),
            Cell::Relu => {
                of_lanes(
                    [gates],
                    [slopes, dh],
                    #[inline(always)]
                    |[y], [_, dh]| [if y > 0.0 { dh } else { 0.0 }, 0.0],
                );
            }
            Cell::Gru => {
                let [r, z, n, u] = from_fn(|i| &gates[i * hidden..(i + 1) * hidden]);
                let [dr, dz, dn, du] = parts(slopes, hidden);
                of_lanes(
                    [r, z, n, u, old[0]],
                    [dr, dz, dn, du, dh],
                    #[inline(always)]
                    |[r, z, n, u, h], [.., dh]| {
                        let dn = dh * (1.0 - z) * (1.0 - n * n);
                        [dn * u * r * (1.0 - r), dh * (h - n) * z * (1.0 - z), dn, dn * r, dh * z]
                    },
                );
            }
            Cell::Lstm => {
                let [i, f, g, o] = from_fn(|i| &gates[i * hidden..(i + 1) * hidden]);
                let [di, df, dg, d_o] = parts(slopes, hidden);
                let write = [di, df, dg, d_o, dh, dc];
                of_lanes(
                    [i, f, g, o, old[1], new_c],
                    write,
                    #[inline(always)]
                    |[i, f, g, o, old, c], [.., dh, dc]| {
                        let c = tanh(c);
                        let dc = dc + dh * o * (1.0 - c * c);
                        let (di, df) = (dc * g * i * (1.0 - i), dc * old * f * (1.0 - f));
                        [di, df, dc * i * (1.0 - g * g), dh * c * o * (1.0 - o), 0.0, dc * f]
                    },
                );
            }
        }
    }
}

/// In a loop of its own: the functions of many values are on their way at the same time.
#[inline(always)]
fn activate(gates: &mut [f32], f: impl Fn(f32) -> f32) {
    gates.iter_mut().for_each(|gate| *gate = f(*gate));
}

#[inline(always)]
fn parts<const N: usize>(gates: &mut [f32], hidden: usize) -> [&mut [f32]; N] {
    let mut rest = gates;
    from_fn(|_| rest.split_off_mut(..hidden).unwrap_or_default())
}

/// Places that are treated at a time.
const LANES: usize = 16;

/// `f` at every place: of the values read there and of those that are written over. The places of a time are copied to
/// arrays, of which the compiler knows that they do not overlap: they become registers.
#[inline(always)]
fn of_lanes<const R: usize, const W: usize>(
    read: [&[f32]; R],
    written: [&mut [f32]; W],
    f: impl Fn([f32; R], [f32; W]) -> [f32; W],
) {
    let len = written[0].len();
    let (read, mut written) = (read.map(|values| &values[..len]), written.map(|values| &mut values[..len]));
    let whole = len - len % LANES;
    for start in (0..whole).step_by(LANES) {
        let from = from_fn(|i| copied(&read[i][start..start + LANES]));
        let to = from_fn(|i| copied(&written[i][start..start + LANES]));
        let results = at_once(from, to, &f);
        for i in 0..W {
            written[i][start..start + LANES].copy_from_slice(&results[i]);
        }
    }
    if whole < len {
        let padded = |values: &[f32]| from_fn(|lane| values.get(whole + lane).copied().unwrap_or(0.0));
        let results = at_once(read.map(padded), from_fn(|i| padded(&*written[i])), &f);
        for (values, results) in written.iter_mut().zip(&results) {
            values[whole..].copy_from_slice(&results[..len - whole]);
        }
    }
}

#[inline(always)]
fn copied(values: &[f32]) -> [f32; LANES] {
    let mut lanes = [0.0; LANES];
    lanes.copy_from_slice(values);
    lanes
}

#[inline(always)]
fn at_once<const R: usize, const W: usize>(
    from: [[f32; LANES]; R],
    to: [[f32; LANES]; W],
    f: impl Fn([f32; R], [f32; W]) -> [f32; W],
) -> [[f32; LANES]; W] {
    let mut results = [[0.0; LANES]; W];
    for lane in 0..LANES {
        let values = f(from_fn(|i| from[i][lane]), from_fn(|i| to[i][lane]));
        for i in 0..W {
            results[i][lane] = values[i];
        }
    }
    results
}
