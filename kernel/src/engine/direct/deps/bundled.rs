//! Which crates the library already holds: those cost nothing, and their types are the library's own.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use super::lock::{compatible, locked};
use super::wanted::{Source, Wanted};
use crate::bundle::BundledCrate;
use crate::cargo::Tree;

/// Crates of whose types and traits nothing is seen outside the crate that uses them: two of them in one program, one in
/// the library and one that cargo built, are no harm.
const UNSEEN: [&str; 9] =
    ["autocfg", "cfg-if", "itoa", "libc", "memchr", "once_cell", "ryu", "scopeguard", "zmij"];

/// The crate in the library that is what a notebook wants, in the version that its lock holds.
pub fn find<'a>(wanted: &Wanted, crates: &'a [BundledCrate], lock: &str) -> Option<&'a BundledCrate> {
    let Source::Registry(required) = &wanted.source else { return None };
    crates.iter().find(|bundled| {
        bundled.package == wanted.package
            && Version::parse(&bundled.version).is_ok_and(|version| required.matches(&version))
            && missing(wanted, bundled).is_empty()
            && locked(lock, bundled).is_none_or(|version| version == bundled.version)
    })
}

/// The features that a notebook wants and a crate of the library has not.
pub fn missing(wanted: &Wanted, bundled: &BundledCrate) -> Vec<String> {
    let default = wanted.default_features.then(|| "default".to_owned());
    let features = wanted.features.iter().cloned().chain(default);
    features.filter(|feature| !bundled.features.contains(feature)).collect()
}

/// Of the crates `from_library`, those that have to be built all the same, because what cargo builds uses them or shares with
/// them a crate that people see: `serde` when `toml` is built, which uses it, and then `serde_json` too. With the
/// library's `serde`, a `Serialize` derived in a cell would mean nothing to `toml`.
pub fn drawn_in(from_library: &BTreeMap<String, &BundledCrate>, tree: &Tree) -> BTreeSet<String> {
    let built = tree.reached();
    let is_built = |package: &str, version: &str| {
        built.iter().any(|(name, other)| name == package && compatible(other, version))
    };
    from_library
        .iter()
        .filter(|(_, bundled)| {
            let seen = bundled.uses.iter().filter(|(package, _)| !UNSEEN.contains(&package.as_str()));
            is_built(&bundled.package, &bundled.version)
                || seen.into_iter().any(|(package, version)| is_built(package, version))
        })
        .map(|(name, _)| name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::engine::Dependency;

    fn bundled(package: &str, version: &str, features: &[&str], uses: &[(&str, &str)]) -> BundledCrate {
        BundledCrate {
            package: package.to_owned(),
            version: version.to_owned(),
            features: features.iter().map(|feature| (*feature).to_owned()).collect(),
            file: format!("lib{package}-1.rmeta"),
            uses: uses.iter().map(|(name, version)| ((*name).to_owned(), (*version).to_owned())).collect(),
        }
    }

    fn library() -> [BundledCrate; 3] {
        [
            bundled("serde", "1.0.229", &["default", "derive"], &[("serde_core", "1.0.229")]),
            bundled("serde_json", "1.0.150", &["default"], &[("memchr", "2.8.0"), ("serde_core", "1.0.229")]),
            bundled("polars", "0.55.2", &["lazy"], &[("polars-core", "0.55.2")]),
        ]
    }

    fn wanted(name: &str, specification: &str) -> Wanted {
        let dependency = Dependency { name: name.to_owned(), specification: specification.to_owned() };
        Wanted::new(&dependency, Path::new("/")).unwrap()
    }

    #[test]
    fn version_and_features_decide_whether_the_library_has_it() {
        let library = library();
        let has =
            |name: &str, specification: &str| find(&wanted(name, specification), &library, "").is_some();
        assert!(has("serde", "\"1\"") && has("serde", "\"*\""));
        assert!(has("serde", "{ version = \"1.0\", features = [\"derive\"] }"));
        assert!(has("s", "{ package = \"serde\", version = \"1\" }"));
        assert!(!has("serde", "\"2\"") && !has("serde", "{ version = \"1\", features = [\"rc\"] }"));
        assert!(!has("polars", "\"0.55\""), "it is there without its default features");
        assert!(has("polars", "{ version = \"0.55\", default-features = false }"));
        assert!(!has("serde", "{ git = \"https://example.org\" }") && !has("regex", "\"1\""));
    }

    #[test]
    fn a_lock_that_holds_another_version_is_obeyed() {
        let library = library();
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.200\"\n";
        assert!(find(&wanted("serde", "\"1\""), &library, lock).is_none());
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.229\"\n";
        assert!(find(&wanted("serde", "\"1\""), &library, lock).is_some());
    }

    #[test]
    fn what_a_built_crate_uses_is_built_too() {
        let library = library();
        let from_library: BTreeMap<String, &BundledCrate> =
            library.iter().map(|bundled| (bundled.package.clone(), bundled)).collect();
        let drawn = |tree: &str| Vec::from_iter(drawn_in(&from_library, &Tree::parse(tree)));
        assert_eq!(drawn("0notebook v0.0.0\n1toml v1.0.0\n2serde_core v1.0.230"), ["serde", "serde_json"]);
        assert_eq!(drawn("0notebook v0.0.0\n1regex v1.0.0\n2memchr v2.8.1"), Vec::<String>::new());
        assert_eq!(drawn("0notebook v0.0.0\n1old v1.0.0\n2serde v0.9.0"), Vec::<String>::new());
    }
}
