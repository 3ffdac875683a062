"""Reads the tables, texts, series and ratings in datasets/data with programs that no one here wrote: pandas, Python's csv, seqeval, vaderSentiment.

Run from the root of the project, with pandas 2 or 3, seqeval 1.2.2 and vaderSentiment 3.3.2 installed: python3 tests/peers/datasets_texts_fixture.py
Writes datasets/tests/fixtures/texts.json, which datasets/tests/shipped_texts.rs compares with.
"""

import csv
import gzip
import hashlib
import json
from collections import Counter
from pathlib import Path

import pandas as pd
from seqeval.metrics.sequence_labeling import get_entities
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

DATA = Path("datasets/data")
csv.field_size_limit(1 << 20)


def digest(texts):
    """The sum of all texts, each followed by a zero byte."""
    whole = hashlib.sha256()
    for text in texts:
        whole.update(text.encode() + b"\0")
    return whole.hexdigest()


def every_fifth(rows):
    return [row for index, row in enumerate(rows) if index % 5 != 4], rows[4::5]


def texts(rows, classes):
    """Facts about the parts of rows (text, class)."""
    parts = {}
    for part, rows in zip(["train", "test"], every_fifth(rows)):
        counts = Counter(label for _, label in rows)
        parts[part] = {
            "len": len(rows),
            "class_counts": [counts[name] for name in classes],
            "first_labels": [classes.index(label) for _, label in rows[:20]],
            "texts": digest(text for text, _ in rows),
        }
    return parts


def table(file):
    frame = pd.read_csv(DATA / file, keep_default_na=False, na_values=[""])
    columns = {}
    for name in frame:
        column = frame[name]
        columns[name] = {"missing": int(column.isna().sum())}
        if pd.api.types.is_numeric_dtype(column):
            columns[name] |= {"low": float(column.min()), "high": float(column.max())}
    return {"rows": len(frame), "columns": columns}


def series(file, time, value):
    frame = pd.read_csv(DATA / file)
    times = frame[time].astype(str)
    years = times.str[:4].astype(float)
    if (times.str.len() == 7).all():
        years += (times.str[5:7].astype(float) - 0.5) / 12
    elif (times.str.len() == 10).all():
        dates = pd.to_datetime(times)
        years += (dates.dt.day_of_year - 0.5) / (365 + dates.dt.is_leap_year)
    values = frame[value]
    return {
        "len": len(frame),
        "times": float(years.sum()),
        "values": float(values.sum()),
        "last": float(values.iloc[-1]),
    }


def book(file):
    text = gzip.open(DATA / file, "rt", encoding="utf8", newline="").read()
    return {"characters": len(text), "vocabulary": len(set(text)), "text": digest([text])}


def sentences(file):
    """A CoNLL file: sentences of (token, tag)."""
    blocks = gzip.open(DATA / file, "rt", encoding="utf8").read().split("\n\n")
    lines = [block.strip("\n").split("\n") for block in blocks if block.strip("\n")]
    rows = [[line.split("\t") for line in block if not line.startswith("# ")] for block in lines]
    entities = Counter(kind for row in rows for kind, _, _ in get_entities([tag for _, tag in row]))
    tags = Counter(tag for row in rows for _, tag in row)
    order = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-GRP", "I-GRP"]
    return {
        "len": len(rows),
        "tokens": digest(token for row in rows for token, _ in row),
        "tag_counts": [tags[tag] for tag in order],
        "entities": [entities[kind] for kind in ["PER", "LOC", "GRP"]],
        "origins": digest(line[2:] for block in lines for line in block if line.startswith("# ")),
    }


def mails():
    rows = csv.DictReader(gzip.open(DATA / "spamassassin/spamassassin.csv.gz", "rt", encoding="utf8", newline=""))
    return texts([(row["subject"] + "\n" + row["text"], row["label"]) for row in rows], ["ham", "spam"])


def reviews():
    rows = csv.DictReader(gzip.open(DATA / "movie-reviews/reviews.csv.gz", "rt", encoding="utf8", newline=""))
    return texts([(row["text"], row["sentiment"]) for row in rows], ["negative", "positive"])


def help_pages():
    file = DATA / "mt-libreoffice/libreoffice_en_fr.tsv.gz"
    frame = pd.read_csv(file, sep="\t", quoting=csv.QUOTE_NONE, keep_default_na=False)
    return {page: list(zip(rows["en"], rows["fr"])) for page, rows in frame.groupby("page", sort=False)}


def topics(pages):
    names = ["sbasic", "scalc", "schart", "sdatabase", "sdraw", "simpress", "smath", "swriter"]
    rows = [(" ".join(english for english, _ in rows), page.split("/")[0]) for page, rows in pages.items()]
    return texts([row for row in rows if row[1] in names], names)


def pairs(pages):
    parts = {}
    for part, chosen in zip(["train", "test"], every_fifth(list(pages.values()))):
        rows = [row for page in chosen for row in page]
        short = [row for row in rows if max(len(side.split()) for side in row) <= 12]
        parts[part] = {
            "len": len(rows),
            "source": digest(english for english, _ in rows),
            "target": digest(french for _, french in rows),
            "up_to_12_words": len(short),
            "short_target": digest(french for _, french in short),
        }
    return parts


def ratings():
    stars = pd.read_csv(DATA / "movielens-small-2016/ratings.csv.gz")
    films = pd.read_csv(DATA / "movielens-small-2016/movies.csv.gz", keep_default_na=False, dtype=str)
    ordered = stars.sort_values(["userId", "timestamp"], kind="stable")
    rank = ordered.groupby("userId").cumcount()
    size = ordered.groupby("userId")["movieId"].transform("size")
    test = ordered[rank >= size - size // 5]
    genres = Counter(genre for row in films["genres"] for genre in row.split("|") if not genre.startswith("("))
    return {
        "len": len(stars),
        "users": stars["userId"].nunique(),
        "films": len(films),
        "sum": float(stars["rating"].sum()),
        "titles": digest(films["title"]),
        "without_year": int((films["year"] == "").sum()),
        "drama": genres["Drama"],
        "genres": sum(genres.values()),
        "test": {"len": len(test), "sum": float(test["rating"].sum()), "time": int(test["timestamp"].sum())},
    }


def films():
    frame = pd.read_csv(DATA / "films-wikidata/films.csv.gz", keep_default_na=False, dtype=str)
    names = lambda column: sum(len([name for name in row.split(", ") if name]) for row in frame[column])
    total = lambda column: float(pd.to_numeric(frame[column]).sum())
    return {
        "len": len(frame),
        "titles": digest(frame["title"]),
        "years": total("year"),
        "genres": names("genres"),
        "directors": names("director"),
        "actors": names("actors"),
        "languages": names("language"),
        "countries": names("country"),
        "oscars": total("oscars"),
        "without_minutes": int((frame["runtime"] == "").sum()),
        "minutes": total("runtime"),
        "tomatometer": total("tomatometer"),
        "reviews": total("reviews"),
    }


lexicon = SentimentIntensityAnalyzer().lexicon
pages = help_pages()
expected = {
    "tables": {
        name: table(file)
        for name, file in {
            "titanic": "tabular/titanic.csv",
            "penguins": "tabular/penguins.csv",
            "iris": "tabular/iris.csv",
            "auto-mpg": "tabular/auto-mpg.csv",
            "seattle-weather": "timeseries/seattle-weather.csv",
            "german-credit": "fairness/german_credit.csv",
            "hmda": "fairness/HMDA.csv",
            "resume-names": "fairness/ResumeNames.csv",
            "arrests": "fairness/Arrests.csv",
            "films-wikidata": "films-wikidata/films.csv.gz",
            "spamassassin": "spamassassin/spamassassin.csv.gz",
            "movie-reviews": "movie-reviews/reviews.csv.gz",
            "movielens-small-2016": "movielens-small-2016/ratings.csv.gz",
            "movielens-small-2016-films": "movielens-small-2016/movies.csv.gz",
            "sunspots": "timeseries/sunspots.csv",
            "sunspots-monthly": "timeseries/sunspots_monthly.csv",
            "nile": "timeseries/nile.csv",
            "airline-passengers": "timeseries/airline-passengers.csv",
            "co2": "timeseries/co2-concentration.csv",
        }.items()
    },
    "series": {
        "sunspots": series("timeseries/sunspots.csv", "YEAR", "SUNACTIVITY"),
        "sunspots-monthly": series("timeseries/sunspots_monthly.csv", "month", "sunspots"),
        "nile": series("timeseries/nile.csv", "year", "volume"),
        "airline-passengers": series("timeseries/airline-passengers.csv", "month", "passengers"),
        "co2": series("timeseries/co2-concentration.csv", "Date", "CO2"),
    },
    "books": {
        name: book(f"text-books/{file}.txt.gz")
        for name, file in {"pride-and-prejudice": "prideprejudice", "emma": "emma", "moby-dick": "moby_dick"}.items()
    },
    "names": {part: sentences(f"ner-kjv/kjv_ner_{part}.conll.gz") for part in ["train", "dev", "test", "test_newbooks"]},
    "spamassassin": mails(),
    "movie-reviews": reviews(),
    "help-topics": topics(pages),
    "english-french": pairs(pages),
    "movielens-small": ratings(),
    "films": films(),
    "lexicon": {
        "len": len(lexicon),
        "sum": sum(lexicon.values()),
        "words": {word: lexicon[word] for word in ["great", "horrible", "lol", ":-p", "sob", "( '}{' )"]},
    },
}
Path("datasets/tests/fixtures/texts.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n")
