"""Writes the fixture that `tests/metrics.rs` compares ferrolab's calibration with, by scikit-learn 1.9.

    python3 -m venv V && V/bin/pip install scikit-learn==1.9.1 safetensors
    V/bin/python tests/peers/calibration.py

calibration.safetensors  for each case NAME its inputs and: the two axes of `calibration_curve` and the expected calibration error
                         by its definition, or the temperature that `CalibratedClassifierCV(method="temperature")` finds.
"""

import pathlib

import numpy as np
import sklearn
from safetensors.numpy import save_file
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.frozen import FrozenEstimator

HERE = pathlib.Path(__file__).parent
fixture = {}


def keep(name, **values):
    for key, value in values.items():
        fixture[f"{name}.{key}"] = np.atleast_1d(np.asarray(value, dtype=np.float32)).copy()


def curve(name, random, n, bins, sharpness):
    scores = random.normal(size=n)
    labels = (random.uniform(size=n) < 1 / (1 + np.exp(-scores))).astype(int)
    probabilities = (1 / (1 + np.exp(-sharpness * scores))).astype(np.float32)
    observed, predicted = calibration_curve(labels, probabilities.astype(np.float64), n_bins=bins)
    of = np.clip(np.ceil(probabilities.astype(np.float64) * bins).astype(int) - 1, 0, bins - 1)
    share = [(of == bin).mean() for bin in range(bins) if (of == bin).any()]
    keep(name, probabilities=probabilities, labels=labels, bins=bins, observed=observed, predicted=predicted)
    keep(name, counts=np.array(share) * n, error=np.sum(np.array(share) * np.abs(observed - predicted)))


class Scores(ClassifierMixin, BaseEstimator):
    """A classifier whose scores are its inputs."""

    def fit(self, scores, labels):
        self.classes_ = np.unique(labels)
        return self

    def decision_function(self, scores):
        return scores

    def predict(self, scores):
        return self.classes_[scores.argmax(1)]


def temperature(name, random, n, classes, sharpness):
    scores = random.normal(size=(n, classes))
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    labels = np.array([random.choice(classes, p=p) for p in chances])
    scores = (sharpness * scores).astype(np.float32)
    model = CalibratedClassifierCV(FrozenEstimator(Scores().fit(scores, labels)), method="temperature")
    model.fit(scores, labels)
    beta = model.calibrated_classifiers_[0].calibrators[0].beta_
    keep(name, scores=scores, labels=labels, temperature=1 / beta)


def main():
    random = np.random.default_rng(6)
    curve("few", random, 11, 5, 1.0)
    curve("honest", random, 400, 10, 1.0)
    curve("too_sure", random, 1000, 15, 3.0)
    temperature("hot", random, 200, 3, 4.0)
    temperature("cold", random, 300, 5, 0.4)
    save_file(fixture, HERE / "calibration.safetensors")
    print(f"{len(fixture)} arrays, scikit-learn {sklearn.__version__}")


if __name__ == "__main__":
    main()
