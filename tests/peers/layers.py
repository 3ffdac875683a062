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
    # TensorFlow's padding: what is odd goes to the right and the bottom.
    upper = lambda *border: lambda module, x: module(nn.functional.pad(x, border))
    case("same_upper", nn.Conv2d(3, 4, 3, stride=2), randn(2, 3, 6, 7), call=upper(1, 1, 0, 1))
    depthwise = nn.Conv2d(5, 5, 5, stride=2, groups=5)
    case("same_upper_depthwise", depthwise, randn(1, 5, 7, 8), call=upper(1, 2, 2, 2))
    case("same_upper_sequences", nn.Conv1d(2, 3, 3, stride=2), randn(2, 2, 8), call=upper(0, 1))
    case("transposed", nn.ConvTranspose2d(3, 2, 2, stride=2), randn(2, 3, 3, 4))
    case("transposed_padded", nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1), randn(1, 2, 3, 5))
    case("transposed_plain", nn.ConvTranspose2d(4, 1, 3), randn(1, 4, 2, 3))


def pools():
    case("avg_pool", nn.AvgPool2d(2), randn(2, 3, 5, 4))
    case("avg_pool_padded", nn.AvgPool2d(3, stride=2, padding=1), randn(2, 3, 5, 7))
    case("max_pool_strided", nn.MaxPool2d(3, stride=2, padding=1), randn(2, 3, 6, 7))
    case("global_avg_pool", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), randn(2, 5, 3, 4))


def lengths_of(rnn, x, lengths):
    """The outputs of packed sequences, and the states that they end in."""
    packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    y, state = rnn(packed)
    return nn.utils.rnn.pad_packed_sequence(y, batch_first=True, total_length=x.shape[1])[0], state


def flat(y, state):
    """Outputs and states as one row, for one gradient of both."""
    states = state if isinstance(state, tuple) else (state,)
    return torch.cat([y.flatten(), *(state.flatten() for state in states)])


def recurrent():
    for name, kind in [("rnn", nn.RNN), ("gru", nn.GRU), ("lstm", nn.LSTM)]:
        case(f"{name}", kind(3, 4, batch_first=True), randn(2, 5, 3), call=lambda rnn, x: flat(*rnn(x)))
        case(f"{name}_sequences", kind(3, 4, batch_first=True), randn(2, 3, 3), call=lambda rnn, x: rnn(x)[0])
        both = kind(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        case(f"{name}_deep_both", both, randn(3, 5, 3), call=lambda rnn, x: flat(*lengths_of(rnn, x, [3, 5, 1])))
    start = [randn(1, 2, 4), randn(1, 2, 4)]
    case("gru_start", nn.GRU(3, 4, batch_first=True), randn(2, 4, 3), start[0], call=lambda rnn, x, h: flat(*rnn(x, h)))
    lstm = nn.LSTM(3, 4, batch_first=True)
    case("lstm_start", lstm, randn(2, 4, 3), *start, call=lambda rnn, x, h, c: flat(*rnn(x, (h, c))))


def transformers():
    causal = nn.Transformer.generate_square_subsequent_mask(5)
    padding = torch.arange(5) >= torch.tensor([[5], [3]])
    for name, mask, keys in [("attention", None, None), ("attention_causal", causal, None), ("attention_padded", None, padding)]:
        self_attention = lambda m, x: m(x, x, x, attn_mask=mask, key_padding_mask=keys, need_weights=False)[0]
        case(name, nn.MultiheadAttention(6, 3, batch_first=True), randn(2, 5, 6), call=self_attention, shake=0.2)
    cross = lambda m, q, k, v: m(q, k, v)[0]
    attention = nn.MultiheadAttention(4, 2, batch_first=True)
    case("attention_cross", attention, randn(2, 3, 4), randn(2, 5, 4), randn(2, 5, 4), call=cross, shake=0.2)
    settings = dict(dim_feedforward=7, batch_first=True)
    encoder = nn.TransformerEncoderLayer(6, 2, **settings)
    padded = lambda m, x: m(x, src_key_padding_mask=padding)
    case("encoder", encoder, randn(2, 5, 6), call=padded, shake=0.2)
    first = nn.TransformerEncoderLayer(6, 2, norm_first=True, activation=torch.tanh, **settings)
    case("encoder_norm_first", first, randn(2, 5, 6), call=lambda m, x: m(x, src_mask=causal), shake=0.2)
    decode = lambda m, x, memory: m(x, memory, tgt_mask=causal, memory_key_padding_mask=padding)
    case("decoder", nn.TransformerDecoderLayer(4, 2, **settings), randn(2, 5, 4), randn(2, 5, 4), call=decode, shake=0.2)
    first = nn.TransformerDecoderLayer(4, 2, norm_first=True, **settings)
    case("decoder_norm_first", first, randn(2, 5, 4), randn(2, 3, 4), call=lambda m, x, memory: m(x, memory), shake=0.2)


class Call(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def words():
    strided = nn.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2, bias=False)
    case("conv1d_dilated_strided", strided, randn(2, 4, 11))
    case("max_pool1d", nn.MaxPool1d(2), randn(2, 3, 7))
    case("max_pool1d_strided", nn.MaxPool1d(3, stride=2, padding=1), randn(2, 3, 8))
    case("avg_pool1d", nn.AvgPool1d(2), randn(2, 3, 7))
    case("avg_pool1d_padded", nn.AvgPool1d(3, stride=2, padding=1), randn(2, 3, 8))
    case("global_max_pool", nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten()), randn(2, 5, 3, 4))
    case("global_avg_pool1d", nn.Sequential(nn.AdaptiveAvgPool1d(1), nn.Flatten()), randn(2, 5, 4))
    case("global_max_pool1d", nn.Sequential(nn.AdaptiveMaxPool1d(1), nn.Flatten()), randn(2, 5, 4))
    case("mean_over_time", Call(lambda x: x.mean(1)), randn(2, 5, 4))
    case("max_over_time", Call(lambda x: x.amax(1)), randn(2, 5, 4))
    case("prelu", nn.PReLU(), randn(2, 3, 4))
    case("prelu_channels", nn.PReLU(3), randn(2, 3, 4), shake=0.2)
    case("log_softmax", nn.LogSoftmax(-1), randn(3, 5))
    case("reshape", nn.Unflatten(1, (2, 3, 2)), randn(2, 12))
    case("permute", Call(lambda x: x.permute(0, 3, 1, 2)), randn(2, 3, 4, 5))
    gelu = nn.TransformerEncoderLayer(6, 3, 8, activation="gelu", batch_first=True)
    case("encoder_gelu", gelu, randn(2, 4, 6), shake=0.2)


def main():
    torch.manual_seed(0)
    norms()
    convolutions()
    pools()
    recurrent()
    transformers()
    words()
    save_file(fixture, HERE / "layers.safetensors")
    print(f"{sum(value.numel() for value in fixture.values()) * 4 / 1024:.0f} KiB of values, PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
