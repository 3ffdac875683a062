//! The child process that runs the cells: starting it, giving it cells, hearing how they end.

use std::collections::HashSet;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use ferrolab_display::frame::{Outcome, Stored, ToChild};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use super::apart::Home;
use super::death::{Death, LastWords, kills_for_memory};
use super::host::CHILD_ARGUMENT;
use super::link::Link;
use super::phase::{Phase, signal, signal_group};
use super::programs::Programs;
use super::pump::Pump;
use crate::bundle::Bundle;
use crate::engine::EventSink;

/// How long a cell may take to notice an interrupt. Then its process is killed.
pub const GRACE: Duration = Duration::from_secs(2);

/// How often it is told meanwhile: the first time can be before it has begun, and then counts for nothing.
const AGAIN: Duration = Duration::from_millis(100);

/// What the engine hears from the child process, and from who interrupts it.
#[derive(Debug)]
pub enum Heard {
    Ready,
    Done {
        outcome: Outcome,
        variables: Vec<Stored>,
    },
    /// The socket is closed: the process has ended, or is about to.
    Closed,
    Interrupt,
}

/// How running a cell ended.
#[derive(Debug)]
pub enum Ran {
    Done {
        outcome: Outcome,
        variables: Vec<Stored>,
    },
    /// The process ended by itself.
    Died(Death),
    /// The process was killed because it did not notice the interrupt.
    Killed,
}

/// What the child process is given to run.
#[derive(Debug)]
pub struct Job<'a> {
    pub library: &'a Path,
    pub symbol: String,
    /// Variables to drop first.
    pub forget: Vec<String>,
    /// The library defines statics that later cells use.
    pub share: bool,
    /// evcxr has compiled it.
    pub foreign: bool,
}

/// The child process.
#[derive(Debug)]
pub struct Child {
    process: std::process::Child,
    link: Link,
    heard: Receiver<Heard>,
    sender: Sender<Heard>,
    pump: Option<thread::JoinHandle<LastWords>>,
    /// The libraries that cells share.
    loaded: HashSet<Home>,
    /// How many processes the system had killed for memory when this one was started.
    kills: u64,
}

impl Child {
    /// Starts the process and waits until it has loaded the library. `program`: the executable, with the folder and the
    /// environment of the notebook.
    pub fn start(
        mut program: Command,
        bundle: &Bundle,
        events: EventSink,
        programs: Programs,
    ) -> io::Result<Child> {
        let (socket, theirs) = UnixStream::pair()?;
        let mut process = program
            .arg(CHILD_ARGUMENT)
            .args(&bundle.loads)
            // Its own group: Ctrl-C in the terminal of `ferrolab kernel` must not reach the cell past the kernel.
            .process_group(0)
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (sender, heard) = channel();
        let (Some(stdout), Some(stderr)) = (process.stdout.take(), process.stderr.take()) else {
            return Err(io::Error::other("the child process has no standard output"));
        };
        let link = Link::new(socket.try_clone()?);
        let pump = Pump::new((socket, link.clone()), (stdout, stderr), events, programs, sender.clone());
        let pump = thread::Builder::new().name("pump".to_owned()).spawn(move || pump.run())?;
        let mut child = Child {
            process,
            link,
            heard,
            sender,
            pump: Some(pump),
            loaded: HashSet::new(),
            kills: kills_for_memory(),
        };
        match child.heard.recv() {
            Ok(Heard::Ready) => Ok(child),
            _ => {
                let (status, _) = child.end(true)?;
                Err(io::Error::other(format!("it ended with {status} before it was ready")))
            }
        }
    }

    /// Loads libraries that a cell needs, unless they are loaded already. An interrupt that comes meanwhile is left to the cell.
    pub fn load<'a>(&mut self, homes: impl Iterator<Item = &'a Home>) -> io::Result<()> {
        for home in homes {
            if self.loaded.contains(home) {
                continue;
            }
            let (library, symbol) = (home.library.to_string_lossy().into_owned(), home.symbol.clone());
            self.link.send(&ToChild::Run { library, symbol, forget: Vec::new(), share: true });
            let done = self.heard.iter().find(|heard| matches!(heard, Heard::Done { .. } | Heard::Closed));
            match done {
                Some(Heard::Done { outcome: Outcome::Ok, .. }) => self.loaded.insert(home.clone()),
                Some(Heard::Done { .. }) => {
                    return Err(io::Error::other("a library of functions could not be loaded"));
                }
                // Whoever gives it something to do will hear that it has ended.
                _ => {
                    let _ = self.sender.send(Heard::Closed);
                    return Ok(());
                }
            };
        }
        Ok(())
    }

    /// Runs a cell to its end.
    pub fn run(&mut self, job: Job<'_>, phase: &Phase) -> io::Result<Ran> {
        // What is left is an interrupt that came when its cell had ended; or the process has ended meanwhile, by a thread
        // that an earlier cell has started.
        if self.heard.try_iter().any(|heard| matches!(heard, Heard::Closed)) {
            return self.died();
        }
        phase.running(self.process.id(), self.sender.clone());
        let Job { library, symbol, forget, share, foreign } = job;
        let library = library.to_string_lossy().into_owned();
        self.link.send(&match foreign {
            false => ToChild::Run { library, symbol, forget, share },
            true => ToChild::RunForeign { library, symbol },
        });
        let mut deadline = None;
        let ran = loop {
            match self.next(deadline) {
                Some(Heard::Ready) => {}
                Some(Heard::Done { outcome, variables }) => break Ran::Done { outcome, variables },
                Some(Heard::Interrupt) => deadline = deadline.or_else(|| Some(Instant::now() + GRACE)),
                Some(Heard::Closed) => {
                    phase.idle();
                    return self.died();
                }
                None => {
                    phase.idle();
                    self.end(false)?;
                    break Ran::Killed;
                }
            }
        };
        phase.idle();
        Ok(ran)
    }

    /// The next that is heard; `None` when the time is over that an interrupted cell has.
    fn next(&self, deadline: Option<Instant>) -> Option<Heard> {
        let Some(deadline) = deadline else { return Some(self.heard.recv().unwrap_or(Heard::Closed)) };
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.heard.recv_timeout(left.min(AGAIN)) {
                Ok(heard) => return Some(heard),
                Err(RecvTimeoutError::Disconnected) => return Some(Heard::Closed),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return None,
                Err(RecvTimeoutError::Timeout) => signal(self.process.id(), Signal::INT),
            }
        }
    }

    fn died(&mut self) -> io::Result<Ran> {
        let (status, words) = self.end(true)?;
        Ok(Ran::Died(Death::new(status, words, kills_for_memory().saturating_sub(self.kills))))
    }

    /// Ends the process and those that it has started, and waits until all that it wrote is handled. A process that has
    /// `closed` its socket is ending by itself, and has a little time to do so: its own exit status tells more than that
    /// of a killed process.
    fn end(&mut self, closed: bool) -> io::Result<(ExitStatus, LastWords)> {
        let patience = Instant::now() + Duration::from_millis(500);
        while closed && !self.has_ended() && Instant::now() < patience {
            thread::sleep(Duration::from_millis(2));
        }
        // Before it is waited for: from then on the number of its group may be that of another.
        signal_group(self.process.id(), Signal::KILL);
        let status = self.process.wait()?;
        let words = self.pump.take().and_then(|pump| pump.join().ok()).unwrap_or_default();
        Ok((status, words))
    }

    /// Whether the process has ended, without waiting for it.
    fn has_ended(&self) -> bool {
        let Some(pid) = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw) else { return true };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(pid), options), Ok(None))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.end(false);
    }
}
