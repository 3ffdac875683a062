//! What the session is compiled against, as a folder that rust-analyzer reads: `rust-project.json` with the crates of the
//! library, and the file of the session.

use std::io;
use std::path::{Path, PathBuf};

use crate::bundle::{Crate, Dependency, Project, Source};
use crate::engine::UsedCrate;

/// The session's crate, as rust-analyzer names it in what it shows.
pub const SESSION: &str = "session";

/// The two files.
#[derive(Debug)]
pub struct Files {
    pub project: PathBuf,
    pub session: PathBuf,
}

impl Files {
    /// Writes the project of a session into a folder, and the empty file of the session.
    pub fn write(folder: &Path, library: &Project) -> io::Result<Files> {
        let files = Files { project: folder.join("rust-project.json"), session: folder.join("session.rs") };
        files.describe(library, &[])?;
        std::fs::write(&files.session, "")?;
        Ok(files)
    }

    /// Writes the project anew, with these crates besides the library.
    pub fn describe(&self, library: &Project, crates: &[UsedCrate]) -> io::Result<()> {
        std::fs::write(&self.project, serde_json::to_vec(&self.with(library, crates))?)
    }

    fn with(&self, library: &Project, crates: &[UsedCrate]) -> Project {
        let mut project = library.clone();
        let ferrolab = project.crates.iter().position(|one| one.display_name == "ferrolab");
        let mut deps: Vec<Dependency> =
            ferrolab.map(|at| Dependency { at, name: "ferrolab".to_owned() }).into_iter().collect();
        let begin = project.crates.len();
        for (at, UsedCrate { name, source }) in crates.iter().enumerate() {
            let mut source = source.clone();
            source.deps.iter_mut().for_each(|used| used.at += begin);
            project.crates.push(source);
            deps.extend(name.clone().map(|name| Dependency { at: begin + at, name }));
        }
        let folder = self.session.parent().map(Path::to_owned);
        project.crates.push(Crate {
            display_name: SESSION.to_owned(),
            root_module: self.session.clone(),
            edition: "2024".to_owned(),
            deps,
            source: Some(Source { include_dirs: folder.into_iter().collect(), exclude_dirs: Vec::new() }),
            is_workspace_member: true,
            ..Crate::default()
        });
        project
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_of_a_session_stand_behind_those_of_the_library() {
        let files = Files { project: "/s/rust-project.json".into(), session: "/s/session.rs".into() };
        let one = |name: &str, deps: &[(usize, &str)]| Crate {
            display_name: name.to_owned(),
            deps: deps.iter().map(|(at, name)| Dependency { at: *at, name: (*name).to_owned() }).collect(),
            ..Crate::default()
        };
        let library = Project {
            sysroot: PathBuf::new(),
            sysroot_src: PathBuf::new(),
            crates: vec![one("ferrolab", &[(1, "below")]), one("below", &[])],
        };
        let crates = [
            UsedCrate { name: Some("re".to_owned()), source: one("regex", &[(1, "memchr")]) },
            UsedCrate { name: None, source: one("memchr", &[]) },
        ];
        let project = files.with(&library, &crates);
        let deps = |at: usize| -> Vec<(usize, &str)> {
            project.crates[at].deps.iter().map(|used| (used.at, used.name.as_str())).collect()
        };
        assert_eq!(deps(0), [(1, "below")]);
        assert_eq!(deps(2), [(3, "memchr")]);
        assert_eq!(deps(4), [(0, "ferrolab"), (2, "re")]);
    }
}
