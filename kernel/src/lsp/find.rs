//! Which rust-analyzer helps, if any.

use std::path::{Path, PathBuf};

use crate::doctor::first_line;

/// The environment variable that names the program, or says `off`.
pub const VARIABLE: &str = "FERROLAB_RUST_ANALYZER";
const NAME: &str = "rust-analyzer";

/// A program that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    pub path: PathBuf,
    /// What it says of itself.
    pub version: String,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Absent {
    #[error("switched off by {VARIABLE}")]
    Off,
    #[error("expected the program {} that {VARIABLE} names to tell its version: it does not", .0.display())]
    Unusable(PathBuf),
    #[error("`rustup component add rust-analyzer`")]
    NotInstalled,
}

/// The one that `FERROLAB_RUST_ANALYZER` names, the one beside `rustc`, or the one of the search path. rustup puts a program of
/// that name there that only says what is missing; so each is asked for its version.
pub fn find(rustc: Option<&Path>) -> Result<Program, Absent> {
    let chosen = std::env::var_os(VARIABLE).filter(|chosen| !chosen.is_empty());
    if chosen.as_ref().is_some_and(|chosen| chosen == "off") {
        return Err(Absent::Off);
    }
    if let Some(chosen) = chosen.map(PathBuf::from) {
        return program(&chosen).ok_or(Absent::Unusable(chosen));
    }
    let beside = rustc.and_then(Path::parent).map(|folder| folder.join(NAME));
    beside
        .into_iter()
        .chain([PathBuf::from(NAME)])
        .find_map(|path| program(&path))
        .ok_or(Absent::NotInstalled)
}

fn program(path: &Path) -> Option<Program> {
    let version = first_line(path.to_str()?, &["--version"])?;
    Some(Program { path: path.to_owned(), version })
}
