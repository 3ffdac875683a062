//! `ferrolab.lock` beside the notebook: which versions its crates had, in the format of a Cargo.lock.

use std::collections::BTreeMap;

use semver::Version;

use crate::bundle::BundledCrate;

/// The name of the file.
pub const LOCK: &str = "ferrolab.lock";

const HEAD: &str = "# Made by ferrolab: the versions of the crates that the notebooks of this folder use. Keep it with them.\n\
                    # Without it, the newest versions are taken.\nversion = 4\n";

/// One package: its text, its name and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block<'a> {
    name: &'a str,
    version: &'a str,
    text: &'a str,
}

fn blocks(lock: &str) -> impl Iterator<Item = Block<'_>> {
    lock.split("[[package]]\n").skip(1).filter_map(|text| {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key))?;
            Some(line.trim().trim_start_matches('=').trim().trim_matches('"'))
        };
        Some(Block { name: value("name")?, version: value("version")?, text: text.trim_end() })
    })
}

/// A lock that holds what both hold: several notebooks of a folder share it. Of two versions that exclude each other the new
/// one stays. The package named `root` is left out.
pub fn union(old: &str, new: &str, root: &str) -> String {
    let mut kept: BTreeMap<(&str, &str), &str> = blocks(new)
        .filter(|block| block.name != root)
        .map(|Block { name, version, text }| ((name, version), text))
        .collect();
    for Block { name, version, text } in blocks(old).filter(|block| block.name != root) {
        if !blocks(new).any(|block| block.name == name && compatible(block.version, version)) {
            kept.insert((name, version), text);
        }
    }
    kept.values().fold(HEAD.to_owned(), |lock, text| lock + "\n[[package]]\n" + text + "\n")
}

/// The version of a package that a lock holds and that another may take the place of.
pub fn locked<'a>(lock: &'a str, of: &BundledCrate) -> Option<&'a str> {
    blocks(lock)
        .find(|block| block.name == of.package && compatible(block.version, &of.version))
        .map(|block| block.version)
}

/// Whether a lock knows a package.
pub fn knows(lock: &str, package: &str) -> bool {
    blocks(lock).any(|block| block.name == package)
}

/// Whether two versions exclude each other in one program: they differ only behind the first number that is not zero.
pub fn compatible(one: &str, other: &str) -> bool {
    let head = |text: &str| {
        let version = Version::parse(text).ok()?;
        Some(match (version.major, version.minor) {
            (0, 0) => (0, 0, version.patch),
            (0, minor) => (0, minor, 0),
            (major, _) => (major, 0, 0),
        })
    };
    one == other || head(one).is_some_and(|head_one| Some(head_one) == head(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(packages: &[(&str, &str)]) -> String {
        let block = |(name, version): &(&str, &str)| {
            format!("\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\nsource = \"registry+x\"\n")
        };
        "# head\nversion = 4\n".to_owned() + &packages.iter().map(block).collect::<String>()
    }

    fn pairs(lock: &str) -> Vec<(&str, &str)> {
        blocks(lock).map(|block| (block.name, block.version)).collect()
    }

    #[test]
    fn notebooks_of_one_folder_share_a_lock() {
        let old = lock(&[("itoa", "1.0.1"), ("rand", "0.8.5"), ("semver", "1.0.1")]);
        let new = lock(&[("notebook", "0.0.0"), ("rand", "0.9.1"), ("semver", "1.0.2")]);
        let both = union(&old, &new, "notebook");
        assert_eq!(
            pairs(&both),
            [("itoa", "1.0.1"), ("rand", "0.8.5"), ("rand", "0.9.1"), ("semver", "1.0.2")]
        );
        assert!(both.contains("source = \"registry+x\"\n"));
        assert_eq!(union(&both, &new, "notebook"), both);
        assert!(both.parse::<toml::Table>().is_ok());
    }

    #[test]
    fn versions_exclude_each_other_as_cargo_has_it() {
        for (one, other, expected) in [
            ("1.2.0", "1.9.1", true),
            ("1.2.0", "2.0.0", false),
            ("0.3.1", "0.3.9", true),
            ("0.3.1", "0.4.0", false),
            ("0.0.1", "0.0.2", false),
        ] {
            assert_eq!(compatible(one, other), expected, "{one} {other}");
        }
        assert!(knows(&lock(&[("a", "1.0.0")]), "a") && !knows("", "a"));
    }
}
