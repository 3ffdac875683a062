//! Writing a file so that it is there whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes beside the target and renames: a crash or a full disk leaves the old file as it was.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("the path names no file"))?;
    let mut part = name.to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(part);
    let written = (|| {
        let mut file = fs::File::create(&part)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    if written.is_err() {
        // Nothing is lost if the part cannot be removed either: the error that matters is returned.
        let _ = fs::remove_file(&part);
    }
    written
}
