//! Reads IDX, the format of MNIST and Fashion-MNIST: arrays of bytes with any number of axes.
//!
//! A file is two zero bytes, one byte for the type of the values (8: unsigned byte), one for the number of axes, the length of
//! each axis as a big-endian `u32`, then the values, last axis fastest (<https://yann.lecun.com/exdb/mnist/>).

use std::io::Read;
use std::path::Path;

use crate::error::REPLACE;
use crate::{DataError, ImageSet, gz};

/// An array of bytes as an IDX file holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// The values, last axis fastest; as many as the product of `shape`.
    pub data: Vec<u8>,
}

/// Reads an IDX file, gzipped or not.
///
/// # Errors
/// [`DataError::Io`] or [`DataError::Format`].
pub fn read(path: impl AsRef<Path>) -> Result<Array, DataError> {
    let path = path.as_ref();
    decode(gz::open(path)?, &path.display().to_string())
}

/// Reads an array from `input`; `origin` names it in errors.
///
/// # Errors
/// [`DataError::Format`] if the input is not exactly one IDX array of unsigned bytes.
pub fn decode(mut input: impl Read, origin: &str) -> Result<Array, DataError> {
    let refuse = |expected: &str, found: String, help: &str| DataError::Format {
        file: origin.into(),
        expected: expected.into(),
        found,
        help: help.into(),
    };
    let broken = |error: std::io::Error| refuse("an IDX file", error.to_string(), REPLACE);

    let mut head = [0; 4];
    let got = gz::fill(&mut input, &mut head).map_err(broken)?;
    let axes = match head {
        _ if got < 4 => return Err(refuse("an IDX file", format!("{got} bytes"), REPLACE)),
        [0, 0, 8, axes] if axes > 0 => usize::from(axes),
        [0, 0, kind @ (9 | 11..=14), _] => {
            let found = format!("the value type 0x{kind:02x}");
            return Err(refuse(
                "IDX values of the type 0x08 (unsigned bytes)",
                found,
                "convert the values to bytes",
            ));
        }
        other => {
            let found = format!("it starts with {other:02x?}");
            return Err(refuse("an IDX file (starts with [00, 00, 08, number of axes])", found, REPLACE));
        }
    };

    let mut lengths = vec![0; 4 * axes];
    let got = gz::fill(&mut input, &mut lengths).map_err(broken)?;
    if got < lengths.len() {
        return Err(refuse(&format!("the lengths of {axes} axes"), "the end of the file".into(), REPLACE));
    }
    let shape: Vec<usize> =
        lengths.chunks_exact(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize).collect();
    let size = shape.iter().try_fold(1_usize, |size, &axis| size.checked_mul(axis));
    let Some(size) = size.filter(|&size| size < isize::MAX as usize) else {
        return Err(refuse("an array that fits into memory", format!("the shape {shape:?}"), REPLACE));
    };

    // Memory grows with what the file really holds, not with what its header claims; one byte more would be a foreign tail.
    let mut data = Vec::new();
    input.take(size as u64 + 1).read_to_end(&mut data).map_err(broken)?;
    if data.len() != size {
        let found =
            if data.len() > size { "more".into() } else { format!("{} (the file is cut off)", data.len()) };
        return Err(refuse(&format!("{size} values for the shape {shape:?}"), found, REPLACE));
    }
    Ok(Array { shape, data })
}

/// Reads pictures (three axes: N, H, W) and their labels (one axis: N).
///
/// # Errors
/// [`DataError::Io`], or [`DataError::Format`] if the two files do not belong together or a label has no class.
pub fn read_images(
    images: impl AsRef<Path>,
    labels: impl AsRef<Path>,
    classes: &[&str],
) -> Result<ImageSet, DataError> {
    let (images_path, labels_path) = (images.as_ref(), labels.as_ref());
    let (images, labels) = (read(images_path)?, read(labels_path)?);
    let refuse = |path: &Path, expected: String, found: String, help: &str| {
        Err(DataError::Format { file: path.display().to_string(), expected, found, help: help.into() })
    };
    let &[count, height, width] = images.shape.as_slice() else {
        let found = format!("the shape {:?}", images.shape);
        return refuse(images_path, "pictures, three axes".into(), found, SWAPPED);
    };
    if height == 0 || width == 0 {
        return refuse(
            images_path,
            "pictures with pixels".into(),
            format!("{height} rows of {width}"),
            REPLACE,
        );
    }
    if labels.shape != [count] {
        let found = format!("the shape {:?}", labels.shape);
        return refuse(labels_path, format!("{count} labels, one for each picture"), found, SWAPPED);
    }
    if let Some(label) = labels.data.iter().find(|&&label| usize::from(label) >= classes.len()) {
        let expected = format!("labels below the number of classes, {}", classes.len());
        return refuse(labels_path, expected, label.to_string(), "name all classes");
    }
    let labels = labels.data.into_iter().map(usize::from).collect();
    ImageSet::new(images.data, labels, [1, height, width], classes.iter().map(ToString::to_string).collect())
}

const SWAPPED: &str = "check that the pictures and the labels are of the same part and in the right order";
