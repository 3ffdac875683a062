//! A kernel in this process, and a client of it that knows the protocol by itself.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;

use ferrolab_kernel::connection::{Channel, ConnectionFile};
use ferrolab_kernel::engine::{Engine, EventSink};
use ferrolab_kernel::{KernelError, Server};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use zmq::{Context, Socket, SocketType};

use crate::scripted::Scripted;

/// After this long without an expected message a test fails instead of hanging.
const GIVE_UP_MS: i32 = 20_000;

/// A running kernel. Ended when dropped.
pub struct Kernel {
    pub connection: ConnectionFile,
    thread: Option<JoinHandle<Result<(), KernelError>>>,
}

impl Kernel {
    pub fn new() -> Self {
        Self::with_engine(Scripted::new)
    }

    pub fn with_engine<E: Engine + 'static>(make: impl FnOnce(EventSink) -> E + Send + 'static) -> Self {
        Self::at(ConnectionFile::on_free_ports().unwrap(), make)
    }

    pub fn at<E: Engine + 'static>(
        connection: ConnectionFile,
        make: impl FnOnce(EventSink) -> E + Send + 'static,
    ) -> Self {
        let server = Server::new(&connection, |events| Box::new(make(events))).unwrap();
        Self::serving(server, connection)
    }

    pub fn serving(server: Server, connection: ConnectionFile) -> Self {
        Self { connection, thread: Some(std::thread::spawn(|| server.serve())) }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.connection, "")
    }

    /// Waits until the kernel has ended by itself.
    pub fn join(mut self) {
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take()
            && !std::thread::panicking()
        {
            let client = Client::new(&self.connection, "");
            client.send_control("shutdown_request", json!({"restart": false}));
            thread.join().unwrap().unwrap();
        }
    }
}

/// A received message.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    pub msg_type: String,
    pub header: Value,
    pub parent: Value,
    pub content: Value,
}

impl Received {
    pub fn answers(&self, msg_id: &str) -> bool {
        self.parent["msg_id"] == msg_id
    }
}

pub struct Client {
    pub shell: Socket,
    pub control: Socket,
    pub stdin: Socket,
    pub iopub: Socket,
    pub heartbeat: Socket,
    key: String,
    session: String,
    sent: Cell<u32>,
}

impl Client {
    /// Connects with a routing identity of its own (none if empty) and waits until it can miss nothing.
    pub fn new(connection: &ConnectionFile, identity: &str) -> Self {
        static CLIENTS: AtomicU32 = AtomicU32::new(0);
        let context = Context::new();
        let connect = |kind, channel| {
            let socket = context.socket(kind).unwrap();
            socket.set_rcvtimeo(GIVE_UP_MS).unwrap();
            // Else each client would wait a second for the kernel that has gone.
            socket.set_linger(0).unwrap();
            if kind == SocketType::DEALER && !identity.is_empty() {
                socket.set_identity(identity.as_bytes()).unwrap();
            }
            if kind == SocketType::SUB {
                socket.set_rcvhwm(0).unwrap();
                socket.set_subscribe(b"").unwrap();
            }
            socket.connect(&connection.endpoint(channel)).unwrap();
            socket
        };
        let client = Self {
            shell: connect(SocketType::DEALER, Channel::Shell),
            control: connect(SocketType::DEALER, Channel::Control),
            stdin: connect(SocketType::DEALER, Channel::Stdin),
            iopub: connect(SocketType::SUB, Channel::IoPub),
            heartbeat: connect(SocketType::REQ, Channel::Heartbeat),
            key: connection.key.0.clone(),
            session: format!("session-{}", CLIENTS.fetch_add(1, Ordering::Relaxed)),
            sent: Cell::new(0),
        };
        client.iopub_until("iopub_welcome");
        client
    }

    pub fn sign(&self, json: &[Vec<u8>]) -> String {
        if self.key.is_empty() {
            return String::new();
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.as_bytes()).unwrap();
        json[..4].iter().for_each(|frame| mac.update(frame));
        hex::encode(mac.finalize().into_bytes())
    }

    /// The frames of a new request, and its id.
    pub fn frames(&self, msg_type: &str, content: &Value) -> (Vec<Vec<u8>>, String) {
        self.frames_below(&json!({}), msg_type, content)
    }

    /// The same for a message that has a parent.
    fn frames_below(&self, parent: &Value, msg_type: &str, content: &Value) -> (Vec<Vec<u8>>, String) {
        self.sent.set(self.sent.get() + 1);
        let msg_id = format!("{}-{}", self.session, self.sent.get());
        let header = json!({"msg_id": msg_id, "msg_type": msg_type, "session": self.session, "username": "tester",
            "date": "2026-11-23T18:00:00.000000Z", "version": "5.5", "subshell_id": null});
        let json: Vec<Vec<u8>> = [&header, parent, &json!({}), content].map(|v| v.to_string().into()).into();
        let mut frames = vec![b"<IDS|MSG>".to_vec(), self.sign(&json).into_bytes()];
        frames.extend(json);
        (frames, msg_id)
    }

    /// Sends on the shell channel; gives the id.
    pub fn send(&self, msg_type: &str, content: Value) -> String {
        let (frames, msg_id) = self.frames(msg_type, &content);
        self.shell.send_multipart(frames, 0).unwrap();
        msg_id
    }

    pub fn send_control(&self, msg_type: &str, content: Value) -> String {
        let (frames, msg_id) = self.frames(msg_type, &content);
        self.control.send_multipart(frames, 0).unwrap();
        msg_id
    }

    /// Answers the question with this header.
    pub fn answer(&self, question: &Value, value: &str) {
        let (frames, _) = self.frames_below(question, "input_reply", &json!({"value": value}));
        self.stdin.send_multipart(frames, 0).unwrap();
    }

    /// The next question of a cell.
    pub fn stdin_request(&self) -> Received {
        self.receive(&self.stdin, "a question on stdin")
    }

    fn receive(&self, socket: &Socket, what: &str) -> Received {
        let frames = socket.recv_multipart(0).unwrap_or_else(|error| panic!("waiting for {what}: {error}"));
        let delimiter = frames.iter().position(|frame| frame == b"<IDS|MSG>").expect("a delimiter");
        let [signature, json @ ..] = &frames[delimiter + 1..] else { panic!("no signature") };
        assert_eq!(*signature, self.sign(json).into_bytes(), "the kernel signs its messages");
        assert_eq!(json.len(), 4);
        let json: Vec<Value> = json.iter().map(|frame| serde_json::from_slice(frame).unwrap()).collect();
        assert!(json.iter().all(Value::is_object), "{json:?}");
        let msg_type = json[0]["msg_type"].as_str().unwrap().to_owned();
        Received { msg_type, header: json[0].clone(), parent: json[1].clone(), content: json[3].clone() }
    }

    pub fn shell_reply(&self) -> Received {
        self.receive(&self.shell, "a reply on shell")
    }

    pub fn control_reply(&self) -> Received {
        self.receive(&self.control, "a reply on control")
    }

    /// The next message on iopub, whatever it is.
    pub fn iopub_next(&self) -> Received {
        self.receive(&self.iopub, "a message on iopub")
    }

    pub fn iopub_until(&self, msg_type: &str) -> Received {
        loop {
            let message = self.iopub_next();
            if message.msg_type == msg_type {
                return message;
            }
        }
    }

    /// What came on iopub for one request: its bracket is checked and taken off. Messages of other parents are skipped.
    pub fn iopub_of(&self, msg_id: &str) -> Vec<Received> {
        let next = || loop {
            let message = self.iopub_next();
            if message.answers(msg_id) {
                return message;
            }
        };
        let status = |message: &Received, state| {
            message.msg_type == "status" && message.content == json!({"execution_state": state})
        };
        let first = next();
        assert!(status(&first, "busy"), "{first:?}");
        let mut between = Vec::new();
        loop {
            let message = next();
            if status(&message, "idle") {
                return between;
            }
            // Repeated after another request was answered meanwhile.
            if !status(&message, "busy") {
                between.push(message);
            }
        }
    }

    /// Asks on shell; gives the reply, checked to be the answer, and what came on iopub.
    pub fn ask(&self, msg_type: &str, content: Value) -> (Received, Vec<Received>) {
        let msg_id = self.send(msg_type, content);
        let outputs = self.iopub_of(&msg_id);
        let reply = self.shell_reply();
        assert!(reply.answers(&msg_id), "{reply:?}");
        assert_eq!(reply.msg_type, msg_type.replace("_request", "_reply"));
        (reply, outputs)
    }

    /// Starts a cell that runs until it is interrupted; returns, with its id, when it is running.
    pub fn start_waiting(&self) -> String {
        let cell = self.send("execute_request", execute("out waiting\nwait"));
        self.iopub_until("stream");
        cell
    }

    pub fn run(&self, code: &str) -> (Received, Vec<Received>) {
        self.ask("execute_request", execute(code))
    }
}

/// The content of an execute request as clients send it.
pub fn execute(code: &str) -> Value {
    json!({"code": code, "silent": false, "store_history": true, "user_expressions": {}, "allow_stdin": false,
        "stop_on_error": true})
}

/// Type and content of messages, for comparing at one sight.
pub fn contents(messages: &[Received]) -> Vec<(&str, &Value)> {
    messages.iter().map(|message| (message.msg_type.as_str(), &message.content)).collect()
}

/// The types of messages.
pub fn types(messages: &[Received]) -> Vec<&str> {
    messages.iter().map(|message| message.msg_type.as_str()).collect()
}
