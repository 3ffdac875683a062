"""Writes `keras_cnn.json`: how well Keras learns what `notebooks/02-cnn.ipynb` learns. `tests/keras_cnn.rs` compares ferrolab with it.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-keras.txt
    V/bin/python tests/peers/keras_cnn.py [SEEDS]

The same pictures and split (clipart32), the same network, normalisation, changes of the pictures (mirrored or not, moved by
up to two pixels), batches of 32, 30 epochs of Adam with a step size of 1e-3 and 10 with 1e-4. The accuracy is that after the
last epoch; no epoch is chosen by it.
"""

import gzip
import json
import os
import pathlib
import sys
import time

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent.parent / "datasets/data/clipart32"
PHASES = [(30, 1e-3), (10, 1e-4)]
BATCH, SHIFT = 32, 2


def read(name):
    """Pictures [N, 32, 32, 3] with values from 0 to 1, and labels."""
    records = np.frombuffer(gzip.open(DATA / name).read(), np.uint8).reshape(-1, 3073)
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return images.astype(np.float32) / 255, records[:, 0].astype(np.int64)


def network():
    layers = keras.layers
    return keras.Sequential([
        keras.Input((32, 32, 3)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.Flatten(),
        layers.Dropout(0.4),
        layers.Dense(64, activation="relu"),
        layers.Dense(10),
    ])


def changed(images, random):
    """Each picture mirrored or not, and moved by up to two pixels; the edge is repeated."""
    framed = np.pad(images, [(0, 0), (SHIFT, SHIFT), (SHIFT, SHIFT), (0, 0)], mode="edge")
    new = np.empty_like(images)
    for picture, (image, flip) in enumerate(zip(framed, random.random(len(images)) < 0.5)):
        down, right = random.integers(0, 2 * SHIFT + 1, 2)
        part = image[down : down + 32, right : right + 32]
        new[picture] = part[:, ::-1] if flip else part
    return new


def accuracy(seed):
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    (images, labels), (test, answers) = read("data_batch_1.bin.gz"), read("test_batch.bin.gz")
    mean, deviation = images.mean((0, 1, 2)), images.std((0, 1, 2))
    images, test = (images - mean) / deviation, (test - mean) / deviation
    model = network()
    for epochs, step in PHASES:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(step), loss, metrics=["accuracy"])
        for _ in range(epochs):
            model.fit(changed(images, random), labels, batch_size=BATCH, epochs=1, shuffle=True, verbose=0)
    return model.evaluate(test, answers, batch_size=BATCH, verbose=0)[1]


def main():
    found = []
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        started = time.time()
        found.append(round(accuracy(seed), 4))
        print(f"seed {seed}: {found[-1]:.4f}, {time.time() - started:.0f} s", flush=True)
    fixture = {
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "phases": [{"epochs": epochs, "learning_rate": step} for epochs, step in PHASES],
        "batch_size": BATCH,
        "accuracy": found,
        "mean": round(float(np.mean(found)), 4),
        "deviation": round(float(np.std(found, ddof=1)), 4),
    }
    (HERE / "keras_cnn.json").write_text(json.dumps(fixture, indent=1) + "\n")
    print(fixture)


if __name__ == "__main__":
    main()
