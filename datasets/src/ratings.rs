//! Who likes which film how much: `Ratings`, and `Film`.

use std::fmt;

use crate::describe::Description;
use crate::{Card, Split};

/// Ratings of films by people.
///
/// People and films have numbers without gaps, as embeddings want them: a person is an index below `users`, a film an index into
/// `films`.
///
/// ```
/// let data = ferrolab_datasets::movielens_small()?;
/// assert_eq!((data.len(), data.users, data.films.len()), (100_004, 671, 9066));
/// assert_eq!(data.films[data.film[0]].title, "Antz");
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Ratings {
    /// Who rated.
    pub user: Vec<usize>,
    /// Which film.
    pub film: Vec<usize>,
    /// How many stars, 0.5 to 5.
    pub stars: Vec<f32>,
    /// When, in seconds since 1970.
    pub time: Vec<i64>,
    /// Number of people.
    pub users: usize,
    /// The films.
    pub films: Vec<Film>,
    /// Which set it is.
    pub card: Option<&'static Card>,
}

/// What is known of a film. A list is empty where nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Film {
    /// Its number or name in the set that it is from.
    pub id: String,
    /// Its title; `""` where it is not known.
    pub title: String,
    /// The year when it came out.
    pub year: Option<u16>,
    /// Drama, Comedy …
    pub genres: Vec<String>,
    /// Who directed it.
    pub directors: Vec<String>,
    /// Who plays in it.
    pub actors: Vec<String>,
    /// In which languages.
    pub languages: Vec<String>,
    /// From which countries.
    pub countries: Vec<String>,
    /// How long it is, in minutes.
    pub minutes: Option<f32>,
    /// How many Oscars it won.
    pub oscars: Option<u32>,
    /// How many percent of the critics liked it.
    pub tomatometer: Option<f32>,
    /// How many critics wrote about it.
    pub reviews: Option<f32>,
}

impl Ratings {
    /// Number of ratings.
    pub fn len(&self) -> usize {
        self.stars.len()
    }

    /// Whether there is no rating.
    pub fn is_empty(&self) -> bool {
        self.stars.is_empty()
    }

    /// The latest fifth of each person's ratings for testing, the earlier ones for training: the task is to foresee. Of ratings of
    /// the same second the one that comes first in the set is the earlier.
    pub fn split(&self) -> Split<Self> {
        let mut of_user = vec![Vec::new(); self.users];
        for (row, &user) in self.user.iter().enumerate() {
            of_user[user].push(row);
        }
        let mut parts = Split { train: Vec::new(), test: Vec::new() };
        for mut rows in of_user {
            rows.sort_by_key(|&row| self.time[row]);
            let latest = rows.split_off(rows.len() - rows.len() / 5);
            parts.train.extend(rows);
            parts.test.extend(latest);
        }
        parts.map(|rows| self.pick(&rows))
    }

    fn pick(&self, rows: &[usize]) -> Self {
        Self {
            user: rows.iter().map(|&row| self.user[row]).collect(),
            film: rows.iter().map(|&row| self.film[row]).collect(),
            stars: rows.iter().map(|&row| self.stars[row]).collect(),
            time: rows.iter().map(|&row| self.time[row]).collect(),
            users: self.users,
            films: self.films.clone(),
            card: self.card,
        }
    }

    /// What is in the set, for people.
    pub fn describe(&self) -> Description {
        let filled = 100.0 * self.len() as f64 / (self.users * self.films.len()).max(1) as f64;
        let rows = format!(
            "{} ratings of {} films by {} people, {filled:.1} % of all pairs; stars:",
            self.len(),
            self.films.len(),
            self.users
        );
        let mut steps: Vec<_> = self.stars.iter().map(|&stars| (2.0 * stars) as u32).collect();
        steps.sort_unstable();
        let counts: Vec<_> = steps
            .chunk_by(|a, b| a == b)
            .map(|same| (format!("{:.1}", f64::from(same[0]) / 2.0), same.len()))
            .collect();
        let mut text = Description::new(self.card, "ratings of films")
            .line("rows", &rows)
            .counts(counts.iter().map(|(stars, count)| (stars.as_str(), *count)));
        for row in 0..self.len().min(3) {
            let film = &self.films[self.film[row]];
            text = text.example(
                "",
                &format!(
                    "person {}: {} for {} {:?}",
                    self.user[row], self.stars[row], film.title, film.genres
                ),
            );
        }
        text.card(self.card)
    }
}

/// A summary, not the ratings: `Ratings(100004 by 671 people of 9066 films)`.
impl fmt::Debug for Ratings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ratings({} by {} people of {} films)", self.len(), self.users, self.films.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_fifth_of_each_person_is_for_testing() {
        let ratings = Ratings {
            user: vec![0, 1, 0, 0, 0, 0, 1],
            film: vec![0, 0, 1, 2, 3, 4, 1],
            stars: vec![1.0, 2.0, 3.0, 4.0, 5.0, 0.5, 1.5],
            time: vec![50, 9, 10, 50, 20, 30, 3],
            users: 2,
            films: vec![Film::default(); 5],
            card: None,
        };
        let Split { train, test } = ratings.split();
        assert_eq!((test.user, test.film, test.stars, test.time), (vec![0], vec![2], vec![4.0], vec![50]));
        assert_eq!((train.user, train.film), (vec![0, 0, 0, 0, 1, 1], vec![1, 3, 4, 0, 1, 0]));
    }
}
