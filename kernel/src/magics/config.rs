//! The files with which a session of evcxr begins: `evcxr.toml` beside the notebook or in evcxr's folder, and in that folder
//! `init.evcxr` and `prelude.rs`. The first names settings, crates and a text to run; where it names no crates or no text,
//! the other two take their places.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::Call;
use crate::diagnostics::failure;
use crate::engine::{CellError, Dependency, OptLevel, Setting};
use crate::session::Session;

/// What the files ask for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Startup {
    /// The files that were read.
    files: Vec<PathBuf>,
    opt_level: Option<OptLevel>,
    offline: bool,
    crates: Vec<Dependency>,
    /// Texts to run, each with where it stands.
    texts: Vec<(PathBuf, String)>,
}

/// `evcxr.toml`, as far as it means something here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Document {
    evcxr: Settings,
    dependencies: Table,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    offline_mode: bool,
    prelude: Option<String>,
    opt_level: Option<String>,
}

impl Startup {
    /// Reads the files for the notebooks in a folder.
    fn read(notebooks: &Path, home: Option<&Path>) -> Result<Startup, String> {
        let mut startup = Startup::default();
        let places = [Some(notebooks), home].into_iter().flatten().map(|folder| folder.join("evcxr.toml"));
        let mut document = Document::default();
        if let Some((path, text)) = places.into_iter().find_map(|path| found(path).transpose()).transpose()? {
            document = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            startup.files.push(path);
        }
        let Document { evcxr: Settings { offline_mode, prelude, opt_level }, dependencies } = document;
        startup.offline = offline_mode;
        // `s` and `z` are for size; our cells know numbers only.
        startup.opt_level =
            opt_level.and_then(|level| level.parse().ok()).filter(|level| *level <= 3).map(OptLevel);
        startup.crates = (dependencies.into_iter())
            .map(|(name, value): (String, Value)| Dependency { name, specification: value.to_string() })
            .collect();
        let in_home = |name: &str| home.map_or(Ok(None), |home| found(home.join(name)));
        if startup.crates.is_empty()
            && let Some(init) = in_home("init.evcxr")?
        {
            startup.files.push(init.0.clone());
            startup.texts.push(init);
        }
        let toml = startup.files.first().cloned().unwrap_or_default();
        match prelude {
            Some(prelude) => startup.texts.push((toml, prelude)),
            None => {
                if let Some(prelude) = in_home("prelude.rs")? {
                    startup.files.push(prelude.0.clone());
                    startup.texts.push(prelude);
                }
            }
        }
        Ok(startup)
    }
}

/// A file and its text; `None` if it is not there.
fn found(path: PathBuf) -> Result<Option<(PathBuf, String)>, String> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// The folder of evcxr's files: `EVCXR_CONFIG_DIR`, or `evcxr` in the user's folder of settings.
fn home() -> Option<PathBuf> {
    let named = std::env::var_os("EVCXR_CONFIG_DIR").filter(|folder| !folder.is_empty());
    named.map(PathBuf::from).or_else(|| dirs::config_dir().map(|folder| folder.join("evcxr")))
}

/// `:load_config`
pub fn load(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let quiet = match call.line.arguments.as_str() {
        "" => false,
        "--quiet" => true,
        other => return Err(call.error(&format!("expected `--quiet` or nothing, found `{other}`"), &[])),
    };
    let files = begin(session)?;
    if quiet {
        return Ok(());
    }
    if files.is_empty() {
        session.say("there is neither `evcxr.toml` nor `init.evcxr` nor `prelude.rs`");
    }
    for file in files {
        session.say(&format!("read {}", file.display()));
    }
    Ok(())
}

/// Does what the files ask for, and gives their names. Nothing, where the engine belongs to no notebook.
pub fn begin(session: &mut Session) -> Result<Vec<PathBuf>, CellError> {
    let Some(notebooks) = session.engine.folder() else { return Ok(Vec::new()) };
    let startup = Startup::read(notebooks, home().as_deref())
        .map_err(|text| failure("ConfigurationError", &text, None, "", &[]))?;
    if let Some(level) = startup.opt_level {
        *session.engine.opt_level() = Some(level);
    }
    if startup.offline {
        session.engine.set(&Setting::Offline(true))?;
    }
    if !startup.crates.is_empty() {
        session.engine.depend(&startup.crates)?;
    }
    for (path, text) in &startup.texts {
        session.part(text, 0).map_err(|mut error| {
            error.traceback.insert(0, format!("In {}, which is run as cell 0:", path.display()));
            error
        })?;
    }
    Ok(startup.files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        std::fs::write(folder.join(name), text).unwrap();
    }

    #[test]
    fn the_file_beside_the_notebook_comes_before_that_of_the_user() {
        let (notebooks, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let read = || Startup::read(notebooks.path(), Some(home.path()));
        assert_eq!(read(), Ok(Startup::default()));
        write(home.path(), "evcxr.toml", "[evcxr]\nopt_level = \"1\"\ntmpdir = \"/tmp\"\n");
        assert_eq!(read().unwrap().opt_level, Some(OptLevel(1)));
        write(
            notebooks.path(),
            "evcxr.toml",
            "[evcxr]\noffline_mode = true\nprelude = \"use std::fmt;\"\n\
             [dependencies]\nitoa = \"1\"\n[dependencies.rand]\nversion = \"0.9\"\nfeatures = [\"std\"]\n",
        );
        let startup = read().unwrap();
        assert_eq!((startup.opt_level, startup.offline), (None, true));
        assert_eq!(startup.texts[0].1, "use std::fmt;");
        let specifications: Vec<&str> =
            startup.crates.iter().map(|found| found.specification.as_str()).collect();
        assert_eq!(specifications[0], "\"1\"");
        let parsed: Table = format!("rand = {}", specifications[1]).parse().unwrap();
        assert_eq!(parsed["rand"]["features"][0].as_str(), Some("std"));
    }

    #[test]
    fn lines_to_run_come_from_the_users_folder_where_the_settings_name_none() {
        let (notebooks, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(home.path(), "init.evcxr", ":dep itoa");
        write(home.path(), "prelude.rs", "use itoa::Buffer;");
        let texts =
            |startup: Startup| -> Vec<String> { startup.texts.into_iter().map(|(_, text)| text).collect() };
        let read = || Startup::read(notebooks.path(), Some(home.path()));
        assert_eq!(texts(read().unwrap()), [":dep itoa", "use itoa::Buffer;"]);
        write(notebooks.path(), "evcxr.toml", "[dependencies]\nryu = \"1\"\n");
        assert_eq!(texts(read().unwrap()), ["use itoa::Buffer;"]);
        write(notebooks.path(), "evcxr.toml", "[dependencies");
        assert!(read().unwrap_err().contains("evcxr.toml"));
    }
}
