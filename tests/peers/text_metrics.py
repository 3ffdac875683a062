"""Writes `text_metrics.json`, which `tests/text_metrics.rs` compares ferrolab's BLEU and span scores with.

    python3 -m venv V && V/bin/pip install sacrebleu==2.5.1 seqeval==1.2.2
    V/bin/python tests/peers/text_metrics.py
"""

import json
import pathlib
import random

import sacrebleu
from seqeval.metrics import classification_report

HERE = pathlib.Path(__file__).parent
random.seed(5)

SENTENCES = [
    "Click 'OK' to save 1,000.50 rows (or more), e.g. 3-4 columns.",
    "The file \"report-2024.odt\" could not be opened: access denied!",
    "Insert a page break before the paragraph; then press Enter.",
    "Select Format - Page - Header & Footer...",
    "It's 50% of $3.20/month, isn't it?",
    "Déjà vu – l'été à 20,5 °C",
    "A",
    "",
]


def damaged(text):
    words = text.split()
    kept = [word for word in words if random.random() > 0.2]
    if len(kept) > 3 and random.random() < 0.5:
        i = random.randrange(len(kept) - 1)
        kept[i], kept[i + 1] = kept[i + 1], kept[i]
    return " ".join(kept + (["extra"] if random.random() < 0.3 else []))


cases = []
for count, references in [(8, 1), (8, 2), (3, 1), (1, 1), (5, 3)]:
    chosen = random.sample(SENTENCES, count)
    translations = [damaged(text) for text in chosen]
    sets = [chosen] + [[damaged(text) for text in chosen] for _ in range(references - 1)]
    score = sacrebleu.corpus_bleu(translations, sets)
    cases.append(
        {
            "translations": translations,
            "references": [list(group) for group in zip(*sets)],
            "score": score.score,
            "precisions": score.precisions,
            "brevity_penalty": score.bp,
            "text": str(score),
        }
    )

kinds = ["PER", "LOC", "ORG"]
tag = lambda: random.choice(["O", "O"] + [f"{prefix}-{kind}" for prefix in "BI" for kind in kinds])
truth = [[tag() for _ in range(random.randrange(1, 15))] for _ in range(60)]
predicted = [[t if random.random() < 0.8 else tag() for t in tags] for tags in truth]
report = classification_report(truth, predicted, output_dict=True, zero_division=0)
report = {name: {key: float(value) for key, value in row.items()} for name, row in report.items()}
(HERE / "text_metrics.json").write_text(
    json.dumps({"bleu": cases, "truth": truth, "predicted": predicted, "report": report}, indent=1, ensure_ascii=False) + "\n"
)
