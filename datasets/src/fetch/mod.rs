//! Downloads whole data sets into the user's cache folder, on request and never otherwise.

mod bar;
mod catalog;
mod download;

use std::path::{Path, PathBuf};

pub use catalog::{CATALOG, DataSet, Remote};
pub(crate) use catalog::{
    CIFAR10, FASHION_MNIST, IMDB, MNIST, MOVIELENS_100K, MOVIELENS_SMALL, NEWSGROUPS, WNUT17,
};
pub use download::{OnProgress, Progress, download, sha256};

use crate::{DataError, cache_folder};

/// Downloads the data set `name` (`"cifar10"`, `"imdb"`, … : those of [`CATALOG`]), with a progress bar on a terminal, and returns its
/// folder. What is there already is not downloaded again, so a second call needs no network.
///
/// ```no_run
/// ferrolab_datasets::fetch("cifar10")?;
/// let data = ferrolab_datasets::cifar10()?;
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// [`DataError::UnknownSet`], and those of [`download()`].
pub fn fetch(name: &str) -> Result<PathBuf, DataError> {
    fetch_with(name, &mut bar::on_terminal())
}

/// [`fetch`] that calls `progress` instead of drawing a bar; `progress` can also stop it.
///
/// # Errors
/// As [`fetch`], and [`DataError::Stopped`].
pub fn fetch_with(name: &str, progress: OnProgress<'_>) -> Result<PathBuf, DataError> {
    let Some(set) = CATALOG.iter().find(|set| set.name == name) else {
        let known: Vec<_> = CATALOG.iter().map(|set| set.name).collect();
        return Err(DataError::UnknownSet { name: name.into(), known: known.join(", ") });
    };
    let folder = cache_folder()?.join(set.name);
    for file in set.files {
        download(file, &folder, progress)?;
    }
    Ok(folder)
}

/// The path of a downloaded file of `set` in the cache folder `root`.
pub(crate) fn fetched(set: &DataSet, root: &Path, file: &str) -> Result<PathBuf, DataError> {
    let folder = root.join(set.name);
    let path = folder.join(file);
    if path.is_file() {
        return Ok(path);
    }
    Err(DataError::NotDownloaded { name: set.name, megabytes: set.bytes().div_ceil(1_000_000), folder })
}
