"""Writes `crf.safetensors`, which `tests/crf_against_pytorch.rs` compares ferrolab's conditional random field with.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt pytorch-crf==0.7.2
    V/bin/python tests/peers/crf.py

For each case I: emissions I.x, tags I.tags, lengths I.lengths, the weights by pytorch-crf's names, the mean loss I.loss, all
gradients under I.grad., and the tags I.best that it decodes, -1 behind each length.
"""

import pathlib

import torch
from safetensors.torch import save_file
from torchcrf import CRF

HERE = pathlib.Path(__file__).parent
torch.manual_seed(11)
fixture = {}
for i, (n, steps, tags) in enumerate([(1, 1, 2), (3, 7, 5), (4, 13, 3), (2, 5, 1)]):
    crf = CRF(tags, batch_first=True)
    with torch.no_grad():
        for parameter in crf.parameters():
            parameter.normal_()
    x = (torch.randn(n, steps, tags) * 2).requires_grad_()
    lengths = torch.randint(1, steps + 1, (n,))
    lengths[0] = steps
    mask = torch.arange(steps)[None] < lengths[:, None]
    y = torch.randint(0, tags, (n, steps))
    loss = -crf(x, y, mask=mask, reduction="mean")
    loss.backward()
    best = torch.full((n, steps), -1.0)
    for row, sequence in zip(best, crf.decode(x, mask=mask)):
        row[: len(sequence)] = torch.tensor(sequence, dtype=torch.float)
    fixture |= {f"{i}.x": x.detach(), f"{i}.grad.x": x.grad, f"{i}.tags": y.float(), f"{i}.lengths": lengths.float()}
    fixture |= {f"{i}.loss": loss.detach(), f"{i}.best": best}
    for name, parameter in crf.named_parameters():
        fixture |= {f"{i}.{name}": parameter.detach(), f"{i}.grad.{name}": torch.zeros_like(parameter) if parameter.grad is None else parameter.grad}
save_file(fixture, HERE / "crf.safetensors")
