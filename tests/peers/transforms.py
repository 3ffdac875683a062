"""Writes the fixtures that `tests/transforms.rs` compares ferrolab with, by torchvision 0.29 and PIL 13.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-torchvision.txt
    V/bin/python tests/peers/transforms.py

transforms.safetensors  `picture.C`, the pictures that are changed (C channels), and `NAME.C`, what torchvision's functions
                        make of them; `file.NAME.MODE` and `file.NAME.MODE.HxW`: what PIL makes of the pictures below
pictures/               a PNG and JPEG file of each kind: grey, colour, opacity, palette, 16 bits, progressive
"""

import io
import pathlib

import numpy
import torch
from PIL import Image
from safetensors.torch import save_file
from torchvision.transforms import functional as F
from torchvision.transforms.functional import InterpolationMode

HERE = pathlib.Path(__file__).parent
fixture = {}


def pictures():
    """Smooth shapes with a bit of noise: like photographs, and they compress."""
    torch.manual_seed(3)
    y, x = torch.meshgrid(torch.linspace(0, 1, 19), torch.linspace(0, 1, 24), indexing="ij")
    waves = [torch.sin(7 * x + 3 * y), torch.cos(5 * y - 4 * x), torch.sin(9 * x * y + 1)]
    colour = 0.5 + 0.4 * torch.stack(waves) + 0.1 * torch.rand(3, 19, 24) - 0.05
    return colour.clamp(0, 1)


def transforms(x):
    channels = len(x)
    at = lambda name: f"{name}.{channels}"
    fixture[at("picture")] = x
    for degrees in [30.0, -7.5, 90.0, 200.0]:
        fixture[at(f"rotate_{degrees}")] = F.rotate(x, degrees, interpolation=InterpolationMode.BILINEAR)
    for factor in [0.0, 0.6, 1.7]:
        fixture[at(f"brightness_{factor}")] = F.adjust_brightness(x, factor)
        fixture[at(f"contrast_{factor}")] = F.adjust_contrast(x, factor)
        fixture[at(f"saturation_{factor}")] = F.adjust_saturation(x, factor)
    for part in [-0.4, 0.1, 0.5]:
        fixture[at(f"hue_{part}")] = F.adjust_hue(x, part)
    fixture[at("grayscale")] = F.rgb_to_grayscale(x, channels) if channels == 3 else x
    fixture[at("flip_horizontal")] = F.hflip(x)
    fixture[at("flip_vertical")] = F.vflip(x)
    fixture[at("center_crop_10x15")] = F.center_crop(x, [10, 15])
    fixture[at("crop_8x9")] = F.crop(x, 3, 5, 8, 9)
    fixture[at("pad_23x30")] = F.pad(x, [3, 2])
    fixture[at("erase")] = F.erase(x, 4, 6, 9, 5, torch.tensor(0.5))
    fixture[at("normalize")] = F.normalize(x, [0.1, 0.2, 0.3][:channels], [0.5, 2.0, 0.25][:channels])
    for size in [[9, 11], [19, 14], [28, 36], [6, 42]]:
        name = "resize_{}x{}".format(*size)
        fixture[at(name)] = F.resize(x, size, interpolation=InterpolationMode.BILINEAR, antialias=True)


def files(x):
    folder = HERE / "pictures"
    folder.mkdir(exist_ok=True)
    colour = Image.fromarray((255 * x).round().byte().permute(1, 2, 0).numpy())
    opacity = colour.copy()
    opacity.putalpha(Image.linear_gradient("L").resize(colour.size))
    deep = Image.fromarray((65535 * x[0]).round().numpy().astype(numpy.uint16))
    colour.save(folder / "colour.png")
    colour.convert("L").save(folder / "grey.png")
    opacity.save(folder / "opacity.png")
    colour.quantize(16).save(folder / "palette.png")
    deep.save(folder / "deep.png")
    colour.save(folder / "colour.jpg", quality=90)
    colour.convert("L").save(folder / "grey.jpg", quality=90)
    colour.save(folder / "progressive.jpg", quality=75, progressive=True)
    colour.convert("CMYK").save(folder / "cmyk.jpg", quality=90)
    for path in sorted(folder.iterdir()):
        picture = Image.open(path)
        if path.stem == "deep":
            fixture["file.deep.png.L"] = torch.from_numpy((numpy.asarray(picture) >> 8) / 255).float()[None]
            continue
        for mode in ["L", "RGB"]:
            converted = picture.convert(mode)
            fixture[f"file.{path.name}.{mode}"] = F.to_tensor(converted)
            for size in [(8, 7), (30, 40)] if path.name in ["colour.png", "colour.jpg"] else []:
                small = converted.resize(size[::-1], Image.Resampling.BILINEAR)
                fixture[f"file.{path.name}.{mode}.{size[0]}x{size[1]}"] = F.to_tensor(small)


def main():
    x = pictures()
    transforms(x)
    transforms(x[:1].clone())
    files(x)
    # Some functions give back their argument, and the file format refuses tensors that share memory.
    tensors = {name: x.clone().contiguous() for name, x in fixture.items()}
    save_file(tensors, HERE / "transforms.safetensors")
    print(f"{len(tensors)} tensors")


if __name__ == "__main__":
    main()
