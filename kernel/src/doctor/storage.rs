//! The library for cells, and what else ferrolab keeps in the user's cache folder.

use std::path::Path;
use std::time::Duration;

use super::{Check, Finding};
use crate::bundle::{Bundle, BundleError};
use crate::engine::CrateCache;
use crate::files::{self, readable_size as readable};

pub fn checks() -> Vec<Check> {
    let library = library();
    let disk = disk(matches!(library.finding, Finding::Found(_)));
    vec![library, crates(), cache(), disk]
}

/// Room that the first build needs, and that there should be after it: compiled dependencies, library, JupyterLab; then
/// the library built anew.
const ROOM: [u64; 2] = [4_000_000_000, 1_000_000_000];

fn library() -> Check {
    const NAME: &str = "library for cells";
    match Bundle::find() {
        Ok(bundle) => {
            let built =
                std::fs::metadata(bundle.folder.join("bundle.json")).and_then(|facts| facts.modified());
            let age = built.ok().and_then(|built| built.elapsed().ok()).map_or(String::new(), old);
            Check::found(
                NAME,
                format!(
                    "built {age}by {}, {}: {}",
                    bundle.rustc.display(),
                    readable(files::folder_size(&bundle.folder)),
                    bundle.folder.display()
                ),
            )
        }
        Err(BundleError::NotBuilt) => {
            Check::absent(NAME, "built by the first `ferrolab lab`, `run` or `install`")
        }
        Err(error) => Check::absent(NAME, error.to_string()),
    }
}

/// `3 hours ago `, in the largest unit that fits.
fn old(age: Duration) -> String {
    let (number, unit) = match age.as_secs() / 60 {
        minutes @ ..60 => (minutes, "minute"),
        minutes @ 60..1440 => (minutes / 60, "hour"),
        minutes => (minutes / 1440, "day"),
    };
    format!("{number} {unit}{} ago ", if number == 1 { "" } else { "s" })
}

/// What `:dep` has built.
fn crates() -> Check {
    const NAME: &str = "crates for cells";
    let Some(cache) = CrateCache::open() else {
        return Check::absent(NAME, BundleError::NoCache.to_string());
    };
    match cache.size() {
        0 => Check::absent(NAME, "none built; `:dep` in a cell builds what the library has not"),
        size => {
            let found = format!("{}: {}", readable(size), cache.folder().display());
            Check::found(
                NAME,
                format!("{found}\nwhat is not used for 30 days goes; `:clear_cache` in a cell empties it"),
            )
        }
    }
}

fn cache() -> Check {
    let Some(cache) = files::cache_folder() else {
        return Check::missing("cache", "found no folder for caches: set HOME or XDG_CACHE_HOME");
    };
    let mut parts: Vec<_> = std::fs::read_dir(&cache)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), files::folder_size(&entry.path())))
        .collect();
    parts.sort();
    let total = parts.iter().map(|(_, size)| size).sum::<u64>();
    let mut lines = vec![format!("{}: {} (may be deleted at any time)", cache.display(), readable(total))];
    lines.extend(parts.into_iter().map(|(name, size)| format!("{name}: {}", readable(size))));
    if total == 0 {
        return Check::absent("cache", format!("{}: empty", cache.display()));
    }
    Check::found("cache", lines.join("\n"))
}

/// Whether there is room for what is to be made, where the cache is.
fn disk(is_built: bool) -> Check {
    const NAME: &str = "disk space";
    let cache = files::cache_folder();
    let there = cache.iter().flat_map(|cache| cache.ancestors()).find(|folder| folder.is_dir());
    let Some((folder, free)) = there.and_then(|folder| Some((folder, free_space(folder)?))) else {
        return Check::absent(NAME, "not known on this system");
    };
    judge_room(NAME, folder, free, ROOM[usize::from(is_built)])
}

fn judge_room(name: &str, folder: &Path, free: u64, needed: u64) -> Check {
    let found = format!("{} free at {}", readable(free), folder.display());
    if free >= needed {
        return Check::found(name, found);
    }
    let mend = "make room, or put the cache elsewhere by XDG_CACHE_HOME";
    Check::missing(name, format!("{found}, expected {}: {mend}", readable(needed)))
}

/// Bytes that a user may still write.
fn free_space(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    return rustix::fs::statvfs(folder).ok().map(|disk| disk.f_bavail * disk.f_frsize);
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_missing_and_says_how_much_is_needed() {
        let judge = |free| judge_room("disk space", Path::new("/cache"), free, 4_000_000_000).finding;
        assert_eq!(judge(4_100_000_000), Finding::Found("4.1 GB free at /cache".to_owned()));
        let Finding::Missing(words) = judge(300_000_000) else { panic!("that is not enough") };
        assert!(words.starts_with("300 MB free at /cache, expected 4.0 GB: make room"), "{words}");
        #[cfg(unix)]
        assert!(free_space(&std::env::temp_dir()).is_some());
    }

    #[test]
    fn ages_are_told_in_the_largest_unit() {
        let old = |minutes: u64| old(Duration::from_secs(60 * minutes));
        assert_eq!(
            [old(0), old(1), old(150), old(5000)],
            ["0 minutes ago ", "1 minute ago ", "2 hours ago ", "3 days ago "]
        );
    }
}
