//! The text that `describe()` of a data set gives.

use std::fmt::{self, Write};

use crate::Card;

/// What is in a data set, for people: how many rows, which columns and classes, a few examples, source and licence.
///
/// Shows itself as the last expression of a cell and with `println!("{}", …)`.
///
/// ```
/// let text = ferrolab_datasets::spamassassin()?.describe().to_string();
/// assert!(text.contains("train      4456 texts") && text.contains("ham   "));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Description(String);

/// Longest example, in characters.
const EXAMPLE: usize = 88;
/// Longest bar beside a count, in characters.
const BAR: usize = 24;
/// Most classes that are listed.
const CLASSES: usize = 25;

impl Description {
    /// Starts with the card's headline, or with `otherwise` for data of the user's own.
    pub(crate) fn new(card: Option<&Card>, otherwise: &str) -> Self {
        Self(card.map_or_else(|| otherwise.into(), |card| format!("{}: {}", card.name, card.about)))
    }

    /// A line with a label.
    pub(crate) fn line(mut self, label: &str, text: &str) -> Self {
        let _ = write!(self.0, "\n{label:10} {text}");
        self
    }

    /// How often each class comes, with its share as a bar.
    pub(crate) fn counts<'a>(mut self, counts: impl IntoIterator<Item = (&'a str, usize)>) -> Self {
        let counts: Vec<_> = counts.into_iter().collect();
        let total = counts.iter().map(|(_, count)| count).sum::<usize>().max(1);
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
        let width = counts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, count) in counts.iter().take(CLASSES) {
            let percent = 100.0 * *count as f64 / total as f64;
            let bar = "█".repeat((BAR * count).div_ceil(most));
            let _ = write!(self.0, "\n             {name:width$} {count:7} {percent:3.0} %  {bar}");
        }
        if counts.len() > CLASSES {
            let _ = write!(self.0, "\n             … and {} more", counts.len() - CLASSES);
        }
        self
    }

    /// A row of the set, cut to one line.
    pub(crate) fn example(mut self, label: &str, text: &str) -> Self {
        let _ = write!(self.0, "\n             {}", shortened(&format!("{label}{text}")));
        self
    }

    /// Where the data are from and what one may do with them.
    pub(crate) fn card(self, card: Option<&Card>) -> Self {
        match card {
            Some(card) => self.line("source", card.source).line("licence", card.licence),
            None => self,
        }
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same text: cells show values by `Debug`.
impl fmt::Debug for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text on one line, cut with a mark where it is too long.
fn shortened(text: &str) -> String {
    let mut words = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if let Some((end, _)) = words.char_indices().nth(EXAMPLE) {
            words.truncate(end);
            words.push('…');
            break;
        }
    }
    words
}

/// `smallest to largest, median m` of some sizes.
pub(crate) fn spread(sizes: impl IntoIterator<Item = usize>) -> String {
    let mut sizes: Vec<_> = sizes.into_iter().collect();
    sizes.sort_unstable();
    match (sizes.first(), sizes.last()) {
        (Some(first), Some(last)) => format!("{first} to {last}, median {}", sizes[sizes.len() / 2]),
        _ => "none".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_keeps_to_one_line() {
        let text = Description::new(None, "mine").example("a  ", &"ä\n".repeat(100)).to_string();
        assert_eq!(text.lines().count(), 2);
        assert!(text.ends_with('…'), "{text}");
    }

    #[test]
    fn counts_have_their_share_and_a_bar() {
        let text = Description::new(None, "mine").counts([("a", 1), ("bb", 3)]).to_string();
        assert_eq!(
            text,
            "mine\n             a        1  25 %  ████████\n             bb       3  75 %  ████████████████████████"
        );
    }

    #[test]
    fn a_spread_of_nothing_is_no_panic() {
        assert_eq!((spread([]), spread([3, 1, 2])), ("none".into(), "1 to 3, median 2".into()));
    }
}
