"""Writes the fixture that `tests/losses.rs` compares ferrolab with, by PyTorch 2.15 on the CPU.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/losses.py

losses.safetensors  for each case NAME: its inputs `NAME.0`, `NAME.1` …, the loss `NAME.loss` and the gradients
                    `NAME.gradient.0` … of the inputs that have one. Classes are stored as floats.
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

HERE = pathlib.Path(__file__).parent
fixture = {}


def case(name, loss, *inputs):
    """Classes are integers: no gradient."""
    tensors = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    value = loss(*tensors)
    value.backward()
    fixture[f"{name}.loss"] = value.detach().reshape(1)
    for i, (x, tensor) in enumerate(zip(inputs, tensors)):
        fixture[f"{name}.{i}"] = x.float().clone()
        if tensor.requires_grad:
            fixture[f"{name}.gradient.{i}"] = tensor.grad.contiguous()


def main():
    torch.manual_seed(5)
    for n, c in [(1, 2), (7, 5), (33, 10)]:
        scores, labels = 3 * torch.randn(n, c), torch.randint(0, c, (n,))
        weights = torch.arange(1, c + 1).float() / 4
        at = f"{n}x{c}"
        case(f"cross_entropy.{at}", F.cross_entropy, scores, labels)
        case(f"smooth.{at}", lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1), scores, labels)
        case(f"weights.{at}", lambda x, y: F.cross_entropy(x, y, weight=weights), scores, labels)
        labels[0] = 1
        case(f"ignore.{at}", lambda x, y: F.cross_entropy(x, y, ignore_index=0), scores, labels)
        case(
            f"all.{at}",
            lambda x, y: F.cross_entropy(x, y, weight=weights, ignore_index=0, label_smoothing=0.3),
            scores,
            labels,
        )
        case(f"nll.{at}", F.nll_loss, scores.log_softmax(1), labels)
        probabilities = torch.randn(n, c).softmax(1)
        kl = lambda x, t: F.kl_div(x, t, reduction="batchmean")
        case(f"kl_div.{at}", kl, scores.log_softmax(1), probabilities)
        case(f"bce.{at}", F.binary_cross_entropy_with_logits, scores, probabilities)
        pos = lambda x, t: F.binary_cross_entropy_with_logits(x, t, pos_weight=weights)
        case(f"bce_weights.{at}", pos, scores, (probabilities > 0.2).float())
    for sizes in [(1,), (9,), (5, 7), (2, 3, 5, 3)]:
        a, b, at = 2 * torch.randn(sizes), torch.randn(sizes), "x".join(map(str, sizes))
        case(f"mse.{at}", F.mse_loss, a, b)
        case(f"mae.{at}", F.l1_loss, a, b)
        case(f"huber.{at}", F.huber_loss, a, b)
        case(f"huber_small.{at}", lambda x, t: F.huber_loss(x, t, delta=0.3), a, b)
    for n, width in [(1, 3), (11, 6)]:
        a, p, q = torch.randn(3, n, width)
        case(f"triplet.{n}x{width}", F.triplet_margin_loss, a, p, q)
        case(f"triplet_wide.{n}x{width}", lambda *x: F.triplet_margin_loss(*x, margin=2.5), a, p, q)
    save_file(fixture, HERE / "losses.safetensors")
    print(f"{len(fixture)} tensors, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
