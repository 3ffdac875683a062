//! Where data sets lie: the files that come with the project, and the user's folder of downloads.

use std::env;
use std::path::PathBuf;

use crate::DataError;

/// The path of a file that comes with the project, such as `clipart32/classes.csv`.
///
/// The folder is the one that ferrolab was built from; the environment variable `FERROLAB_DATASETS` names another.
///
/// ```
/// let table = std::fs::read_to_string(ferrolab_datasets::path("clipart32/classes.csv"))?;
/// assert!(table.starts_with("label,class,train,test,shows\n0,animal,"));
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn path(file: &str) -> PathBuf {
    let folder = env::var_os("FERROLAB_DATASETS").filter(|folder| !folder.is_empty());
    folder.map_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/data").into(), PathBuf::from).join(file)
}

/// The folder that holds downloaded sets, one folder each: `FERROLAB_DATA`, or `ferrolab/datasets` in the user's cache folder
/// (`XDG_CACHE_HOME` or `~/.cache` on Linux).
///
/// # Errors
/// [`DataError::NoCacheFolder`] if the user has none.
pub fn cache_folder() -> Result<PathBuf, DataError> {
    if let Some(folder) = env::var_os("FERROLAB_DATA").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let cache = dirs::cache_dir().ok_or(DataError::NoCacheFolder)?;
    Ok(cache.join("ferrolab").join("datasets"))
}
