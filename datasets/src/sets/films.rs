//! Films as Wikidata describes them.

use super::shipped;
use crate::card::{Column, Place};
use crate::delimited::{Format, Row, Rows};
use crate::{Card, DataError, Film};

pub(crate) static FILMS: Card = Card {
    name: "films-wikidata",
    about: "films of 1940 to 2014, who made them, genres, what critics thought",
    size: "17 472 × 12",
    reader: "datasets::films_wikidata()?, datasets::table(\"films-wikidata\")?",
    columns: &[
        Column::new("imdbID", "the film's name in IMDb"),
        Column::new("title", "its title"),
        Column::new("year", "when it came out"),
        Column::of("runtime", "how long it is", "minutes"),
        Column::new("genres", "joined by `, `"),
        Column::new("director", "who directed it, joined by `, `"),
        Column::new("actors", "who plays in it, joined by `, `"),
        Column::new("language", "joined by `, `"),
        Column::new("country", "joined by `, `"),
        Column::new("oscars", "how many it won"),
        Column::of("tomatometer", "how many critics liked it", "%"),
        Column::new("reviews", "how many critics wrote about it"),
    ],
    source: "Wikidata, by way of bokeh-sampledata 2026.1 (PyPI)",
    licence: "CC0 1.0",
    place: Place::Shipped("films-wikidata/films.csv.gz"),
};

/// 17 472 films of 1940 to 2014 with genres, directors, actors, languages, countries, length in minutes, Oscars, and the share of the
/// critics who liked it in percent: to recommend by content. Comes with the project, CC0; Wikidata as `bokeh-sampledata` (PyPI) packs it.
///
/// As a table: `table("films-wikidata")`.
///
/// ```
/// let films = ferrolab_datasets::films_wikidata()?;
/// let film = films.iter().find(|film| film.title == "12 Angry Men").unwrap();
/// assert_eq!((film.year, film.directors[0].as_str()), (Some(1957), "Sidney Lumet"));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn films_wikidata() -> Result<Vec<Film>, DataError> {
    let mut rows = Rows::open(&shipped(&FILMS)?, Format::Commas)?;
    let [id, title, year, runtime, genres, director, actors, language, country, oscars, tomatometer, reviews] =
        rows.columns([
            "imdbID",
            "title",
            "year",
            "runtime",
            "genres",
            "director",
            "actors",
            "language",
            "country",
            "oscars",
            "tomatometer",
            "reviews",
        ])?;
    let list = |row: &Row<'_>, column| -> Vec<String> {
        row.text(column).split(", ").filter(|name| !name.is_empty()).map(String::from).collect()
    };
    let mut films = Vec::new();
    while let Some(row) = rows.next()? {
        films.push(Film {
            id: row.text(id).into(),
            title: row.text(title).into(),
            year: row.optional(year, "a year")?,
            genres: list(&row, genres),
            directors: list(&row, director),
            actors: list(&row, actors),
            languages: list(&row, language),
            countries: list(&row, country),
            minutes: row.optional(runtime, "a number of minutes")?,
            oscars: row.optional(oscars, "a number of Oscars")?,
            tomatometer: row.optional(tomatometer, "a number of percent")?,
            reviews: row.optional(reviews, "a number of reviews")?,
        });
    }
    Ok(films)
}
