//! A kernel process for one notebook: starts it, waits until it answers, interrupts it, ends it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Client, ClientError, Received};
use crate::connection::{Channel, ConnectionFile};
use crate::engine::Kind;

/// How long a kernel may take until it answers for the first time.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long it may take to end by itself.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(3);

/// Why a kernel cannot be used (any more).
#[derive(Debug, thiserror::Error)]
pub enum KernelError {
    #[error("cannot start the kernel {program}: {source}")]
    Spawn { program: PathBuf, source: io::Error },
    #[error("cannot prepare the kernel's connection file: {0}")]
    Prepare(#[from] io::Error),
    #[error("the kernel did not answer within {} s{log}", START_LIMIT.as_secs())]
    Silent { log: String },
    #[error("the kernel ended ({status}){log}")]
    Ended { status: String, log: String },
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// The program that is a kernel when called with these arguments and `kernel --connection-file FILE`.
#[derive(Debug, Clone)]
pub struct KernelCommand {
    pub program: PathBuf,
    pub arguments: Vec<String>,
    pub engine: Kind,
}

impl KernelCommand {
    /// This very program.
    pub fn this_program(engine: Kind) -> io::Result<Self> {
        Ok(Self { program: std::env::current_exe()?, arguments: Vec::new(), engine })
    }
}

/// A running kernel; it ends when dropped.
pub struct Kernel {
    child: Child,
    client: Client,
    /// Connection file, sockets and what the kernel wrote to its standard error.
    folder: TempDir,
    /// The kernel's answer to `kernel_info_request`.
    pub info: Value,
}

impl Kernel {
    /// Starts a kernel in a folder and waits for its first answer.
    pub fn start(command: &KernelCommand, working_folder: &Path) -> Result<Self, KernelError> {
        let folder = tempfile::Builder::new().prefix("ferrolab-").tempdir()?;
        let mut connection = ConnectionFile::on_free_ports()?;
        if cfg!(unix) {
            // Socket files in a private folder: no port can be snatched by another program before the kernel binds it.
            connection.transport = crate::connection::Transport::Ipc;
            connection.ip = folder.path().join("kernel").display().to_string();
        }
        let file = folder.path().join("connection.json");
        write_private(&file, &serde_json::to_vec(&connection).map_err(io::Error::from)?)?;

        let mut process = Command::new(&command.program);
        process
            .args(&command.arguments)
            .arg("kernel")
            .arg("--connection-file")
            .arg(&file)
            .arg("--no-history")
            .args(["--engine", command.engine.name()])
            .current_dir(working_folder);
        process.env("JPY_PARENT_PID", std::process::id().to_string());
        process
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("kernel.log"))?);
        // Ctrl-C in the terminal is for us; we tell the kernel.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut process, 0);
        let child = process
            .spawn()
            .map_err(|source| KernelError::Spawn { program: command.program.clone(), source })?;

        let mut kernel = Self { child, client: Client::connect(&connection)?, folder, info: Value::Null };
        kernel.wait_until_ready()?;
        Ok(kernel)
    }

    /// Asks until both the answer and something on IOPub have come: only then is our subscription known to the kernel
    /// and no output of the first cell can be lost.
    fn wait_until_ready(&mut self) -> Result<(), KernelError> {
        let start = Instant::now();
        let mut subscribed = false;
        while !subscribed || self.info.is_null() {
            if start.elapsed() > START_LIMIT {
                return Err(KernelError::Silent { log: self.log() });
            }
            self.request(Channel::Shell, "kernel_info_request", &json!({}))?;
            let asked = Instant::now();
            while asked.elapsed() < Duration::from_millis(500) && (!subscribed || self.info.is_null()) {
                let Some(message) = self.receive(Duration::from_millis(50))? else { continue };
                subscribed |= message.channel == Channel::IoPub;
                if message.msg_type == "kernel_info_reply" {
                    self.info = message.content;
                }
            }
        }
        Ok(())
    }

    pub fn request(
        &mut self,
        channel: Channel,
        msg_type: &str,
        content: &Value,
    ) -> Result<String, KernelError> {
        Ok(self.client.request(channel, msg_type, content)?)
    }

    /// The next message; none if none comes in that time; an error when the kernel is gone and has nothing more to say.
    pub fn receive(&mut self, wait: Duration) -> Result<Option<Received>, KernelError> {
        let message = self.client.receive(wait)?;
        if message.is_none()
            && let Some(status) = self.child.try_wait()?
        {
            return Err(KernelError::Ended { status: status.to_string(), log: self.log() });
        }
        Ok(message)
    }

    /// The end of what the kernel wrote to its standard error, with a colon before it; empty when it wrote nothing.
    fn log(&self) -> String {
        let bytes = std::fs::read(self.folder.path().join("kernel.log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.trim_end().lines().collect();
        let tail = lines[lines.len().saturating_sub(20)..].join("\n");
        if tail.is_empty() { tail } else { format!(":\n{tail}") }
    }

    /// Lets the kernel end by itself, so that it ends its own child too, then makes sure.
    fn shutdown(&mut self) {
        let asked = self.request(Channel::Control, "shutdown_request", &json!({"restart": false}));
        let start = Instant::now();
        while asked.is_ok() && start.elapsed() < SHUTDOWN_LIMIT {
            match self.child.try_wait() {
                Ok(None) => drop(self.client.receive(Duration::from_millis(20))),
                _ => return,
            }
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        self.shutdown();
    }
}

/// The connection file holds the key that signs messages: for no one else to read.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// A kernel that is a shell script; `$3` is its connection file.
    fn start(script: &str) -> Result<Kernel, KernelError> {
        let arguments = ["-c", script, "sh"].map(str::to_owned).into();
        Kernel::start(
            &KernelCommand { program: "sh".into(), arguments, engine: Kind::Direct },
            Path::new("."),
        )
    }

    #[test]
    fn a_kernel_that_ends_at_once_is_reported_with_its_last_words() {
        let error = start("echo 'no library' >&2; exit 3").err().unwrap().to_string();
        assert_eq!(error, "the kernel ended (exit status: 3):\nno library");
    }

    #[test]
    fn the_connection_file_is_for_our_eyes_only() {
        // The script fails unless the file that it is given has these rights.
        let error =
            start("[ \"$(ls -l $3 | cut -c1-10)\" = '-rw-------' ] && exit 7").err().unwrap().to_string();
        assert_eq!(error, "the kernel ended (exit status: 7)");
    }

    #[test]
    fn a_kernel_that_is_not_there_is_named() {
        let command =
            KernelCommand { program: "/no/such/kernel".into(), arguments: Vec::new(), engine: Kind::Direct };
        let error = Kernel::start(&command, Path::new(".")).err().unwrap().to_string();
        assert!(error.starts_with("cannot start the kernel /no/such/kernel: "), "{error}");
    }
}
