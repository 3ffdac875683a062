//! Recurrent layers: [`Lstm`], [`Gru`] and [`SimpleRnn`], several layers deep, in one direction or both.

mod forget_bias;

use std::marker::PhantomData;

use crate::array::Array;
use crate::axes::Sequences;
use crate::nn::dropout::dropout as dropped;
use crate::nn::init;
use crate::nn::module::{Module, Visitor};
use crate::ops::{self, Cell, Results};
use crate::raw::Raw;
use crate::shape::{Const, Dim, Fits, Prod, same_size};
use crate::tensor::Tensor;

/// Whether a recurrent layer reads its sequences forwards only, or backwards too.
///
/// ```
/// use ferrolab::nn::{Direction, OneWay};
/// use ferrolab::prelude::*;
/// assert_eq!((OneWay::COUNT, Bidirectional::COUNT), (1, 2));
/// ```
pub trait Direction: 'static {
    /// The size of an output for a hidden size of `H`.
    type Out<const H: usize>: Dim;
    /// How many directions there are.
    const COUNT: usize;
}

/// From the first step to the last.
pub struct OneWay;

/// In both directions: the outputs of both stand side by side, `[.., 2 H]`, first the forward one's.
pub struct Bidirectional;

impl Direction for OneWay {
    type Out<const H: usize> = Const<H>;
    const COUNT: usize = 1;
}

impl Direction for Bidirectional {
    type Out<const H: usize> = Prod<Const<2>, Const<H>>;
    const COUNT: usize = 2;
}

/// A hidden state for each layer and direction, `[batch, H]`: layer 0 forwards, layer 0 backwards, layer 1 forwards …
/// PyTorch stacks them in one tensor.
pub type Hidden<B, const H: usize> = Vec<Tensor<(B, Const<H>)>>;

/// What an LSTM remembers.
///
/// ```
/// use ferrolab::prelude::*;
/// let lstm = Lstm::<3, 4>::default();
/// let (_, state) = lstm.forward(&Tensor::<Rank3<2, 5, 3>>::ones());
/// assert_eq!((state.h[0].shape(), state.c.len()), (vec![2, 4], 1));
/// // Five more steps from where the first five ended.
/// let (more, _) = lstm.forward_with(&Tensor::<Rank3<2, 5, 3>>::ones(), Some(&state), None);
/// ```
pub struct LstmState<B: Dim, const H: usize> {
    /// The hidden states, which are the last outputs too.
    pub h: Hidden<B, H>,
    /// The cell states.
    pub c: Hidden<B, H>,
}

/// The parameters of all layers and directions, of a size that only the running program knows.
pub(super) struct Stack {
    cell: Cell,
    hidden: usize,
    directions: usize,
    /// Of each layer and direction: `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
    parameters: Vec<[Raw; 4]>,
}

/// What the names of the parameters begin with, in PyTorch's order.
pub(super) const NAMES: [&str; 4] = ["weight_ih_l", "weight_hh_l", "bias_ih_l", "bias_hh_l"];

impl Stack {
    /// New parameters, evenly from ±1/√hidden as in PyTorch.
    pub(super) fn new(cell: Cell, [inputs, hidden]: [usize; 2], layers: usize, directions: usize) -> Stack {
        let (gates, bound) = (cell.gates() * hidden, 1.0 / (hidden.max(1) as f32).sqrt());
        let parameters = (0..layers * directions).map(|i| {
            let inputs = if i < directions { inputs } else { directions * hidden };
            [&[gates, inputs][..], &[gates, hidden], &[gates], &[gates]].map(|sizes| init::even(sizes, bound))
        });
        Stack { cell, hidden, directions, parameters: parameters.collect() }
    }

    /// A stack of parameters that exist.
    pub(super) fn of(cell: Cell, directions: usize, parameters: &[Raw]) -> Stack {
        let parameters: Vec<[Raw; 4]> =
            parameters.as_chunks::<4>().0.iter().map(|four| four.each_ref().map(Raw::clone)).collect();
        let hidden = parameters.first().map_or(0, |[_, weight, ..]| weight.sizes()[1]);
        Stack { cell, hidden, directions, parameters }
    }

    pub(super) fn visit(&self, visitor: &mut dyn Visitor) {
        for (i, four) in self.parameters.iter().enumerate() {
            let back = if i % self.directions == 1 { "_reverse" } else { "" };
            for (name, parameter) in NAMES.iter().zip(four) {
                visitor.parameter(&format!("{name}{}{back}", i / self.directions), parameter);
            }
        }
    }

    /// The parameters in their order.
    pub(super) fn into_parameters(self) -> Vec<Raw> {
        self.parameters.into_iter().flatten().collect()
    }

    /// From `[batch, steps, inputs]` to the outputs of the last layer, and the states that the sequences end in: of each
    /// layer and direction, and of each those of the cell. Of the two only what is asked for: where that is the ends, those of
    /// the last layer.
    #[track_caller]
    pub(super) fn forward(
        &self,
        x: &Raw,
        start: Option<&[Vec<Raw>]>,
        lengths: Option<&[usize]>,
        dropout: f32,
        results: Results,
    ) -> (Raw, Vec<Vec<Raw>>) {
        let (batch, steps) = (x.sizes()[0], x.sizes()[1]);
        let states = self.cell.states();
        if let Some(start) = start {
            let right = start.len() == self.parameters.len()
                && start.iter().flatten().all(|state| state.sizes() == [batch, self.hidden]);
            assert!(
                right,
                "expected a state of shape [{batch}, {}] for each of {} layers and directions",
                self.hidden,
                self.parameters.len()
            );
        }
        let (mut input, mut ends) = (x.clone(), Vec::new());
        let last = self.parameters.len() / self.directions - 1;
        for (layer, directions) in self.parameters.chunks(self.directions).enumerate() {
            if layer > 0 {
                input = dropped(&input, dropout);
            }
            let mut outputs = Vec::new();
            // Outputs that no layer reads and states that nobody asks for are not made.
            let results = if layer < last && results == Results::Ends { Results::Outputs } else { results };
            for (direction, [weight_ih, weight_hh, bias_ih, bias_hh]) in directions.iter().enumerate() {
                let state = match start {
                    Some(start) => side_by_side(&start[layer * self.directions + direction]),
                    None => Raw::new(Array::full(&[batch, states * self.hidden], 0.0)),
                };
                let parameters = [weight_ih, weight_hh, bias_ih, bias_hh];
                let all =
                    ops::recurrent(self.cell, &input, parameters, &state, lengths, direction == 1, results);
                let before = if results == Results::Ends { 0 } else { steps };
                match results {
                    Results::Outputs => outputs.push(all.clone()),
                    Results::Ends => {}
                    Results::Both => outputs.push(ops::slice(&all, 1, 0, steps)),
                }
                if results != Results::Outputs {
                    ends.push((0..states).map(|i| ops::select(&all, 1, before + i)).collect());
                }
            }
            if results != Results::Ends {
                input = side_by_side(&outputs);
            }
        }
        (input, ends)
    }

    /// The last layer's hidden states at the end of the sequences, of all directions side by side.
    #[track_caller]
    pub(super) fn last(&self, x: &Raw, lengths: Option<&[usize]>, dropout: f32) -> Raw {
        let (_, ends) = self.forward(x, None, lengths, dropout, Results::Ends);
        let last = &ends[ends.len() - self.directions..];
        side_by_side(&last.iter().map(|states| states[0].clone()).collect::<Vec<Raw>>())
    }
}

/// Tensors joined along their last axis, whose other sizes are equal.
fn side_by_side(parts: &[Raw]) -> Raw {
    match parts {
        [one] => one.clone(),
        _ => ops::cat(parts, parts[0].sizes().len() - 1),
    }
}

fn typed<B: Dim, const H: usize>(ends: &[Vec<Raw>], which: usize) -> Hidden<B, H> {
    ends.iter().map(|states| Tensor::from_raw(states[which].clone())).collect()
}

macro_rules! recurrent {
    ($(#[$docs:meta])* $Name:ident, $cell:expr, $State:ty, $to:expr, $from:expr) => {
        $(#[$docs])*
        pub struct $Name<const I: usize, const H: usize, const LAYERS: usize = 1, D: Direction = OneWay> {
            stack: Stack,
            dropout: f32,
            direction: PhantomData<D>,
        }

        impl<const I: usize, const H: usize, const LAYERS: usize, D: Direction> Default
            for $Name<I, H, LAYERS, D>
        {
            /// PyTorch's initial values: evenly from ±1/√H.
            fn default() -> Self {
                const { assert!(LAYERS > 0 && H > 0, "a recurrent layer needs at least one layer and one unit") }
                let stack = Stack::new($cell, [I, H], LAYERS, D::COUNT);
                $Name { stack, dropout: 0.0, direction: PhantomData }
            }
        }

        impl<const I: usize, const H: usize, const LAYERS: usize, D: Direction> $Name<I, H, LAYERS, D> {
            /// Drops outputs between the layers while training, with this probability.
            ///
            /// ***Panics*** unless it is at least 0 and below 1.
            #[track_caller]
            pub fn dropout(mut self, rate: f32) -> Self {
                assert!(
                    (0.0..1.0).contains(&rate),
                    "dropout: the rate must be at least 0 and below 1, got {rate}"
                );
                self.dropout = rate;
                self
            }

            /// From sequences `[batch, steps, I]` to the outputs of the last layer, `[batch, steps, H]` (`2 H` in both
            /// directions), and the states that they end in.
            #[inline]
            #[track_caller]
            pub fn forward<S, B: Dim, T: Dim>(
                &self,
                x: &Tensor<S>,
            ) -> (Tensor<(B, T, D::Out<H>)>, $State)
            where
                S: Sequences<Number = B, Steps = T>,
                S::Features: Fits<Const<I>>,
            {
                self.forward_with(x, None, None)
            }

            /// [`forward`](Self::forward) from given states, and for sequences of different lengths: behind its end a
            /// sequence has outputs of zero, as PyTorch's packed sequences have, and backwards it begins at its end.
            ///
            /// ***Panics*** if there is not a state a layer and direction or not a length a sequence, or if a length is
            /// more than the number of steps.
            #[inline]
            #[track_caller]
            pub fn forward_with<S, B: Dim, T: Dim>(
                &self,
                x: &Tensor<S>,
                state: Option<&$State>,
                lengths: Option<&[usize]>,
            ) -> (Tensor<(B, T, D::Out<H>)>, $State)
            where
                S: Sequences<Number = B, Steps = T>,
                S::Features: Fits<Const<I>>,
            {
                const { same_size(stringify!($Name), "the features of the input and of the layer", <S::Features>::SIZE, I) }
                let start: Option<Vec<Vec<Raw>>> = state.map($from);
                let (y, ends) =
                    self.stack.forward(x.raw(), start.as_deref(), lengths, self.dropout, Results::Both);
                (Tensor::from_raw(y), $to(&ends))
            }

            /// The last layer's hidden states at the end of the sequences, `[batch, H]` (`2 H` in both directions): what
            /// a classifier reads.
            #[inline]
            #[track_caller]
            pub fn last<S, B: Dim, T: Dim>(
                &self,
                x: &Tensor<S>,
                lengths: Option<&[usize]>,
            ) -> Tensor<(B, D::Out<H>)>
            where
                S: Sequences<Number = B, Steps = T>,
                S::Features: Fits<Const<I>>,
            {
                const { same_size(stringify!($Name), "the features of the input and of the layer", <S::Features>::SIZE, I) }
                Tensor::from_raw(self.stack.last(x.raw(), lengths, self.dropout))
            }
        }

        /// The names are PyTorch's: `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse` …
        impl<const I: usize, const H: usize, const LAYERS: usize, D: Direction> Module
            for $Name<I, H, LAYERS, D>
        {
            fn visit(&self, visitor: &mut dyn Visitor) {
                self.stack.visit(visitor);
            }
        }
    };
}

recurrent! {
    /// Long short-term memory (Hochreiter and Schmidhuber 1997): `LAYERS` layers of `H` units over sequences of `I`
    /// features.
    ///
    /// ```
    /// use ferrolab::nn::{Bidirectional, Lstm};
    /// use ferrolab::prelude::*;
    /// let lstm = Lstm::<5, 8>::default();
    /// let x = Tensor::<(Const<2>, Dyn<'T'>, Const<5>)>::from_vec(vec![0.5; 2 * 7 * 5]);
    /// let (y, state) = lstm.forward(&x);
    /// let y: Tensor<(Const<2>, Dyn<'T'>, Const<8>)> = y;
    /// assert_eq!(state.c[0].shape(), [2, 8]);
    ///
    /// let both = Lstm::<5, 8, 2, Bidirectional>::default();
    /// assert_eq!(both.last(&x, Some(&[7, 3])).shape(), [2, 16]);
    /// ```
    Lstm, Cell::Lstm, LstmState<B, H>,
    |ends: &[Vec<Raw>]| LstmState { h: typed(ends, 0), c: typed(ends, 1) },
    |state: &LstmState<B, H>| {
        state.h.iter().zip(&state.c).map(|(h, c)| vec![h.raw().clone(), c.raw().clone()]).collect()
    }
}

recurrent! {
    /// Gated recurrent units (Cho et al. 2014), as PyTorch and cuDNN compute them: `LAYERS` layers of `H` units over
    /// sequences of `I` features.
    ///
    /// ```
    /// use ferrolab::nn::Gru;
    /// use ferrolab::prelude::*;
    /// let (y, h) = Gru::<5, 8>::default().forward(&Tensor::<Rank3<2, 7, 5>>::ones());
    /// assert_eq!((y.shape(), h[0].shape()), (vec![2, 7, 8], vec![2, 8]));
    /// ```
    Gru, Cell::Gru, Hidden<B, H>,
    |ends: &[Vec<Raw>]| typed(ends, 0),
    |state: &Hidden<B, H>| state.iter().map(|h| vec![h.raw().clone()]).collect()
}

recurrent! {
    /// A plain recurrent network: `h' = tanh(W x + b + U h + c)`. `LAYERS` layers of `H` units over sequences of `I`
    /// features. PyTorch's `RNN`.
    ///
    /// ```
    /// use ferrolab::nn::SimpleRnn;
    /// use ferrolab::prelude::*;
    /// let (y, h) = SimpleRnn::<5, 8>::default().forward(&Tensor::<Rank3<2, 7, 5>>::ones());
    /// assert_eq!(y.to_vec()[6 * 8..7 * 8], h[0].to_vec()[..8]);
    /// ```
    SimpleRnn, Cell::Tanh, Hidden<B, H>,
    |ends: &[Vec<Raw>]| typed(ends, 0),
    |state: &Hidden<B, H>| state.iter().map(|h| vec![h.raw().clone()]).collect()
}
