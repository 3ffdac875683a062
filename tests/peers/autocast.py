"""Writes the fixture that `tests/autocast.rs` compares ferrolab with, by PyTorch 2.15 on the CPU.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/autocast.py

autocast.safetensors  of a small CNN and an MLP on pictures of clipart32, under torch.autocast("cpu", torch.bfloat16): the
                      scores, every PICK-th gradient, and the losses of STEPS steps of SGD with momentum; beside them, as
                      `exact`, gradients and losses without autocast. The factors of a GradScaler are printed.
"""

import contextlib

import torch
from cnn_fifty_steps import pictures
from cnn_first_step import HERE, PICK, formula
from safetensors.torch import save_file

STEPS = 20
nn = torch.nn


def cnn():
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(32 * 36, 64), nn.ReLU(), nn.Linear(64, 10),
    )
    formula(model)
    return model


def mlp():
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(3072, 64), nn.GELU(), nn.Linear(64, 32), nn.Tanh(), nn.Linear(32, 10)
    )
    formula(model)
    return model


def bf16():
    return torch.autocast("cpu", torch.bfloat16)


def first(model, context):
    """Scores and gradients of the first batch."""
    images, labels = pictures()[0]
    with context():
        scores = model(images)
        loss = nn.functional.cross_entropy(scores, labels)
    loss.backward()
    gradients = {name: p.grad.flatten()[::PICK].clone() for name, p in model.named_parameters()}
    return scores.detach().float(), gradients


def losses(model, context):
    optimizer, batches, found = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9), pictures(), []
    for step in range(STEPS):
        images, labels = batches[step % 5]
        optimizer.zero_grad()
        with context():
            loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return torch.tensor(found)


def scales():
    """The factor after each of these steps, of which two overflow."""
    weight = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=1e-3)
    scaler = torch.amp.GradScaler("cpu", growth_interval=3)
    found = []
    for steep in [False, False, False, True, False, False, True, False, False, False]:
        optimizer.zero_grad()
        scaler.scale(weight.sum() * (float("inf") if steep else 1.0)).backward()
        scaler.step(optimizer)
        scaler.update()
        found.append(scaler.get_scale())
    return found


def main():
    fixture = {}
    for name, make in [("cnn", cnn), ("mlp", mlp)]:
        scores, gradients = first(make(), bf16)
        _, exact = first(make(), contextlib.nullcontext)
        fixture[f"{name}.scores"] = scores
        for key in gradients:
            fixture[f"{name}.gradient.{key}"] = gradients[key]
            fixture[f"{name}.exact.{key}"] = exact[key]
        fixture[f"{name}.losses"] = losses(make(), bf16)
        fixture[f"{name}.exact.losses"] = losses(make(), contextlib.nullcontext)
        print(name, fixture[f"{name}.losses"][[0, -1]].tolist(), fixture[f"{name}.exact.losses"][[0, -1]].tolist())
    print("scales", scales())
    save_file(fixture, HERE / "autocast.safetensors")
    print(f"{len(fixture)} tensors, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
