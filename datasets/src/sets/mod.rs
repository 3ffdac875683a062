//! The data sets by name: those that come with the project, and those in the user's cache folder.

mod archive;
mod books;
mod films;
mod help;
mod movielens;
mod names;
mod newsgroups;
mod opinions;
mod pictures;
mod series;
mod spam;
mod tables;

use std::path::{Path, PathBuf};

pub use books::{emma, moby_dick, pride_and_prejudice};
pub use films::films_wikidata;
pub use help::{english_french, help_topics};
pub use movielens::{movielens_100k, movielens_latest_small, movielens_small};
pub use names::{ner_kjv, ner_kjv_new_books, wnut17};
pub use newsgroups::newsgroups20;
pub use opinions::{imdb, movie_reviews, vader_lexicon};
pub use pictures::{cifar10, clipart32, fashion_mnist, fashion_mnist_full, mnist};
pub use series::{airline_passengers, co2, nile, sunspots, sunspots_monthly};
pub use spam::spamassassin;
pub use tables::{
    arrests, auto_mpg, german_credit, hmda, iris, penguins, resume_names, seattle_weather, titanic,
};

use crate::{Card, DataError};

/// Every data set, those that come with the project first.
pub(crate) static ALL: &[&Card] = &[
    &tables::TITANIC,
    &tables::PENGUINS,
    &tables::IRIS,
    &tables::AUTO_MPG,
    &pictures::CLIPART32,
    &pictures::FASHION_MNIST,
    &pictures::PHOTOS,
    &pictures::EFFICIENTNET_LITE0,
    &series::SUNSPOTS,
    &series::SUNSPOTS_MONTHLY,
    &series::NILE,
    &series::AIRLINE_PASSENGERS,
    &series::CO2,
    &tables::SEATTLE_WEATHER,
    &books::PRIDE_AND_PREJUDICE,
    &books::EMMA,
    &books::MOBY_DICK,
    &spam::SPAMASSASSIN,
    &help::HELP_TOPICS,
    &opinions::MOVIE_REVIEWS,
    &opinions::VADER_LEXICON,
    &names::NER_KJV,
    &names::NER_KJV_NEW_BOOKS,
    &help::ENGLISH_FRENCH,
    &films::FILMS,
    &movielens::SMALL,
    &tables::GERMAN_CREDIT,
    &tables::HMDA,
    &tables::RESUME_NAMES,
    &tables::ARRESTS,
    &pictures::CIFAR10,
    &pictures::MNIST,
    &pictures::FASHION_MNIST_FULL,
    &opinions::IMDB,
    &newsgroups::NEWSGROUPS,
    &names::WNUT17,
    &movielens::LATEST_SMALL,
    &movielens::HUNDRED_K,
];

/// The sets whose file is a CSV table.
pub(crate) static TABLES: &[&Card] = &[
    &tables::TITANIC,
    &tables::PENGUINS,
    &tables::IRIS,
    &tables::AUTO_MPG,
    &tables::SEATTLE_WEATHER,
    &tables::GERMAN_CREDIT,
    &tables::HMDA,
    &tables::RESUME_NAMES,
    &tables::ARRESTS,
    &films::FILMS,
    &spam::SPAMASSASSIN,
    &opinions::MOVIE_REVIEWS,
    &movielens::SMALL,
    &movielens::SMALL_FILMS,
    &series::SUNSPOTS,
    &series::SUNSPOTS_MONTHLY,
    &series::NILE,
    &series::AIRLINE_PASSENGERS,
    &series::CO2,
];

/// The path of a set's file or folder in the project, if it is there.
fn shipped(card: &Card) -> Result<PathBuf, DataError> {
    let path = card.shipped_path().unwrap_or_default();
    if path.exists() { Ok(path) } else { Err(DataError::NotShipped { path }) }
}

/// Text of unknown origin: UTF-8 if it is that, otherwise Latin-1, in which every byte is a character.
fn lenient(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect())
}

/// The error for an archive that is damaged or of another kind.
fn broken(archive: &Path, expected: &str, found: impl ToString) -> DataError {
    DataError::Format {
        file: archive.display().to_string(),
        expected: expected.into(),
        found: found.to_string(),
        help: "delete the file and download it again".into(),
    }
}
