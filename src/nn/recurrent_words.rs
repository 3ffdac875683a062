//! The words `lstm`, `gru` and `simple_rnn`, and their modifiers `sequences` and `bidirectional`.

use crate::io::onnx::{Attribute, Nodes};
use crate::nn::plan::{Arguments, Plan, Sizes, Step, Word, arguments};
use crate::nn::recurrent::Stack;
use crate::ops::{Cell, Results};
use crate::raw::Raw;
use crate::say::Msg;

/// The names of the parameters, of both directions.
const NAMES: [&str; 8] = [
    "weight_ih_l0",
    "weight_hh_l0",
    "bias_ih_l0",
    "bias_hh_l0",
    "weight_ih_l0_reverse",
    "weight_hh_l0_reverse",
    "bias_ih_l0_reverse",
    "bias_hh_l0_reverse",
];

macro_rules! words {
    ($($WORD:ident $name:ident $cell:expr, $operator:literal;)*) => { $(
        pub(crate) static $WORD: Word = Word {
            name: stringify!($name),
            arguments: &["units", "sequences=0", "bidirectional=0"],
            add: |plan, numbers| plan.recurrent(&$WORD, *numbers),
            code,
            parameters: |step| parameters(step, $cell),
            forward: |step, parameters, x| forward(step, parameters, x, $cell),
            onnx: |step, nodes, x| onnx(step, nodes, x, $cell, $operator),
        };
    )* };
}

words! {
    LSTM lstm Cell::Lstm, "LSTM";
    GRU gru Cell::Gru, "GRU";
    SIMPLE_RNN simple_rnn Cell::Tanh, "RNN";
}

impl Plan {
    /// Long short-term memory over a sequence: `[steps, features]` becomes `[units]`, the last output. With
    /// [`Plan::sequences`] behind it, `[steps, units]`: all outputs.
    #[track_caller]
    pub const fn lstm(self, units: usize) -> Plan {
        self.recurrent(&LSTM, arguments(&[units as f64]))
    }

    /// Gated recurrent units over a sequence: `[steps, features]` becomes `[units]`, the last output. With
    /// [`Plan::sequences`] behind it, `[steps, units]`: all outputs.
    #[track_caller]
    pub const fn gru(self, units: usize) -> Plan {
        self.recurrent(&GRU, arguments(&[units as f64]))
    }

    /// A plain recurrent network over a sequence: `[steps, features]` becomes `[units]`, the last output. With
    /// [`Plan::sequences`] behind it, `[steps, units]`: all outputs.
    #[track_caller]
    pub const fn simple_rnn(self, units: usize) -> Plan {
        self.recurrent(&SIMPLE_RNN, arguments(&[units as f64]))
    }

    /// Lets the recurrent layer before it give the output of every step, not only the last: for another recurrent layer.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([12, 16]).lstm(8).sequences().gru(4));
    /// assert_eq!(model.network().output(), [4]);
    /// ```
    #[track_caller]
    pub const fn sequences(self) -> Plan {
        match self.last() {
            Some(step) if is_recurrent(&step) => {
                let mut numbers = step.arguments;
                numbers[1] = 1.0;
                self.without_last().recurrent(step.word, numbers)
            }
            _ => self.fail(Msg::new().s("sequences() follows a recurrent layer: `.lstm(64).sequences()`")),
        }
    }

    /// Lets the recurrent layer before it read the sequence backwards too: twice as many outputs, side by side.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([12, 16]).lstm(8).bidirectional());
    /// assert_eq!(model.network().output(), [16]);
    /// ```
    #[track_caller]
    pub const fn bidirectional(self) -> Plan {
        match self.last() {
            Some(step) if is_recurrent(&step) => {
                let mut numbers = step.arguments;
                numbers[2] = 1.0;
                self.without_last().recurrent(step.word, numbers)
            }
            _ => self
                .fail(Msg::new().s("bidirectional() follows a recurrent layer: `.lstm(64).bidirectional()`")),
        }
    }

    #[track_caller]
    const fn recurrent(self, word: &'static Word, numbers: Arguments) -> Plan {
        let units = numbers[0] as usize;
        let input = self.output();
        if units == 0 {
            return self.fail(Msg::call(word.name, &[units]).s(": every size must be at least 1")).then(
                word,
                numbers,
                Sizes::new(&[1]),
            );
        }
        let outputs = if numbers[2] == 1.0 { 2 * units } else { units };
        let output =
            if numbers[1] == 1.0 { Sizes::new(&[input.get(0), outputs]) } else { Sizes::new(&[outputs]) };
        if input.rank() != 2 {
            let recurrent = match self.last() {
                Some(step) => is_recurrent(&step),
                None => false,
            };
            let advice = if recurrent { ": add `.sequences()` before it" } else { "" };
            let message = Msg::call(word.name, &[units]).s(" needs sequences [steps, features], got ");
            return self.fail_on_input(message, advice).then(word, numbers, output);
        }
        self.then(word, numbers, output)
    }
}

const fn is_recurrent(step: &Step) -> bool {
    matches!(step.word.name.as_bytes(), b"lstm" | b"gru" | b"simple_rnn")
}

fn code(step: &Step) -> String {
    let sequences = if step.size(1) == 1 { ".sequences()" } else { "" };
    let both = if step.size(2) == 1 { ".bidirectional()" } else { "" };
    format!("{}{sequences}{both}", step.call(1))
}

fn parameters(step: &Step, cell: Cell) -> Vec<(&'static str, Raw)> {
    let stack = Stack::new(cell, [step.input.get(1), step.size(0)], 1, 1 + step.size(2));
    NAMES.into_iter().zip(stack.into_parameters()).collect()
}

fn forward(step: &Step, parameters: &[Raw], x: &Raw, cell: Cell) -> Raw {
    let stack = Stack::of(cell, 1 + step.size(2), parameters);
    if step.size(1) == 1 {
        stack.forward(x, None, None, 0.0, Results::Outputs).0
    } else {
        stack.last(x, None, 0.0)
    }
}

/// Where ONNX's gates lie among PyTorch's: `i o f c` among `i f g o`, `z r h` among `r z n`.
fn gates(cell: Cell) -> &'static [usize] {
    match cell {
        Cell::Lstm => &[0, 3, 1, 2],
        Cell::Gru => &[1, 0, 2],
        Cell::Tanh | Cell::Relu => &[0],
    }
}

fn onnx(step: &Step, nodes: &mut Nodes, x: &str, cell: Cell, operator: &'static str) -> String {
    let (units, directions, gates) = (step.size(0), 1 + step.size(2), gates(cell));
    let mut parameter = |name: &str, sizes: &[usize], which: &[usize]| {
        let mut values = Vec::new();
        // Of each direction the parameters one after another, of each of them the gates in ONNX's order.
        for place in (0..directions).flat_map(|direction| which.iter().map(move |i| 4 * direction + i)) {
            let theirs = nodes.values(place);
            let gate = theirs.len() / gates.len();
            gates.iter().for_each(|i| values.extend_from_slice(&theirs[i * gate..(i + 1) * gate]));
        }
        nodes.floats(name, &[&[directions], sizes].concat(), values)
    };
    let rows = gates.len() * units;
    let input_weights = parameter("weight_ih", &[rows, step.input.get(1)], &[0]);
    let state_weights = parameter("weight_hh", &[rows, units], &[1]);
    let biases = parameter("bias", &[2 * rows], &[2, 3]);

    let direction = if directions == 2 { "bidirectional" } else { "forward" };
    let mut attributes =
        vec![("direction", Attribute::Text(direction)), ("hidden_size", Attribute::Int(units as i64))];
    if cell == Cell::Gru {
        // PyTorch's and cuDNN's: the reset gate comes behind the product with the state.
        attributes.push(("linear_before_reset", Attribute::Int(1)));
    }
    let steps_first = nodes.transpose(x, &[1, 0, 2]);
    let inputs = [steps_first, input_weights, state_weights, biases];
    let inputs = inputs.each_ref().map(String::as_str);
    // The outputs are all states, `[steps, directions, batch, units]`, and the last ones, `[directions, batch, units]`.
    if step.size(1) == 1 {
        let y = nodes.op_output(0, operator, &inputs, &attributes);
        let y = nodes.transpose(&y, &[2, 0, 1, 3]);
        nodes.reshape(&y, &[step.output.get(0) as i64, step.output.get(1) as i64])
    } else {
        let y = nodes.op_output(1, operator, &inputs, &attributes);
        let y = nodes.transpose(&y, &[1, 0, 2]);
        nodes.reshape(&y, &[step.output.get(0) as i64])
    }
}
