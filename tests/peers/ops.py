"""Writes the fixture that `tests/ops_against_pytorch.rs` compares ferrolab's operations with, by PyTorch 2.15.0 on the CPU.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/ops.py

ops.safetensors  for every case NAME: its inputs NAME.x0, NAME.x1, ..., its result NAME.y, the gradient NAME.dy that the
                 result was given, and the gradients NAME.g0, NAME.g1, ... of the inputs. The test has the same cases.
"""

import pathlib

import torch
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
F = torch.nn.functional
FIXTURE = {}


def case(name, f, *inputs):
    """Runs `f` forward and backward; `inputs` are sizes, drawn from a normal distribution, or tensors."""
    inputs = [x if torch.is_tensor(x) else torch.randn(x) for x in inputs]
    inputs = [x.clone().requires_grad_() for x in inputs]
    y = f(*inputs)
    dy = torch.randn(y.shape)
    if y.requires_grad:
        y.backward(dy)
    FIXTURE[f"{name}.y"] = y.detach().contiguous()
    FIXTURE[f"{name}.dy"] = dy
    for i, x in enumerate(inputs):
        FIXTURE[f"{name}.x{i}"] = x.detach()
        FIXTURE[f"{name}.g{i}"] = torch.zeros_like(x) if x.grad is None else x.grad.contiguous()


def positive(*sizes):
    return torch.rand(sizes) * 3 + 0.2


def elementwise():
    unary = {
        "leaky_relu": lambda x: F.leaky_relu(x, 0.2),
        "elu": lambda x: F.elu(x, 1.3),
        "gelu": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
        "silu": F.silu,
        "softplus": F.softplus,
        "hardsigmoid": F.hardsigmoid,
        "hardswish": F.hardswish,
        "relu6": F.relu6,
        "clamp": lambda x: x.clamp(-1.5, 2.0),
        "sin": torch.sin,
        "cos": torch.cos,
        "sign": torch.sign,
    }
    for name, f in unary.items():
        for i, sizes in enumerate([(31,), (3, 5, 7)]):
            case(f"{name}.{i}", f, torch.randn(sizes) * 3)
    for i, sizes in enumerate([(17,), (3, 5)]):
        case(f"pow.{i}", lambda x: x.pow(1.7), positive(*sizes))
        case(f"reciprocal.{i}", torch.reciprocal, positive(*sizes))
        # Equal values among them: the gradient is shared.
        a, b = torch.randn(sizes).round(), torch.randn(sizes).round()
        case(f"maximum.{i}", torch.maximum, a, b)
        case(f"minimum.{i}", torch.minimum, a, b)


def reductions():
    for i, sizes in enumerate([(5, 3), (2, 7, 5), (3, 4, 1, 5)]):
        for axis in range(len(sizes)):
            case(f"sum_axis.{i}.{axis}", lambda x: x.sum(axis), sizes)
            case(f"mean_axis.{i}.{axis}", lambda x: x.mean(axis), sizes)
            case(f"cumsum.{i}.{axis}", lambda x: x.cumsum(axis), sizes)
            # Equal values among them: the gradient goes to the first.
            case(f"max_axis.{i}.{axis}", lambda x: x.max(axis).values, (torch.randn(sizes) * 2).round())
            case(f"min_axis.{i}.{axis}", lambda x: x.min(axis).values, (torch.randn(sizes) * 2).round())
            case(f"argmax_axis.{i}.{axis}", lambda x: (x * 1).argmax(axis).float(), sizes)
            case(f"argmin_axis.{i}.{axis}", lambda x: (x * 1).argmin(axis).float(), sizes)
            case(f"var_axis.{i}.{axis}", lambda x: x.var(axis, unbiased=False), sizes)
            if sizes[axis] > 1:
                case(f"var_axis_unbiased.{i}.{axis}", lambda x: x.var(axis), sizes)
                case(f"std_axis.{i}.{axis}", lambda x: x.std(axis), sizes)
    case("max", lambda x: x.max(), (3, 5))
    case("min", lambda x: x.min(), (3, 5))
    case("var", lambda x: x.var(), (3, 5))
    case("std", lambda x: x.std(unbiased=False), (3, 5))
    case("topk", lambda x: x.topk(3).values, (4, 9))
    case("topk_indices", lambda x: x.topk(3).indices.float(), (4, 9))


def shapes():
    case("broadcast.0", lambda x: x.broadcast_to(2, 3, 5), (5,))
    case("broadcast.1", lambda x: x.broadcast_to(2, 3, 5), (3, 1))
    case("broadcast.2", lambda x: x.broadcast_to(2, 3, 5), (2, 1, 5))
    case("broadcast.3", lambda x: x.broadcast_to(3, 5), ())
    case("add_row", lambda x, row: x + row, (4, 7), (7,))
    case("sub_column", lambda x, column: x - column, (4, 7), (4, 1))
    case("mul_channels", lambda x, c: x * c, (2, 3, 5, 5), (3, 1, 1))
    case("div_by_row", lambda x, row: x / row, torch.randn(4, 7), positive(7))
    case("cat.0", lambda a, b, c: torch.cat([a, b, c], 0), (1, 5), (2, 5), (3, 5))
    case("cat.1", lambda a, b: torch.cat([a, b], 1), (2, 3, 5), (2, 1, 5))
    case("cat.2", lambda a, b: torch.cat([a, b], 2), (2, 3, 5), (2, 3, 2))
    for axis in range(3):
        case(f"stack.{axis}", lambda a, b, c: torch.stack([a, b, c], axis), (3, 5), (3, 5), (3, 5))
    case("slice.0", lambda x: x[1:4], (5, 3))
    case("slice.1", lambda x: x[:, 2:4], (3, 5, 2))
    case("select", lambda x: x.select(1, 3), (3, 5, 2))
    case("split", lambda x: torch.cat([p * (i + 1) for i, p in enumerate(x.split([1, 3, 1], 1))], 1), (2, 5, 3))
    case("chunk", lambda x: x.chunk(3, 2)[1], (2, 1, 9))
    case("permute", lambda x: x.permute(2, 0, 3, 1), (2, 3, 5, 4))
    case("tril", lambda x: x.tril(-1), (2, 5, 3))
    case("triu", lambda x: x.triu(1), (3, 5))
    case("pad2d", lambda x: F.pad(x, (1, 2, 0, 3), value=0.5), (2, 3, 4, 5))
    index = torch.tensor([4, 0, 4, 2])
    case("index_select.0", lambda x: x.index_select(0, index), (5, 3))
    case("index_select.1", lambda x: x.index_select(1, index), (2, 5, 3))
    index = torch.tensor([[1, 0, 2, 2], [0, 0, 1, 0]])
    case("gather.0", lambda x: x.gather(1, index), (2, 3))
    case("gather.1", lambda x: x.gather(0, index), (3, 5))
    case("scatter_add.0", lambda x, s: x.scatter_add(1, index, s), (2, 3), (2, 4))
    case("scatter_add.1", lambda x, s: x.scatter_add(0, index, s), (3, 5), (2, 4))
    mask = torch.tensor([[True, False, True], [False, False, True]])
    case("where", lambda a, b: torch.where(mask, a, b), (2, 3), (2, 3))
    case("masked_fill", lambda x: x.masked_fill(mask, -2.5), (5, 2, 3))


def products():
    case("matmul.0", torch.matmul, (5, 3), (3, 7))
    case("matmul.1", torch.matmul, (3, 5, 2), (3, 2, 7))
    case("matmul.2", torch.matmul, (2, 3, 5, 4), (2, 3, 4, 1))
    case("matmul.3", torch.matmul, (2, 3, 5), (5, 4))
    case("matmul.4", torch.matmul, (5,), (5, 4))
    case("matmul.5", torch.matmul, (2, 3, 5), (5,))
    case("matmul.6", torch.matmul, (5,), (5,))
    patterns = {
        "ij->ji": [(3, 5)],
        "ijk->j": [(3, 5, 2)],
        "ij,jk->ik": [(3, 5), (5, 2)],
        "ij,kj->ik": [(3, 5), (2, 5)],
        "bij,bjk->bik": [(3, 2, 5), (3, 5, 4)],
        "bhqd,bhkd->bhqk": [(2, 3, 4, 5), (2, 3, 7, 5)],
        "bqhd,bkhd->bhqk": [(2, 4, 3, 5), (2, 7, 3, 5)],
        "i,j->ij": [(3,), (5,)],
        "ij,ij->i": [(3, 5), (3, 5)],
        "ij,jk,kl->il": [(3, 5), (5, 2), (2, 4)],
    }
    for pattern, sizes in patterns.items():
        case(f"einsum.{pattern}", lambda *xs: torch.einsum(pattern, *xs), *sizes)


def main():
    torch.manual_seed(5)
    elementwise()
    reductions()
    shapes()
    products()
    # Cloned, because some results share the memory of their inputs.
    save_file({name: x.clone() for name, x in FIXTURE.items()}, HERE / "ops.safetensors")
    size = (HERE / "ops.safetensors").stat().st_size
    print(f"{len(FIXTURE)} tensors, {size / 1024:.0f} KiB, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
