//! What people think: film reviews, and words with a rating.

use std::path::Path;

use super::{archive, lenient, shipped};
use crate::card::{Column, Place};
use crate::fetch::{self, fetched};
use crate::{Card, DataError, Lexicon, Split, TextSet, cache_folder, lexicon, read_texts};

pub(crate) static MOVIE_REVIEWS: Card = Card {
    name: "movie-reviews",
    about: "sentences of film reviews, positive or negative",
    size: "8453 + 2113 texts, 2 classes",
    reader: "datasets::movie_reviews()?",
    columns: &[
        Column::new("id", "the sentence's number at its source"),
        Column::new("rating", "mean of some twenty people's ratings, -4 very negative, 4 very positive"),
        Column::new("sentiment", "positive if the rating is above 0"),
        Column::new("text", "the sentence"),
    ],
    source: "Pang & Lee, 2005, rated for Hutto & Gilbert, 2014, by way of vaderSentiment 3.3.2 (PyPI)",
    licence: "ratings MIT, © 2016 C.J. Hutto; sentences CC BY 4.0, © 2005 Bo Pang and Lillian Lee",
    place: Place::Shipped("movie-reviews/reviews.csv.gz"),
};

pub(crate) static VADER_LEXICON: Card = Card {
    name: "vader-lexicon",
    about: "how positive or negative words and smileys are",
    size: "7506 words",
    reader: "datasets::vader_lexicon()?",
    columns: &[],
    source: "Hutto & Gilbert, 2014, by way of vaderSentiment 3.3.2 (PyPI)",
    licence: "MIT, © 2016 C.J. Hutto",
    place: Place::Shipped("vader-lexicon/vader_lexicon.tsv.gz"),
};

pub(crate) static IMDB: Card = Card {
    name: "imdb",
    about: fetch::IMDB.about,
    size: "25 000 + 25 000 texts, 2 classes",
    reader: "datasets::imdb()?",
    columns: &[],
    source: "https://ai.stanford.edu/~amaas/data/sentiment/",
    licence: fetch::IMDB.licence,
    place: Place::Download(&fetch::IMDB),
};

/// 10 566 sentences of film reviews, negative (label 0) or positive (1); every fifth is the test part. Comes with the project: the
/// sentences CC BY 4.0 (Pang and Lee, 2005), the ratings that the classes follow from MIT (Hutto and Gilbert, 2014).
///
/// With the ratings, from -4 to 4: `table("movie-reviews")`. Whole reviews, 50 000 of them: [`imdb`].
///
/// ```
/// let data = ferrolab_datasets::movie_reviews()?;
/// assert_eq!((data.train.len(), data.test.len()), (8453, 2113));
/// assert_eq!(data.train.classes, ["negative", "positive"]);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn movie_reviews() -> Result<Split<TextSet>, DataError> {
    let mut reviews = read_texts(shipped(&MOVIE_REVIEWS)?, "text", "sentiment")?;
    reviews.card = Some(&MOVIE_REVIEWS);
    Ok(reviews.split())
}

/// How positive or negative 7506 words and smileys are, from -4 to 4: the mean of ten people's ratings. Comes with the project, MIT;
/// the lexicon of VADER (Hutto and Gilbert, 2014).
///
/// ```
/// let lexicon = ferrolab_datasets::vader_lexicon()?;
/// assert!(lexicon.sum("A great cast, lovely pictures!") > lexicon.sum("Boring and stupid."));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn vader_lexicon() -> Result<Lexicon, DataError> {
    let mut lexicon = lexicon::read(&shipped(&VADER_LEXICON)?)?;
    lexicon.card = Some(&VADER_LEXICON);
    Ok(lexicon)
}

/// 25 000 + 25 000 whole film reviews, negative (label 0) or positive (1): the Large Movie Review Dataset (Maas et al., 2011), from the
/// user's cache folder. No film has reviews in both parts.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("imdb")`, [`DataError::Format`] if the file is damaged.
pub fn imdb() -> Result<Split<TextSet>, DataError> {
    read_imdb(&fetched(&fetch::IMDB, &cache_folder()?, fetch::IMDB.files[0].file)?)
}

fn read_imdb(path: &Path) -> Result<Split<TextSet>, DataError> {
    // aclImdb/train/pos/4715_9.txt; aclImdb/train/unsup has reviews without a label.
    let rows = archive::texts(path, |folders| match folders {
        ["aclImdb", part @ ("train" | "test"), "neg", _] => Some((*part == "train", "negative".into())),
        ["aclImdb", part @ ("train" | "test"), "pos", _] => Some((*part == "train", "positive".into())),
        _ => None,
    })?;
    archive::split(path, rows, &IMDB, |review| lenient(review).replace("<br />", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::archive::packed;

    #[test]
    fn reviews_are_read_by_part_and_opinion() {
        let file = packed(&[
            ("aclImdb/README", b"about"),
            ("aclImdb/train/pos/0_9.txt", b"Good.<br /><br />Very."),
            ("aclImdb/train/unsup/0_0.txt", b"Who knows."),
            ("aclImdb/train/neg/0_3.txt", b"Bad."),
            ("aclImdb/test/pos/0_10.txt", "Très bon.".as_bytes()),
            ("aclImdb/test/urls_pos.txt", b"http"),
        ]);
        let data = read_imdb(file.path()).unwrap();
        assert_eq!(
            (data.train.texts, data.train.labels),
            (vec!["Bad.".into(), "Good.\n\nVery.".to_owned()], vec![0, 1])
        );
        assert_eq!((data.test.texts, data.test.labels), (vec!["Très bon.".to_owned()], vec![1]));
        assert_eq!(data.test.classes, ["negative", "positive"]);
    }

    #[test]
    fn a_cut_off_archive_says_what_to_do() {
        let file = packed(&[("aclImdb/train/pos/0_9.txt", &[b'x'; 9000])]);
        let bytes = std::fs::read(file.path()).unwrap();
        std::fs::write(file.path(), &bytes[..bytes.len() / 2]).unwrap();
        let text = read_imdb(file.path()).unwrap_err().to_string();
        assert!(
            text.contains("expected a gzipped tar archive") && text.ends_with("download it again"),
            "{text}"
        );
    }
}
