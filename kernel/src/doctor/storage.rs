//! What ferrolab keeps in the user's cache folder, and how large it is.

use std::path::Path;

use super::Check;
use crate::files;

pub fn checks() -> Vec<Check> {
    let Some(cache) = files::cache_folder() else {
        return vec![Check::missing("cache", "found no folder for caches: set HOME or XDG_CACHE_HOME")];
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
        return vec![Check::absent("cache", format!("{}: empty", cache.display()))];
    }
    vec![Check::found("cache", lines.join("\n"))]
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
}
