//! The warnings that help in a notebook: about code that does not do what it seems to do. What is unused may be used in the next
//! cell, and names are everybody's own affair.

use std::sync::Arc;

use super::parse::RUNTIME;
use super::source::Program;
use crate::cell::CellText;
use crate::diagnostics::{Diagnostic, Span, warning};

/// For rustc: keeps it from looking for what nobody will read. The user's own attributes come before these.
pub const LEVELS: &[&str] = &[
    "-Aunused",
    "-Anonstandard_style",
    "-Afuture_incompatible",
    "-Amismatched_lifetime_syntaxes",
    "-Wunused_must_use",
    "-Wpath_statements",
    "-Wunreachable_code",
    "-Wunreachable_patterns",
];

/// Lints that are shown.
const USEFUL: [&str; 23] = [
    "const_item_mutation",
    "deprecated",
    "double_negations",
    "dropping_copy_types",
    "dropping_references",
    "for_loops_over_fallibles",
    "forgetting_copy_types",
    "forgetting_references",
    "invalid_nan_comparisons",
    "irrefutable_let_patterns",
    "map_unit_fn",
    "noop_method_call",
    "overlapping_range_endpoints",
    "path_statements",
    "static_mut_refs",
    "suspicious_double_ref_op",
    "unconditional_recursion",
    "unpredictable_function_pointer_comparisons",
    "unreachable_code",
    "unreachable_patterns",
    "unused_comparisons",
    "unused_must_use",
    "useless_ptr_null_checks",
];

/// Whether a warning is one that helps. `x;` and `x + 1;` are often written to show nothing: that is worth no word, unless a
/// value is dropped by it.
pub fn is_useful(message: &Diagnostic) -> bool {
    let code = message.code().unwrap_or_default();
    let says = |words: &str| message.message.contains(words);
    message.level == "warning"
        && USEFUL.contains(&code)
        && (code != "path_statements" || says("drops value"))
        && !(code == "unused_must_use" && (says("arithmetic operation") || says("unary operation")))
}

/// The warnings about a cell's own text that help.
pub fn draw_warnings(messages: &[Diagnostic], program: &Program, cell: &Arc<CellText>) -> Vec<String> {
    let file = cell.file_name();
    let locate = |span: &Span| {
        (span.file_name == file).then(|| program.place(span.byte_start..span.byte_end)).flatten()
    };
    let useful = messages.iter().filter(|message| is_useful(message) && !is_ours(message, &file, program));
    useful.filter_map(|message| warning(message, &locate, cell)).collect()
}

/// Whether a warning is about generated text only, such as what stands behind a `panic!` that ends the cell: nobody wants to
/// know that it is not reached. If one of the user's statements follows, that is what is not reached.
fn is_ours(message: &Diagnostic, file: &str, program: &Program) -> bool {
    let generated = |span: &Span| span.file_name == file && program.role(span.byte_start).is_some();
    let first_end =
        message.spans.iter().filter(|span| span.file_name == file).map(|span| span.byte_end).min();
    let statement = format!("{RUNTIME}::at(");
    message.code() == Some("unreachable_code")
        && message.primary().any(generated)
        && !first_end.is_some_and(|end| program.text()[end..].contains(&statement))
}
