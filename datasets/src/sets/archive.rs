//! Reads data sets that are a tar archive with one small file for each text.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::broken;
use crate::{Card, DataError, Split, TextSet};

/// A text of the archive.
pub(super) struct Text {
    /// For training, or for testing.
    train: bool,
    class: String,
    /// Its place in the archive: texts are sorted by it.
    path: String,
    content: Vec<u8>,
}

/// The files that `place` takes: it is given the folders and the name, and says the part (`true`: training) and the class.
pub(super) fn texts(
    archive: &Path,
    place: impl Fn(&[&str]) -> Option<(bool, String)>,
) -> Result<Vec<Text>, DataError> {
    let damaged = |error: std::io::Error| broken(archive, "a gzipped tar archive", error);
    let file = File::open(archive).map_err(DataError::io("open", archive))?;
    let mut tar = tar::Archive::new(GzDecoder::new(BufReader::with_capacity(1 << 16, file)));
    let mut texts = Vec::new();
    for entry in tar.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path().map_err(damaged)?.to_string_lossy().into_owned();
        let parts: Vec<_> = path.split('/').filter(|part| *part != ".").collect();
        if let Some((train, class)) = place(&parts) {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(damaged)?;
            texts.push(Text { train, class, path, content });
        }
    }
    texts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(texts)
}

/// The texts as a training and a test part; `decode` makes characters of bytes.
pub(super) fn split(
    archive: &Path,
    texts: Vec<Text>,
    card: &'static Card,
    decode: impl Fn(Vec<u8>) -> String,
) -> Result<Split<TextSet>, DataError> {
    let train: Vec<usize> = (0..texts.len()).filter(|&row| texts[row].train).collect();
    let test: Vec<usize> = (0..texts.len()).filter(|&row| !texts[row].train).collect();
    if train.is_empty() || test.is_empty() {
        let found = format!("{} and {}", train.len(), test.len());
        return Err(broken(archive, "texts for training and for testing", found));
    }
    // One list of classes for both parts.
    let mut all =
        TextSet::from_named(texts.into_iter().map(|text| (text.class, decode(text.content))).collect());
    all.card = Some(card);
    Ok(Split { train: all.subset(&train), test: all.subset(&test) })
}

/// A gzipped tar archive of these files.
#[cfg(test)]
pub(super) fn packed(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let encoder = flate2::write::GzEncoder::new(file.reopen().unwrap(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(encoder);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
    file
}
