//! How much an LSTM remembers before it has learnt anything.

use super::{Direction, Lstm};

/// The forget gate is the second of four: input, forget, cell, output, as in PyTorch.
const FORGET: usize = 1;

impl<const I: usize, const H: usize, const LAYERS: usize, D: Direction> Lstm<I, H, LAYERS, D> {
    /// Lets the forget gates start with this bias, in place of a small random one. A new LSTM keeps about half of its memory from
    /// step to step, so that after ten steps a thousandth is left; with a bias of 1 it keeps 73 %, with 3 it keeps 95 %. That
    /// helps to learn what lies far apart (Gers et al. 2000; Jozefowicz et al. 2015). Keras starts with 1 (`unit_forget_bias`),
    /// PyTorch and [`Lstm::default`] do not.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let lstm = Lstm::<1, 2>::default().forget_bias(3.0);
    /// let parameters = lstm.parameters();
    /// let bias = |name: &str| parameters.iter().find(|(other, _)| other == name).unwrap().1.to_vec();
    /// assert_eq!((&bias("bias_ih_l0")[2..4], &bias("bias_hh_l0")[2..4]), (&[3.0, 3.0][..], &[0.0, 0.0][..]));
    /// ```
    pub fn forget_bias(self, bias: f32) -> Self {
        for [_, _, bias_ih, bias_hh] in &self.stack.parameters {
            bias_ih.update(|values| values[FORGET * H..(FORGET + 1) * H].fill(bias));
            bias_hh.update(|values| values[FORGET * H..(FORGET + 1) * H].fill(0.0));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::nn::{Bidirectional, Lstm};
    use crate::prelude::*;

    #[test]
    fn an_open_forget_gate_keeps_the_memory() {
        manual_seed(1);
        let kept = |bias: f32| {
            let lstm = Lstm::<1, 8>::default().forget_bias(bias);
            let x = Tensor::<Rank3<1, 20, 1>>::ones().requires_grad();
            let gradient = lstm.last(&x, None).sum().backward().of(&x);
            gradient.select::<1>(0).norm().item()
        };
        assert!(kept(4.0) > 100.0 * kept(0.0), "{} and {}", kept(4.0), kept(0.0));
    }

    #[test]
    fn all_layers_and_directions_get_it() {
        let lstm = Lstm::<2, 3, 2, Bidirectional>::default().forget_bias(1.0);
        let biases = lstm.parameters().into_iter().filter(|(name, _)| name.starts_with("bias_ih"));
        let biases: Vec<Vec<f32>> = biases.map(|(_, bias)| bias.to_vec()).collect();
        assert!(biases.len() == 4 && biases.iter().all(|bias| bias[3..6] == [1.0; 3] && bias[2] != 1.0));
    }
}
