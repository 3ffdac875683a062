//! The list of all data sets.

use std::fmt;

use crate::Card;
use crate::card::Place;
use crate::sets::ALL;

/// Every data set: what it is, how large, how to read it, whether it is on this machine.
///
/// Shows itself as the last expression of a cell and with `println!("{}", …)`.
#[derive(Clone, Copy)]
pub struct List(&'static [&'static Card]);

/// All data sets, those that come with the project first.
///
/// ```
/// let list = ferrolab_datasets::list();
/// assert!(list.to_string().contains("datasets::titanic()?"));
/// assert!(list.cards().all(|card| !card.licence.is_empty()));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
pub fn list() -> List {
    List(ALL)
}

impl List {
    /// What is known of each.
    pub fn cards(&self) -> impl ExactSizeIterator<Item = &'static Card> {
        self.0.iter().copied()
    }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Come with the project:")?;
        for card in self.cards().filter(|card| matches!(card.place, Place::Shipped(_))) {
            entry(f, card, "")?;
        }
        f.write_str("\nAre downloaded once, with datasets::fetch(\"NAME\")?:")?;
        for card in self.cards() {
            match card.place {
                Place::Download(_) if card.is_here() => entry(f, card, "; on this machine")?,
                Place::Download(set) => {
                    entry(f, card, &format!("; {} MB to download", set.bytes().div_ceil(1_000_000)))?;
                }
                Place::Shipped(_) => {}
            }
        }
        Ok(())
    }
}

fn entry(f: &mut fmt::Formatter<'_>, card: &Card, here: &str) -> fmt::Result {
    let Card { name, about, size, reader, licence, .. } = card;
    write!(f, "\n  {name:22} {about} ({size})\n  {:22} {reader}   licence: {licence}{here}", "")
}

/// The same text: cells show values by `Debug`.
impl fmt::Debug for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
