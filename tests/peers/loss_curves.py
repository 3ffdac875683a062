"""Writes `loss_curves.safetensors`, which `tests/loss_curves.rs` compares ferrolab's training with.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/loss_curves.py

Made with PyTorch 2.15.0 on the CPU. For a small CNN with batch normalisation, an LSTM and a transformer: the initial
parameters under `NAME.state.`, inputs `NAME.x`, classes `NAME.labels`, and the losses of 50 steps of Adam on them.
"""

import pathlib

import torch
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
STEPS, CLASSES, WORDS, LENGTH, SIZE = 50, 4, 11, 7, 8
fixture = {}


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, SIZE)
        self.lstm = nn.LSTM(SIZE, 12, batch_first=True)
        self.output = nn.Linear(12, CLASSES)

    def forward(self, x):
        return self.output(self.lstm(self.embedding(x))[1][0][-1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(WORDS, SIZE)
        self.block = nn.TransformerEncoderLayer(SIZE, 2, 16, dropout=0.0, batch_first=True, norm_first=True)
        self.output = nn.Linear(LENGTH * SIZE, CLASSES)

    def forward(self, x):
        return self.output(self.block(self.embedding(x) + places()).flatten(1))


def places():
    step, feature = torch.arange(LENGTH)[:, None], torch.arange(SIZE)[None, :]
    angle = step / 10000 ** ((feature - feature % 2) / SIZE)
    return torch.where(feature % 2 == 0, angle.sin(), angle.cos())


def train(name, model, x):
    labels = torch.randint(CLASSES, (len(x),))
    fixture[f"{name}.x"], fixture[f"{name}.labels"] = x.float(), labels.float()
    for key, value in model.state_dict().items():
        if value.dtype == torch.float32:
            fixture[f"{name}.state.{key}"] = value.clone()
    optimizer, losses = torch.optim.Adam(model.parameters(), lr=5e-3), []
    for _ in range(STEPS):
        loss = nn.functional.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    fixture[f"{name}.losses"] = torch.tensor(losses)
    print(f"{name}: from {losses[0]:.4f} to {losses[-1]:.4f}")


def main():
    torch.manual_seed(0)
    cnn = nn.Sequential(
        nn.Conv2d(3, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(54, CLASSES),
    )
    train("cnn", cnn, torch.randn(12, 3, 8, 8))
    train("lstm", Recurrent(), torch.randint(WORDS, (16, LENGTH)))
    train("transformer", Transformer(), torch.randint(WORDS, (16, LENGTH)))
    save_file(fixture, HERE / "loss_curves.safetensors")


if __name__ == "__main__":
    main()
