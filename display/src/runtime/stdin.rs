//! What user code finds on descriptor 0: a pipe into which lines go that the kernel is asked for, when somebody waits for
//! them.
//!
//! A pipe does not tell when it is read. Linux does: the file `syscall` of a thread names the system call in which it
//! is blocked. Elsewhere standard input is empty.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::interrupt::interrupted;
use crate::frame::Answer;
use crate::input::Question;

/// The pipe's writing end and what is on its way into it.
#[derive(Default)]
struct Input {
    /// None: whoever reads finds the end.
    end: Option<File>,
    unwritten: Vec<u8>,
    /// Counts cells, so that the answer to a question of an earlier cell is not taken for one of this.
    cell: u64,
    /// An interrupt has ended the input while somebody waited for it.
    cut: bool,
}

static INPUT: Mutex<Input> = Mutex::new(Input { end: None, unwritten: Vec::new(), cell: 0, cut: false });

fn lock() -> MutexGuard<'static, Input> {
    INPUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes descriptor 0 ready for a cell. A cell that was refused an answer has seen the end of the input; the next one
/// may ask again.
pub(super) fn renew() -> io::Result<()> {
    let mut input = lock();
    input.cell += 1;
    input.cut = false;
    if input.end.is_none() {
        input.end = open()?;
        input.unwritten.clear();
    }
    Ok(())
}

/// True if the cell's input was cut off by an interrupt: what the cell made of that is of no interest.
pub(super) fn was_cut() -> bool {
    lock().cut
}

/// A line that was asked for because somebody waits for it, in which cell.
pub(super) struct Asked {
    pub(super) question: Question,
    cell: u64,
}

/// To be called again and again while a cell runs; `answer` is that to `asked`, if it has come.
pub(super) fn look(asked: Option<Asked>, answer: Option<Answer>) -> Option<Asked> {
    let mut input = lock();
    let asked = asked.filter(|asked| asked.cell == input.cell);
    input.end.as_ref()?;
    if interrupted() {
        if asked.is_some() || somebody_waits() {
            // The reading call returns, and the cell gets to its next poll.
            (input.end, input.cut) = (None, true);
        }
        return None;
    }
    let asked = match (asked, answer) {
        (Some(_), Some(Answer::Text(line))) => {
            input.unwritten.extend(line.bytes().chain([b'\n']));
            None
        }
        (Some(_), Some(Answer::Refused | Answer::Ended)) => {
            input.end = None;
            return None;
        }
        (asked, _) => asked,
    };
    input.write();
    if asked.is_none() && input.unwritten.is_empty() && somebody_waits() {
        let cell = input.cell;
        // Not under the lock: the question may have to wait for the channel, and whoever holds that for this lock.
        drop(input);
        return Some(Asked { question: Question::new("", false), cell });
    }
    asked
}

impl Input {
    /// Writes as much as the pipe takes.
    fn write(&mut self) {
        let Some(end) = &mut self.end else { return };
        while !self.unwritten.is_empty() {
            match end.write(&self.unwritten) {
                Ok(count) => drop(self.unwritten.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Full; or nobody can read any more.
                Err(_) => return,
            }
        }
    }
}

/// A new pipe, with its reading end as descriptor 0.
#[cfg(target_os = "linux")]
fn open() -> io::Result<Option<File>> {
    let mut ends: [RawFd; 2] = [0; 2];
    // SAFETY: `ends` has room for two descriptors; both are new and owned by this function.
    let (reading, writing) = unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) < 0 {
            return Err(io::Error::last_os_error());
        }
        (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1]))
    };
    // SAFETY: plain system calls on open descriptors. Only the writing end must not block: a line may be longer than what
    // the pipe holds.
    unsafe {
        if libc::fcntl(writing.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) < 0
            || libc::dup2(reading.as_raw_fd(), 0) < 0
        {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(Some(writing))
}

#[cfg(not(target_os = "linux"))]
fn open() -> io::Result<Option<File>> {
    let nothing = File::open("/dev/null")?;
    // SAFETY: a plain system call on an open descriptor.
    if unsafe { libc::dup2(nothing.as_raw_fd(), 0) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(None)
}

/// How many programs may have started one another before the one that reads: a shell and what it runs.
#[cfg(target_os = "linux")]
const PROGRAMS: usize = 3;

/// Whether descriptor 0 is empty and a thread is blocked in reading it, or waits for a process that is.
#[cfg(target_os = "linux")]
fn somebody_waits() -> bool {
    // Only this thread writes into the pipe. So whoever is found reading after it was seen empty is really blocked.
    let mut waiting: libc::c_int = 0;
    // SAFETY: FIONREAD stores an int there.
    if unsafe { libc::ioctl(0, libc::FIONREAD, &mut waiting) } < 0 || waiting > 0 {
        return false;
    }
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return false };
    threads.flatten().any(|thread| match blocked_in(&thread.path().join("syscall")) {
        Some((call, 0)) => call == libc::SYS_read || call == libc::SYS_readv,
        // A program that the cell has started may have inherited the pipe.
        Some((call, process)) if call == libc::SYS_wait4 => reads_our_input(process, PROGRAMS),
        _ => false,
    })
}

/// The system call in which a thread is blocked, and its first argument. As in `0 0x3 0x7ffe…`; a thread that is not
/// blocked is `running`.
#[cfg(target_os = "linux")]
fn blocked_in(file: &Path) -> Option<(libc::c_long, u64)> {
    let text = fs::read_to_string(file).ok()?;
    let mut words = text.split_whitespace();
    let call = words.next()?.parse().ok()?;
    let first = words.next()?.trim_start_matches("0x");
    Some((call, u64::from_str_radix(first, 16).ok()?))
}

/// Whether a process is blocked in reading the pipe that it has inherited, or waits for one of its own that is.
#[cfg(target_os = "linux")]
fn reads_our_input(process: u64, programs: usize) -> bool {
    let folder = PathBuf::from(format!("/proc/{process}"));
    match blocked_in(&folder.join("syscall")) {
        Some((libc::SYS_read, 0)) => fs::read_link(folder.join("fd/0"))
            .is_ok_and(|theirs| fs::read_link("/proc/self/fd/0").is_ok_and(|ours| theirs == ours)),
        Some((libc::SYS_wait4, _)) if programs > 1 => {
            children(process).any(|child| reads_our_input(child, programs - 1))
        }
        _ => false,
    }
}

/// The processes that a process has started.
#[cfg(target_os = "linux")]
fn children(parent: u64) -> impl Iterator<Item = u64> {
    fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(move |entry| {
        let process = entry.file_name().to_str()?.parse().ok()?;
        let text = fs::read_to_string(entry.path().join("stat")).ok()?;
        // Number, (name), state, number of the parent; the name may hold anything.
        let (_, rest) = text.rsplit_once(')')?;
        (rest.split_whitespace().nth(1)?.parse() == Ok(parent)).then_some(process)
    })
}

#[cfg(not(target_os = "linux"))]
fn somebody_waits() -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_thread_that_reads_an_empty_pipe_is_seen_in_its_call() {
        let (mut reading, writing) = io::pipe().unwrap();
        let descriptor = reading.as_raw_fd() as u64;
        let (told, thread_id) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            // SAFETY: gettid has no precondition.
            told.send(unsafe { libc::gettid() }).unwrap();
            reading.read(&mut [0; 8]).unwrap()
        });
        let file = format!("/proc/self/task/{}/syscall", thread_id.recv().unwrap());
        while blocked_in(Path::new(&file)) != Some((libc::SYS_read, descriptor)) {
            std::thread::yield_now();
        }
        drop(writing);
        assert_eq!(reader.join().unwrap(), 0);
    }
}
