//! Which names a text mentions: what a cell needs of earlier cells.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};

/// All identifiers in the tokens, those in format strings (`"{x}"`) included. A name too many costs a little time, a
/// name too few an error: so no attempt is made to tell a field from a variable.
pub fn mentioned(tokens: TokenStream) -> HashSet<String> {
    let mut names = HashSet::new();
    collect(tokens, &mut names);
    names
}

fn collect(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                names.insert(ident.to_string());
            }
            TokenTree::Group(group) => collect(group.stream(), names),
            TokenTree::Literal(literal) => in_format_string(&literal.to_string(), names),
            TokenTree::Punct(_) => {}
        }
    }
}

fn in_format_string(literal: &str, names: &mut HashSet<String>) {
    if !literal.contains('"') {
        return;
    }
    // `{x}`, `{x:?}`, and the `{:>width$}` of a width.
    for (at, _) in literal.match_indices(['{', '>', '<', '^', '.', ':']) {
        let rest = &literal[at + 1..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        if !rest[..end].is_empty() {
            names.insert(rest[..end].to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_code_macros_and_format_strings_are_found() {
        let code = r#"println!("{total:>width$.precision$} {:?}", self.x(y)); vec![z; 3]"#;
        let names = mentioned(code.parse().unwrap());
        for name in ["total", "width", "precision", "x", "y", "z", "println"] {
            assert!(names.contains(name), "{name} in {names:?}");
        }
    }
}
