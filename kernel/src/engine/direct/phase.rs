//! What the engine is doing, as the thread that interrupts it must know.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::child::Heard;

/// What can be interrupted now. Shared between the engine and everybody who may interrupt it.
#[derive(Debug, Clone, Default)]
pub struct Phase(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    doing: Doing,
    interrupted: bool,
}

#[derive(Debug, Default)]
enum Doing {
    #[default]
    Nothing,
    /// rustc runs under this process number.
    Compiling(u32),
    /// A cell runs in the child process of this number.
    Running(u32, Sender<Heard>),
}

impl Phase {
    /// rustc has been started.
    pub fn compiling(&self, process: u32) {
        *self.lock() = State { doing: Doing::Compiling(process), interrupted: false };
    }

    /// A cell has been given to the child process. `heard` gets to know of interrupts.
    pub fn running(&self, process: u32, heard: Sender<Heard>) {
        *self.lock() = State { doing: Doing::Running(process, heard), interrupted: false };
    }

    /// Nothing is left to interrupt. True if the last phase was interrupted.
    pub fn idle(&self) -> bool {
        std::mem::take(&mut *self.lock()).interrupted
    }

    /// Interrupts what is being done: kills the compiler, or tells the cell to stop.
    pub fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupted = true;
        match &state.doing {
            Doing::Nothing => state.interrupted = false,
            Doing::Compiling(process) => signal(*process, Signal::KILL),
            Doing::Running(process, heard) => {
                signal_group(*process, Signal::INT);
                let _ = heard.send(Heard::Interrupt);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends a signal to a process and to those that it has started, as Ctrl-C in a terminal does. The process leads its group.
pub fn signal_group(process: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // Fails only if they have ended already.
        let _ = kill_process_group(pid, signal);
    }
}

/// Sends a signal. The process is a child that has not been waited for, so its number is still its own.
fn signal(process: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // Fails only if the process has ended already.
        let _ = kill_process(pid, signal);
    }
}
