"""Writes the fixture that `tests/metrics.rs` compares ferrolab with, by scikit-learn 1.9.

    python3 -m venv V && V/bin/pip install scikit-learn==1.9.1 safetensors
    V/bin/python tests/peers/metrics.py

metrics.safetensors  for each case NAME its inputs and the measures, all as 32-bit floats.
"""

import pathlib

import numpy as np
import sklearn
from safetensors.numpy import save_file
from sklearn import metrics as m

HERE = pathlib.Path(__file__).parent
fixture = {}


def keep(name, **values):
    for key, value in values.items():
        fixture[f"{name}.{key}"] = np.atleast_1d(np.asarray(value, dtype=np.float32)).copy()


def classes(name, random, n, c, skill, absent=None):
    labels = random.integers(0, c, n)
    if absent is not None:
        labels[labels == absent] = 0
    scores = random.normal(size=(n, c)).astype(np.float32)
    scores[np.arange(n), labels] += skill
    predicted = scores.argmax(1)
    all_classes = list(range(c))
    keep(name, scores=scores, labels=labels, predicted=predicted, accuracy=m.accuracy_score(labels, predicted))
    keep(name, confusion=m.confusion_matrix(labels, predicted, labels=all_classes))
    for average in [None, "macro", "micro", "weighted"]:
        values = m.precision_recall_fscore_support(
            labels, predicted, labels=all_classes, average=average, zero_division=0
        )
        keep(f"{name}.{average or 'each'}", precision=values[0], recall=values[1], f1=values[2])
    for k in [1, 2, 3]:
        keep(name, **{f"top{k}": m.top_k_accuracy_score(labels, scores, k=k, labels=all_classes)})
    exps = np.exp(scores.astype(np.float64) - scores.max(1, keepdims=True))
    if absent is None:
        probabilities = exps / exps.sum(1, keepdims=True)
        for average in ["macro", "micro", "weighted"]:
            area = m.roc_auc_score(labels, probabilities, multi_class="ovr", average=average, labels=all_classes)
            keep(name, **{f"ovr.{average}": area})
    keep(name, perplexity=np.exp(m.log_loss(labels, exps / exps.sum(1, keepdims=True), labels=all_classes)))


def ranking(name, random, n, skill, digits):
    labels = np.concatenate([[0, 1], random.integers(0, 2, n - 2)])
    scores = (random.normal(size=n) + skill * labels).round(digits).astype(np.float32)  # rounded: with ties
    fpr, tpr, thresholds = m.roc_curve(labels, scores, drop_intermediate=False)
    keep(name, scores=scores, labels=labels, fpr=fpr, tpr=tpr, thresholds=thresholds)
    keep(name, auc=m.roc_auc_score(labels, scores), average_precision=m.average_precision_score(labels, scores))


def numbers(name, random, n, noise):
    targets = random.normal(size=n).astype(np.float32) * 10
    predictions = (targets + noise * random.normal(size=n)).astype(np.float32)
    keep(name, targets=targets, predictions=predictions, rmse=m.root_mean_squared_error(targets, predictions))
    keep(name, mae=m.mean_absolute_error(targets, predictions), r2=m.r2_score(targets, predictions))


def main():
    random = np.random.default_rng(3)
    classes("few", random, 9, 3, 1.0)
    classes("many", random, 301, 7, 1.5)
    classes("absent", random, 40, 5, 0.5, absent=3)
    ranking("tiny", random, 3, 1.0, 6)
    ranking("ties", random, 101, 0.7, 1)
    ranking("long", random, 400, 1.5, 6)
    numbers("good", random, 57, 1.0)
    numbers("bad", random, 12, 30.0)
    save_file(fixture, HERE / "metrics.safetensors")
    print(f"{len(fixture)} arrays, scikit-learn {sklearn.__version__}")


if __name__ == "__main__":
    main()
