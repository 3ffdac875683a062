//! How a cell writes its result and its errors: `:fmt`, `:types`, `:efmt`.

use super::parse::RUNTIME;
use crate::engine::{ErrorFormat, Format};

/// What the user has said about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct View {
    /// For values that have no view but text.
    pub format: Option<Format>,
    /// Results are told with their types.
    pub types: bool,
    pub errors: ErrorFormat,
}

impl View {
    /// What stands behind the last expression of a cell, whose value `__value` refers to.
    pub fn shown(&self) -> String {
        let types =
            if self.types { format!("{RUNTIME}::result::with_type(__value); ") } else { String::new() };
        let how = match &self.format {
            None => format!(
                "use {RUNTIME}::result::{{DebugDisplay as _, NameDisplay as _, PickPlain as _, PickShow as _}};"
            ),
            // `Debug` is left out: a trait that is found before it would be ambiguous.
            Some(format) => format!(
                "trait __Written {{ fn evcxr_display(&self); }} \
                 impl<T: ::std::fmt::{} + ?Sized> __Written for T {{ \
                 fn evcxr_display(&self) {{ {RUNTIME}::result::show_text(::std::format_args!({:?}, &self)) }} }} \
                 use {RUNTIME}::result::{{NameDisplay as _, PickPlain as _, PickView as _}};",
                format.of(),
                format.text()
            ),
        };
        format!("{types}{how} (&&{RUNTIME}::result::Probe(__value)).pick().evcxr_display();")
    }

    /// What stands at the beginning of a cell.
    pub fn begin(&self) -> String {
        match self.errors {
            ErrorFormat::Display => String::new(),
            ErrorFormat::Debug => format!("{RUNTIME}::failure::write_by(1); "),
            ErrorFormat::Pretty => format!("{RUNTIME}::failure::write_by(2); "),
        }
    }
}
