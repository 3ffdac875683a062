//! Where built crates lie: the folder, its size, and how it is kept from growing for ever.
//!
//! ```text
//! <cache>/ferrolab/deps/
//!     lock         held while crates are built
//!     notebooks/   a package for each folder of notebooks
//!     target/      where cargo builds: one for all notebooks, so that no crate is built twice
//!     sets/        what cells are linked to; never changed once it is there
//! ```

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::{cache_folder, folder_size};
use crate::in_use;

/// What nobody has used for so long goes.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);
/// cargo's folder goes when it is larger than this: cargo itself never removes the crates of old versions.
const LARGEST: u64 = 20_000_000_000;

/// `<cache>/ferrolab/deps`.
#[derive(Debug, Clone)]
pub struct CrateCache {
    folder: PathBuf,
}

impl CrateCache {
    /// That of the user; none if there is no folder for caches.
    pub fn open() -> Option<CrateCache> {
        Some(CrateCache { folder: cache_folder()?.join("deps") })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn notebooks(&self) -> PathBuf {
        self.folder.join("notebooks")
    }

    pub fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    pub fn sets(&self) -> PathBuf {
        self.folder.join("sets")
    }

    /// Bytes of all files. A file that lies in two places counts twice.
    pub fn size(&self) -> u64 {
        folder_size(&self.folder)
    }

    /// The lock that who builds holds; `None` while another holds it.
    pub fn lock(&self) -> io::Result<Option<File>> {
        fs::create_dir_all(&self.folder)?;
        let lock = File::create(self.folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Removes all that no running kernel uses; the bytes that are free now. The lock must be held.
    pub fn clear(&self, _lock: &File) -> u64 {
        let before = self.size();
        let _ = fs::remove_dir_all(self.target());
        let _ = fs::remove_dir_all(self.notebooks());
        self.remove_sets(Duration::ZERO);
        before.saturating_sub(self.size())
    }

    /// Removes what nobody has used for long. The lock must be held.
    pub fn prune(&self, _lock: &File) {
        self.remove_sets(KEEP);
        if folder_size(&self.target()) > LARGEST {
            let _ = fs::remove_dir_all(self.target());
        }
        for package in entries(&self.notebooks()) {
            let manifest = fs::metadata(package.join("Cargo.toml")).and_then(|facts| facts.modified());
            if manifest.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > KEEP)) {
                let _ = fs::remove_dir_all(package);
            }
        }
    }

    fn remove_sets(&self, age: Duration) {
        for set in entries(&self.sets()) {
            if set.join(in_use::MARK).is_file() {
                in_use::remove_unused(&set, age);
            } else {
                // A leftover: who makes one holds the lock.
                let _ = fs::remove_dir_all(set);
            }
        }
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_running_kernels_use_survives_the_clearing() {
        let folder = tempfile::tempdir().unwrap();
        let cache = CrateCache { folder: folder.path().join("deps") };
        let lock = cache.lock().unwrap().expect("nobody builds");
        assert!(cache.lock().unwrap().is_none(), "one at a time");
        fs::create_dir_all(cache.sets().join("half.draft")).unwrap();
        for name in ["used", "old"] {
            let set = cache.sets().join(name);
            fs::create_dir_all(&set).unwrap();
            in_use::prepare(&set).unwrap();
            fs::write(set.join("lib.so"), [0; 500]).unwrap();
        }
        fs::create_dir_all(cache.target()).unwrap();
        fs::write(cache.target().join("a"), [0; 1000]).unwrap();
        let _mark = in_use::mark(&cache.sets().join("used")).unwrap();
        cache.prune(&lock);
        assert_eq!(cache.size(), 2000, "nothing is old");
        assert!(!cache.sets().join("half.draft").exists());
        assert_eq!(cache.clear(&lock), 1500);
        assert!(cache.sets().join("used/lib.so").is_file());
    }
}
