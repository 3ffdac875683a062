"""Writes the fixtures that `tests/operations/` compares ferrolab's operations with, by PyTorch 2.15.0 on the CPU: those, and
the shapes, that `ops.py` leaves out. The form is the same.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/operations.py

operations.safetensors          values, sums and shapes
network_operations.safetensors  what layers and losses are made of

In the name of a case like `conv2d.1.5x3x2x1` the numbers at the end are its settings, here output channels, kernel, stride
and padding; the test reads them there.
"""

import torch
from ops import FIXTURE, HERE, F, case, positive
from safetensors.torch import save_file

# One value, a prime, rows that fill no register, pictures.
SIZES = [(1,), (31,), (3, 5, 7), (2, 3, 1, 5)]


def numbered(name, cases):
    """Cases `name.0.SETTINGS`, `name.1.SETTINGS` .. of a list of (settings, function, inputs)."""
    for i, (settings, f, inputs) in enumerate(cases):
        end = "".join(f".{'x'.join(map(str, settings))}" if settings else "")
        case(f"{name}.{i}{end}", f, *inputs)


def elementwise():
    spread = lambda sizes: torch.randn(sizes) * 2
    inside = lambda sizes: torch.rand(sizes) * 1.8 - 0.9
    halves = lambda sizes: torch.randint(-6, 7, sizes) / 2
    unary = {
        "abs": (torch.abs, spread), "relu": (torch.relu, spread), "sigmoid": (torch.sigmoid, spread),
        "tanh": (torch.tanh, spread), "exp": (torch.exp, spread), "neg": (torch.neg, spread),
        "square": (torch.square, spread), "erf": (torch.erf, spread), "sinh": (torch.sinh, spread),
        "cosh": (torch.cosh, spread), "expm1": (torch.expm1, spread), "atan": (torch.atan, spread),
        "log_sigmoid": (F.logsigmoid, spread), "selu": (F.selu, spread), "mish": (F.mish, spread),
        "softsign": (F.softsign, spread), "floor": (torch.floor, halves), "ceil": (torch.ceil, halves),
        "round": (torch.round, halves), "trunc": (torch.trunc, halves), "tan": (torch.tan, inside),
        "asin": (torch.asin, inside), "acos": (torch.acos, inside), "log1p": (torch.log1p, inside),
        "ln": (torch.log, lambda s: positive(*s)), "log2": (torch.log2, lambda s: positive(*s)),
        "log10": (torch.log10, lambda s: positive(*s)), "sqrt": (torch.sqrt, lambda s: positive(*s)),
        "rsqrt": (torch.rsqrt, lambda s: positive(*s)), "powi_cube": (lambda x: x**3, spread),
        "powi_inverse": (lambda x: x**-2, lambda s: positive(*s)), "add_scalar": (lambda x: x + 1.5, spread),
        "mul_scalar": (lambda x: x * -0.7, spread), "scalar_div": (lambda x: 2.5 / x, lambda s: positive(*s)),
    }  # fmt: skip
    for name, (f, draw) in unary.items():
        numbered(name, [((), f, [draw(sizes)]) for sizes in SIZES])
    pairs = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
    for name, f in pairs.items():
        numbered(name, [((), f, [spread(sizes), positive(*sizes)]) for sizes in SIZES])
    # Equal values among them.
    for name in ["gt", "ge", "lt", "le", "eq", "ne"]:
        f = getattr(torch, name)
        numbered(name, [((), lambda a, b: f(a, b).float(), [halves(sizes), halves(sizes)]) for sizes in SIZES])
        numbered(f"{name}_number", [((), lambda a: f(a, 0.5).float(), [halves(sizes)]) for sizes in SIZES])
    # Two of them not a number or infinite.
    for name in ["isnan", "isinf", "isfinite"]:
        f = getattr(torch, name)
        x = torch.randn(3, 5)
        x[1, 2], x[2, 0], x[0, 4] = float("nan"), float("inf"), float("-inf")
        numbered(name, [((), lambda a: f(a).float(), [x]), ((), lambda a: f(a).float(), [x.flatten()])])


def reductions():
    rows = [(7,), (1, 5), (3, 5, 2), (2, 3, 1, 5)]
    everything = {
        "sum": torch.sum, "mean": torch.mean, "prod": torch.prod, "norm": torch.norm,
        "logsumexp": lambda x: x.flatten().logsumexp(0), "max_of_all": torch.max, "min_of_all": torch.min,
    }  # fmt: skip
    for name, f in everything.items():
        numbered(name, [((), f, [sizes]) for sizes in rows])
    numbered("var_of_all", [((), torch.var, [sizes]) for sizes in rows])
    last = {
        "sum_last": lambda x: x.sum(-1), "mean_last": lambda x: x.mean(-1), "softmax": lambda x: x.softmax(-1),
        "log_softmax": lambda x: x.log_softmax(-1), "argmax_last": lambda x: x.argmax(-1).float(),
    }  # fmt: skip
    for name, f in last.items():
        numbered(name, [((), f, [torch.randn(sizes) * 2]) for sizes in rows])
    for i, sizes in enumerate(rows):
        for axis in range(len(sizes)):
            # Not near 0, where the slope is steep and all rounding.
            away = [positive(*sizes) * torch.randn(sizes).sign() for _ in range(2)]
            zeros = torch.randn(sizes) * (torch.rand(sizes) > 0.3)
            case(f"prod_axis.{i}.{axis}", lambda x: x.prod(axis), zeros)
            case(f"cumprod.{i}.{axis}", lambda x: x.cumprod(axis), zeros)
            case(f"logsumexp_axis.{i}.{axis}", lambda x: x.logsumexp(axis), sizes)
            case(f"norm_axis.{i}.{axis}", lambda x: x.norm(dim=axis), sizes)
            case(f"normalize.{i}.{axis}", lambda x: F.normalize(x, dim=axis), sizes)
            case(f"cosine_similarity.{i}.{axis}", lambda a, b: F.cosine_similarity(a, b, dim=axis), *away)
    # Few different values: equal ones keep their order.
    few = [torch.randint(-3, 4, sizes) / 2 for sizes in rows + [(5, 33)]]
    for name, descending in [("sort", False), ("sort_descending", True)]:
        order = lambda x: x.sort(dim=-1, descending=descending, stable=True)
        numbered(name, [((), lambda x: order(x).values, [x]) for x in few])
        numbered(f"arg{name}", [((), lambda x: order(x).indices.float(), [x]) for x in few])
    tops = [((k,), sizes) for k, sizes in [(1, (7,)), (5, (1, 5)), (2, (3, 2, 5)), (11, (2, 31))]]
    numbered("topk", [((k,), lambda x, k=k: x.topk(k).values, [sizes]) for (k,), sizes in tops])
    numbered("topk_indices", [((k,), lambda x, k=k: x.topk(k).indices.float(), [sizes]) for (k,), sizes in tops])
    pictures = [(1, 1, 1, 1), (2, 3, 5, 4), (1, 17, 3, 1)]
    numbered("max_channels", [((), lambda x: x.max(1).values, [sizes]) for sizes in pictures])


def shapes():
    numbered("reshape", [
        ((3, 4), lambda x: x.reshape(3, 4), [(2, 6)]),
        ((1, 7, 1), lambda x: x.reshape(1, 7, 1), [(7,)]),
        ((6, 5), lambda x: x.reshape(6, 5), [(1, 2, 3, 5)]),
    ])  # fmt: skip
    numbered("flatten", [((), lambda x: x.flatten(1), [sizes]) for sizes in [(2, 3), (1, 3, 5), (2, 3, 5, 4)]])
    numbered("squeeze", [
        ((0,), lambda x: x.squeeze(0), [(1, 5)]),
        ((2,), lambda x: x.squeeze(2), [(3, 5, 1)]),
        ((1,), lambda x: x.squeeze(1), [(2, 1, 3, 4)]),
    ])  # fmt: skip
    numbered("unsqueeze", [((axis,), lambda x, a=axis: x.unsqueeze(a), [(3, 5)]) for axis in range(3)])
    numbered("transpose", [((), lambda x: x.T, [sizes]) for sizes in [(1, 5), (7, 3), (17, 33)]])
    orders = [(1, 0), (2, 0, 1), (0, 2, 1), (3, 1, 0, 2), (0, 2, 3, 1)]
    draw = {2: (3, 7), 3: (2, 1, 5), 4: (2, 3, 5, 4)}
    numbered("permute", [(order, lambda x, o=order: x.permute(o), [draw[len(order)]]) for order in orders])
    for i, sizes in enumerate([(7,), (1, 5), (3, 5, 2)]):
        for axis in range(len(sizes)):
            case(f"flip.{i}.{axis}", lambda x: x.flip(axis), sizes)
            case(f"roll.{i}.{axis}", lambda x: x.roll(2, axis), sizes)
            case(f"roll_back.{i}.{axis}", lambda x: x.roll(-3, axis), sizes)
            times = [3 if at == axis else 1 for at in range(len(sizes))]
            case(f"repeat.{i}.{axis}", lambda x: x.repeat(times), sizes)
    numbered("diag", [((), torch.diag, [(n,)]) for n in [1, 3, 17]])
    numbered("diagonal", [((), torch.diagonal, [(n, n)]) for n in [1, 3, 17]])
    numbered("trace", [((), torch.trace, [(n, n)]) for n in [1, 3, 17]])
    numbered("outer", [((), torch.outer, [(m,), (n,)]) for m, n in [(1, 1), (3, 7), (17, 5)]])
    numbered("select_class", [((k,), lambda x, k=k: x[:, k].sum(), [sizes]) for k, sizes in [(0, (1, 1)), (2, (5, 3))]])
    numbered("slice", [
        ((0, 0, 1), lambda x: x[:1], [(7,)]),
        ((1, 2, 3), lambda x: x[:, 2:5], [(1, 7)]),
        ((2, 1, 1), lambda x: x[:, :, 1:2], [(2, 3, 5, 4)]),
    ])  # fmt: skip
    numbered("narrow", [((a, s, n), lambda x, a=a, s=s, n=n: x.narrow(a, s, n), [sizes])
                        for a, s, n, sizes in [(0, 3, 4, (7,)), (2, 0, 5, (2, 3, 5)), (1, 1, 2, (2, 3, 5, 4))]])  # fmt: skip
    numbered("select", [((a, i), lambda x, a=a, i=i: x.select(a, i), [sizes])
                        for a, i, sizes in [(0, 6, (7,)), (2, 0, (2, 3, 5)), (1, 1, (2, 3, 5, 4))]])  # fmt: skip
    scaled = lambda parts, axis: torch.cat([part * (i + 1) for i, part in enumerate(parts)], axis)
    numbered("split", [((axis, *parts), lambda x, a=axis, p=parts: scaled(x.split(p, a), a), [sizes])
                       for axis, parts, sizes in [(0, [7], (7,)), (1, [1, 4], (3, 5)), (2, [2, 2, 1], (2, 3, 5, 4))]])  # fmt: skip
    numbered("chunk", [((axis, n), lambda x, a=axis, n=n: scaled(x.chunk(n, a), a), [sizes])
                       for axis, n, sizes in [(0, 1, (7,)), (1, 5, (3, 5)), (2, 3, (2, 3, 6, 4))]])  # fmt: skip
    for name, f in [("tril", torch.tril), ("triu", torch.triu)]:
        numbered(name, [((), lambda x: f(x), [sizes]) for sizes in [(1, 1), (7, 3), (2, 3, 5), (2, 1, 3, 7)]])
    triple = [(1, 1, 1), (3, 5, 7), (2, 1, 17)]
    numbered("cat", [((axis,), lambda a, b, x=axis: torch.cat([a, b], x), [sizes, sizes])
                     for axis, sizes in [(0, (1,)), (0, (3, 5)), (2, (2, 3, 5)), (1, (2, 3, 5, 4))]])  # fmt: skip
    numbered("stack", [((axis,), lambda a, b, x=axis: torch.stack([a, b], x), [sizes, sizes])
                       for axis, sizes in [(0, ()), (1, (7,)), (2, (3, 5)), (1, (2, 3, 5))]])  # fmt: skip
    # The masks are inputs of 0 and 1, which get no gradient here.
    mask = lambda sizes: (torch.rand(sizes) > 0.5).float()
    numbered("where", [((), lambda m, a, b: torch.where(m > 0.5, a, b), [mask(s), s, s]) for s in triple])
    numbered("masked_fill", [((), lambda m, x: x.masked_fill(m > 0.5, 3.5), [mask(s), s]) for s in triple])
    picks = lambda size: torch.randint(size, (4,))
    for i, (axis, sizes) in enumerate([(0, (7,)), (1, (3, 5)), (2, (2, 3, 5, 4))]):
        index = picks(sizes[axis])
        settings = "x".join(map(str, [axis, *index.tolist()]))
        case(f"index_select.{i}.{settings}", lambda x: x.index_select(axis, index), sizes)
    for i, (sizes, index) in enumerate([((7,), (3,)), ((2, 3, 5), (2, 3, 2))]):
        axis = len(sizes) - 1
        picked = torch.randint(sizes[axis], index)
        settings = "x".join(map(str, picked.flatten().tolist()))
        case(f"gather.{i}.{settings}", lambda x: x.gather(axis, picked), sizes)
        case(f"scatter_add.{i}.{settings}", lambda x, s: x.scatter_add(axis, picked, s), sizes, index)
    larger = [((2, 3), (3,)), ((4, 1, 5), (1, 5)), ((2, 3, 5, 4), (3, 1, 4))]
    numbered("broadcast", [(to, lambda x, t=to: x.broadcast_to(t), [sizes]) for to, sizes in larger])


def products():
    for i, (n, a, b) in enumerate([(1, 1, 1), (3, 5, 7), (17, 33, 9), (5, 67, 1)]):
        case(f"linear.{i}", F.linear, (n, a), (b, a), (b,))
        case(f"linear_without_bias.{i}", F.linear, (n, a), (b, a))
    numbered("linear_rows", [((), F.linear, [(*rows, 5), (7, 5), (7,)]) for rows in [(), (3,), (2, 3), (1, 4, 3)]])
    numbered("add_bias", [
        ((), lambda x, b: x + b, [(3, 7), (7,)]),
        ((), lambda x, b: x + b[:, None, None], [(2, 3, 5, 4), (3,)]),
        ((), lambda x, b: x + b[:, None, None], [(1, 17, 1, 3), (17,)]),
    ])  # fmt: skip
    sizes = [(1, 1, 1), (1, 67, 1), (13, 1, 17), (7, 31, 33), (17, 16, 15)]
    numbered("matmul", [((), torch.matmul, [(m, k), (k, n)]) for m, k, n in sizes])


# Pictures, then output channels, kernel, stride and padding: one pixel, channels that fill no register, kernels larger than
# the stride and smaller, padding beyond the kernel.
CONVOLUTIONS = [
    ((1, 1, 1, 1), (1, 1, 1, 0)),
    ((2, 3, 7, 5), (5, 3, 2, 1)),
    ((1, 17, 5, 4), (7, 3, 1, 1)),
    ((3, 5, 8, 9), (13, 5, 3, 2)),
    ((1, 2, 3, 3), (3, 3, 1, 0)),
    ((2, 16, 6, 6), (16, 1, 2, 0)),
    ((1, 4, 3, 2), (33, 2, 1, 3)),
]


def convolutions():
    for i, (x, (o, k, s, p)) in enumerate(CONVOLUTIONS):
        weight = (o, x[1], k, k)
        case(f"conv2d.{i}.{o}x{k}x{s}x{p}", lambda x, w, b: F.conv2d(x, w, b, s, p), x, weight, (o,))
        case(f"conv2d_without_bias.{i}.{s}x{p}", lambda x, w: F.conv2d(x, w, None, s, p), x, weight)
    # Strides, paddings, dilations by height and width, groups.
    general = [
        ((2, 4, 7, 6), (6, 2, 3, 2), (1, 2, 1, 0, 1, 1, 2)),
        ((1, 3, 9, 8), (3, 1, 3, 3), (1, 1, 2, 2, 2, 2, 3)),
        ((2, 1, 5, 7), (7, 1, 1, 5), (2, 1, 0, 3, 1, 1, 1)),
        ((1, 6, 6, 6), (9, 2, 2, 3), (3, 2, 1, 1, 1, 2, 3)),
    ]
    for i, (x, w, numbers) in enumerate(general):
        sh, sw, ph, pw, dh, dw, g = numbers
        f = lambda x, w, b: F.conv2d(x, w, b, (sh, sw), (ph, pw), (dh, dw), g)
        case(f"convolve.{i}.{'x'.join(map(str, numbers))}", f, x, w, (w[0],))
    for i, (x, w, (s, p, d, g)) in enumerate([
        ((2, 3, 7), (5, 3, 3), (1, 0, 1, 1)), ((1, 1, 1), (1, 1, 1), (1, 0, 1, 1)),
        ((2, 4, 11), (6, 2, 4), (3, 2, 1, 2)), ((1, 5, 9), (5, 1, 3), (2, 4, 3, 5)),
    ]):  # fmt: skip
        f = lambda x, w, b: F.conv1d(x, w, b, s, p, d, g)
        case(f"conv1d.{i}.{s}x{p}x{d}x{g}", f, x, w, (w[0],))
    for i, (x, w, numbers) in enumerate([
        ((1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 0, 0, 1, 1, 1, 0, 0)),
        ((2, 3, 3, 4), (3, 5, 3, 2), (1, 2, 1, 0, 1, 1, 1, 0, 1)),
        ((1, 4, 2, 3), (4, 3, 2, 2), (2, 2, 0, 0, 1, 1, 2, 0, 0)),
        ((2, 2, 3, 3), (2, 1, 3, 3), (3, 2, 1, 1, 1, 2, 1, 2, 1)),
    ]):  # fmt: skip
        sh, sw, ph, pw, dh, dw, g, mh, mw = numbers
        f = lambda x, w, b: F.conv_transpose2d(x, w, b, (sh, sw), (ph, pw), (mh, mw), g, (dh, dw))
        case(f"conv_transpose2d.{i}.{'x'.join(map(str, numbers))}", f, x, w, (w[1] * g,))


def pools():
    # Few different values: of equal ones the first gets the gradient.
    few = lambda sizes: torch.randint(-4, 5, sizes) / 2
    whole = [(1, (1, 1, 1, 1)), (2, (2, 3, 5, 4)), (3, (1, 17, 7, 9)), (5, (2, 2, 5, 6))]
    numbered("max_pool2d", [((k,), lambda x, k=k: F.max_pool2d(x, k), [few(sizes)]) for k, sizes in whole])
    moved = [(1, 2, 0, (1, 1, 3, 3)), (3, 2, 1, (2, 3, 5, 4)), (3, 1, 1, (1, 17, 3, 4)), (2, 3, 0, (2, 2, 7, 5)), (5, 2, 2, (1, 3, 4, 7))]
    for name, f in [("max_pool2d_with", F.max_pool2d), ("avg_pool2d", F.avg_pool2d)]:
        numbered(name, [((k, s, p), lambda x, k=k, s=s, p=p: f(x, k, s, p), [few(sizes)]) for k, s, p, sizes in moved])
    numbered("global_avg_pool2d", [((), lambda x: x.mean((2, 3)), [sizes]) for sizes in [(1, 1, 1, 1), (2, 3, 5, 4), (3, 17, 1, 7)]])
    numbered("global_max_pool2d", [((), lambda x: x.amax((2, 3)), [sizes]) for sizes in [(1, 1, 1, 1), (2, 3, 5, 4), (3, 17, 1, 7)]])
    steps = [(1, 1, 0, (1, 1, 1)), (3, 2, 1, (2, 3, 7)), (5, 1, 2, (1, 17, 9)), (2, 3, 0, (2, 2, 8))]
    for name, f in [("max_pool1d", F.max_pool1d), ("avg_pool1d", F.avg_pool1d)]:
        numbered(name, [((k, s, p), lambda x, k=k, s=s, p=p: f(x, k, s, p), [sizes]) for k, s, p, sizes in steps])
    numbered("prelu", [((), F.prelu, [sizes, (slopes,)]) for sizes, slopes in [((3, 1), 1), ((2, 5), 5), ((2, 3, 5, 4), 3), ((1, 17, 3), 1)]])
    other_sizes = [((1, 1), (1, 1, 1, 1)), ((7, 5), (2, 3, 5, 4)), ((2, 9), (1, 5, 4, 3)), ((1, 2), (1, 2, 5, 7))]
    bilinear = lambda x, size: F.interpolate(x, size=size, mode="bilinear")
    numbered("upsample_bilinear2d", [(to, lambda x, t=to: bilinear(x, t), [sizes]) for to, sizes in other_sizes])
    upsample = lambda x, k: F.interpolate(x, scale_factor=k, mode="nearest")
    numbered("upsample_nearest2d", [((k,), lambda x, k=k: upsample(x, k), [sizes]) for k, sizes in [(1, (1, 1, 1, 1)), (2, (2, 3, 5, 4)), (3, (1, 5, 2, 1))]])


def normalisations():
    for i, sizes in enumerate([(7, 1), (2, 17), (3, 5, 2), (2, 3, 5, 4), (1, 9, 3, 1)]):
        c = sizes[1]
        case(f"batch_norm.{i}", lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), sizes, (c,), (c,))
        # Mean and variance are not differentiated: they follow from the number of channels, see the test.
        mean, variance = torch.arange(c) / 8 - 0.5, torch.arange(c) / 4 + 0.5
        case(f"batch_norm_with.{i}", lambda x, w, b: F.batch_norm(x, mean, variance, w, b), sizes, (c,), (c,))
    for i, (g, sizes) in enumerate([(1, (2, 3)), (3, (2, 6, 5)), (7, (1, 7, 3, 5)), (2, (3, 4, 1, 2))]):
        case(f"group_norm.{i}.{g}", lambda x, w, b: F.group_norm(x, g, w, b), sizes, (sizes[1],), (sizes[1],))
    for i, sizes in enumerate([(7,), (1, 3), (3, 2, 5), (2, 1, 3, 17)]):
        d = sizes[-1]
        case(f"layer_norm.{i}", lambda x, w, b: F.layer_norm(x, (d,), w, b), sizes, (d,), (d,))


def losses():
    for i, (n, c) in enumerate([(1, 2), (7, 5), (3, 17)]):
        labels = torch.randint(c, (n,))
        settings = "x".join(map(str, labels.tolist()))
        case(f"cross_entropy.{i}.{settings}", lambda x: F.cross_entropy(x, labels), (n, c))
        weights = torch.arange(c) / 2 + 0.5
        by = lambda x: F.cross_entropy(x, labels, weight=weights, label_smoothing=0.2)
        case(f"cross_entropy_by.{i}.{settings}", by, (n, c))
    numbered("mse", [((), F.mse_loss, [sizes, sizes]) for sizes in SIZES])


def sequences():
    for i, (entries, width, sizes) in enumerate([(1, 1, (1,)), (7, 3, (5,)), (11, 5, (2, 7))]):
        ids = torch.randint(entries, sizes)
        settings = "x".join(map(str, ids.flatten().tolist()))
        case(f"embedding.{i}.{settings}", lambda w: F.embedding(ids.flatten(), w), (entries, width))
    # The products with the input are the input here: weight_ih is the identity, without bias.
    kinds = {"tanh": (torch.nn.RNN, 1, {}), "relu": (torch.nn.RNN, 1, {"nonlinearity": "relu"}), "gru": (torch.nn.GRU, 3, {}), "lstm": (torch.nn.LSTM, 4, {})}
    for name, (kind, gates, more) in kinds.items():
        for i, (batch, steps, hidden) in enumerate([(1, 1, 1), (2, 5, 3), (3, 2, 7)]):
            width = gates * hidden

            def run(x, weight, bias, h, c=None):
                rnn = kind(width, hidden, batch_first=True, **more)
                state = (h[None], c[None]) if c is not None else h[None]
                parameters = {"weight_ih_l0": torch.eye(width), "bias_ih_l0": torch.zeros(width), "weight_hh_l0": weight, "bias_hh_l0": bias}
                y, last = torch.func.functional_call(rnn, parameters, (x, state))
                last = last if isinstance(last, tuple) else (last,)
                return torch.cat([y, *(state[0][:, None] for state in last)], 1)

            states = [(batch, hidden)] * (2 if name == "lstm" else 1)
            case(f"recurrent_{name}.{i}", run, (batch, steps, width), (width, hidden), (width,), *states)
    for i, (batch, queries, keys, heads, width) in enumerate([(1, 1, 1, 1, 1), (2, 3, 5, 2, 3), (3, 7, 7, 1, 5), (1, 5, 5, 4, 2)]):
        for name, causal in [("attention", False), ("attention_causal", True)]:
            if causal and queries != keys:
                continue
            split = lambda x: x.unflatten(2, (heads, width)).transpose(1, 2)
            attend = lambda q, k, v: F.scaled_dot_product_attention(split(q), split(k), split(v), is_causal=causal)
            f = lambda q, k, v: attend(q, k, v).transpose(1, 2).flatten(2)
            e = heads * width
            case(f"{name}.{i}.{heads}", f, (batch, queries, e), (batch, keys, e), (batch, keys, e))


def main():
    files = {
        "operations": [elementwise, reductions, shapes],
        "network_operations": [products, convolutions, pools, normalisations, losses, sequences],
    }
    for name, groups in files.items():
        FIXTURE.clear()
        for group in groups:
            # By group, so that a case more in one changes nothing in the others.
            torch.manual_seed(7)
            group()
        path = HERE / f"{name}.safetensors"
        save_file({name: x.clone() for name, x in FIXTURE.items()}, path)
        print(f"{path.name}: {len(FIXTURE)} tensors, {path.stat().st_size / 1024:.0f} KiB, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
