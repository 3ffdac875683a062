//! A compiler that stands by for the next cell.
//!
//! rustc needs longer to start and to load two hundred crates than it needs for a small cell. Both do not depend on the
//! cell, so they are done before it comes: while the last one runs, and while its author thinks. The trick is a crate root
//! that includes the program from the standard input,
//!
//! ```ignore
//! extern crate ferrolab as _; extern crate ferrolab_instances as _;
//! include!("cell_3.rs"); // a link to /dev/stdin
//! ```
//!
//! since rustc loads what `extern crate` names before it expands `include!`, and then waits. When the kernel dies, however
//! it dies, the input ends and the compiler with it.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::process::{Child, Stdio};

use super::compile::{Compiler, Order};

/// rustc, waiting for the text of a program.
#[derive(Debug)]
pub struct Standby {
    order: Order,
    /// `None` when it has been given away.
    process: Option<Child>,
}

impl Standby {
    /// Starts a compiler for an order whose text will come. `links`: what every program of the session contains.
    pub fn start(compiler: &Compiler, order: Order, links: &str) -> io::Result<Standby> {
        fs::create_dir_all(&order.folder)?;
        symlink("/dev/stdin", order.folder.join(&order.file))?;
        let root = order.folder.join("main.rs");
        fs::write(&root, format!("extern crate ferrolab as _; {links}include!({:?});\n", order.file))?;
        let process = compiler.command(&order).arg(root).stdin(Stdio::piped()).spawn()?;
        Ok(Standby { order, process: Some(process) })
    }

    /// The compiler at work on a text; `None` if it was started for another order, or such a text must stand in the crate
    /// root itself.
    pub fn give(mut self, order: &Order, source: &str) -> Option<Child> {
        if self.order != *order || must_be_root(source) {
            return None;
        }
        let mut process = self.process.take()?;
        match process.stdin.take().map(|mut stdin| stdin.write_all(source.as_bytes())) {
            Some(Ok(())) => Some(process),
            _ => {
                self.process = Some(process);
                None
            }
        }
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // Fails only if it has ended already.
            let _ = process.kill();
            let _ = process.wait();
            let _ = fs::remove_dir_all(&self.order.folder);
        }
    }
}

/// `#![…]` is allowed in a crate root only, and so is an `extern crate` that gives its name again. More is refused here than
/// must be: that only costs time.
fn must_be_root(source: &str) -> bool {
    let names = |part: &str| !part.split(';').next().unwrap_or_default().trim_end().ends_with(" as _");
    source.trim_start().starts_with("#!")
        || source.contains("#![")
        || source.split("extern crate ").skip(1).any(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_the_crate_and_named_crates_must_stand_in_the_root() {
        assert!(must_be_root("#![allow(unused)] fn f() {}") && must_be_root(" extern crate regex;"));
        assert!(!must_be_root("extern crate set_1 as _; fn f() {}"));
    }
}
