"""Writes `state_dicts/`, which `tests/state_dicts.rs` loads: files by PyTorch 2.15.0 and the Hugging Face hub's own library.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/state_dicts.py

net.safetensors    the state dict of a small residual network with torchvision's names, counts of batches included
keras.safetensors  the same in the layouts and with the names of Keras
sharded/           the same in several files with an index, by `huggingface_hub.save_torch_state_dict`
expected.safetensors  inputs `x` of the network, and its outputs `y` in evaluation
dtypes.safetensors    tensors of every format; under `f32.` what PyTorch makes of them as 32-bit floats; under `rounded.` what it
                      makes of `values` in 16 bits
"""

import pathlib
import shutil

import torch
from huggingface_hub import save_torch_state_dict
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent / "state_dicts"


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.dw = nn.Conv2d(outputs, outputs, 3, 1, 1, groups=outputs)
        self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.dw(torch.relu(self.bn1(self.conv1(x)))) + self.downsample(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3, 1, 1, bias=False), nn.BatchNorm2d(4), nn.ReLU())
        self.layer1 = nn.Sequential(Block(4, 6, 1), Block(6, 8, 2))
        self.fc = nn.Linear(8, 5)

    def forward(self, x):
        return self.fc(self.layer1(self.stem(x)).mean((2, 3)))


def keras(state):
    """Kernels turned round, and the names of Keras."""
    names = {"running_mean": "moving_mean", "running_var": "moving_variance"}
    turned = {}
    for name, value in state.items():
        *path, last = name.split(".")
        if last == "num_batches_tracked":
            continue
        norm = ".".join([*path, "running_mean"]) in state
        if last == "weight":
            last = "gamma" if norm else "kernel"
            if path[-1] == "dw":
                value = value.permute(2, 3, 0, 1)  # [height, width, channels, 1]
            elif value.dim() == 4:
                value = value.permute(2, 3, 1, 0)  # [height, width, in, out]
            elif value.dim() == 2:
                value = value.t()
        elif last == "bias":
            last = "beta" if norm else "bias"
        turned[".".join([*path, names.get(last, last)])] = value.contiguous()
    return turned


def dtypes():
    values = torch.tensor([0.0, -1.5, 3.14159274, 1e-8, 65504.0, -0.1, 1 / 3, 2.0**-24])
    whole = torch.tensor([-100, 0, 7, 127])
    tensors = {
        "f64": values.double() / 3,
        "f32": values,
        "f16": values.half(),
        "bf16": values.bfloat16(),
        "i64": whole * 2**33,
        "i32": (whole * 2**16).int(),
        "i16": (whole * 2**7).short(),
        "i8": whole.char(),
        "u8": whole.abs().byte(),
        "bool": whole > 0,
    }
    kept = dict(tensors)
    kept |= {f"f32.{name}": value.float() for name, value in tensors.items()}
    kept |= {"values": values, "rounded.F16": values.half().float(), "rounded.BF16": values.bfloat16().float()}
    return {name: value.clone() for name, value in kept.items()}


def main():
    torch.manual_seed(3)
    HERE.mkdir(exist_ok=True)
    net = Net()
    net.train()
    for _ in range(3):
        net(torch.randn(4, 3, 8, 8))
    net.eval()
    x = torch.randn(2, 3, 9, 7)
    save_file({"x": x, "y": net(x).detach()}, HERE / "expected.safetensors")
    state = net.state_dict()
    save_file({f"module.{name}": value for name, value in state.items()}, HERE / "net.safetensors")
    save_file(keras(state), HERE / "keras.safetensors")
    save_file(dtypes(), HERE / "dtypes.safetensors")
    shutil.rmtree(HERE / "sharded", ignore_errors=True)
    (HERE / "sharded").mkdir()
    save_torch_state_dict(state, HERE / "sharded", max_shard_size="2KB")
    for file in HERE.rglob("*.*"):
        file.chmod(0o644)
        print(file.relative_to(HERE), file.stat().st_size)


if __name__ == "__main__":
    main()
