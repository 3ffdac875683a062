"""Writes the networks that ONNX Runtime is asked for as ONNX files, once: `export_onnx.py FOLDER`."""

import sys
from pathlib import Path

import torch

from torch_models import MODELS, inputs

# One file for each batch, so that every shape in the graph is known.
BATCHES = {"cnn": (1, 32, 256), "lstm": (64,), "mlp": (128,), "encoder": (32,), "efficientnet": (1, 8)}


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for workload, batches in BATCHES.items():
        for batch in batches:
            path = folder / f"{workload}-{batch}.onnx"
            if not path.exists():
                export(workload, batch, path)


def export(workload: str, batch: int, path: Path) -> None:
    """To another name first: a file that is there is a whole one."""
    torch.manual_seed(0)
    model = MODELS[workload]().eval()
    unfinished = path.with_suffix(".part")
    torch.onnx.export(model, (inputs(workload, batch),), unfinished, external_data=False, verbose=False)
    unfinished.rename(path)


if __name__ == "__main__":
    main()
