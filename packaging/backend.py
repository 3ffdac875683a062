"""Builds the wheel with maturin, which knows programs but not kernels: gathers first what lies beside the program in an
environment, the kernelspec and the source of the library that cells are compiled against."""

import os
import shutil
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
# What cargo needs to build the library, and to understand the workspace that it is part of.
SOURCE = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "benches/ops.rs",
    "datasets/Cargo.toml",
    "datasets/data",
    "datasets/src",
    "derive/Cargo.toml",
    "derive/src",
    "display/Cargo.toml",
    "display/src",
    "kernel/Cargo.toml",
    "kernel/build.rs",
    "kernel/src",
    "requirements.txt",
    "src",
    "tests/cuda-emulator/Cargo.toml",
    "tests/cuda-emulator/src",
]


def gather(data):
    """Fills the folder whose content goes to the root of an environment."""
    shutil.rmtree(data, ignore_errors=True)
    kernel = data / "share/jupyter/kernels/ferrolab"
    kernel.mkdir(parents=True)
    for logo in ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]:
        shutil.copy(PROJECT / "kernel/src/assets" / logo, kernel)
    shutil.copy(HERE / "kernel.json", kernel)
    for name in SOURCE:
        source, copy = PROJECT / name, data / "share/ferrolab/source" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy(source, copy)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """What pip calls."""
    import maturin

    gather(HERE / "build/data/data")
    os.chdir(HERE)
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)
