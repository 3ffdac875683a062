//! Models in several files, as the Hugging Face hub keeps large ones: `model-00001-of-00002.safetensors` and so on, with
//! `model.safetensors.index.json`, which says in which file each tensor lies.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::{File, FileError};

const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";

#[derive(Deserialize)]
struct Index {
    /// Tensor to file name.
    weight_map: BTreeMap<String, String>,
}

/// What to read when a folder is given: its index, or its only file.
pub(super) fn in_folder(folder: &Path) -> Result<PathBuf, FileError> {
    let candidates = [INDEX, SINGLE].map(|name| folder.join(name));
    candidates.into_iter().find(|path| path.is_file()).ok_or_else(|| FileError::Index {
        path: folder.into(),
        problem: format!("holds neither `{INDEX}` nor `{SINGLE}`"),
    })
}

/// Whether the path is that of an index.
pub(super) fn is_index(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

/// All tensors of the files that an index names.
pub(super) fn read(path: &Path) -> Result<File, FileError> {
    let content = fs::read(path).map_err(|source| FileError::Read { path: path.into(), source })?;
    let problem = |problem: String| FileError::Index { path: path.into(), problem };
    let Index { weight_map } = serde_json::from_slice(&content)
        .map_err(|error| problem(format!("is not an index of safetensors files: {error}")))?;
    let mut whole = File { path: path.into(), metadata: Default::default(), tensors: BTreeMap::new() };
    for name in weight_map.values().collect::<BTreeSet<_>>() {
        // An index from the network must not lead out of its folder.
        if !matches!(Path::new(name).components().collect::<Vec<_>>()[..], [Component::Normal(_)]) {
            return Err(problem(format!("names the file `{name}`, which does not lie beside it")));
        }
        let part = super::read_one(&path.with_file_name(name))?;
        whole.metadata.extend(part.metadata);
        whole.tensors.extend(part.tensors);
        let lacks = |tensor: &&String| !whole.tensors.contains_key(*tensor) && !super::is_ignored(tensor);
        if let Some(tensor) =
            weight_map.iter().filter(|(_, file)| *file == name).map(|(tensor, _)| tensor).find(lacks)
        {
            return Err(problem(format!("says that `{name}` holds the tensor `{tensor}`, but it does not")));
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::Array;
    use crate::raw::Raw;

    fn part(folder: &Path, name: &str, tensor: &str, value: f32) {
        let tensors = [(tensor.to_owned(), Raw::new(Array::full(&[2], value)))];
        super::super::save(&folder.join(name), &tensors, &[]).unwrap();
    }

    fn text(path: &Path) -> String {
        File::read(path).err().unwrap().to_string().replace(&path.display().to_string(), "F")
    }

    #[test]
    fn the_parts_are_read_by_index_and_by_folder() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(text(folder), "`F` holds neither `model.safetensors.index.json` nor `model.safetensors`");
        part(folder, "model.safetensors", "c", 3.0);
        assert_eq!(File::read(folder).unwrap().tensors().keys().collect::<Vec<_>>(), ["c"]);
        part(folder, "model-00001-of-00002.safetensors", "a", 1.0);
        part(folder, "model-00002-of-00002.safetensors", "b", 2.0);
        let index = folder.join(INDEX);
        let map = r#""a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors""#;
        fs::write(&index, format!(r#"{{"metadata": {{"total_size": 16}}, "weight_map": {{{map}}}}}"#))
            .unwrap();
        for path in [folder, &index] {
            let file = File::read(path).unwrap();
            assert_eq!(file.tensors().keys().collect::<Vec<_>>(), ["a", "b"]);
            assert_eq!(file.tensors()["b"].values(), [2.0; 2]);
        }
    }

    #[test]
    fn an_index_that_is_wrong_says_how() {
        let folder = tempfile::tempdir().unwrap();
        part(folder.path(), "one.safetensors", "a", 1.0);
        let index = folder.path().join(INDEX);
        let with = |map: &str| {
            fs::write(&index, format!(r#"{{"weight_map": {map}}}"#)).unwrap();
            text(&index)
        };
        assert_eq!(
            with(r#"{"a": "one.safetensors", "b": "one.safetensors"}"#),
            "`F` says that `one.safetensors` holds the tensor `b`, but it does not"
        );
        assert_eq!(
            with(r#"{"a": "../one.safetensors"}"#),
            "`F` names the file `../one.safetensors`, which does not lie beside it"
        );
        assert!(with(r#"{"a": "two.safetensors"}"#).starts_with("cannot read `"));
        assert!(with("[]").starts_with("`F` is not an index of safetensors files: "));
    }
}
