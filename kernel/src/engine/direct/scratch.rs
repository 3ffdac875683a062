//! The folder for sources and libraries of cells: removed with its engine, or by the next engine if the process was killed.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

const PREFIX: &str = "ferrolab-cells-";
/// Locked as long as the folder is in use.
const IN_USE: &str = "in-use";

/// A folder of one engine's own.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    _in_use: File,
}

impl Scratch {
    pub fn new() -> io::Result<Self> {
        sweep(&std::env::temp_dir());
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        let in_use = File::create(folder.path().join(IN_USE))?;
        in_use.lock()?;
        Ok(Scratch { folder, _in_use: in_use })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder for one cell. It need not exist yet.
    pub fn cell(&self, serial: u64) -> PathBuf {
        self.folder.path().join(serial.to_string())
    }

    /// The folder for a library that many cells use.
    pub fn apart(&self, number: u64) -> PathBuf {
        self.folder.path().join(format!("apart-{number}"))
    }
}

/// Removes the folders that killed processes have left.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        if File::open(entry.path().join(IN_USE)).is_ok_and(|mark| mark.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_in_use_stay_and_left_ones_go() {
        let parent = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let folder = parent.path().join(format!("{PREFIX}{name}"));
            fs::create_dir(&folder).unwrap();
            (File::create(folder.join(IN_USE)).unwrap(), folder)
        };
        let (used_mark, used) = make("used");
        used_mark.lock().unwrap();
        let (_, left) = make("left");
        sweep(parent.path());
        assert!(used.is_dir() && !left.exists());
    }
}
