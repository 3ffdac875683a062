//! The private virtual environment with pinned JupyterLab: in the user's cache folder, made once, whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::files;
use crate::python::{Python, PythonError};

/// Every package with its version; the same file that CI installs.
const REQUIREMENTS: &str = include_str!("../../requirements.txt");
/// The line in it above what only books need.
const BOOK: &str = "# For books and scripts\n";
/// Written last: says that the environment is whole.
const COMPLETE: &str = "ferrolab-complete";
/// The same of what books need.
const BOOK_COMPLETE: &str = "ferrolab-book-complete";
/// JupyterLab asks no questions about news on its first start.
const LAB_SETTINGS: &str =
    r#"{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}"#;
/// Our template for pages: nbconvert's `lab`, without what it fetches from elsewhere.
const PAGE: [(&str, &str); 2] = [
    ("conf.json", include_str!("assets/page/conf.json")),
    ("index.html.j2", include_str!("assets/page/index.html.j2")),
];
/// What makes the pages.
const CONVERT: &str = include_str!("assets/page/convert.py");

/// What can go wrong with the environment.
#[derive(Debug, thiserror::Error)]
pub enum VenvError {
    #[error(transparent)]
    Python(#[from] PythonError),
    #[error("found no folder for caches: set HOME or XDG_CACHE_HOME")]
    NoCache,
    #[error("cannot prepare {path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot run {program}: {source}")]
    Run { program: PathBuf, source: io::Error },
    #[error("{what} failed:\n{output}")]
    Failed { what: &'static str, output: String },
}

/// A virtual environment, made or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Venv {
    pub folder: PathBuf,
}

impl Venv {
    /// The place for these requirements and this Python; another list or Python gets another folder.
    pub fn locate(python: &Python) -> Result<Self, VenvError> {
        let mut hash = Sha256::new();
        for part in [REQUIREMENTS, &python.version, &python.base.to_string_lossy()] {
            hash.update(part);
            hash.update([0]);
        }
        let name = format!("venv-{}", &hex::encode(hash.finalize())[..12]);
        Ok(Self { folder: files::cache_folder().ok_or(VenvError::NoCache)?.join(name) })
    }

    /// Whether everything is installed and the Python behind it still there.
    pub fn is_complete(&self) -> bool {
        self.folder.join(COMPLETE).is_file() && self.program("python").exists()
    }

    /// A program of the environment, such as `python`.
    pub fn program(&self, name: &str) -> PathBuf {
        if cfg!(windows) {
            self.folder.join("Scripts").join(name).with_extension("exe")
        } else {
            self.folder.join("bin").join(name)
        }
    }

    /// Makes the environment if it is not there; what another process left half done is made anew. `report` hears what
    /// is being done, often.
    pub fn ensure(&self, python: &Python, report: &dyn Fn(&str)) -> Result<(), VenvError> {
        if self.is_complete() {
            return Ok(());
        }
        python.check()?;
        let _lock = self.lock(report)?;
        // Another process may have made it while we waited.
        if self.is_complete() {
            return Ok(());
        }
        let folder_error = |source| VenvError::Folder { path: self.folder.clone(), source };
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(folder_error)?;
        }

        report("virtual environment");
        let mut venv = Command::new(&python.executable);
        run(venv.args(["-I", "-m", "venv"]).arg(&self.folder), "making the virtual environment", &|_| {})?;

        self.install(
            lab_list(),
            "installing JupyterLab (pip needs the network once; behind a mirror set PIP_INDEX_URL)",
            report,
        )?;
        let settings = self.folder.join("share/jupyter/lab/settings/overrides.json");
        files::write_whole(&settings, LAB_SETTINGS.as_bytes()).map_err(folder_error)?;
        files::write_whole(&self.folder.join(COMPLETE), b"").map_err(folder_error)
    }

    /// Whether what books need is installed too.
    pub fn is_complete_for_books(&self) -> bool {
        self.is_complete() && self.folder.join(BOOK_COMPLETE).is_file()
    }

    /// Installs what books need into the environment, which must be whole otherwise.
    pub fn ensure_for_books(&self, report: &dyn Fn(&str)) -> Result<(), VenvError> {
        let _lock = self.lock(report)?;
        if self.is_complete_for_books() {
            return Ok(());
        }
        self.install(
            REQUIREMENTS,
            "installing Sphinx (pip needs the network once; behind a mirror set PIP_INDEX_URL)",
            report,
        )?;
        let mark = self.folder.join(BOOK_COMPLETE);
        files::write_whole(&mark, b"").map_err(|source| VenvError::Folder { path: mark.clone(), source })
    }

    /// Has pip install the packages of a list.
    fn install(&self, packages: &str, what: &'static str, report: &dyn Fn(&str)) -> Result<(), VenvError> {
        let list = self.folder.join("requirements.txt");
        fs::write(&list, packages).map_err(|source| VenvError::Folder { path: list.clone(), source })?;
        let mut pip = Command::new(self.program("python"));
        pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input"]);
        pip.args(["--progress-bar", "off", "-r"]);
        let all = pinned(packages).count();
        let seen = std::cell::Cell::new(0);
        run(pip.arg(&list), what, &|line| {
            if let Some(package) = line.strip_prefix("Collecting ") {
                seen.set(seen.get() + 1);
                let name = package.split_whitespace().next().unwrap_or_default();
                report(&format!("{}/{all} {name}", seen.get()));
            } else if line.starts_with("Installing") {
                report(&format!("unpacking {all} packages"));
            }
        })
    }

    /// Builds a static site in `output` from the Sphinx project in `source`.
    pub fn build_site(&self, source: &Path, output: &Path, report: &dyn Fn(&str)) -> Result<(), VenvError> {
        let mut sphinx = Command::new(self.program("python"));
        sphinx.args(["-I", "-m", "sphinx", "-b", "html", "--no-color", "-j", "2"]);
        sphinx.arg("-d").arg(source.join(".doctrees"));
        run(sphinx.arg(source).arg(output), "building the site", report)
    }

    /// Writes a page beside each notebook, pictures inside; only formulas make it fetch anything.
    pub fn convert_to_html(&self, notebooks: &[PathBuf]) -> Result<(), VenvError> {
        let template = self.folder.join("share/jupyter/nbconvert/templates/ferrolab");
        for (name, content) in PAGE {
            files::write_if_changed(&template.join(name), content.as_bytes())
                .map_err(|source| VenvError::Folder { path: template.clone(), source })?;
        }
        let mut nbconvert = Command::new(self.program("python"));
        nbconvert.args(["-I", "-c", CONVERT, "--to", "html", "--template", "ferrolab", "--embed-images"]);
        run(nbconvert.args(notebooks), "converting to HTML", &|_| {})
    }

    /// The lock that makes processes take turns; the file stays, the lock goes with the handle.
    fn lock(&self, report: &dyn Fn(&str)) -> Result<File, VenvError> {
        let path = self.folder.with_extension("lock");
        let folder_error = |source| VenvError::Folder { path: path.clone(), source };
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(folder_error)?;
        let file = File::create(&path).map_err(folder_error)?;
        if file.try_lock().is_err() {
            report("waiting for another process that is making it");
            file.lock().map_err(folder_error)?;
        }
        Ok(file)
    }
}

/// What JupyterLab needs.
fn lab_list() -> &'static str {
    REQUIREMENTS.split_once(BOOK).map_or(REQUIREMENTS, |(lab, _)| lab)
}

/// The names and versions of the packages of a list.
fn pinned(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once("=="))
}

/// The pinned version of a package; empty for one that is not there.
pub fn version_of(package: &str) -> &'static str {
    pinned(REQUIREMENTS).find(|(name, _)| *name == package).map_or("", |(_, version)| version)
}

/// Runs a program; each line of its output goes to `report`, all of it into the error.
fn run(command: &mut Command, what: &'static str, report: &dyn Fn(&str)) -> Result<(), VenvError> {
    let program = PathBuf::from(command.get_program());
    let run_error = |source| VenvError::Run { program: program.clone(), source };
    // One pipe for both streams keeps their lines in order.
    let (reader, writer) = io::pipe().map_err(run_error)?;
    let second = writer.try_clone().map_err(run_error)?;
    let mut child = command.stdin(Stdio::null()).stdout(writer).stderr(second).spawn().map_err(run_error)?;
    // The command still holds the writing ends; without this the pipe would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut lines = Vec::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = String::from_utf8_lossy(&line.map_err(run_error)?).into_owned();
        report(&line);
        lines.push(line);
    }
    if child.wait().map_err(run_error)?.success() {
        return Ok(());
    }
    Err(VenvError::Failed { what, output: lines[lines.len().saturating_sub(12)..].join("\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jupyterlab_is_pinned() {
        assert!(pinned(lab_list()).any(|(name, version)| name == "jupyterlab" && version.starts_with("4.")));
        let lines = REQUIREMENTS.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        assert_eq!(lines.count(), pinned(REQUIREMENTS).count());
    }

    #[test]
    fn sphinx_is_pinned_and_only_for_books() {
        let has = |list: &'static str| pinned(list).any(|(name, _)| name == "Sphinx");
        assert!(has(REQUIREMENTS) && !has(lab_list()));
    }

    #[test]
    fn the_output_of_a_failed_program_is_in_the_error() {
        let heard = std::cell::RefCell::new(Vec::new());
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        let error =
            run(&mut command, "trying", &|line| heard.borrow_mut().push(line.to_owned())).unwrap_err();
        assert_eq!(*heard.borrow(), ["one", "two"]);
        assert!(error.to_string().starts_with("trying failed:\none\ntwo"), "{error}");
    }

    #[test]
    fn another_python_gets_another_folder() {
        let (a, b) = (
            Venv::locate(&Python::whole("3.11.1")).unwrap(),
            Venv::locate(&Python::whole("3.12.1")).unwrap(),
        );
        assert_ne!(a, b);
        assert_eq!(a, Venv::locate(&Python::whole("3.11.1")).unwrap());
    }
}
