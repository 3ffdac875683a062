//! A standard stream of the child process, as it comes out of its pipe.

use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;

use rustix::io::ioctl_fionread;

use super::blocks::{Blocks, Part};
use crate::engine::{Event, EventSink, StreamName};

/// Most bytes that one event carries.
pub(super) const CHUNK: u64 = 64 * 1024;
/// Most bytes of the standard error that are kept for its end.
const END: usize = 4096;

/// One of the two standard streams.
pub(super) struct Stream {
    pub(super) pipe: File,
    pub(super) name: StreamName,
    pub(super) open: bool,
    /// Whether the last that came did not end a line.
    pub(super) inside_line: bool,
    /// The first bytes of a character whose other bytes have not arrived.
    utf8: Vec<u8>,
    /// Finds evcxr's display blocks; only in the standard output.
    blocks: Blocks,
    /// The last that was written; only of the standard error.
    pub(super) end: String,
}

impl Stream {
    pub(super) fn new(name: StreamName, pipe: OwnedFd) -> Self {
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
    pub(super) fn forward(&mut self, limit: u64, events: &EventSink) -> usize {
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

    pub(super) fn drain(&mut self, events: &EventSink) {
        let mut left = if self.open { ioctl_fionread(&self.pipe).unwrap_or(0) } else { 0 };
        while left > 0 && self.open {
            left = left.saturating_sub(self.forward(left.min(CHUNK), events) as u64);
        }
    }

    /// Forwards what waits for more bytes: none will come that belong to it.
    pub(super) fn finish(&mut self, events: &EventSink) {
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
    use super::whole_characters;

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
}
