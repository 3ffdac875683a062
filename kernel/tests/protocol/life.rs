//! Connecting, interrupting, ending.

use std::sync::mpsc::channel;

use ferrolab_kernel::connection::{ConnectionFile, Transport};
use ferrolab_kernel::{KernelError, Server};
use serde_json::json;

use crate::client::{Client, Kernel, execute};
use crate::scripted::Scripted;

#[test]
fn heartbeats_are_echoed_while_a_cell_runs() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.start_waiting();
    for beat in [&b"ping"[..], b"", &[0, 255]] {
        client.heartbeat.send(beat, 0).unwrap();
        assert_eq!(client.heartbeat.recv_bytes(0).unwrap(), beat);
    }
    client.send_control("interrupt_request", json!({}));
    client.shell_reply();
}

#[test]
fn every_subscription_is_welcomed_even_the_second_to_the_same_topic() {
    let kernel = Kernel::new();
    let (first, second) = (kernel.client(), kernel.client());
    // Both have got their own welcome (or `client()` would not return); the first sees that of the second too.
    assert_eq!(first.iopub_next().content, json!({"subscription": ""}));
    second.iopub.set_subscribe(b"stream").unwrap();
    let welcome = second.iopub_until("iopub_welcome");
    assert_eq!((welcome.content, welcome.parent), (json!({"subscription": "stream"}), json!({})));
}

#[test]
fn two_clients_see_all_outputs_and_get_their_own_replies() {
    let kernel = Kernel::new();
    let (first, second) = (kernel.client(), kernel.client());
    let cell = first.send("execute_request", execute("out from the first"));
    assert!(second.iopub_of(&cell).iter().any(|m| m.content["text"] == "from the first"));
    let other = second.send("execute_request", execute("out from the second"));
    assert!(first.iopub_of(&other).iter().any(|m| m.content["text"] == "from the second"));
    assert!(first.shell_reply().answers(&cell));
    assert!(second.shell_reply().answers(&other));
}

#[test]
fn a_client_that_reconnects_under_its_identity_is_answered_while_a_cell_runs() {
    let kernel = Kernel::new();
    let before = Client::new(&kernel.connection, "the same client");
    before.start_waiting();
    let after = Client::new(&kernel.connection, "the same client");
    let question = after.send("kernel_info_request", json!({}));
    assert!(after.shell_reply().answers(&question));
    after.send_control("interrupt_request", json!({}));
    assert_eq!(after.shell_reply().msg_type, "execute_reply", "the cell's reply goes to the new connection");
}

#[test]
fn an_interrupt_ends_the_running_cell_and_the_session_goes_on() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run("let kept");
    client.start_waiting();
    let interrupt = client.send_control("interrupt_request", json!({}));
    let reply = client.control_reply();
    assert!(reply.answers(&interrupt));
    assert_eq!((reply.msg_type.as_str(), reply.content), ("interrupt_reply", json!({"status": "ok"})));
    let reply = client.shell_reply();
    assert_eq!((&reply.content["status"], &reply.content["ename"]), (&json!("error"), &json!("Interrupted")));
    let (reply, _) = client.ask("complete_request", json!({"code": "ke", "cursor_pos": 2}));
    assert_eq!(reply.content["matches"], json!(["kept"]));
}

#[test]
fn an_interrupt_when_nothing_runs_does_no_harm() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, _) = client.ask("interrupt_request", json!({}));
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(client.run("out x").0.content["status"], "ok");
}

#[test]
fn a_cell_interrupted_while_the_engine_starts_does_not_run() {
    let (start, started) = channel();
    let kernel = Kernel::with_engine(move |events| {
        // The engine takes its time; no clock involved.
        started.recv().unwrap();
        Scripted::new(events)
    });
    let client = kernel.client();
    client.send("execute_request", execute("out too late"));
    client.iopub_until("execute_input");
    client.send_control("interrupt_request", json!({}));
    client.control_reply();
    start.send(()).unwrap();
    assert_eq!(client.shell_reply().content["ename"], "Interrupted");
}

#[test]
fn shutdown_is_answered_while_a_cell_runs_and_ends_engine_and_kernel() {
    for (restart, on_control) in [(false, true), (true, true), (false, false)] {
        let (ended, engine_ended) = channel();
        let kernel = Kernel::with_engine(move |events| Scripted::new(events).telling_its_end(ended));
        let client = kernel.client();
        client.start_waiting();
        let content = json!({"restart": restart});
        let (shutdown, reply) = if on_control {
            (client.send_control("shutdown_request", content), client.control_reply())
        } else {
            (client.send("shutdown_request", content), client.shell_reply())
        };
        assert!(reply.answers(&shutdown));
        assert_eq!(reply.content, json!({"status": "ok", "restart": restart}));
        assert_eq!(client.iopub_until("shutdown_reply").content["restart"], restart);
        kernel.join();
        engine_ended.recv().unwrap();
    }
}

#[test]
fn a_kernel_listens_on_socket_files_too() {
    let folder = tempfile::tempdir().unwrap();
    let connection = ConnectionFile {
        transport: Transport::Ipc,
        ip: folder.path().join("kernel-ipc").to_str().unwrap().to_owned(),
        ..ConnectionFile::on_free_ports().unwrap()
    };
    let kernel = Kernel::at(connection, Scripted::new);
    assert_eq!(kernel.client().run("result 1").0.content["status"], "ok");
}

#[test]
fn a_taken_port_is_an_error_that_names_it() {
    let kernel = Kernel::new();
    let again = Server::new(&kernel.connection, |events| Box::new(Scripted::new(events)));
    let Err(error @ KernelError::Sockets(_)) = again else { panic!("the port is in use") };
    assert!(error.to_string().contains(&kernel.connection.shell_port.to_string()), "{error}");
}
