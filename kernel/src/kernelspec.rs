//! Kernelspecs: the folder by which Jupyter finds this kernel; writes it, removes it, looks where there is one.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::engine::Kind;
use crate::files;

/// Name of the kernelspec unless another is given.
pub const KERNEL_NAME: &str = "ferrolab";
/// What launchers show.
pub const DISPLAY_NAME: &str = "Rust (ferrolab)";
/// Name and title of the kernelspec for an engine.
pub fn names(engine: Kind) -> (&'static str, &'static str) {
    match engine {
        Kind::Direct => (KERNEL_NAME, DISPLAY_NAME),
        Kind::Evcxr => ("ferrolab-evcxr", "Rust (ferrolab, evcxr)"),
    }
}

/// The version of the messaging protocol that this kernel speaks.
const PROTOCOL: &str = "5.5";

const LOGOS: [(&str, &[u8]); 3] = [
    ("logo-32x32.png", include_bytes!("assets/logo-32x32.png")),
    ("logo-64x64.png", include_bytes!("assets/logo-64x64.png")),
    ("logo-svg.svg", include_bytes!("assets/logo-svg.svg")),
];

/// `kernel.json` (jupyter_client documentation, "Kernel specs").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelSpec {
    pub argv: Vec<String>,
    pub display_name: String,
    pub language: String,
    pub interrupt_mode: String,
    pub kernel_protocol_version: String,
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// For whom a kernelspec is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of the user's Jupyters.
    User,
    /// The active virtual or conda environment, else the environment of `python3`.
    SysPrefix,
    /// The environment in this folder.
    Prefix(PathBuf),
}

/// What can go wrong with a kernelspec.
#[derive(Debug, thiserror::Error)]
pub enum KernelSpecError {
    #[error("`{0}` is no kernel name: expected letters, digits, `.`, `_`, `-`")]
    Name(String),
    #[error("expected NAME=VALUE for --env, found `{0}`")]
    Env(String),
    #[error("found no home folder: set HOME, or give --prefix")]
    NoHome,
    #[error("found no Python environment for --sys-prefix: activate one, or give --prefix")]
    NoPrefix,
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot remove {path}: {source}")]
    Remove { path: PathBuf, source: io::Error },
    #[error("cannot find this program's own path: {0}")]
    Program(io::Error),
    #[error("there is no kernelspec in {0}")]
    Absent(PathBuf),
    #[error("{0} belongs to another kernel: it is left alone")]
    Foreign(PathBuf),
}

impl KernelSpec {
    /// The specification for this program, with the toolchain and the cache folder of now: kernels find both even where
    /// `HOME` and `PATH` are others.
    pub fn for_this_program(display_name: &str, env: &[(String, String)]) -> Result<Self, KernelSpecError> {
        let program = std::env::current_exe().map_err(KernelSpecError::Program)?;
        let mut all = environment();
        all.extend(env.iter().cloned());
        Ok(Self {
            argv: [&*program.to_string_lossy(), "kernel", "--connection-file", "{connection_file}"]
                .map(str::to_owned)
                .into(),
            display_name: display_name.to_owned(),
            language: "rust".to_owned(),
            interrupt_mode: "message".to_owned(),
            kernel_protocol_version: PROTOCOL.to_owned(),
            env: all,
            metadata: Map::new(),
        })
    }

    /// The same for a kernel that does not keep the cells that are run.
    #[must_use]
    pub fn without_history(mut self) -> Self {
        self.argv.push("--no-history".to_owned());
        self
    }

    /// The same for a kernel with another engine.
    #[must_use]
    pub fn with_engine(mut self, engine: Kind) -> Self {
        if engine != Kind::default() {
            self.argv.extend(["--engine", engine.name()].map(str::to_owned));
        }
        self
    }

    /// Whether this is one of ours, from whichever build.
    fn is_ours(&self) -> bool {
        self.language == "rust" && self.argv.get(1).is_some_and(|argument| argument == "kernel")
    }

    /// Reads the specification in a kernelspec folder; none if there is none that can be read.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join("kernel.json")).ok()?).ok()
    }
}

/// Where toolchain and caches are now, as absolute paths.
fn environment() -> BTreeMap<String, String> {
    let home = dirs::home_dir();
    let folder = |variable: &str, below_home: &str| {
        let given = std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = given.or_else(|| home.as_ref().map(|home| home.join(below_home)))?;
        let folder = std::path::absolute(folder).ok().filter(|folder| folder.is_dir())?;
        Some((variable.to_owned(), folder.to_string_lossy().into_owned()))
    };
    let mut env: BTreeMap<_, _> =
        [folder("CARGO_HOME", ".cargo"), folder("RUSTUP_HOME", ".rustup")].into_iter().flatten().collect();
    // The cache folder follows HOME, except where XDG names it.
    if cfg!(all(unix, not(target_os = "macos")))
        && let Some(cache) = dirs::cache_dir()
    {
        env.insert("XDG_CACHE_HOME".to_owned(), cache.to_string_lossy().into_owned());
    }
    // Which library a kernel finds depends on these.
    for variable in ["FERROLAB_SOURCE", "FERROLAB_FEATURES"] {
        if let Ok(value) = std::env::var(variable) {
            env.insert(variable.to_owned(), value);
        }
    }
    env
}

/// One `NAME=VALUE` of the command line.
pub fn parse_env(text: &str) -> Result<(String, String), KernelSpecError> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(KernelSpecError::Env(text.to_owned())),
    }
}

impl Scope {
    /// The folder `kernels` of this scope.
    pub fn kernels_folder(&self) -> Result<PathBuf, KernelSpecError> {
        let share = |prefix: &Path| prefix.join("share").join("jupyter").join("kernels");
        match self {
            Self::User => Ok(files::jupyter_data_folder().ok_or(KernelSpecError::NoHome)?.join("kernels")),
            Self::Prefix(prefix) => Ok(share(prefix)),
            Self::SysPrefix => ["VIRTUAL_ENV", "CONDA_PREFIX"]
                .into_iter()
                .find_map(|variable| std::env::var_os(variable).filter(|value| !value.is_empty()))
                .map(PathBuf::from)
                .or_else(|| crate::python::Python::find().ok().map(|python| python.prefix))
                .map(|prefix| share(&prefix))
                .ok_or(KernelSpecError::NoPrefix),
        }
    }

    /// The folder of the kernelspec with this name.
    pub fn kernel_folder(&self, name: &str) -> Result<PathBuf, KernelSpecError> {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if name.is_empty() || !name.bytes().all(valid) || name.starts_with('.') {
            return Err(KernelSpecError::Name(name.to_owned()));
        }
        // Jupyter looks kernels up in lower case.
        Ok(self.kernels_folder()?.join(name.to_lowercase()))
    }
}

/// Writes the kernelspec folder; says whether anything changed.
pub fn write(spec: &KernelSpec, folder: &Path) -> Result<bool, KernelSpecError> {
    let mut text = serde_json::to_vec_pretty(spec).unwrap_or_default();
    text.push(b'\n');
    // kernel.json last: Jupyter takes the folder for a kernel as soon as that is there.
    let mut changed = false;
    for (name, content) in LOGOS.into_iter().chain([("kernel.json", text.as_slice())]) {
        let path = folder.join(name);
        changed |= files::write_if_changed(&path, content)
            .map_err(|source| KernelSpecError::Write { path: path.clone(), source })?;
    }
    Ok(changed)
}

/// Removes a kernelspec folder of ours.
pub fn remove(folder: &Path) -> Result<(), KernelSpecError> {
    if !folder.exists() {
        return Err(KernelSpecError::Absent(folder.into()));
    }
    if !KernelSpec::read(folder).is_some_and(|spec| spec.is_ours()) {
        return Err(KernelSpecError::Foreign(folder.into()));
    }
    std::fs::remove_dir_all(folder).map_err(|source| KernelSpecError::Remove { path: folder.into(), source })
}

/// All kernelspecs of ours in these folders `kernels`, with the program that each starts.
pub fn find(kernels: &[PathBuf]) -> Vec<(PathBuf, KernelSpec)> {
    let entries = kernels.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let specs = entries.filter_map(|entry| Some((entry.path(), KernelSpec::read(&entry.path())?)));
    let mut found: Vec<_> = specs.filter(|(_, spec)| spec.is_ours()).collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> KernelSpec {
        KernelSpec::for_this_program(DISPLAY_NAME, &[("CUDA_VISIBLE_DEVICES".to_owned(), "0".to_owned())])
            .unwrap()
    }

    #[test]
    fn a_kernelspec_is_written_once_found_and_removed() {
        let prefix = tempfile::tempdir().unwrap();
        let scope = Scope::Prefix(prefix.path().into());
        let folder = scope.kernel_folder("Ferrolab").unwrap();
        assert!(folder.ends_with("share/jupyter/kernels/ferrolab"));

        assert!(write(&spec(), &folder).unwrap());
        assert!(!write(&spec(), &folder).unwrap());
        assert_eq!(find(&[scope.kernels_folder().unwrap()]), [(folder.clone(), spec())]);

        remove(&folder).unwrap();
        assert!(!folder.exists());
        assert!(matches!(remove(&folder), Err(KernelSpecError::Absent(_))));
    }

    #[test]
    fn the_kernelspec_says_what_jupyter_needs() {
        let spec = serde_json::to_value(spec()).unwrap();
        assert!(Path::new(spec["argv"][0].as_str().unwrap()).is_absolute());
        assert_eq!(spec["argv"][3], "{connection_file}");
        assert_eq!(spec["interrupt_mode"], "message");
        assert_eq!(spec["env"]["CUDA_VISIBLE_DEVICES"], "0");
        for variable in ["CARGO_HOME", "RUSTUP_HOME", "XDG_CACHE_HOME"] {
            if let Some(folder) = spec["env"].get(variable).and_then(Value::as_str) {
                assert!(Path::new(folder).is_absolute(), "{variable}={folder}");
            }
        }
    }

    #[test]
    fn the_kernelspec_of_another_kernel_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let foreign = r#"{"argv": ["python"], "display_name": "Python", "language": "python"}"#;
        std::fs::write(folder.path().join("kernel.json"), foreign).unwrap();
        assert!(matches!(remove(folder.path()), Err(KernelSpecError::Foreign(_))));
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for name in ["", "..", "a/b", "ä"] {
            assert!(matches!(Scope::User.kernel_folder(name), Err(KernelSpecError::Name(_))), "{name}");
        }
        assert!(parse_env("A").is_err());
        assert_eq!(parse_env("A=b=c").unwrap(), ("A".to_owned(), "b=c".to_owned()));
    }
}
