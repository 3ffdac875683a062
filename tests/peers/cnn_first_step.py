"""Writes the fixtures that `tests/first_step.rs` compares ferrolab with, by PyTorch on the CPU.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/cnn_first_step.py

cnn_first_step.safetensors  the CNN of the course on four pictures of clipart32: the loss, every gradient, and every
                            PICK-th parameter after two steps of Adam and after two steps of SGD with momentum
mlp.safetensors             a state dict as PyTorch users save it; its input and output are printed
"""

import gzip
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
PICK = 37
BATCH = 4


def formula(model):
    """The same initial parameters as in the test: a linear congruential generator, scaled to +-1/sqrt(fan_in)."""
    state = 1
    for layer in model:
        if not hasattr(layer, "weight"):
            continue
        bound = np.float32(1.0) / np.sqrt(np.float32(layer.weight[0].numel()))
        for parameter in (layer.weight, layer.bias):
            values = np.empty(parameter.numel(), np.float32)
            for i in range(values.size):
                state = (1664525 * state + 1013904223) % 2**32
                values[i] = (np.float32(state >> 8) / np.float32(2**23) - np.float32(1.0)) * bound
            parameter.data = torch.from_numpy(values.reshape(parameter.shape))


def cnn():
    nn = torch.nn
    model = nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(1024, 64), nn.ReLU(), nn.Linear(64, 10),
    )
    formula(model)
    return model


def pictures():
    """The first test pictures of clipart32: a byte of label, then [3, 32, 32] bytes, each."""
    file = HERE.parent.parent / "datasets/data/clipart32/test_batch.bin.gz"
    records = np.frombuffer(gzip.open(file).read(), np.uint8).reshape(-1, 3073)[:BATCH]
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / np.float32(255))
    return images, torch.from_numpy(records[:, 0].astype(np.int64))


def loss_of(model):
    images, labels = pictures()
    return torch.nn.functional.cross_entropy(model(images), labels)


def after(steps, optimizer):
    """Every PICK-th parameter after some steps on the same batch."""
    model = cnn()
    optimizer = optimizer(model.parameters())
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(model).backward()
        optimizer.step()
    return {name: parameter.detach().flatten()[::PICK].clone() for name, parameter in model.named_parameters()}


def main():
    torch.manual_seed(0)
    model = cnn()
    loss = loss_of(model)
    loss.backward()
    fixture = {"loss": loss.detach().reshape(1)}
    for name, parameter in model.named_parameters():
        fixture[f"gradient.{name}"] = parameter.grad
    for name, values in after(2, lambda parameters: torch.optim.Adam(parameters, lr=1e-3)).items():
        fixture[f"adam.{name}"] = values
    for name, values in after(2, lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9)).items():
        fixture[f"sgd.{name}"] = values
    save_file(fixture, HERE / "cnn_first_step.safetensors")
    print(f"loss {loss.item():.6f}, PyTorch {torch.__version__}")

    mlp = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    save_file(mlp.state_dict(), HERE / "mlp.safetensors")
    print("mlp([1, 2, 3, 4]) =", mlp(torch.tensor([[1.0, 2.0, 3.0, 4.0]])).tolist())


if __name__ == "__main__":
    main()
