//! What goes on inside a network: the outputs of its layers, seen, replaced, and kept with their gradients.

use crate::autograd::no_grad;
use crate::nn::{Network, Sequential, evaluation};
use crate::raw::Raw;
use crate::shape::{Batch, Dim, Shape};
use crate::tensor::Tensor;

impl Network {
    /// [`Network::forward`] that shows the output of every layer to `see`, with the layer's position; only a `skip`, which
    /// gives what it gets, is left out. What `see` gives is what goes on into the next layer; `None` leaves the output as it
    /// is.
    ///
    /// ***Panics*** as [`Network::forward`] does, or if `see` gives another shape.
    #[track_caller]
    pub fn forward_with(&self, x: &Raw, see: &mut dyn FnMut(usize, &Raw) -> Option<Raw>) -> Raw {
        self.check_input(&x.sizes());
        self.walk(x.clone(), |position, layer, x, kept| {
            let y = layer.forward(x, kept);
            let Some(other) = see(position, &y) else { return y };
            assert!(
                other.sizes() == y.sizes(),
                "forward_with: layer {position}, {}, gives {:?}, which cannot be replaced by {:?}",
                layer.code(),
                y.sizes(),
                other.sizes()
            );
            other
        })
    }

    /// The output of every layer, in the order of [`Network::layers`]: see [`Sequential::activations`].
    ///
    /// ***Panics*** as [`Network::forward`] does.
    #[track_caller]
    pub fn activations(&self, x: &Raw) -> Vec<Raw> {
        let mut outputs: Vec<Raw> = Vec::with_capacity(self.layers().len());
        let gives_what_it_gets = |outputs: &mut Vec<Raw>, until: usize| {
            while outputs.len() < until {
                outputs.push(outputs.last().unwrap_or(x).clone());
            }
        };
        no_grad(|| {
            evaluation(|| {
                self.forward_with(x, &mut |position, output| {
                    gives_what_it_gets(&mut outputs, position); // a `skip` is not shown
                    outputs.push(output.clone());
                    None
                })
            })
        });
        gives_what_it_gets(&mut outputs, self.layers().len());
        outputs
    }

    /// [`Network::forward`], and beside its result the output of the layer at `position`, whose gradient backward passes
    /// will keep: see [`Sequential::forward_retaining`].
    ///
    /// ***Panics*** as [`Network::forward`] does, if there is no such layer, or if no gradients flow to its output.
    #[track_caller]
    pub fn forward_retaining(&self, x: &Raw, position: usize) -> (Raw, Raw) {
        let layers = self.layers().len();
        assert!(position < layers, "forward_retaining: there is no layer {position}, only 0..{layers}");
        let mut activation = None;
        let y = self.forward_with(x, &mut |at, output| {
            if at == position {
                output.retain_grad();
                activation = Some(output.clone());
            }
            None
        });
        let Some(activation) = activation else {
            let code = self.layers()[position].code();
            panic!(
                "forward_retaining: layer {position} is `{code}`, which gives what it gets: take the layer before it"
            )
        };
        (y, activation)
    }

    /// The position of the last convolution, whose output [Grad-CAM](https://arxiv.org/abs/1610.02391) looks at: behind it,
    /// a network no longer knows where in the picture it saw what.
    pub fn last_convolution(&self) -> Option<usize> {
        self.layers().iter().rposition(|layer| matches!(layer.step().word.name, "conv2d" | "conv1d"))
    }
}

impl<In: Shape, Out: Shape> Sequential<In, Out> {
    /// [`Sequential::forward`] that shows the output of every layer to `see`, with the layer's position in
    /// [`Network::layers`]; only a `skip`, which gives what it gets, is left out. What `see` gives is what goes on into the next layer; `None` leaves the output as it is.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([4]).dense(8).relu().dense(3));
    /// let (x, mut alive) = (Tensor::<Rank2<5, 4>>::ones(), 0);
    /// let y = model.forward_with(&x, |layer, activation| {
    ///     if layer == 1 {
    ///         alive = activation.to_vec().iter().filter(|&&value| value > 0.0).count();
    ///     }
    ///     None
    /// });
    /// assert_eq!(y.to_vec(), model.forward(&x).to_vec());
    /// println!("{alive} of 40 units are active");
    /// ```
    ///
    /// ***Panics*** if `see` gives another shape.
    #[track_caller]
    pub fn forward_with<N: Dim>(
        &self,
        x: &Tensor<<In as Batch<N>>::Of>,
        mut see: impl FnMut(usize, &Raw) -> Option<Raw>,
    ) -> Tensor<<Out as Batch<N>>::Of>
    where
        In: Batch<N>,
        Out: Batch<N>,
    {
        Tensor::from_raw(self.network().forward_with(x.raw(), &mut see))
    }

    /// What each layer makes of a batch of inputs, in the order of [`Network::layers`] and in evaluation mode: the feature maps of
    /// the convolutions among them. The sizes are `[batch, ..]` and those of the table of [`Sequential::summary`].
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([3, 32, 32]).conv2d(16, 3).relu().max_pool2d(2).flatten().dense(10));
    /// let seen = model.activations(&Tensor::<Rank4<1, 3, 32, 32>>::ones());
    /// assert_eq!((seen.len(), seen[1].sizes()), (5, vec![1, 16, 30, 30]));
    /// let strongest = seen[1].to_vec().into_iter().fold(0.0, f32::max);
    /// assert!(strongest >= 0.0);
    /// ```
    #[track_caller]
    pub fn activations<N: Dim>(&self, x: &Tensor<<In as Batch<N>>::Of>) -> Vec<Raw>
    where
        In: Batch<N>,
    {
        self.network().activations(x.raw())
    }

    /// [`Sequential::forward`], and beside its result the output of the layer at `position`, whose gradient backward passes
    /// will keep. What Grad-CAM (Selvaraju et al. 2017, <https://arxiv.org/abs/1610.02391>) is made of:
    ///
    /// ```
    /// use ferrolab::nn::evaluation;
    /// use ferrolab::prelude::*;
    /// let model = sequential!(Input([1, 8, 8]).conv2d(4, 3).relu().max_pool2d(2).flatten().dense(3));
    /// let layer = model.network().last_convolution().unwrap();
    /// let picture = Tensor::<Rank4<1, 1, 8, 8>>::uniform(0.0, 1.0);
    ///
    /// let (scores, activation) = evaluation(|| model.forward_retaining(&picture, layer));
    /// let gradients = scores.narrow::<1>(2..3).sum().backward(); // why class 2?
    /// let activation: Tensor<Rank4<1, 4, 6, 6>> = Tensor::from_raw(activation);
    /// let gradient = gradients.of(&activation);
    ///
    /// let weights = gradient.global_avg_pool2d().reshape::<Rank4<1, 4, 1, 1>>(); // how much each channel matters
    /// let map = (activation.detach() * weights.broadcast()).sum_axis::<1>().relu(); // where it was seen
    /// assert_eq!(map.shape(), [1, 6, 6]);
    /// ```
    ///
    /// ***Panics*** if there is no such layer, or inside [`no_grad`](crate::no_grad).
    #[track_caller]
    pub fn forward_retaining<N: Dim>(
        &self,
        x: &Tensor<<In as Batch<N>>::Of>,
        position: usize,
    ) -> (Tensor<<Out as Batch<N>>::Of>, Raw)
    where
        In: Batch<N>,
        Out: Batch<N>,
    {
        let (y, activation) = self.network().forward_retaining(x.raw(), position);
        (Tensor::from_raw(y), activation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::autograd::backward;
    use crate::nn::evaluation;
    use crate::ops;
    use crate::prelude::*;

    fn cnn() -> Sequential<Rank3<1, 6, 6>, Rank1<2>> {
        sequential!(Input([1, 6, 6]).conv2d(3, 3).relu().conv2d(2, 3).relu().flatten().dropout(0.5).dense(2))
    }

    fn pictures() -> Raw {
        crate::random::manual_seed(4);
        Tensor::<Rank4<2, 1, 6, 6>>::uniform(0.0, 1.0).raw().clone()
    }

    #[test]
    fn every_layer_is_shown_in_its_order() {
        let (model, mut seen) = (cnn(), Vec::new());
        let y = model.network().forward_with(&pictures(), &mut |position, output| {
            seen.push((position, output.sizes()));
            None
        });
        let shapes: Vec<(usize, Vec<usize>)> = model
            .network()
            .layers()
            .iter()
            .map(|layer| [&[2], layer.output()].concat())
            .enumerate()
            .collect();
        assert_eq!(seen, shapes);
        assert_eq!(y.to_vec(), model.network().forward(&pictures()).to_vec());
    }

    #[test]
    fn the_activations_are_what_is_shown_and_that_of_a_short_cut_is_its_input() {
        let model = sequential!(Input([2]).relu().skip().tanh().add().skip().add());
        let x = Raw::new(Array::from_vec(&[1, 2], vec![-1.0, 2.0]));
        let seen: Vec<Vec<f32>> = model.network().activations(&x).iter().map(Raw::to_vec).collect();
        let (t, y) = (2f32.tanh(), 2.0 + 2f32.tanh());
        let expected = [[0.0, 2.0], [0.0, 2.0], [0.0, t], [0.0, y], [0.0, y], [0.0, 2.0 * y]];
        assert_eq!(seen, expected.map(|row| row.to_vec()));
        assert_eq!(seen[5], model.network().forward(&x).to_vec());
    }

    #[test]
    fn what_is_given_goes_on_into_the_next_layer_and_into_short_cuts() {
        let model = sequential!(Input([2]).skip().relu().add());
        let x = Raw::new(Array::from_vec(&[1, 2], vec![-1.0, 2.0]));
        let through = |at: usize| {
            let other = |position, output: &Raw| (position == at).then(|| ops::mul_scalar(output, 10.0));
            model.network().forward_with(&x, &mut { other }).to_vec()
        };
        assert_eq!(model.network().forward(&x).to_vec(), [-1.0, 4.0]);
        assert_eq!(through(1), [-1.0, 22.0]);
        assert_eq!(through(2), [-10.0, 40.0]);
    }

    #[test]
    #[should_panic(
        expected = "forward_with: layer 1, relu(), gives [2, 3, 4, 4], which cannot be replaced by [2]"
    )]
    fn what_is_given_must_have_the_shape() {
        let other = Raw::new(Array::full(&[2], 0.0));
        cnn().network().forward_with(&pictures(), &mut |position, _| (position == 1).then(|| other.clone()));
    }

    #[test]
    fn the_gradient_of_a_retained_activation_is_that_of_the_layers_behind_it() {
        let model = cnn();
        let network = model.network();
        let layer = network.last_convolution().unwrap();
        assert_eq!(network.layers()[layer].code(), "conv2d(2, 3)");
        let (scores, activation) = evaluation(|| network.forward_retaining(&pictures(), layer));
        let gradient = backward(&ops::select_class(&scores, 1)).of_raw(&activation);
        // The layers behind, from the activation as their input: relu, flatten, and a row of the last weights.
        let weights = model.parameters()[4].1.to_vec();
        let behind = activation.to_vec().into_iter().zip(weights[8..].iter().cycle());
        let expected: Vec<f32> = behind.map(|(a, &w)| if a > 0.0 { w } else { 0.0 }).collect();
        assert_eq!(gradient.sizes(), [2, 2, 2, 2]);
        assert_eq!(gradient.to_vec(), expected);
    }

    #[test]
    fn a_stack_without_convolutions_has_no_last_one() {
        assert_eq!(sequential!(Input([2]).dense(3)).network().last_convolution(), None);
    }

    #[test]
    #[should_panic(expected = "forward_retaining: layer 0 is `skip()`, which gives what it gets")]
    fn a_skip_has_no_output_of_its_own() {
        let model = sequential!(Input([2]).skip().dense(2).add());
        model.network().forward_retaining(&Raw::new(Array::full(&[1, 2], 1.0)), 0);
    }

    #[test]
    #[should_panic(expected = "forward_retaining: there is no layer 7, only 0..7")]
    fn a_layer_that_is_retained_must_be_there() {
        cnn().network().forward_retaining(&pictures(), 7);
    }
}
