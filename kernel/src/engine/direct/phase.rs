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
    /// A cell is under way, be it between two phases.
    in_cell: bool,
    /// An interrupt has come that nobody has heeded yet.
    interrupted: bool,
}

#[derive(Debug, Default)]
enum Doing {
    #[default]
    Nothing,
    /// rustc runs under this process number.
    Compiling(u32),
    /// cargo runs under this process number, and leads a group of compilers.
    Building(u32),
    /// A cell runs in the child process of this number.
    Running(u32, Sender<Heard>),
}

impl Doing {
    /// Kills the compiler, or tells the cell to stop.
    fn interrupt(&self) {
        match self {
            Doing::Nothing => {}
            Doing::Compiling(process) => signal(*process, Signal::KILL),
            Doing::Building(process) => signal_group(*process, Signal::KILL),
            Doing::Running(process, heard) => {
                signal_group(*process, Signal::INT);
                let _ = heard.send(Heard::Interrupt);
            }
        }
    }
}

impl Phase {
    /// A cell begins: from now on an interrupt is meant for it.
    pub fn begin(&self) {
        *self.lock() = State { in_cell: true, ..State::default() };
    }

    /// The cell has ended. An interrupt that comes now has nothing to interrupt.
    pub fn end(&self) {
        *self.lock() = State::default();
    }

    /// rustc has been started.
    pub fn compiling(&self, process: u32) {
        self.go_on(Doing::Compiling(process));
    }

    /// cargo has been started, as the leader of its process group.
    pub fn building(&self, process: u32) {
        self.go_on(Doing::Building(process));
    }

    /// A cell is given to the child process. `heard` gets to know of interrupts.
    pub fn running(&self, process: u32, heard: Sender<Heard>) {
        self.go_on(Doing::Running(process, heard));
    }

    /// An interrupt that came between two phases stops the second.
    fn go_on(&self, doing: Doing) {
        let mut state = self.lock();
        if state.interrupted {
            doing.interrupt();
        }
        state.doing = doing;
    }

    /// The phase is over. True if it was interrupted.
    pub fn idle(&self) -> bool {
        let mut state = self.lock();
        state.doing = Doing::Nothing;
        std::mem::take(&mut state.interrupted)
    }

    /// Whether an interrupt has come that nobody has heeded yet.
    pub fn is_interrupted(&self) -> bool {
        self.lock().interrupted
    }

    /// Interrupts what is being done, or what the cell is going to do next.
    pub fn interrupt(&self) {
        let mut state = self.lock();
        state.doing.interrupt();
        state.interrupted = state.in_cell || !matches!(state.doing, Doing::Nothing);
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

/// Sends a signal to one process. It is a child that has not been waited for, so its number is still its own.
pub fn signal(process: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // Fails only if the process has ended already.
        let _ = kill_process(pid, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    #[test]
    fn an_interrupt_between_two_phases_stops_the_second() {
        let phase = Phase::default();
        phase.begin();
        phase.interrupt();
        let mut process = Command::new("sleep").arg("1000").spawn().unwrap();
        phase.compiling(process.id());
        assert_eq!(process.wait().unwrap().signal(), Some(9));
        assert!(phase.idle() && !phase.idle());
    }

    #[test]
    fn an_interrupt_when_no_cell_is_under_way_is_forgotten() {
        let phase = Phase::default();
        phase.interrupt();
        assert!(!phase.idle());
        phase.begin();
        phase.interrupt();
        phase.end();
        phase.begin();
        assert!(!phase.idle());
    }
}
