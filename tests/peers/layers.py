"""Writes `layers.safetensors`, which `tests/layers_against_pytorch.rs` compares ferrolab's layers with.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/layers.py

Made with PyTorch 2.15.0 on the CPU. For each case it holds, under the case's name: the inputs `x0`, `x1` ..; the state
dict under `state.`; the output `y`; weights `g` of the output, the loss being the sum of `y * g`; the gradients of the
inputs, `dx0` .., and of the parameters, under `grad.`; after a case in training mode the new buffers, under `after.`.
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
fixture = {}


def case(name, module, *inputs, call=None, training=False, shake=0.0):
    """Records one case. `shake` moves the parameters, so that ones and zeros do not hide mistakes."""
    module.train(training)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += shake * torch.randn_like(parameter)
    keep = {f"state.{key}": value.clone() for key, value in module.state_dict().items() if value.dtype == torch.float32}
    inputs = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    y = call(module, *inputs) if call else module(*inputs)
    g = torch.randn_like(y)
    (y * g).sum().backward()
    keep |= {"y": y, "g": g}
    for i, x in enumerate(inputs):
        keep[f"x{i}"] = x.float()
        if x.requires_grad:
            keep[f"dx{i}"] = x.grad
    keep |= {f"grad.{key}": value.grad for key, value in module.named_parameters()}
    if training:
        keep |= {f"after.{key}": value for key, value in module.named_buffers() if value.dtype == torch.float32}
    for key, value in keep.items():
        fixture[f"{name}.{key}"] = value.detach().contiguous().clone()


def randn(*sizes):
    return torch.randn(*sizes)


def norms():
    case("embedding", nn.Embedding(7, 5, padding_idx=2), torch.tensor([[1, 2, 6], [6, 0, 6]]))
    case("layer_norm", nn.LayerNorm(5), randn(3, 2, 5), shake=0.5)
    case("layer_norm_wide", nn.LayerNorm(37), randn(2, 37), shake=0.5)
    case("group_norm", nn.GroupNorm(3, 6), randn(2, 6, 3, 5), shake=0.5)
    case("instance_norm", nn.GroupNorm(5, 5), randn(2, 5, 7), shake=0.5)
    for training in [False, True]:
        mode = "training" if training else "evaluation"
        for name, norm, x in [
            ("rows", nn.BatchNorm1d(5), randn(7, 5)),
            ("sequences", nn.BatchNorm1d(3), randn(2, 3, 5)),
            ("pictures", nn.BatchNorm2d(5), randn(2, 5, 3, 7)),
        ]:
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
            case(f"batch_norm_{name}_{mode}", norm, x + 0.5, training=training, shake=0.5)


def convolutions():
    case("conv1d", nn.Conv1d(3, 4, 3), randn(2, 3, 7))
    case("conv1d_same", nn.Conv1d(2, 3, 5, padding=2), randn(2, 2, 7))
    case("conv1d_strided", nn.Conv1d(2, 3, 4, stride=3, padding=1), randn(2, 2, 9))
    case("depthwise", nn.Conv2d(5, 5, 3, padding=1, groups=5), randn(2, 5, 4, 5))
    case("depthwise_strided", nn.Conv2d(3, 3, 5, stride=2, padding=2, groups=3, bias=False), randn(1, 3, 7, 6))
    case("grouped", nn.Conv2d(6, 4, 3, groups=2), randn(2, 6, 5, 4))
    case("dilated", nn.Conv2d(3, 2, 3, padding=2, dilation=2), randn(2, 3, 5, 7))
    case("conv2d_without_bias", nn.Conv2d(3, 2, 3, bias=False), randn(1, 3, 5, 4))
    case("conv2d_dilated_strided", nn.Conv2d(2, 4, 3, stride=2, padding=1, dilation=2, groups=2), randn(2, 2, 9, 7))
    case("transposed", nn.ConvTranspose2d(3, 2, 2, stride=2), randn(2, 3, 3, 4))
    case("transposed_padded", nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1), randn(1, 2, 3, 5))
    case("transposed_plain", nn.ConvTranspose2d(4, 1, 3), randn(1, 4, 2, 3))


def pools():
    case("avg_pool", nn.AvgPool2d(2), randn(2, 3, 5, 4))
    case("avg_pool_padded", nn.AvgPool2d(3, stride=2, padding=1), randn(2, 3, 5, 7))
    case("max_pool_strided", nn.MaxPool2d(3, stride=2, padding=1), randn(2, 3, 6, 7))
    case("global_avg_pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), randn(2, 5, 3, 4))


def main():
    torch.manual_seed(0)
    norms()
    convolutions()
    pools()
    save_file(fixture, HERE / "layers.safetensors")
    print(f"{sum(value.numel() for value in fixture.values()) * 4 / 1024:.0f} KiB of values, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
