//! Runs cargo and rustc for dependencies: their words go to the notebook, an interrupt ends them with all that they started.

use std::fmt::Write;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use super::DependencyError;
use crate::bundle::Bundle;
use crate::cargo::{Messages, Tree, is_progress};
use crate::engine::direct::phase::Phase;

/// All crates are compiled under these, so that none of them is taken for the crate of the same name in the library.
const FLAGS: &str = "-Cmetadata=ferrolab-dependency";

/// The tools, and how they are called.
#[derive(Debug)]
pub struct Tools<'a> {
    pub bundle: &'a Bundle,
    /// Where the settings of cargo are looked for: the folder of the notebook.
    pub work_dir: &'a Path,
    /// Where cargo builds.
    pub target: &'a Path,
    pub environment: &'a [(String, String)],
    pub phase: &'a Phase,
}

/// What a tool has said.
enum Said {
    /// On its standard output.
    Out(String),
    Progress(String),
}

impl Tools<'_> {
    /// Resolves a package: which crates, in which versions.
    pub fn tree(
        &self,
        manifest: &Path,
        offline: bool,
        report: &mut dyn FnMut(&str),
    ) -> Result<Tree, DependencyError> {
        let mut command = self.cargo(manifest, &Tree::ARGUMENTS, offline);
        let mut text = String::new();
        self.run(&mut command, &mut |said| match said {
            Said::Out(line) => {
                let _ = writeln!(text, "{line}");
            }
            Said::Progress(line) => report(&line),
        })?;
        Ok(Tree::parse(&text))
    }

    /// Builds a package. `total`: how many crates it has.
    pub fn build(
        &self,
        manifest: &Path,
        offline: bool,
        total: usize,
        report: &mut dyn FnMut(&str),
    ) -> Result<Messages, DependencyError> {
        let arguments = ["build", "--release", "--lib", "--message-format=json-render-diagnostics"];
        let mut command = self.cargo(manifest, &arguments, offline);
        command.arg("--target-dir").arg(self.target).env("RUSTFLAGS", FLAGS).env("CARGO_INCREMENTAL", "0");
        let mut built = Messages::default();
        self.run(&mut command, &mut |said| match said {
            Said::Out(line) => built.read(&line),
            Said::Progress(line) => {
                let done = built.artifacts.len();
                report(&if total > 1 && done > 0 {
                    format!("{} ({done} of {total} done)", line.trim())
                } else {
                    line
                });
            }
        })?;
        Ok(built)
    }

    /// Runs rustc.
    pub fn rustc(&self, arguments: &[String]) -> Result<(), DependencyError> {
        let mut command = Command::new(&self.bundle.rustc);
        command.args(arguments).current_dir(self.work_dir);
        self.run(&mut command, &mut |_| {})
    }

    fn cargo(&self, manifest: &Path, arguments: &[&str], offline: bool) -> Command {
        let mut command = Command::new(self.program());
        command.args(arguments).arg("--manifest-path").arg(manifest).current_dir(self.work_dir);
        if offline {
            command.arg("--offline");
        }
        command.env("RUSTC", &self.bundle.rustc).env("CARGO_TERM_COLOR", "never");
        for name in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"] {
            command.env_remove(name);
        }
        command
    }

    /// The cargo of the library's own compiler: another one might not know its lock or its edition.
    fn program(&self) -> PathBuf {
        let beside = self.bundle.rustc.with_file_name("cargo");
        if beside.is_file() {
            beside
        } else {
            std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
        }
    }

    fn run(&self, command: &mut Command, hear: &mut dyn FnMut(Said)) -> Result<(), DependencyError> {
        command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let program = command.get_program().to_string_lossy().into_owned();
        let mut process = command.spawn().map_err(|error| DependencyError::Tool { program, error })?;
        self.phase.building(process.id());
        let (sender, lines) = channel();
        let (stdout, stderr) = (process.stdout.take(), process.stderr.take());
        let mut complaint = String::new();
        thread::scope(|scope| {
            let (out, err) = (sender.clone(), sender);
            scope.spawn(move || pass(stdout, &out, |line| (false, line)));
            scope.spawn(move || pass(stderr, &err, |line| (true, line)));
            for (is_error, line) in lines {
                if !is_error {
                    hear(Said::Out(line));
                } else if is_progress(&line) {
                    hear(Said::Progress(line));
                } else {
                    let _ = writeln!(complaint, "{line}");
                }
            }
        });
        // Before the process is waited for: from then on its number may be that of another process.
        let interrupted = self.phase.idle();
        let status = process.wait()?;
        match (interrupted, status.success()) {
            (true, _) => Err(DependencyError::Interrupted),
            (false, true) => Ok(()),
            (false, false) => Err(DependencyError::cargo(complaint)),
        }
    }
}

/// Passes on what a tool writes, line by line.
fn pass(from: Option<impl Read>, to: &Sender<(bool, String)>, mark: impl Fn(String) -> (bool, String)) {
    let Some(from) = from else { return };
    let (mut from, mut line) = (BufReader::new(from), Vec::new());
    while matches!(from.read_until(b'\n', &mut line), Ok(count) if count > 0) {
        let text = String::from_utf8_lossy(&line);
        if to.send(mark(text.trim_end().to_owned())).is_err() {
            return;
        }
        line.clear();
    }
}
