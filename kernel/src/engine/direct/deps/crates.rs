//! The crates of a session: what was asked for, what cells can use, and what rustc must be told of it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::set::Set;
use super::wanted::Wanted;
use crate::bundle::{self, Bundle, crates_of};
use crate::cargo::{Artifact, Messages, Package, Tree};
use crate::engine::direct::program::Executor;
use crate::engine::{Installed, UsedCrate};

/// The crates of a session.
#[derive(Debug, Default)]
pub struct Deps {
    /// All that was asked for, by the names in cells.
    pub wanted: BTreeMap<String, Wanted>,
    pub provided: BTreeMap<String, Provided>,
    /// Crates below those: a variable may be of a type from there.
    pub below: BTreeMap<String, PathBuf>,
    /// What the child process is linked to, the oldest first.
    pub sets: Vec<Set>,
    /// Those that were built, for a language server.
    pub sources: Vec<UsedCrate>,
    pub offline: bool,
    pub build_env: Vec<(String, String)>,
}

/// A crate that cells can use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    pub package: String,
    pub version: String,
    pub features: Vec<String>,
    pub bundled: bool,
    /// What rustc reads.
    pub file: PathBuf,
}

impl Deps {
    /// Flags for cells. `mentioned`: whether a name stands in the type of a variable.
    pub fn flags(&self, bundle: &Bundle, mentioned: impl Fn(&str) -> bool) -> Vec<String> {
        let direct = bundle.cell_flags.iter().any(|flag| flag == "-Clinker-flavor=ld");
        self.flags_with(if direct { "-rpath=" } else { "-Wl,-rpath," }, mentioned)
    }

    /// The same for cells of which all can be named, and that `cc` links.
    #[cfg(feature = "evcxr")]
    pub fn flags_for_cc(&self) -> Vec<String> {
        self.flags_with("-Wl,-rpath,", |_| true)
    }

    fn flags_with(&self, begin: &str, mentioned: impl Fn(&str) -> bool) -> Vec<String> {
        let mut flags: Vec<String> = (self.provided.iter())
            .map(|(name, provided)| (name, &provided.file))
            .chain(self.below.iter().filter(|(name, _)| mentioned(name)))
            .map(|(name, file)| format!("--extern={name}={}", file.display()))
            .collect();
        for set in &self.sets {
            flags.push(format!("-L{}", set.folder.display()));
            flags.push(format!("-Clink-arg={begin}{}", set.folder.display()));
        }
        flags
    }

    /// What a program must contain to be linked to the crates.
    pub fn links(&self) -> String {
        self.library().map_or_else(String::new, |library| format!("extern crate {library} as _; "))
    }

    /// The crate that holds the code of the crates, or is linked to it.
    pub fn library(&self) -> Option<&str> {
        self.sets.iter().rev().find_map(|set| set.library.as_deref())
    }

    /// The runtime that cells run in, if they have `tokio` with one.
    pub fn executor(&self) -> Option<Executor> {
        let (name, tokio) = self.provided.iter().find(|(_, provided)| provided.package == "tokio")?;
        let has = |wanted: &str| tokio.features.iter().any(|feature| feature == wanted);
        has("rt").then(|| Executor { name: name.clone(), threads: has("rt-multi-thread") })
    }

    pub fn installed(&self) -> Vec<Installed> {
        let installed = |(name, provided): (&String, &Provided)| Installed {
            name: name.clone(),
            specification: self
                .wanted
                .get(name)
                .map(|wanted| wanted.specification.clone())
                .unwrap_or_default(),
            version: provided.version.clone(),
            bundled: provided.bundled,
        };
        self.provided.iter().map(installed).collect()
    }

    /// The crates that are other ones in `next` than they are here.
    pub fn changed(&self, next: &Deps) -> HashSet<String> {
        let mut changed = HashSet::new();
        for (name, provided) in &self.provided {
            if next.provided.get(name).is_some_and(|now| now.file.file_name() != provided.file.file_name()) {
                changed.insert(name.clone());
            }
        }
        for (name, file) in &self.below {
            if next.below.get(name).is_some_and(|now| now.file_name() != file.file_name()) {
                changed.insert(name.clone());
            }
        }
        changed
    }
}

/// What a language server reads of crates that cargo has built. What a procedural macro is made of nobody sees. `names`: how cells name
/// packages.
pub fn sources(
    tree: &Tree,
    built: &Messages,
    folder: &Path,
    names: &HashMap<Package, String>,
) -> Vec<UsedCrate> {
    let of = |artifact: &Artifact| (artifact.package.clone(), artifact.version.clone());
    let reached = tree.reached();
    // Compiled twice, a crate is told for build scripts first.
    let last: BTreeMap<Package, &Artifact> = (built.artifacts.iter())
        .map(|artifact| (of(artifact), artifact))
        .filter(|(package, _)| reached.contains(package))
        .collect();
    let places: HashMap<&Package, usize> =
        last.keys().enumerate().map(|(at, package)| (package, at)).collect();
    let artifacts: Vec<&Artifact> = last.values().copied().collect();
    let crates = crates_of(&artifacts, built, folder);
    let used = |(package, mut source): (&Package, bundle::Crate)| {
        let below = tree.used_by(package).iter().filter(|_| !source.is_proc_macro);
        source.deps = below
            .filter_map(|below| {
                Some(bundle::Dependency {
                    at: *places.get(below)?,
                    name: last.get(below)?.crate_name.clone(),
                })
            })
            .collect();
        UsedCrate { name: names.get(package).cloned(), source }
    };
    last.keys().zip(crates).map(used).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_server_reads_built_crates_with_what_they_use() {
        let tree = Tree::parse(
            "0notebook v0.0.0\n1regex v1.2.0\n2memchr v2.8.0\n2derive v1.0.0 (proc-macro)\n3syn v3.0.0",
        );
        let artifact = |package: &str, version: &str, is_macro| Artifact {
            id: format!("registry#{package}@{version}"),
            package: package.to_owned(),
            version: version.to_owned(),
            crate_name: package.to_owned(),
            is_macro,
            features: vec!["std".to_owned()],
            manifest: format!("/r/{package}/Cargo.toml").into(),
            root: format!("/r/{package}/src/lib.rs").into(),
            edition: "2021".to_owned(),
            files: if is_macro { vec!["/t/libderive-1.so".into()] } else { Vec::new() },
        };
        let artifacts = vec![
            artifact("syn", "3.0.0", false),
            artifact("memchr", "2.8.0", false),
            artifact("derive", "1.0.0", true),
            artifact("regex", "1.2.0", false),
        ];
        let built = Messages { artifacts, scripts: Vec::new() };
        let names = HashMap::from([(("regex".to_owned(), "1.2.0".to_owned()), "re".to_owned())]);
        let sources = sources(&tree, &built, Path::new("/set"), &names);
        let find = |name: &str| sources.iter().position(|used| used.source.display_name == name);
        assert_eq!((sources.len(), find("syn")), (3, None));
        let regex = &sources[find("regex").unwrap()];
        assert_eq!((regex.name.as_deref(), regex.source.cfg[0].as_str()), (Some("re"), "feature=\"std\""));
        let below: Vec<Option<usize>> = regex.source.deps.iter().map(|used| Some(used.at)).collect();
        assert_eq!(below, [find("memchr"), find("derive")]);
        let derive = &sources[find("derive").unwrap()].source;
        assert_eq!(derive.proc_macro_dylib_path.as_deref(), Some(Path::new("/set/libderive-1.so")));
    }
}
