//! NumPy's `.npy` files: one array and its sizes, as `numpy.save` writes it.
//!
//! The format is a line of Python that says type, order and sizes, then the values
//! (<https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>). It is read here: the crates that do it bring a
//! parser generator and big integers with them, and with these more of what polars depends on.

use std::path::{Path, PathBuf};
use std::{fs, io};

use half::f16;

use super::files::replace;
use crate::array::Array;
use crate::ops;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::shape_error::ShapeError;
use crate::tensor::Tensor;

/// Why an array of NumPy could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NpyError {
    #[error("cannot write `{path}`: {source}", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read `{path}`: {source}", path = .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{path}` is not a file of NumPy's, or it is damaged: {problem}", path = .path.display())]
    Format { path: PathBuf, problem: String },
    #[error(
        "`{path}` holds values of type `{dtype}`, expected numbers or booleans: save `array.astype('float32')`",
        path = .path.display()
    )]
    Dtype { path: PathBuf, dtype: String },
    #[error("`{path}`: {source}", path = .path.display())]
    Shape { path: PathBuf, source: ShapeError },
    #[error("`{path}` has no array `{array}`; it has {found}", path = .path.display())]
    Missing { path: PathBuf, array: String, found: String },
}

impl<S: Shape> Tensor<S> {
    /// Reads a `.npy` file: integers, floats of 16, 32 or 64 bits, booleans (as 0 and 1), in either byte order and in C's or
    /// Fortran's order of values. All become `f32`: integers beyond 2²⁴ and floats of 64 bits are rounded.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("x.npy");
    /// let x = Tensor::<Rank2<2, 3>>::from([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    /// x.write_npy(&path)?; // in Python: numpy.load("x.npy")
    /// let y = Tensor::<(usize, Const<3>)>::read_npy(&path)?;
    /// assert_eq!((y.shape(), y.to_vec()), (vec![2, 3], x.to_vec()));
    /// # Ok::<(), ferrolab::io::npy::NpyError>(())
    /// ```
    ///
    /// # Errors
    /// [`NpyError::Read`] and [`NpyError::Format`] if there is no such file or it is none of NumPy's, [`NpyError::Dtype`] if it
    /// holds complex numbers, texts, dates or records, [`NpyError::Shape`] if its sizes contradict `S`.
    #[inline]
    pub fn read_npy(path: impl AsRef<Path>) -> Result<Self, NpyError> {
        let path = path.as_ref();
        Tensor::try_from_array(read(path)?).map_err(|source| NpyError::Shape { path: path.into(), source })
    }

    /// Writes a `.npy` file of 32-bit floats, to the bit the one that `numpy.save` would write. The file appears, or is
    /// replaced, only once all of it is written.
    ///
    /// # Errors
    /// [`NpyError::Write`] if the folder is missing, read-only or full.
    #[inline]
    pub fn write_npy(&self, path: impl AsRef<Path>) -> Result<(), NpyError> {
        write(path.as_ref(), &self.raw().array())
    }
}

/// Reads an array whose shape only the file knows; see [`Tensor::read_npy`].
///
/// # Errors
/// [`NpyError::Read`], [`NpyError::Format`] or [`NpyError::Dtype`].
pub fn read(path: impl AsRef<Path>) -> Result<Array, NpyError> {
    let path = path.as_ref();
    decode(&fs::read(path).map_err(|source| NpyError::Read { path: path.into(), source })?, path)
}

/// Writes an array; see [`Tensor::write_npy`].
///
/// # Errors
/// [`NpyError::Write`].
pub fn write(path: impl AsRef<Path>, array: &Array) -> Result<(), NpyError> {
    let path = path.as_ref();
    replace(path, &encode(array)).map_err(|source| NpyError::Write { path: path.into(), source })
}

const MAGIC: &[u8] = b"\x93NUMPY";
/// The values begin at a multiple of this.
const ALIGNMENT: usize = 64;
/// NumPy leaves room for the first size to grow to as many digits.
const GROWTH: usize = 21;

/// The content of a file; see [`write`].
pub(super) fn encode(array: &Array) -> Vec<u8> {
    let sizes: Vec<String> = array.sizes().iter().map(usize::to_string).collect();
    let tuple = match &sizes[..] {
        [only] => format!("({only},)"),
        _ => format!("({})", sizes.join(", ")),
    };
    let growth = sizes.first().map_or(0, |first| GROWTH.saturating_sub(first.len()));
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple}, }}{:growth$}", "");
    // The magic, two bytes of version, two of length, the header, and the end of its line.
    let unaligned = MAGIC.len() + 4 + header.len() + 1;
    header += &" ".repeat(unaligned.next_multiple_of(ALIGNMENT) - unaligned);
    header.push('\n');
    let mut content = MAGIC.to_vec();
    content.extend([1, 0]);
    // Six sizes of 20 digits are short of the 65535 bytes that version 1 allows.
    content.extend((header.len() as u16).to_le_bytes());
    content.extend(header.as_bytes());
    content.extend(array.row_major().values().iter().flat_map(|value| value.to_le_bytes()));
    content
}

/// Reads the content of a file; `path` is for the errors.
pub(super) fn decode(content: &[u8], path: &Path) -> Result<Array, NpyError> {
    let damaged = |problem: String| NpyError::Format { path: path.into(), problem };
    let (header, values) =
        split(content).ok_or_else(|| damaged("it does not begin as one of these does".into()))?;
    let header = std::str::from_utf8(header).map_err(|error| damaged(error.to_string()))?;
    let Header { dtype, fortran, mut sizes } =
        Header::parse(header).ok_or_else(|| damaged(format!("its header is {header:?}")))?;
    let reader = dtype.as_deref().and_then(Reader::of);
    let Some(Reader { big, width, read }) = reader else {
        let dtype = dtype.unwrap_or_else(|| "records".into());
        return Err(NpyError::Dtype { path: path.into(), dtype });
    };
    let promised = sizes.iter().try_fold(width, |bytes, &size| bytes.checked_mul(size));
    if promised != Some(values.len()) {
        let found = values.len();
        return Err(damaged(format!(
            "an array of {sizes:?} times {width} bytes is promised, {found} follow"
        )));
    }
    if !fortran {
        return Ok(Array::from_vec(&sizes, read(values, big)));
    }
    // The same memory, read in C's order, is the array with its axes turned round.
    sizes.reverse();
    let turned = Raw::new(Array::from_vec(&sizes, read(values, big)));
    let order: Vec<usize> = (0..sizes.len()).rev().collect();
    Ok(ops::permute(&turned, &order).array())
}

/// Header and values. The length of the header has two bytes in version 1, four in the later ones.
fn split(content: &[u8]) -> Option<(&[u8], &[u8])> {
    let (version, rest) = content.strip_prefix(MAGIC)?.split_first_chunk::<2>()?;
    let (len, rest) = match version {
        [1, _] => rest.split_first_chunk().map(|(&len, rest)| (u16::from_le_bytes(len).into(), rest))?,
        [2 | 3, _] => rest.split_first_chunk().map(|(&len, rest)| (u32::from_le_bytes(len), rest))?,
        _ => return None,
    };
    rest.split_at_checked(len as usize)
}

#[derive(Debug, PartialEq)]
struct Header {
    /// NumPy's short name of the type; none for records.
    dtype: Option<String>,
    /// The first axis varies fastest.
    fortran: bool,
    sizes: Vec<usize>,
}

impl Header {
    /// A dictionary of Python with exactly these three keys, in any order.
    fn parse(text: &str) -> Option<Header> {
        let (mut dtype, mut fortran, mut sizes) = (None, None, None);
        let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?;
        for entry in items(inside) {
            let (key, value) = entry.split_once(':')?;
            let value = value.trim();
            match quoted(key.trim())? {
                "descr" if value.starts_with('[') => dtype = Some(None),
                "descr" => dtype = Some(Some(quoted(value)?.to_owned())),
                "fortran_order" => {
                    fortran = Some(["False", "True"].iter().position(|&word| word == value)? == 1)
                }
                "shape" => {
                    let tuple = items(value.strip_prefix('(')?.strip_suffix(')')?);
                    sizes = Some(tuple.map(|size| size.parse().ok()).collect::<Option<_>>()?);
                }
                _ => return None,
            }
        }
        Some(Header { dtype: dtype?, fortran: fortran?, sizes: sizes? })
    }
}

/// What stands between the commas that are in no bracket.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    let parts = text.split(move |c| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

fn quoted(text: &str) -> Option<&str> {
    ['\'', '"'].iter().find_map(|&quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

/// How the values of a type are read.
struct Reader {
    /// The most significant byte comes first.
    big: bool,
    /// Bytes of one value.
    width: usize,
    read: fn(&[u8], bool) -> Vec<f32>,
}

impl Reader {
    /// For a short name such as `<f4`: byte order, kind, bytes.
    fn of(dtype: &str) -> Option<Reader> {
        let (order, kind) = dtype.split_at_checked(1)?;
        let big = match order {
            "<" | "|" => false,
            ">" => true,
            "=" => cfg!(target_endian = "big"),
            _ => return None,
        };
        macro_rules! numbers {
            ($number:ty, $to_f32:expr) => {{
                let read: fn(&[u8], bool) -> Vec<f32> = |bytes, big| {
                    let from = if big { <$number>::from_be_bytes } else { <$number>::from_le_bytes };
                    bytes.as_chunks().0.iter().map(|&bytes| $to_f32(from(bytes))).collect()
                };
                (size_of::<$number>(), read)
            }};
            ($number:ty) => {
                numbers!($number, |value| value as f32)
            };
        }
        let (width, read) = match kind {
            "b1" => numbers!(u8, |value| f32::from(value != 0)),
            "f2" => numbers!(f16, f16::to_f32),
            "f4" => numbers!(f32),
            "f8" => numbers!(f64),
            "i1" => numbers!(i8),
            "i2" => numbers!(i16),
            "i4" => numbers!(i32),
            "i8" => numbers!(i64),
            "u1" => numbers!(u8),
            "u2" => numbers!(u16),
            "u4" => numbers!(u32),
            "u8" => numbers!(u64),
            _ => return None,
        };
        Some(Reader { big, width, read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, values: &[u8]) -> Vec<u8> {
        [MAGIC, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes(), values].concat()
    }

    fn error(content: &[u8]) -> String {
        decode(content, Path::new("x.npy")).unwrap_err().to_string()
    }

    #[test]
    fn the_header_may_be_written_otherwise() {
        let header = Header { dtype: Some("<f4".into()), fortran: true, sizes: vec![3, 4] };
        let text = r#" {"shape":(3,4),"fortran_order":True,"descr":"<f4"} "#;
        assert_eq!(Header::parse(text), Some(header));
        let records = "{'descr': [('a', '<f4'), ('b', '<i8', (2,))], 'fortran_order': False, 'shape': (), }";
        assert_eq!(Header::parse(records), Some(Header { dtype: None, fortran: false, sizes: vec![] }));
        for wrong in
            ["", "{}", "{'descr': '<f4', 'shape': (1,)}", "{'descr': '<f4', 'fortran_order': 1, 'shape': ()}"]
        {
            assert_eq!(Header::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_array_of_numbers_is_refused_in_words() {
        let header = |dtype: &str, shape: &str| {
            format!("{{'descr': {dtype}, 'fortran_order': False, 'shape': {shape}, }}\n")
        };
        assert_eq!(
            error(b"PK\x03\x04"),
            "`x.npy` is not a file of NumPy's, or it is damaged: it does not begin as one of these does"
        );
        assert_eq!(
            error(&file(&header("'<f4'", "(2, 3)"), &[0; 20])),
            "`x.npy` is not a file of NumPy's, or it is damaged: an array of [2, 3] times 4 bytes is promised, 20 follow"
        );
        let huge = error(&file(&header("'<f8'", "(4611686018427387904, 4)"), &[]));
        assert!(huge.ends_with("4611686018427387904, 4] times 8 bytes is promised, 0 follow"), "{huge}");
        for (dtype, name) in
            [("'<c8'", "<c8"), ("'<U3'", "<U3"), ("'|O'", "|O"), ("[('a', '<f4')]", "records")]
        {
            assert_eq!(
                error(&file(&header(dtype, "(1,)"), &[0; 8])),
                format!(
                    "`x.npy` holds values of type `{name}`, expected numbers or booleans: save `array.astype('float32')`"
                )
            );
        }
        assert!(error(&file("{'descr': '<f4'", &[])).contains("its header is \"{'descr': '<f4'\""));
    }

    #[test]
    fn the_shape_asked_for_must_be_that_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npy");
        Tensor::<crate::Rank2<2, 3>>::zeros().write_npy(&path).unwrap();
        let error = Tensor::<crate::Rank1<6>>::read_npy(&path).unwrap_err().to_string();
        assert_eq!(error, format!("`{}`: expected a tensor of shape [6], got [2, 3]", path.display()));
        assert!(Tensor::<()>::read_npy(folder.path().join("no.npy")).is_err());
        assert!(write(folder.path().join("no/x.npy"), &Array::full(&[1], 0.0)).is_err());
    }
}
