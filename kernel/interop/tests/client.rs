//! jupyter-zmq-client and jupyter-protocol, as in Zed and nteract, talk to the kernel: each message must have the shape
//! that these crates expect.

use std::time::Duration;

use ferrolab_kernel::Server;
use ferrolab_kernel::connection::ConnectionFile;
use jupyter_protocol::JupyterMessageContent as Content;
use jupyter_protocol::{
    CommInfoRequest, CompleteRequest, ConnectionInfo, ExecuteRequest, ExecutionState, HistoryEntry,
    HistoryRequest, InspectRequest, InterruptRequest, IsCompleteReplyStatus, IsCompleteRequest,
    JupyterMessage, KernelInfoRequest, ReplyStatus, ShutdownRequest,
};
use jupyter_zmq_client::{
    ClientControlConnection, ClientHeartbeatConnection, ClientIoPubConnection, ClientShellConnection,
    create_client_control_connection, create_client_heartbeat_connection, create_client_iopub_connection,
    create_client_shell_connection_with_identity, peer_identity_for_session, wait_for_iopub_welcome,
};

#[allow(dead_code)]
#[path = "../../tests/protocol/scripted.rs"]
mod scripted;

const SESSION: &str = "interop";

struct Client {
    shell: ClientShellConnection,
    control: ClientControlConnection,
    iopub: ClientIoPubConnection,
    heartbeat: ClientHeartbeatConnection,
}

impl Client {
    async fn connect(info: &ConnectionInfo) -> Self {
        let identity = peer_identity_for_session(SESSION).unwrap();
        let mut iopub = create_client_iopub_connection(info, "", SESSION).await.unwrap();
        let welcome = wait_for_iopub_welcome(&mut iopub, Duration::from_secs(20)).await.unwrap();
        assert_eq!(welcome.as_deref(), Some(""));
        Self {
            shell: create_client_shell_connection_with_identity(info, SESSION, identity).await.unwrap(),
            control: create_client_control_connection(info, SESSION).await.unwrap(),
            iopub,
            heartbeat: create_client_heartbeat_connection(info).await.unwrap(),
        }
    }

    /// The reply on shell, and what came on iopub between busy and idle.
    async fn ask(&mut self, request: impl Into<JupyterMessage>) -> (Content, Vec<Content>) {
        let request = request.into();
        let id = request.header.msg_id.clone();
        self.shell.send(request).await.unwrap();
        let reply = self.shell.read().await.unwrap();
        assert_eq!(reply.parent_header.unwrap().msg_id, id);
        assert_eq!(reply.header.version, "5.5");
        let mut outputs = Vec::new();
        loop {
            let message = self.iopub.read().await.unwrap();
            assert_eq!(message.parent_header.unwrap().msg_id, id);
            match message.content {
                Content::Status(status) if status.execution_state == ExecutionState::Idle => break,
                Content::Status(status) => assert_eq!(status.execution_state, ExecutionState::Busy),
                other => outputs.push(other),
            }
        }
        (reply.content, outputs)
    }
}

#[tokio::test]
async fn an_independent_client_understands_every_message() {
    let connection = ConnectionFile::on_free_ports().unwrap();
    let info: ConnectionInfo = serde_json::from_value(serde_json::to_value(&connection).unwrap()).unwrap();
    let server = Server::new(&connection, |events| Box::new(scripted::Scripted::new(events))).unwrap();
    let kernel = std::thread::spawn(|| server.serve());
    let mut client = Client::connect(&info).await;

    client.heartbeat.single_heartbeat().await.unwrap();

    let (Content::KernelInfoReply(info), _) = client.ask(KernelInfoRequest {}).await else { panic!() };
    assert_eq!((info.status, info.protocol_version.as_str()), (ReplyStatus::Ok, "5.5"));
    assert_eq!(info.language_info.name, "rust");

    let code = "let tensor\nout a\nerr b\nshow one 1\nupdate one 2\nclear\nresult 42";
    let (Content::ExecuteReply(reply), outputs) = client.ask(ExecuteRequest::new(code.to_owned())).await
    else {
        panic!()
    };
    assert_eq!((reply.status, reply.execution_count.value()), (ReplyStatus::Ok, 1));
    let types: Vec<&str> = outputs.iter().map(Content::message_type).collect();
    assert_eq!(
        types,
        [
            "execute_input",
            "stream",
            "stream",
            "display_data",
            "update_display_data",
            "clear_output",
            "execute_result"
        ]
    );
    assert!(!outputs.iter().any(|content| matches!(content, Content::UnknownMessage(_))));

    let (Content::ExecuteReply(reply), outputs) = client.ask(ExecuteRequest::new("fail x".to_owned())).await
    else {
        panic!()
    };
    assert_eq!((reply.status, reply.error.unwrap().ename.as_str()), (ReplyStatus::Error, "E0308"));
    assert!(
        matches!(&outputs[..], [Content::ExecuteInput(_), Content::ErrorOutput(error)] if error.evalue == "x")
    );

    let (Content::IsCompleteReply(reply), _) =
        client.ask(IsCompleteRequest { code: "fn f() {".to_owned() }).await
    else {
        panic!()
    };
    assert_eq!(reply.status, IsCompleteReplyStatus::Incomplete);

    let complete = CompleteRequest { code: "ten".to_owned(), cursor_pos: 3 };
    let (Content::CompleteReply(reply), _) = client.ask(complete).await else { panic!() };
    assert_eq!(reply.matches, ["tensor"]);

    let inspect = InspectRequest { code: "tensor".to_owned(), cursor_pos: 1, detail_level: Some(0) };
    let (Content::InspectReply(reply), _) = client.ask(inspect).await else { panic!() };
    assert!(reply.found && !reply.data.content.is_empty());

    let history = HistoryRequest::Tail { n: 2, output: true, raw: true };
    let (Content::HistoryReply(reply), _) = client.ask(history).await else { panic!() };
    assert!(matches!(&reply.history[1], HistoryEntry::InputOutput(0, 2, (code, _)) if code == "fail x"));

    let (Content::CommInfoReply(reply), _) = client.ask(CommInfoRequest { target_name: None }).await else {
        panic!()
    };
    assert!(reply.comms.is_empty());

    client.control.send(InterruptRequest {}.into()).await.unwrap();
    let Content::InterruptReply(reply) = client.control.read().await.unwrap().content else { panic!() };
    assert_eq!(reply.status, ReplyStatus::Ok);

    client.control.send(ShutdownRequest { restart: false }.into()).await.unwrap();
    let Content::ShutdownReply(reply) = client.control.read().await.unwrap().content else { panic!() };
    assert_eq!((reply.status, reply.restart), (ReplyStatus::Ok, false));
    kernel.join().unwrap().unwrap();
}
