//! Downloads one file: resumes, checks the sha256 sum, and lets the file appear under its name only when it is whole and right.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use ureq::Agent;

use super::Remote;
use crate::DataError;

/// How far a download is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The file that is being downloaded.
    pub file: &'a str,
    /// Bytes that are here, those of an earlier, broken-off try included.
    pub done: u64,
    /// Size of the file.
    pub total: u64,
}

/// What a download calls with its progress; [`ControlFlow::Break`] stops it.
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress<'_>) -> ControlFlow<()>;

/// Downloads `remote` into `folder`, unless the file is there already, and returns its path.
///
/// What has arrived when the connection breaks stays beside it as `NAME.part`, and the next call goes on from there. Of several
/// processes that want the same file at once, one downloads and the others wait.
///
/// # Errors
/// - [`DataError::Network`] if no address can be read to its end,
/// - [`DataError::Checksum`] if the content is wrong; a download is then deleted, a file that was there before is not,
/// - [`DataError::Stopped`] if `progress` says so, [`DataError::Io`] if `folder` cannot be written.
pub fn download(remote: &Remote<'_>, folder: &Path, progress: OnProgress<'_>) -> Result<PathBuf, DataError> {
    fs::create_dir_all(folder).map_err(DataError::io("make the folder", folder))?;
    let lock_path = folder.join(".lock");
    let lock = File::create(&lock_path).map_err(DataError::io("write", &lock_path))?;
    lock.lock().map_err(DataError::io("lock", &lock_path))?;

    let path = folder.join(remote.file);
    if path.exists() {
        let help = "delete it and fetch the data set again";
        return check(remote, &path, &path.display().to_string(), help).map(|()| path);
    }
    let part = folder.join(format!("{}.part", remote.file));
    let agent = agent();
    let unreachable = |url: &str, reason| DataError::Network {
        file: remote.file.into(),
        url: url.into(),
        reason,
        sha256: remote.sha256.into(),
        folder: folder.into(),
    };
    let mut failure = unreachable("it", "it has no address".into());
    for url in remote.urls {
        let tried = stream(&agent, remote, url, &part, progress).and_then(|()| {
            let help = "the address serves another file now, or a proxy on the way does; nothing was kept";
            check(remote, &part, url, help).inspect_err(|_| remove(&part)).map_err(Failure::Final)
        });
        failure = match tried {
            Ok(()) => {
                fs::rename(&part, &path).map_err(DataError::io("write", &path))?;
                return Ok(path);
            }
            Err(Failure::Address(reason)) => unreachable(url, reason),
            Err(Failure::Final(error @ DataError::Checksum { .. })) => error,
            Err(Failure::Final(error)) => return Err(error),
        };
    }
    Err(failure)
}

/// Why one address did not give the file.
enum Failure {
    /// This address does not serve it; another may.
    Address(String),
    /// No other address would help.
    Final(DataError),
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .user_agent(concat!("ferrolab/", env!("CARGO_PKG_VERSION")))
        .build()
        .into()
}

/// Appends to `part` what it still lacks.
fn stream(
    agent: &Agent,
    remote: &Remote<'_>,
    url: &str,
    part: &Path,
    progress: OnProgress<'_>,
) -> Result<(), Failure> {
    let mut total = remote.bytes;
    let mut done = fs::metadata(part).map_or(0, |meta| meta.len());
    // Without the exact size nobody knows whether a part is whole already: it starts over.
    if done > total || !remote.exact {
        remove(part);
        done = 0;
    }
    if done == total && total > 0 {
        return Ok(());
    }
    let mut request = agent.get(url);
    if done > 0 {
        request = request.header("Range", format!("bytes={done}-"));
    }
    let response = request.call().map_err(|error| Failure::Address(format!("{url}: {error}")))?;
    let resumed = response.status() == 206;
    if !resumed {
        done = 0;
    }
    let mut body = response.into_body();
    if !remote.exact {
        total = body.content_length().unwrap_or(0);
    } else if let Some(length) = body.content_length()
        && done + length != total
    {
        remove(part);
        return Err(Failure::Address(format!(
            "{url}: expected {total} bytes, the server offers {}",
            done + length
        )));
    }

    let open = File::options().create(true).write(true).append(resumed).truncate(!resumed).open(part);
    let mut file = open.map_err(DataError::io("write", part)).map_err(Failure::Final)?;
    let limit = if total > 0 { total - done + 1 } else { u64::MAX };
    let mut body = body.as_reader().take(limit);
    let mut chunk = vec![0; 1 << 16];
    loop {
        if progress(Progress { file: remote.file, done, total }).is_break() {
            return Err(Failure::Final(DataError::Stopped { file: remote.file.into(), done, total }));
        }
        let count = match body.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Failure::Address(format!("{url} after {done} of {total} bytes: {error}")));
            }
        };
        file.write_all(&chunk[..count]).map_err(DataError::io("write", part)).map_err(Failure::Final)?;
        done += count as u64;
    }
    if done < total {
        return Err(Failure::Address(format!("{url} ended after {done} of {total} bytes")));
    }
    Ok(())
}

/// Compares the sha256 sum of the file at `path`, which came from `origin`.
fn check(remote: &Remote<'_>, path: &Path, origin: &str, help: &str) -> Result<(), DataError> {
    let found = sha256(path)?;
    if found == remote.sha256 {
        return Ok(());
    }
    let (origin, expected, help) = (origin.into(), remote.sha256.into(), help.into());
    Err(DataError::Checksum { origin, expected, found, help })
}

/// The sha256 sum of a file, 64 lower-case hexadecimal digits.
///
/// # Errors
/// [`DataError::Io`] if the file cannot be read.
pub fn sha256(path: &Path) -> Result<String, DataError> {
    let mut file = BufReader::new(File::open(path).map_err(DataError::io("open", path))?);
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match file.read(&mut chunk).map_err(DataError::io("read", path))? {
            0 => break,
            count => hash.update(&chunk[..count]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Deletes an unfinished download. If that fails the next call meets the same file and the same check, so nothing is lost.
fn remove(part: &Path) {
    let _ = fs::remove_file(part);
}
