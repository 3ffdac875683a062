//! Reads the binary layout of CIFAR-10: from single files, from a folder, from the archive as published.
//!
//! A record is one label byte, then 1024 red, 1024 green and 1024 blue bytes, each plane row by row
//! (<https://www.cs.toronto.edu/~kriz/cifar.html>).

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use crate::{DataError, ImageSet, Split, gz};

/// Shape of a picture: `[channels, height, width]`.
pub const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;
const RECORD: usize = 1 + PIXELS;

/// The classes of CIFAR-10, in the order of the labels.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// Reads one file of records, gzipped or not.
///
/// # Errors
/// [`DataError::Io`], or [`DataError::Format`] if the file is cut off or a label has no class.
pub fn read(path: impl AsRef<Path>, classes: &[String]) -> Result<ImageSet, DataError> {
    let path = path.as_ref();
    decode(gz::open(path)?, classes, &path.display().to_string())
}

/// Reads records from `input` to its end; `origin` names it in errors.
///
/// # Errors
/// [`DataError::Format`] if the input ends inside a record, cannot be read, or holds a label without a class.
pub fn decode(input: impl Read, classes: &[String], origin: &str) -> Result<ImageSet, DataError> {
    let mut records = Records::default();
    records.read(input, classes.len(), origin)?;
    ImageSet::new(records.images, records.labels, SHAPE, classes.to_vec())
}

/// The records of one file, gzipped or not, one at a time: pixels `[3, 32, 32]` as bytes, and a label below `classes`. The file
/// is opened with the first of them; after an error there are no more.
///
/// ```
/// use ferrolab_datasets as datasets;
/// let file = datasets::path("clipart32/data_batch_1.bin.gz");
/// let (pixels, label) = datasets::cifar10::records(&file, 10).next().unwrap()?;
/// assert_eq!((pixels.len(), label), (3 * 32 * 32, datasets::clipart32()?.train.label(0)));
/// # Ok::<(), datasets::DataError>(())
/// ```
///
/// The errors are those of [`read`].
pub fn records(
    path: impl AsRef<Path>,
    classes: usize,
) -> impl Iterator<Item = Result<(Vec<u8>, usize), DataError>> + Send + 'static {
    let path = path.as_ref().to_owned();
    let mut opened: Option<RecordsOf<Box<dyn Read + Send>>> = None;
    let mut failed = false;
    std::iter::from_fn(move || {
        if failed {
            return None;
        }
        let record = match &mut opened {
            Some(records) => records.next()?,
            None => match gz::open(&path) {
                Ok(input) => {
                    opened.insert(RecordsOf::new(input, classes, path.display().to_string())).next()?
                }
                Err(error) => Err(error),
            },
        };
        failed = record.is_err();
        Some(record)
    })
}

/// Reads a folder: `data_batch_1.bin`, `data_batch_2.bin`, … as training part, `test_batch.bin` as test part and the class names
/// in `batches.meta.txt`; each batch may be gzipped (`.bin.gz`).
///
/// # Errors
/// [`DataError::Io`] if a file is missing, [`DataError::Format`] if one is damaged.
pub fn read_folder(folder: impl AsRef<Path>) -> Result<Split, DataError> {
    let folder = folder.as_ref();
    let names = folder.join("batches.meta.txt");
    let classes = parse_classes(&std::fs::read_to_string(&names).map_err(DataError::io("read", &names))?);

    let mut train = Records::default();
    for number in 1.. {
        let name = format!("data_batch_{number}.bin");
        match gz::find(folder, &name) {
            Some(path) => train.read(gz::open(&path)?, classes.len(), &path.display().to_string())?,
            // The first one has to be there: opening it gives the error that says which file was looked for.
            None if number == 1 => drop(gz::open(&folder.join(name))?),
            None => break,
        }
    }
    let test = gz::find(folder, "test_batch.bin").unwrap_or_else(|| folder.join("test_batch.bin"));
    let test = read(test, &classes)?;
    Ok(Split { train: ImageSet::new(train.images, train.labels, SHAPE, classes)?, test })
}

/// Reads the archive `cifar-10-binary.tar.gz` as it is published, without unpacking it to the disk.
///
/// # Errors
/// [`DataError::Io`], or [`DataError::Format`] if a batch is missing or damaged.
pub fn read_archive(path: impl AsRef<Path>) -> Result<Split, DataError> {
    let path = path.as_ref();
    let origin = path.display().to_string();
    let refuse = |expected: &str, found: String| DataError::Format {
        file: origin.clone(),
        expected: expected.into(),
        found,
        help: "delete the file and download it again".into(),
    };
    let broken = |error: std::io::Error| refuse("the archive cifar-10-binary.tar.gz", error.to_string());

    let file = File::open(path).map_err(DataError::io("open", path))?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::with_capacity(1 << 16, file)));
    // The order of the batches in the archive is not their number's: gather them, then join.
    let mut batches: [Option<Records>; 6] = Default::default();
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name =
            entry.path().map_err(broken)?.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let number = match name.strip_suffix(".bin") {
            Some("test_batch") => 0,
            Some(batch) => {
                batch.strip_prefix("data_batch_").and_then(|number| number.parse().ok()).unwrap_or(6)
            }
            None => 6,
        };
        if let Some(batch) = batches.get_mut(number) {
            batch.get_or_insert_default().read(entry, CLASSES.len(), &format!("{origin}: {name}"))?;
        }
    }
    let found = batches.iter().filter(|batch| batch.is_some()).count();
    let [Some(test), Some(mut train), Some(b2), Some(b3), Some(b4), Some(b5)] = batches else {
        return Err(refuse(
            "test_batch.bin and data_batch_1.bin … data_batch_5.bin",
            format!("{found} of these 6"),
        ));
    };
    for batch in [b2, b3, b4, b5] {
        train.images.extend(batch.images);
        train.labels.extend(batch.labels);
    }
    let classes = || CLASSES.map(String::from).to_vec();
    Ok(Split {
        train: ImageSet::new(train.images, train.labels, SHAPE, classes())?,
        test: ImageSet::new(test.images, test.labels, SHAPE, classes())?,
    })
}

/// Class names, one a line; empty lines do not count.
fn parse_classes(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|name| !name.is_empty()).map(String::from).collect()
}

/// Records read so far.
#[derive(Default)]
struct Records {
    images: Vec<u8>,
    labels: Vec<usize>,
}

impl Records {
    fn read(&mut self, input: impl Read, classes: usize, origin: &str) -> Result<(), DataError> {
        for record in RecordsOf::new(input, classes, origin.to_owned()) {
            let (pixels, label) = record?;
            self.labels.push(label);
            self.images.extend(pixels);
        }
        Ok(())
    }
}

/// The records of an input, one at a time.
struct RecordsOf<R> {
    input: R,
    classes: usize,
    /// Names the input in errors.
    origin: String,
    /// How many were read.
    number: usize,
}

impl<R: Read> RecordsOf<R> {
    fn new(input: R, classes: usize, origin: String) -> Self {
        RecordsOf { input, classes, origin, number: 0 }
    }

    fn refuse(&self, expected: String, found: String) -> DataError {
        let help = "replace the file, it is damaged or of another kind".into();
        DataError::Format { file: self.origin.clone(), expected, found, help }
    }
}

impl<R: Read> Iterator for RecordsOf<R> {
    type Item = Result<(Vec<u8>, usize), DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = vec![0; RECORD];
        let got = match gz::fill(&mut self.input, &mut record) {
            Ok(0) => return None,
            Ok(got) => got,
            Err(error) => {
                return Some(Err(self.refuse(format!("records of {RECORD} bytes"), error.to_string())));
            }
        };
        let number = self.number;
        if got < RECORD {
            let found = format!("{got} bytes at the end, after {number} whole records");
            return Some(Err(
                self.refuse(format!("records of {RECORD} bytes (label, red, green, blue)"), found)
            ));
        }
        let label = usize::from(record.remove(0));
        if label >= self.classes {
            let found = format!("{label} in record {number}");
            return Some(Err(
                self.refuse(format!("labels below the number of classes, {}", self.classes), found)
            ));
        }
        self.number += 1;
        Some(Ok((record, label)))
    }
}
