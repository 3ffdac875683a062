//! The library that cells are linked against, as commands need it: built as a step that is shown, and under an engine.

use crate::bundle::{Bundle, BundleError};
use crate::engine::direct::{Config, DirectEngine};
use crate::engine::{CellError, Definitions, Engine, EventSink, Interrupt, Variable};
use crate::names::Index;
use crate::steps::step;

/// Builds the library unless it is there.
pub fn ensure() -> Result<(), BundleError> {
    step("library for cells", |report| Bundle::ensure(&Bundle::source(), &mut |line| report(line))).map(drop)
}

/// The engine of a kernel. Without a library it is one whose cells all say what is missing: a kernel that just ended would
/// leave the person in front of Jupyter without the reason.
pub fn engine(events: EventSink) -> Box<dyn Engine> {
    let ready = Bundle::find().map_err(|error| error.to_string()).and_then(|bundle| {
        let config = Config::new(bundle).map_err(|error| error.to_string())?;
        DirectEngine::new(config, events).map_err(|error| error.to_string())
    });
    match ready {
        Ok(engine) => Box::new(engine),
        Err(reason) => Box::new(Unready { reason }),
    }
}

/// The names of the library, for completion: those of the bundle that [`engine`] works with, or the little that is known
/// without one.
pub fn names() -> Index {
    Bundle::find().ok().and_then(|bundle| Index::load(&bundle.folder)).unwrap_or_else(Index::standard)
}

/// Evaluates nothing.
struct Unready {
    reason: String,
}

impl Unready {
    fn error(&self) -> CellError {
        CellError {
            ename: "NotReady".to_owned(),
            evalue: self.reason.clone(),
            traceback: vec![format!("\u{1b}[1;31mNotReady\u{1b}[0m: {}", self.reason)],
        }
    }
}

impl Engine for Unready {
    fn start(&mut self) -> Result<(), CellError> {
        Err(self.error())
    }

    fn execute(&mut self, _code: &str, _number: u32) -> Result<(), CellError> {
        Err(self.error())
    }

    fn variables(&self) -> Vec<Variable> {
        Vec::new()
    }

    fn definitions(&self) -> Definitions {
        Definitions::default()
    }

    fn interrupt(&self) -> Interrupt {
        std::sync::Arc::new(|| ())
    }

    fn shutdown(&mut self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_library_every_cell_says_why() {
        let mut engine = Unready { reason: BundleError::NotBuilt.to_string() };
        let error = engine.execute("1 + 1", 1).unwrap_err();
        assert!(error.evalue.contains("run `ferrolab install`"), "{}", error.evalue);
        assert_eq!(engine.start().unwrap_err(), error);
    }
}
