"""Writes the fixture that `tests/layers/` compares ferrolab's layers with, by PyTorch 2.15.0 on the CPU: more sizes than
`layers.py` has, odd ones, and the layers without parameters. The form is the same.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/odd_layers.py
"""

import torch
from layers import HERE, case, fixture, flat, randn
from safetensors.torch import save_file
from torch import nn

F = nn.functional


class Function(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


def activations():
    functions = {
        "relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(0.05), "elu": nn.ELU(1.5), "gelu": nn.GELU(), "silu": nn.SiLU(),
        "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "softmax": nn.Softmax(-1), "softplus": nn.Softplus(),
        "hardsigmoid": nn.Hardsigmoid(), "hardswish": nn.Hardswish(), "flatten": nn.Flatten(), "dropout": nn.Dropout(0.4),
        "upsample": nn.Upsample(scale_factor=2), "instance_norm": nn.InstanceNorm2d(3),
    }  # fmt: skip
    for name, module in functions.items():
        if name not in ["upsample", "instance_norm"]:
            case(f"{name}_row", module, randn(3, 7) * 3)
        case(f"{name}_picture", module, randn(2, 3, 5, 4) * 3)
    case("upsample_thrice", nn.Upsample(scale_factor=3), randn(1, 5, 1, 2))
    case("instance_norm_wide", nn.InstanceNorm2d(17), randn(1, 17, 2, 1))


def dense():
    for name, (inputs, outputs), sizes in [
        ("one", (1, 1), (1, 1)), ("narrow", (7, 1), (5, 7)), ("wide", (5, 17), (3, 5)), ("steps", (5, 3), (2, 7, 5)),
    ]:  # fmt: skip
        case(f"linear_{name}", nn.Linear(inputs, outputs), randn(*sizes))
    case("linear_without_bias", nn.Linear(7, 3, bias=False), randn(2, 7))
    case("embedding_one", nn.Embedding(1, 3), torch.tensor([[0, 0]]))
    case("embedding_long", nn.Embedding(13, 1), torch.randint(13, (1, 9)))
    case("positions", Positions(7, 3), randn(2, 5, 3))
    case("positions_one", Positions(1, 5), randn(1, 1, 5))


class Positions(nn.Module):
    """A learnt vector for each place, added."""

    def __init__(self, places, size):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(places, size))

    def forward(self, x):
        return x + self.weight[: x.shape[1]]


def convolutions():
    case("conv2d_pixel", nn.Conv2d(1, 1, 1), randn(1, 1, 1, 1))
    case("conv2d_same", nn.Conv2d(17, 5, 3, padding=1), randn(1, 17, 4, 3))
    case("conv2d_strided", nn.Conv2d(3, 7, 5, stride=3, padding=2), randn(2, 3, 8, 9))
    case("conv2d_whole", nn.Conv2d(2, 9, 4), randn(3, 2, 4, 4))
    case("conv1d_one", nn.Conv1d(1, 1, 1), randn(1, 1, 1))
    case("conv1d_wide", nn.Conv1d(5, 17, 3, padding=1), randn(2, 5, 7))
    case("depthwise_one", nn.Conv2d(1, 1, 3, groups=1), randn(1, 1, 3, 5))
    case("grouped_thirds", nn.Conv2d(9, 3, 1, groups=3), randn(2, 9, 3, 2))
    case("transposed_wide", nn.ConvTranspose2d(5, 17, 2, stride=3, output_padding=2), randn(1, 5, 2, 3))


def pools():
    case("max_pool", nn.MaxPool2d(2), randn(2, 3, 5, 4))
    case("max_pool_wide", nn.MaxPool2d(3), randn(1, 17, 7, 9))
    case("avg_pool_wide", nn.AvgPool2d(3), randn(1, 17, 7, 9))
    case("avg_pool_overlapping", nn.AvgPool2d(2, stride=1), randn(2, 1, 3, 5))
    case("max_pool_overlapping", nn.MaxPool2d(2, stride=1), randn(2, 1, 3, 5))
    case("global_avg_pool_pixel", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), randn(3, 17, 1, 1))


def norms():
    case("layer_norm_one", nn.LayerNorm(1), randn(3, 1), shake=0.5)
    case("group_norm_one", nn.GroupNorm(1, 7), randn(1, 7, 3), shake=0.5)
    case("group_norm_rows", nn.GroupNorm(3, 9), randn(5, 9), shake=0.5)
    for name, norm, x in [
        ("wide", nn.BatchNorm2d(17), randn(1, 17, 3, 1)),
        ("one", nn.BatchNorm1d(1), randn(3, 1)),
    ]:
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
        case(f"batch_norm_{name}", norm, x + 0.5, training=True, shake=0.5)


def sequences():
    for name, kind in [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)]:
        case(f"{name}_one", kind(1, 1, batch_first=True), randn(1, 1, 1), call=lambda rnn, x: flat(*rnn(x)))
        case(f"{name}_wide", kind(5, 17, batch_first=True), randn(3, 2, 5), call=lambda rnn, x: flat(*rnn(x)))
        case(f"{name}_last", kind(3, 5, batch_first=True), randn(2, 7, 3), call=lambda rnn, x: rnn(x)[0][:, -1])
        both = kind(3, 4, batch_first=True, bidirectional=True)
        case(f"{name}_both", both, randn(2, 5, 3), call=lambda rnn, x: rnn(x)[0])
    alone = lambda m, x: m(x, x, x, need_weights=False)[0]
    case("attention_one", nn.MultiheadAttention(1, 1, batch_first=True), randn(1, 1, 1), call=alone, shake=0.2)
    case("attention_wide", nn.MultiheadAttention(15, 5, batch_first=True), randn(2, 7, 15), call=alone, shake=0.2)
    settings = dict(batch_first=True, dropout=0.0)
    case("encoder_wide", nn.TransformerEncoderLayer(9, 3, 17, **settings), randn(1, 7, 9), shake=0.2)
    decoder = nn.TransformerDecoderLayer(6, 3, 5, **settings)
    case("decoder_one", decoder, randn(1, 1, 6), randn(1, 3, 6), call=lambda m, x, memory: m(x, memory), shake=0.2)


def shortcuts():
    case("residual_row", Residual(5), randn(3, 5))
    case("residual_wide", Residual(17), randn(1, 17))


class Residual(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.add_module("1", nn.Linear(size, size))

    def forward(self, x):
        return x + F.relu(self.get_submodule("1")(x))


def main():
    for group in [activations, dense, convolutions, pools, norms, sequences, shortcuts]:
        torch.manual_seed(3)
        group()
    save_file(fixture, HERE / "odd_layers.safetensors")
    print(f"{(HERE / 'odd_layers.safetensors').stat().st_size / 1024:.0f} KiB, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
