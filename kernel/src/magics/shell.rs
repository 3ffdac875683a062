//! `!ls -l`: runs a program by the shell, with what it writes below the cell while it runs. Off until `:shell on`: a
//! notebook from elsewhere says in so many words that it starts programs.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};

use super::Call;
use crate::engine::{CellError, Event, Interrupt, StreamName};
use crate::session::{Session, Tap};

/// Whether programs may run, and which one does.
#[derive(Default)]
pub struct Shell {
    pub on: bool,
    running: Arc<Mutex<Option<Pid>>>,
}

impl Shell {
    /// Interrupts the running program and those that it has started, as Ctrl-C in a terminal does.
    pub fn interrupt(&self) -> Interrupt {
        let running = self.running.clone();
        Arc::new(move || {
            if let Some(pid) = *running.lock().unwrap_or_else(PoisonError::into_inner) {
                // Fails only if they have ended already.
                let _ = kill_process_group(pid, Signal::INT);
            }
        })
    }

    fn set_running(&self, pid: Option<Pid>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = pid;
    }
}

/// `:shell on`
pub fn switch(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    session.shell.on = call.switch(session.shell.on)?;
    session.say(if session.shell.on {
        "`!` at the start of a line runs a program"
    } else {
        "the shell is off"
    });
    Ok(())
}

/// `!ls -l`
pub fn run(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    if !session.shell.on {
        let note = "`:shell on` lets lines that begin with `!` run programs".to_owned();
        return Err(call.error("the shell is off", &[note]));
    }
    let mut program = Command::new("sh")
        .arg("-c")
        .arg(&call.line.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| call.error(&format!("the shell `sh` could not be started: {error}"), &[]))?;
    session.shell.set_running(Pid::from_raw(program.id().cast_signed()));
    let (stdout, stderr) = (program.stdout.take(), program.stderr.take());
    thread::scope(|scope| {
        scope.spawn(|| pass(stdout, StreamName::Stdout, &session.tap));
        pass(stderr, StreamName::Stderr, &session.tap);
    });
    // Before the process is waited for: from then on its number may be that of another process.
    session.shell.set_running(None);
    let status = program.wait().map_err(|error| call.error(&error.to_string(), &[]))?;
    match (status.code(), status.signal()) {
        (Some(0), _) => Ok(()),
        (Some(code), _) => Err(call.error(&format!("the program ended with exit code {code}"), &[])),
        (None, Some(2)) => Err(CellError {
            ename: "Interrupted".to_owned(),
            ..call.error("the program was interrupted, variables are kept", &[])
        }),
        (None, signal) => {
            Err(call.error(&format!("the program was ended by signal {}", signal.unwrap_or(0)), &[]))
        }
    }
}

/// Line by line, so that lines of both streams stay whole.
fn pass(from: Option<impl Read>, name: StreamName, tap: &Tap) {
    let Some(from) = from else { return };
    let (mut from, mut line) = (BufReader::new(from), Vec::new());
    while matches!(from.read_until(b'\n', &mut line), Ok(count) if count > 0) {
        tap.send(Event::Stream { name, text: String::from_utf8_lossy(&line).into_owned() });
        line.clear();
    }
}
