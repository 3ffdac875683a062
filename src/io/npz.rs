//! NumPy's `.npz` files: named arrays, as `numpy.savez` and `numpy.savez_compressed` write them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::files::replace;
use super::npy;
pub use super::npy::NpyError;
use crate::array::Array;
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// What a `.npz` file holds: the files of a zip archive, `x.npy` being the array `x`.
///
/// ```
/// use ferrolab::io::npz;
/// use ferrolab::prelude::*;
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("mnist.npz");
/// let (x, y) = (Tensor::<Rank2<3, 2>>::ones(), Tensor::<Rank1<3>>::zeros());
/// npz::save(&path, &[("x_train", x.raw()), ("y_train", y.raw())])?;
/// let file = npz::File::read(&path)?;
/// assert_eq!(file.names().collect::<Vec<_>>(), ["x_train", "y_train"]);
/// let x: Tensor<(usize, Const<2>)> = file.tensor("x_train")?;
/// assert_eq!(x.shape(), [3, 2]);
/// # Ok::<(), npz::NpyError>(())
/// ```
pub struct File {
    path: PathBuf,
    /// The arrays as their own files would be: an array of texts beside those that are wanted does no harm.
    arrays: BTreeMap<String, Vec<u8>>,
}

impl File {
    /// Reads a file, compressed or not.
    ///
    /// # Errors
    /// [`NpyError::Read`] or [`NpyError::Format`].
    pub fn read(path: impl AsRef<Path>) -> Result<File, NpyError> {
        let path = path.as_ref();
        let content = fs::read(path).map_err(|source| NpyError::Read { path: path.into(), source })?;
        let damaged = |error: ZipError| NpyError::Format { path: path.into(), problem: error.to_string() };
        let mut archive = ZipArchive::new(Cursor::new(content)).map_err(damaged)?;
        let mut arrays = BTreeMap::new();
        for i in 0..archive.len() {
            let mut entry = archive.by_index(i).map_err(damaged)?;
            let name = entry.name().strip_suffix(".npy").unwrap_or(entry.name()).to_owned();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).map_err(|error| damaged(error.into()))?;
            arrays.insert(name, content);
        }
        Ok(File { path: path.into(), arrays })
    }

    /// The names of the arrays, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.arrays.keys().map(String::as_str)
    }

    /// An array by its name; for the types of values see [`Tensor::read_npy`].
    ///
    /// # Errors
    /// [`NpyError::Missing`], [`NpyError::Format`] or [`NpyError::Dtype`].
    pub fn array(&self, name: &str) -> Result<Array, NpyError> {
        let content = self.arrays.get(name).ok_or_else(|| self.missing(name))?;
        npy::decode(content, &self.inside(name))
    }

    /// An array by its name as a tensor of shape `S`.
    ///
    /// # Errors
    /// Those of [`File::array`], or [`NpyError::Shape`].
    #[inline]
    pub fn tensor<S: Shape>(&self, name: &str) -> Result<Tensor<S>, NpyError> {
        Tensor::try_from_array(self.array(name)?)
            .map_err(|source| NpyError::Shape { path: self.inside(name), source })
    }

    fn inside(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.npy"))
    }

    fn missing(&self, name: &str) -> NpyError {
        let names: Vec<String> = self.names().map(|name| format!("`{name}`")).collect();
        let found = if names.is_empty() { "none".into() } else { names.join(", ") };
        NpyError::Missing { path: self.path.clone(), array: name.into(), found }
    }
}

/// Writes named tensors as 32-bit floats, not compressed, as `numpy.savez` does. The file appears, or is replaced, only once all
/// of it is written.
///
/// # Errors
/// [`NpyError::Write`] if the folder is missing, read-only or full, or two names are the same.
pub fn save(path: impl AsRef<Path>, tensors: &[(&str, &Raw)]) -> Result<(), NpyError> {
    let path = path.as_ref();
    let written = archive(tensors).map_err(io::Error::from).and_then(|content| replace(path, &content));
    written.map_err(|source| NpyError::Write { path: path.into(), source })
}

fn archive(tensors: &[(&str, &Raw)]) -> Result<Vec<u8>, ZipError> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, tensor) in tensors {
        let content = npy::encode(&tensor.array());
        archive.start_file(format!("{name}.npy"), options.large_file(content.len() >= u32::MAX as usize))?;
        archive.write_all(&content)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npz");
        let x = Tensor::<crate::Rank1<2>>::ones();
        save(&path, &[("a", x.raw()), ("b", x.raw())]).unwrap();
        let file = File::read(&path).unwrap();
        let shown = path.display();
        assert_eq!(
            file.array("c").unwrap_err().to_string(),
            format!("`{shown}` has no array `c`; it has `a`, `b`")
        );
        let error = file.tensor::<crate::Rank1<3>>("a").unwrap_err().to_string();
        assert_eq!(error, format!("`{shown}/a.npy`: expected a tensor of shape [3], got [2]"));
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.npz");
        let text = || File::read(&path).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text().starts_with("cannot read `"));
        fs::write(&path, b"not an archive").unwrap();
        assert!(text().contains("is not a file of NumPy's, or it is damaged"), "{}", text());
        save(&path, &[("a", Tensor::<crate::Rank1<2>>::ones().raw())]).unwrap();
        let mut whole = fs::read(&path).unwrap();
        let len = whole.len();
        whole[len / 2] ^= 0xff; // a bit of a value, which the checksum tells
        fs::write(&path, &whole).unwrap();
        assert!(text().contains("is not a file of NumPy's, or it is damaged"), "{}", text());
        let twice = save(&path, &[("a", Tensor::<()>::ones().raw()), ("a", Tensor::<()>::ones().raw())]);
        assert!(twice.is_err());
    }
}
