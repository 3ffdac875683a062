"""Writes `explain.safetensors`, which `tests/explain_against_captum.rs` compares ferrolab's explanations with.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt captum==0.8.0
    V/bin/python tests/peers/explain.py

Made with captum 0.8.0 and PyTorch 2.15.0 on the CPU. A small CNN for pictures [3, 13, 11] and five classes, and a model of
token ids with an embedding, a convolution over time and three classes; their weights are under `cnn.` and `text.`, by the
names that the same plans of ferrolab have. For each method the attributions that captum computed, of two pictures for the
classes 3 and 0, or of two sentences for the classes 2 and 1.
"""

import pathlib

import torch
from captum.attr import (
    GuidedBackprop,
    IntegratedGradients,
    LayerAttribution,
    LayerGradCam,
    LayerIntegratedGradients,
    Occlusion,
    Saliency,
)
from safetensors.torch import save_file
from torch import nn

HERE = pathlib.Path(__file__).parent
fixture = {}
torch.manual_seed(7)

cnn = nn.Sequential(
    nn.Conv2d(3, 6, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Conv2d(6, 8, 3),
    nn.ReLU(),
    nn.Flatten(),
    nn.Linear(8 * 4 * 3, 10),
    nn.ReLU(),
    nn.Linear(10, 5),
).eval()
x = torch.randn(2, 3, 13, 11)
classes = torch.tensor([3, 0])
for key, value in cnn.state_dict().items():
    fixture[f"cnn.{key}"] = value
fixture["x"] = x
fixture["scores"] = cnn(x)

fixture["saliency"] = Saliency(cnn).attribute(x, target=classes, abs=True).amax(1)
noise = torch.randn(6, *x.shape) * 0.15
maps = [Saliency(cnn).attribute(x + n, target=classes, abs=True) for n in noise]
fixture["noise"] = noise
fixture["smooth_grad"] = torch.stack(maps).mean(0).amax(1)

baseline = torch.full_like(x, 0.1)
values, delta = IntegratedGradients(cnn).attribute(
    x, baselines=baseline, target=classes, n_steps=50, method="gausslegendre", return_convergence_delta=True
)
fixture["integrated_gradients"] = values
fixture["integrated_gradients.delta"] = delta
fixture["guided_backprop"] = GuidedBackprop(cnn).attribute(x, target=classes)

# The second convolution of the picture [8, 4, 3]; with and without the rectifier behind Grad-CAM.
cam = LayerGradCam(cnn, cnn[3]).attribute(x, target=classes, relu_attributions=True)
fixture["grad_cam"] = cam
fixture["grad_cam.upsampled"] = LayerAttribution.interpolate(cam, (13, 11), "bilinear")

for window, stride in [(3, 2), (4, 3), (5, 1)]:
    values = Occlusion(cnn).attribute(
        x, target=classes, sliding_window_shapes=(3, window, window), strides=(3, stride, stride), baselines=0.2
    )
    fixture[f"occlusion.{window}.{stride}"] = values[:, 0]


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 6)
        self.hidden = nn.Linear(9 * 6, 12)
        self.out = nn.Linear(12, 3)

    def forward(self, ids):
        return self.out(torch.tanh(self.hidden(self.embedding(ids).flatten(1))))


text = Text().eval()
ids = torch.randint(0, 20, (2, 9))
targets = torch.tensor([2, 1])
for key, value in {"0": text.embedding, "2": text.hidden, "4": text.out}.items():
    for name, tensor in value.state_dict().items():
        fixture[f"text.{key}.{name}"] = tensor
fixture["ids"] = ids.float()
values = LayerIntegratedGradients(text, text.embedding).attribute(
    ids, baselines=torch.zeros_like(ids), target=targets, n_steps=50
)
fixture["tokens"] = values.sum(-1)
fixture["tokens.baseline"] = torch.zeros_like(ids).float()

save_file({key: value.detach().float().contiguous() for key, value in fixture.items()}, HERE / "explain.safetensors")
print({key: tuple(value.shape) for key, value in fixture.items()})
