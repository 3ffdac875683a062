//! What cells of evcxr are linked to: the library, and the crates of `:dep`. The direct engine finds and builds them, so that
//! they are built once, pinned beside the notebook, and of the same types as the library's.

use evcxr::EvalContext;

use super::{EvcxrEngine, plain};
use crate::engine::direct::DirectEngine;
use crate::engine::{CellError, Dependency, Engine};

impl EvcxrEngine {
    pub(super) fn add_crates(&mut self, wanted: &[Dependency]) -> Result<(), CellError> {
        let before = self.books.variables();
        if self.books.add(wanted)? {
            return self.restart();
        }
        let left = self.books.variables();
        let gone: Vec<String> = (before.into_iter().map(|variable| variable.name))
            .filter(|name| !left.iter().any(|variable| variable.name == *name))
            .collect();
        if !gone.is_empty() {
            self.drop_variables(&gone)?;
        }
        self.tell_evcxr()
    }

    /// Crates were added, or evcxr has forgotten where they are.
    pub(super) fn tell_evcxr(&mut self) -> Result<(), CellError> {
        self.context.as_mut().map_or(Ok(()), |context| make_known(&self.books, context))
    }
}

/// Tells evcxr where the library and the added crates are.
pub(super) fn make_known(books: &DirectEngine, context: &mut EvalContext) -> Result<(), CellError> {
    let flags = [books.flags_for_cc(), ["-Cprefer-dynamic", "-Awarnings"].map(str::to_owned).into()].concat();
    let mut state = context.state();
    state.set_build_env("CARGO_ENCODED_RUSTFLAGS", &flags.join("\u{1f}"));
    state.set_build_env("RUSTC", &books.config().bundle.rustc.to_string_lossy());
    // A crate that the library holds is found in it. In a module, because `extern crate` at the top would make evcxr look for a
    // package of that name.
    let item = if books.dependencies().is_empty() {
        String::new()
    } else {
        let link = |library| format!("extern crate {library} as _; ");
        let links: String = books.crate_of_crates().into_iter().chain(["ferrolab"]).map(link).collect();
        format!("mod __ferrolab_crates {{ {links} }}")
    };
    context.eval_with_state(&item, state).map(drop).map_err(|error| plain(&error))
}
