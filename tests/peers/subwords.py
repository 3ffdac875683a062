"""Trains Hugging Face's tokenizers and writes what `tests/subwords.rs` compares ferrolab's sub-words with:
`subwords/words.json`, `subwords/spaces.json` and `subwords/bytes.json` as they save them, `subwords/encoded.json`: what each
makes of some texts.

    python3 -m venv V && V/bin/pip install tokenizers==0.23.3
    V/bin/python tests/peers/subwords.py
"""

import gzip
import itertools
import json
import pathlib

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
OUT = HERE / "subwords"
OUT.mkdir(exist_ok=True)
SPECIAL = ["<pad>", "<unk>", "<bos>", "<eos>"]

# The pages of `datasets::english_french()?.train`: all but every fifth.
with gzip.open(HERE.parent.parent / "datasets/data/mt-libreoffice/libreoffice_en_fr.tsv.gz", "rt", encoding="utf-8") as file:
    rows = [line.rstrip("\n").split("\t") for line in file][1:]
pages = [list(page) for _, page in itertools.groupby(rows, key=lambda row: row[2])]
pairs = [row for number, page in enumerate(pages) if number % 5 != 4 for row in page]
texts = [row[0] for row in pairs[:1500]] + [row[1] for row in pairs[:1500]]

TEXTS = [row[1] for row in pairs[2000:2040]] + [row[0] for row in pairs[2000:2040]] + [
    "",
    " ",
    "  two  spaces ",
    "unforeseeable counterintuitiveness",
    "it's they'll 'quoted' d'été",
    "3.14159 and 1,000.50 € – 50 %",
    "日本語 and Ελληνικά, naïve façade\tand\ttabs\n\nand lines \n here",
    "▁already▁▁there",
    "x²+y³=½ ⅷ ①",
    "emoji 🦀 and ﬁ",
]


def trained(pre_tokenizer, decoder, size, **settings):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoder
    trainer = trainers.BpeTrainer(
        vocab_size=size, min_frequency=2, special_tokens=SPECIAL, show_progress=False, **settings
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


space = dict(replacement="▁", prepend_scheme="always")
pattern = Regex(r"▁?\p{Alphabetic}+|▁?\p{N}+|▁?[^▁\p{Alphabetic}\p{N}]+|▁")
words = pre_tokenizers.Sequence(
    [pre_tokenizers.Metaspace(**space, split=False), pre_tokenizers.Split(pattern, "isolated")]
)
tokenizers = {
    "words": trained(words, decoders.Metaspace(**space, split=False), 1200),
    "spaces": trained(pre_tokenizers.Metaspace(**space), decoders.Metaspace(**space), 600),
    "bytes": trained(
        pre_tokenizers.ByteLevel(add_prefix_space=False),
        decoders.ByteLevel(add_prefix_space=False),
        600,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    ),
}
encoded = {"texts": TEXTS}
for name, tokenizer in tokenizers.items():
    tokenizer.save(str(OUT / f"{name}.json"))
    all = [tokenizer.encode(text, add_special_tokens=False) for text in TEXTS]
    encoded[name] = [
        {"ids": one.ids, "tokens": one.tokens, "text": tokenizer.decode(one.ids)} for one in all
    ]
(OUT / "encoded.json").write_text(json.dumps(encoded, ensure_ascii=False) + "\n")
