//! `recurrent`: a recurrent cell (plain, GRU or LSTM) over all steps of a batch of sequences, forwards or backwards.

mod on_gpu;

use crate::amp;
use crate::array::{Array, Kept, Layout};
use crate::autograd;
pub use crate::cpu::recurrent::Cell;
use crate::cpu::recurrent::{Run, Trace, Wanted, backward, forward};
use crate::cpu::tile::Kernels;
use crate::cuda;
use crate::raw::Raw;

/// Which values [`recurrent`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Results {
    /// The output of every step.
    Outputs,
    /// The states that the sequences end in: `h`, and `c` of an LSTM.
    Ends,
    /// The outputs, then the states.
    Both,
}

/// Runs a cell over `x`, `[batch, steps, inputs]`. The parameters are `weight_ih`, `[gates · hidden, inputs]`, `weight_hh`,
/// `[gates · hidden, hidden]`, `bias_ih` and `bias_hh`, `[gates · hidden]`; `state` is `[batch, states · hidden]`.
///
/// The result is `[batch, rows, hidden]`: a row for the output of every step, then one for each state that the sequence ends
/// in, or only one of the two. A sequence shorter than `steps` has outputs of zero behind its end, and its state stays;
/// backwards it starts at its end.
///
/// ***Panics*** if the sizes do not agree, or if a length is more than the number of steps.
#[track_caller]
pub fn recurrent(
    cell: Cell,
    x: &Raw,
    parameters: [&Raw; 4],
    state: &Raw,
    lengths: Option<&[usize]>,
    reverse: bool,
    results: Results,
) -> Raw {
    let run = run(cell, x, parameters, state, lengths, reverse, results);
    let [wx, wh, bx, bh] = parameters;
    let parents = [x, wx, wh, bx, bh, state];
    let keep = autograd::is_enabled() && parents.iter().any(|parent| parent.is_tracked());
    if let Some(gpu) = cuda::active() {
        return on_gpu::recurrent(gpu, run, parents, keep);
    }
    let weights =
        [wx, wh, bx, bh].map(|parameter| parameter.kept().in_layout(Layout::RowMajor).for_product());
    let input = x.kept().in_layout(Layout::RowMajor).for_product().array();
    // Inside `autocast` the products and the hidden states are rounded too; `c` of an LSTM is not.
    let precision = amp::precision();
    let values = weights.each_ref().map(Kept::array);
    let values = values.each_ref().map(Array::values);
    let start = state.array().row_major();
    let kernels = Kernels::best();
    let (y, trace) = forward(&run, kernels, input.values(), values, start.values(), precision, keep);
    let y = Array::new(&[run.batch, run.rows(), run.hidden], Layout::RowMajor, y);
    let trace = trace.map(|Trace { rows, cells, gates }| {
        [rows, cells, gates].map(|values| {
            let array = Array::new(&[values.len()], Layout::RowMajor, values);
            Kept::from(array).for_product()
        })
    });
    Raw::from_product("recurrent", y, &parents, move |gradient, wanted| {
        let Some(trace) = &trace else { unreachable!("kept wherever a parent is tracked") };
        let gradient = gradient.row_major();
        let (weights, trace) = (weights.each_ref().map(Kept::array), trace.each_ref().map(Kept::array));
        let [rows, cells, gates] = trace.each_ref().map(Array::values);
        let trace = Trace { rows, cells, gates };
        let weights = weights.each_ref().map(Array::values);
        let wanted = Wanted { x: wanted[0], state: wanted[5] };
        let gradients = backward(&run, kernels, weights, trace, gradient.values(), wanted);
        let array = |sizes: &[usize], values| Some(Array::new(sizes, Layout::RowMajor, values));
        let (all, [dwx, dwh, dbx, dbh]) = (run.cell.gates() * run.hidden, gradients.parameters);
        vec![
            gradients.x.and_then(|dx| array(&[run.batch, run.steps, run.inputs], dx)),
            array(&[all, run.inputs], dwx),
            array(&[all, run.hidden], dwh),
            array(&[all], dbx),
            array(&[all], dbh),
            array(&[run.batch, run.state()], gradients.state),
        ]
    })
}

#[track_caller]
fn run(
    cell: Cell,
    x: &Raw,
    [wx, wh, bx, bh]: [&Raw; 4],
    state: &Raw,
    lengths: Option<&[usize]>,
    reverse: bool,
    results: Results,
) -> Run {
    let sizes = x.sizes();
    let &[batch, steps, inputs] = &sizes[..] else {
        panic!("recurrent: expected sequences [batch, steps, inputs], got {sizes:?}")
    };
    let gates = wx.sizes()[0];
    let hidden = gates / cell.gates();
    let expected = [&[gates, inputs][..], &[gates, hidden], &[gates], &[gates]];
    for (parameter, expected) in [wx, wh, bx, bh].into_iter().zip(expected) {
        let given = parameter.sizes();
        assert!(
            given == expected && gates == hidden * cell.gates(),
            "recurrent: a parameter of shape {given:?} instead of {expected:?} for inputs of shape {sizes:?}"
        );
    }
    assert!(
        steps > 0 && inputs > 0 && hidden > 0,
        "recurrent: nothing to go over in sequences of shape {sizes:?}"
    );
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
    let (outputs, ends) = (results != Results::Ends, results != Results::Outputs);
    Run { cell, batch, steps, inputs, hidden, lengths, reverse, outputs, ends }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;
    use crate::autograd::{backward, check_gradient};
    use crate::cuda::agreement::{agrees_with_the_cpu, close};
    use crate::ops;
    use crate::random::Generator;

    fn inputs(cell: Cell, [batch, steps, inputs, hidden]: [usize; 4]) -> Vec<Array> {
        let (gates, mut random) = (cell.gates() * hidden, Generator::new(1));
        let sizes = [
            &[batch, steps, inputs][..],
            &[gates, inputs],
            &[gates, hidden],
            &[gates],
            &[gates],
            &[batch, cell.states() * hidden],
        ];
        sizes.map(|sizes| random.uniform(sizes, -1.0, 1.0)).to_vec()
    }

    fn of(cell: Cell, x: &[Raw], lengths: Option<&[usize]>, reverse: bool, results: Results) -> Raw {
        recurrent(cell, &x[0], [&x[1], &x[2], &x[3], &x[4]], &x[5], lengths, reverse, results)
    }

    #[test]
    fn gradient() {
        for cell in [Cell::Tanh, Cell::Gru, Cell::Lstm] {
            for (reverse, lengths, results) in [
                (false, None, Results::Both),
                (true, None, Results::Outputs),
                (false, Some([3, 2]), Results::Ends),
                (true, Some([1, 3]), Results::Both),
            ] {
                check_gradient(&inputs(cell, [2, 3, 4, 2]), |x| {
                    of(cell, x, lengths.as_ref().map(|lengths| &lengths[..]), reverse, results)
                });
            }
        }
    }

    #[test]
    fn a_gpu_computes_what_the_cpu_does() {
        for sizes in [[19, 5, 7, 35], [3, 4, 2, 16], [18, 3, 5, 70]] {
            let lengths: Vec<usize> = (0..sizes[0]).map(|i| sizes[1] - i % (sizes[1] + 1)).collect();
            for cell in [Cell::Tanh, Cell::Relu, Cell::Gru, Cell::Lstm] {
                for (lengths, reverse, results) in [
                    (None, false, Results::Both),
                    (Some(&lengths[..]), false, Results::Ends),
                    (Some(&lengths[..]), true, Results::Both),
                    (None, true, Results::Outputs),
                ] {
                    let mut inputs = inputs(cell, sizes);
                    // Greater weights let states grow, and differences with them.
                    inputs.iter_mut().for_each(|x| x.values_mut().iter_mut().for_each(|x| *x *= 0.3));
                    let run = |x: &[Raw]| of(cell, x, lengths, reverse, results);
                    agrees_with_the_cpu(&inputs, run);
                    let x: Vec<Raw> = inputs.into_iter().map(Raw::new).collect();
                    let untraced = || run(&x).to_vec();
                    close(&Device::Cpu.scope(untraced), &untraced(), "without a gradient");
                }
            }
        }
    }

    #[test]
    fn outputs_and_ends_are_parts_of_both() {
        for cell in [Cell::Relu, Cell::Gru, Cell::Lstm] {
            let x: Vec<Raw> = inputs(cell, [2, 3, 4, 2]).into_iter().map(Raw::new).collect();
            let [both, outputs, ends] = [Results::Both, Results::Outputs, Results::Ends]
                .map(|results| of(cell, &x, Some(&[3, 1]), false, results));
            assert_eq!(ops::slice(&both, 1, 0, 3).to_vec(), outputs.to_vec());
            assert_eq!(ops::slice(&both, 1, 3, cell.states()).to_vec(), ends.to_vec());
        }
    }

    #[test]
    fn gradients_are_those_that_are_asked_for() {
        let arrays = inputs(Cell::Lstm, [2, 3, 4, 2]);
        let gradients = |which: &[usize]| {
            let tensor = |(i, x): (usize, &Array)| {
                let x = Raw::new(x.clone());
                if which.contains(&i) { x.requires_grad() } else { x }
            };
            let x: Vec<Raw> = arrays.iter().enumerate().map(tensor).collect();
            let gradients = backward(&ops::sum(&of(Cell::Lstm, &x, None, false, Results::Both)));
            which.iter().map(|&i| gradients.of_raw(&x[i]).to_vec()).collect::<Vec<_>>()
        };
        let all = gradients(&[0, 1, 2, 3, 4, 5]);
        assert_eq!(gradients(&[1, 2]), all[1..3]);
        assert_eq!(gradients(&[0]), all[..1]);
        assert_eq!(gradients(&[5]), all[5..]);
    }

    #[test]
    fn behind_its_end_a_sequence_gives_zeros_and_keeps_its_state() {
        let x: Vec<Raw> = inputs(Cell::Tanh, [1, 4, 2, 3]).into_iter().map(Raw::new).collect();
        let y = of(Cell::Tanh, &x, Some(&[2]), false, Results::Both).to_vec();
        assert_eq!(y[6..12], [0.0; 6]);
        assert_eq!(y[12..], y[3..6]);
    }

    #[test]
    #[should_panic(expected = "a sequence of length 5 does not fit into 4 steps")]
    fn a_length_is_at_most_the_number_of_steps() {
        let x: Vec<Raw> = inputs(Cell::Tanh, [1, 4, 2, 3]).into_iter().map(Raw::new).collect();
        of(Cell::Tanh, &x, Some(&[5]), false, Results::Both);
    }

    #[test]
    #[should_panic(
        expected = "recurrent: a parameter of shape [3] instead of [4] for inputs of shape [1, 4, 2]"
    )]
    fn the_parameters_must_fit() {
        let x = [&[1, 4, 2][..], &[4, 2], &[4, 1], &[3], &[4], &[1, 2]];
        let x = x.map(|sizes| Raw::new(Array::full(sizes, 0.0)));
        of(Cell::Lstm, &x, None, false, Results::Both);
    }
}
