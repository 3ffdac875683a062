"""TensorFlow and Keras as an engine (see `protocol.py`): `keras_engine.py fit|function|xla`.

`fit` trains with `model.fit` over data in memory, an epoch of about a second at a time. `function` runs a train step of Keras' Adam
and loss, and inference, each as one compiled `tf.function`; `xla` has XLA compile them.
"""

import os
import sys
from functools import partial

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from protocol import Job, Step, Unsupported, serve

THREADS = 2
NAMES = {"fit": "Keras fit", "function": "TensorFlow function", "xla": "TensorFlow function, XLA"}
EPOCH = {"cnn": 4096, "lstm": 1024, "mlp": 16384, "encoder": 1024}
SHAPES = {"cnn": (32, 32, 3), "mlp": (784,), "encoder": (64, 128)}
CLASSES = {"cnn": 10, "lstm": 2, "mlp": 10, "encoder": 2}


def cnn() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input(SHAPES["cnn"]),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10),
        ]
    )


def lstm() -> keras.Model:
    head = [layers.Embedding(10_000, 64), layers.LSTM(128), layers.Dense(2)]
    return keras.Sequential([keras.Input((100,), dtype="int32"), *head])


def mlp() -> keras.Model:
    hidden = [layers.Dense(512, activation="relu"), layers.Dense(512, activation="relu")]
    return keras.Sequential([keras.Input(SHAPES["mlp"]), *hidden, layers.Dense(10)])


def encoder() -> keras.Model:
    x = keras.Input(SHAPES["encoder"])
    attended = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 32)(x, x))
    wide = layers.Dense(512, activation="relu")(attended)
    block = layers.LayerNormalization()(attended + layers.Dense(128)(wide))
    return keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling1D()(block)))


MODELS = {"cnn": cnn, "lstm": lstm, "mlp": mlp, "encoder": encoder}


def data(workload: str, samples: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    y = random.integers(0, CLASSES[workload], samples, dtype=np.int32)
    if workload == "lstm":
        return random.integers(0, 10_000, (samples, 100), dtype=np.int32), y
    return random.standard_normal((samples, *SHAPES[workload]), dtype=np.float32), y


def loss() -> keras.losses.Loss:
    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def fit(job: Job) -> Step:
    if job.workload not in MODELS or job.mode != "train":
        raise Unsupported("training of the four networks only")
    model = MODELS[job.workload]()
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss())
    x, y = data(job.workload, EPOCH[job.workload])
    return Step(lambda: model.fit(x, y, batch_size=job.batch, verbose=0), len(y))


def function(job: Job, xla: bool) -> Step:
    if job.workload == "matmul":
        return matmul(job.batch, xla)
    if job.workload not in MODELS:
        raise Unsupported("not among Keras' own networks")
    model = MODELS[job.workload]()
    x, y = map(tf.constant, data(job.workload, job.batch))
    step = train_step(model, xla) if job.mode == "train" else infer_step(model, xla)
    return Step(lambda: step(x, y).numpy(), job.batch)


def train_step(model: keras.Model, xla: bool) -> tf.types.experimental.PolymorphicFunction:
    optimizer, criterion = keras.optimizers.Adam(1e-3), loss()
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=xla)
    def step(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            value = criterion(y, model(x, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return value

    return step


def infer_step(model: keras.Model, xla: bool) -> tf.types.experimental.PolymorphicFunction:
    return tf.function(lambda x, y: model(x, training=False), jit_compile=xla)


def matmul(n: int, xla: bool) -> Step:
    if xla:
        raise Unsupported("nothing to compile: the same as function")
    a, b = tf.random.normal((n, n)), tf.random.normal((n, n))
    return Step(lambda: tf.matmul(a, b).numpy(), 1)


def main() -> None:
    variant = sys.argv[1]
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    build = fit if variant == "fit" else partial(function, xla=variant == "xla")
    serve(NAMES[variant], f"{tf.__version__}, Keras {keras.__version__}", build)


if __name__ == "__main__":
    main()
