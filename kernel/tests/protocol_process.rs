//! The kernel as a process: signals, its parent, its end. A test binary of its own, because signals concern all of it.

#[allow(dead_code)]
#[path = "protocol/client.rs"]
mod client;
#[allow(dead_code)]
#[path = "protocol/scripted.rs"]
mod scripted;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use client::{Client, Kernel};
use ferrolab_kernel::Server;
use ferrolab_kernel::connection::ConnectionFile;
use scripted::Scripted;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::raise;
use tempfile::TempDir;

#[test]
fn sigint_interrupts_the_running_cell_and_sigterm_ends_the_kernel() {
    let connection = ConnectionFile::on_free_ports().unwrap();
    let mut server = Server::new(&connection, |events| Box::new(Scripted::new(events))).unwrap();
    server.own_the_process().unwrap();
    let kernel = Kernel::serving(server, connection);
    let client = kernel.client();
    client.start_waiting();
    raise(SIGINT).unwrap();
    assert_eq!(client.shell_reply().content["ename"], "Interrupted");
    assert_eq!(client.ask("kernel_info_request", json!({})).0.content["status"], "ok");
    raise(SIGTERM).unwrap();
    kernel.join();
}

/// The `ferrolab` executable as a kernel, on a machine where its library is not built.
struct Process {
    connection: ConnectionFile,
    child: Child,
    _home: TempDir,
}

impl Process {
    /// `script` is run by a shell with the command line of the kernel as `"$@"`.
    fn start(script: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let connection = ConnectionFile::on_free_ports().unwrap();
        let file = home.path().join("connection.json");
        std::fs::write(&file, serde_json::to_vec(&connection).unwrap()).unwrap();
        let child = Command::new("sh")
            .args(["-c", script, "sh", env!("CARGO_BIN_EXE_ferrolab"), "kernel", "--connection-file"])
            .arg(file)
            .env("XDG_CACHE_HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env("JPY_PARENT_PID", std::process::id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self { connection, child, _home: home }
    }
}

#[test]
fn without_a_library_the_kernel_answers_and_its_cells_say_what_to_do() {
    let mut kernel = Process::start("exec \"$@\"");
    let client = Client::new(&kernel.connection, "");
    assert_eq!(client.ask("kernel_info_request", json!({})).0.content["implementation"], "ferrolab");
    let (reply, _) = client.run("1 + 1");
    assert_eq!(reply.content["status"], "error");
    let text = reply.content["evalue"].as_str().unwrap();
    assert!(text.contains("ferrolab install"), "{text}");
    client.send_control("shutdown_request", json!({"restart": false}));
    assert_eq!(client.control_reply().content, json!({"status": "ok", "restart": false}));
    assert!(kernel.child.wait().unwrap().success());
}

#[test]
fn a_kernel_whose_jupyter_has_gone_ends_too() {
    // The shell plays Jupyter: it starts the kernel, and ends when told to.
    let mut jupyter = Process::start("\"$@\" & echo started; read line");
    let mut stdout = BufReader::new(jupyter.child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    let client = Client::new(&jupyter.connection, "");
    assert_eq!(client.ask("kernel_info_request", json!({})).0.content["status"], "ok");
    jupyter.child.stdin.take().unwrap().write_all(b"end\n").unwrap();
    assert!(jupyter.child.wait().unwrap().success());
    // The kernel holds the other end of this pipe until it ends.
    stdout.read_to_end(&mut Vec::new()).unwrap();
    assert!(
        TcpListener::bind(("127.0.0.1", jupyter.connection.shell_port)).is_ok(),
        "nobody listens any more"
    );
}
