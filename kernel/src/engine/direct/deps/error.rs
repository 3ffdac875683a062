//! Why a crate cannot be used, in words for people.

use std::io;
use std::path::PathBuf;

use crate::diagnostics::failure;
use crate::engine::CellError;

/// The name of the package that is made for a notebook.
pub const PACKAGE: &str = "ferrolab-notebook";

/// Why a crate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DependencyError {
    #[error("expected the name of a crate, found `{0}`")]
    Name(String),
    #[error("`:dep {name}`: expected {expected}, found `{found}`")]
    Specification { name: String, found: String, expected: String },
    #[error("found no folder {}: {error}", path.display())]
    Path { path: PathBuf, error: io::Error },
    #[error("found no folder for caches: set HOME or XDG_CACHE_HOME")]
    NoCache,
    #[error("could not start `{program}`: {error}: install Rust from https://rustup.rs")]
    Tool { program: String, error: io::Error },
    #[error("interrupted: nothing was added")]
    Interrupted,
    #[error("{}", headline(.0))]
    Cargo(String),
    #[error("cargo built `{0}` and told of no library in it: only libraries can be used in cells")]
    NoLibrary(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl DependencyError {
    /// An error of cargo or rustc: what it wrote on its standard error.
    pub fn cargo(said: String) -> Self {
        let own = |line: &str| {
            line.contains(&format!("`{PACKAGE} ")) && line.trim_start().starts_with("required by")
        };
        let note = "warning: ";
        let kept = said.lines().filter(|line| !own(line) && !line.starts_with(note));
        DependencyError::Cargo(kept.map(|line| format!("{line}\n")).collect())
    }

    /// Whether the network would have helped, or was needed and not there.
    pub fn is_about_network(&self) -> bool {
        const SIGNS: [&str; 9] = [
            "--offline",
            "offline mode",
            "download",
            "network",
            "Could not resolve host",
            "Couldn't resolve host",
            "failed to connect",
            "Failed to connect",
            "unable to update",
        ];
        matches!(self, DependencyError::Cargo(said) if SIGNS.iter().any(|sign| said.contains(sign)))
    }

    /// The error as a cell's.
    pub fn into_cell_error(self) -> CellError {
        let ename = match self {
            DependencyError::Interrupted => "Interrupted",
            _ => "DependencyError",
        };
        let mut error = failure(ename, &self.to_string(), None, "", &self.notes());
        if let DependencyError::Cargo(said) = &self {
            error.traceback.push(said.trim_end().to_owned());
        }
        error
    }

    fn notes(&self) -> Vec<String> {
        let DependencyError::Cargo(said) = self else { return Vec::new() };
        let mut notes = Vec::new();
        if said.contains("versions that meet the requirements")
            || said.contains("all possible versions conflict")
        {
            notes.push(
                "two crates want versions of a third that exclude each other: ask for other versions"
                    .to_owned(),
            );
        }
        if self.is_about_network() {
            notes.push(
                "the crate is not on this machine, and crates.io could not be asked: `:offline 0` allows the network"
                    .to_owned(),
            );
        }
        notes
    }
}

/// One line of what cargo wrote.
fn headline(said: &str) -> String {
    let quoted = |line: &str| line.split('`').nth(1).unwrap_or_default().to_owned();
    if let Some(line) = said.lines().find(|line| line.contains("no matching package named")) {
        return format!("there is no crate `{}`", quoted(line));
    }
    if let Some(line) =
        said.lines().find(|line| line.contains("failed to select a version for the requirement"))
    {
        let wanted = quoted(line);
        let found = said
            .lines()
            .find_map(|line| line.trim().strip_prefix("candidate versions found which didn't match: "));
        return match found {
            Some(found) => format!("no version fits `{wanted}`, found {found}"),
            None => format!("no version fits `{wanted}`"),
        };
    }
    if let Some(line) = said.lines().find(|line| line.contains("does not have that feature")) {
        let line = line.replace(&format!("package `{PACKAGE}` depends on "), "");
        return line.trim().trim_start_matches("error: ").to_owned();
    }
    if let Some(line) = said.lines().find(|line| line.contains("could not compile")) {
        return format!("the crate `{}` does not compile", quoted(line));
    }
    let line = said.lines().find(|line| line.starts_with("error")).or_else(|| said.lines().next());
    let line = line.unwrap_or("cargo failed and said nothing");
    line.split_once(": ")
        .filter(|(head, _)| head.starts_with("error"))
        .map_or(line, |(_, text)| text)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(said: &str) -> String {
        DependencyError::cargo(said.to_owned()).to_string()
    }

    #[test]
    fn what_cargo_says_is_told_in_a_line() {
        let unknown = "error: no matching package named `nowhere` found\nlocation searched: crates.io index\n\
                       required by package `ferrolab-notebook v0.0.0 (/cache/notebooks/1)`\n";
        assert_eq!(shown(unknown), "there is no crate `nowhere`");
        let DependencyError::Cargo(said) = DependencyError::cargo(unknown.to_owned()) else {
            panic!("of cargo")
        };
        assert!(!said.contains("ferrolab-notebook"), "{said}");
        let version = "error: failed to select a version for the requirement `semver = \"^99\"`\n\
                       candidate versions found which didn't match: 1.0.28, 1.0.27\nlocation searched: crates.io index\n";
        assert_eq!(shown(version), "no version fits `semver = \"^99\"`, found 1.0.28, 1.0.27");
        let broken = "error[E0425]: cannot find value `x`\nerror: could not compile `mine` (lib) due to 1 previous error\n";
        assert_eq!(shown(broken), "the crate `mine` does not compile");
        assert_eq!(shown("error: something new\n"), "something new");
        assert_eq!(shown(""), "cargo failed and said nothing");
    }

    #[test]
    fn errors_of_the_network_are_known() {
        let network = "error: failed to download from `https://index.crates.io/re/ge/regex`\n";
        assert!(DependencyError::cargo(network.to_owned()).is_about_network());
        assert!(!DependencyError::cargo("error: could not compile `a`\n".to_owned()).is_about_network());
    }
}
