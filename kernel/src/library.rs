//! The library that cells are linked against, as commands need it: built as a step that is shown, and under an engine.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::bundle::{Bundle, BundleError, Project};
use crate::engine::direct::Config;
use crate::engine::{
    CellError, Definitions, Dependency, Engine, EventSink, Installed, Interrupt, Kind, OptLevel, Optimised,
    Setting, Spent, Variable,
};
use crate::lsp;
use crate::names::Index;
use crate::steps::step;

/// Builds the library unless it is there.
pub fn ensure() -> Result<(), BundleError> {
    step("library for cells", |report| Bundle::ensure(&Bundle::source(), &mut |line| report(line))).map(drop)
}

/// The engine of a kernel. Without a library it is one whose cells all say what is missing: a kernel that just ended would
/// leave the person in front of Jupyter without the reason. As soon as the library is there, cells run.
pub fn engine(kind: Kind, events: EventSink) -> Box<dyn Engine> {
    match find(kind, events.clone()) {
        Ok(engine) => engine,
        Err(reason) => Box::new(Waiting::new(Box::new(move || find(kind, events.clone())), reason)),
    }
}

fn find(kind: Kind, events: EventSink) -> Result<Box<dyn Engine>, String> {
    kind.available().map_err(|error| error.to_string())?;
    let bundle = Bundle::find().map_err(|error| error.to_string())?;
    let config = Config::new(bundle).map_err(|error| error.to_string())?;
    kind.engine(config, events).map_err(|error| error.to_string())
}

/// The names of the library, for completion: those of the bundle that [`engine`] works with, or the little that is known
/// without one.
pub fn names() -> Index {
    Bundle::find().ok().and_then(|bundle| Index::load(&bundle.folder)).unwrap_or_else(Index::standard)
}

/// What helps while people type, besides the names: rust-analyzer for the library of [`engine`], if it is there.
pub fn analyzer() -> Option<lsp::Setup> {
    let bundle = Bundle::find().ok()?;
    let project = Project::load(&bundle.folder)?;
    let program = lsp::find(Some(&bundle.rustc)).ok()?;
    Some(lsp::Setup { program: program.path, arguments: Vec::new(), project })
}

/// Evaluates nothing until an engine can be made.
struct Waiting {
    find: Box<Find>,
    engine: Option<Box<dyn Engine>>,
    reason: String,
    /// Handed out before there is an engine.
    interrupt: Arc<OnceLock<Interrupt>>,
    opt_level: Option<OptLevel>,
}

type Find = dyn FnMut() -> Result<Box<dyn Engine>, String>;

impl Waiting {
    fn new(find: Box<Find>, reason: String) -> Self {
        Self { find, engine: None, reason, interrupt: Arc::default(), opt_level: None }
    }

    fn error(&self) -> CellError {
        CellError {
            ename: "NotReady".to_owned(),
            evalue: self.reason.clone(),
            traceback: vec![format!("\u{1b}[1;31mNotReady\u{1b}[0m: {}", self.reason)],
        }
    }
}

impl Engine for Waiting {
    /// Looks for the library. Called again before each cell until it succeeds.
    fn start(&mut self) -> Result<(), CellError> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => (self.find)().map_err(|reason| {
                self.reason = reason;
                self.error()
            })?,
        };
        let _ = self.interrupt.set(engine.interrupt());
        self.engine.insert(engine).start()
    }

    fn execute(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        match &mut self.engine {
            Some(engine) => engine.execute(code, number),
            None => Err(self.error()),
        }
    }

    fn variables(&self) -> Vec<Variable> {
        self.engine.as_ref().map(|engine| engine.variables()).unwrap_or_default()
    }

    fn bindings(&self) -> Vec<Variable> {
        self.engine.as_ref().map(|engine| engine.bindings()).unwrap_or_default()
    }

    fn type_of(&mut self, expression: &str, number: u32) -> Result<String, CellError> {
        match &mut self.engine {
            Some(engine) => engine.type_of(expression, number),
            None => Err(self.error()),
        }
    }

    fn explain(&self, code: &str) -> Option<String> {
        self.engine.as_ref()?.explain(code)
    }

    fn spent(&self) -> Spent {
        self.engine.as_ref().map(|engine| engine.spent()).unwrap_or_default()
    }

    fn opt_level(&mut self) -> &mut Option<OptLevel> {
        match &mut self.engine {
            Some(engine) => engine.opt_level(),
            None => &mut self.opt_level,
        }
    }

    fn optimised(&self) -> Option<Optimised> {
        self.engine.as_ref()?.optimised()
    }

    fn depend(&mut self, wanted: &[Dependency]) -> Result<(), CellError> {
        match &mut self.engine {
            Some(engine) => engine.depend(wanted),
            None => Err(self.error()),
        }
    }

    fn dependencies(&self) -> Vec<Installed> {
        self.engine.as_ref().map(|engine| engine.dependencies()).unwrap_or_default()
    }

    fn folder(&self) -> Option<&Path> {
        self.engine.as_ref()?.folder()
    }

    fn last_errors(&self) -> &str {
        self.engine.as_ref().map_or("", |engine| engine.last_errors())
    }

    fn set(&mut self, setting: &Setting) -> Result<bool, CellError> {
        self.engine.as_mut().map_or(Ok(false), |engine| engine.set(setting))
    }

    fn restart(&mut self) -> Result<(), CellError> {
        self.engine.as_mut().map_or(Ok(()), |engine| engine.restart())
    }

    fn clear(&mut self) -> Result<(), CellError> {
        self.engine.as_mut().map_or(Ok(()), |engine| engine.clear())
    }

    fn definitions(&self) -> Definitions {
        self.engine.as_ref().map(|engine| engine.definitions()).unwrap_or_default()
    }

    fn interrupt(&self) -> Interrupt {
        let interrupt = self.interrupt.clone();
        Arc::new(move || {
            if let Some(interrupt) = interrupt.get() {
                interrupt();
            }
        })
    }

    fn shutdown(&mut self) {
        self.engine = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes every cell for good.
    struct Willing;

    impl Engine for Willing {
        fn start(&mut self) -> Result<(), CellError> {
            Ok(())
        }

        fn execute(&mut self, _code: &str, _number: u32) -> Result<(), CellError> {
            Ok(())
        }

        fn variables(&self) -> Vec<Variable> {
            Vec::new()
        }

        fn definitions(&self) -> Definitions {
            Definitions::default()
        }

        fn type_of(&mut self, expression: &str, _number: u32) -> Result<String, CellError> {
            Ok(expression.to_owned())
        }

        fn explain(&self, _code: &str) -> Option<String> {
            None
        }

        fn spent(&self) -> Spent {
            Spent::default()
        }

        fn opt_level(&mut self) -> &mut Option<OptLevel> {
            unreachable!("the test does not ask")
        }

        fn depend(&mut self, _wanted: &[Dependency]) -> Result<(), CellError> {
            Ok(())
        }

        fn clear(&mut self) -> Result<(), CellError> {
            Ok(())
        }

        fn interrupt(&self) -> Interrupt {
            Arc::new(|| panic!("interrupted"))
        }

        fn shutdown(&mut self) {}
    }

    #[test]
    fn without_a_library_every_cell_says_why_until_it_is_there() {
        let reason = crate::bundle::BundleError::NotBuilt.to_string();
        let mut answers: Vec<Result<Box<dyn Engine>, _>> = vec![Ok(Box::new(Willing)), Err(reason.clone())];
        let mut engine = Waiting::new(Box::new(move || answers.pop().unwrap()), reason);
        let interrupt = engine.interrupt();
        let error = engine.execute("1 + 1", 1).unwrap_err();
        assert!(error.evalue.contains("run `ferrolab install`"), "{}", error.evalue);
        assert_eq!(engine.start().unwrap_err(), error);
        interrupt();
        assert_eq!(engine.start(), Ok(()));
        assert_eq!(engine.execute("1 + 1", 2), Ok(()));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| interrupt())).is_err());
    }
}
