"""Writes the fixture that `src/frame/against_scikit_learn.rs` compares ferrolab's preparation of tables with, by scikit-learn 1.9.1.

    python3 -m venv V && V/bin/pip install -r tests/peers/requirements-frame.txt
    V/bin/python tests/peers/frame.py

penguins.csv  344 penguins of three species (Gorman et al. 2014, public domain under CC0), with missing values
frame.json    for every case what scikit-learn learns from the rows whose number divides by 3 with a rest, and what it makes of
              the other rows
"""

import csv
import json
import pathlib

import numpy as np
import sklearn
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    LabelEncoder,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

HERE = pathlib.Path(__file__).parent
NUMBERS = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
TEXTS = ["island", "sex"]


def columns(rows, names, kind):
    missing = np.nan if kind is float else None
    table = [[kind(row[name]) if row[name] else missing for name in names] for row in rows]
    return np.array(table, dtype=kind if kind is float else object)


def listed(array):
    """Numbers as JSON, missing ones as null."""
    return [[None if value is None or value != value else value for value in row] for row in array.tolist()]


def main():
    with open(HERE / "penguins.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    train = [row for i, row in enumerate(rows) if i % 3]
    test = [row for i, row in enumerate(rows) if i % 3 == 0]
    numbers, test_numbers = (columns(part, NUMBERS, float) for part in (train, test))
    texts, test_texts = (columns(part, TEXTS, str) for part in (train, test))
    fixture = {}

    scaler = StandardScaler().fit(numbers)
    fixture["standard_scaler"] = {
        "learnt": [scaler.mean_.tolist(), scaler.scale_.tolist()],
        "test": listed(scaler.transform(test_numbers)),
    }
    scaler = MinMaxScaler().fit(numbers)
    fixture["min_max_scaler"] = {
        "learnt": [scaler.data_min_.tolist(), scaler.data_max_.tolist()],
        "test": listed(scaler.transform(test_numbers)),
    }
    for strategy in ["mean", "median", "most_frequent"]:
        imputer = SimpleImputer(strategy=strategy).fit(numbers)
        fixture[f"imputer_{strategy}"] = {
            "learnt": [imputer.statistics_.tolist()],
            "test": listed(imputer.transform(test_numbers)),
        }
    imputer = SimpleImputer(strategy="most_frequent", missing_values=None).fit(texts)
    fixture["imputer_texts"] = {"learnt": [imputer.statistics_.tolist()], "test": listed(imputer.transform(test_texts))}
    full, test_full = imputer.transform(texts), imputer.transform(test_texts)
    full_numbers, test_full_numbers = (
        SimpleImputer().fit(numbers).transform(part) for part in (numbers, test_numbers)
    )

    encoder = OneHotEncoder(sparse_output=False).fit(full)
    fixture["one_hot"] = {
        "learnt": [encoder.get_feature_names_out(TEXTS).tolist()],
        "test": listed(encoder.transform(test_full)),
    }
    encoder = OneHotEncoder(sparse_output=False, drop="first").fit(full)
    fixture["one_hot_drop_first"] = {
        "learnt": [encoder.get_feature_names_out(TEXTS).tolist()],
        "test": listed(encoder.transform(test_full)),
    }
    # Only the islands of a part of the data are known: the rest is unknown.
    some = full[full[:, 0] != "Torgersen"]
    encoder = OneHotEncoder(sparse_output=False, handle_unknown="ignore").fit(some)
    fixture["one_hot_ignore"] = {
        "learnt": [encoder.get_feature_names_out(TEXTS).tolist()],
        "test": listed(encoder.transform(test_full)),
    }
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(some)
    fixture["ordinal"] = {
        "learnt": [categories.tolist() for categories in encoder.categories_],
        "test": listed(encoder.transform(test_full)),
    }
    for strategy in ["uniform", "quantile"]:
        settings = {"quantile_method": "linear"} if strategy == "quantile" else {}
        binner = KBinsDiscretizer(5, encode="ordinal", strategy=strategy, subsample=None, **settings).fit(full_numbers)
        fixture[f"binner_{strategy}"] = {
            "learnt": [edges.tolist() for edges in binner.bin_edges_],
            "test": listed(binner.transform(test_full_numbers)),
        }
    species = [row["species"] for row in train]
    encoder = LabelEncoder().fit(species)
    fixture["labels"] = {
        "learnt": [encoder.classes_.tolist()],
        "test": [encoder.transform([row["species"] for row in test]).tolist()],
    }
    (HERE / "frame.json").write_text(json.dumps(fixture, separators=(",", ":")) + "\n")
    size = (HERE / "frame.json").stat().st_size
    print(f"{len(fixture)} cases, {size / 1024:.0f} KiB, scikit-learn {sklearn.__version__}")


if __name__ == "__main__":
    main()
