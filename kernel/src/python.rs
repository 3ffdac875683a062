//! The machine's Python 3: found, and asked once for all that making a virtual environment needs to know.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

/// The oldest Python that the pinned packages support.
pub const OLDEST: (u32, u32) = (3, 10);

/// A Python interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Python {
    pub executable: PathBuf,
    /// Such as `3.12.3`.
    pub version: String,
    /// `sys.prefix`: the environment it stands in.
    pub prefix: PathBuf,
    /// `sys.base_prefix`: the installation behind the environment.
    pub base: PathBuf,
    pub has_venv: bool,
    /// Whether a fresh virtual environment gets pip; Debian and Ubuntu take that out of Python.
    pub has_pip: bool,
}

/// What is missing.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    #[error(
        "found no Python 3: install it (Debian, Ubuntu: `apt install python3-venv`; macOS: `brew install python`)"
    )]
    Missing,
    #[error("{found} does not work: {reason}")]
    Broken { found: String, reason: String },
    #[error("expected Python {}.{} or newer, found {version} ({executable})", OLDEST.0, OLDEST.1)]
    TooOld { executable: PathBuf, version: String },
    #[error(
        "{executable} lacks the module `{module}`: install it (Debian, Ubuntu: `apt install python3-venv`)"
    )]
    NoModule { executable: PathBuf, module: &'static str },
}

const QUESTION: &str = "
import importlib.util as u, json, platform, sys
has = lambda name: u.find_spec(name) is not None
print(json.dumps(dict(executable=sys.executable, version=platform.python_version(), prefix=sys.prefix,
                      base=sys.base_prefix, has_venv=has('venv'), has_pip=has('ensurepip'))))";

impl Python {
    /// `python3` of the search path, else `python` where that is a Python 3.
    pub fn find() -> Result<Self, PythonError> {
        let mut broken = None;
        for name in ["python3", "python"] {
            // Isolated: neither variables nor a file of the current folder may change the answer.
            let Ok(output) = Command::new(name).args(["-I", "-c", QUESTION]).output() else { continue };
            match serde_json::from_slice::<Self>(&output.stdout) {
                Ok(python) => return Ok(python),
                Err(_) => {
                    let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                    broken.get_or_insert(PythonError::Broken { found: name.to_owned(), reason });
                }
            }
        }
        Err(broken.unwrap_or(PythonError::Missing))
    }

    /// Whether a virtual environment with pip can be made.
    pub fn check(&self) -> Result<(), PythonError> {
        let executable = || self.executable.clone();
        if self.numbers() < Some(OLDEST) {
            return Err(PythonError::TooOld { executable: executable(), version: self.version.clone() });
        }
        for (present, module) in [(self.has_venv, "venv"), (self.has_pip, "ensurepip")] {
            if !present {
                return Err(PythonError::NoModule { executable: executable(), module });
            }
        }
        Ok(())
    }

    /// One that has everything, for tests.
    #[cfg(test)]
    pub(crate) fn whole(version: &str) -> Self {
        Self {
            executable: "python3".into(),
            version: version.into(),
            prefix: "/usr".into(),
            base: "/usr".into(),
            has_venv: true,
            has_pip: true,
        }
    }

    fn numbers(&self) -> Option<(u32, u32)> {
        let mut parts = self.version.split('.').map(|part| part.parse().ok());
        Some((parts.next()??, parts.next()??))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_python_and_one_without_pip_are_refused() {
        assert!(Python::whole("3.10.0").check().is_ok());
        assert!(Python::whole("3.13.0rc1").check().is_ok());
        assert!(matches!(Python::whole("3.9.18").check(), Err(PythonError::TooOld { .. })));
        let debian = Python { has_pip: false, ..Python::whole("3.11.2") };
        assert!(debian.check().unwrap_err().to_string().contains("apt install python3-venv"));
    }
}
