//! The process that evcxr takes for the one that runs the cells. It only carries lines between evcxr and the kernel, which
//! runs the cells in a child of its own: see [`stage`](super::stage).

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::exit;
use std::thread;

/// The hidden first argument that makes the `ferrolab` executable such a process.
pub const RELAY_ARGUMENT: &str = "__relay-evcxr";

/// The life of the process: `ferrolab __relay-evcxr SOCKET`. The executable calls this before anything else when its first
/// argument is [`RELAY_ARGUMENT`].
pub fn relay() -> ! {
    let Some(path) = std::env::args_os().nth(2) else {
        eprintln!(
            "ferrolab: `{RELAY_ARGUMENT}` expects the path of a socket: it is for the kernel's own use"
        );
        exit(2);
    };
    match carry(UnixStream::connect(path)) {
        Ok(()) => exit(0),
        Err(error) => {
            eprintln!("ferrolab: the connection to the kernel failed: {error}");
            exit(1);
        }
    }
}

/// Ends when either side does.
fn carry(socket: io::Result<UnixStream>) -> io::Result<()> {
    let socket = socket?;
    let mut to_kernel = socket.try_clone()?;
    thread::Builder::new().name("to-kernel".to_owned()).spawn(move || {
        let _ = copy(&mut io::stdin().lock(), &mut to_kernel);
        let _ = to_kernel.shutdown(Shutdown::Both);
    })?;
    copy(&mut &socket, &mut io::stdout().lock())
}

/// As `io::copy`, but every piece is passed on at once.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut bytes = [0; 4096];
    loop {
        match from.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(count) => {
                to.write_all(&bytes[..count])?;
                to.flush()?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
