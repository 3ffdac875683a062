"""The workloads' networks and random inputs in PyTorch."""

import torch
from torch import Tensor, nn


def cnn() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1024, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


class Lstm(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(10_000, 64)
        self.lstm = nn.LSTM(64, 128, batch_first=True)
        self.head = nn.Linear(128, 2)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(self.embedding(x))
        return self.head(states[:, -1])


class Encoder(nn.Module):
    """One block as `nn.TransformerEncoderLayer` makes it: post-norm, ReLU, no dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True)
        self.head = nn.Linear(128, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.block(x).mean(1))


def efficientnet() -> nn.Module:
    import timm  # heavy, and only this network needs it

    return timm.create_model("tf_efficientnet_lite0", pretrained=False)


MODELS = {"cnn": cnn, "lstm": Lstm, "mlp": mlp, "encoder": Encoder, "efficientnet": efficientnet}
SHAPES = {"cnn": (3, 32, 32), "mlp": (784,), "encoder": (64, 128), "efficientnet": (3, 224, 224)}


def inputs(workload: str, batch: int) -> Tensor:
    if workload == "lstm":
        return torch.randint(0, 10_000, (batch, 100))
    return torch.randn(batch, *SHAPES[workload])
