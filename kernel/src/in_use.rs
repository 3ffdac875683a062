//! Marks in folders of the cache: which of them a kernel uses, and when one last did. Folders that nobody uses any more can go.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// The name of the mark.
pub const MARK: &str = "in-use";

/// Puts a mark into a new folder.
pub fn prepare(folder: &Path) -> io::Result<()> {
    File::create(folder.join(MARK)).map(drop)
}

/// Marks a folder as in use as long as the file is open, and its time as now.
pub fn mark(folder: &Path) -> io::Result<File> {
    let path = folder.join(MARK);
    let mark = File::open(&path)?;
    mark.lock_shared()?;
    let _ = File::options().append(true).open(&path).and_then(|mark| mark.set_modified(SystemTime::now()));
    Ok(mark)
}

/// Removes a folder if nobody uses it and none has used it for `age`. One without a mark stays.
pub fn remove_unused(folder: &Path, age: Duration) {
    let Ok(mark) = File::open(folder.join(MARK)) else { return };
    let unused = mark.metadata().and_then(|facts| facts.modified()).ok().and_then(|time| time.elapsed().ok());
    if unused.is_some_and(|unused| unused >= age) && mark.try_lock().is_ok() {
        let _ = fs::remove_dir_all(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_when_nobody_has_used_it_for_a_while() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("one");
        fs::create_dir(&folder).unwrap();
        remove_unused(&folder, Duration::ZERO);
        assert!(folder.is_dir(), "it has no mark");
        prepare(&folder).unwrap();
        let used = mark(&folder).unwrap();
        remove_unused(&folder, Duration::ZERO);
        assert!(folder.is_dir(), "it is used");
        drop(used);
        remove_unused(&folder, Duration::from_secs(3600));
        assert!(folder.is_dir(), "it was used just now");
        remove_unused(&folder, Duration::ZERO);
        assert!(!folder.exists());
    }
}
