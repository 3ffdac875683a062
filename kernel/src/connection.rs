//! The connection file: where a kernel listens, and which key signs its messages.

use std::fmt;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The five sockets of a kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Requests about code.
    Shell,
    /// Requests that must not wait for a cell: interrupt, shutdown.
    Control,
    /// Everything a kernel tells all its clients.
    IoPub,
    /// Questions from a cell to the person who runs it.
    Stdin,
    /// Echoes what it gets, as a sign of life.
    Heartbeat,
}

/// How the sockets are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP ports of `ip`.
    #[default]
    Tcp,
    /// Socket files: `ip` is the first part of their path.
    Ipc,
}

/// The secret that signs messages. Its `Debug` shows nothing of it, so that no log ever holds it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(pub String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "Key(none)" } else { "Key(hidden)" })
    }
}

/// What a client writes into the connection file before it starts the kernel.
/// Fields that this kernel does not know (`kernel_name`, CURVE keys, …) are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionFile {
    /// Missing in old files, where it means TCP.
    #[serde(default)]
    pub transport: Transport,
    /// An address for TCP, the first part of a path for IPC.
    pub ip: String,
    pub shell_port: u16,
    pub control_port: u16,
    pub iopub_port: u16,
    pub stdin_port: u16,
    pub hb_port: u16,
    /// Only `hmac-sha256` is known.
    #[serde(default = "hmac_sha256")]
    pub signature_scheme: String,
    /// An empty key turns signatures off.
    #[serde(default)]
    pub key: Key,
}

fn hmac_sha256() -> String {
    "hmac-sha256".to_owned()
}

/// Why a connection file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    #[error(
        "cannot read the connection file {path}: {source}; Jupyter writes it, start the kernel from there"
    )]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{path} is not a connection file: {source}")]
    Parse { path: PathBuf, source: serde_json::Error },
    #[error(
        "expected the signature scheme `hmac-sha256` in {path}, found `{found}`; remove c.Session.signature_scheme from Jupyter's settings"
    )]
    Scheme { path: PathBuf, found: String },
}

impl ConnectionFile {
    /// Reads and checks a connection file.
    pub fn read(path: &Path) -> Result<Self, ConnectionError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConnectionError::Read { path: path.to_owned(), source })?;
        let file: Self = serde_json::from_str(&text)
            .map_err(|source| ConnectionError::Parse { path: path.to_owned(), source })?;
        if file.signature_scheme != hmac_sha256() {
            return Err(ConnectionError::Scheme { path: path.to_owned(), found: file.signature_scheme });
        }
        Ok(file)
    }

    /// Five ports of this machine that are free now, and a fresh key: what a client needs to start a kernel.
    pub fn on_free_ports() -> std::io::Result<Self> {
        // All five are held until each has got its number, so that they differ.
        let listeners = (0..5).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<Vec<_>, _>>()?;
        let port = |i: usize| listeners[i].local_addr().map(|address| address.port());
        Ok(Self {
            transport: Transport::Tcp,
            ip: "127.0.0.1".to_owned(),
            shell_port: port(0)?,
            control_port: port(1)?,
            iopub_port: port(2)?,
            stdin_port: port(3)?,
            hb_port: port(4)?,
            signature_scheme: hmac_sha256(),
            key: Key(uuid::Uuid::new_v4().to_string()),
        })
    }

    /// The address of one socket, as ZeroMQ spells it.
    pub fn endpoint(&self, channel: Channel) -> String {
        let port = match channel {
            Channel::Shell => self.shell_port,
            Channel::Control => self.control_port,
            Channel::IoPub => self.iopub_port,
            Channel::Stdin => self.stdin_port,
            Channel::Heartbeat => self.hb_port,
        };
        match self.transport {
            Transport::Tcp => format!("tcp://{}:{port}", self.ip),
            Transport::Ipc => format!("ipc://{}-{port}", self.ip),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{"shell_port": 5001, "iopub_port": 5002, "stdin_port": 5003, "control_port": 5004,
        "hb_port": 5005, "ip": "127.0.0.1", "key": "a0436f6c-1916", "transport": "tcp",
        "signature_scheme": "hmac-sha256", "kernel_name": "ferrolab", "jupyter_session": "/a b.ipynb"}"#;

    fn read(text: &str) -> Result<ConnectionFile, ConnectionError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        ConnectionFile::read(file.path())
    }

    #[test]
    fn reads_what_jupyter_writes() {
        let file = read(FILE).unwrap();
        assert_eq!(file.endpoint(Channel::Shell), "tcp://127.0.0.1:5001");
        assert_eq!(file.endpoint(Channel::IoPub), "tcp://127.0.0.1:5002");
        assert_eq!(file.endpoint(Channel::Stdin), "tcp://127.0.0.1:5003");
        assert_eq!(file.endpoint(Channel::Control), "tcp://127.0.0.1:5004");
        assert_eq!(file.endpoint(Channel::Heartbeat), "tcp://127.0.0.1:5005");
        assert_eq!(file.key, Key("a0436f6c-1916".to_owned()));
    }

    #[test]
    fn ipc_endpoints_join_path_and_number_with_a_dash() {
        let file = read(&FILE.replace(r#""tcp""#, r#""ipc""#).replace("127.0.0.1", "/run/user/kernel-7-ipc"))
            .unwrap();
        assert_eq!(file.endpoint(Channel::Shell), "ipc:///run/user/kernel-7-ipc-5001");
    }

    #[test]
    fn other_signature_schemes_are_refused_by_name() {
        let error = read(&FILE.replace("hmac-sha256", "hmac-md5")).unwrap_err().to_string();
        assert!(error.contains("found `hmac-md5`"), "{error}");
    }

    #[test]
    fn broken_and_absent_files_are_named() {
        let error = read("{").unwrap_err().to_string();
        assert!(error.contains("is not a connection file"), "{error}");
        let error = ConnectionFile::read(Path::new("/no/such/kernel.json")).unwrap_err().to_string();
        assert!(error.contains("/no/such/kernel.json"), "{error}");
    }

    #[test]
    fn the_key_is_never_shown() {
        assert!(!format!("{:?}", read(FILE).unwrap()).contains("a0436f6c"));
    }

    #[test]
    fn free_ports_differ_and_keys_are_fresh() {
        let (a, b) = (ConnectionFile::on_free_ports().unwrap(), ConnectionFile::on_free_ports().unwrap());
        let ports = [a.shell_port, a.control_port, a.iopub_port, a.stdin_port, a.hb_port];
        assert!(ports.iter().enumerate().all(|(i, port)| !ports[..i].contains(port)));
        assert_ne!(a.key, b.key);
    }
}
