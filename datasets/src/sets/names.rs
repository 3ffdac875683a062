//! Sentences with tagged names.

use super::shipped;
use crate::card::Place;
use crate::fetch::{self, fetched};
use crate::{Card, DataError, DevSplit, TaggedSentences, cache_folder, read_conll};

pub(crate) static NER_KJV: Card = Card {
    name: "ner-kjv",
    about: "persons, places and peoples in verses of the King James Version",
    size: "9291 + 1272 + 1744 verses",
    reader: "datasets::ner_kjv()?",
    columns: &[],
    source: "Debian sword-text-kjv 14.3-1; tags by rules from Strong's lexica, about 97 % right",
    licence: "public domain (in the United Kingdom printing needs the Crown's permission)",
    place: Place::Shipped("ner-kjv"),
};

pub(crate) static NER_KJV_NEW_BOOKS: Card = Card {
    name: "ner-kjv-new-books",
    about: "a harder test for ner-kjv: two books that it does not have, half of the names are new",
    size: "1092 verses",
    reader: "datasets::ner_kjv_new_books()?",
    ..NER_KJV
};

pub(crate) static WNUT17: Card = Card {
    name: "wnut17",
    about: fetch::WNUT17.about,
    size: "3394 + 1009 + 1287 posts",
    reader: "datasets::wnut17()?",
    columns: &[],
    source: "https://github.com/leondz/emerging_entities_17",
    licence: fetch::WNUT17.licence,
    place: Place::Download(&fetch::WNUT17),
};

const KJV: [&str; 3] = ["PER", "LOC", "GRP"];

/// 9291 verses to learn from, 1272 to choose with and 1744 to test with, in which persons (`PER`), places (`LOC`) and peoples (`GRP`)
/// are tagged: 17 narrative books of the King James Version, parted by chapter. Comes with the project, public domain; Debian's
/// `sword-text-kjv`, tagged by rules (`ner-kjv/SOURCE.md`).
///
/// ```
/// let data = ferrolab_datasets::ner_kjv()?;
/// assert_eq!(data.train.tags, ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-GRP", "I-GRP"]);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the files are gone, [`DataError::Format`] if one is damaged.
pub fn ner_kjv() -> Result<DevSplit<TaggedSentences>, DataError> {
    let part = |part: &str| kjv(part, &NER_KJV);
    Ok(DevSplit { train: part("train")?, dev: part("dev")?, test: part("test")? })
}

/// A harder test for what was learned from [`ner_kjv`]: the 1092 verses of Esther and Acts, which it has no chapter of. Nearly half of
/// the names are new.
///
/// # Errors
/// As [`ner_kjv`].
pub fn ner_kjv_new_books() -> Result<TaggedSentences, DataError> {
    kjv("test_newbooks", &NER_KJV_NEW_BOOKS)
}

fn kjv(part: &str, card: &'static Card) -> Result<TaggedSentences, DataError> {
    let mut sentences = read_conll(shipped(card)?.join(format!("kjv_ner_{part}.conll.gz")), &KJV)?;
    sentences.card = Some(card);
    Ok(sentences)
}

/// 3394 + 1009 + 1287 posts from the web with rare names of six kinds: WNUT-17 (Derczynski, Nichols, van Erp, Limsopatham, 2017), from
/// the user's cache folder. Some of the language is rude.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("wnut17")`, [`DataError::Format`] if a file is damaged.
pub fn wnut17() -> Result<DevSplit<TaggedSentences>, DataError> {
    const KINDS: [&str; 6] = ["person", "location", "group", "creative-work", "corporation", "product"];
    let root = cache_folder()?;
    let part = |number: usize| {
        let mut sentences =
            read_conll(fetched(&fetch::WNUT17, &root, fetch::WNUT17.files[number].file)?, &KINDS)?;
        sentences.card = Some(&WNUT17);
        Ok(sentences)
    };
    Ok(DevSplit { train: part(0)?, dev: part(1)?, test: part(2)? })
}
