"""Writes the fixture that `tests/losses.rs` compares the pinball loss with, by scikit-learn 1.9. PyTorch has no such loss.

    python3 -m venv V && V/bin/pip install scikit-learn==1.9.1 safetensors
    V/bin/python tests/peers/pinball.py

pinball.safetensors  for each case NAME: the predictions `NAME.0`, the targets `NAME.1`, the quantile `NAME.quantile`, the loss
                     `NAME.loss`, and the gradients `NAME.gradient.0` and `NAME.gradient.1`: differences of scikit-learn's loss over
                     a step, which are exact for a piecewise linear function with no kink in between.
"""

import pathlib

import numpy as np
import sklearn
from safetensors.numpy import save_file
from sklearn.metrics import mean_pinball_loss

HERE = pathlib.Path(__file__).parent
STEP = 1e-4


def gradient(prediction, target, quantile, which):
    result = np.zeros(len(target))
    for i in range(len(target)):
        sides = []
        for step in (STEP, -STEP):
            moved = [prediction.astype(np.float64).copy(), target.astype(np.float64).copy()]
            moved[which][i] += step
            sides.append(mean_pinball_loss(moved[1], moved[0], alpha=quantile))
        result[i] = (sides[0] - sides[1]) / (2 * STEP)
    return result


def main():
    random = np.random.default_rng(4)
    fixture = {}
    for name, n, quantile in [("low", 1, 0.05), ("median", 9, 0.5), ("high", 64, 0.9)]:
        prediction, target = (random.normal(size=(2, n)) * [[1], [2]]).astype(np.float32)
        assert np.abs(prediction - target).min() > 2 * STEP  # no kink in between
        values = {"0": prediction, "1": target, "quantile": [quantile]}
        values["loss"] = [mean_pinball_loss(target, prediction, alpha=quantile)]
        values |= {f"gradient.{which}": gradient(prediction, target, quantile, which) for which in (0, 1)}
        fixture |= {f"{name}.{key}": np.asarray(value, dtype=np.float32) for key, value in values.items()}
    save_file(fixture, HERE / "pinball.safetensors")
    print(f"{len(fixture)} arrays, scikit-learn {sklearn.__version__}")


if __name__ == "__main__":
    main()
