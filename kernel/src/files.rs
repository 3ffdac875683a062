//! Folders of the user (cache, Jupyter's data) and writing files so that nobody ever sees half of one.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where ferrolab keeps what it can make again: `ferrolab` in the user's cache folder (`XDG_CACHE_HOME`, `~/.cache`).
pub fn cache_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|folder| folder.join("ferrolab"))
}

/// Where the kernels keep the cells that were run: in the user's data folder (`XDG_DATA_HOME`, `~/.local/share`).
pub fn history_file() -> Option<PathBuf> {
    dirs::data_dir().map(|folder| folder.join("ferrolab/history.sqlite"))
}

/// Jupyter's data folder of the user, where `jupyter_core.paths.jupyter_data_dir` looks: `JUPYTER_DATA_DIR`, then
/// `~/Library/Jupyter` on macOS, `%APPDATA%\jupyter` on Windows, `jupyter` in the XDG data folder elsewhere.
pub fn jupyter_data_folder() -> Option<PathBuf> {
    match std::env::var_os("JUPYTER_DATA_DIR") {
        Some(folder) if !folder.is_empty() => Some(folder.into()),
        _ if cfg!(target_os = "macos") => dirs::home_dir().map(|home| home.join("Library/Jupyter")),
        _ => dirs::data_dir().map(|folder| folder.join("jupyter")),
    }
}

/// Writes a file under a passing name beside its place and renames it.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file =
        tempfile::Builder::new().prefix(".ferrolab-").permissions(readable()).tempfile_in(folder)?;
    file.write_all(content)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes a file only when its content is not there already; says whether it did.
pub fn write_if_changed(path: &Path, content: &[u8]) -> io::Result<bool> {
    if std::fs::read(path).is_ok_and(|found| found == content) {
        return Ok(false);
    }
    write_whole(path, content).map(|()| true)
}

/// Bytes of all files below a folder; links are not followed.
pub fn folder_size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => folder_size(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}

/// A number of bytes, for people.
pub fn readable_size(bytes: u64) -> String {
    match bytes {
        ..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// Passing files are private by default; a notebook must have the usual rights (less the umask).
#[cfg(unix)]
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_summed_over_folders_and_told_in_the_unit_that_fits() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::fs::write(folder.path().join("a/b/c"), [0; 1000]).unwrap();
        std::fs::write(folder.path().join("a/d"), [0; 24]).unwrap();
        assert_eq!(folder_size(folder.path()), 1024);
        let told = [1024, 246_000_000, 2_340_000_000].map(readable_size);
        assert_eq!(told, ["2 kB", "246 MB", "2.3 GB"]);
    }

    #[test]
    fn a_file_is_written_only_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file");
        assert!(write_if_changed(&path, b"one").unwrap());
        assert!(!write_if_changed(&path, b"one").unwrap());
        assert!(write_if_changed(&path, b"two").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        let left: Vec<_> = std::fs::read_dir(folder.path().join("deep/er")).unwrap().collect();
        assert_eq!(left.len(), 1);
    }
}
