//! Macros that define items and variables.

use crate::harness::Session;

#[test]
fn items_that_a_macro_defines_are_there_in_later_cells() {
    let mut session = Session::after(&[
        "macro_rules! record { ($n:ident { $($f:ident: $t:ty),* }) => { #[derive(Debug, Clone)] struct $n { $($f: $t),* } } }",
        "macro_rules! both { ($a:ident $b:ident) => { fn $a() -> i32 { 1 } fn $b() -> i32 { 2 } } }",
        "record!(P { x: i32, y: i32 });",
        "record! { Q { z: P } }",
        "both!(one two)",
        "let q = Q { z: P { x: one(), y: two() } };",
    ]);
    assert_eq!(session.result("q"), "Q { z: P { x: 1, y: 2 } }");
    session.ok("record!(P { x: String });");
    assert!(session.fails("q").evalue.contains("cannot find value `q`"));
    assert_eq!(session.result("P { x: \"new\".into() }"), "P { x: \"new\" }");
}

#[test]
fn implementations_that_a_macro_writes_hold_in_later_cells() {
    let mut session = Session::after(&[
        "trait Named { fn name() -> &'static str; }\n\
         macro_rules! named { ($($t:ty),*) => { $(impl Named for $t { fn name() -> &'static str { stringify!($t) } })* } }",
        "named!(i32, f64);",
    ]);
    assert_eq!(session.result("[<i32 as Named>::name(), f64::name()]"), "[\"i32\", \"f64\"]");
}

#[test]
fn variables_that_a_macro_makes_are_kept() {
    let mut session = Session::after(&[
        "macro_rules! set { ($n:ident = $v:expr) => { let mut $n = $v; let hidden = 1; let _ = hidden; } }",
        "let hidden = 7; set!(x = hidden + 1);",
        "x += 1;",
    ]);
    assert_eq!(session.result("(x, hidden)"), "(9, 7)");
}

#[test]
fn a_thread_local_is_one_for_all_cells() {
    let mut session = Session::after(&[
        "use std::cell::{Cell, RefCell};\nthread_local! {\n    static COUNT: Cell<u32> = const { Cell::new(1) };\n    pub static WORDS: RefCell<Vec<String>> = RefCell::default();\n}",
        "COUNT.set(5); WORDS.with_borrow_mut(|words| words.push(\"a\".into()));",
    ]);
    assert_eq!(session.result("(COUNT.get(), WORDS.with(|words| words.borrow().len()))"), "(5, 1)");
}
