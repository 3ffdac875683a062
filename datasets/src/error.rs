//! What can go wrong with a data set: what was expected, what was found, what to do.

use std::io;
use std::path::PathBuf;

/// Why a data set could not be read or downloaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// The content of a file is not what its format demands.
    #[error("{file}: expected {expected}, found {found}; {help}")]
    Format { file: String, expected: String, found: String, help: String },

    /// A file could not be opened, read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    /// A file that belongs to this project is not where it should be.
    #[error(
        "`{}` is missing; if the source tree of ferrolab was moved, set FERROLAB_DATASETS to its folder `datasets/data`",
        path.display()
    )]
    NotShipped { path: PathBuf },

    /// The set is one that has to be downloaded first.
    #[error(
        "the data set `{name}` ({megabytes} MB) is not on this machine: nothing in `{}`; \
         download it once with `datasets::fetch(\"{name}\")?`, later it is read from there without a network",
        folder.display()
    )]
    NotDownloaded { name: &'static str, megabytes: u64, folder: PathBuf },

    /// There is no set of this name to download.
    #[error("there is no data set `{name}` to download; there are: {known}")]
    UnknownSet { name: String, known: String },

    /// There is no such photograph.
    #[error("there is no photograph `{name}`; there are: {known}")]
    UnknownPhoto { name: String, known: String },

    /// No address of a file could be read to its end.
    #[error(
        "cannot download `{file}`: {reason}. Without a network, get {url} on another machine, check that its sha256 is {sha256}, \
         put it into `{}` and run the cell again",
        folder.display()
    )]
    Network { file: String, url: String, reason: String, sha256: String, folder: PathBuf },

    /// A whole file has another content than its publisher's.
    #[error("{origin}: expected the sha256 {expected}, found {found}; {help}")]
    Checksum { origin: String, expected: String, found: String, help: String },

    /// The caller's progress function asked to stop.
    #[error(
        "the download of `{file}` was stopped after {done} of {total} bytes; run it again and it goes on from there"
    )]
    Stopped { file: String, done: u64, total: u64 },

    /// The parts of an image set do not fit together.
    #[error("an image set of {images} bytes of pixels and {labels} labels: expected {expected}")]
    Parts { images: usize, labels: usize, expected: String },

    /// The user has no home folder to keep downloads in.
    #[error("this user has no cache folder; set FERROLAB_DATA to a folder for downloaded data sets")]
    NoCacheFolder,
}

impl DataError {
    /// For `map_err`: an input or output error with what was being done to which file.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
