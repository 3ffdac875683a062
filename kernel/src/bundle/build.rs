//! Builds the library with cargo and reads from its messages what was made.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::index::CrateSource;
use super::{BundleError, installed_source, io_error};
use crate::cargo::{self, Artifact, Messages, is_progress};
use crate::files::cache_folder;

/// What to build.
#[derive(Debug)]
pub struct Recipe {
    source: PathBuf,
    arguments: Vec<String>,
}

/// What cargo has built.
#[derive(Debug)]
pub struct Built {
    /// `libferrolab.so` in the target folder.
    pub library: PathBuf,
    /// Metadata of the dependencies.
    pub metadata: Vec<PathBuf>,
    /// Procedural macros.
    pub macros: Vec<PathBuf>,
    /// What it was built from.
    pub crates: Vec<CrateSource>,
    /// All that cargo told.
    pub messages: Messages,
    pub toolchain: Toolchain,
}

/// The compiler.
#[derive(Debug)]
pub struct Toolchain {
    /// What `rustc -vV` says.
    pub version: String,
    pub host: String,
    pub sysroot: PathBuf,
}

impl Recipe {
    pub fn new(source: &Path) -> Result<Self, BundleError> {
        if !source.join("Cargo.toml").is_file() {
            return Err(BundleError::NoSource(source.to_owned()));
        }
        let source = source.canonicalize().map_err(io_error(source))?;
        let arguments = std::env::var("FERROLAB_FEATURES").unwrap_or_default();
        Ok(Recipe { source, arguments: arguments.split_whitespace().map(str::to_owned).collect() })
    }

    pub fn source(&self) -> &Path {
        &self.source
    }

    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }

    /// A name that differs between projects and ways to build them; and between versions, so that the kernel of a new wheel
    /// does not take the library of the old one.
    pub fn name(&self) -> String {
        let (source, arguments) = (self.source.display(), self.arguments.join(" "));
        short_hash(format!("{source} {arguments} {}", env!("CARGO_PKG_VERSION")).as_bytes())
    }

    /// Runs cargo.
    pub fn build(&self, report: &mut dyn FnMut(&str)) -> Result<Built, BundleError> {
        let program = cargo::program();
        let mut command = Command::new(&program);
        // What an outer `cargo run` or `cargo test` tells this program of its package is not true of the one built here,
        // and build scripts that look at it (ring's) would run again, and half of all crates with them.
        let of_a_package = |name: &str| {
            ["CARGO_PKG_", "CARGO_BIN_", "CARGO_MANIFEST_"].iter().any(|prefix| name.starts_with(prefix))
                || matches!(name, "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "OUT_DIR")
        };
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(of_a_package) {
                command.env_remove(name);
            }
        }
        command
            .args([
                "build",
                "--release",
                "-p",
                "ferrolab",
                "--lib",
                "--message-format=json-render-diagnostics",
            ])
            .args(&self.arguments)
            .current_dir(&self.source)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = target_folder(&self.source) {
            command.arg("--target-dir").arg(folder);
        }
        let mut cargo = command.spawn().map_err(|error| BundleError::NoTool { program, error })?;
        let (stdout, stderr) = (cargo.stdout.take(), cargo.stderr.take());
        let messages = std::thread::spawn(move || {
            let mut messages = Messages::default();
            let lines = stdout
                .map(BufReader::new)
                .into_iter()
                .flat_map(|reader| reader.lines().map_while(Result::ok));
            lines.for_each(|line| messages.read(&line));
            messages
        });
        let mut said = String::new();
        for line in
            stderr.map(BufReader::new).into_iter().flat_map(|reader| reader.lines().map_while(Result::ok))
        {
            report(&line);
            if !is_progress(&line) {
                let _ = writeln!(said, "{line}");
            }
        }
        let messages = messages.join().unwrap_or_default();
        let status = cargo.wait().map_err(io_error(&self.source))?;
        if !status.success() {
            return Err(BundleError::Build(said));
        }
        self.artifacts(messages)
    }

    fn artifacts(&self, messages: Messages) -> Result<Built, BundleError> {
        let (mut library, mut metadata, mut macros) = (None, Vec::new(), Vec::new());
        let mut crates = Vec::new();
        for artifact in &messages.artifacts {
            let Artifact { crate_name, is_macro, files, .. } = artifact;
            if !is_macro {
                crates.push(CrateSource {
                    name: crate_name.clone(),
                    root: artifact.root.clone(),
                    features: artifact.features.iter().cloned().collect(),
                });
            }
            for file in files {
                match file.extension().and_then(|ending| ending.to_str()) {
                    Some("rmeta") => metadata.push(file.clone()),
                    Some("so") if *is_macro => macros.push(file.clone()),
                    Some("so") if crate_name == "ferrolab" => library = Some(file.clone()),
                    _ => {}
                }
            }
        }
        // cargo's order varies.
        metadata.sort();
        macros.sort();
        let library = library.ok_or(BundleError::Incomplete("libferrolab.so"))?;
        let toolchain = Toolchain::find(&self.source)?;
        Ok(Built { library, metadata, macros, crates, messages, toolchain })
    }
}

impl Built {
    /// Differs when the compiler or anything that was built differs.
    pub fn key(&self) -> String {
        let mut text = self.toolchain.version.clone();
        for file in [&self.library].into_iter().chain(&self.macros).chain(&self.metadata) {
            let facts = std::fs::metadata(file);
            let size = facts.as_ref().map_or(0, |facts| facts.len());
            let time = facts.ok().and_then(|facts| facts.modified().ok()?.duration_since(UNIX_EPOCH).ok());
            let _ = writeln!(text, "{} {size} {time:?}", file.display());
        }
        short_hash(text.as_bytes())
    }
}

impl Toolchain {
    fn find(source: &Path) -> Result<Self, BundleError> {
        let program = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
        let ask = |arguments: &[&str]| {
            let output = Command::new(&program).args(arguments).current_dir(source).output();
            let output = output.map_err(|error| BundleError::NoTool { program: program.clone(), error })?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let version = ask(&["-vV"])?;
        let host = version.lines().find_map(|line| line.strip_prefix("host: "));
        let host = host.ok_or(BundleError::Incomplete("host in `rustc -vV`"))?.to_owned();
        let sysroot = PathBuf::from(ask(&["--print", "sysroot"])?.trim());
        Ok(Toolchain { version, host, sysroot })
    }

    /// The compiler itself, not rustup's proxy, which costs 20 ms a call.
    pub fn rustc(&self) -> PathBuf {
        self.sysroot.join("bin").join("rustc")
    }

    /// Compiles a small crate into a library in `folder`, as cells are compiled: quickly and linked to shared libraries. It is
    /// for those who can do without: that it failed is all that is told.
    pub fn compile(&self, folder: &Path, (name, text): (&str, &str), kind: &str, flags: &[String]) -> bool {
        let source = folder.join(format!("{name}.rs"));
        let compiled = std::fs::write(&source, text).is_ok()
            && Command::new(self.rustc())
                .args(["--edition=2024", "-Cprefer-dynamic", "-Copt-level=0", "-Cdebuginfo=0"])
                .args([
                    format!("--crate-name={name}"),
                    format!("--crate-type={kind}"),
                    "--out-dir".to_owned(),
                ])
                .arg(folder)
                .args(flags)
                .arg(&source)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success());
        let _ = std::fs::remove_file(source);
        compiled
    }

    /// The linker that comes with the compiler, under the name by which it behaves as `ld`.
    pub fn linker(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib").join(&self.host).join("bin/gcc-ld/ld.lld")
    }

    /// Where the source of the standard library is, if the component rust-src is installed.
    pub fn rust_sources(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib/src/rust/library")
    }

    /// Where the compiler keeps the standard library.
    pub fn libraries(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib").join(&self.host).join("lib")
    }
}

/// The target folder in which this program lies, so that the library shares its compiled dependencies; one in the cache for
/// source in a Python environment; cargo's own choice if the program lies elsewhere or `CARGO_TARGET_DIR` says where.
fn target_folder(source: &Path) -> Option<PathBuf> {
    // Asked first: such an environment is no place to build in, though it too may hold a CACHEDIR.TAG. And a target folder
    // that `CARGO_TARGET_DIR` shares with a clone would hold one libferrolab.so for both: cargo gives it no name of its own.
    if installed_source().and_then(|installed| installed.canonicalize().ok()).is_some_and(|it| it == source) {
        return Some(cache_folder()?.join("target"));
    }
    if std::env::var_os("CARGO_TARGET_DIR").is_some() {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let folder = program.ancestors().skip(1).find(|folder| folder.join("CACHEDIR.TAG").is_file())?;
    Some(folder.to_owned())
}

pub fn short_hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
