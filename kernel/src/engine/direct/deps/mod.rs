//! `:dep`: crates for the cells of a notebook.
//!
//! What the library already holds is used as it is. The rest cargo resolves and builds in a package of its own, with versions
//! pinned beside the notebook; all of it becomes one shared library (see `set`).

mod bundled;
mod cache;
mod crates;
mod error;
mod live;
mod lock;
mod package;
mod set;
mod tool;
mod wanted;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

pub use cache::CrateCache;
pub use crates::Deps;
use crates::{Provided, sources};
use error::DependencyError;
use live::Live;
use package::Package;
use set::Set;
use tool::Tools;
use wanted::{Source, Wanted};

use super::DirectEngine;
use super::paths::Paths;
use crate::bundle::BundledCrate;
use crate::cargo::{Artifact, Tree};
use crate::engine::{CellError, Dependency};

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
        let cache = CrateCache::open().ok_or(DependencyError::NoCache)?;
        let package = Package::new(&cache.notebooks(), work_dir);
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
            let BundledCrate { package, version, features, .. } = bundled.clone();
            next.provided.insert(name, Provided { package, version, features, bundled: true, file });
        }
        Ok(Some(next))
    }

    /// Builds what is not in the library. What has to be built although it is, leaves `from_library`.
    fn build(
        &self,
        cache: &CrateCache,
        package: &Package,
        next: &mut Deps,
        from_library: &mut BTreeMap<String, &BundledCrate>,
        live: &mut Live,
    ) -> Result<(), DependencyError> {
        let target = cache.target();
        let tools = Tools {
            bundle: &self.config.bundle,
            work_dir: &self.config.work_dir,
            target: &target,
            environment: &self.deps.build_env,
            phase: &self.phase,
        };
        let lock = self.lock_builds(cache, live)?;
        cache.prune(&lock);
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
            let Artifact { package, version, features, .. } = artifact.clone();
            let provided = Provided { package, version, features, bundled: false, file: file.to_owned() };
            direct.insert(name.clone(), file.to_owned());
            next.provided.insert(name, provided);
        }
        let set = Set::gather(&tools, &cache.sets(), &built, &direct, &next.sets)?;
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
        let named = next.provided.iter().filter(|(_, provided)| !provided.bundled);
        let names = named
            .map(|(name, provided)| ((provided.package.clone(), provided.version.clone()), name.clone()))
            .collect();
        next.sources = sources(&tree, &built, &set.folder, &names);
        if next.sets.iter().any(|old| set.contradicts(old)) {
            next.sets.clear();
        }
        if !next.sets.iter().any(|old| old.folder == set.folder) {
            next.sets.push(set);
        }
        Ok(())
    }

    /// One kernel builds at a time.
    fn lock_builds(&self, cache: &CrateCache, live: &mut Live) -> Result<File, DependencyError> {
        loop {
            if let Some(lock) = cache.lock()? {
                return Ok(lock);
            }
            live.say("another kernel builds crates, waiting for it");
            if self.phase.is_interrupted() {
                return Err(DependencyError::Interrupted);
            }
            sleep(Duration::from_millis(50));
        }
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
