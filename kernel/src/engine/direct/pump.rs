//! The pump thread: reads what the child process prints and the frames it sends, and turns both into one row of events.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{ChildStderr, ChildStdout};
use std::sync::mpsc::Sender;

use ferrolab_display::frame::{self, FromChild, Panic, ToChild};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, ioctl_fionread};

use super::blocks::{Blocks, Part};
use super::child::Heard;
use super::death::LastWords;
use super::link::Link;
use super::outcome::describe_panic;
use super::programs::Programs;
use crate::engine::{Asker, Event, EventSink, StreamName};

/// Most bytes that one event carries.
const CHUNK: u64 = 64 * 1024;
/// Most bytes of the standard error that are kept for its end.
const END: usize = 4096;
/// Most panics that are kept.
const PANICS: usize = 4;

/// Both ends of everything the child process writes.
pub struct Pump {
    socket: UnixStream,
    link: Link,
    out: Stream,
    err: Stream,
    events: EventSink,
    programs: Programs,
    heard: Sender<Heard>,
    /// Panics of the running cell.
    panics: Vec<Panic>,
}

impl Pump {
    pub fn new(
        (socket, link): (UnixStream, Link),
        (stdout, stderr): (ChildStdout, ChildStderr),
        events: EventSink,
        programs: Programs,
        heard: Sender<Heard>,
    ) -> Self {
        let out = Stream::new(StreamName::Stdout, stdout.into());
        let err = Stream::new(StreamName::Stderr, stderr.into());
        Pump { socket, link, out, err, events, programs, heard, panics: Vec::new() }
    }

    /// Works until the process closes its socket. (Not until it closes its pipes: those may have been inherited by
    /// processes that live on.) Gives what the process said last.
    pub fn run(mut self) -> LastWords {
        while let Ok(ready) = self.wait() {
            if ready.socket {
                // The child has flushed its output before it wrote this frame, so what stands before the frame is in the
                // pipes now.
                self.drain();
                match frame::read(&mut self.socket) {
                    Ok(Some(frame)) => self.handle(frame),
                    Ok(None) | Err(_) => break,
                }
            } else {
                let (streams, events) = self.in_order();
                for stream in streams {
                    if ready.of(stream.name) {
                        stream.forward(CHUNK, events);
                    }
                }
            }
        }
        self.drain();
        self.finish_streams();
        let _ = self.heard.send(Heard::Closed);
        LastWords { stderr: self.err.end, panics: self.panics }
    }

    fn wait(&self) -> Result<Ready, Errno> {
        let mut descriptors = vec![PollFd::new(&self.socket, PollFlags::IN)];
        if self.out.open {
            descriptors.push(PollFd::new(&self.out.pipe, PollFlags::IN));
        }
        if self.err.open {
            descriptors.push(PollFd::new(&self.err.pipe, PollFlags::IN));
        }
        loop {
            match poll(&mut descriptors, None) {
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error),
                Ok(_) => break,
            }
        }
        let mut ready = descriptors.iter().map(|descriptor| !descriptor.revents().is_empty());
        let socket = ready.next().unwrap_or(false);
        let out = self.out.open && ready.next().unwrap_or(false);
        let err = self.err.open && ready.next().unwrap_or(false);
        Ok(Ready { socket, out, err })
    }

    /// Forwards what is in the pipes now, and no more: other threads may print without end.
    fn drain(&mut self) {
        let (streams, events) = self.in_order();
        for stream in streams {
            stream.drain(events);
        }
    }

    /// The streams in the order in which to read them. `eprintln!` writes a line in pieces: where one has come and both
    /// streams have more, the rest of its line was written before anything else.
    fn in_order(&mut self) -> ([&mut Stream; 2], &EventSink) {
        let streams = if self.err.inside_line && !self.out.inside_line {
            [&mut self.err, &mut self.out]
        } else {
            [&mut self.out, &mut self.err]
        };
        (streams, &self.events)
    }

    fn finish_streams(&mut self) {
        self.out.finish(&self.events);
        self.err.finish(&self.events);
    }

    fn handle(&mut self, frame: FromChild) {
        let event = match frame {
            FromChild::Ready => {
                let _ = self.heard.send(Heard::Ready);
                return;
            }
            FromChild::Done { outcome, variables } => {
                self.finish_streams();
                self.panics.clear();
                self.err.end.clear();
                let _ = self.heard.send(Heard::Done { outcome, variables });
                return;
            }
            FromChild::Input { id, prompt, password } => {
                self.finish_streams();
                let link = self.link.clone();
                let asker = Asker::new(move |answer| link.send(&ToChild::Input { id, answer }));
                (self.events)(Event::Input { prompt, password, asker });
                return;
            }
            FromChild::Drain => {
                self.link.send(&ToChild::Ack);
                return;
            }
            FromChild::Panicking(panic) => {
                // A loop may catch any number of them. The last ones can be those that end the process.
                if self.panics.len() == PANICS {
                    self.panics.remove(0);
                }
                self.panics.push(panic);
                return;
            }
            FromChild::Panic(panic) => {
                let text = describe_panic(&panic, &self.programs);
                Event::Stream { name: StreamName::Stderr, text }
            }
            FromChild::Display { data, metadata, id } => {
                Event::Display { data: data.into_map(), metadata, display_id: id }
            }
            FromChild::Update { data, metadata, id } => {
                Event::UpdateDisplay { data: data.into_map(), metadata, display_id: id }
            }
            FromChild::Clear { wait } => Event::ClearOutput { wait },
            FromChild::Result { data, metadata } => Event::Result { data: data.into_map(), metadata },
        };
        self.finish_streams();
        (self.events)(event);
        self.link.send(&ToChild::Ack);
    }
}

struct Ready {
    socket: bool,
    out: bool,
    err: bool,
}

impl Ready {
    fn of(&self, stream: StreamName) -> bool {
        match stream {
            StreamName::Stdout => self.out,
            StreamName::Stderr => self.err,
        }
    }
}

/// One of the two standard streams.
struct Stream {
    pipe: File,
    name: StreamName,
    open: bool,
    /// Whether the last that came did not end a line.
    inside_line: bool,
    /// The first bytes of a character whose other bytes have not arrived.
    utf8: Vec<u8>,
    /// Finds evcxr's display blocks; only in the standard output.
    blocks: Blocks,
    /// The last that was written; only of the standard error.
    end: String,
}

impl Stream {
    fn new(name: StreamName, pipe: OwnedFd) -> Self {
        Stream {
            pipe: pipe.into(),
            name,
            open: true,
            inside_line: false,
            utf8: Vec::new(),
            blocks: Blocks::default(),
            end: String::new(),
        }
    }

    /// Reads at most `limit` bytes and forwards them.
    fn forward(&mut self, limit: u64, events: &EventSink) -> usize {
        let mut bytes = std::mem::take(&mut self.utf8);
        let start = bytes.len();
        bytes.resize(start + limit as usize, 0);
        let count = match self.pipe.read(&mut bytes[start..]) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                bytes.truncate(start);
                self.utf8 = bytes;
                return 0;
            }
            Err(_) => 0,
        };
        self.open = count > 0;
        bytes.truncate(start + count);
        self.inside_line = bytes.last().is_some_and(|&last| last != b'\n');
        let whole = if count > 0 { whole_characters(&bytes) } else { bytes.len() };
        self.utf8 = bytes.split_off(whole);
        self.emit(&String::from_utf8_lossy(&bytes), events);
        count
    }

    fn drain(&mut self, events: &EventSink) {
        let mut left = if self.open { ioctl_fionread(&self.pipe).unwrap_or(0) } else { 0 };
        while left > 0 && self.open {
            left = left.saturating_sub(self.forward(left.min(CHUNK), events) as u64);
        }
    }

    /// Forwards what waits for more bytes: none will come that belong to it.
    fn finish(&mut self, events: &EventSink) {
        let rest = std::mem::take(&mut self.utf8);
        self.emit(&String::from_utf8_lossy(&rest), events);
        if let StreamName::Stdout = self.name {
            self.blocks.finish().into_iter().for_each(|part| send(part, self.name, events));
        }
    }

    fn emit(&mut self, text: &str, events: &EventSink) {
        match self.name {
            StreamName::Stdout => {
                self.blocks.feed(text).into_iter().for_each(|part| send(part, self.name, events))
            }
            StreamName::Stderr => {
                self.end.push_str(text);
                let excess = self.end.len().saturating_sub(END);
                self.end.drain(..self.end.ceil_char_boundary(excess));
                send(Part::Text(text.to_owned()), self.name, events);
            }
        }
    }
}

fn send(part: Part, name: StreamName, events: &EventSink) {
    match part {
        Part::Text(text) if text.is_empty() => {}
        Part::Text(text) => events(Event::Stream { name, text }),
        Part::Display(data) => {
            events(Event::Display { data, metadata: serde_json::json!({}), display_id: None });
        }
    }
}

/// The number of bytes up to the end of the last whole character. Bytes that are no UTF-8 at all count as whole.
fn whole_characters(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    for at in (tail..bytes.len()).rev() {
        let expected = match bytes[at] {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => return bytes.len(),
        };
        return if at + expected > bytes.len() { at } else { bytes.len() };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use std::io::{Write, pipe};
    use std::sync::{Arc, Mutex, mpsc};

    use super::*;

    #[test]
    fn a_character_is_never_cut() {
        let text = "aä€𝄞";
        for end in 0..=text.len() {
            let whole = whole_characters(&text.as_bytes()[..end]);
            assert!(text.is_char_boundary(whole) && end - whole < 4, "{end} {whole}");
        }
        assert_eq!(whole_characters(b"\xff\xfe"), 2);
        assert_eq!(whole_characters(b"\x80\x80\x80"), 3);
    }

    #[test]
    fn a_line_that_comes_in_pieces_is_not_torn() {
        let texts = Arc::new(Mutex::new(String::new()));
        let heard = texts.clone();
        let events: EventSink = Arc::new(move |event| match event {
            Event::Stream { text, .. } => heard.lock().unwrap().push_str(&text),
            other => panic!("{other:?}"),
        });
        let (socket, _child) = UnixStream::pair().unwrap();
        let link = Link::new(socket.try_clone().unwrap());
        let ((out, mut to_out), (err, mut to_err)) = (pipe().unwrap(), pipe().unwrap());
        let streams = (OwnedFd::from(out).into(), OwnedFd::from(err).into());
        let mut pump = Pump::new((socket, link), streams, events, Programs::default(), mpsc::channel().0);
        to_err.write_all(b"computed on ").unwrap();
        pump.drain();
        to_err.write_all(b"the CPU\n").unwrap();
        to_out.write_all(b"7\n").unwrap();
        pump.drain();
        assert_eq!(*texts.lock().unwrap(), "computed on the CPU\n7\n");
    }
}
