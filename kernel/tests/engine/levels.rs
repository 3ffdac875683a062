//! How much cells are optimised: chosen by what they contain, or forced, and never seen in what they do.

use ferrolab_kernel::engine::{OptLevel, StreamName};

use crate::harness::{Session, drawn, text};

const LEVELS: [Option<OptLevel>; 5] =
    [None, Some(OptLevel(0)), Some(OptLevel(1)), Some(OptLevel(2)), Some(OptLevel(3))];

fn level(session: &Session) -> u8 {
    session.engine.optimised().expect("a cell has run").level.0
}

#[test]
fn a_cell_is_optimised_by_what_it_contains() {
    let mut session = Session::new();
    // A method, since functions are compiled apart and then linked by cells of level 0.
    session.ok(
        "struct Walker(u64);\n\
         impl Walker { fn walk(&mut self, n: u64) { for i in 0..n { self.0 = self.0.wrapping_mul(i | 1); } } }",
    );
    session.ok("let mut walker = Walker(1);");
    for (cell, expected) in [
        ("let x = 1 + 1;", 0),
        ("let mut s = 0.0f64; for i in 0..100_000_000u64 { s += i as f64 * 0.5; } s", 2),
        ("for i in 0..3 { println!(\"{i}\"); }", 0),
        ("walker.walk(3)", 0),
        ("walker.walk(200_000_000)", 2),
        ("let turns = 200_000_000u64;", 0),
        ("walker.walk(turns)", 2),
    ] {
        session.ok(cell);
        assert_eq!(level(&session), expected, "{cell}");
    }
    assert!(session.engine.optimised().unwrap().why.contains("level 2 to compile"));
}

#[test]
fn a_forced_level_holds_for_all_cells_until_it_is_given_up() {
    let mut session = Session::new();
    for forced in [3, 1] {
        *session.engine.opt_level() = Some(OptLevel(forced));
        session.ok("let x = 1;");
        assert_eq!(level(&session), forced);
    }
    assert!(session.engine.optimised().unwrap().why.contains(":opt"));
    *session.engine.opt_level() = None;
    session.ok("let x = 1;");
    assert_eq!(level(&session), 0);
}

#[test]
fn an_overflow_and_a_false_assertion_panic_at_every_level() {
    let mut session = Session::new();
    for forced in LEVELS {
        *session.engine.opt_level() = forced;
        let error = session.fails("let mut n = 250u8; for _ in 0..std::hint::black_box(10) { n += 1; } n");
        assert_eq!(error.evalue, "attempt to add with overflow", "{forced:?}");
        let error = session.fails("debug_assert!(std::hint::black_box(1) == 2, \"one is not two\");");
        assert_eq!(error.evalue, "one is not two", "{forced:?}");
    }
}

#[test]
fn results_are_the_same_at_every_level() {
    let mut session = Session::after(&[
        "fn collatz(start: u64) -> u64 { let (mut n, mut steps) = (start, 0); while n != 1 { n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 }; steps += 1; } steps }",
        "let xs: Vec<f64> = (0..1000).map(|i| (i as f64).sin()).collect();",
    ]);
    for cell in [
        "(1..1000).map(collatz).max().unwrap()",
        "let mut s = 0.0; for (i, x) in xs.iter().enumerate() { s += x * i as f64; } s",
        "'rows: for y in 0..9 { for x in 0..9 { if x * y == 42 { break 'rows; } if x > y { continue 'rows; } } }\nloop { break 7 }",
        "let mut n = 3; let found = while n < 100 { n *= 2; }; (n, found)",
    ] {
        let mut results = LEVELS.map(|forced| {
            *session.engine.opt_level() = forced;
            session.result(cell)
        });
        results.sort();
        assert_eq!(results.first(), results.last(), "{cell}");
    }
}

#[test]
fn an_optimised_loop_can_be_interrupted_and_variables_are_kept() {
    let mut session = Session::after(&["let mut sum = 1u64;"]);
    let output = session.output();
    let error = session.interrupted_when(
        move || output().contains("on"),
        "println!(\"on\"); for i in 0..1_000_000_000_000_000u64 { sum = sum.wrapping_add(i) | 1; }",
    );
    assert_eq!((error.ename.as_str(), level(&session)), ("Interrupted", 2));
    assert!(error.evalue.contains("variables are kept"), "{}", error.evalue);
    assert_eq!(session.result("sum % 2"), "1");
}

#[test]
fn loops_of_destructors_end_while_an_interrupted_cell_unwinds() {
    let mut session = Session::after(&[
        "let kept = 5;",
        "struct Guard; impl Drop for Guard { fn drop(&mut self) { for i in 0..3 { println!(\"dropped {i}\"); } } }",
    ]);
    let output = session.output();
    let (error, events) = session
        .interrupt_when(move || output().contains("on"), "{ let _guard = Guard; println!(\"on\"); loop {} }");
    assert_eq!(error.unwrap().ename, "Interrupted");
    assert!(text(&events, StreamName::Stdout).ends_with("dropped 2\n"));
    assert_eq!(session.result("kept"), "5");
}

/// A session with functions that have been compiled apart: it waits until a cell that calls the first links it.
fn with_functions_apart(definitions: &str, call: &str) -> Session {
    let mut session = Session::after(&[definitions]);
    for _ in 0..1000 {
        session.ok(call);
        if session.engine.optimised().unwrap().why.contains("compiled with level 2 before") {
            return session;
        }
    }
    panic!("{:?}", session.engine.optimised());
}

const WALK: &str = "const FACTOR: u64 = 3;\nfn step(at: u64) -> u64 {\n    at * FACTOR\n}\n\
                    fn walk(n: u64) -> u64 {\n    let mut at = 1;\n    for _ in 0..n {\n        at = step(at);\n    }\n    at\n}";

#[test]
fn functions_of_earlier_cells_are_optimised_in_the_background() {
    let mut session = with_functions_apart(WALK, "walk(3)");
    assert_eq!(session.result("walk(4)"), "81");
    assert_eq!(session.result("[1, 2].map(walk)"), "[3, 9]");
    assert_eq!(level(&session), 0);
    let error = session.fails("\nwalk(100)");
    assert_eq!(error.evalue, "attempt to multiply with overflow");
    assert!(drawn(&error).contains("cell 1:3:5"), "{}", drawn(&error));
    let error = session.fails("walk(\"three\")");
    assert_eq!(error.ename, "E0308");
    assert!(drawn(&error).contains("cell 1:5:4"), "{}", drawn(&error));
}

#[test]
fn what_a_function_reaches_is_defined_anew_and_the_old_code_is_not_used_any_more() {
    let mut session = with_functions_apart(WALK, "walk(3)");
    session.ok("const FACTOR: u64 = 2;");
    assert_eq!(session.result("walk(3)"), "8");
    session.ok("fn walk(n: u64) -> u64 { n }");
    assert_eq!(session.result("walk(3)"), "3");
    session.ok("struct At(u64); fn step(at: u64) -> u64 { At(at).0 + 5 }");
    session.ok("fn walk(n: u64) -> u64 { let mut at = 0; for _ in 0..n { at = step(at); } at }");
    assert_eq!(session.result("walk(3)"), "15");
}

#[test]
fn functions_compiled_apart_are_there_in_a_new_process_and_can_be_interrupted() {
    let mut session = with_functions_apart(
        "fn wait(n: u64) -> u64 { if n > 9 { println!(\"on\"); } let mut i = 0; while i != n { i += 1; } i }",
        "wait(3)",
    );
    session.ok("let kept = 5;");
    assert_eq!(session.fails("std::process::exit(3)").ename, "ProcessDied");
    assert_eq!(session.result("wait(5)"), "5");
    session.ok("let kept = 5;");
    let output = session.output();
    let error = session.interrupted_when(move || output().contains("on"), "wait(u64::MAX)");
    assert_eq!(error.ename, "Interrupted");
    assert_eq!(session.result("kept"), "5");
    session.engine.clear().unwrap();
    assert_eq!(session.fails("wait(3)").ename, "E0425");
}
