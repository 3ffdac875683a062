//! One crate that a notebook asks for, as `:dep` says it.

use std::path::{Path, PathBuf};

use semver::VersionReq;
use toml::{Table, Value};

use super::DependencyError;
use crate::engine::Dependency;

/// A crate that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its name in a Cargo.toml, and with `_` for `-` in cells.
    pub name: String,
    /// The name of its package, another one where a notebook renames it.
    pub package: String,
    /// As it was asked for.
    pub specification: String,
    /// The same for a Cargo.toml elsewhere: paths are absolute.
    pub entry: Value,
    pub source: Source,
    pub features: Vec<String>,
    pub default_features: bool,
}

/// Where a crate comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// crates.io.
    Registry(VersionReq),
    /// A folder.
    Path(PathBuf),
    /// A git repository, another registry.
    Elsewhere,
}

impl Wanted {
    /// Reads what is asked for. Paths are relative to `folder`.
    pub fn new(dependency: &Dependency, folder: &Path) -> Result<Wanted, DependencyError> {
        let Dependency { name, specification } = dependency;
        if !is_name(name) {
            return Err(DependencyError::Name(name.clone()));
        }
        let wrong = |expected: &str| DependencyError::Specification {
            name: name.clone(),
            found: specification.clone(),
            expected: expected.to_owned(),
        };
        let document: Table = format!("dependency = {specification}")
            .parse()
            .map_err(|_| wrong("`\"1.0\"` or `{ version = \"1.0\", features = [\"…\"] }`"))?;
        let mut entry = match document.get("dependency") {
            Some(Value::String(version)) => {
                Table::from_iter([("version".to_owned(), version.as_str().into())])
            }
            Some(Value::Table(table)) => table.clone(),
            Some(Value::Float(_) | Value::Integer(_)) => {
                return Err(wrong(&format!("the version in quotes: `\"{}\"`", specification.trim())));
            }
            _ => return Err(wrong("a version or a table")),
        };
        let text = |entry: &Table, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        let source = if let Some(path) = text(&entry, "path") {
            let path = folder.join(path);
            let path = path.canonicalize().map_err(|error| DependencyError::Path { path, error })?;
            entry.insert("path".to_owned(), path.to_string_lossy().as_ref().into());
            Source::Path(path)
        } else if ["git", "registry"].iter().any(|key| entry.contains_key(*key)) {
            Source::Elsewhere
        } else {
            let version = text(&entry, "version").unwrap_or_else(|| "*".to_owned());
            let version = VersionReq::parse(&version)
                .map_err(|error| wrong(&format!("a version such as `\"1.0\"` ({error})")))?;
            entry.entry("version").or_insert_with(|| "*".into());
            Source::Registry(version)
        };
        let flag = |key: &str| entry.get(key).and_then(Value::as_bool);
        let features = entry.get("features").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        Ok(Wanted {
            package: text(&entry, "package").unwrap_or_else(|| name.clone()),
            features: features.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            default_features: flag("default-features").or(flag("default_features")).unwrap_or(true),
            name: name.clone(),
            specification: specification.trim().to_owned(),
            entry: Value::Table(entry),
            source,
        })
    }

    /// The name in cells.
    pub fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, specification: &str) -> Result<Wanted, String> {
        let dependency = Dependency { name: name.to_owned(), specification: specification.to_owned() };
        Wanted::new(&dependency, Path::new("/")).map_err(|error| error.to_string())
    }

    #[test]
    fn versions_and_tables_are_read() {
        let wanted = read("rand-core", "\"1.2\"").unwrap();
        assert_eq!(wanted.source, Source::Registry(VersionReq::parse("1.2").unwrap()));
        assert_eq!((wanted.crate_name().as_str(), wanted.default_features), ("rand_core", true));
        let wanted =
            read("ndarray", "{ version = \"0.16\", features = [\"rayon\"], default-features = false }")
                .unwrap();
        assert_eq!((wanted.features, wanted.default_features), (vec!["rayon".to_owned()], false));
        let wanted = read("re", "{ package = \"regex\" }").unwrap();
        assert_eq!((wanted.package.as_str(), wanted.source), ("regex", Source::Registry(VersionReq::STAR)));
        assert_eq!(read("a", "{ git = \"https://example.org/a\" }").unwrap().source, Source::Elsewhere);
    }

    #[test]
    fn a_path_is_one_from_the_folder_of_the_notebook() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("mine")).unwrap();
        let dependency =
            Dependency { name: "mine".to_owned(), specification: "{ path = \"mine\" }".to_owned() };
        let wanted = Wanted::new(&dependency, folder.path()).unwrap();
        let expected = folder.path().join("mine").canonicalize().unwrap();
        assert_eq!(wanted.entry["path"].as_str(), expected.to_str());
        assert_eq!(wanted.source, Source::Path(expected));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_what_was_expected() {
        assert!(read("regex", "1.0").unwrap_err().contains("`\"1.0\"`"));
        assert!(read("regex", "\"one\"").unwrap_err().contains("a version such as"));
        assert!(read("regex", "{ version = ").unwrap_err().contains("features"));
        assert!(read("regex", "{ path = \"nowhere\" }").unwrap_err().contains("/nowhere"));
        assert!(read("a b", "\"1\"").unwrap_err().contains("`a b`"));
    }
}
