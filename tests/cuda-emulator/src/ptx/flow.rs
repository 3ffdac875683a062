//! Branches, calls and returns of a body, and the labels they go to.

use std::collections::HashMap;

use super::body::{Body, Symbol, Target};
use super::{Action, Guard, PtxError, Register};

impl<'a> Body<'_, 'a> {
    /// Fills in the targets of the innermost function's branches.
    pub(super) fn resolve(&mut self) -> Result<(), PtxError> {
        let frame = self.frames.pop().unwrap_or_default();
        let end = self.kernel.instructions.len();
        for (at, target, line) in frame.branches {
            let find = |label: &str| {
                let reason = || format!("the label {label} is not there");
                frame
                    .labels
                    .get(label)
                    .copied()
                    .ok_or_else(|| PtxError::new(line, self.context.text, reason()))
            };
            let targets = match target {
                Target::End => vec![end],
                Target::Label(label) => vec![find(label)?],
                Target::Table(label) => {
                    let missing =
                        || PtxError::new(line, self.context.text, format!("{label} lists no targets"));
                    let labels = frame.tables.get(label).ok_or_else(missing)?;
                    labels.iter().map(|label| find(label)).collect::<Result<_, _>>()?
                }
            };
            match &mut self.kernel.instructions[at].action {
                Action::Branch { target } => *target = targets[0],
                Action::BranchTable { targets: table, .. } => *table = targets,
                _ => {}
            }
        }
        Ok(())
    }

    /// Expands a call: the callee's parameters are the caller's variables.
    pub fn call(&mut self, name: &str, returns: &[&'a str], arguments: &[&'a str]) -> Result<(), PtxError> {
        if name == "__assertfail" {
            self.emit(Action::Trap { assertion: true });
            return Ok(());
        }
        let context = self.context;
        let Some(function) = context.functions.get(name) else {
            return Err(
                self.error(format!("the function {name} is not in this module: it can not be called"))
            );
        };
        let mut symbols = HashMap::new();
        let wanted = function.returns.iter().chain(&function.parameters);
        if returns.len() != function.returns.len() || arguments.len() != function.parameters.len() {
            return Err(self.error(format!("the call does not fit the parameters of {name}")));
        }
        for (declaration, given) in wanted.zip(returns.iter().chain(arguments)) {
            match self.symbol(given) {
                Some(symbol @ Symbol::Local(_)) => symbols.insert(declaration.name.to_owned(), symbol),
                _ => return Err(self.error(format!("`{given}` is no variable of the .param space"))),
            };
        }
        // A guarded call is a branch around its body.
        let skip = self.guard.take().map(|guard| {
            self.guard = Some(Guard { negated: !guard.negated, ..guard });
            self.emit(Action::Branch { target: 0 });
            self.guard = None;
            self.kernel.instructions.len() - 1
        });
        let (line, scopes) = (self.line, std::mem::replace(&mut self.scopes, vec![symbols]));
        self.function(function.body.clone())?;
        (self.line, self.scopes, self.guard) = (line, scopes, None);
        let end = self.kernel.instructions.len();
        if let Some(at) = skip {
            self.kernel.instructions[at].action = Action::Branch { target: end };
        }
        Ok(())
    }

    /// A branch to a label of this function.
    pub fn branch(&mut self, label: &'a str) {
        self.emit(Action::Branch { target: 0 });
        self.remember(Target::Label(label));
    }

    /// A branch to one of a table's labels.
    pub fn branch_table(&mut self, index: Register, table: &'a str) {
        self.emit(Action::BranchTable { index, targets: Vec::new() });
        self.remember(Target::Table(table));
    }

    /// The end of this function, which is that of the thread in a kernel.
    pub fn leave(&mut self) {
        if self.frames.len() == 1 {
            self.emit(Action::Exit);
        } else {
            self.emit(Action::Branch { target: 0 });
            self.remember(Target::End);
        }
    }
}
