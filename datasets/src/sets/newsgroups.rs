//! 20 Newsgroups: posts by topic.

use std::path::Path;

use super::{archive, lenient};
use crate::card::Place;
use crate::fetch::{self, fetched};
use crate::{Card, DataError, Split, TextSet, cache_folder};

pub(crate) static NEWSGROUPS: Card = Card {
    name: "newsgroups20",
    about: fetch::NEWSGROUPS.about,
    size: "11 314 + 7532 posts, 20 classes",
    reader: "datasets::newsgroups20()?",
    columns: &[],
    source: "http://qwone.com/~jason/20Newsgroups/, the version “by date”",
    licence: fetch::NEWSGROUPS.licence,
    place: Place::Download(&fetch::NEWSGROUPS),
};

/// 11 314 + 7532 posts to 20 newsgroups (Ken Lang, 1995), the test part later than the training part, from the user's cache folder.
///
/// A text is the body of the post: the header, which often names the group, is left out. Quotations and signatures are still in it.
///
/// # Errors
/// [`DataError::NotDownloaded`] before the first `fetch("newsgroups20")`, [`DataError::Format`] if the file is damaged.
pub fn newsgroups20() -> Result<Split<TextSet>, DataError> {
    read(&fetched(&fetch::NEWSGROUPS, &cache_folder()?, fetch::NEWSGROUPS.files[0].file)?)
}

fn read(path: &Path) -> Result<Split<TextSet>, DataError> {
    // 20news-bydate-train/sci.space/60862
    let rows = archive::texts(path, |folders| match folders {
        [part, group, _] if part.starts_with("20news-bydate-") => {
            Some((part.ends_with("-train"), (*group).into()))
        }
        _ => None,
    })?;
    archive::split(path, rows, &NEWSGROUPS, |post| {
        let post = lenient(post);
        post.split_once("\n\n").map_or_else(String::new, |(_, body)| body.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::archive::packed;

    #[test]
    fn posts_are_read_by_part_group_and_number() {
        let file = packed(&[
            ("20news-bydate-test/sci.space/3", b"Subject: moon\nLines: 1\n\nIn orbit.\n\nBye"),
            ("20news-bydate-train/sci.space/2", b"Subject: b\n\nSecond"),
            ("20news-bydate-train/sci.space/1", b"Subject: a\n\nCaf\xe9"),
            ("20news-bydate-train/rec.autos/9", b"Subject: c\n\nWheels"),
        ]);
        let data = read(file.path()).unwrap();
        assert_eq!(data.train.classes, ["rec.autos", "sci.space"]);
        assert_eq!(data.train.texts, ["Wheels", "Café", "Second"]);
        assert_eq!((data.train.labels, data.test.labels), (vec![0, 1, 1], vec![1]));
        assert_eq!(data.test.texts, ["In orbit.\n\nBye"]);
    }

    #[test]
    fn an_archive_without_a_part_is_refused() {
        let file = packed(&[("20news-bydate-train/sci.space/2", b"x\n\ny")]);
        let text = read(file.path()).unwrap_err().to_string();
        assert!(text.contains("expected texts for training and for testing, found 1 and 0"), "{text}");
    }
}
