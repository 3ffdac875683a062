//! Signals to the kernel's process. A test binary of its own: signals concern the whole process.

#[path = "protocol/client.rs"]
#[allow(dead_code)]
mod client;
#[path = "protocol/scripted.rs"]
#[allow(dead_code)]
mod scripted;

use client::Kernel;
use ferrolab_kernel::Server;
use ferrolab_kernel::connection::ConnectionFile;
use scripted::Scripted;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::raise;

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
