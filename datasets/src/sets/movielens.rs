//! MovieLens: ratings of films, in three editions.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use zip::ZipArchive;

use super::{broken, lenient, shipped};
use crate::card::{Column, Place};
use crate::delimited::{Format, Rows};
use crate::fetch::{self, fetched};
use crate::{Card, DataError, Film, Ratings, cache_folder};

const LICENCE: &str = "GroupLens: for research, not for commerce";

pub(crate) static SMALL: Card = Card {
    name: "movielens-small-2016",
    about: "ratings of films by people, up to October 2016",
    size: "100 004 ratings, 671 people, 9066 films",
    reader: "datasets::movielens_small()?",
    columns: &[
        Column::new("userId", "who"),
        Column::new("movieId", "which film"),
        Column::of("rating", "how good", "stars"),
        Column::of("timestamp", "when", "seconds since 1970"),
    ],
    source: "MovieLens (Harper & Konstan, 2015), by way of Debian r-cran-dslabs 0.7.4-1",
    licence: LICENCE,
    place: Place::Shipped("movielens-small-2016/ratings.csv.gz"),
};

pub(crate) static SMALL_FILMS: Card = Card {
    name: "movielens-small-2016-films",
    about: "the films that are rated in movielens-small-2016",
    size: "9066 × 4",
    reader: "datasets::table(\"movielens-small-2016-films\")?",
    columns: &[
        Column::new("movieId", "the film's number"),
        Column::new("title", "its title"),
        Column::new("year", "when it came out"),
        Column::new("genres", "joined by `|`"),
    ],
    place: Place::Shipped("movielens-small-2016/movies.csv.gz"),
    ..SMALL
};

pub(crate) static LATEST_SMALL: Card = Card {
    name: "movielens-small",
    about: fetch::MOVIELENS_SMALL.about,
    size: "100 836 ratings, 610 people, 9742 films",
    reader: "datasets::movielens_latest_small()?",
    columns: &[],
    source: "https://grouplens.org/datasets/movielens/",
    licence: LICENCE,
    place: Place::Download(&fetch::MOVIELENS_SMALL),
};

pub(crate) static HUNDRED_K: Card = Card {
    name: "movielens-100k",
    about: fetch::MOVIELENS_100K.about,
    size: "100 000 ratings, 943 people, 1682 films",
    reader: "datasets::movielens_100k()?",
    licence: fetch::MOVIELENS_100K.licence,
    place: Place::Download(&fetch::MOVIELENS_100K),
    ..LATEST_SMALL
};

/// 100 004 ratings (half a star to five) of 9066 films by 671 people, with title, year and genres of the films: MovieLens
/// "ml-latest-small", the edition of October 2016 (Harper and Konstan, 2015). Comes with the project.
///
/// **Not for commerce**: GroupLens allows use for research and passing on under the same conditions
/// (`movielens-small-2016/LICENSE-GroupLens.txt`).
///
/// ```
/// let data = ferrolab_datasets::movielens_small()?.split();
/// assert_eq!(data.train.len() + data.test.len(), 100_004);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if a file is gone, [`DataError::Format`] if one is damaged.
pub fn movielens_small() -> Result<Ratings, DataError> {
    let mut rows = Rows::open(&shipped(&SMALL_FILMS)?, Format::Commas)?;
    let [id, title, year, genres] = rows.columns(["movieId", "title", "year", "genres"])?;
    let mut films = Films::default();
    while let Some(row) = rows.next()? {
        let genres = row.text(genres).split('|').filter(|genre| !genre.starts_with('('));
        films.add(Film {
            id: row.text(id).into(),
            title: row.text(title).into(),
            year: row.optional(year, "a year")?,
            genres: genres.map(String::from).collect(),
            ..Film::default()
        });
    }
    let rows = Rows::open(&shipped(&SMALL)?, Format::Commas)?;
    read_ratings(rows, films, ["userId", "movieId", "rating", "timestamp"], &SMALL)
}

/// 100 836 ratings of 9742 films by 610 people, with title, year and genres: MovieLens "ml-latest-small" of 2018, from the user's cache
/// folder. The conditions of use are those of [`movielens_small`].
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("movielens-small")`, [`DataError::Format`] if the file is damaged.
pub fn movielens_latest_small() -> Result<Ratings, DataError> {
    latest_small(&fetched(&fetch::MOVIELENS_SMALL, &cache_folder()?, fetch::MOVIELENS_SMALL.files[0].file)?)
}

fn latest_small(archive: &Path) -> Result<Ratings, DataError> {
    let mut rows = table_in(archive, "ml-latest-small/movies.csv")?;
    let [id, title, genres] = rows.columns(["movieId", "title", "genres"])?;
    let mut films = Films::default();
    while let Some(row) = rows.next()? {
        let (title, year) = title_and_year(row.text(title));
        let genres = row.text(genres).split('|').filter(|genre| !genre.starts_with('('));
        let genres = genres.map(String::from).collect();
        films.add(Film { id: row.text(id).into(), title, year, genres, ..Film::default() });
    }
    let rows = table_in(archive, "ml-latest-small/ratings.csv")?;
    read_ratings(rows, films, ["userId", "movieId", "rating", "timestamp"], &LATEST_SMALL)
}

/// 100 000 ratings (one star to five) of 1682 films by 943 people: MovieLens "ml-100k" (1998), from the user's cache folder. It may not
/// be passed on.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("movielens-100k")`, [`DataError::Format`] if the file is damaged.
pub fn movielens_100k() -> Result<Ratings, DataError> {
    hundred_k(&fetched(&fetch::MOVIELENS_100K, &cache_folder()?, fetch::MOVIELENS_100K.files[0].file)?)
}

fn hundred_k(archive: &Path) -> Result<Ratings, DataError> {
    const GENRES: [&str; 19] = [
        "unknown",
        "Action",
        "Adventure",
        "Animation",
        "Children",
        "Comedy",
        "Crime",
        "Documentary",
        "Drama",
        "Fantasy",
        "Film-Noir",
        "Horror",
        "Musical",
        "Mystery",
        "Romance",
        "Sci-Fi",
        "Thriller",
        "War",
        "Western",
    ];
    let mut films = Films::default();
    // id | title (year) | release | video release | address | 19 flags of the genres
    for (number, line) in (1..).zip(lenient(unzip(archive, "ml-100k/u.item")?).lines()) {
        let fields: Vec<_> = line.split('|').collect();
        if fields.len() != 5 + GENRES.len() {
            let found = format!("{} in line {number} of u.item", fields.len());
            return Err(broken(archive, "24 values, set apart by `|`", found));
        }
        let (title, year) = title_and_year(fields[1]);
        let genres = GENRES.iter().zip(&fields[5..]).skip(1).filter(|(_, flag)| **flag == "1");
        let genres = genres.map(|(genre, _)| (*genre).into()).collect();
        films.add(Film { id: fields[0].into(), title, year, genres, ..Film::default() });
    }
    let columns = ["user", "item", "rating", "timestamp"];
    let origin = format!("{}: u.data", archive.display());
    let rows = Rows::without_header(unzip(archive, "ml-100k/u.data")?, Format::Tabs, origin, &columns);
    read_ratings(rows, films, columns, &HUNDRED_K)
}

/// Films, and which number in the list each one's id has.
#[derive(Default)]
struct Films {
    films: Vec<Film>,
    numbers: HashMap<String, usize>,
}

impl Films {
    fn add(&mut self, film: Film) {
        self.numbers.insert(film.id.clone(), self.films.len());
        self.films.push(film);
    }
}

/// The ratings, with people numbered in the order in which they come.
fn read_ratings(
    mut rows: Rows,
    films: Films,
    columns: [&str; 4],
    card: &'static Card,
) -> Result<Ratings, DataError> {
    let [user, film, stars, time] = rows.columns(columns)?;
    let mut users = HashMap::new();
    let mut ratings = Ratings {
        user: Vec::new(),
        film: Vec::new(),
        stars: Vec::new(),
        time: Vec::new(),
        users: 0,
        films: films.films,
        card: Some(card),
    };
    while let Some(row) = rows.next()? {
        let Some(&number) = films.numbers.get(row.text(film)) else {
            return Err(
                row.refuse("the number of a film in the list of films", &format!("`{}`", row.text(film)))
            );
        };
        let next = users.len();
        ratings.user.push(*users.entry(row.text(user).to_owned()).or_insert(next));
        ratings.film.push(number);
        ratings.stars.push(row.number(stars, "a number of stars")?);
        ratings.time.push(row.number(time, "a time in seconds since 1970")?);
    }
    ratings.users = users.len();
    Ok(ratings)
}

/// `Toy Story (1995)` as title and year; a title without a year is kept whole.
fn title_and_year(text: &str) -> (String, Option<u16>) {
    let text = text.trim();
    let parts = text.strip_suffix(')').and_then(|text| text.rsplit_once('('));
    match parts.and_then(|(title, year)| Some((title.trim_end(), year.parse().ok()?))) {
        Some((title, year)) => (title.into(), Some(year)),
        None => (text.into(), None),
    }
}

/// A CSV file in a zip archive.
fn table_in(archive: &Path, name: &str) -> Result<Rows, DataError> {
    Rows::of_bytes(unzip(archive, name)?, Format::Commas, format!("{}: {name}", archive.display()))
}

/// The content of a file in a zip archive.
fn unzip(archive: &Path, name: &str) -> Result<Vec<u8>, DataError> {
    let file = File::open(archive).map_err(DataError::io("open", archive))?;
    let expected = format!("a zip archive with `{name}`");
    let mut zip = ZipArchive::new(file).map_err(|error| broken(archive, &expected, error))?;
    let mut entry = zip.by_name(name).map_err(|error| broken(archive, &expected, error))?;
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|error| broken(archive, &expected, error))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut zip = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, content) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        file
    }

    #[test]
    fn titles_lose_their_year() {
        assert_eq!(title_and_year("Toy Story (1995)"), ("Toy Story".into(), Some(1995)));
        assert_eq!(title_and_year("M (a film) (1931) "), ("M (a film)".into(), Some(1931)));
        assert_eq!(title_and_year("Black Mirror"), ("Black Mirror".into(), None));
        assert_eq!(title_and_year("Nine (2)x)"), ("Nine (2)x)".into(), None));
    }

    #[test]
    fn the_edition_of_2018_is_read_from_its_archive() {
        let movies =
            "movieId,title,genres\n7,\"Postman, The (1994)\",Comedy|Drama\n9,Short,(no genres listed)\n";
        let ratings =
            "userId,movieId,rating,timestamp\n3,9,4.5,964982703\n1,7,3.0,964981247\n3,7,5.0,964982224\n";
        let files = [
            ("ml-latest-small/movies.csv", movies.as_bytes()),
            ("ml-latest-small/ratings.csv", ratings.as_bytes()),
        ];
        let data = latest_small(archive(&files).path()).unwrap();
        assert_eq!((data.user, data.film, data.stars), (vec![0, 1, 0], vec![1, 0, 0], vec![4.5, 3.0, 5.0]));
        assert_eq!((data.users, data.films[0].title.as_str()), (2, "Postman, The"));
        assert_eq!((data.films[0].genres.len(), data.films[1].genres.len()), (2, 0));
    }

    #[test]
    fn the_hundred_thousand_are_read_from_their_archive() {
        let item =
            [&b"2|Jour de f\xeate (1949)|01-Jan-1949||http://x|0|0|0|0|0|1"[..], &b"|0".repeat(13)].concat();
        let files: [(&str, &[u8]); 2] =
            [("ml-100k/u.item", &item), ("ml-100k/u.data", b"196\t2\t3\t881250949\n")];
        let data = hundred_k(archive(&files).path()).unwrap();
        assert_eq!((data.films[0].title.as_str(), data.films[0].year), ("Jour de fête", Some(1949)));
        assert_eq!(
            (data.films[0].genres.as_slice(), data.stars.as_slice()),
            (&["Comedy".to_owned()][..], &[3.0][..])
        );

        let files: [(&str, &[u8]); 2] =
            [("ml-100k/u.item", &item), ("ml-100k/u.data", b"196\t5\t3\t881250949\n")];
        let text = hundred_k(archive(&files).path()).unwrap_err().to_string();
        assert!(
            text.contains("u.data, line 1: expected the number of a film in the list of films, found `5`"),
            "{text}"
        );
    }

    #[test]
    fn a_damaged_archive_says_what_to_do() {
        let text = latest_small(archive(&[("other", b"")]).path()).unwrap_err().to_string();
        assert!(text.contains("expected a zip archive with `ml-latest-small/movies.csv`"), "{text}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "<html>").unwrap();
        let text = hundred_k(file.path()).unwrap_err().to_string();
        assert!(text.ends_with("delete the file and download it again"), "{text}");
    }
}
