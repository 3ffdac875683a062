//! What `?` in a cell makes of an error: its text, and the line of the `?`.

use std::error::Error;
use std::panic::Location;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::frame::{self, Outcome};

/// The error type of a cell. `?` accepts what it accepts in a `main` that returns `Box<dyn Error>`: errors, strings, boxed
/// errors, `anyhow::Error`.
#[derive(Debug)]
pub struct CellFailure {
    kind: String,
    message: String,
    causes: Vec<String>,
    location: &'static Location<'static>,
}

/// How the text of an error is written: a place in `{}`, `{:?}`, `{:#?}`.
static FORMAT: AtomicU8 = AtomicU8::new(0);

/// Errors of the running cell are written by this format (`:efmt`): a place in `{}`, `{:?}`, `{:#?}`. Each cell begins with the first.
pub fn write_by(format: u8) {
    FORMAT.store(format, Ordering::Relaxed);
}

impl<E: Into<Box<dyn Error>>> From<E> for CellFailure {
    #[track_caller]
    fn from(error: E) -> Self {
        CellFailure::new(short_name(std::any::type_name::<E>()), error.into(), Location::caller())
    }
}

impl CellFailure {
    fn new(kind: String, error: Box<dyn Error>, location: &'static Location<'static>) -> Self {
        let message = match FORMAT.load(Ordering::Relaxed) {
            1 => format!("{error:?}"),
            2 => format!("{error:#?}"),
            _ => error.to_string(),
        };
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        CellFailure { kind, message, causes, location }
    }

    pub(super) fn into_outcome(self) -> Outcome {
        let location = frame::Location::from(self.location);
        Outcome::Error { kind: self.kind, message: self.message, causes: self.causes, location }
    }
}

/// The last word of a type's path: `ParseIntError`. Types that only carry an error are called `Error`.
fn short_name(path: &str) -> String {
    let path = path.split('<').next().unwrap_or(path);
    match path.rsplit("::").next().unwrap_or(path) {
        "String" | "&str" | "str" | "Box" => "Error".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails<T>(run: impl FnOnce() -> Result<T, CellFailure>) -> Outcome {
        run().err().expect("it fails").into_outcome()
    }

    #[test]
    fn a_failing_question_mark_tells_its_own_line() {
        let line = line!() + 1;
        let outcome = fails(|| Ok("x".parse::<i32>()?));
        let Outcome::Error { kind, message, location, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((kind.as_str(), message.as_str()), ("ParseIntError", "invalid digit found in string"));
        assert_eq!((location.file.as_str(), location.line), (file!(), line));
    }

    #[test]
    fn strings_and_boxed_errors_are_errors_too() {
        for outcome in [
            fails::<()>(|| Err("no data")?),
            fails::<()>(|| Err(String::from("no data"))?),
            fails::<()>(|| Err(Box::<dyn Error>::from("no data"))?),
        ] {
            let Outcome::Error { kind, message, .. } = outcome else { panic!("{outcome:?}") };
            assert_eq!((kind.as_str(), message.as_str()), ("Error", "no data"));
        }
    }

    #[test]
    fn the_causes_are_told() {
        #[derive(Debug, thiserror::Error)]
        #[error("cannot read the weights")]
        struct Outer(#[from] std::num::ParseIntError);
        let outcome = fails(|| Ok("x".parse::<i32>().map_err(Outer)?));
        let Outcome::Error { kind, causes, .. } = outcome else { panic!("{outcome:?}") };
        assert_eq!((kind.as_str(), causes), ("Outer", vec!["invalid digit found in string".to_owned()]));
    }
}
