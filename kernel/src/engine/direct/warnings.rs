//! The warnings that help in a notebook: about code that does not do what it seems to do. What is unused may be used in the next
//! cell, and names are everybody's own affair.

use crate::diagnostics::Diagnostic;

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
