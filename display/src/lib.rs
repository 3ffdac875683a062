//! What a notebook cell shows, and the runtime a cell lives in.
//!
//! A cell of a ferrolab notebook runs in a child process of the kernel. This crate is linked into that process (through
//! the library `ferrolab`) and is all that the two sides share: the [`frame`]s on the socket between them, the rich
//! output that user code makes, and the [`runtime`] that keeps variables between cells, catches panics and lets loops be
//! interrupted.
//!
//! User code sees five things:
//!
//! * [`Show`]: implemented by every type that has a rich view; the last expression of a cell is shown by it.
//! * [`display`] shows a value in the middle of a cell and gives a [`Handle`] that can replace it later.
//! * [`Progress`] and [`progress`]: progress bars that are updated in place.
//! * [`input`] and [`password`] ask for a line of text.
//! * [`interrupted`]: lets a long computation stop early when the user presses the stop button.
//!
//! Outside a notebook everything still works: displays print their `text/plain` form, progress bars draw themselves on
//! a terminal, questions are asked there.
//!
//! ```
//! use ferrolab_display::{MimeBundle, Show, display};
//!
//! struct Celsius(f64);
//!
//! impl Show for Celsius {
//!     fn bundle(&self) -> MimeBundle {
//!         MimeBundle::new().html(format!("<b>{} °C</b>", self.0)).text(format!("{} °C", self.0))
//!     }
//! }
//!
//! let handle = display(&Celsius(20.0));
//! handle.update(&Celsius(21.5));
//! ```

mod channel;
pub mod frame;
mod handle;
mod input;
mod mime;
mod progress;
pub mod runtime;
pub mod type_name;

pub use channel::in_notebook;
pub use handle::{Handle, clear_output, display};
pub use input::{InputError, input, password};
pub use mime::{Html, Markdown, MimeBundle, Png, Show, Svg, escape};
pub use progress::{Progress, ProgressIter, progress};
pub use runtime::interrupt::{interrupted, poll};
