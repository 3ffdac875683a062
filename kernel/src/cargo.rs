//! What cargo says of the crates that it has built, and of who uses whom.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The program: `CARGO`, by which an outer cargo names itself, or what the search path has.
pub fn program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned())
}

/// A compiled crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// By which cargo knows its package.
    pub id: String,
    /// The name of its package: `rand-core`.
    pub package: String,
    pub version: String,
    /// The name in Rust: `rand_core`.
    pub crate_name: String,
    pub is_macro: bool,
    pub features: Vec<String>,
    /// Its Cargo.toml.
    pub manifest: PathBuf,
    /// The source file with which it begins.
    pub root: PathBuf,
    pub edition: String,
    /// What rustc has written: `.rlib` and `.rmeta`, or the `.so` of a procedural macro.
    pub files: Vec<PathBuf>,
}

impl Artifact {
    /// Its file with this ending.
    pub fn file(&self, ending: &str) -> Option<&Path> {
        self.files
            .iter()
            .find(|file| file.extension().is_some_and(|found| found == ending))
            .map(PathBuf::as_path)
    }
}

/// What a build script has told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Script {
    /// By which cargo knows its package.
    #[serde(rename = "package_id")]
    pub id: String,
    /// Where native libraries are: arguments for rustc's `-L`.
    #[serde(default)]
    pub linked_paths: Vec<String>,
    #[serde(default)]
    pub cfgs: Vec<String>,
    #[serde(default)]
    pub env: Vec<(String, String)>,
    pub out_dir: Option<PathBuf>,
}

/// What a line of `cargo build --message-format=json` tells.
/// <https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    Built(Artifact),
    Script(Script),
}

/// All that a build tells.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    pub artifacts: Vec<Artifact>,
    pub scripts: Vec<Script>,
}

impl Messages {
    /// Reads one more line.
    pub fn read(&mut self, line: &str) {
        match message(line) {
            Some(Message::Built(artifact)) => self.artifacts.push(artifact),
            Some(Message::Script(script)) => self.scripts.push(script),
            None => {}
        }
    }
}

#[derive(Debug, Deserialize)]
struct Line {
    reason: String,
    #[serde(default)]
    package_id: String,
    #[serde(default)]
    manifest_path: PathBuf,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
    #[serde(default)]
    features: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    #[serde(default)]
    src_path: PathBuf,
    #[serde(default)]
    edition: String,
}

/// The libraries, macros and build scripts among cargo's messages; `None` for all others.
pub fn message(text: &str) -> Option<Message> {
    let line: Line = serde_json::from_str(text).ok()?;
    match (line.reason.as_str(), line.target) {
        ("build-script-executed", _) => serde_json::from_str(text).ok().map(Message::Script),
        ("compiler-artifact", Some(target)) => {
            let is_macro = target.kind.iter().any(|kind| kind == "proc-macro");
            let is_library = target.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "dylib"));
            let (package, version) = package_of(&line.package_id)?;
            (is_macro || is_library).then(|| {
                Message::Built(Artifact {
                    id: line.package_id,
                    package,
                    version,
                    crate_name: target.name.replace('-', "_"),
                    is_macro,
                    features: line.features,
                    manifest: line.manifest_path,
                    root: target.src_path,
                    edition: target.edition,
                    files: line.filenames,
                })
            })
        }
        _ => None,
    }
}

/// Name and version in the identifier of a package: `registry+https://…#serde@1.0.229`, `path+file:///a/mine#0.1.0`.
/// <https://doc.rust-lang.org/cargo/reference/pkgid-spec.html>
pub fn package_of(id: &str) -> Option<Package> {
    let (source, fragment) = id.rsplit_once('#')?;
    let (name, version) = match fragment.rsplit_once('@') {
        Some(both) => both,
        None => {
            let source = source.split('?').next().unwrap_or(source).trim_end_matches('/');
            (source.rsplit_once('/')?.1, fragment)
        }
    };
    Some((name.to_owned(), version.to_owned()))
}

/// A package: its name and its version.
pub type Package = (String, String);

/// Who uses whom.
#[derive(Debug, Default)]
pub struct Tree {
    /// What all begins with.
    pub root: Option<Package>,
    pub uses: HashMap<Package, Vec<Package>>,
    /// Procedural macros: what they use runs while compiling, and is in no program.
    pub macros: HashSet<Package>,
}

impl Tree {
    /// Arguments for cargo that make it print what [`Tree::parse`] reads.
    pub const ARGUMENTS: [&str; 7] = ["tree", "-e", "normal", "--prefix", "depth", "--format", "{p}"];

    /// Reads what `cargo tree` prints: a line for each crate, with its depth. What was told once is not told again.
    pub fn parse(text: &str) -> Tree {
        let mut tree = Tree::default();
        let mut path: Vec<Package> = Vec::new();
        for line in text.lines() {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let mut words = line[digits..].split_whitespace();
            let (Ok(depth), Some(name), Some(version)) =
                (line[..digits].parse::<usize>(), words.next(), words.next())
            else {
                continue;
            };
            let package = (name.to_owned(), version.trim_start_matches('v').to_owned());
            if line.contains("(proc-macro)") {
                tree.macros.insert(package.clone());
            }
            path.truncate(depth);
            match path.last() {
                Some(user) => {
                    let used = tree.uses.entry(user.clone()).or_default();
                    if !used.contains(&package) {
                        used.push(package.clone());
                    }
                }
                None => tree.root = tree.root.or_else(|| Some(package.clone())),
            }
            path.push(package);
        }
        tree
    }

    /// What a package uses itself.
    pub fn used_by(&self, package: &Package) -> &[Package] {
        self.uses.get(package).map_or(&[], Vec::as_slice)
    }

    /// What is in a program that begins with the root; of macros only they themselves.
    pub fn reached(&self) -> HashSet<Package> {
        let (mut reached, mut waiting) = (HashSet::new(), Vec::from_iter(self.root.clone()));
        while let Some(package) = waiting.pop() {
            if reached.insert(package.clone()) && !self.macros.contains(&package) {
                waiting.extend(self.used_by(&package).iter().cloned());
            }
        }
        reached
    }
}

/// Whether a line of cargo's tells how far it is; in the report of a failure it would only hide the reason.
pub fn is_progress(line: &str) -> bool {
    const WORDS: [&str; 10] = [
        "Adding",
        "Blocking",
        "Checking",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Finished",
        "Locking",
        "Updating",
        "Fresh",
    ];
    // cargo sets its words right, in twelve columns.
    let word = line.split_whitespace().next().unwrap_or_default();
    line.starts_with(' ') && WORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_told_with_its_package_and_files() {
        let line = r#"{"reason":"compiler-artifact","package_id":"registry+https://github.com/rust-lang/crates.io-index#rand-core@0.9.3",
            "manifest_path":"/r/Cargo.toml","target":{"kind":["lib"],"name":"rand_core"},"features":["std"],
            "filenames":["/t/librand_core-1.rlib","/t/librand_core-1.rmeta"],"fresh":true}"#;
        let Some(Message::Built(built)) = message(line) else { panic!("that is a library") };
        assert_eq!((built.package.as_str(), built.version.as_str()), ("rand-core", "0.9.3"));
        assert_eq!(built.file("rmeta"), Some(Path::new("/t/librand_core-1.rmeta")));
        assert!(!built.is_macro && built.file("so").is_none());
        let script =
            r#"{"reason":"build-script-executed","package_id":"x#a@1.0.0","linked_paths":["native=/n"]}"#;
        let Some(Message::Script(told)) = message(script) else { panic!("that is a build script") };
        assert_eq!((told.id.as_str(), told.linked_paths), ("x#a@1.0.0", vec!["native=/n".to_owned()]));
        assert_eq!(message(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(message("warning: no JSON"), None);
    }

    #[test]
    fn identifiers_of_packages_name_them_in_both_spellings() {
        let pair = |name: &str, version: &str| Some((name.to_owned(), version.to_owned()));
        assert_eq!(package_of("path+file:///home/me/mine#0.1.0"), pair("mine", "0.1.0"));
        assert_eq!(package_of("path+file:///home/me/folder#mine@0.1.0"), pair("mine", "0.1.0"));
        assert_eq!(package_of("git+https://e.org/a/b.git?rev=1#b@2.0.0"), pair("b", "2.0.0"));
        assert_eq!(package_of("nonsense"), None);
    }

    #[test]
    fn the_report_of_a_failed_build_leaves_out_what_went_well() {
        assert!(is_progress("   Compiling polars-core v0.55.2"));
        assert!(is_progress("    Finished `release` profile [optimized] target(s) in 2.00s"));
        for told in ["error[E0308]: mismatched types", "  --> src/lib.rs:1:1", "warning: build failed", ""] {
            assert!(!is_progress(told), "{told}");
        }
    }
}
