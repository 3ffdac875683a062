//! Reads the types of new variables from the MIR of a cell: exact, also where no source text names them.

use std::collections::HashMap;

/// The call by which the program names a variable (`runtime::store::witness("x", &x)`).
const WITNESS: &str = "witness::<";

/// The types of the variables that the program shows to `witness`, as Rust source.
///
/// In the MIR such a call reads
///
/// ```text
///     let mut _29: &str;
///     let _30: &std::vec::Vec<f32>;
///         _29 = const "y";
///         _28 = witness::<Vec<f32>>(move _29, copy _30) -> [return: bb14, unwind: bb34];
/// ```
///
/// and the declaration of the last argument holds the type with paths that every crate can write.
pub fn variable_types(mir: &str) -> HashMap<String, String> {
    let lines: Vec<&str> = mir.lines().collect();
    let calls = lines.iter().enumerate().filter(|(_, line)| line.contains(WITNESS));
    calls.filter_map(|(at, line)| type_at_call(&lines[..at], line)).collect()
}

fn type_at_call(before: &[&str], call: &str) -> Option<(String, String)> {
    let (arguments, _) = call.rsplit_once(") -> ")?;
    let (rest, value) = arguments.rsplit_once(", ")?;
    let (_, name) = rest.rsplit_once('(')?;
    let declared = declaration(before, local(value)?)?;
    Some((constant(before, name)?, writable(declared.strip_prefix('&')?)))
}

/// A type of the MIR as stable Rust can write it: the type `!` has no name there, except as what a function returns.
pub fn writable(type_name: &str) -> String {
    let parts: Vec<&str> = type_name.trim().split('!').collect();
    let mut text = String::new();
    for (at, part) in parts.iter().enumerate() {
        text.push_str(part);
        if at + 1 < parts.len() {
            text.push_str(if part.ends_with("-> ") { "!" } else { "::ferrolab::display::runtime::Never" });
        }
    }
    text
}

/// `copy _30` → `_30`.
fn local(operand: &str) -> Option<&str> {
    operand.strip_prefix("move ").or_else(|| operand.strip_prefix("copy "))
}

/// The nearest `let _30: T;` or `let mut _30: T;` before the call: local names begin anew in each function.
fn declaration<'a>(before: &[&'a str], local: &str) -> Option<&'a str> {
    before.iter().rev().find_map(|line| {
        let line = line.trim().strip_prefix("let ")?;
        let line = line.strip_prefix("mut ").unwrap_or(line);
        line.strip_prefix(local)?.strip_prefix(": ")?.strip_suffix(';')
    })
}

/// The text in `const "y"`, or in the local that holds it.
fn constant(before: &[&str], operand: &str) -> Option<String> {
    let text = match local(operand) {
        None => operand,
        Some(local) => before
            .iter()
            .rev()
            .find_map(|line| line.trim().strip_prefix(local)?.strip_prefix(" = ")?.strip_suffix(';'))?,
    };
    Some(text.strip_prefix("const \"")?.strip_suffix('"')?.to_owned())
}

/// Why a type cannot be written in another cell, in words for its user; `None` if it can.
pub fn cannot_be_named(type_name: &str) -> Option<&'static str> {
    if type_name.contains("{closure@") {
        Some(
            "its type contains a closure, and the type of a closure has no name. Box it: `Box<dyn Fn(f64) -> f64>`, or make it a `fn`",
        )
    } else if type_name.contains("{async ") || type_name.contains("{coroutine") {
        Some("its type contains an async block, which has no name. Box it: `Box::pin(…)`")
    } else if type_name.starts_with("impl ") || type_name.contains("<impl ") || type_name.contains(" impl ") {
        Some(
            "its type is an `impl Trait`, which has no name. Box it: `Box<dyn Trait>`, or collect an iterator",
        )
    } else if type_name.contains(" {") {
        Some(
            "its type is that of one particular function, which has no name. Give it a type: `let f: fn(i32) -> i32 = …`",
        )
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIR: &str = r#"
fn other() -> () {
    let _30: &u8;
}
fn ferrolab_cell_1::{closure#0}(_1: {closure@cell_1.rs:1:2: 3:4}) -> () {
    let _28: ();
    let mut _29: &str;
    let _30: &std::collections::HashMap<std::string::String, std::vec::Vec<f32>>;
    let mut _33: &'static str;
    let mut _34: &&str;
    let mut _35: &std::boxed::Box<dyn std::ops::Fn(i32) -> i32>;
    bb13: {
        _29 = const "map";
        _28 = witness::<HashMap<String, Vec<f32>>>(move _29, copy _30) -> [return: bb14, unwind: bb34];
    }
    bb14: {
        _29 = const "f";
        _28 = witness::<Box<dyn Fn(i32) -> i32>>(move _29, copy _35) -> [return: bb14, unwind: bb34];
        _28 = ferrolab::display::runtime::store::witness::<&str>(const "text", move _34) -> [return: bb15, unwind continue];
    }
}
"#;

    #[test]
    fn types_are_read_with_their_full_paths() {
        let types = variable_types(MIR);
        assert_eq!(types["map"], "std::collections::HashMap<std::string::String, std::vec::Vec<f32>>");
        assert_eq!(types["text"], "&str");
        assert_eq!(types["f"], "std::boxed::Box<dyn std::ops::Fn(i32) -> i32>");
    }

    #[test]
    fn the_type_of_no_value_can_be_written() {
        assert_eq!(writable("Result<!, u8>"), "Result<::ferrolab::display::runtime::Never, u8>");
        assert_eq!(writable("fn() -> !"), "fn() -> !");
    }

    #[test]
    fn types_without_a_name_are_known() {
        for name in [
            "{closure@a.rs:1:2: 1:3}",
            "std::iter::Map<u8, {closure@a}>",
            "fn(i32) -> i32 {foo}",
            "impl Fn()",
        ] {
            assert!(cannot_be_named(name).is_some(), "{name}");
        }
        for name in ["std::boxed::Box<dyn std::ops::Fn(i32) -> i32>", "fn(i32) -> i32", "Const<3>"] {
            assert_eq!(cannot_be_named(name), None, "{name}");
        }
    }
}
