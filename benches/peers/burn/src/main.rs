//! burn's CPU backend `flex` as an engine, with the layers, the loss and the Adam that burn has.

#[path = "../../protocol.rs"]
mod protocol;

use std::hint::black_box;

use burn::module::Module;
use burn::nn::activation::ActivationConfig;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::transformer::{TransformerEncoder, TransformerEncoderConfig, TransformerEncoderInput};
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig, Lstm, LstmConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Distribution, Int, Tensor};

use protocol::{Job, Step, serve};

/// A network, as the measurement sees it.
trait Network: Module + 'static {
    /// What it reads.
    type Input: Clone + 'static;
    const CLASSES: usize;
    fn init(device: &Device) -> Self;
    fn input(batch: usize, device: &Device) -> Self::Input;
    fn forward(&self, input: Self::Input) -> Tensor<2>;
}

#[derive(Module, Debug)]
struct Cnn {
    convolutions: [Conv2d; 3],
    pool: MaxPool2d,
    hidden: Linear,
    head: Linear,
}

impl Network for Cnn {
    type Input = Tensor<4>;
    const CLASSES: usize = 10;

    fn init(device: &Device) -> Self {
        let convolution = |channels| Conv2dConfig::new(channels, [3, 3]).init(device);
        Self {
            convolutions: [[3, 32], [32, 64], [64, 64]].map(convolution),
            pool: MaxPool2dConfig::new([2, 2]).init(),
            hidden: LinearConfig::new(1024, 64).init(device),
            head: LinearConfig::new(64, Self::CLASSES).init(device),
        }
    }

    fn input(batch: usize, device: &Device) -> Self::Input {
        normal([batch, 3, 32, 32], device)
    }

    fn forward(&self, input: Self::Input) -> Tensor<2> {
        let [first, second, third] = &self.convolutions;
        let x = self.pool.forward(relu(first.forward(input)));
        let x = self.pool.forward(relu(second.forward(x)));
        let x = relu(third.forward(x)).flatten(1, 3);
        self.head.forward(relu(self.hidden.forward(x)))
    }
}

#[derive(Module, Debug)]
struct LstmNet {
    embedding: Embedding,
    lstm: Lstm,
    head: Linear,
}

impl Network for LstmNet {
    type Input = Tensor<2, Int>;
    const CLASSES: usize = 2;

    fn init(device: &Device) -> Self {
        Self {
            embedding: EmbeddingConfig::new(10_000, 64).init(device),
            lstm: LstmConfig::new(64, 128, true).init(device),
            head: LinearConfig::new(128, Self::CLASSES).init(device),
        }
    }

    fn input(batch: usize, device: &Device) -> Self::Input {
        Tensor::random([batch, 100], Distribution::Uniform(0.0, 10_000.0), device)
    }

    fn forward(&self, input: Self::Input) -> Tensor<2> {
        let (_, last) = self.lstm.forward(self.embedding.forward(input), None);
        self.head.forward(last.hidden)
    }
}

#[derive(Module, Debug)]
struct Mlp {
    layers: [Linear; 3],
}

impl Network for Mlp {
    type Input = Tensor<2>;
    const CLASSES: usize = 10;

    fn init(device: &Device) -> Self {
        let linear = |[inputs, outputs]: [usize; 2]| LinearConfig::new(inputs, outputs).init(device);
        Self { layers: [[784, 512], [512, 512], [512, Self::CLASSES]].map(linear) }
    }

    fn input(batch: usize, device: &Device) -> Self::Input {
        normal([batch, 784], device)
    }

    fn forward(&self, input: Self::Input) -> Tensor<2> {
        let [first, second, head] = &self.layers;
        head.forward(relu(second.forward(relu(first.forward(input)))))
    }
}

#[derive(Module, Debug)]
struct Encoder {
    block: TransformerEncoder,
    head: Linear,
}

impl Network for Encoder {
    type Input = Tensor<3>;
    const CLASSES: usize = 2;

    fn init(device: &Device) -> Self {
        let block = TransformerEncoderConfig::new(128, 512, 4, 1);
        let block = block.with_dropout(0.0).with_activation(ActivationConfig::Relu);
        Self { block: block.init(device), head: LinearConfig::new(128, Self::CLASSES).init(device) }
    }

    fn input(batch: usize, device: &Device) -> Self::Input {
        normal([batch, 64, 128], device)
    }

    fn forward(&self, input: Self::Input) -> Tensor<2> {
        let x = self.block.forward(TransformerEncoderInput::new(input));
        self.head.forward(x.mean_dim(1).squeeze_dim(1))
    }
}

fn normal<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

fn train<N: Network>(batch: usize) -> Step {
    let device = Device::flex().autodiff();
    let input = N::input(batch, &device);
    let range = Distribution::Uniform(0.0, N::CLASSES as f64);
    let labels = Tensor::<1, Int>::random([batch], range, &device);
    let loss = CrossEntropyLossConfig::new().init(&device);
    let mut optimizer = AdamConfig::new().init();
    let mut network = Some(N::init(&device));
    Box::new(move || {
        let current = network.take().expect("every step puts it back");
        let value = loss.forward(current.forward(input.clone()), labels.clone());
        let gradients = GradientsParams::from_grads(value.backward(), &current);
        network = Some(optimizer.step(1e-3, current, gradients));
    })
}

fn infer<N: Network>(batch: usize) -> Step {
    let device = Device::flex();
    let (network, input) = (N::init(&device), N::input(batch, &device));
    Box::new(move || drop(black_box(network.forward(input.clone()))))
}

fn matmul(n: usize) -> Step {
    let device = Device::flex();
    let (a, b) = (normal([n, n], &device), normal([n, n], &device));
    Box::new(move || drop(black_box(a.clone().matmul(b.clone()))))
}

fn network<N: Network>(job: &Job) -> Option<Step> {
    match job.mode.as_str() {
        "train" => Some(train::<N>(job.batch)),
        "infer" => Some(infer::<N>(job.batch)),
        _ => None,
    }
}

fn build(job: &Job) -> Option<Step> {
    match job.workload.as_str() {
        "cnn" => network::<Cnn>(job),
        "lstm" => network::<LstmNet>(job),
        "mlp" => network::<Mlp>(job),
        "encoder" => network::<Encoder>(job),
        "matmul" => Some(matmul(job.batch)),
        _ => None,
    }
}

fn main() {
    serve("burn flex", "0.22.1", build);
}
