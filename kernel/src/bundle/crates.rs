//! The crates that the library is made of, as far as cells may use them by their own names: `crates.json`.

use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::cargo::{self, Artifact, Tree};

const FILE: &str = "crates.json";

/// A crate in the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundledCrate {
    /// The name of its package: `rand-core`.
    pub package: String,
    pub version: String,
    pub features: Vec<String>,
    /// Its metadata, or the library of a procedural macro, in the folder of the bundle.
    pub file: String,
    /// What it uses itself: names and versions of packages.
    pub uses: Vec<(String, String)>,
}

/// Whether the crates of a bundle are written down.
pub fn exists(folder: &Path) -> bool {
    folder.join(FILE).is_file()
}

/// The crates of a bundle; none if it does not tell.
pub fn load(folder: &Path) -> Vec<BundledCrate> {
    let text = std::fs::read(folder.join(FILE)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Writes down which crates the library at `source` is made of. What went wrong costs time later, nothing else: `:dep`
/// builds again what it does not find here.
pub fn write(folder: &Path, source: &Path, arguments: &[String], artifacts: &[Artifact]) {
    let crates = bundled(&tree(source, arguments), artifacts);
    let text = serde_json::to_vec_pretty(&crates).unwrap_or_default();
    let _ = crate::files::write_whole(&folder.join(FILE), &text);
}

/// What `cargo tree` says of the library: its crates, each line with its depth.
fn tree(source: &Path, arguments: &[String]) -> String {
    let output = Command::new(cargo::program())
        .args(Tree::ARGUMENTS)
        .args(["-p", "ferrolab"])
        .args(arguments)
        .current_dir(source)
        .stdin(Stdio::null())
        .output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn bundled(tree: &str, artifacts: &[Artifact]) -> Vec<BundledCrate> {
    let tree = Tree::parse(tree);
    let inside = tree.reached();
    let mut crates = Vec::new();
    for artifact in artifacts {
        let package = (artifact.package.clone(), artifact.version.clone());
        let of_package = |other: &&Artifact| other.package == package.0 && other.version == package.1;
        // Compiled twice, once for a build script: nobody tells which of the two is in the library.
        if !inside.contains(&package) || artifacts.iter().filter(of_package).count() > 1 {
            continue;
        }
        let file = artifact.file(if artifact.is_macro { "so" } else { "rmeta" });
        let Some(file) = file.and_then(Path::file_name).and_then(|name| name.to_str()) else { continue };
        let mut features = artifact.features.clone();
        if !has_default(&artifact.manifest) {
            features.push("default".to_owned());
        }
        crates.push(BundledCrate {
            file: file.to_owned(),
            features,
            uses: tree.used_by(&package).to_vec(),
            package: package.0,
            version: package.1,
        });
    }
    crates.sort_by(|one, other| (&one.package, &one.version).cmp(&(&other.package, &other.version)));
    crates
}

/// Whether a package has default features at all. One that has none has all of them.
fn has_default(manifest: &Path) -> bool {
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    text.parse::<toml::Table>()
        .is_ok_and(|table| table.get("features").is_some_and(|features| features.get("default").is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0ferrolab v0.1.0 (/home/me/ferrolab)
1serde v1.0.229
2serde_core v1.0.229
2serde_derive v1.0.229 (proc-macro)
3syn v3.0.10
1serde_json v1.0.150
2serde_core v1.0.229
1twice v1.0.0
";

    fn artifact(package: &str, version: &str, is_macro: bool) -> Artifact {
        let crate_name = package.replace('-', "_");
        let endings: &[&str] = if is_macro { &["so"] } else { &["rlib", "rmeta"] };
        Artifact {
            id: String::new(),
            root: "/nowhere/lib.rs".into(),
            edition: "2024".to_owned(),
            package: package.to_owned(),
            version: version.to_owned(),
            files: endings.iter().map(|ending| format!("/t/lib{crate_name}-1.{ending}").into()).collect(),
            crate_name,
            is_macro,
            features: vec!["std".to_owned()],
            manifest: "/nowhere/Cargo.toml".into(),
        }
    }

    #[test]
    fn what_is_in_the_library_is_told_with_what_it_uses() {
        let artifacts = [
            artifact("serde", "1.0.229", false),
            artifact("serde_core", "1.0.229", false),
            artifact("serde_derive", "1.0.229", true),
            artifact("serde_json", "1.0.150", false),
            artifact("syn", "3.0.10", false),
            artifact("twice", "1.0.0", false),
            artifact("twice", "1.0.0", false),
        ];
        let crates = bundled(TREE, &artifacts);
        let names: Vec<_> = crates.iter().map(|found| found.package.as_str()).collect();
        assert_eq!(names, ["serde", "serde_core", "serde_derive", "serde_json"]);
        assert_eq!(crates[2].file, "libserde_derive-1.so");
        assert_eq!(crates[3].uses, [("serde_core".to_owned(), "1.0.229".to_owned())]);
        assert_eq!(crates[0].features, ["std", "default"]);
    }
}
