//! The command `lab`: a private JupyterLab that knows this kernel, made when missing, then started.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::bundle::BundleError;
use crate::command::LabArgs;
use crate::kernelspec::{self, DISPLAY_NAME, KERNEL_NAME, KernelSpec, KernelSpecError, Scope};
use crate::library;
use crate::python::Python;
use crate::steps::step;
use crate::venv::{self, Venv, VenvError};

const START: &str = include_str!("assets/start_lab.py");
/// Settings that make the start faster: no shim for the classic notebook (it imports all of IPython), no extension manager
/// that asks PyPI (the environment is pinned).
const QUICK: [&str; 2] =
    ["--ServerApp.jpserver_extensions={'notebook_shim': False}", "--LabApp.extension_manager=readonly"];

/// What keeps JupyterLab from starting.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    #[error(transparent)]
    Venv(#[from] VenvError),
    #[error(transparent)]
    Library(#[from] BundleError),
    #[error(transparent)]
    KernelSpec(#[from] KernelSpecError),
    #[error("there is no {0}")]
    NoSuchPath(PathBuf),
    #[error("cannot start {program}: {source}")]
    Start { program: PathBuf, source: io::Error },
}

/// Prepares what is missing and becomes JupyterLab.
pub fn lab(arguments: &LabArgs) -> Result<ExitCode, LabError> {
    let path = match &arguments.path {
        Some(path) => path.clone(),
        None => course(),
    };
    let path = std::path::absolute(&path).unwrap_or(path);
    if !path.exists() {
        return Err(LabError::NoSuchPath(path));
    }
    let venv = private_jupyter()?;
    library::ensure()?;
    let spec = KernelSpec::for_this_program(DISPLAY_NAME, &[])?;
    kernelspec::write(&spec, &Scope::Prefix(venv.folder.clone()).kernel_folder(KERNEL_NAME)?)?;
    start(command(&venv, &path, &arguments.jupyter))
}

/// The environment with JupyterLab; made when missing, which takes a minute and is shown.
pub fn private_jupyter() -> Result<Venv, VenvError> {
    let python = Python::find()?;
    let venv = Venv::locate(&python)?;
    if !venv.is_complete() {
        let version = venv::version_of("jupyterlab");
        step(&format!("JupyterLab {version}, private, with Python {}", python.version), |report| {
            venv.ensure(&python, report)
        })?;
    }
    Ok(venv)
}

/// The folder `notebooks` of the project that we are in, else the current folder.
pub fn course() -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let of_project = |folder: &Path| folder.join("Cargo.toml").is_file() && folder.join("notebooks").is_dir();
    here.ancestors()
        .find(|folder| of_project(folder))
        .map_or(here.clone(), |project| project.join("notebooks"))
}

fn command(venv: &Venv, path: &Path, arguments: &[std::ffi::OsString]) -> Command {
    let mut jupyter = Command::new(venv.program("python"));
    // Isolated: modules of the current folder must not stand in for Jupyter's own.
    jupyter.args(["-I", "-c", START]).arg(path).args(QUICK);
    // What the environment holds comes before what the user has elsewhere: an older kernelspec of the same name, say.
    jupyter.env("JUPYTER_PREFER_ENV_PATH", "1");
    if runs_as_root() {
        jupyter.arg("--allow-root");
    }
    // Without a display a browser would be a text one, in this very terminal; the address is printed in any case.
    let given = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if is_headless() && !given("--no-browser") {
        jupyter.arg("--no-browser");
    }
    jupyter.args(arguments);
    jupyter
}

fn is_headless() -> bool {
    let set = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    cfg!(all(unix, not(target_os = "macos")))
        && !["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].into_iter().any(set)
}

/// Jupyter refuses to run as root unless told, as in containers.
fn runs_as_root() -> bool {
    #[cfg(unix)]
    return rustix::process::geteuid().is_root();
    #[cfg(not(unix))]
    false
}

/// Becomes JupyterLab where a process can; else waits for it.
fn start(mut jupyter: Command) -> Result<ExitCode, LabError> {
    let program = PathBuf::from(jupyter.get_program());
    #[cfg(unix)]
    let result: io::Result<std::process::ExitStatus> =
        Err(std::os::unix::process::CommandExt::exec(&mut jupyter));
    #[cfg(not(unix))]
    let result = jupyter.status();
    let status = result.map_err(|source| LabError::Start { program, source })?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments_of(extra: &[&str]) -> Vec<String> {
        let venv = Venv { folder: "/cache/venv".into() };
        let extra: Vec<_> = extra.iter().map(std::ffi::OsString::from).collect();
        let command = command(&venv, Path::new("/course"), &extra);
        command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn jupyter_gets_the_path_and_the_users_arguments() {
        let arguments = arguments_of(&["--no-browser", "--port", "8899"]);
        assert_eq!(arguments[..2], ["-I", "-c"]);
        assert_eq!(arguments[3], "/course");
        assert!(arguments.ends_with(&["--no-browser", "--port", "8899"].map(str::to_owned)));
        assert_eq!(arguments.iter().filter(|argument| *argument == "--no-browser").count(), 1);
    }

    #[test]
    fn inside_the_project_the_course_is_opened() {
        // Tests run in the package's folder, below the project's.
        let notebooks = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("notebooks");
        let expected = if notebooks.is_dir() { notebooks } else { std::env::current_dir().unwrap() };
        assert_eq!(course(), expected);
    }
}
