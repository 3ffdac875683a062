//! What a language server needs to know of the library: its crates as rust-analyzer's `rust-project.json`.
//! <https://rust-analyzer.github.io/book/non_cargo_based_projects.html>

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::build::Built;
use super::index::SHOWN;
use crate::cargo::{Artifact, Messages};

/// The number is to be raised when other things are written into it: then each bundle gets a new one.
const FILE: &str = "rust-project-1.json";

/// A `rust-project.json`, as far as it is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    pub sysroot: PathBuf,
    pub sysroot_src: PathBuf,
    pub crates: Vec<Crate>,
}

/// A crate of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crate {
    pub display_name: String,
    pub root_module: PathBuf,
    pub edition: String,
    pub deps: Vec<Dependency>,
    pub cfg: Vec<String>,
    pub env: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    pub is_workspace_member: bool,
    pub is_proc_macro: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proc_macro_dylib_path: Option<PathBuf>,
}

/// Another crate, by its place among all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    #[serde(rename = "crate")]
    pub at: usize,
    pub name: String,
}

/// The folders in which the files of a crate lie.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub include_dirs: Vec<PathBuf>,
    pub exclude_dirs: Vec<PathBuf>,
}

impl Project {
    /// Whether a bundle has one.
    pub fn exists(bundle: &Path) -> bool {
        bundle.join(FILE).is_file()
    }

    /// That of a bundle.
    pub fn load(bundle: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(bundle.join(FILE)).ok()?).ok()
    }
}

/// Writes the project of what cargo has built from `source` into the folder of a bundle. Without it there is no help by
/// rust-analyzer; that is all, so a failure is none of the build's.
pub fn write(folder: &Path, source: &Path, built: &Built) {
    let written = metadata(source, &built.toolchain.host)
        .map(|metadata| project(&metadata, built, folder))
        .and_then(|project| Some(fs::write(folder.join(FILE), serde_json::to_vec(&project).ok()?)));
    if !matches!(written, Some(Ok(()))) {
        let _ = fs::remove_file(folder.join(FILE));
    }
}

/// What `cargo metadata` tells.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Debug, Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
    edition: String,
}

#[derive(Debug, Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Debug, Deserialize)]
struct Node {
    id: String,
    deps: Vec<NodeDependency>,
}

#[derive(Debug, Deserialize)]
struct NodeDependency {
    name: String,
    pkg: String,
    dep_kinds: Vec<DependencyKind>,
}

#[derive(Debug, Deserialize)]
struct DependencyKind {
    /// None for what the crate itself uses, else `dev` or `build`.
    kind: Option<String>,
}

/// What cargo's messages tell of a package.
#[derive(Debug, Default)]
struct Facts {
    features: HashSet<String>,
    cfgs: Vec<String>,
    env: Vec<(String, String)>,
    out_dir: Option<PathBuf>,
    macro_library: Option<PathBuf>,
}

fn metadata(source: &Path, host: &str) -> Option<Metadata> {
    let output = Command::new(crate::cargo::program())
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform", host])
        .current_dir(source)
        .output()
        .ok()?;
    serde_json::from_slice(&output.stdout).ok()
}

fn facts<'a>(messages: &'a Messages, folder: &Path) -> HashMap<&'a str, Facts> {
    let mut all: HashMap<&str, Facts> = HashMap::new();
    for artifact in &messages.artifacts {
        let facts = all.entry(&artifact.id).or_default();
        facts.features.extend(artifact.features.iter().cloned());
        let name = artifact.file("so").and_then(Path::file_name);
        facts.macro_library = name.map(|name| folder.join(name)).or(facts.macro_library.take());
    }
    for script in &messages.scripts {
        let facts = all.entry(&script.id).or_default();
        facts.cfgs.extend(script.cfgs.iter().cloned());
        facts.env.extend(script.env.iter().cloned());
        facts.out_dir = script.out_dir.clone().or(facts.out_dir.take());
    }
    all
}

/// The crates that are reached from `ferrolab`, it first. Those whose names nobody meets are left out.
fn project(metadata: &Metadata, built: &Built, folder: &Path) -> Project {
    let facts = facts(&built.messages, folder);
    let packages: HashMap<&str, &Package> = (metadata.packages.iter())
        .filter(|package| facts.contains_key(package.id.as_str()) && package.is_shown())
        .map(|package| (package.id.as_str(), package))
        .collect();
    let nodes: HashMap<&str, &Node> =
        metadata.resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let root = metadata.packages.iter().find(|package| package.name == "ferrolab");
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut order: Vec<&str> = Vec::new();
    order.extend(root.map(|root| root.id.as_str()));
    places.extend(order.iter().map(|id| (*id, 0)));
    let mut crates = Vec::new();
    while let Some(&id) = order.get(crates.len()) {
        let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else { break };
        let target = package.library();
        let is_macro = target.is_some_and(Target::is_macro);
        let mut made = Crate { is_proc_macro: is_macro, ..Crate::default() };
        // What a procedural macro is made of nobody sees.
        for dependency in node.deps.iter().filter(|_| !is_macro) {
            let used = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
            if !used || !packages.contains_key(dependency.pkg.as_str()) {
                continue;
            }
            let next = order.len();
            let at = *places.entry(&dependency.pkg).or_insert_with(|| {
                order.push(&dependency.pkg);
                next
            });
            made.deps.push(Dependency { at, name: dependency.name.clone() });
        }
        describe(&mut made, package, target, facts.get(id));
        crates.push(made);
    }
    let (sysroot, sysroot_src) = (built.toolchain.sysroot.clone(), built.toolchain.rust_sources());
    Project { sysroot, sysroot_src, crates }
}

/// The crates of these artifacts, without those that they use. Macros lie in `folder`.
pub fn crates_of(artifacts: &[&Artifact], messages: &Messages, folder: &Path) -> Vec<Crate> {
    let facts = facts(messages, folder);
    let one = |artifact: &&Artifact| {
        let target = Target {
            name: artifact.crate_name.clone(),
            kind: Vec::new(),
            src_path: artifact.root.clone(),
            edition: artifact.edition.clone(),
        };
        let package = Package {
            id: artifact.id.clone(),
            name: artifact.package.clone(),
            version: artifact.version.clone(),
            manifest_path: artifact.manifest.clone(),
            targets: Vec::new(),
        };
        let mut made = Crate { is_proc_macro: artifact.is_macro, ..Crate::default() };
        describe(&mut made, &package, Some(&target), facts.get(artifact.id.as_str()));
        made
    };
    artifacts.iter().map(one).collect()
}

fn describe(made: &mut Crate, package: &Package, target: Option<&Target>, facts: Option<&Facts>) {
    made.display_name = package.name.clone();
    if let Some(target) = target {
        made.root_module = target.src_path.clone();
        made.edition = target.edition.clone();
        made.env.insert("CARGO_CRATE_NAME".to_owned(), target.crate_name());
    }
    let home = package.manifest_path.parent().unwrap_or(Path::new(""));
    made.env.insert("CARGO_PKG_NAME".to_owned(), package.name.clone());
    made.env.insert("CARGO_PKG_VERSION".to_owned(), package.version.clone());
    made.env.insert("CARGO_MANIFEST_DIR".to_owned(), home.display().to_string());
    let mut source = Source::default();
    source.include_dirs.extend(made.root_module.parent().map(Path::to_owned));
    if let Some(facts) = facts {
        let mut features: Vec<&String> = facts.features.iter().collect();
        features.sort();
        made.cfg.extend(features.iter().map(|feature| format!("feature=\"{feature}\"")));
        made.cfg.extend(facts.cfgs.iter().cloned());
        made.env.extend(facts.env.iter().cloned());
        if let Some(folder) = &facts.out_dir {
            made.env.insert("OUT_DIR".to_owned(), folder.display().to_string());
            source.include_dirs.push(folder.clone());
        }
        made.proc_macro_dylib_path = facts.macro_library.clone().filter(|_| made.is_proc_macro);
    }
    made.source = Some(source);
}

impl Package {
    fn library(&self) -> Option<&Target> {
        self.targets.iter().find(|target| target.is_library())
    }

    fn is_shown(&self) -> bool {
        self.library().is_some_and(|target| SHOWN.contains(&&*target.crate_name()))
    }
}

impl Target {
    /// As Rust code names it.
    fn crate_name(&self) -> String {
        self.name.replace('-', "_")
    }

    fn is_library(&self) -> bool {
        self.is_macro() || self.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "rlib" | "dylib"))
    }

    fn is_macro(&self) -> bool {
        self.kind.iter().any(|kind| kind == "proc-macro")
    }
}
