//! Layers and optimisers against dfdx 0.13: the same parameters, the same inputs, the same results, gradients and steps.

use dfdx::nn::modules as nn;
use dfdx::nn::{BuildModule, Module as _, ModuleMut as _};
use dfdx::optim::{self, Momentum, WeightDecay};
use dfdx::prelude::{Cpu, Rank2, Rank3};
use dfdx::tensor::Trace as _;
use dfdx::tensor_ops::{Backward, SumTo};
use ferrolab::prelude::{
    Adam, AttentionMask, BatchNorm1d, Embedding, LayerNorm, Linear, Module, MultiHeadAttention, Optimizer,
    Sgd, Tensor, manual_seed,
};
use ferrolab_interop::{Outcome, Theirs, assert_close, assert_same};

/// A result, weighted at random so that its gradient is not the same everywhere, and the gradients of these tensors.
macro_rules! ours {
    ($y:expr, $weights:expr, $($x:expr),+) => {{
        let y = $y;
        let gradients = (&y * $weights).sum().backward();
        let outcome: Outcome = (y.to_vec(), vec![$(gradients.of($x).to_vec()),+]);
        outcome
    }};
}
macro_rules! theirs {
    ($y:expr, $weights:expr, $($x:expr),+) => {{
        let y = $y;
        let values = y.as_vec();
        let gradients = (y * $weights).sum::<(), _>().backward();
        let outcome: Outcome = (values, vec![$(gradients.get($x).as_vec()),+]);
        outcome
    }};
}

type Three<const A: usize, const B: usize, const C: usize> = ferrolab::Rank3<A, B, C>;
type Two<const A: usize, const B: usize> = ferrolab::Rank2<A, B>;

/// Linear layers here and there with the same random parameters.
fn linear<const I: usize, const O: usize>() -> (Linear<I, O>, nn::Linear<I, O, f32, Cpu>) {
    let ours = Linear::<I, O>::default();
    let theirs = nn::Linear { weight: (&ours.weight).into(), bias: (&ours.bias).into() };
    (ours, theirs)
}

#[test]
fn linear_layers_of_rows_and_of_sequences() {
    manual_seed(1);
    let (layer, their_layer) = linear::<5, 3>();
    let (x, weights) =
        (Tensor::<Two<7, 5>>::uniform(-1.0, 1.0).requires_grad(), Tensor::<Two<7, 3>>::uniform(-1.0, 1.0));
    let theirs = Theirs::<Rank2<7, 5>>::from(&x);
    assert_same(
        "rows",
        1e-5,
        &ours!(layer.forward(&x), &weights, &x, &layer.weight, &layer.bias),
        &theirs!(
            their_layer.forward(theirs.leaky_trace()),
            Theirs::from(&weights),
            &theirs,
            &their_layer.weight,
            &their_layer.bias
        ),
    );
    let x = Tensor::<Three<2, 3, 5>>::uniform(-1.0, 1.0).requires_grad();
    let weights = Tensor::<Three<2, 3, 3>>::uniform(-1.0, 1.0);
    let theirs = Theirs::<Rank3<2, 3, 5>>::from(&x);
    assert_same(
        "sequences",
        1e-5,
        &ours!(layer.forward(&x), &weights, &x, &layer.weight, &layer.bias),
        &theirs!(
            their_layer.forward(theirs.leaky_trace()),
            Theirs::from(&weights),
            &theirs,
            &their_layer.weight,
            &their_layer.bias
        ),
    );
}

#[test]
fn layer_normalisation() {
    manual_seed(2);
    let layer = LayerNorm::<7> {
        weight: Tensor::uniform(0.5, 1.5).requires_grad(),
        bias: Tensor::uniform(-1.0, 1.0).requires_grad(),
        epsilon: 1e-5,
    };
    let their_layer = nn::LayerNorm1D::<7, f32, Cpu> {
        gamma: (&layer.weight).into(),
        beta: (&layer.bias).into(),
        epsilon: 1e-5,
    };
    let x = Tensor::<Three<2, 3, 7>>::uniform(-2.0, 3.0).requires_grad();
    let weights = Tensor::<Three<2, 3, 7>>::uniform(-1.0, 1.0);
    let theirs = Theirs::<Rank3<2, 3, 7>>::from(&x);
    assert_same(
        "layer_norm",
        1e-5,
        &ours!(layer.forward(&x), &weights, &x, &layer.weight, &layer.bias),
        &theirs!(
            their_layer.forward(theirs.leaky_trace()),
            Theirs::from(&weights),
            &theirs,
            &their_layer.gamma,
            &their_layer.beta
        ),
    );
}

#[test]
fn batch_normalisation_while_training_and_after() {
    manual_seed(3);
    let layer = BatchNorm1d::<3> {
        weight: Tensor::uniform(0.5, 1.5).requires_grad(),
        bias: Tensor::uniform(-1.0, 1.0).requires_grad(),
        ..Default::default()
    };
    let mut their_layer = nn::BatchNorm1D::<3, f32, Cpu>::build(&Cpu::default());
    their_layer.scale = (&layer.weight).into();
    their_layer.bias = (&layer.bias).into();
    let x = Tensor::<Three<4, 3, 5>>::uniform(-2.0, 3.0).requires_grad();
    let weights = Tensor::<Three<4, 3, 5>>::uniform(-1.0, 1.0);
    let theirs = Theirs::<Rank3<4, 3, 5>>::from(&x);
    let ours = ferrolab::nn::training(|| ours!(layer.forward(&x), &weights, &x, &layer.weight, &layer.bias));
    let their_y = their_layer.forward_mut(theirs.leaky_trace());
    assert_same(
        "training",
        1e-5,
        &ours,
        &theirs!(their_y, Theirs::from(&weights), &theirs, &their_layer.scale, &their_layer.bias),
    );
    assert_close("running mean", 1e-5, &layer.running_mean.to_vec(), &their_layer.running_mean.as_vec());
    assert_close("running variance", 1e-5, &layer.running_var.to_vec(), &their_layer.running_var.as_vec());
    assert_close("after training", 1e-5, &layer.forward(&x).to_vec(), &their_layer.forward(theirs).as_vec());
}

#[test]
fn attention_of_several_heads() {
    manual_seed(4);
    let layer = MultiHeadAttention::<6, 2>::default();
    let parameters: Vec<Vec<f32>> = layer.parameters().iter().map(|(_, raw)| raw.to_vec()).collect();
    let [in_weight, in_bias, out_weight, out_bias] = &parameters[..] else { panic!("four parameters") };
    // Ours, as PyTorch's, has the three projections in one matrix.
    let part = |i: usize| nn::Linear::<6, 6, f32, Cpu> {
        weight: (&Tensor::<Two<6, 6>>::from_vec(in_weight[i * 36..][..36].to_vec())).into(),
        bias: (&Tensor::<ferrolab::Rank1<6>>::from_vec(in_bias[i * 6..][..6].to_vec())).into(),
    };
    let their_layer = nn::MultiHeadAttention::<6, 2, 6, 6, f32, Cpu> {
        w_q: part(0),
        w_k: part(1),
        w_v: part(2),
        w_o: nn::Linear {
            weight: (&Tensor::<Two<6, 6>>::from_vec(out_weight.clone())).into(),
            bias: (&Tensor::<ferrolab::Rank1<6>>::from_vec(out_bias.clone())).into(),
        },
    };
    let query = Tensor::<Three<2, 3, 6>>::uniform(-1.0, 1.0).requires_grad();
    let [key, value] = [(); 2].map(|()| Tensor::<Three<2, 5, 6>>::uniform(-1.0, 1.0).requires_grad());
    let weights = Tensor::<Three<2, 3, 6>>::uniform(-1.0, 1.0);
    let their_query = Theirs::<Rank3<2, 3, 6>>::from(&query);
    let [their_key, their_value] = [&key, &value].map(Theirs::<Rank3<2, 5, 6>>::from);
    let y = their_layer.forward((their_query.leaky_trace(), their_key.clone(), their_value.clone()));
    assert_same(
        "attention",
        1e-5,
        &ours!(layer.forward(&query, &key, &value, &AttentionMask::none()), &weights, &query, &key, &value),
        &theirs!(y, Theirs::from(&weights), &their_query, &their_key, &their_value),
    );
}

#[test]
fn embeddings() {
    manual_seed(5);
    let layer = Embedding::<7, 4>::default();
    let their_layer = nn::Embedding::<7, 4, f32, Cpu> { weight: (&layer.weight).into() };
    let ids = [3, 0, 6, 3, 3];
    let weights = Tensor::<Two<5, 4>>::uniform(-1.0, 1.0);
    let their_ids = dfdx::tensor::TensorFrom::tensor(&Cpu::default(), ids);
    let x = Tensor::<ferrolab::Rank1<5>>::from(ids.map(|id| id as f32));
    let y =
        their_layer.forward(dfdx::tensor::PutTape::put_tape(their_ids, dfdx::tensor::OwnedTape::default()));
    assert_same(
        "embedding",
        1e-6,
        &ours!(layer.forward(&x), &weights, &layer.weight),
        &theirs!(y, Theirs::from(&weights), &their_layer.weight),
    );
}

/// Ten steps towards random targets; what matters is that both go the same way.
fn steps<O: Optimizer, P>(mut optimizer: O, mut their_optimizer: P)
where
    P: optim::Optimizer<nn::Linear<5, 3, f32, Cpu>, Cpu, f32>,
{
    manual_seed(6);
    let (layer, mut their_layer) = linear::<5, 3>();
    let (x, y) = (Tensor::<Two<7, 5>>::uniform(-1.0, 1.0), Tensor::<Two<7, 3>>::uniform(-1.0, 1.0));
    let (their_x, their_y) = (Theirs::<Rank2<7, 5>>::from(&x), Theirs::<Rank2<7, 3>>::from(&y));
    let before = layer.weight.to_vec();
    for step in 0..10 {
        optimizer.step(&layer, &ferrolab::mse(&layer.forward(&x), &y).backward());
        let prediction = their_layer.forward(their_x.leaky_trace());
        let gradients = dfdx::losses::mse_loss(prediction, their_y.clone()).backward();
        their_optimizer.update(&mut their_layer, &gradients).unwrap();
        assert_close(
            &format!("weight, step {step}"),
            1e-5,
            &layer.weight.to_vec(),
            &their_layer.weight.as_vec(),
        );
        assert_close(&format!("bias, step {step}"), 1e-5, &layer.bias.to_vec(), &their_layer.bias.as_vec());
    }
    assert_ne!(layer.weight.to_vec(), before);
}

#[test]
fn optimisers_take_the_same_steps() {
    type Layer = nn::Linear<5, 3, f32, Cpu>;
    let model: Layer = nn::Linear::build(&Cpu::default());
    let sgd = |momentum, weight_decay| {
        optim::Sgd::<Layer, f32, Cpu>::new(&model, optim::SgdConfig { lr: 0.1, momentum, weight_decay })
    };
    steps(Sgd::new(0.1), sgd(None, None));
    steps(Sgd::new(0.1).momentum(0.9), sgd(Some(Momentum::Classic(0.9)), None));
    steps(Sgd::new(0.1).momentum(0.9).nesterov(), sgd(Some(Momentum::Nesterov(0.9)), None));
    steps(Sgd::new(0.1).weight_decay(0.01), sgd(None, Some(WeightDecay::L2(0.01))));
    let adam = |weight_decay| {
        let config = optim::AdamConfig { lr: 0.05, betas: [0.9, 0.999], eps: 1e-8, weight_decay };
        optim::Adam::<Layer, f32, Cpu>::new(&model, config)
    };
    steps(Adam::new(0.05), adam(None));
    steps(Adam::new(0.05).weight_decay(0.01), adam(Some(WeightDecay::L2(0.01))));
}
