//! Readers and downloads of the data sets that the ferrolab course uses: plain values in memory, no tensors.
//!
//! [`list`] shows all of them. Some come with the project and are read at once: pictures ([`clipart32`], [`fashion_mnist`],
//! [`photos`]), a network that knows what is on them ([`efficientnet_lite0`]), tables
//! ([`titanic`], [`penguins`] …), time series ([`sunspots`] …), books ([`pride_and_prejudice`] …), mails and opinions ([`spamassassin`],
//! [`movie_reviews`]), topics ([`help_topics`]), names in sentences ([`ner_kjv`]), translations ([`english_french`]), films and ratings
//! ([`films_wikidata`], [`movielens_small`]). What they return says by `describe()` what is in it, where it is from and who may use it:
//!
//! ```
//! use ferrolab_datasets as datasets;
//!
//! let mails = datasets::spamassassin()?;
//! println!("{}", mails.describe());
//! println!("{} is {}", mails.train.texts[0], mails.train.class_name(0));
//! # Ok::<(), datasets::DataError>(())
//! ```
//!
//! The large public ones are downloaded once, when asked for, into the user's cache folder, and read from there without a network:
//!
//! ```no_run
//! use ferrolab_datasets as datasets;
//!
//! datasets::fetch("cifar10")?;
//! let data = datasets::cifar10()?;
//! println!("{:?}, the first is a {}", data.train, data.train.class_name(0));
//! # Ok::<(), datasets::DataError>(())
//! ```
//!
//! Own files in the same formats are read by [`cifar10::read_folder`](mod@cifar10), [`idx::read_images`], [`read_texts`],
//! [`read_conll`] and [`read_series`]; any file with a known sha256 sum is fetched by [`download()`].

mod book;
mod card;
pub mod cifar10;
mod delimited;
mod describe;
mod error;
mod fetch;
mod folders;
mod gz;
pub mod idx;
mod image_set;
mod lexicon;
mod list;
mod photos;
mod ratings;
mod sentence_pairs;
mod series;
mod sets;
mod split;
mod table;
mod tagged;
mod text_set;

pub use book::Book;
pub use card::{Card, Column, Place};
pub use describe::Description;
pub use error::DataError;
pub use fetch::{CATALOG, DataSet, OnProgress, Progress, Remote, download, fetch, fetch_with, sha256};
pub use folders::{cache_folder, path};
pub use image_set::ImageSet;
pub use lexicon::Lexicon;
pub use list::{List, list};
pub use photos::{efficientnet_lite0, photo, photos};
pub use ratings::{Film, Ratings};
pub use sentence_pairs::SentencePairs;
pub use series::{Series, read_series};
pub use sets::{
    airline_passengers, arrests, auto_mpg, cifar10, clipart32, co2, emma, english_french, fashion_mnist,
    fashion_mnist_full, films_wikidata, german_credit, help_topics, hmda, imdb, iris, mnist, moby_dick,
    movie_reviews, movielens_100k, movielens_latest_small, movielens_small, ner_kjv, ner_kjv_new_books,
    newsgroups20, nile, penguins, pride_and_prejudice, resume_names, seattle_weather, spamassassin, sunspots,
    sunspots_monthly, titanic, vader_lexicon, wnut17,
};
pub use split::{DevSplit, Split};
pub use table::{Table, table};
pub use tagged::{Entity, TaggedSentence, TaggedSentences, read_conll};
pub use text_set::{TextSet, read_texts};
