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
    fixture[f"{name}.loss"] = value.detach().float().reshape(1)
    for i, (x, tensor) in enumerate(zip(inputs, tensors)):
        fixture[f"{name}.{i}"] = x.float().clone()
        if tensor.requires_grad:
            fixture[f"{name}.gradient.{i}"] = tensor.grad.contiguous()


def focal(x, t, alpha=0.25, gamma=2.0):
    """The formula of torchvision.ops.sigmoid_focal_loss, with the mean."""
    p = x.sigmoid()
    p_t = p * t + (1 - p) * (1 - t)
    loss = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - p_t) ** gamma
    return ((alpha * t + (1 - alpha) * (1 - t)) * loss).mean()


def ctc(name, frames, classes, targets, lengths, blank=0):
    scores = 2 * torch.randn(frames, len(targets), classes)
    flat, sizes = torch.tensor(sum(targets, [])), torch.tensor([len(target) for target in targets])
    lengths = torch.tensor(lengths)
    keep = dict(targets=flat, target_lengths=sizes, lengths=lengths, blank=torch.tensor([blank]))
    fixture.update({f"ctc.{name}.{key}": value.float() for key, value in keep.items()})
    for kind, more in [("ctc", {}), ("ctc_sum", {"reduction": "sum"}), ("ctc_zero", {"zero_infinity": True})]:
        # In 64 bits, as ferrolab adds up: over 40 frames, 32 cost the fifth digit.
        loss = lambda x: F.ctc_loss(x.double().log_softmax(2), flat, lengths, sizes, blank=blank, **more)
        case(f"{kind}.{name}", loss, scores)


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
    for sizes in [(1,), (9,), (5, 7), (2, 3, 5, 3)]:
        a, b, at = 2 * torch.randn(sizes), torch.randn(sizes), "x".join(map(str, sizes))
        case(f"smooth_l1.{at}", F.smooth_l1_loss, a, b)
        case(f"smooth_l1_wide.{at}", lambda x, t: F.smooth_l1_loss(x, t, beta=2.5), a, b)
    for n, c in [(1, 2), (7, 5), (33, 10)]:
        scores, targets = 3 * torch.randn(n, c), torch.randn(n, c).softmax(1)
        targets[0] = targets[0].round()
        case(f"focal.{n}x{c}", focal, scores, targets)
        case(f"focal_hard.{n}x{c}", lambda x, t: focal(x, t, alpha=0.6, gamma=3.5), scores, targets)
    for n, width in [(1, 3), (11, 6)]:
        a, b = torch.randn(2, n, width)
        signs = 2 * torch.randint(0, 2, (n,)) - 1
        case(f"cosine.{n}x{width}", lambda a, b, y: F.cosine_embedding_loss(a, b, y, margin=0.2), a, b, signs)
    ctc("one", 1, 3, [[1]], [1])
    ctc("exact", 3, 3, [[1, 2, 1], [2, 1]], [3, 2])
    ctc("repeated", 9, 3, [[1, 1, 2], [2, 2, 2], [1]], [9, 6, 7], blank=0)
    ctc("long", 40, 7, [[5, 5, 1, 2, 3, 3, 0, 4], [1] * 9, [2], [0, 1, 2, 3, 4, 5]], [40, 31, 17, 6], blank=6)
    ctc("empty", 5, 3, [[], [1, 2]], [4, 5])
    ctc("impossible", 4, 7, [[1, 1, 1], [1, 2, 3, 4], [6]], [4, 3, 4])
    save_file(fixture, HERE / "losses.safetensors")
    print(f"{len(fixture)} tensors, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
