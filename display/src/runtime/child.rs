//! The main loop of the child process: waits for cells, runs them, tells how they ended.

use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Thread};
use std::time::Duration;
use std::{io, panic, process};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_LOCAL, RTLD_NOW};

use super::attempt::{End, interrupted, unwound};
use super::{CellFunction, Store, foreign, interrupt, panic as panic_hook, stdin};
use crate::channel::{self, Channel};
use crate::frame::{self, FromChild, Outcome, ToChild};
use crate::input;

/// Text without a newline, such as `print!(".")`, reaches the notebook after at most this time, and the kernel is asked
/// for input.
const FLUSH_EVERY: Duration = Duration::from_millis(100);

/// True while a cell runs.
static RUNNING: AtomicBool = AtomicBool::new(false);

struct Job {
    library: String,
    symbol: String,
    forget: Vec<String>,
    share: bool,
    /// Compiled by evcxr.
    foreign: bool,
}

/// The whole life of the child process. The host process, which is the `ferrolab` executable, loads this library and
/// calls this function; descriptor 0 must be its socket to the kernel. Ends when the kernel closes the socket.
#[unsafe(no_mangle)]
pub extern "C" fn ferrolab_child_main() -> libc::c_int {
    let socket = match take_socket() {
        Ok(socket) => socket,
        Err(error) => {
            eprintln!("ferrolab: expected the socket of a kernel on descriptor 0: {error}");
            return 1;
        }
    };
    interrupt::install_handler();
    panic_hook::install_hook();
    match start_threads(socket) {
        Ok((jobs, flusher)) => serve(jobs, &flusher),
        Err(error) => {
            eprintln!("ferrolab: the child process could not start its threads: {error}");
            return 1;
        }
    }
    0
}

/// Moves the socket away from descriptor 0, which is the input of user code.
fn take_socket() -> io::Result<UnixStream> {
    // SAFETY: plain system calls on descriptors that this function owns; nothing else runs in the process yet.
    unsafe {
        let socket = libc::fcntl(0, libc::F_DUPFD_CLOEXEC, 3);
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        let socket = OwnedFd::from_raw_fd(socket);
        stdin::renew()?;
        Ok(UnixStream::from(socket))
    }
}

fn start_threads(socket: UnixStream) -> io::Result<(Receiver<Job>, Thread)> {
    let (job_sender, jobs) = channel();
    let (ack_sender, acks) = channel();
    let reader = socket.try_clone()?;
    channel::open(Channel { socket, acks });
    thread::Builder::new()
        .name("ferrolab-control".into())
        .spawn(move || control(reader, &job_sender, &ack_sender))?;
    let flusher = thread::Builder::new().name("ferrolab-flush".into()).spawn(flush_while_running)?;
    Ok((jobs, flusher.thread().clone()))
}

/// Reads what the kernel says. When the kernel is gone, the process ends, whatever it is doing.
fn control(mut socket: UnixStream, jobs: &Sender<Job>, acks: &Sender<()>) {
    loop {
        let sent = match frame::read(&mut socket) {
            Ok(Some(ToChild::Run { library, symbol, forget, share })) => {
                jobs.send(Job { library, symbol, forget, share, foreign: false }).is_ok()
            }
            Ok(Some(ToChild::RunForeign { library, symbol })) => {
                let job = Job { library, symbol, forget: Vec::new(), share: false, foreign: true };
                jobs.send(job).is_ok()
            }
            Ok(Some(ToChild::Ack)) => acks.send(()).is_ok(),
            Ok(Some(ToChild::Input { id, answer })) => {
                input::answered(id, answer);
                true
            }
            Ok(None) | Err(_) => false,
        };
        if !sent {
            // SAFETY: ends the process at once. Destructors of user values must not run in another thread.
            unsafe { libc::_exit(0) };
        }
    }
}

fn flush_while_running() {
    let mut asked = None;
    loop {
        if !RUNNING.load(Ordering::Relaxed) {
            asked = None;
            thread::park();
            continue;
        }
        let answer = match &asked {
            Some(stdin::Asked { question, .. }) => question.wait(FLUSH_EVERY),
            None => {
                thread::sleep(FLUSH_EVERY);
                None
            }
        };
        channel::flush_standard_output();
        asked = stdin::look(asked, answer);
    }
}

fn serve(jobs: Receiver<Job>, flusher: &Thread) {
    let (mut store, mut foreign) = (Store::default(), foreign::Store::default());
    channel::send_unanswered(&FromChild::Ready);
    for job in jobs {
        interrupt::clear();
        // Without a new pipe the cell finds its input empty, that is all.
        let _ = stdin::renew();
        RUNNING.store(true, Ordering::Relaxed);
        flusher.unpark();
        let outcome = run(&job, &mut store, &mut foreign);
        RUNNING.store(false, Ordering::Relaxed);
        let outcome = match outcome {
            Outcome::Panic { .. } | Outcome::Error { .. } if stdin::was_cut() => interrupted(),
            outcome => outcome,
        };
        if outcome == Outcome::Ok {
            panic_hook::report_caught();
        }
        channel::send_unanswered(&FromChild::Done { outcome, variables: store.stored() });
    }
    process::exit(0);
}

fn run(job: &Job, store: &mut Store, foreign: &mut foreign::Store) -> Outcome {
    // Even dropping a variable runs user code.
    let dropped = panic::catch_unwind(panic::AssertUnwindSafe(|| {
        for name in &job.forget {
            store.forget(name);
        }
    }));
    if let Err(payload) = dropped {
        return unwound(payload);
    }
    let scope = if job.share { RTLD_GLOBAL } else { RTLD_LOCAL };
    // SAFETY: the kernel compiled this library as a cell against this very runtime; it has no initialisers.
    let loaded = unsafe { Library::open(Some(&job.library), RTLD_NOW | scope) };
    let library = match loaded {
        Ok(library) => library,
        Err(error) => return Outcome::Load { message: error.to_string() },
    };
    if job.foreign {
        // SAFETY: the symbol is the function of a cell of evcxr's, which generates it with exactly this type.
        let function =
            unsafe { library.get::<foreign::Function>(job.symbol.as_bytes()).map(|symbol| *symbol) };
        std::mem::forget(library);
        return match function {
            Ok(function) => foreign::run(function, foreign),
            Err(error) => Outcome::Load { message: error.to_string() },
        };
    }
    // SAFETY: the symbol is the cell function, generated with exactly this type.
    let function = unsafe { library.get::<CellFunction>(job.symbol.as_bytes()).map(|symbol| *symbol) };
    // Never unloaded: values, vtables, threads of the cell may live as long as the process.
    std::mem::forget(library);
    match function {
        Ok(function) => {
            // A panic outside the cell's own `attempt`: a destructor of a replaced variable.
            match panic::catch_unwind(panic::AssertUnwindSafe(|| function(store))) {
                Ok(End(outcome)) => outcome,
                Err(payload) => unwound(payload),
            }
        }
        Err(error) => Outcome::Load { message: error.to_string() },
    }
}
