//! The pump thread: reads what the child process prints and the frames it sends, and turns both into one row of events.

use std::os::unix::net::UnixStream;
use std::process::{ChildStderr, ChildStdout};
use std::sync::mpsc::Sender;

use ferrolab_display::frame::{self, FromChild, Panic, ToChild};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::child::Heard;
use super::death::LastWords;
use super::link::Link;
use super::outcome::describe_panic;
use super::programs::Programs;
use super::stream::{CHUNK, Stream};
use crate::engine::{Asker, Event, EventSink, StreamName};

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

#[cfg(test)]
mod tests {
    use std::io::{Write, pipe};
    use std::os::fd::OwnedFd;
    use std::sync::{Arc, Mutex, mpsc};

    use super::*;

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
