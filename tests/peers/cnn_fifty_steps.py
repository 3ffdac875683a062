"""Writes the fixture that `tests/fifty_steps.rs` compares ferrolab with, by PyTorch 2.15 on the CPU.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/cnn_fifty_steps.py

cnn_fifty_steps.safetensors  the losses of fifty steps of the CNN of `cnn_first_step.py`, from the same initial weights,
                             on five batches of eight pictures of clipart32 in turn, by SGD with momentum and by Adam
"""

import gzip

import numpy as np
import torch
from cnn_first_step import HERE, cnn
from safetensors.torch import save_file

BATCH, BATCHES, STEPS = 8, 5, 50


def pictures():
    file = HERE.parent.parent / "datasets/data/clipart32/test_batch.bin.gz"
    records = np.frombuffer(gzip.open(file).read(), np.uint8).reshape(-1, 3073)[: BATCH * BATCHES]
    images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / np.float32(255))
    labels = torch.from_numpy(records[:, 0].astype(np.int64))
    return list(zip(images.split(BATCH), labels.split(BATCH)))


def losses(make):
    model = cnn()
    optimizer, batches, found = make(model.parameters()), pictures(), []
    for step in range(STEPS):
        images, labels = batches[step % BATCHES]
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return torch.tensor(found)


def main():
    fixture = {
        "sgd": losses(lambda p: torch.optim.SGD(p, lr=0.02, momentum=0.9)),
        "adam": losses(lambda p: torch.optim.Adam(p, lr=1e-3)),
    }
    save_file(fixture, HERE / "cnn_fifty_steps.safetensors")
    print({name: (values[0].item(), values[-1].item()) for name, values in fixture.items()}, torch.__version__)


if __name__ == "__main__":
    main()
