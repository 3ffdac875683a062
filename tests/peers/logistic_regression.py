"""Writes `logistic_regression.safetensors`, which `tests/logistic_regression.rs` compares ferrolab with, by scikit-learn 1.9.1.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-frame.txt safetensors==0.8.0
    V/bin/python tests/peers/logistic_regression.py

A logistic regression on the passengers of the Titanic without a penalty, as `notebooks/01-data-with-polars.ipynb` prepares them:
every fourth row, the first one included, is for the test; medians, most frequent values, means, deviations and categories are
those of the other rows.

x.train, y.train, x.test, y.test    the nine features and whether the passenger was rescued
weight [1, 9], bias [1]             what scikit-learn finds
probability.test                    that the passenger was rescued
scores                              log-loss and accuracy of the training rows, then of the test rows
"""

import csv
import pathlib

import numpy as np
import sklearn
from safetensors.numpy import save_file
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = pathlib.Path(__file__).parent
NUMBERS = ["age", "sibsp", "parch", "fare"]
CLASSES = ["pclass", "sex", "embarked"]


def main():
    with open(HERE / "../../datasets/data/tabular/titanic.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = np.array([[float(row[name]) if row[name] else np.nan for name in NUMBERS] for row in rows])
    classes = np.array([[row[name] or None for name in CLASSES] for row in rows], dtype=object)
    table = np.hstack([numbers.astype(object), classes])
    survived = np.array([int(row["survived"]) for row in rows])
    test = np.arange(len(rows)) % 4 == 0

    preparation = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), [0, 1, 2, 3]),
            (
                "classes",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent", missing_values=None), OneHotEncoder(drop="first", sparse_output=False)
                ),
                [4, 5, 6],
            ),
        ]
    )
    x_train, x_test = preparation.fit_transform(table[~test]), preparation.transform(table[test])
    x_train, x_test = x_train.astype(float), x_test.astype(float)
    y_train, y_test = survived[~test], survived[test]
    # C is the inverse of the penalty: infinite for none.
    model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=10_000).fit(x_train, y_train)

    scores = []
    for x, y in [(x_train, y_train), (x_test, y_test)]:
        scores += [log_loss(y, model.predict_proba(x)), accuracy_score(y, model.predict(x))]
    fixture = {
        "x.train": x_train,
        "y.train": y_train[:, None],
        "x.test": x_test,
        "y.test": y_test[:, None],
        "weight": model.coef_,
        "bias": model.intercept_,
        "probability.test": model.predict_proba(x_test)[:, 1:],
        "scores": np.array(scores),
    }
    save_file({name: np.ascontiguousarray(values, np.float32) for name, values in fixture.items()}, HERE / "logistic_regression.safetensors")

    names = NUMBERS + ["pclass_2", "pclass_3", "sex_male", "embarked_Q", "embarked_S"]
    print("\n".join(f"{name:11} {weight:8.4f}" for name, weight in zip(names, model.coef_[0])))
    print(f"{'bias':11} {model.intercept_[0]:8.4f}")
    print("train: log-loss {:.5f}, accuracy {:.5f}; test: log-loss {:.5f}, accuracy {:.5f}".format(*scores))
    print(f"{len(y_train)} and {len(y_test)} rows, scikit-learn {sklearn.__version__}")


if __name__ == "__main__":
    main()
