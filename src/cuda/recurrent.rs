//! Recurrent cells over all steps: `kernels/recurrent.cu` for the steps, matrix products for what all of them share.

use super::launch::Argument;
use super::{Ending, Gpu, Matrix, Memory};
use crate::array::{Array, Layout};
use crate::cpu::recurrent::{Cell, Run, Wanted};

/// Sequences, and hidden values, that a block treats.
const TILE: usize = 16;
const THREADS: u32 = 256;

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

/// The gradients of the input, of `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`, and of the state.
pub(crate) struct Gradients {
    pub(crate) x: Option<Array>,
    pub(crate) parameters: [Array; 4],
    pub(crate) state: Option<Array>,
}

/// States of all sequences: where the first one's h begins, where its c begins, and how far the next ones are.
#[derive(Clone, Copy)]
struct States<'a> {
    h: (&'a Memory, usize),
    c: Option<(&'a Memory, usize)>,
    stride: usize,
}

impl<'a> States<'a> {
    /// Rows of so many values, from a place on.
    fn new(run: &Run, h: &'a Memory, c: Option<&'a Memory>, place: usize, stride: usize) -> Self {
        States { h: (h, place), c: c.filter(|_| run.cell == Cell::Lstm).map(|c| (c, place)), stride }
    }

    /// Rows in which c stands behind h.
    fn joined(run: &Run, memory: &'a Memory, place: usize, stride: usize) -> Self {
        let c = (run.cell == Cell::Lstm).then_some((memory, place + run.hidden));
        States { h: (memory, place), c, stride }
    }

    /// The kernels' `States`.
    fn pointers(&self) -> [u64; 2] {
        let address = |(memory, place): (&Memory, usize)| memory.address() + 4 * place as u64;
        [address(self.h), self.c.map_or(0, address)]
    }
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
        let of_inputs = [all, run.inputs, of_gates];
        let inputs = Matrix::new(x, run.inputs);
        let gates =
            self.product(of_inputs, 1, inputs, Matrix::transposed(wx, run.inputs), &Ending::default());
        let whole = run.lengths.iter().all(|&length| length == run.steps);
        let lengths = (!whole).then(|| {
            let lengths: Vec<u32> = run.lengths.iter().map(|&length| length as u32).collect();
            self.upload(&lengths)
        });
        let u = (keep && run.cell == Cell::Gru).then(|| Memory::scratch(self, all * run.hidden));
        // Without a gradient two places are enough, the old and the new.
        let places = if keep { run.steps } else { 2 };
        let room = || Memory::scratch(self, run.batch * places * run.hidden);
        let (h, c) = (room(), (run.cell == Cell::Lstm).then(room));
        let place_of = |step: usize| if keep { run.place(step) } else { step % 2 };
        let kept =
            |step: usize| States::new(run, &h, c.as_ref(), place_of(step) * run.hidden, places * run.hidden);
        let first = States::joined(run, state, 0, run.state());
        let y = Memory::scratch(self, run.batch * run.rows() * run.hidden);
        let spare = (!run.ends).then(|| Memory::scratch(self, run.batch * run.state()));
        let last = match &spare {
            Some(spare) => States::joined(run, spare, 0, run.state()),
            None => {
                let ends = (run.rows() - run.cell.states()) * run.hidden;
                States::joined(run, &y, ends, run.rows() * run.hidden)
            }
        };
        if keep {
            let launch = self.kernel("recurrent", "begin");
            let launch = launch.with(&step(run, run.place(0), [first, kept(0)], lengths.as_ref())[..]);
            let launch = launch
                .with(&first.pointers()[..])
                .with(&States::new(run, &h, c.as_ref(), 0, 0).pointers()[..]);
            launch.over(run.batch * run.hidden);
        }
        for number in 0..run.steps {
            let old = if number > 0 || keep { kept(number) } else { first };
            let new = if number + 1 < run.steps { kept(number + 1) } else { last };
            let place = run.place(number);
            let launch = self.kernel("recurrent", kernel(run, Direction::Forward));
            let launch = launch.with(&step(run, place, [old, new], lengths.as_ref())[..]);
            let launch = launch.with(wh).with(bx).with(bh).with(&gates).with(u.as_ref());
            let launch = launch.with(&old.pointers()[..]).with(&new.pointers()[..]).with(&y);
            launch.blocks(grid(run), [THREADS, 1, 1]);
        }
        (y, keep.then_some(Trace { gates, u, h, c, lengths }))
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
        let (all, of_gates, hidden) = (run.batch * run.steps, run.cell.gates() * run.hidden, run.hidden);
        // Of the states after the last step.
        let ends = |state: usize| {
            let start = (run.rows() - run.cell.states() + state) * hidden;
            self.read(dy, start, &[run.batch, hidden], &[run.rows() * hidden, 1])
        };
        let after = |state: usize| {
            if run.ends { ends(state) } else { Memory::zeros(self, run.batch * hidden) }
        };
        let (dh, dc) = (after(0), (run.cell == Cell::Lstm).then(|| after(1)));
        let ds = States::new(run, &dh, dc.as_ref(), 0, hidden);
        let slopes = Memory::scratch(self, all * of_gates);
        let apart = (run.cell == Cell::Gru).then(|| Memory::scratch(self, all * of_gates));
        let state_slopes = apart.as_ref().unwrap_or(&slopes);
        let olds = States::new(run, &trace.h, trace.c.as_ref(), 0, run.steps * hidden);
        for number in (0..run.steps).rev() {
            let later = if number + 1 < run.steps { run.place(number + 1) } else { run.steps };
            let launch = self.kernel("recurrent", kernel(run, Direction::Backward));
            let launch = launch.with(&step(run, run.place(number), [olds, ds], trace.lengths.as_ref())[..]);
            let launch = launch.with(later).with(wh).with(&trace.gates).with(trace.u.as_ref());
            let launch = launch.with(&olds.pointers()[..]).with(dy).with(&ds.pointers()[..]);
            launch.with(&slopes).with(state_slopes).blocks(grid(run), [THREADS, 1, 1]);
        }
        let state = wanted.state.then(|| {
            let dstate = Memory::scratch(self, run.batch * run.state());
            let to = States::joined(run, &dstate, 0, run.state());
            let launch = self.kernel("recurrent", "end").with(&step(run, 0, [ds, to], None)[..]);
            let launch = launch.with(run.place(0)).with(of_gates).with(wh).with(state_slopes);
            let launch = launch.with(&ds.pointers()[..]).with(&to.pointers()[..]);
            launch.blocks(grid(run), [THREADS, 1, 1]);
            array(&[run.batch, run.state()], dstate)
        });
        let of_weight = |slopes: &Memory, with: &Memory, columns: usize| {
            let (slopes, with) = (Matrix::transposed(slopes, of_gates), Matrix::new(with, columns));
            let product = self.product([of_gates, all, columns], 1, slopes, with, &Ending::default());
            array(&[of_gates, columns], product)
        };
        let ones = self.upload(&vec![1.0; all]);
        let of_bias = |slopes: &Memory| {
            let (ones, slopes) = (Matrix::new(&ones, all), Matrix::new(slopes, of_gates));
            array(&[of_gates], self.product([1, all, of_gates], 1, ones, slopes, &Ending::default()))
        };
        let dbx = of_bias(&slopes);
        let dbh = apart.as_ref().map_or_else(|| dbx.clone(), of_bias);
        let (dwx, dwh) = (of_weight(&slopes, x, run.inputs), of_weight(state_slopes, &trace.h, hidden));
        let x = wanted.x.then(|| {
            let (slopes, weights) = (Matrix::new(&slopes, of_gates), Matrix::new(wx, run.inputs));
            let product = self.product([all, of_gates, run.inputs], 1, slopes, weights, &Ending::default());
            array(&[run.batch, run.steps, run.inputs], product)
        });
        Gradients { x, parameters: [dwx, dwh, dbx, dbh], state }
    }
}

fn array(sizes: &[usize], memory: Memory) -> Array {
    Array::on_gpu(sizes, Layout::RowMajor, memory)
}

enum Direction {
    Forward,
    Backward,
}

fn kernel(run: &Run, direction: Direction) -> &'static str {
    match (direction, run.cell) {
        (Direction::Forward, Cell::Tanh) => "forward_tanh",
        (Direction::Forward, Cell::Relu) => "forward_relu",
        (Direction::Forward, Cell::Gru) => "forward_gru",
        (Direction::Forward, Cell::Lstm) => "forward_lstm",
        (Direction::Backward, Cell::Tanh) => "backward_tanh",
        (Direction::Backward, Cell::Relu) => "backward_relu",
        (Direction::Backward, Cell::Gru) => "backward_gru",
        (Direction::Backward, Cell::Lstm) => "backward_lstm",
    }
}

fn grid(run: &Run) -> [usize; 3] {
    [run.batch.div_ceil(TILE) * run.hidden.div_ceil(TILE), 1, 1]
}

/// The kernels' `Step`.
fn step(run: &Run, place: usize, [old, new]: [States; 2], lengths: Option<&Memory<u32>>) -> Vec<u64> {
    let outputs = usize::from(run.outputs);
    let numbers = [run.batch, run.steps, run.hidden, place, run.rows(), outputs, old.stride, new.stride]
        .map(|number| number as u32);
    let mut words = Vec::new();
    numbers.push(&mut words);
    words.push(lengths.map_or(0, Memory::address));
    words
}
