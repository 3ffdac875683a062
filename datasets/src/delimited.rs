//! Reads text tables, gzipped or not, row by row: CSV with quotes, or values between tabs.

use std::path::Path;
use std::str::FromStr;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::error::REPLACE;
use crate::{DataError, gz};

/// How the values of a row are set apart.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// By commas; a value with commas, quotes or line ends stands in double quotes (RFC 4180).
    Commas,
    /// By tabs; quotes mean nothing.
    Tabs,
}

/// The rows below a header line.
pub(crate) struct Rows {
    bytes: Vec<u8>,
    /// How many of `bytes` are read.
    read: usize,
    parser: Reader,
    header: Vec<String>,
    record: Record,
    origin: String,
}

/// The values of a row.
#[derive(Default)]
struct Record {
    text: String,
    /// Where in `text` each value ends.
    ends: Vec<usize>,
    /// Where in the file it begins, from 1.
    line: u64,
}

impl Rows {
    /// The rows of a file with a header line.
    pub(crate) fn open(path: &Path, format: Format) -> Result<Self, DataError> {
        let origin = path.display().to_string();
        let mut bytes = Vec::new();
        if let Err(error) = gz::open(path)?.read_to_end(&mut bytes) {
            let (expected, found, help) = ("a table".into(), error.to_string(), REPLACE.into());
            return Err(DataError::Format { file: origin, expected, found, help });
        }
        Self::of_bytes(bytes, format, origin)
    }

    /// The rows of a text with a header line that came out of an archive; `origin` names it in errors.
    pub(crate) fn of_bytes(bytes: Vec<u8>, format: Format, origin: String) -> Result<Self, DataError> {
        let mut rows = Self::without_header(bytes, format, origin, &[]);
        if rows.advance()? {
            rows.header = rows.record.values().map(String::from).collect();
            return Ok(rows);
        }
        let expected = "a header line with the names of the columns".into();
        Err(DataError::Format { file: rows.origin, expected, found: "nothing".into(), help: REPLACE.into() })
    }

    /// The same for a text without a header line, whose columns have these names.
    pub(crate) fn without_header(bytes: Vec<u8>, format: Format, origin: String, names: &[&str]) -> Self {
        let parser = match format {
            Format::Commas => Reader::new(),
            Format::Tabs => ReaderBuilder::new().delimiter(b'\t').quoting(false).build(),
        };
        let header = names.iter().map(ToString::to_string).collect();
        Self { bytes, read: 0, parser, header, record: Record::default(), origin }
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// The positions of these columns.
    pub(crate) fn columns<const N: usize>(&self, names: [&str; N]) -> Result<[usize; N], DataError> {
        let mut positions = [0; N];
        for (position, name) in positions.iter_mut().zip(names) {
            let Some(found) = self.header.iter().position(|column| column == name) else {
                return Err(DataError::Format {
                    file: format!("{}, line 1", self.origin),
                    expected: format!("a column `{name}`"),
                    found: format!("the columns {}", self.header.join(", ")),
                    help: REPLACE.into(),
                });
            };
            *position = found;
        }
        Ok(positions)
    }

    /// The next row, `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, DataError> {
        if !self.advance()? {
            return Ok(None);
        }
        let row = Row { record: &self.record, origin: &self.origin };
        let (expected, found) = (self.header.len(), self.record.ends.len());
        if found != expected {
            return Err(row.refuse(&format!("{expected} values, one for each column"), &found.to_string()));
        }
        Ok(Some(row))
    }

    /// Reads the next row into `record`; `false` at the end of the file.
    fn advance(&mut self) -> Result<bool, DataError> {
        let Record { text, ends, line } = &mut self.record;
        *line = self.parser.line();
        let mut output = std::mem::take(text).into_bytes();
        output.resize(output.capacity().max(1 << 10), 0);
        ends.resize(ends.capacity().max(32), 0);
        let (mut written, mut values) = (0, 0);
        loop {
            // Once all bytes are read, an empty input tells the parser that there are no more.
            let input = &self.bytes[self.read..];
            let (result, taken, more, ended) =
                self.parser.read_record(input, &mut output[written..], &mut ends[values..]);
            self.read += taken;
            written += more;
            values += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => output.resize(2 * output.len(), 0),
                ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(false),
            }
        }
        output.truncate(written);
        ends.truncate(values);
        *text = String::from_utf8(output).unwrap_or_default();
        // Values may also be cut inside a character where a table is not UTF-8.
        if text.len() == written && ends.iter().all(|&end| text.is_char_boundary(end)) {
            return Ok(true);
        }
        text.clear();
        ends.clear();
        Err(Row { record: &self.record, origin: &self.origin }.refuse("text in UTF-8", "other bytes"))
    }
}

impl Record {
    fn values(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.text[start..end])
    }
}

/// A row of the table.
pub(crate) struct Row<'a> {
    record: &'a Record,
    origin: &'a str,
}

impl Row<'_> {
    /// The value in a column.
    pub(crate) fn text(&self, column: usize) -> &str {
        // There are as many values as columns: `next` has seen to it.
        let start = if column == 0 { 0 } else { self.record.ends[column - 1] };
        &self.record.text[start..self.record.ends[column]]
    }

    /// All values, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.record.values()
    }

    /// The value in a column as a number; `what` says what it should be.
    pub(crate) fn number<T: FromStr>(&self, column: usize, what: &str) -> Result<T, DataError> {
        self.text(column).parse().map_err(|_| self.refuse(what, &format!("`{}`", self.text(column))))
    }

    /// The same where a value may be missing, an empty field.
    pub(crate) fn optional<T: FromStr>(&self, column: usize, what: &str) -> Result<Option<T>, DataError> {
        if self.text(column).is_empty() { Ok(None) } else { self.number(column, what).map(Some) }
    }

    /// An error that names the file and the line.
    pub(crate) fn refuse(&self, expected: &str, found: &str) -> DataError {
        DataError::Format {
            file: format!("{}, line {}", self.origin, self.record.line),
            expected: expected.into(),
            found: found.into(),
            help: REPLACE.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], format: Format) -> Result<Vec<Vec<String>>, DataError> {
        let mut rows = Rows::of_bytes(text.to_vec(), format, "t".into())?;
        let mut all = vec![rows.header().to_vec()];
        while let Some(row) = rows.next()? {
            all.push((0..row.values().count()).map(|column| row.text(column).into()).collect());
        }
        Ok(all)
    }

    #[test]
    fn quotes_hold_commas_line_ends_and_quotes() {
        let text = "\u{feff}a,b\r\n\"x, \"\"y\"\"\nz\",\n,\u{e9}";
        assert_eq!(
            read(text.as_bytes(), Format::Commas).unwrap(),
            [["a", "b"], ["x, \"y\"\nz", ""], ["", "\u{e9}"]]
        );
        assert_eq!(read(b"a\tb\n\"\t,\n", Format::Tabs).unwrap(), [["a", "b"], ["\"", ","]]);
    }

    #[test]
    fn long_rows_and_many_columns_are_read() {
        let long = "ab".repeat(5000);
        let names: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        let text = format!("{}\n{}\n{}", names.join(","), [&*long; 100].join(","), names.join(","));
        let rows = read(text.as_bytes(), Format::Commas).unwrap();
        assert_eq!((rows[0] == names, rows[1] == [&*long; 100], rows[2] == names), (true, true, true));
    }

    #[test]
    fn damage_is_named_with_its_line() {
        let text = |bytes: &[u8]| read(bytes, Format::Commas).unwrap_err().to_string();
        let help = "replace the file, it is damaged or of another kind";
        assert_eq!(
            text(b"a,b\n1,\"2\n3\"\n4\n"),
            format!("t, line 4: expected 2 values, one for each column, found 1; {help}")
        );
        assert_eq!(
            text(b"a,b\n1,\xff\n"),
            format!("t, line 2: expected text in UTF-8, found other bytes; {help}")
        );
        // The two halves of one character, each in a value of its own.
        assert_eq!(
            text(b"a,b\n\"\xc3\",\"\xa9\"\n"),
            format!("t, line 2: expected text in UTF-8, found other bytes; {help}")
        );
        assert_eq!(
            text(b""),
            format!("t: expected a header line with the names of the columns, found nothing; {help}")
        );
        let rows = Rows::of_bytes(b"a,b\n".to_vec(), Format::Commas, "t".into()).unwrap();
        let error = rows.columns(["b", "c"]).unwrap_err().to_string();
        assert_eq!(error, format!("t, line 1: expected a column `c`, found the columns a, b; {help}"));
    }
}
