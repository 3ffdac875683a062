//! Named tensors in safetensors files: the format that PyTorch, Keras and the Hugging Face hub exchange weights in.

mod mapped;
mod mapping;
mod numbers;
mod sharded;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Metadata, TensorView};
use safetensors::{SafeTensorError, SafeTensors};

use crate::array::Array;
use crate::io::files::replace;
use crate::raw::Raw;

pub(crate) use mapped::load as load_mapped;
pub use mapped::{Loaded, Misfit};
pub use mapping::Mapping;
pub use numbers::Storage;

/// Why a model could not be saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    #[error("cannot write `{path}`: {source}", path = .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot read `{path}`: {source}", path = .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{path}` is not a safetensors file, or it is damaged: {source}", path = .path.display())]
    Format { path: PathBuf, source: SafeTensorError },
    #[error("`{path}`: the tensor `{tensor}` holds {found}", path = .path.display())]
    Dtype { path: PathBuf, tensor: String, found: String },
    #[error("`{path}` has no tensor `{tensor}` of shape {shape:?}, which the model needs; it has {found}", path = .path.display())]
    Missing { path: PathBuf, tensor: String, shape: Vec<usize>, found: String },
    #[error("`{path}` has a tensor `{tensor}` of shape {shape:?}, which the model lacks: it belongs to another architecture", path = .path.display())]
    Unexpected { path: PathBuf, tensor: String, shape: Vec<usize> },
    #[error("`{path}`: the model needs `{tensor}` of shape {expected:?}, found {found:?}", path = .path.display())]
    Shape { path: PathBuf, tensor: String, expected: Vec<usize>, found: Vec<usize> },
    #[error("`{path}` {problem}", path = .path.display())]
    Index { path: PathBuf, problem: String },
    #[error("`{path}`: the tensor `{tensor}` holds {value}, which is beyond the range of {storage:?}: save it as F32", path = .path.display())]
    TooLarge { path: PathBuf, tensor: String, value: f32, storage: Storage },
    #[error("{0}")]
    Mapped(Box<Loaded>),
    #[error("`{path}` does not describe a model: {problem}", path = .path.display())]
    Architecture { path: PathBuf, problem: String },
}

/// Writes tensors and metadata. The file appears, or is replaced, only once all of it is written.
///
/// # Errors
/// [`FileError::Write`] if the folder is missing, read-only or full.
pub fn save(path: &Path, tensors: &[(String, Raw)], metadata: &[(&str, String)]) -> Result<(), FileError> {
    save_as(path, tensors, metadata, Storage::F32)
}

/// [`save`] with fewer bits of each number.
///
/// # Errors
/// [`FileError::Write`], and [`FileError::TooLarge`] if a number is beyond the precision's range.
pub fn save_as(
    path: &Path,
    tensors: &[(String, Raw)],
    metadata: &[(&str, String)],
    storage: Storage,
) -> Result<(), FileError> {
    let failed = |source| FileError::Write { path: path.into(), source };
    let encoded = |(name, tensor): &(String, Raw)| {
        let too_large =
            |value| FileError::TooLarge { path: path.into(), tensor: name.clone(), value, storage };
        let array = tensor.array().row_major();
        let bytes = numbers::encode(array.values(), storage).map_err(too_large)?;
        Ok((name.clone(), array.sizes().to_vec(), bytes))
    };
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> =
        tensors.iter().map(encoded).collect::<Result<_, _>>()?;
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, sizes, bytes)| {
            Ok((name.as_str(), TensorView::new(storage.dtype(), sizes.clone(), bytes)?))
        })
        .collect::<Result<_, SafeTensorError>>()
        .map_err(|error| failed(io::Error::other(error)))?;
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let content = safetensors::serialize(views, (!metadata.is_empty()).then_some(metadata))
        .map_err(|error| failed(io::Error::other(error)))?;
    replace(path, &content).map_err(failed)
}

/// What a safetensors file holds.
pub struct File {
    path: PathBuf,
    metadata: HashMap<String, String>,
    tensors: BTreeMap<String, Array>,
}

impl File {
    /// Reads a file; or a model in several files, by its `model.safetensors.index.json` or the folder that this lies in.
    ///
    /// Numbers of every format become 32-bit floats: of 64-bit floats the rest is rounded away, whole numbers must be exact.
    /// PyTorch's batch normalisations count their batches, `num_batches_tracked`; these counts are left out.
    ///
    /// # Errors
    /// [`FileError::Read`], [`FileError::Format`], [`FileError::Dtype`] or [`FileError::Index`].
    pub fn read(path: impl AsRef<Path>) -> Result<File, FileError> {
        let path = path.as_ref();
        if path.is_dir() {
            return File::read(sharded::in_folder(path)?);
        }
        if sharded::is_index(path) { sharded::read(path) } else { read_one(path) }
    }

    /// Where the file was read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// An entry of the metadata.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// The tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, Array> {
        &self.tensors
    }

    /// The tensors whose names begin with `prefix`, without it: a model inside a checkpoint.
    pub(crate) fn part(&self, prefix: &str) -> File {
        let tensors = self
            .tensors
            .iter()
            .filter_map(|(name, array)| Some((name.strip_prefix(prefix)?.to_owned(), array.clone())));
        File { path: self.path.clone(), metadata: self.metadata.clone(), tensors: tensors.collect() }
    }

    /// Gives the parameters the values of the tensors of the same names; all of them, or none if anything does not fit.
    ///
    /// # Errors
    /// [`FileError::Missing`], [`FileError::Unexpected`] or [`FileError::Shape`].
    pub fn copy_into(&self, parameters: &[(String, Raw)]) -> Result<(), FileError> {
        self.check(parameters)?;
        for (name, parameter) in parameters {
            if let Some(values) = self.tensors.get(name) {
                parameter.set(values.clone());
            }
        }
        Ok(())
    }

    /// Whether [`File::copy_into`] would work.
    pub(crate) fn check(&self, parameters: &[(String, Raw)]) -> Result<(), FileError> {
        for (name, parameter) in parameters {
            let (path, tensor, sizes) = (self.path.clone(), name.clone(), parameter.sizes());
            let Some(values) = self.tensors.get(name) else {
                return Err(FileError::Missing { path, tensor, shape: sizes, found: self.names() });
            };
            if values.sizes() != sizes {
                let found = values.sizes().to_vec();
                return Err(FileError::Shape { path, tensor, expected: sizes, found });
            }
        }
        let known = |name: &String| parameters.iter().any(|(parameter, _)| parameter == name);
        if let Some((name, values)) = self.tensors.iter().find(|(name, _)| !known(name)) {
            let (path, shape) = (self.path.clone(), values.sizes().to_vec());
            return Err(FileError::Unexpected { path, tensor: name.clone(), shape });
        }
        Ok(())
    }

    fn names(&self) -> String {
        let names: Vec<String> = self.tensors.keys().map(|name| format!("`{name}`")).collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }
}

/// One file.
fn read_one(path: &Path) -> Result<File, FileError> {
    let content = fs::read(path).map_err(|source| FileError::Read { path: path.into(), source })?;
    let format = |source| FileError::Format { path: path.into(), source };
    let (_, header): (_, Metadata) = SafeTensors::read_metadata(&content).map_err(format)?;
    let mut tensors = BTreeMap::new();
    for (name, view) in SafeTensors::deserialize(&content).map_err(format)?.iter() {
        if is_ignored(name) {
            continue;
        }
        let unreadable = |found| FileError::Dtype { path: path.into(), tensor: name.into(), found };
        let values = numbers::decode(view.dtype(), view.data()).map_err(unreadable)?;
        tensors.insert(name.to_owned(), Array::from_vec(view.shape(), values));
    }
    Ok(File { path: path.into(), metadata: header.metadata().clone().unwrap_or_default(), tensors })
}

/// Nothing here reads how many batches a normalisation has seen.
fn is_ignored(tensor: &str) -> bool {
    tensor.ends_with("num_batches_tracked")
}

/// The values of a row-major array, little-endian.
pub(super) fn bytes(array: &Array) -> Vec<u8> {
    array.values().iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensors(sizes: &[usize]) -> Vec<(String, Raw)> {
        let len = sizes.iter().product::<usize>();
        let values = (0..len).map(|i| i as f32 - 1.5).collect();
        vec![("0.weight".into(), Raw::new(Array::from_vec(sizes, values)))]
    }

    fn zeros(name: &str, sizes: &[usize]) -> Vec<(String, Raw)> {
        vec![(name.into(), Raw::new(Array::full(sizes, 0.0)))]
    }

    #[test]
    fn what_was_saved_is_read_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        save(&path, &tensors(&[2, 3]), &[("plan", "[]".into())]).unwrap();
        let file = File::read(&path).unwrap();
        assert_eq!(file.metadata("plan"), Some("[]"));
        let target = zeros("0.weight", &[2, 3]);
        file.copy_into(&target).unwrap();
        assert_eq!(target[0].1.to_vec(), tensors(&[2, 3])[0].1.to_vec());
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["model.safetensors"], "no part of a file is left behind");
    }

    #[test]
    fn what_does_not_fit_is_named_and_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        save(&path, &tensors(&[2, 3]), &[]).unwrap();
        let file = File::read(&path).unwrap();
        let text = |target: &[(String, Raw)]| {
            file.copy_into(target).unwrap_err().to_string().replace(&path.display().to_string(), "F")
        };
        assert_eq!(
            text(&zeros("0.weight", &[3, 2])),
            "`F`: the model needs `0.weight` of shape [3, 2], found [2, 3]"
        );
        assert_eq!(
            text(&zeros("0.bias", &[4])),
            "`F` has no tensor `0.bias` of shape [4], which the model needs; it has `0.weight`"
        );
        assert_eq!(
            text(&[]),
            "`F` has a tensor `0.weight` of shape [2, 3], which the model lacks: it belongs to another architecture"
        );
        let both = [zeros("0.weight", &[2, 3]), zeros("1.weight", &[1])].concat();
        assert!(text(&both).contains("`1.weight`"));
        assert_eq!(both[0].1.to_vec(), [0.0; 6]);
    }

    #[test]
    fn a_damaged_or_missing_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        let text =
            |result: Result<File, FileError>| result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(text(File::read(&path)).starts_with("cannot read `"));
        fs::write(&path, b"not a model").unwrap();
        assert!(text(File::read(&path)).contains("is not a safetensors file, or it is damaged"));
        save(&path, &tensors(&[2, 3]), &[]).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        assert!(text(File::read(&path)).contains("is not a safetensors file, or it is damaged"));
        assert!(save(&folder.path().join("no/model.safetensors"), &[], &[]).is_err());
    }
}
