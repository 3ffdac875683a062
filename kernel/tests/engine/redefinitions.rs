//! What a redefinition takes with it, and what it leaves alone.

use crate::harness::{Session, drawn, text};
use ferrolab_kernel::engine::StreamName;

#[test]
fn what_cannot_change_a_layout_drops_no_variable() {
    let mut session = Session::after(&[
        "const FIVE: u64 = 5; struct Owner { name: String }",
        "let owner = Owner { name: \"o\".into() }; let n = FIVE; let v = vec![1];",
    ]);
    for cell in [
        "const _: () = assert!(FIVE == 5);",
        "trait Named { fn name(&self) -> String; }",
        "impl Named for Owner { fn name(&self) -> String { self.name.clone() } }",
        "fn name() -> i32 { 1 }",
        "unsafe extern \"C\" { fn abs(x: i32) -> i32; }",
        "/// Who owns.\n#[derive(Debug, Clone)]\nstruct Owner { name: String }",
        "trait Shown: std::fmt::Debug {}\nimpl<T: std::fmt::Debug> Shown for Vec<T> {}",
    ] {
        assert_eq!(text(&session.ok(cell), StreamName::Stderr), "", "{cell}");
    }
    assert_eq!(
        session.result("(owner.clone(), n, v, Named::name(&owner))"),
        "(Owner { name: \"o\" }, 5, [1], \"o\")"
    );
}

#[test]
fn an_import_that_means_another_type_drops_what_was_made_of_the_first() {
    let mut session = Session::after(&[
        "use std::primitive::f32 as Number;\nstruct P { x: Number }",
        "let p = P { x: 1.0 }; let plain = vec![1.5_f32];",
    ]);
    let told = text(&session.ok("use std::primitive::u32 as Number;"), StreamName::Stderr);
    assert_eq!(told, "`p` is dropped: its type is defined anew\n");
    assert_eq!(session.result("plain"), "[1.5]");
}

#[test]
fn a_crate_has_the_name_that_a_cell_gives_it() {
    let mut session = Session::after(&["extern crate std as standard;"]);
    assert_eq!(session.result("standard::cmp::max(1, 2)"), "2");
}

#[test]
fn a_closure_that_borrows_is_left_and_its_cell_runs() {
    let mut session = Session::new();
    assert_eq!(session.result("let k = 10; let add = |x: i32| x + k; add(5)"), "15");
    assert!(drawn(&session.fails("add(1)")).contains("there was a variable `add`"));
    assert_eq!(session.result("k"), "10");
}

#[test]
fn a_function_takes_the_name_of_a_variable() {
    let mut session = Session::after(&["let count = 5;"]);
    let told = text(&session.ok("fn count() -> i32 { 7 }"), StreamName::Stderr);
    assert_eq!(told, "`count` is dropped: `fn count` has its name now\n");
    assert_eq!(session.result("count()"), "7");
    session.ok("let count = count() + 1;");
    assert_eq!(session.result("count"), "8");
}

#[test]
fn a_pasted_program_is_defined_and_its_reader_told_how_to_run_it() {
    let mut session = Session::new();
    let told = text(&session.ok("fn main() {\n    println!(\"hello\");\n}"), StreamName::Stderr);
    assert_eq!(told, "`main` is defined: to run it, write `main()`\n");
    assert_eq!(text(&session.ok("main()"), StreamName::Stdout), "hello\n");
}
