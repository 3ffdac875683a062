//! The `ferrolab` program as a running kernel, and a client of it made of jupyter-zmq-client and jupyter-protocol.

use std::net::{IpAddr, Ipv4Addr};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use jupyter_protocol::JupyterMessageContent as Content;
use jupyter_protocol::connection_info::Transport;
use jupyter_protocol::{
    ConnectionInfo, ExecuteReply, ExecuteRequest, ExecutionState, JupyterMessage, Media, MediaType, Stdio,
};
use jupyter_zmq_client::{
    ClientControlConnection, ClientHeartbeatConnection, ClientIoPubConnection, ClientShellConnection,
    create_client_control_connection, create_client_heartbeat_connection, create_client_iopub_connection,
    create_client_shell_connection_with_identity, peek_ports, peer_identity_for_session,
    wait_for_iopub_welcome,
};
use tempfile::TempDir;

/// After this long without an expected message a test fails instead of hanging.
const GIVE_UP: Duration = Duration::from_secs(60);

/// A kernel process. Killed when dropped.
pub struct Kernel {
    pub info: ConnectionInfo,
    process: Child,
    _folder: TempDir,
}

impl Kernel {
    pub async fn start() -> Self {
        let program = std::env::var_os("FERROLAB").expect("FERROLAB is the path of the program to test");
        let ports = peek_ports(IpAddr::V4(Ipv4Addr::LOCALHOST), 5).await.unwrap();
        let info = ConnectionInfo {
            ip: "127.0.0.1".to_owned(),
            transport: Transport::TCP,
            shell_port: ports[0],
            iopub_port: ports[1],
            stdin_port: ports[2],
            control_port: ports[3],
            hb_port: ports[4],
            key: "the key of this kernel".to_owned(),
            signature_scheme: "hmac-sha256".to_owned(),
            kernel_name: None,
        };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("connection.json");
        std::fs::write(&file, serde_json::to_vec(&info).unwrap()).unwrap();
        let mut command = Command::new(program);
        command.args(["kernel", "--connection-file"]).arg(file).current_dir(folder.path());
        // A history of its own.
        command.env("XDG_DATA_HOME", folder.path());
        Self { info, process: command.spawn().unwrap(), _folder: folder }
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub struct Client {
    pub shell: ClientShellConnection,
    pub control: ClientControlConnection,
    pub iopub: ClientIoPubConnection,
    pub heartbeat: ClientHeartbeatConnection,
}

impl Client {
    /// Connects; returns when it can miss nothing.
    pub async fn of(kernel: &Kernel, session: &str) -> Self {
        let info = &kernel.info;
        let identity = peer_identity_for_session(session).unwrap();
        let mut iopub = create_client_iopub_connection(info, "", session).await.unwrap();
        assert_eq!(wait_for_iopub_welcome(&mut iopub, GIVE_UP).await.unwrap().as_deref(), Some(""));
        Self {
            shell: create_client_shell_connection_with_identity(info, session, identity).await.unwrap(),
            control: create_client_control_connection(info, session).await.unwrap(),
            iopub,
            heartbeat: create_client_heartbeat_connection(info).await.unwrap(),
        }
    }

    /// Sends on shell; gives the id.
    pub async fn send(&mut self, request: impl Into<JupyterMessage>) -> String {
        let request = request.into();
        let id = request.header.msg_id.clone();
        self.shell.send(request).await.unwrap();
        id
    }

    /// The next reply on shell, which must be to this request.
    pub async fn reply_to(&mut self, id: &str) -> Content {
        let reply = in_time(self.shell.read()).await.unwrap();
        assert_eq!(reply.header.version, "5.5");
        assert_eq!(reply.parent_header.unwrap().msg_id, id);
        reply.content
    }

    /// What comes on iopub for a request, until the kernel is idle again.
    pub async fn outputs_of(&mut self, id: &str) -> Vec<Content> {
        let mut outputs = Vec::new();
        loop {
            let message = in_time(self.iopub.read()).await.unwrap();
            if message.parent_header.is_none_or(|parent| parent.msg_id != id) {
                continue;
            }
            match message.content {
                Content::Status(status) if status.execution_state == ExecutionState::Idle => return outputs,
                Content::Status(status) => assert_eq!(status.execution_state, ExecutionState::Busy),
                other => outputs.push(other),
            }
        }
    }

    pub async fn ask(&mut self, request: impl Into<JupyterMessage>) -> (Content, Vec<Content>) {
        let id = self.send(request).await;
        (self.reply_to(&id).await, self.outputs_of(&id).await)
    }

    pub async fn ask_control(&mut self, request: impl Into<JupyterMessage>) -> Content {
        self.control.send(request.into()).await.unwrap();
        in_time(self.control.read()).await.unwrap().content
    }

    pub async fn run(&mut self, code: &str) -> (ExecuteReply, Vec<Content>) {
        match self.ask(ExecuteRequest::new(code.to_owned())).await {
            (Content::ExecuteReply(reply), outputs) => (reply, outputs),
            (other, _) => panic!("no reply of a cell: {other:?}"),
        }
    }

    /// Starts a cell and waits until it has printed something; gives its id.
    pub async fn start_printing(&mut self, code: &str) -> String {
        let id = self.send(ExecuteRequest::new(code.to_owned())).await;
        while !matches!(in_time(self.iopub.read()).await.unwrap().content, Content::StreamContent(_)) {}
        id
    }
}

async fn in_time<T>(message: impl Future<Output = T>) -> T {
    tokio::time::timeout(GIVE_UP, message).await.expect("a message in time")
}

/// All text that a cell wrote to its standard output.
pub fn stdout(outputs: &[Content]) -> String {
    text(outputs, |name| matches!(name, Stdio::Stdout))
}

/// All text that a cell wrote to its standard error.
pub fn stderr(outputs: &[Content]) -> String {
    text(outputs, |name| matches!(name, Stdio::Stderr))
}

fn text(outputs: &[Content], of_stream: impl Fn(&Stdio) -> bool) -> String {
    let part = |content: &Content| match content {
        Content::StreamContent(part) if of_stream(&part.name) => Some(part.text.clone()),
        _ => None,
    };
    outputs.iter().filter_map(part).collect()
}

/// The plain text in a bundle.
pub fn plain(media: &Media) -> &str {
    let plain = media.content.iter().find_map(|part| match part {
        MediaType::Plain(text) => Some(text.as_str()),
        _ => None,
    });
    plain.unwrap_or_default()
}

/// The text of a cell's result.
pub fn result(outputs: &[Content]) -> Option<&str> {
    outputs.iter().find_map(|content| match content {
        Content::ExecuteResult(result) => Some(plain(&result.data)),
        _ => None,
    })
}
