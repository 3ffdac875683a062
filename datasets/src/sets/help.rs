//! The help of LibreOffice in two languages: sentences to translate, and pages by topic.

use super::shipped;
use crate::card::Place;
use crate::delimited::{Format, Rows};
use crate::split::every_fifth;
use crate::{Card, DataError, SentencePairs, Split, TextSet};

const FILE: Place = Place::Shipped("mt-libreoffice/libreoffice_en_fr.tsv.gz");
const SOURCE: &str =
    "LibreOffice 7.4.7 help, by way of Debian libreoffice-help-en-us and -fr; translated by people";
const LICENCE: &str = "MPL 2.0, © the LibreOffice contributors";

pub(crate) static ENGLISH_FRENCH: Card = Card {
    name: "mt-libreoffice",
    about: "sentences of LibreOffice's help in English and French",
    size: "36 209 sentence pairs",
    reader: "datasets::english_french()?",
    columns: &[],
    source: SOURCE,
    licence: LICENCE,
    place: FILE,
};

pub(crate) static HELP_TOPICS: Card = Card {
    name: "help-topics",
    about: "pages of LibreOffice's help by the program that they are about",
    size: "1574 texts, 8 classes",
    reader: "datasets::help_topics()?",
    columns: &[],
    source: SOURCE,
    licence: LICENCE,
    place: FILE,
};

/// The first folders of the pages that are about one program, and its name; in the order of the folders.
const PROGRAMS: [(&str, &str); 8] = [
    ("sbasic", "Basic"),
    ("scalc", "Calc"),
    ("schart", "Chart"),
    ("sdatabase", "Base"),
    ("sdraw", "Draw"),
    ("simpress", "Impress"),
    ("smath", "Math"),
    ("swriter", "Writer"),
];

/// A page with its sentences, in the order of the file.
struct Page {
    path: String,
    english: Vec<String>,
    french: Vec<String>,
}

/// 36 209 English sentences of 2 to 30 words with their French translations, from LibreOffice's help. Comes with the project, MPL 2.0;
/// Debian's packages of LibreOffice 7.4.7.
///
/// Every fifth page is the test part, so that no page has sentences in both. `up_to_words` makes the short variant:
///
/// ```
/// let short = ferrolab_datasets::english_french()?.map(|pairs| pairs.up_to_words(8));
/// assert_eq!(short.train.languages, ["English", "French"]);
/// assert!(short.train.len() > 5000);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn english_french() -> Result<Split<SentencePairs>, DataError> {
    let pages = pages()?;
    Ok(every_fifth(pages.len()).map(|numbers| {
        let of = |side: fn(&Page) -> &Vec<String>| {
            numbers.iter().flat_map(|&page| side(&pages[page]).clone()).collect()
        };
        SentencePairs {
            source: of(|page| &page.english),
            target: of(|page| &page.french),
            languages: ["English", "French"],
            card: Some(&ENGLISH_FRENCH),
        }
    }))
}

/// 1574 pages of LibreOffice's help in English, each about one of eight programs: Basic, Calc, Chart, Base, Draw, Impress, Math, Writer.
/// A text is the page's sentences, joined by spaces; pages about all programs are left out. Every fifth page is the test part.
/// Comes with the project, MPL 2.0.
///
/// ```
/// let data = ferrolab_datasets::help_topics()?;
/// assert_eq!((data.train.len(), data.test.len()), (1260, 314));
/// assert_eq!(data.train.classes[1], "Calc");
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn help_topics() -> Result<Split<TextSet>, DataError> {
    let (mut texts, mut labels) = (Vec::new(), Vec::new());
    for page in pages()? {
        let folder = page.path.split('/').next();
        if let Some(program) = PROGRAMS.iter().position(|(name, _)| Some(*name) == folder) {
            texts.push(page.english.join(" "));
            labels.push(program);
        }
    }
    let mut set = TextSet::new(texts, labels, PROGRAMS.map(|(_, name)| name.into()).to_vec())?;
    set.card = Some(&HELP_TOPICS);
    Ok(set.split())
}

/// The pages of the file; the sentences of a page stand together.
fn pages() -> Result<Vec<Page>, DataError> {
    let mut rows = Rows::open(&shipped(&ENGLISH_FRENCH)?, Format::Tabs)?;
    let [english, french, path] = rows.columns(["en", "fr", "page"])?;
    let mut pages: Vec<Page> = Vec::new();
    while let Some(row) = rows.next()? {
        let path = row.text(path);
        if pages.last().is_none_or(|page| page.path != path) {
            pages.push(Page { path: path.into(), english: Vec::new(), french: Vec::new() });
        }
        if let Some(page) = pages.last_mut() {
            page.english.push(row.text(english).into());
            page.french.push(row.text(french).into());
        }
    }
    Ok(pages)
}
