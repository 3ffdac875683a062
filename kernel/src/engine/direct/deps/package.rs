//! The package that cargo resolves and builds for the notebooks of a folder.

use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::PACKAGE;
use super::lock::{LOCK, union};
use super::wanted::Wanted;
use crate::bundle::short_hash;
use crate::files::write_if_changed;

/// The package of one folder.
#[derive(Debug)]
pub struct Package {
    folder: PathBuf,
    /// `ferrolab.lock` beside the notebook.
    lock: PathBuf,
}

impl Package {
    /// The package for the notebooks in `work_dir`. Nothing is written yet.
    pub fn new(packages: &Path, work_dir: &Path) -> Self {
        let name = short_hash(work_dir.to_string_lossy().as_bytes());
        Package { folder: packages.join(name), lock: work_dir.join(LOCK) }
    }

    pub fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// The versions that the notebooks of the folder had.
    pub fn locked(&self) -> String {
        std::fs::read_to_string(&self.lock).unwrap_or_default()
    }

    /// Writes the package anew, with these dependencies and the versions of a lock.
    pub fn write<'a>(&self, wanted: impl IntoIterator<Item = &'a Wanted>, lock: &str) -> io::Result<()> {
        let manifest = manifest(wanted);
        write_if_changed(&self.manifest(), manifest.as_bytes())?;
        write_if_changed(&self.folder.join("lib.rs"), b"")?;
        write_if_changed(&self.folder.join("Cargo.lock"), lock.as_bytes())?;
        Ok(())
    }

    /// Writes the versions that cargo has taken beside the notebook.
    pub fn keep_versions(&self) -> io::Result<()> {
        let new = std::fs::read_to_string(self.folder.join("Cargo.lock"))?;
        let both = union(&self.locked(), &new, PACKAGE);
        write_if_changed(&self.lock, both.as_bytes()).map(drop)
    }
}

fn manifest<'a>(wanted: impl IntoIterator<Item = &'a Wanted>) -> String {
    let table = |pairs: &[(&str, Value)]| {
        Value::Table(pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    };
    let dependencies: Table =
        wanted.into_iter().map(|wanted| (wanted.name.clone(), wanted.entry.clone())).collect();
    let manifest = Table::from_iter([
        (
            "package".to_owned(),
            table(&[
                ("name", PACKAGE.into()),
                ("version", "0.0.0".into()),
                ("edition", "2024".into()),
                ("publish", false.into()),
            ]),
        ),
        ("lib".to_owned(), table(&[("path", "lib.rs".into())])),
        // Whatever lies above the cache is none of its business.
        ("workspace".to_owned(), table(&[])),
        (
            "profile".to_owned(),
            table(&[(
                "release",
                table(&[("opt-level", 3.into()), ("debug", false.into()), ("panic", "unwind".into())]),
            )]),
        ),
        ("dependencies".to_owned(), Value::Table(dependencies)),
    ]);
    manifest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Dependency;

    #[test]
    fn the_manifest_holds_what_was_asked_for() {
        let dependency = Dependency {
            name: "serde".to_owned(),
            specification: "{ version = \"1\", features = [\"derive\"] }".to_owned(),
        };
        let wanted = Wanted::new(&dependency, Path::new("/")).unwrap();
        let manifest: Table = manifest([&wanted]).parse().unwrap();
        assert_eq!(manifest["dependencies"]["serde"]["features"][0].as_str(), Some("derive"));
        assert_eq!(manifest["profile"]["release"]["opt-level"].as_integer(), Some(3));
        assert!(manifest["workspace"].is_table());
    }

    #[test]
    fn the_versions_lie_beside_the_notebook() {
        let (cache, notebook) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let package = Package::new(cache.path(), notebook.path());
        assert_eq!(package.locked(), "");
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n";
        package.write([], lock).unwrap();
        package.keep_versions().unwrap();
        assert!(package.locked().contains("name = \"a\""));
        assert!(notebook.path().join("ferrolab.lock").is_file());
    }
}
