//! Standard output and standard error in the order in which they were written.
//!
//! They are two pipes, and of two full pipes nobody can tell which was filled first. So cells that write to both get the
//! macros of this module instead of those of `std`: where a cell turns from one stream to the other, the kernel first
//! takes what is in the pipes.

use std::fmt::Arguments;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::channel;
use crate::frame::FromChild;

pub use crate::{
    __dbg as dbg, __eprint as eprint, __eprintln as eprintln, __print as print, __println as println,
};

const OUT: u8 = 1;
const ERR: u8 = 2;

/// The stream that was written to last; 0 for none.
static LAST: AtomicU8 = AtomicU8::new(0);

fn turn_to(stream: u8) {
    let last = LAST.load(Ordering::Relaxed);
    if last != stream {
        if last != 0 {
            channel::send(&FromChild::Drain);
        }
        LAST.store(stream, Ordering::Relaxed);
    }
}

/// What `print!` does.
pub fn out(text: Arguments<'_>) {
    turn_to(OUT);
    std::print!("{text}");
}

/// What `println!` does.
pub fn out_line(text: Arguments<'_>) {
    turn_to(OUT);
    std::println!("{text}");
}

/// What `eprint!` does.
pub fn err(text: Arguments<'_>) {
    turn_to(ERR);
    std::eprint!("{text}");
}

/// What `eprintln!` and `dbg!` do.
pub fn err_line(text: Arguments<'_>) {
    turn_to(ERR);
    std::eprintln!("{text}");
}

// The arguments go to `format_args!` as they came, so that errors in them are those of `std::println!`.

#[doc(hidden)]
#[macro_export]
macro_rules! __print {
    ($($arguments:tt)*) => { $crate::runtime::streams::out(::std::format_args!($($arguments)*)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __println {
    () => { $crate::runtime::streams::out_line(::std::format_args!("")) };
    ($($arguments:tt)*) => { $crate::runtime::streams::out_line(::std::format_args!($($arguments)*)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __eprint {
    ($($arguments:tt)*) => { $crate::runtime::streams::err(::std::format_args!($($arguments)*)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __eprintln {
    () => { $crate::runtime::streams::err_line(::std::format_args!("")) };
    ($($arguments:tt)*) => { $crate::runtime::streams::err_line(::std::format_args!($($arguments)*)) };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __dbg {
    () => {
        $crate::runtime::streams::err_line(::std::format_args!("[{}:{}:{}]", ::std::file!(), ::std::line!(), ::std::column!()))
    };
    ($value:expr $(,)?) => {
        // `match` keeps temporaries of the expression alive.
        match $value {
            value => {
                $crate::runtime::streams::err_line(::std::format_args!(
                    "[{}:{}:{}] {} = {:#?}",
                    ::std::file!(), ::std::line!(), ::std::column!(), ::std::stringify!($value), &value,
                ));
                value
            }
        }
    };
    ($($value:expr),+ $(,)?) => { ($($crate::__dbg!($value)),+,) };
}

#[cfg(test)]
mod tests {
    #[test]
    fn dbg_hands_its_values_through() {
        let text = String::from("moved");
        assert_eq!(super::dbg!(text, 1 + 1), (String::from("moved"), 2));
        assert_eq!(super::dbg!(7,), 7);
    }
}
