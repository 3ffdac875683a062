"""Writes `efficientnet.safetensors`, which `tests/pretrained.rs` compares ferrolab's EfficientNet-Lite0 with.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torch.txt
    V/bin/python tests/peers/efficientnet.py

The network is written here once more, with the functions of PyTorch 2.15.0 on the CPU, from the same weights and SOURCE.md;
photographs are read, cut and scaled by Pillow 13.0.0. It holds, for four photographs NAME:
NAME.classes, NAME.probabilities  the five most probable classes
and for two of them:
NAME.pixels    what the network is shown, bytes [224, 224, 3]
NAME.logits    the 1000 scores
NAME.features  the mean of the 1280 channels over the picture, before the last layer
"""

import pathlib

import numpy
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent.parent / "datasets" / "data"
F = torch.nn.functional
# Repeated, kernel, stride, expanded by, channels in, channels out.
BLOCKS = [
    (1, 3, 1, 1, 32, 16),
    (2, 3, 2, 6, 16, 24),
    (2, 5, 2, 6, 24, 40),
    (3, 3, 2, 6, 40, 80),
    (3, 5, 1, 6, 80, 112),
    (4, 5, 2, 6, 112, 192),
    (1, 3, 1, 6, 192, 320),
]
WEIGHTS = {}
for part in sorted((DATA / "efficientnet-lite0").glob("*.safetensors")):
    WEIGHTS |= {name: value.float() for name, value in load_file(part).items()}


def conv(x, name, kernel, stride=1, groups=1):
    """TensorFlow's padding: as many zeros as the result needs, the odd one behind."""
    size = x.shape[2]
    zeros = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    border = (zeros // 2, zeros - zeros // 2) * 2
    weight, bias = WEIGHTS[f"{name}.weight"], WEIGHTS[f"{name}.bias"]
    return F.conv2d(F.pad(x, border), weight, bias, stride=stride, groups=groups)


def features(x):
    x = F.relu6(conv(x, "stem", 3, 2))
    position = 0
    for repeated, kernel, first_stride, expanded, channels, _ in BLOCKS:
        for i in range(repeated):
            name, stride = f"blocks.{position}", first_stride if i == 0 else 1
            y = F.relu6(conv(x, f"{name}.expand", 1)) if expanded > 1 else x
            y = F.relu6(conv(y, f"{name}.depthwise", kernel, stride, y.shape[1]))
            y = conv(y, f"{name}.project", 1)
            x = x + y if stride == 1 and x.shape == y.shape else y
            position += 1
    return F.relu6(conv(x, "head", 1)).mean((2, 3))


def picture(file):
    image = Image.open(DATA / "photos" / file).convert("RGB")
    side = min(image.size) * 7 // 8
    left, top = ((size - side) // 2 for size in image.size)
    return image.crop((left, top, left + side, top + side)).resize((224, 224), Image.BICUBIC)


def main():
    labels = (DATA / "efficientnet-lite0" / "imagenet_labels.txt").read_text().splitlines()
    fixture = {}
    for file in ["chelsea.png", "coffee.png", "china.jpg", "img-march-pastoral.jpg"]:
        name = file.split(".")[0]
        pixels = torch.from_numpy(numpy.array(picture(file)))
        seen = features(((pixels.float() - 127) / 128).permute(2, 0, 1)[None])
        logits = F.linear(seen, WEIGHTS["fc.weight"], WEIGHTS["fc.bias"])[0]
        best = logits.softmax(0).topk(5)
        fixture |= {f"{name}.classes": best.indices, f"{name}.probabilities": best.values}
        if name in ["chelsea", "china"]:
            fixture |= {f"{name}.pixels": pixels, f"{name}.logits": logits, f"{name}.features": seen[0]}
        print(name, [(labels[k], round(p.item(), 3)) for k, p in zip(best.indices, best.values)])
    path = HERE / "efficientnet.safetensors"
    save_file(fixture, path)
    path.chmod(0o644)
    print(f"{path.stat().st_size / 1024:.0f} KiB, PyTorch {torch.__version__}, Pillow {Image.__version__}")


if __name__ == "__main__":
    main()
