//! A language server as a process: messages in, messages out. It works behind everything else, and ends with the kernel.

use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;

use lsp_server::Message;

/// How far the process stands behind the cells for the processor: 19 would be the farthest.
const NICENESS: i32 = 10;

/// The process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: BufWriter<ChildStdin>,
}

impl Process {
    /// Starts it. `hear` gets its messages in a thread of its own, then once `None`: it has ended, or what it says is not the
    /// protocol.
    pub fn start(
        program: &Path,
        arguments: &[String],
        folder: &Path,
        mut hear: impl FnMut(Option<Message>) + Send + 'static,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder);
        // Its own group: Ctrl-C in the terminal of `ferrolab kernel` is for the cell.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // SAFETY: between fork and exec only system calls that are allowed there are made, and nothing is allocated.
        unsafe { command.pre_exec(stand_back) };
        let mut child = command.spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the language server has no standard input or output"));
        };
        let process = Process { child, input: BufWriter::new(input) };
        thread::Builder::new().name("rust-analyzer-output".to_owned()).spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(Some(message)) = Message::read(&mut output) {
                hear(Some(message));
            }
            hear(None);
        })?;
        Ok(process)
    }

    pub fn send(&mut self, message: Message) -> io::Result<()> {
        message.write(&mut self.input)?;
        self.input.flush()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs in the new process.
fn stand_back() -> io::Result<()> {
    // Without it the process is only less polite.
    let _ = rustix::process::nice(NICENESS);
    // The kernel may be killed: then nobody else would end this process before it notices that its input has ended.
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}
