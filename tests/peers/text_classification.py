"""Writes `text_classification.json`, which `tests/text_classification.rs` compares ferrolab's bags of words and its curve of
precision and recall with, by scikit-learn 1.9.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-frame.txt
    V/bin/python tests/peers/text_classification.py
"""

import json
import pathlib
import random

import numpy as np
import sklearn
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import precision_recall_curve

HERE = pathlib.Path(__file__).parent
random.seed(7)

# Words of one to five letters, rare ones among them; some texts know none of the words.
WORDS = ["".join(random.choice("abcdefgh") for _ in range(random.randint(1, 5))) for _ in range(60)]


def text():
    return " ".join(random.choice(WORDS[: random.randint(1, 60)]) for _ in range(random.randint(1, 30)))


train, test = [text() for _ in range(25)], [text() for _ in range(12)] + ["zzz", "xyz, 42 !"]
vocabulary = sorted({word for line in train for word in line.split()})[::2]
split = {"tokenizer": str.split, "token_pattern": None, "lowercase": False, "vocabulary": vocabulary}
counts = CountVectorizer(**split).fit(train)
tf_idf = TfidfVectorizer(**split).fit(train)


def rows(vectorizer):
    return vectorizer.transform(test).toarray().astype(np.float64).tolist()


labels = [random.randint(0, 1) for _ in range(80)]
scores = [round(random.gauss(label, 1.0), 1) for label in labels]  # with ties
precision, recall, thresholds = precision_recall_curve(labels, scores)
fixture = {
    "scikit-learn": sklearn.__version__,
    "train": train,
    "test": test,
    "vocabulary": vocabulary,
    "counts": rows(counts),
    "idf": tf_idf.idf_.tolist(),
    "tf_idf": rows(tf_idf),
    "curve": {
        "labels": labels,
        "scores": scores,
        "precision": precision.tolist(),
        "recall": recall.tolist(),
        "thresholds": thresholds.tolist(),
    },
}
(HERE / "text_classification.json").write_text(json.dumps(fixture) + "\n")
