//! `:dep`: crates for the cells of a notebook.
//!
//! What the library already holds is used as it is. The rest cargo resolves and builds in a package of its own, with versions
//! pinned beside the notebook; all of it becomes one shared library (see `set`).
//!
//! ```text
//! <cache>/ferrolab/deps/
//!     lock         held while crates are built
//!     notebooks/   a package for each folder of notebooks
//!     target/      where cargo builds: one for all notebooks, so that no crate is built twice
//!     sets/        what cells are linked to; never changed once it is there
//! ```

mod bundled;
mod error;
mod live;
mod lock;
mod package;
mod set;
mod tool;
mod wanted;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use error::DependencyError;
use live::Live;
use package::Package;
use set::Set;
use tool::Tools;
use wanted::{Source, Wanted};

use super::DirectEngine;
use super::paths::Paths;
use crate::bundle::{Bundle, BundledCrate};
use crate::cargo::Tree;
use crate::engine::{CellError, Dependency, Installed};
use crate::files::cache_folder;

/// The crates of a session.
#[derive(Debug, Default)]
pub struct Deps {
    /// All that was asked for, by the names in cells.
    wanted: BTreeMap<String, Wanted>,
    provided: BTreeMap<String, Provided>,
    /// Crates below those: a variable may be of a type from there.
    below: BTreeMap<String, PathBuf>,
    /// What the child process is linked to, the oldest first.
    sets: Vec<Set>,
    pub offline: bool,
    pub build_env: Vec<(String, String)>,
}

/// A crate that cells can use.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Provided {
    version: String,
    bundled: bool,
    /// What rustc reads.
    file: PathBuf,
}

impl Deps {
    /// Flags for cells. `mentioned`: whether a name stands in the type of a variable.
    pub fn flags(&self, bundle: &Bundle, mentioned: impl Fn(&str) -> bool) -> Vec<String> {
        let direct = bundle.flags.iter().any(|flag| flag == "-Clinker-flavor=ld");
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
    fn changed(&self, next: &Deps) -> HashSet<String> {
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

impl DirectEngine {
    /// Whether the process that runs the cells has to be started anew: all variables are lost then.
    pub(super) fn add_crates(&mut self, dependencies: &[Dependency]) -> Result<bool, CellError> {
        let next = match self.next_crates(dependencies).map_err(DependencyError::into_cell_error)? {
            Some(next) => next,
            None => return Ok(false),
        };
        let changed = self.deps.changed(&next);
        let contradiction =
            next.sets.last().is_some_and(|new| self.deps.sets.iter().any(|old| new.contradicts(old)));
        if contradiction {
            self.child = None;
            let lost = self.lose_all();
            self.tell("a crate was built anew under its old name, so the process that runs the cells was started anew");
            let lost: Vec<&str> = lost.iter().map(|(name, _)| name.as_str()).collect();
            if !lost.is_empty() {
                self.tell(&format!("lost variables: {}", lost.join(", ")));
            }
        } else if !changed.is_empty() {
            self.drop_variables_of(&changed);
        }
        if contradiction || !changed.is_empty() {
            self.table = self.table.renewed();
            self.statics.clear();
        }
        self.deps = next;
        // What a path of a crate was called may hold no more.
        self.paths = Paths::default();
        Ok(contradiction)
    }

    /// Variables of a type that is another one now. What cells have defined may contain such a type anywhere.
    fn drop_variables_of(&mut self, changed: &HashSet<String>) {
        let unfit: Vec<String> = (self.variables.iter())
            .filter(|(_, variable)| !variable.definition.is_empty() || !variable.names.is_disjoint(changed))
            .map(|(name, _)| name.clone())
            .collect();
        for name in unfit {
            self.tell(&format!(
                "`{name}` is dropped: a crate that its type may come from is another one now"
            ));
            self.variables.lose(
                &name,
                "it was dropped when a crate that its type may come from was replaced by `:dep`",
            );
            self.forgotten.push(name);
        }
    }

    /// The crates with these added; `None` if they are there.
    fn next_crates(&self, dependencies: &[Dependency]) -> Result<Option<Deps>, DependencyError> {
        let work_dir = &self.config.work_dir;
        let mut wanted = self.deps.wanted.clone();
        let mut label = Vec::new();
        for dependency in dependencies.iter().filter(|dependency| dependency.name != "ferrolab") {
            let new = Wanted::new(dependency, work_dir)?;
            label.push(new.name.clone());
            wanted.insert(new.crate_name(), new);
        }
        // What lies in a folder may have changed.
        let may_change = wanted.values().any(|wanted| matches!(wanted.source, Source::Path(_)));
        if wanted == self.deps.wanted && !may_change {
            return Ok(None);
        }
        let cache = cache_folder().ok_or(DependencyError::NoCache)?.join("deps");
        let package = Package::new(&cache, work_dir);
        let (locked, crates) = (package.locked(), self.config.bundle.crates());
        let mut from_library: BTreeMap<String, &BundledCrate> = (wanted.iter())
            .filter_map(|(name, wanted)| Some((name.clone(), bundled::find(wanted, &crates, &locked)?)))
            .collect();
        let mut next = Deps {
            wanted,
            sets: self.deps.sets.clone(),
            offline: self.deps.offline,
            build_env: self.deps.build_env.clone(),
            ..Deps::default()
        };
        if from_library.len() < next.wanted.len() {
            let mut live = Live::new(self.events.clone(), label.join(", "));
            let built = self.build(&cache, &package, &mut next, &mut from_library, &mut live);
            live.end(&match &built {
                Ok(()) => format!("{}: ready", label.join(", ")),
                Err(error) => format!("{}: {error}", label.join(", ")),
            });
            built?;
        }
        for (name, bundled) in from_library {
            let file = self.config.bundle.folder.join(&bundled.file);
            next.provided.insert(name, Provided { version: bundled.version.clone(), bundled: true, file });
        }
        Ok(Some(next))
    }

    /// Builds what is not in the library. What has to be built although it is, leaves `from_library`.
    fn build(
        &self,
        cache: &Path,
        package: &Package,
        next: &mut Deps,
        from_library: &mut BTreeMap<String, &BundledCrate>,
        live: &mut Live,
    ) -> Result<(), DependencyError> {
        let target = cache.join("target");
        let tools = Tools {
            bundle: &self.config.bundle,
            work_dir: &self.config.work_dir,
            target: &target,
            environment: &self.deps.build_env,
            phase: &self.phase,
        };
        let _lock = self.lock_builds(cache, live)?;
        let (tree, offline) = loop {
            let own: Vec<&Wanted> = next
                .wanted
                .iter()
                .filter(|(name, _)| !from_library.contains_key(*name))
                .map(|(_, wanted)| wanted)
                .collect();
            let resolved = resolve(&tools, package, &own, next.offline, live)?;
            let drawn: BTreeSet<String> = bundled::drawn_in(from_library, &resolved.0);
            if drawn.is_empty() {
                break resolved;
            }
            from_library.retain(|name, _| !drawn.contains(name));
        };
        let total = tree.uses.values().flatten().collect::<HashSet<_>>().len();
        let built = tools.build(&package.manifest(), offline, total, &mut |line| live.say(line))?;
        if let Err(error) = package.keep_versions() {
            self.tell(&format!("the versions could not be written beside the notebook: {error}"));
        }
        let mut direct = BTreeMap::new();
        let roots = tree.root.as_ref().map(|root| tree.used_by(root)).unwrap_or_default();
        for (name, wanted) in next.wanted.iter().filter(|(name, _)| !from_library.contains_key(*name)) {
            let version =
                roots.iter().find(|(package, _)| *package == wanted.package).map(|(_, version)| version);
            // Compiled twice, a crate is told for build scripts first.
            let artifact = built.artifacts.iter().rev().find(|artifact| {
                artifact.package == wanted.package
                    && version.is_none_or(|version| artifact.version == *version)
            });
            let artifact = artifact.ok_or_else(|| DependencyError::NoLibrary(wanted.name.clone()))?;
            let file = artifact.file(if artifact.is_macro { "so" } else { "rlib" });
            let file = file.ok_or_else(|| DependencyError::NoLibrary(wanted.name.clone()))?;
            let renamed = wanted.package != wanted.name;
            let name = if renamed { name.clone() } else { artifact.crate_name.clone() };
            let provided =
                Provided { version: artifact.version.clone(), bundled: false, file: file.to_owned() };
            direct.insert(name.clone(), file.to_owned());
            next.provided.insert(name, provided);
        }
        let set = Set::gather(&tools, &cache.join("sets"), &built, &direct, &next.sets)?;
        for provided in next.provided.values_mut().filter(|provided| !provided.bundled) {
            let file =
                provided.file.with_extension(if provided.file.extension().is_some_and(|e| e == "so") {
                    "so"
                } else {
                    "rmeta"
                });
            provided.file = set.folder.join(file.file_name().unwrap_or_default());
        }
        for artifact in
            built.artifacts.iter().filter(|artifact| !next.provided.contains_key(&artifact.crate_name))
        {
            if let Some(name) = artifact.file("rmeta").and_then(Path::file_name) {
                next.below.insert(artifact.crate_name.clone(), set.folder.join(name));
            }
        }
        if next.sets.iter().any(|old| set.contradicts(old)) {
            next.sets.clear();
        }
        if !next.sets.contains(&set) {
            next.sets.push(set);
        }
        Ok(())
    }

    /// One kernel builds at a time.
    fn lock_builds(&self, cache: &Path, live: &mut Live) -> Result<File, DependencyError> {
        std::fs::create_dir_all(cache)?;
        let lock = File::create(cache.join("lock"))?;
        while lock.try_lock().is_err() {
            live.say("another kernel builds crates, waiting for it");
            if self.phase.is_interrupted() {
                return Err(DependencyError::Interrupted);
            }
            sleep(Duration::from_millis(50));
        }
        Ok(lock)
    }
}

/// Finds out which crates a package consists of: without the network where the lock knows all that is wanted, and where
/// there is no network. Says whether it was done without.
fn resolve(
    tools: &Tools<'_>,
    package: &Package,
    own: &[&Wanted],
    offline: bool,
    live: &mut Live,
) -> Result<(Tree, bool), DependencyError> {
    let locked = package.locked();
    let known = own.iter().all(|wanted| lock::knows(&locked, &wanted.package));
    let mut attempt = |offline: bool| {
        package.write(own.iter().copied(), &locked)?;
        tools.tree(&package.manifest(), offline, &mut |line| live.say(line)).map(|tree| (tree, offline))
    };
    let first = match attempt(offline || known) {
        Err(error) if error.is_about_network() && !offline => error,
        done => return done,
    };
    match attempt(!known) {
        // What failed with the network says more.
        Err(second) => Err(if known { second } else { first }),
        done => done,
    }
}
