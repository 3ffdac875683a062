//! The second engine: the crate `evcxr` compiles the cells and keeps the books of their variables; all else is shared with
//! the [direct engine](super::direct).
//!
//! ```text
//!  cell ── taken apart (direct) ── text with our calls ──► evcxr: rust-analyzer, cargo, rustc ──► stage: the child process
//!                                        ▲                        │ a type that rust-analyzer does not know
//!                                        └── types (from MIR) ◄───┘
//! ```
//!
//! Cells reach the library as those of the direct engine do: rustc is told where it is, nothing is built again. That is
//! hidden from rust-analyzer, which therefore knows no type of the library: such a variable gets its type from rustc, at
//! the price of a second attempt.

mod crates;
mod errors;
mod marks;
mod relay;
mod stage;
mod text;

use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use evcxr::{Error, EvalContext};
use ferrolab_display::frame::Outcome;

pub use relay::{RELAY_ARGUMENT, relay};

use super::direct::child::Ran;
use super::direct::death::Death;
use super::direct::outcome;
use super::direct::second::Study;
use super::direct::{Config, DirectEngine};
use super::{
    CellError, Definitions, Dependency, Engine, ErrorFormat, EventSink, Installed, Interrupt, OptLevel,
    Setting, Spent, Variable,
};
use crate::diagnostics::failure;
use stage::{Report, Stage};
use text::Text;

/// evcxr optimises cells unless it is told not to.
const OPT_LEVEL: OptLevel = OptLevel(2);

/// An engine that lets evcxr compile the cells.
pub struct EvcxrEngine {
    /// Dropped before the stage: its relay process ends with it.
    context: Option<EvalContext>,
    stage: Stage,
    /// Knows items and variables, finds types, explains errors. Its own child process is never started.
    books: DirectEngine,
    opt_level: Option<OptLevel>,
}

impl EvcxrEngine {
    /// An engine that is not started yet.
    pub fn new(config: Config, events: EventSink) -> io::Result<Self> {
        let books = DirectEngine::new(config.clone(), events.clone())?;
        let stage = Stage::new(config, events, books.programs().clone(), books.phase().clone())?;
        Ok(EvcxrEngine { context: None, stage, books, opt_level: None })
    }

    /// Starts evcxr, and tells it where the library is.
    fn make_context(&self) -> Result<EvalContext, CellError> {
        let config = self.books.config();
        let mut relay = Command::new(&config.executable);
        relay.arg(RELAY_ARGUMENT).arg(self.stage.socket());
        let (mut context, _) = EvalContext::with_subprocess_command(relay).map_err(|error| plain(&error))?;
        crates::make_known(&self.books, &mut context)?;
        self.stage.open();
        Ok(context)
    }

    /// evcxr, started.
    fn context(&mut self) -> Result<&mut EvalContext, CellError> {
        let mut context = match self.context.take() {
            Some(context) => context,
            None => self.make_context()?,
        };
        context
            .set_opt_level(&self.opt_level.unwrap_or(OPT_LEVEL).0.to_string())
            .map_err(|error| plain(&error))?;
        Ok(self.context.insert(context))
    }

    /// Drops variables of cells.
    fn drop_variables(&mut self, names: &[String]) -> Result<(), CellError> {
        let drops: String = names.iter().map(|name| format!("drop({name});")).collect();
        self.context()?.eval(&drops).map(drop).map_err(|error| plain(&error))
    }

    fn run_cell(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        let begin = Instant::now();
        *self.books.spent_mut() = Spent::default();
        let study = self.books.study(code, number)?;
        self.drop_unfit(&study)?;
        let mut text = Text::new(&study.parsed, &[]);
        let mut result = self.evaluate(&text)?;
        if result.as_ref().is_err_and(|error| may_be_about_types(error, &text)) {
            let types = self.types(&study)?;
            text = Text::new(&study.parsed, &types);
            result = self.evaluate(&text)?;
        }
        let report = self.stage.report();
        let running = report.as_ref().map(|report| report.running).unwrap_or_default();
        *self.books.spent_mut() = Spent { compiling: begin.elapsed().saturating_sub(running), running };
        match result {
            Ok(_) => {
                self.keep_books(&study);
                match report {
                    Some(report) => self.outcome(&study, report),
                    None if study.parsed.body.is_empty() => Ok(()),
                    None => {
                        Err(failure("Interrupted", "the cell was interrupted before it ran", None, "", &[]))
                    }
                }
            }
            Err(Error::CompilationErrors(errors)) => {
                let program = text.program();
                let errors = errors::diagnostics(&errors, &program);
                Err(self.books.show_errors(&study, &errors, &|span| errors::place(span, &program)))
            }
            Err(Error::SubprocessTerminated(_)) => Err(self.died(report)),
            Err(error) => Err(plain(&error)),
        }
    }

    fn evaluate(&mut self, text: &Text) -> Result<Result<evcxr::EvalOutputs, Error>, CellError> {
        self.stage.announce(text);
        let program = text.program();
        Ok(self.context()?.eval(program.text()))
    }

    /// Explicit types for the variables of a cell, behind their `let`s.
    fn types(&mut self, study: &Study) -> Result<Vec<(usize, String)>, CellError> {
        let types = self.books.types(study)?;
        let mut additions: Vec<(usize, String)> = Vec::new();
        for new in &study.parsed.variables {
            let Some(type_name) = types.get(&new.name) else { continue };
            let name = &new.name;
            let statement = &study.cell.text[new.statement.clone()];
            additions.push(if statement.contains('=') {
                let mutable = if new.mutable { "mut " } else { "" };
                // On a line of its own, as evcxr has each statement: by its line it is found again.
                (new.statement.end, format!("\nlet {mutable}{name}: {type_name} = {name};"))
            } else {
                // `let x;`, before the semicolon.
                (new.statement.end - 1, format!(": {type_name}"))
            });
        }
        additions.sort_by_key(|(at, _)| *at);
        Ok(additions)
    }

    /// evcxr tells types apart by their names: a variable whose type is defined anew would be taken for one of the new type.
    /// It is dropped before, if the cell compiles at all.
    fn drop_unfit(&mut self, study: &Study) -> Result<(), CellError> {
        if study.unfit.is_empty() {
            return Ok(());
        }
        self.books.check(study)?;
        self.drop_variables(&study.unfit)?;
        let number = study.cell.number;
        for name in &study.unfit {
            self.books.say(&format!("`{name}` is dropped: its type is defined anew"));
            let why = format!("it was dropped in cell {number}, because its type was defined anew there");
            self.books.lose(name, why);
        }
        Ok(())
    }

    fn keep_books(&mut self, study: &Study) {
        let present = self.context.as_ref().map(|context| {
            let own = |(name, type_name): (&str, &str)| (name.to_owned(), type_name.to_owned());
            context.variables_and_types().map(own).collect()
        });
        self.books.adopt(study, present.unwrap_or_default());
    }

    /// The error of a cell that has run, if it is one.
    fn outcome(&mut self, study: &Study, report: Report) -> Result<(), CellError> {
        let outcome = match (report.ran, report.error) {
            (Ok(Ran::Done { outcome: Outcome::Error { kind, location, .. }, .. }), Some(message)) => {
                let place = outcome::statement_at(&study.cell, location.line);
                let label = "the cell ended at a `?` in this statement";
                return Err(failure(&kind, &message, place.as_ref(), label, &[]));
            }
            // Nothing of the cell runs, hence nothing has marked its end.
            (Ok(Ran::Done { outcome: Outcome::Error { .. }, .. }), None) if study.parsed.body.is_empty() => {
                return Ok(());
            }
            (Ok(Ran::Done { outcome: Outcome::Error { .. }, .. }), None) => {
                let text = "the cell returned before its end, so its variables are not kept";
                return Err(failure("Error", text, None, "", &[]));
            }
            (Ok(Ran::Done { outcome, .. }), _) => outcome,
            (ran, error) => return Err(self.died(Some(Report { ran, error, running: report.running }))),
        };
        outcome::error(&outcome, &study.cell, self.books.programs(), &[]).map_or(Ok(()), Err)
    }

    /// The child process is gone, and all variables with it. evcxr has a new one.
    fn died(&mut self, report: Option<Report>) -> CellError {
        let (death, ename) = match report.map(|report| report.ran) {
            Some(Ok(Ran::Died(death))) => (death, "ProcessDied"),
            Some(Ok(Ran::Killed)) => {
                let what = "the cell did not notice the interrupt, so its process was killed";
                (Death::plain(what), "Interrupted")
            }
            Some(Err(error)) => (Death::plain(&error.to_string()), "ProcessDied"),
            _ => (Death::plain("the process that runs the cells ended"), "ProcessDied"),
        };
        let lost = self.books.lose_variables();
        outcome::died(&death, ename, &lost, self.books.programs())
    }
}

impl Engine for EvcxrEngine {
    fn start(&mut self) -> Result<(), CellError> {
        self.context().map(drop)
    }

    fn execute(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        self.books.begin_cell();
        let result = self.run_cell(code, number);
        self.books.end_cell();
        result
    }

    fn variables(&self) -> Vec<Variable> {
        self.books.variables()
    }

    fn type_of(&mut self, expression: &str, number: u32) -> Result<String, CellError> {
        self.books.type_of(expression, number)
    }

    fn explain(&self, code: &str) -> Option<String> {
        self.books.explain(code)
    }

    fn spent(&self) -> Spent {
        self.books.spent()
    }

    fn opt_level(&mut self) -> &mut Option<OptLevel> {
        &mut self.opt_level
    }

    fn depend(&mut self, wanted: &[Dependency]) -> Result<(), CellError> {
        self.add_crates(wanted)
    }

    fn dependencies(&self) -> Vec<Installed> {
        self.books.dependencies()
    }

    fn set(&mut self, setting: &Setting) -> Result<bool, CellError> {
        let mut state = self.context()?.state();
        match setting {
            Setting::Offline(offline) => state.set_offline_mode(*offline),
            Setting::BuildEnv { name, value } => state.set_build_env(name, value),
            Setting::Errors(errors) => {
                let written = ErrorFormat::ALL.iter().find(|(_, format)| format == errors);
                let text = written.map_or("{}", |(text, _)| text);
                state.set_error_format(text).map_err(|error| plain(&error))?;
            }
            // evcxr starts its processes itself; what shows a result is written by the direct engine.
            Setting::Env { .. } | Setting::Format(_) | Setting::Types(_) => {}
        }
        self.context()?.eval_with_state("", state).map_err(|error| plain(&error))?;
        self.books.set(setting)
    }

    /// evcxr forgets the variables when its process ends, and starts another.
    fn restart(&mut self) -> Result<(), CellError> {
        self.books.lose_variables();
        let context = self.context()?;
        // It has ended already if it cannot be killed.
        let _ = context.process_handle().lock().unwrap_or_else(PoisonError::into_inner).kill();
        match context.eval("();") {
            Ok(_) | Err(Error::SubprocessTerminated(_)) => self.tell_evcxr(),
            Err(error) => Err(plain(&error)),
        }
    }

    fn clear(&mut self) -> Result<(), CellError> {
        self.books.forget();
        self.context()?.clear().map_err(|error| plain(&error))?;
        self.tell_evcxr()
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.books.config().work_dir)
    }

    fn definitions(&self) -> Definitions {
        self.books.definitions()
    }

    fn interrupt(&self) -> Interrupt {
        let phase = self.books.phase().clone();
        Arc::new(move || phase.interrupt())
    }

    fn shutdown(&mut self) {
        self.context = None;
    }
}

/// Whether rust-analyzer did not know the type of a variable, or was mistaken: errors that stand nowhere in the cell are about
/// what evcxr has written.
fn may_be_about_types(error: &Error, text: &Text) -> bool {
    match error {
        Error::Message(message) => message.starts_with("Couldn't automatically determine type"),
        Error::CompilationErrors(errors) => {
            let program = text.program();
            let errors = errors::diagnostics(errors, &program);
            !errors.iter().flat_map(|error| &error.spans).any(|span| errors::place(span, &program).is_some())
        }
        _ => false,
    }
}

/// An error that has no place in the cell.
fn plain(error: &Error) -> CellError {
    failure("CompileError", &error.to_string(), None, "", &[])
}
