//! Runs one cell, from its text to the changes in tables and variables.

use std::collections::HashSet;
use std::sync::Arc;

use ferrolab_display::frame::{Outcome, Panic};

use super::child::Ran;
use super::compile::{CompileError, Compiled, Make};
use super::outcome::{self, compile_failed, describe_panic};
use super::parse::{Parsed, parse};
use super::program::{Draft, Loaded, Way, symbol};
use super::repair::{Repairs, repair};
use super::source::Program;
use super::types::{cannot_be_named, variable_types};
use super::variables::Variable;
use super::{DirectEngine, Event, StreamName};
use crate::cell::CellText;
use crate::diagnostics::Diagnostic;
use crate::engine::CellError;

/// Most times that one cell is compiled. Each time a repair takes one variable or item out, so this is far away.
const ATTEMPTS: usize = 20;

impl DirectEngine {
    pub(super) fn run_cell(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        let cell = Arc::new(CellText { number, text: code.to_owned() });
        let parsed = match parse(&cell) {
            Ok(parsed) => parsed,
            Err(error) => return Err(self.syntax_error(&cell, &error)),
        };
        let table = self.table.with(&parsed.items, &parsed.imports);
        let unfit: Vec<String> = (self.variables.iter())
            .filter(|(_, variable)| !variable.fits(&table))
            .map(|(name, _)| name.clone())
            .collect();
        let draft =
            Draft { loaded: self.loaded(&parsed, &unfit), packed: names(&parsed), parsed: &parsed, table };
        let name = format!("cell_{number}");
        let (draft, compiled, repairs) = self.compile(draft, &cell, &name)?;

        // The cell compiles: from here on its items and imports are there, whatever happens when it runs.
        self.table = draft.table;
        for name in unfit {
            let why = format!("it was dropped in cell {number}, because its type was defined anew there");
            self.tell(&format!("`{name}` is dropped: its type is defined anew"));
            self.variables.lose(&name, why);
            self.forgotten.push(name);
        }
        repairs.notes.iter().for_each(|note| self.tell(note));
        for (name, why) in repairs.lost {
            self.variables.lose(&name, why);
        }
        if parsed.body.is_empty() {
            return Ok(());
        }
        self.run(&cell, &name, &compiled, &parsed, &draft.loaded, &draft.packed)
    }

    /// The variables that a cell takes out of the store.
    fn loaded(&self, parsed: &Parsed, unfit: &[String]) -> Vec<Loaded> {
        let wanted = |name: &String| parsed.mentions.contains(name) && !unfit.contains(name);
        let load = |(name, variable): (&String, &Variable)| {
            let replaced = parsed.variables.iter().any(|new| new.name == *name);
            let way = if replaced { Way::Replaced } else { Way::Around };
            Loaded { name: name.clone(), variable: variable.clone(), way }
        };
        self.variables.iter().filter(|(name, _)| wanted(name)).map(load).collect()
    }

    /// Compiles a cell, with repairs where errors are due to what was generated around it.
    fn compile<'a>(
        &mut self,
        mut draft: Draft<'a>,
        cell: &Arc<CellText>,
        name: &str,
    ) -> Result<(Draft<'a>, Compiled, Repairs), CellError> {
        let mut repairs = Repairs::default();
        for _ in 0..ATTEMPTS {
            let program = draft.write(cell.number);
            let make = match (draft.parsed.body.is_empty(), draft.packed.is_empty()) {
                (true, _) => Make::Check,
                (false, true) => Make::Library,
                (false, false) => Make::LibraryAndMir,
            };
            let compiled =
                self.compiler().compile(name, program.text(), make, draft.table.epoch(), &self.phase);
            match compiled {
                Ok(compiled) => {
                    self.remember(format!("{name}.rs"), program);
                    return Ok((draft, compiled, repairs));
                }
                Err(CompileError::Errors(errors)) => {
                    let redefines = draft.table.epoch() != self.table.epoch();
                    if !repair(&mut draft, &errors, &program, cell, redefines, &mut repairs) {
                        return Err(self.errors(&errors, &program, name, &repairs));
                    }
                }
                Err(error) => return Err(compile_failed(&error)),
            }
        }
        let text = format!("rustc did not accept the cell in {ATTEMPTS} attempts");
        Err(crate::diagnostics::failure("CompileError", &text, None, "", &[]))
    }

    fn errors(&self, errors: &[Diagnostic], program: &Program, name: &str, repairs: &Repairs) -> CellError {
        let file = format!("{name}.rs");
        let locate = |span: &crate::diagnostics::Span| {
            (span.file_name == file).then(|| program.place(span.byte_start..span.byte_end)).flatten()
        };
        let hint = |error: &Diagnostic| outcome::hint(error, &self.variables, &repairs.lost);
        crate::diagnostics::compile_error(errors, &locate, &hint)
    }

    /// What rustc says of a text that syn could not parse: it explains more.
    fn syntax_error(&mut self, cell: &Arc<CellText>, error: &syn::Error) -> CellError {
        let mut program = Program::default();
        let whole = super::source::pieces(cell, 0..cell.text.len(), &[]);
        // Brackets that do not match are found before anything else; a function around them would confuse.
        let balanced = cell.text.parse::<proc_macro2::TokenStream>().is_ok();
        program.glue(if balanced { "fn cell() { " } else { "" });
        program.pieces(&whole, None);
        program.glue(if balanced { "\n}" } else { "" });
        let name = format!("cell_{}", cell.number);
        match self.compiler().compile(&name, program.text(), Make::Check, 0, &self.phase) {
            Err(CompileError::Errors(errors)) => self.errors(&errors, &program, &name, &Repairs::default()),
            _ => outcome::syntax_error(cell, error),
        }
    }

    fn run(
        &mut self,
        cell: &Arc<CellText>,
        name: &str,
        compiled: &Compiled,
        parsed: &Parsed,
        loaded: &[Loaded],
        packed: &[String],
    ) -> Result<(), CellError> {
        let forget = std::mem::take(&mut self.forgotten);
        self.child()?;
        let Some(child) = self.child.as_mut() else { return Ok(()) };
        let (programs, events) = (&self.programs, &self.events);
        let on_panic = |panic: &Panic| {
            let text = describe_panic(panic, programs);
            events(Event::Stream { name: StreamName::Stderr, text });
        };
        let ran = child.run(&compiled.library, &symbol(cell.number), forget, &self.phase, on_panic);
        let (outcome, present) = match ran {
            Ok(Ran::Done { outcome, variables }) => (outcome, variables),
            Ok(Ran::Died(status)) => return Err(self.died(&super::child::describe(status), "ProcessDied")),
            Ok(Ran::Killed) => {
                let text = "the cell did not notice the interrupt, so its process was killed";
                return Err(self.died(text, "Interrupted"));
            }
            Err(error) => return Err(self.died(&error.to_string(), "ProcessDied")),
        };
        self.keep_books(cell, compiled, parsed, loaded, packed, &outcome, present.into_iter().collect());
        self.compiler().clean(name);
        outcome::error(&outcome, cell, &self.programs).map_or(Ok(()), Err)
    }

    /// Brings the book of variables in line with the store.
    #[allow(clippy::too_many_arguments)]
    fn keep_books(
        &mut self,
        cell: &CellText,
        compiled: &Compiled,
        parsed: &Parsed,
        loaded: &[Loaded],
        packed: &[String],
        outcome: &Outcome,
        present: HashSet<String>,
    ) {
        let number = cell.number;
        for Loaded { name, variable, way } in loaded {
            if present.contains(name) {
                let epoch = self.table.epoch();
                self.variables.insert(name.clone(), Variable { epoch, ..variable.clone() });
            } else if *way == Way::Through {
                self.variables
                    .lose(name, format!("it was lost when cell {number} failed while it was moved"));
            } else {
                self.variables.lose(name, format!("it was moved in cell {number}"));
            }
        }
        if *outcome != Outcome::Ok {
            return;
        }
        let mir =
            compiled.mir.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let types = variable_types(&mir);
        for new in
            parsed.variables.iter().filter(|new| packed.contains(&new.name) && present.contains(&new.name))
        {
            let name = new.name.clone();
            let why = match types.get(&name) {
                Some(type_name) => match cannot_be_named(type_name) {
                    Some(why) => why,
                    None => {
                        let variable = Variable::new(type_name.clone(), new.mutable, &self.table);
                        self.variables.insert(name, variable);
                        continue;
                    }
                },
                None => "its type could not be found out",
            };
            self.variables.lose(&name, format!("it could not be kept after cell {number}: {why}"));
            self.forgotten.push(name);
        }
    }

    /// The child process is gone, and all variables with it.
    fn died(&mut self, what: &str, ename: &str) -> CellError {
        self.child = None;
        self.forgotten.clear();
        let lost = self.variables.lose_all("it was lost when the process that runs the cells ended");
        // The next cell finds a new process ready. If that fails, the next cell says so.
        let _ = self.child();
        outcome::died(what, ename, &lost)
    }
}

fn names(parsed: &Parsed) -> Vec<String> {
    parsed.variables.iter().map(|variable| variable.name.clone()).collect()
}
