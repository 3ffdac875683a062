"""Reads the data sets in datasets/data with Python's standard library alone and writes what a right reader must find.

Run from the root of the project: python3 tests/peers/datasets_fixture.py
Writes datasets/tests/fixtures/expected.json, which datasets/tests/shipped.rs compares with.
"""

import gzip
import hashlib
import json
import struct
from collections import Counter
from pathlib import Path

DATA = Path("datasets/data")


def cifar10(file):
    records = gzip.decompress((DATA / file).read_bytes())
    assert len(records) % 3073 == 0
    records = [records[i : i + 3073] for i in range(0, len(records), 3073)]
    return [record[0] for record in records], [record[1:] for record in records], [3, 32, 32]


def idx(images, labels):
    images, labels = (gzip.decompress((DATA / file).read_bytes()) for file in (images, labels))
    magic, count, height, width = struct.unpack(">IIII", images[:16])
    assert magic == 0x803 and struct.unpack(">II", labels[:8]) == (0x801, count)
    size = height * width
    return list(labels[8:]), [images[16 + i * size : 16 + (i + 1) * size] for i in range(count)], [1, height, width]


def facts(part):
    labels, images, shape = part
    counts = Counter(labels)
    return {
        "len": len(labels),
        "shape": shape,
        "class_counts": [counts[label] for label in range(max(labels) + 1)],
        "first_labels": labels[:10],
        "pixels_sha256": hashlib.sha256(b"".join(images)).hexdigest(),
        "labels_sha256": hashlib.sha256(bytes(labels)).hexdigest(),
        "sum_of_image_7": sum(images[7]),
    }


def clothes(name):
    return idx(f"fashion-mnist/{name}-images-idx3-ubyte.gz", f"fashion-mnist/{name}-labels-idx1-ubyte.gz")


expected = {
    "clipart32": {
        "train": facts(cifar10("clipart32/data_batch_1.bin.gz")),
        "test": facts(cifar10("clipart32/test_batch.bin.gz")),
    },
    "fashion_mnist": {"train": facts(clothes("train-10k")), "test": facts(clothes("test-2k"))},
}
Path("datasets/tests/fixtures/expected.json").write_text(json.dumps(expected, indent=1) + "\n")
