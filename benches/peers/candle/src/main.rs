//! candle on the CPU as an engine. Its LSTM and its convolutions are candle-nn's; where candle-nn's fast operation has no
//! gradient (layer norm and softmax), training takes the slow one that has.

#[path = "../../protocol.rs"]
mod protocol;

use std::hint::black_box;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::optim::{AdamW, Optimizer, ParamsAdamW};
use candle_nn::rnn::{LSTM, LSTMConfig, RNN, lstm};
use candle_nn::{
    Conv2d, Embedding, Linear, Module, VarBuilder, VarMap, conv2d, embedding, linear, loss, ops,
};

use protocol::{Job, Step, serve};

const HEADS: usize = 4;
const WIDTH: usize = 128;

/// A network, as the measurement sees it.
trait Network: Sized + 'static {
    const CLASSES: u32;
    fn new(vars: VarBuilder) -> Result<Self>;
    fn input(batch: usize) -> Result<Tensor>;
    /// `train`: every operation must have a gradient.
    fn forward(&self, input: &Tensor, train: bool) -> Result<Tensor>;
}

struct Cnn {
    convolutions: [Conv2d; 3],
    hidden: Linear,
    head: Linear,
}

impl Network for Cnn {
    const CLASSES: u32 = 10;

    fn new(vars: VarBuilder) -> Result<Self> {
        let convolution =
            |inputs, outputs, name| conv2d(inputs, outputs, 3, Default::default(), vars.pp(name));
        Ok(Self {
            convolutions: [convolution(3, 32, "a")?, convolution(32, 64, "b")?, convolution(64, 64, "c")?],
            hidden: linear(1024, 64, vars.pp("hidden"))?,
            head: linear(64, 10, vars.pp("head"))?,
        })
    }

    fn input(batch: usize) -> Result<Tensor> {
        Tensor::randn(0f32, 1.0, (batch, 3, 32, 32), &Device::Cpu)
    }

    fn forward(&self, input: &Tensor, _train: bool) -> Result<Tensor> {
        let [first, second, third] = &self.convolutions;
        let x = first.forward(input)?.relu()?.max_pool2d(2)?;
        let x = second.forward(&x)?.relu()?.max_pool2d(2)?;
        let x = third.forward(&x)?.relu()?.flatten_from(1)?;
        self.head.forward(&self.hidden.forward(&x)?.relu()?)
    }
}

struct LstmNet {
    embedding: Embedding,
    lstm: LSTM,
    head: Linear,
}

impl Network for LstmNet {
    const CLASSES: u32 = 2;

    fn new(vars: VarBuilder) -> Result<Self> {
        Ok(Self {
            embedding: embedding(10_000, 64, vars.pp("embedding"))?,
            lstm: lstm(64, 128, LSTMConfig::default(), vars.pp("lstm"))?,
            head: linear(128, 2, vars.pp("head"))?,
        })
    }

    fn input(batch: usize) -> Result<Tensor> {
        Tensor::rand(0f32, 10_000.0, (batch, 100), &Device::Cpu)?.to_dtype(DType::U32)
    }

    fn forward(&self, input: &Tensor, _train: bool) -> Result<Tensor> {
        let states = self.lstm.seq(&self.embedding.forward(input)?)?;
        self.head.forward(states.last().expect("a hundred words").h())
    }
}

struct Mlp {
    layers: [Linear; 3],
}

impl Network for Mlp {
    const CLASSES: u32 = 10;

    fn new(vars: VarBuilder) -> Result<Self> {
        let layer = |inputs, outputs, name| linear(inputs, outputs, vars.pp(name));
        Ok(Self { layers: [layer(784, 512, "a")?, layer(512, 512, "b")?, layer(512, 10, "c")?] })
    }

    fn input(batch: usize) -> Result<Tensor> {
        Tensor::randn(0f32, 1.0, (batch, 784), &Device::Cpu)
    }

    fn forward(&self, input: &Tensor, _train: bool) -> Result<Tensor> {
        let [first, second, head] = &self.layers;
        head.forward(&second.forward(&first.forward(input)?.relu()?)?.relu()?)
    }
}

/// Scale and shift of a layer norm.
struct Norm {
    weight: Tensor,
    bias: Tensor,
}

impl Norm {
    fn new(vars: VarBuilder) -> Result<Self> {
        let get = |name, value| vars.get_with_hints(WIDTH, name, candle_nn::Init::Const(value));
        Ok(Self { weight: get("weight", 1.0)?, bias: get("bias", 0.0)? })
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let norm = if train { ops::layer_norm_slow } else { ops::layer_norm };
        norm(x, &self.weight, &self.bias, 1e-5)
    }
}

struct Encoder {
    projection: Linear,
    output: Linear,
    wide: Linear,
    narrow: Linear,
    norms: [Norm; 2],
    head: Linear,
}

impl Encoder {
    /// Self-attention of all heads, queries, keys and values from one product.
    fn attend(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        let (batch, length, _) = x.dims3()?;
        let heads = self.projection.forward(x)?.reshape((batch, length, 3, HEADS, WIDTH / HEADS))?;
        let heads = heads.permute((2, 0, 3, 1, 4))?.contiguous()?;
        let [q, k, v] = [heads.get(0)?, heads.get(1)?, heads.get(2)?];
        let scores = (q.matmul(&k.t()?)? / ((WIDTH / HEADS) as f64).sqrt())?;
        let weights = if train { ops::softmax(&scores, D::Minus1)? } else { ops::softmax_last_dim(&scores)? };
        let x = weights.matmul(&v)?.transpose(1, 2)?.contiguous()?;
        self.output.forward(&x.reshape((batch, length, WIDTH))?)
    }
}

impl Network for Encoder {
    const CLASSES: u32 = 2;

    fn new(vars: VarBuilder) -> Result<Self> {
        Ok(Self {
            projection: linear(WIDTH, 3 * WIDTH, vars.pp("projection"))?,
            output: linear(WIDTH, WIDTH, vars.pp("output"))?,
            wide: linear(WIDTH, 512, vars.pp("wide"))?,
            narrow: linear(512, WIDTH, vars.pp("narrow"))?,
            norms: [Norm::new(vars.pp("norm_a"))?, Norm::new(vars.pp("norm_b"))?],
            head: linear(WIDTH, 2, vars.pp("head"))?,
        })
    }

    fn input(batch: usize) -> Result<Tensor> {
        Tensor::randn(0f32, 1.0, (batch, 64, WIDTH), &Device::Cpu)
    }

    fn forward(&self, input: &Tensor, train: bool) -> Result<Tensor> {
        let [first, second] = &self.norms;
        let x = first.forward(&(input + self.attend(input, train)?)?, train)?;
        let wide = self.wide.forward(&x)?.relu()?;
        let x = second.forward(&(&x + self.narrow.forward(&wide)?)?, train)?;
        self.head.forward(&x.mean(1)?)
    }
}

fn train<N: Network>(batch: usize) -> Result<Step> {
    let vars = VarMap::new();
    let network = N::new(VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu))?;
    let (input, labels) = (N::input(batch)?, labels(batch, N::CLASSES)?);
    let adam = ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() };
    let mut optimizer = AdamW::new(vars.all_vars(), adam)?;
    let mut step = move || {
        let value = loss::cross_entropy(&network.forward(&input, true)?, &labels)?;
        optimizer.backward_step(&value)
    };
    Ok(Box::new(move || step().expect("it ran the first time")))
}

fn labels(batch: usize, classes: u32) -> Result<Tensor> {
    let labels: Vec<u32> = (0..batch as u32).map(|i| i % classes).collect();
    Tensor::from_vec(labels, batch, &Device::Cpu)
}

/// The parameters are constants here, as when loaded from a file: candle then records no graph.
fn infer<N: Network>(batch: usize) -> Result<Step> {
    let vars = VarMap::new();
    N::new(VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu))?;
    let constants = vars.data().lock().expect("one thread").clone().into_iter();
    let constants = constants.map(|(name, var)| (name, var.as_detached_tensor())).collect();
    let network = N::new(VarBuilder::from_tensors(constants, DType::F32, &Device::Cpu))?;
    let input = N::input(batch)?;
    Ok(Box::new(move || drop(black_box(network.forward(&input, false).expect("shapes fit")))))
}

fn matmul(n: usize) -> Result<Step> {
    let matrix = || Tensor::randn(0f32, 1.0, (n, n), &Device::Cpu);
    let (a, b) = (matrix()?, matrix()?);
    Ok(Box::new(move || drop(black_box(a.matmul(&b).expect("shapes fit")))))
}

fn network<N: Network>(job: &Job) -> Option<Result<Step>> {
    match job.mode.as_str() {
        "train" => Some(train::<N>(job.batch)),
        "infer" => Some(infer::<N>(job.batch)),
        _ => None,
    }
}

fn build(job: &Job) -> Option<Step> {
    let step = match job.workload.as_str() {
        "cnn" => network::<Cnn>(job)?,
        "lstm" => network::<LstmNet>(job)?,
        "mlp" => network::<Mlp>(job)?,
        "encoder" => network::<Encoder>(job)?,
        "matmul" => matmul(job.batch),
        _ => return None,
    };
    Some(step.expect("the network fits its input"))
}

fn main() {
    serve("candle", "0.11.1", build);
}
