//! Panics that have gone through functions: the reader sees the user's calls, and only those.

use crate::harness::{Session, drawn};
use ferrolab_kernel::engine::CellError;

/// The sentence about the calls.
fn calls(error: &CellError) -> String {
    let text = drawn(error);
    let note =
        text.lines().find_map(|line| line.split_once("note: in ").map(|(_, calls)| calls.trim().to_owned()));
    note.unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn a_panic_in_a_function_tells_who_called_it() {
    let mut session = Session::after(&[
        "fn mean(x: &[u32]) -> u32 {\n    let sum: u32 = x.iter().sum();\n    sum / x.len() as u32\n}",
        "fn spread(x: &[u32]) -> u32 {\n\n    x.iter().max().copied().unwrap_or(0) - mean(x)\n}",
    ]);
    let error = session.fails("let ä = vec![];\nlet s =\n    spread(&ä);");
    assert!(drawn(&error).contains("cell 1:3:5"), "{}", drawn(&error));
    assert_eq!(
        calls(&error),
        "`mean` (cell 1, line 3) ← `spread` (cell 2, line 3) ← called in cell 3, line 3"
    );
    let error = session.fails("mean(&[])");
    assert_eq!(calls(&error), "`mean` (cell 1, line 3) ← called in cell 4, line 1");
}

#[test]
fn methods_closures_and_libraries_between_them_are_told() {
    let mut session = Session::after(&[
        "struct P(u32); trait Area { fn area(&self) -> u32; }\nimpl Area for P { fn area(&self) -> u32 {\n    1 / self.0\n} }",
    ]);
    let error = session
        .fails("let all = [P(1), P(0)];\nlet sum: u32 = all.iter()\n    .map(|p| p.area())\n    .sum();");
    assert_eq!(
        calls(&error),
        "`<P as Area>::area` (cell 1, line 3) ← a closure (cell 2, line 3) ← called in cell 2, line 4"
    );
}

#[test]
fn a_panic_inside_a_library_stands_at_the_users_line() {
    let mut session = Session::after(&[
        "fn first(x: Vec<f64>) -> f64 {\n    let mut x = x;\n    x.sort_by(|a, b| if a == b { panic!(\"same\") } else { a.total_cmp(b) });\n    x[0]\n}",
    ]);
    let error = session.fails("first(vec![1.0, 1.0])");
    assert_eq!(calls(&error), "`first` (cell 1, line 3), 2 times ← called in cell 2, line 1");
    let error = session
        .fails("fn wait() {\n\n    std::thread::scope(|s| { s.spawn(|| panic!(\"deep\")); });\n}\nwait()");
    assert!(drawn(&error).contains("cell 3:3:"), "{}", drawn(&error));
}

#[test]
fn a_recursion_is_told_once_and_a_stored_closure_by_its_cell() {
    let mut session = Session::after(&[
        "fn down(n: u32) -> u32 {\n    if n == 0 { panic!(\"bottom\") }\n    down(n - 1)\n}",
        "let stored: Box<dyn Fn(u32) -> u32> =\n    Box::new(|n| down(n));",
    ]);
    let error = session.fails("stored(10)");
    assert_eq!(
        calls(&error),
        "`down` (cell 1, line 2) ← `down` (cell 1, line 3), 10 times ← a closure (cell 2, line 2) ← called in cell 3, line 1"
    );
}

#[test]
fn a_panic_in_a_statement_of_the_cell_needs_no_calls() {
    let mut session = Session::after(&["fn f(x: u32) -> u32 { 10 / x }"]);
    for code in ["panic!(\"here\")", "f(1);\nlet x: Option<i32> = None;\nx.unwrap();"] {
        let error = session.fails(code);
        assert!(!drawn(&error).contains("note: in"), "{}", drawn(&error));
    }
}

#[test]
fn a_panic_of_a_thread_that_ends_the_cell_tells_the_threads_own_calls() {
    let mut session = Session::after(&["fn half(x: u32) -> u32 {\n    1 / x\n}"]);
    let error = session.fails("std::thread::Builder::new().name(\"worker\".into()).spawn(|| half(0))?.join().map_err(std::panic::resume_unwind)?;");
    let text = drawn(&error);
    assert!(text.contains("cell 1:2:5") && text.contains("it happened in the thread `worker`"), "{text}");
}
