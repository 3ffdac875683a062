//! The `ferrolab` kernel: Jupyter's protocol on one side, an engine that evaluates Rust on the other.
//!
//! ```text
//!              shell, control, stdin, iopub, heartbeat (ZeroMQ)
//!                                  │
//!   io thread    server ── wire: frames, signatures ── sockets
//!                  │ handlers: answered at once    ▲
//!                  │ execution: the queue of cells │ one ordered queue of notices, and a wake-up
//!                  ▼                               │
//!   eval thread  eval ── session: magics ── engine: runs one cell ── EventSink
//!                                  ▲
//!   pump thread  reads what the engine's child process writes
//! ```
//!
//! The io thread owns the sockets and never waits for a cell; the eval thread owns the engine. A cell is answered when
//! its end comes out of the queue, behind all of its output.

pub mod book;
pub mod bundle;
pub mod cargo;
pub mod cell;
pub mod client;
pub mod command;
pub mod connection;
pub mod diagnostics;
pub mod doctor;
pub mod engine;
mod eval;
pub mod execute;
mod execution;
pub mod files;
mod handlers;
mod help;
pub mod history;
mod in_use;
pub mod install;
pub mod kernelspec;
pub mod lab;
pub mod library;
pub mod lsp;
mod magics;
pub mod messages;
pub mod names;
pub mod notebook;
mod outbox;
mod output;
mod parent;
pub mod python;
pub mod runner;
pub mod server;
mod session;
mod sockets;
mod stdin;
pub mod steps;
mod uses;
pub mod venv;
mod wake;
pub mod wire;

use connection::ConnectionFile;
use engine::{Engine, EventSink};
use history::History;
pub use server::{KernelError, Server};

/// Runs a kernel until a client ends it: what `ferrolab kernel --connection-file F` does. SIGINT interrupts the running
/// cell; SIGTERM, or the end of the Jupyter that started it, ends the kernel.
///
/// The cells are kept in `history`. `make_engine` is called at once, in the eval thread; requests that need no engine are answered meanwhile.
pub fn run<F>(
    connection: &ConnectionFile,
    history: Option<History>,
    make_engine: F,
) -> Result<(), KernelError>
where
    F: FnOnce(EventSink) -> Box<dyn Engine> + Send + 'static,
{
    let mut server = Server::new(connection, make_engine)?;
    if let Some(history) = history {
        server.keep_history(history);
    }
    server.own_the_process()?;
    server.load_names(library::names);
    server.ask_analyzer(library::analyzer)?;
    server.serve()
}
