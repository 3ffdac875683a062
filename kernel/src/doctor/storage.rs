//! The library for cells, and what else ferrolab keeps in the user's cache folder.

use std::path::Path;
use std::time::Duration;

use super::Check;
use crate::bundle::{Bundle, BundleError};
use crate::files;

pub fn checks() -> Vec<Check> {
    vec![library(), cache()]
}

fn library() -> Check {
    const NAME: &str = "library for cells";
    match Bundle::find() {
        Ok(bundle) => {
            let built =
                std::fs::metadata(bundle.folder.join("bundle.json")).and_then(|facts| facts.modified());
            let age = built.ok().and_then(|built| built.elapsed().ok()).map_or(String::new(), old);
            Check::found(
                NAME,
                format!("built {age}by {}: {}", bundle.rustc.display(), bundle.folder.display()),
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

fn cache() -> Check {
    let Some(cache) = files::cache_folder() else {
        return Check::missing("cache", "found no folder for caches: set HOME or XDG_CACHE_HOME");
    };
    let mut parts: Vec<_> = std::fs::read_dir(&cache)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), size(&entry.path())))
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

/// Bytes of all files below a folder; links are not followed.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

fn readable(bytes: u64) -> String {
    match bytes {
        ..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_summed_over_folders() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join("a/b/c"), [0; 1000]).unwrap();
        std::fs::write(folder.path().join("a/d"), [0; 24]).unwrap();
        assert_eq!(size(folder.path()), 1024);
        assert_eq!(
            [readable(1024), readable(246_000_000), readable(2_340_000_000)],
            ["2 kB", "246 MB", "2.3 GB"]
        );
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
