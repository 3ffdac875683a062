use super::*;
use crate::cpu::tile::Kernels;
use crate::cpu::{simd, threads};
use crate::random::Generator;

fn random(seed: u64, len: usize) -> Vec<f64> {
    Generator::new(seed).uniform(&[len], -1.0, 1.0).values().iter().map(|&x| f64::from(x)).collect()
}

/// What a run reads: `x`, the parameters, the state.
type Inputs = [Vec<f64>; 6];

fn inputs(run: &Run) -> Inputs {
    let gates = run.cell.gates() * run.hidden;
    let lens = [
        run.batch * run.steps * run.inputs,
        gates * run.inputs,
        gates * run.hidden,
        gates,
        gates,
        run.batch * run.state(),
    ];
    let mut seed = 0;
    lens.map(|len| {
        seed += 1;
        random(seed, len)
    })
}

/// The definition, value by value in f64.
fn naive(run: &Run, [x, wx, wh, bx, bh, state]: &Inputs) -> Vec<f64> {
    let (hidden, sigmoid) = (run.hidden, |x: f64| 1.0 / (1.0 + (-x).exp()));
    let mut y = vec![0.0; run.batch * run.rows() * hidden];
    for i in 0..run.batch {
        let mut h = state[i * run.state()..][..hidden].to_vec();
        let mut c = state[i * run.state()..][run.state() - hidden..][..hidden].to_vec();
        for step in 0..run.steps {
            let place = run.place(step);
            if place >= run.lengths[i] {
                continue;
            }
            let dot = |w: &[f64], x: &[f64], row: usize| -> f64 {
                w[row * x.len()..][..x.len()].iter().zip(x).map(|(w, x)| w * x).sum()
            };
            let x = &x[(i * run.steps + place) * run.inputs..][..run.inputs];
            let of_input = |gate: usize, j: usize| dot(wx, x, gate * hidden + j) + bx[gate * hidden + j];
            let of_state = |gate: usize, j: usize| dot(wh, &h, gate * hidden + j) + bh[gate * hidden + j];
            let sum = |gate: usize, j: usize| of_input(gate, j) + of_state(gate, j);
            let next: Vec<[f64; 2]> = (0..hidden)
                .map(|j| match run.cell {
                    Cell::Tanh => [sum(0, j).tanh(), 0.0],
                    Cell::Relu => [sum(0, j).max(0.0), 0.0],
                    Cell::Gru => {
                        let (r, z) = (sigmoid(sum(0, j)), sigmoid(sum(1, j)));
                        let n = (of_input(2, j) + r * of_state(2, j)).tanh();
                        [(1.0 - z) * n + z * h[j], 0.0]
                    }
                    Cell::Lstm => {
                        let c = sigmoid(sum(1, j)) * c[j] + sigmoid(sum(0, j)) * sum(2, j).tanh();
                        [sigmoid(sum(3, j)) * c.tanh(), c]
                    }
                })
                .collect();
            for (j, [of_h, of_c]) in next.into_iter().enumerate() {
                (h[j], c[j]) = (of_h, of_c);
            }
            if run.outputs {
                y[(i * run.rows() + place) * hidden..][..hidden].copy_from_slice(&h);
            }
        }
        if run.ends {
            let ends = &mut y[((i + 1) * run.rows() - run.cell.states()) * hidden..][..run.state()];
            ends[..hidden].copy_from_slice(&h);
            ends[hidden..].copy_from_slice(if run.cell == Cell::Lstm { &c } else { &[] });
        }
    }
    y
}

fn runs(sizes: [usize; 4]) -> Vec<Run> {
    let [batch, steps, inputs, hidden] = sizes;
    let ragged: Vec<usize> = (0..batch).map(|i| steps - i % (steps + 1)).collect();
    let mut runs = Vec::new();
    for cell in [Cell::Tanh, Cell::Relu, Cell::Gru, Cell::Lstm] {
        for (lengths, reverse, [outputs, ends]) in [
            (vec![steps; batch], false, [true, true]),
            (ragged.clone(), false, [false, true]),
            (ragged.clone(), true, [true, true]),
            (vec![steps; batch], true, [true, false]),
        ] {
            runs.push(Run { cell, batch, steps, inputs, hidden, lengths, reverse, outputs, ends });
        }
    }
    runs
}

/// `y`, and the gradients of all inputs for `dy`.
fn computed(run: &Run, kernels: &'static Kernels, inputs: &Inputs, dy: &[f32]) -> (Vec<f32>, [Vec<f32>; 6]) {
    let narrow = inputs.each_ref().map(|values| values.iter().map(|&x| x as f32).collect::<Vec<f32>>());
    let [x, parameters @ .., state] = &narrow;
    let parameters = parameters.each_ref().map(|values| &values[..]);
    let (y, trace) = forward(run, kernels, x, parameters, state, None, true);
    let (untraced, _) = forward(run, kernels, x, parameters, state, None, false);
    assert_eq!(y[..], untraced[..], "{run:?}");
    let Trace { rows, cells, gates } = trace.expect("kept");
    let trace = Trace { rows: &rows[..], cells: &cells[..], gates: &gates[..] };
    let wanted = Wanted { x: true, state: true };
    let Gradients { x, parameters: [wx, wh, bx, bh], state } =
        backward(run, kernels, parameters, trace, dy, wanted);
    let gradients = [x.expect("asked for"), wx, wh, bx, bh, state].map(|values| values.to_vec());
    (y.to_vec(), gradients)
}

#[test]
fn every_cell_equals_its_definition_with_every_instruction_set() {
    for sizes in [[1, 1, 1, 1], [9, 4, 3, 5], [3, 5, 17, 16], [17, 3, 20, 33], [2, 70, 1, 8]] {
        for run in runs(sizes) {
            let inputs = inputs(&run);
            let expected = naive(&run, &inputs);
            let dy = vec![0.0; expected.len()];
            for level in simd::available() {
                let (y, _) = computed(&run, Kernels::of(level), &inputs, &dy);
                for (i, (y, e)) in y.iter().zip(&expected).enumerate() {
                    let near = (f64::from(*y) - e).abs() < 2e-5 * (1.0 + e.abs());
                    assert!(near, "{level:?}, {run:?}, value {i}: {y} for {e}");
                }
            }
        }
    }
}

#[test]
fn gradients_are_the_differences_of_the_definition() {
    const STEP: f64 = 1e-5;
    for sizes in [[3, 3, 2, 3], [18, 5, 3, 17]] {
        for run in runs(sizes) {
            let inputs = inputs(&run);
            let dy: Vec<f64> = random(9, run.batch * run.rows() * run.hidden);
            let narrow: Vec<f32> = dy.iter().map(|&dy| dy as f32).collect();
            let cost =
                |inputs: &Inputs| -> f64 { naive(&run, inputs).iter().zip(&dy).map(|(y, dy)| y * dy).sum() };
            let of_levels = simd::available().into_iter().map(|level| {
                let (_, gradients) = computed(&run, Kernels::of(level), &inputs, &narrow);
                (level, gradients)
            });
            let of_levels: Vec<_> = of_levels.collect();
            for which in 0..inputs.len() {
                for at in (0..inputs[which].len()).step_by(inputs[which].len().div_ceil(13)) {
                    let moved = |by: f64| {
                        let mut moved = inputs.clone();
                        moved[which][at] += by;
                        cost(&moved)
                    };
                    let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                    for (level, gradients) in &of_levels {
                        let gradient = f64::from(gradients[which][at]);
                        assert!(
                            (gradient - slope).abs() < 1e-4 * (1.0 + slope.abs()),
                            "{level:?}, {run:?}, input {which}, value {at}: {gradient} for {slope}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let run = runs([20, 4, 5, 7]).pop().expect("one");
    let inputs = inputs(&run);
    let dy: Vec<f32> = random(9, run.batch * run.rows() * run.hidden).iter().map(|&dy| dy as f32).collect();
    let result = || computed(&run, Kernels::best(), &inputs, &dy);
    assert!(threads::alone(result) == result());
}
