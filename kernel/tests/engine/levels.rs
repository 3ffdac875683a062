//! How much cells are optimised: chosen by what they contain, or forced, and never seen in what they do.

use ferrolab_kernel::engine::{OptLevel, StreamName};

use crate::harness::{Session, text};

const LEVELS: [Option<OptLevel>; 5] =
    [None, Some(OptLevel(0)), Some(OptLevel(1)), Some(OptLevel(2)), Some(OptLevel(3))];

fn level(session: &Session) -> u8 {
    session.engine.optimised().expect("a cell has run").level.0
}

#[test]
fn a_cell_is_optimised_by_what_it_contains() {
    let mut session = Session::new();
    session.ok(
        "fn walk(n: u64) -> u64 { let mut at = 1u64; for i in 0..n { at = at.wrapping_mul(i | 1); } at }",
    );
    for (cell, expected) in [
        ("let x = 1 + 1;", 0),
        ("let mut s = 0.0f64; for i in 0..100_000_000u64 { s += i as f64 * 0.5; } s", 2),
        ("for i in 0..3 { println!(\"{i}\"); }", 0),
        ("walk(3)", 0),
        ("walk(200_000_000)", 2),
        ("let turns = 200_000_000u64;", 0),
        ("walk(turns)", 2),
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
