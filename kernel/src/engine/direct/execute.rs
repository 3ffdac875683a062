//! Runs one cell, from its text to the changes in tables and variables.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use ferrolab_display::frame::Outcome;
use ferrolab_display::type_name::short;

use super::child::{Job, Ran};
use super::compile::{CompileError, Compiled, Make, Order};
use super::death::Death;
use super::item::{Item, Namespace};
use super::outcome::{self, compile_failed};
use super::parse::{LAST, Last, NewVariable, Parsed, Surroundings, parse};
use super::program::{Draft, Loaded, Way, symbol};
use super::repair::{Repairs, broken_items, repair};
use super::rewrite::normal;
use super::source::{Program, pieces};
use super::types::variable_types;
use super::variables::Variable;
use super::warnings::draw_warnings;
use super::{DirectEngine, Spent, words};
use crate::cell::CellText;
use crate::diagnostics::{Diagnostic, Span, compile_error, failure};
use crate::engine::{CellError, OptLevel};

/// Most times that one cell is compiled. Each repair takes out at least one variable or item, so this is far away.
const ATTEMPTS: usize = 20;

/// A cell that is ready to run.
pub struct Ready<'a> {
    pub draft: Draft<'a>,
    pub compiled: Compiled,
    pub repairs: Repairs,
    /// Keys of the statics that it defines.
    pub statics: Vec<String>,
    /// Warnings for the user, drawn.
    pub warnings: Vec<String>,
}

impl DirectEngine {
    pub(super) fn run_cell(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        self.under_way(|engine| engine.compile_and_run(code, number))
    }

    /// The type of an expression. Nothing runs and nothing is kept.
    pub(super) fn find_type(&mut self, expression: &str, number: u32) -> Result<String, CellError> {
        self.under_way(|engine| engine.compile_for_type(expression, number))
    }

    /// Does the work of a cell, with a number and a folder of its own, so that it can be interrupted.
    pub(super) fn under_way<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.serial += 1;
        self.phase.begin();
        let result = work(self);
        self.phase.end();
        // A process keeps what it needs of a library that it has loaded.
        let _ = std::fs::remove_dir_all(self.scratch.cell(self.serial));
        result
    }

    fn compile_and_run(&mut self, code: &str, number: u32) -> Result<(), CellError> {
        let (begin, cell) = (Instant::now(), Arc::new(CellText { number, text: normal(code) }));
        self.spent = Spent::default();
        let parsed = parse(&cell, Last::Result, self.surroundings())
            .map_err(|error| self.syntax_error(&cell, &error))?;
        if parsed.is_empty() {
            return Ok(());
        }
        let (mut draft, unfit) = self.draft(cell, &parsed);
        draft.packed = parsed.variables.iter().map(|variable| variable.name.clone()).collect();
        let make = if parsed.body.is_empty() { Make::Check } else { Make::Library };
        if make == Make::Library {
            self.apart.collect(&self.programs);
            self.choose_level(&mut draft);
        }
        let ready = self.with_boxes(draft).and_then(|(draft, repairs)| self.compile_on(draft, repairs, make));
        self.spent.compiling = begin.elapsed();
        let ready = ready.inspect_err(|_| self.stand_by(number + 1))?;
        self.accept(&ready, unfit);
        self.stand_by(number + 1);
        if parsed.body.is_empty() {
            self.compile_apart(&ready.draft);
            return Ok(());
        }
        let begin = Instant::now();
        let result = self.run(&ready);
        self.spent.running = begin.elapsed();
        self.compile_apart(&ready.draft);
        result
    }

    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings { folder: &self.config.work_dir, table: &self.table, view: &self.view }
    }

    /// A first draft of a cell's program, which keeps no new variables, and the variables that it makes unfit.
    pub(super) fn draft<'a>(&self, cell: Arc<CellText>, parsed: &'a Parsed) -> (Draft<'a>, Vec<String>) {
        let table = self.table.with(&parsed.items, &parsed.imports);
        let defines = !(parsed.items.is_empty() && parsed.imports.is_empty());
        let unfit: Vec<String> = (self.variables.iter())
            .filter(|(name, variable)| {
                defines && (hidden_by(parsed, name).is_some() || !variable.fits(&table))
            })
            .map(|(name, _)| name.clone())
            .collect();
        let loaded = self.loaded(parsed, &unfit);
        let draft = Draft {
            cell,
            loaded,
            packed: Vec::new(),
            boxed: HashMap::new(),
            left_out: HashSet::new(),
            parsed,
            table,
            serial: self.serial,
            links: self.links(),
            linked: BTreeMap::new(),
            level: self.resting_level(),
            begin: self.view.begin(),
            executor: self.deps.executor(),
            witnesses: false,
        };
        (draft, unfit)
    }

    fn compile_for_type(&mut self, expression: &str, number: u32) -> Result<String, CellError> {
        let cell = Arc::new(CellText { number, text: normal(expression) });
        let parsed = parse(&cell, Last::Type, self.surroundings())
            .map_err(|error| self.syntax_error(&cell, &error))?;
        let (draft, _) = self.draft(cell, &parsed);
        let ready = self.compile(draft, Make::Mir)?;
        let mir = std::fs::read_to_string(ready.compiled.mir).unwrap_or_default();
        let found = variable_types(&mir).remove(LAST);
        found.map(|type_name| short(&type_name)).ok_or_else(|| {
            let text = format!("expected an expression, found `{}`, which has no value", expression.trim());
            failure("MagicError", &text, None, "", &[])
        })
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
    pub(super) fn compile<'a>(&mut self, draft: Draft<'a>, make: Make) -> Result<Ready<'a>, CellError> {
        self.compile_on(draft, Repairs::default(), make)
    }

    /// The same after some repairs.
    fn compile_on<'a>(
        &mut self,
        mut draft: Draft<'a>,
        mut repairs: Repairs,
        make: Make,
    ) -> Result<Ready<'a>, CellError> {
        let mut first = None;
        for _ in 0..ATTEMPTS {
            let (program, statics) = draft.write(&self.statics);
            let order = self.order(&draft.cell, make, draft.table.epoch(), draft.level);
            match self.rustc(&order, &program) {
                Ok(compiled) => {
                    let warnings = draw_warnings(&compiled.warnings, &program, &draft.cell);
                    self.programs.remember(order, program, &compiled.library);
                    return Ok(Ready { draft, compiled, repairs, statics, warnings });
                }
                // Their messages show the functions too.
                Err(CompileError::Errors(_)) if !draft.linked.is_empty() => draft.linked.clear(),
                Err(CompileError::Errors(errors)) => {
                    let redefines = draft.table.epoch() != self.table.epoch();
                    if repair(&mut draft, &errors, &program, redefines, &mut repairs) {
                        continue;
                    }
                    // What the cell does without need not compile; if it does not do without, the first errors tell why.
                    let broken = broken_items(&errors, &program, &draft.cell);
                    let error =
                        self.errors(&errors, &program, &draft.cell, &draft.parsed.variables, &repairs);
                    match (broken, first.take()) {
                        (Some(broken), None) => {
                            draft.left_out = broken;
                            first = Some((error, self.last_errors.clone()));
                        }
                        (_, None) => return Err(error),
                        (_, Some((error, said))) => {
                            self.last_errors = said;
                            return Err(error);
                        }
                    }
                }
                Err(error) => return Err(compile_failed(&error)),
            }
        }
        let text = format!("rustc did not accept the cell in {ATTEMPTS} attempts");
        Err(failure("CompileError", &text, None, "", &[]))
    }

    /// What to make of the present cell.
    pub(super) fn order(&self, cell: &CellText, make: Make, epoch: u64, opt_level: OptLevel) -> Order {
        let folder = self.scratch.cell(self.serial);
        // A compiler that stands by for the library has its source there.
        let folder = if make == Make::Mir { folder.join("types") } else { folder };
        Order { folder, file: cell.file_name(), make, epoch, opt_level, flags: self.flags() }
    }

    fn rustc(&mut self, order: &Order, program: &Program) -> Result<Compiled, CompileError> {
        // Who asks for types only will compile once more.
        let standby = if order.make == Make::Mir { None } else { self.standby.take() };
        self.compiler().compile(order, program.text(), standby, &self.phase)
    }

    pub(super) fn errors(
        &mut self,
        errors: &[Diagnostic],
        program: &Program,
        cell: &CellText,
        new: &[NewVariable],
        repairs: &Repairs,
    ) -> CellError {
        self.last_errors =
            errors.iter().filter(|error| error.is_error()).map(|error| format!("{}\n", error.json)).collect();
        let file = cell.file_name();
        let locate = |span: &Span| {
            (span.file_name == file).then(|| program.place(span.byte_start..span.byte_end)).flatten()
        };
        let hint = |error: &Diagnostic| outcome::hint(error, &self.variables, new, &repairs.lost);
        let mut errors: Vec<Diagnostic> =
            errors.iter().map(|error| words::of_cells(error.clone(), program)).collect();
        words::without_echoes(&mut errors);
        compile_error(&errors, &locate, &hint)
    }

    /// What rustc says of a text that syn could not parse: it explains more.
    pub(super) fn syntax_error(&mut self, cell: &Arc<CellText>, error: &syn::Error) -> CellError {
        let mut program = Program::default();
        let whole = pieces(cell, 0..cell.text.len(), &[]);
        // Brackets that do not match are found before anything else; a function around them would confuse.
        let balanced = cell.text.parse::<proc_macro2::TokenStream>().is_ok();
        program.glue(if balanced { "fn cell() { " } else { "" });
        program.pieces(&whole, None);
        let end = program.text().trim_end().len();
        program.glue(if balanced { "\n}" } else { "" });
        match self.rustc(&self.order(cell, Make::Check, 0, self.resting_level()), &program) {
            Err(CompileError::Errors(errors)) => {
                let errors: Vec<Diagnostic> =
                    errors.into_iter().map(|error| words::at_end(error, end)).collect();
                self.errors(&errors, &program, cell, &[], &Repairs::default())
            }
            _ => outcome::syntax_error(cell, error),
        }
    }

    /// Runs a compiled cell in the child process.
    fn run(&mut self, ready: &Ready<'_>) -> Result<(), CellError> {
        self.child()?;
        if self.phase.idle() {
            return Err(failure("Interrupted", "the cell was interrupted before it ran", None, "", &[]));
        }
        let job = Job {
            library: &ready.compiled.library,
            symbol: symbol(self.serial),
            forget: std::mem::take(&mut self.forgotten),
            share: !ready.statics.is_empty(),
            foreign: false,
        };
        let Some(child) = self.child.as_mut() else { return Ok(()) };
        let homes = ready.draft.linked.values().map(|linked| &linked.home);
        match child.load(homes).and_then(|()| child.run(job, &self.phase)) {
            Ok(Ran::Done { outcome, variables }) => {
                if !matches!(outcome, Outcome::Load { .. }) {
                    let defined = ready.statics.iter().filter_map(|key| self.table.get(key));
                    self.statics.settle(defined, &self.table, &self.serial.to_string());
                }
                self.keep_books(ready, &outcome, &variables);
                let calls = match &outcome {
                    Outcome::Panic { panic, .. } => self.calls(panic),
                    _ => Vec::new(),
                };
                outcome::error(&outcome, &ready.draft.cell, &self.programs, &calls).map_or(Ok(()), Err)
            }
            Ok(Ran::Died(death)) => Err(self.died(&death, "ProcessDied")),
            Ok(Ran::Killed) => {
                let what = "the cell did not notice the interrupt, so its process was killed";
                Err(self.died(&Death::plain(what), "Interrupted"))
            }
            Err(error) => Err(self.died(&Death::plain(&error.to_string()), "ProcessDied")),
        }
    }

    /// The child process is gone, and all variables with it.
    fn died(&mut self, death: &Death, ename: &str) -> CellError {
        self.child = None;
        let lost = self.lose_all();
        // The next cell finds a new process ready. If that fails, the next cell says so.
        let _ = self.child();
        outcome::died(death, ename, &lost, &self.programs)
    }
}

/// What a cell defines in place of a variable of this name.
pub fn hidden_by<'a>(parsed: &'a Parsed, name: &str) -> Option<&'a str> {
    let in_its_place = |item: &&Item| {
        item.defines.iter().any(|(space, defined)| *space == Namespace::Value && defined == name)
    };
    parsed.items.iter().find(in_its_place).map(|item| item.title.as_str())
}
