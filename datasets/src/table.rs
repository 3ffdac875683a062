//! Tables for polars and other readers of CSV: `Table`, the path of a file with what its columns mean.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::delimited::{Format, Rows};
use crate::describe::Description;
use crate::error::REPLACE;
use crate::sets::TABLES;
use crate::{Card, DataError, cache_folder};

/// A CSV file on this machine, UTF-8 with a header line, an empty field where a value is missing.
///
/// It can stand wherever a path is wanted; in a notebook, `read_csv(datasets::titanic()?)?` makes a data frame of it.
///
/// ```
/// let titanic = ferrolab_datasets::titanic()?;
/// assert!(std::fs::read_to_string(&titanic)?.starts_with("pclass,survived,name,"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Table {
    /// Where the file is.
    pub path: PathBuf,
    /// What it is and what its columns mean.
    pub card: &'static Card,
}

impl AsRef<Path> for Table {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// The table `name`, one of those that [`list`](crate::list) shows with `datasets::table("…")?`, or any with a reader of its own.
///
/// A table that is packed in the project is unpacked into the user's cache folder first, once.
///
/// ```
/// let films = ferrolab_datasets::table("films-wikidata")?;
/// assert!(films.path.ends_with("films.csv"));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::UnknownTable`], [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is packed and damaged,
/// [`DataError::Io`] if the cache folder cannot be written.
pub fn table(name: &str) -> Result<Table, DataError> {
    match TABLES.iter().find(|card| card.name == name) {
        Some(card) => Table::open(card),
        None => {
            let known: Vec<_> = TABLES.iter().map(|card| card.name).collect();
            Err(DataError::UnknownTable { name: name.into(), known: known.join(", ") })
        }
    }
}

impl Table {
    pub(crate) fn open(card: &'static Card) -> Result<Self, DataError> {
        let source = card.shipped_path().unwrap_or_default();
        if !source.is_file() {
            return Err(DataError::NotShipped { path: source });
        }
        if source.extension().is_none_or(|ending| ending != "gz") {
            return Ok(Self { path: source, card });
        }
        Ok(Self { path: unpack(&source, &cache_folder()?.join("unpacked"))?, card })
    }

    /// What is in the table, for people: each column with its meaning, how many values are missing, and its range or values.
    ///
    /// ```
    /// let text = ferrolab_datasets::titanic()?.describe()?.to_string();
    /// assert!(text.contains("age") && text.contains("263 missing"));
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Io`] or, with the line, [`DataError::Format`].
    pub fn describe(&self) -> Result<Description, DataError> {
        let mut rows = Rows::open(&self.path, Format::Commas)?;
        let mut columns: Vec<Values> = rows.header().iter().map(|name| Values::new(name)).collect();
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            columns.iter_mut().zip(row.values()).for_each(|(column, value)| column.add(value));
        }
        let width = columns.iter().map(|column| column.name.len()).max().unwrap_or(0);
        let mut text = Description::new(Some(self.card), "")
            .line("rows", &format!("{count} rows, {} columns", columns.len()));
        for column in &columns {
            let known = self.card.columns.iter().find(|known| known.name == column.name);
            let unit = known
                .filter(|known| !known.unit.is_empty())
                .map_or_else(String::new, |known| format!(", {}", known.unit));
            let about = known.map_or("", |known| known.about);
            text = text.line("", &format!("{:width$}  {about}{unit}: {}", column.name, column.summary()));
        }
        Ok(text.card(Some(self.card)))
    }
}

/// What a column holds.
struct Values {
    name: String,
    missing: usize,
    /// Smallest and largest, while all values are numbers.
    range: Option<(f64, f64)>,
    /// Up to one more than are shown.
    distinct: BTreeSet<String>,
}

/// Most distinct values that are shown one by one.
const SHOWN: usize = 6;

impl Values {
    fn new(name: &str) -> Self {
        let range = Some((f64::INFINITY, f64::NEG_INFINITY));
        Self { name: name.into(), missing: 0, range, distinct: BTreeSet::new() }
    }

    fn add(&mut self, value: &str) {
        if value.is_empty() {
            self.missing += 1;
            return;
        }
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
        self.range = self.range.zip(number).map(|((low, high), number)| (low.min(number), high.max(number)));
        if self.distinct.len() <= SHOWN {
            self.distinct.insert(value.into());
        }
    }

    fn summary(&self) -> String {
        let values: Vec<_> = self.distinct.iter().map(String::as_str).collect();
        let text = match self.range {
            _ if values.is_empty() => "nothing".into(),
            Some((low, high)) => format!("{low} to {high}"),
            None if values.len() <= SHOWN => values.join(", "),
            None => format!("text, such as `{}`", values[0]),
        };
        if self.missing > 0 { format!("{text}; {} missing", self.missing) } else { text }
    }
}

/// Unpacks a gzipped file below `folder` unless that is done; returns the path.
///
/// The checksum in the file's last bytes is part of the path: what is there is the same content, whichever project it came from.
fn unpack(source: &Path, folder: &Path) -> Result<PathBuf, DataError> {
    let refuse = |found: String| DataError::Format {
        file: source.display().to_string(),
        expected: "a gzipped table".into(),
        found,
        help: REPLACE.into(),
    };
    // RFC 1952: the last 8 bytes are the CRC-32 and the length of what is packed, both little-endian.
    let packed = fs::read(source).map_err(DataError::io("read", source))?;
    let Some(&[a, b, c, d, ..]) = packed.last_chunk::<8>() else {
        return Err(refuse(format!("{} bytes", packed.len())));
    };
    let folder = folder.join(format!("{:08x}", u32::from_le_bytes([a, b, c, d])));
    let target = folder.join(source.file_stem().unwrap_or_default());
    if target.is_file() {
        return Ok(target);
    }
    fs::create_dir_all(&folder).map_err(DataError::io("make the folder", &folder))?;
    let mut content = Vec::new();
    MultiGzDecoder::new(packed.as_slice())
        .read_to_end(&mut content)
        .map_err(|error| refuse(error.to_string()))?;
    // Under another name until it is whole; several processes may do this at once.
    let part = target.with_extension(format!("{}.part", std::process::id()));
    fs::write(&part, content).map_err(DataError::io("write", &part))?;
    fs::rename(&part, &target).map_err(DataError::io("write", &target))?;
    Ok(target)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(folder: &Path, bytes: &[u8]) -> PathBuf {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        let path = folder.join("t.csv.gz");
        fs::write(&path, encoder.finish().unwrap()).unwrap();
        path
    }

    #[test]
    fn a_packed_table_is_unpacked_once_and_again_when_it_changes() {
        let (project, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let source = packed(project.path(), b"a,b\n1,2\n");
        let target = unpack(&source, cache.path()).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"a,b\n1,2\n");
        let first = fs::metadata(&target).unwrap().modified().unwrap();
        assert_eq!(unpack(&source, cache.path()).unwrap(), target);
        assert_eq!(fs::metadata(&target).unwrap().modified().unwrap(), first);

        packed(project.path(), b"a,b\n3,4\n");
        assert_eq!(fs::read(unpack(&source, cache.path()).unwrap()).unwrap(), b"a,b\n3,4\n");
    }

    #[test]
    fn a_damaged_packed_table_is_refused_and_leaves_nothing_behind() {
        let (project, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let source = packed(project.path(), &[b'x'; 1000]);
        let bytes = fs::read(&source).unwrap();
        for length in [0, 7, bytes.len() - 9] {
            fs::write(&source, &bytes[..length]).unwrap();
            let text = unpack(&source, cache.path()).unwrap_err().to_string();
            assert!(text.contains("t.csv.gz: expected a gzipped table, found"), "{text}");
        }
        let left = fs::read_dir(cache.path()).unwrap();
        assert_eq!(left.flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap()).count(), 0);
    }
}
