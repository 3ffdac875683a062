//! What the session is compiled against, as a folder that rust-analyzer reads: `rust-project.json` with the crates of the
//! library, and the file of the session.

use std::io;
use std::path::{Path, PathBuf};

use crate::bundle::{Crate, Dependency, Project, Source};

/// The session's crate, as rust-analyzer names it in what it shows.
pub const SESSION: &str = "session";

/// The two files.
#[derive(Debug)]
pub struct Files {
    pub project: PathBuf,
    pub session: PathBuf,
}

/// Writes the project of a session into a folder.
pub fn write(folder: &Path, library: &Project) -> io::Result<Files> {
    let files = Files { project: folder.join("rust-project.json"), session: folder.join("session.rs") };
    let mut project = library.clone();
    let ferrolab = project.crates.iter().position(|one| one.display_name == "ferrolab");
    project.crates.push(Crate {
        display_name: SESSION.to_owned(),
        root_module: files.session.clone(),
        edition: "2024".to_owned(),
        deps: ferrolab.map(|at| Dependency { at, name: "ferrolab".to_owned() }).into_iter().collect(),
        source: Some(Source { include_dirs: vec![folder.to_owned()], exclude_dirs: Vec::new() }),
        is_workspace_member: true,
        ..Crate::default()
    });
    std::fs::write(&files.project, serde_json::to_vec(&project)?)?;
    std::fs::write(&files.session, "")?;
    Ok(files)
}
