//! The frames on the socket between the kernel and the child process that runs the cells: length, then JSON.
//!
//! The child's standard output and error are pipes of their own and stay raw. A frame therefore never mixes with what
//! user code prints, whatever bytes it prints.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mime::MimeBundle;

/// Longest frame that is accepted. Only a damaged length can be longer.
const LONGEST: u32 = 1 << 30;

/// What the child tells the kernel. Every frame but `Ready`, `Panicking`, `Input` and `Done` is
/// answered by [`ToChild::Ack`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FromChild {
    /// The library is loaded, cells can run.
    Ready,
    /// Rich output; with an id it can be replaced by `Update`.
    Display { data: MimeBundle, metadata: Value, id: Option<String> },
    /// New content for every display with this id.
    Update { data: MimeBundle, metadata: Value, id: String },
    /// Empty the cell's output; with `wait`, only when the next output arrives.
    Clear { wait: bool },
    /// The value of the cell's last expression.
    Result { data: MimeBundle, metadata: Value },
    /// What was printed until now is to be shown before what will be printed.
    Drain,
    /// A panic has begun in the thread that runs the cell. How it ends, `Panic` or `Done` tells, unless the process ends
    /// by it.
    Panicking(Panic),
    /// A panic that did not end the cell: in another thread, or caught by user code.
    Panic(Panic),
    /// Somebody waits for a line of text. Answered by [`ToChild::Input`] with the same id, which may take its time.
    Input { id: u64, prompt: String, password: bool },
    /// The cell has ended. `variables`: what the store holds now.
    Done { outcome: Outcome, variables: Vec<Stored> },
}

/// A variable in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    pub name: String,
    /// As `std::any::type_name` tells it.
    pub type_name: String,
}

/// What the kernel tells the child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToChild {
    /// Drop the variables in `forget`, load `library` and call its function `symbol`. With `share`, libraries that are
    /// loaded later find the library's symbols: it defines statics.
    Run { library: String, symbol: String, forget: Vec<String>, share: bool },
    /// Load `library`, which evcxr has compiled, and call its function `symbol`.
    RunForeign { library: String, symbol: String },
    /// The last frame has been handled, and everything printed before it too.
    Ack,
    /// The answer to [`FromChild::Input`].
    Input { id: u64, answer: Answer },
}

/// What comes of a question to the person in front of the notebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// A line, without its end.
    Text(String),
    /// The front end gives no input.
    Refused,
    /// The person has ended the input.
    Ended,
}

/// How a cell ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// It ran to its end.
    Ok,
    /// It panicked. `statement`: the line of the cell's top-level statement that was running.
    Panic { panic: Panic, statement: u32 },
    /// A `?` met an error.
    Error { kind: String, message: String, causes: Vec<String>, location: Location },
    /// It was interrupted, and unwound with its variables kept.
    Interrupted { statement: u32 },
    /// Its library could not be loaded.
    Load { message: String },
}

/// A panic: its message, where it happened, in which thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Panic {
    pub message: String,
    pub location: Option<Location>,
    pub thread: String,
    /// The calls in cells that led to it, the innermost first.
    pub frames: Vec<Frame>,
}

/// A place in the code of a loaded library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Path of the library.
    pub library: String,
    /// Bytes from where it is loaded.
    pub offset: u64,
}

/// A place in a source file; line and column count from 1, columns are characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl From<&std::panic::Location<'_>> for Location {
    fn from(place: &std::panic::Location<'_>) -> Self {
        Location { file: place.file().to_owned(), line: place.line(), column: place.column() }
    }
}

/// Why a frame could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("the connection to the other process failed: {0}")]
    Io(#[from] io::Error),
    #[error(
        "expected a frame of at most {LONGEST} bytes, found the length {0}: the other process is not a ferrolab process"
    )]
    TooLong(u32),
    #[error(
        "expected a frame of this version of ferrolab, found something else ({0}): build the library and the kernel anew"
    )]
    Json(#[from] serde_json::Error),
}

/// Writes one frame, in one `write` where the operating system allows it.
pub fn write<T: Serialize>(to: &mut impl Write, frame: &T) -> Result<(), FrameError> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, frame)?;
    let length =
        u32::try_from(bytes.len() - 4).ok().filter(|n| *n <= LONGEST).ok_or(FrameError::TooLong(u32::MAX))?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    to.write_all(&bytes)?;
    to.flush()?;
    Ok(())
}

/// Reads one frame; `None` when the other side closed the connection between two frames.
pub fn read<T: DeserializeOwned>(from: &mut impl Read) -> Result<Option<T>, FrameError> {
    let mut length = [0; 4];
    match from.read(&mut length[..1]) {
        Ok(0) => return Ok(None),
        Ok(_) => from.read_exact(&mut length[1..])?,
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return read(from),
        Err(error) => return Err(error.into()),
    }
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(FrameError::TooLong(length));
    }
    let mut body = Vec::new();
    from.take(u64::from(length)).read_to_end(&mut body)?;
    if body.len() < length as usize {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok(Some(serde_json::from_slice(&body)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn display_of(text: String, id: Option<String>) -> FromChild {
        FromChild::Display {
            data: MimeBundle::new().text(text),
            metadata: Value::Object(Default::default()),
            id,
        }
    }

    proptest! {
        #[test]
        fn a_frame_survives_the_wire(text in ".*", id in proptest::option::of("[a-z0-9]*"), wait: bool) {
            let sent = vec![display_of(text, id), FromChild::Clear { wait }, FromChild::Ready];
            let mut wire = Vec::new();
            for frame in &sent {
                write(&mut wire, frame).unwrap();
            }
            let mut wire = wire.as_slice();
            let mut received = Vec::new();
            while let Some(frame) = read::<FromChild>(&mut wire).unwrap() {
                received.push(frame);
            }
            prop_assert_eq!(received, sent);
        }

        #[test]
        fn damaged_bytes_are_an_error_and_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut wire = bytes.as_slice();
            while let Ok(Some(_)) = read::<FromChild>(&mut wire) {}
        }
    }

    #[test]
    fn a_frame_cut_off_in_the_middle_is_an_error() {
        let mut wire = Vec::new();
        write(&mut wire, &FromChild::Ready).unwrap();
        wire.pop();
        assert!(matches!(read::<FromChild>(&mut wire.as_slice()), Err(FrameError::Io(_))));
    }
}
