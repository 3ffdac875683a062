//! Why the process that runs the cells has ended, as far as its last words and the system tell.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use ferrolab_display::frame::Panic;

/// What a process said last.
#[derive(Debug, Default)]
pub struct LastWords {
    /// The end of its standard error.
    pub stderr: String,
    /// The panics of the cell that was running.
    pub panics: Vec<Panic>,
}

/// The end of a process, for people.
#[derive(Debug)]
pub struct Death {
    pub what: String,
    pub help: Option<String>,
    /// The panic that ended it.
    pub panic: Option<Panic>,
}

impl Death {
    /// One of which nothing else is known.
    pub fn plain(what: &str) -> Self {
        Death { what: what.to_owned(), help: None, panic: None }
    }

    /// Finds the cause. `kills` counts the processes that the system has killed since this one was started, because
    /// memory had run out.
    pub fn new(status: ExitStatus, words: LastWords, kills: u64) -> Self {
        let death = |what: &str, help: &str| Death {
            what: what.to_owned(),
            help: (!help.is_empty()).then(|| help.to_owned()),
            panic: None,
        };
        if let Some(code) = status.code() {
            return death(
                &format!("the cell ended the process that runs the cells, with exit code {code}"),
                "to end a cell early, let it fail: `Err(\"why\")?`",
            );
        }
        match status.signal() {
            Some(signals::ABRT) => aborted(words, &death),
            Some(signals::KILL) if kills > 0 => death(
                &format!(
                    "memory ran out: the system killed the process that runs the cells{}",
                    of_the_machine()
                ),
                "work on less at a time, or drop what is no longer needed",
            ),
            Some(signals::KILL) => death(
                "the process that runs the cells was killed (SIGKILL) from outside",
                "somebody has killed it, or the system because memory had run out",
            ),
            Some(signal) => match signals::CRASHES.iter().find(|(number, _)| *number == signal) {
                Some((_, name)) => death(
                    &format!(
                        "the process that runs the cells crashed ({name}): unsafe code, here or in a library, went wrong"
                    ),
                    "the stack of a thread that the cell has started may also have overflowed",
                ),
                None => death(&format!("the process that runs the cells was killed by signal {signal}"), ""),
            },
            None => death("the process that runs the cells ended", ""),
        }
    }
}

/// An abort always has a reason, and whoever aborts mostly says it.
fn aborted(words: LastWords, death: &dyn Fn(&str, &str) -> Death) -> Death {
    let LastWords { stderr, mut panics } = words;
    if stderr.contains("has overflowed its stack") {
        return death(
            "the stack overflowed",
            "a recursion that does not end, or a large array on the stack: use `Vec` or `Box`",
        );
    }
    if let Some(bytes) = failed_allocation(&stderr) {
        let what = format!("memory ran out: {} were asked for at once{}", size(bytes), of_the_machine());
        return death(&what, "work on less at a time, or drop what is no longer needed");
    }
    // "thread caused non-unwinding panic. aborting." and "thread panicked while processing panic. aborting."
    if stderr.contains("panic. aborting")
        && let Some(last) = panics.pop()
    {
        // Of a panic in a destructor, the standard library tells a second one without a place of the user's.
        let cause =
            if last.frames.is_empty() || last.message.contains("panic in a") { panics.pop() } else { None };
        let help = match &cause {
            Some(_) => "a panic in a destructor, while another panic was under way, ends the process",
            None => {
                "a panic that may not unwind ends the process: one in a check of unsafe code or in an `extern` function"
            }
        };
        let panic = cause.unwrap_or(last);
        return Death { panic: Some(panic.clone()), ..death(&panic.message, help) };
    }
    death(
        "the process that runs the cells was aborted (SIGABRT)",
        "by `std::process::abort`, or by a library that gave up",
    )
}

/// The size in the standard library's "memory allocation of 123 bytes failed".
fn failed_allocation(stderr: &str) -> Option<u64> {
    let (_, rest) = stderr.rsplit_once("memory allocation of ")?;
    rest.split_once(" bytes failed")?.0.parse().ok()
}

/// How much memory there is, in the middle of a sentence; empty where the system does not tell.
fn of_the_machine() -> String {
    let field = |name: &str| {
        let text = std::fs::read_to_string("/proc/meminfo").ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
    };
    match (field("MemTotal"), field("MemAvailable")) {
        (Some(total), Some(free)) => {
            format!(", and the machine has {}, of which {} are free now", size(total), size(free))
        }
        _ => String::new(),
    }
}

/// How many processes the system has killed because memory had run out, since it started.
pub fn kills_for_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/vmstat").unwrap_or_default();
    text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.parse().ok()).unwrap_or(0)
}

fn size(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "B");
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if size < 1024.0 {
            break;
        }
        (size, unit) = (size / 1024.0, larger);
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{size:.1} {unit}") }
}

/// Numbers of signals.
mod signals {
    use rustix::process::Signal;

    pub const ABRT: i32 = Signal::ABORT.as_raw();
    pub const KILL: i32 = Signal::KILL.as_raw();
    /// What the processor refuses to do.
    pub const CRASHES: [(i32, &str); 4] = [
        (Signal::SEGV.as_raw(), "SIGSEGV"),
        (Signal::BUS.as_raw(), "SIGBUS"),
        (Signal::ILL.as_raw(), "SIGILL"),
        (Signal::FPE.as_raw(), "SIGFPE"),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn death(signal: i32, stderr: &str, kills: u64) -> String {
        let words = LastWords { stderr: stderr.to_owned(), panics: Vec::new() };
        Death::new(ExitStatus::from_raw(signal), words, kills).what
    }

    #[test]
    fn a_failed_allocation_tells_its_size() {
        let text = death(signals::ABRT, "x\nmemory allocation of 10995116277760 bytes failed\n", 0);
        assert!(text.starts_with("memory ran out: 10.0 TiB were asked for at once"), "{text}");
        assert_eq!([size(12), size(1536)], ["12 B", "1.5 KiB"]);
    }

    #[test]
    fn a_kill_is_the_systems_if_it_has_killed() {
        assert!(death(signals::KILL, "", 1).starts_with("memory ran out"));
        assert!(death(signals::KILL, "", 0).contains("from outside"));
    }
}
