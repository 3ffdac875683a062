//! Cells that fail while they run, and what is left after them.

use std::sync::{Arc, OnceLock};

use crate::harness::{Session, drawn, engine, kind, text};
use ferrolab_kernel::engine::{CellError, Event, EventSink, Interrupt, StreamName};

#[test]
fn a_panic_fails_with_its_message_and_line_and_keeps_the_old_variables() {
    let mut session = Session::after(&["let v = vec![1, 2]; let mut n = 1;"]);
    let error = session.fails("n = 5;\nlet new = 1;\nlet ä = v[7];\nprintln!(\"never\");");
    assert_eq!(error.ename, "panic");
    assert_eq!(error.evalue, "index out of bounds: the len is 2 but the index is 7");
    assert!(
        drawn(&error).contains("cell 2:3:9") && drawn(&error).contains("let ä = v[7];"),
        "{}",
        drawn(&error)
    );
    assert_eq!(session.result("(v.len(), n)"), "(2, 5)");
    assert_eq!(session.fails("new").ename, "E0425");
}

#[test]
fn a_panic_in_a_function_of_another_cell_shows_that_cell() {
    let mut session = Session::after(&["\n\nfn f(x: u32) -> u32 {\n    10 / x\n}"]);
    let error = session.fails("let y = f(0);");
    assert_eq!(error.evalue, "attempt to divide by zero");
    assert!(drawn(&error).contains("cell 1:4:5"), "{}", drawn(&error));
}

#[test]
fn a_failing_question_mark_is_an_error_with_its_line() {
    only_direct!("on evcxr it is known by its text and its statement");
    let mut session = Session::after(&["let mut n = 1;"]);
    let error = session.fails("n = 2;\nlet text = std::fs::read_to_string(\"/no/such/file\")?;\nn = 3;");
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("Error", "No such file or directory (os error 2)")
    );
    assert!(drawn(&error).contains("cell 2:2:12"), "{}", drawn(&error));
    assert_eq!(session.result("n"), "2");
    let error = session.fails("\"x\".parse::<i32>()?;");
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("ParseIntError", "invalid digit found in string")
    );
    assert_eq!(session.fails("Err(\"own words\")?").evalue, "own words");
}

#[test]
fn a_caught_panic_or_one_in_a_thread_is_told_and_the_cell_goes_on() {
    let mut session = Session::new();
    let events =
        session.ok("let r = std::panic::catch_unwind(|| panic!(\"caught\")); println!(\"{}\", r.is_err());");
    assert!(text(&events, StreamName::Stderr).contains("panicked at cell 1:1:37:\ncaught"), "{events:?}");
    let events =
        session.ok("let r = std::thread::spawn(|| panic!(\"inside\")).join(); println!(\"{}\", r.is_err());");
    assert!(text(&events, StreamName::Stderr).contains("inside"), "{events:?}");
    assert_eq!(text(&events, StreamName::Stdout), "true\n");
}

/// Runs a cell that prints `ready` and then does not end, and interrupts it there.
#[track_caller]
fn interrupted(session: &mut Session, code: &str) -> CellError {
    let output = session.output();
    session.interrupted_when(move || output().contains("ready"), code)
}

#[test]
fn any_loop_can_be_interrupted_and_the_variables_are_kept() {
    let mut session = Session::after(&[
        "let mut n = 0_u64; let kept = vec![1];",
        "fn forever() { println!(\"ready\"); let mut i = 0; while i >= 0 { i = 1; } }",
    ]);
    let error =
        interrupted(&mut session, "n = 7;\nprintln!(\"ready\");\nloop { n = n.wrapping_add(1) % 1000; }");
    assert_eq!(error.ename, "Interrupted");
    assert!(drawn(&error).contains("cell 3:3:1"), "{}", drawn(&error));
    assert_eq!(session.result("kept[0] + (n < 1000) as i32"), "2");
    assert_eq!(interrupted(&mut session, "{ let c = || forever(); c() }").ename, "Interrupted");
    assert_eq!(session.result("kept.len()"), "1");
}

#[test]
fn a_cell_that_does_not_notice_the_interrupt_is_killed_and_says_what_is_lost() {
    let mut session = Session::after(&["let a = 1; let b = 2;", "fn f() -> i32 { 3 }"]);
    let error = interrupted(
        &mut session,
        "println!(\"ready\"); std::thread::sleep(std::time::Duration::from_secs(1000));",
    );
    assert_eq!(error.ename, "Interrupted");
    assert!(drawn(&error).contains("lost variables: a, b"), "{}", drawn(&error));
    assert_eq!(session.result("f()"), "3");
    assert!(drawn(&session.fails("a")).contains("it was lost when the process"));
}

#[test]
fn a_progress_bar_and_a_thread_pool_stop_too() {
    let mut session = Session::after(&["use ferrolab::display::progress; let kept = 1;"]);
    let error = interrupted(&mut session, "println!(\"ready\"); progress(0..).for_each(|_| ());");
    assert_eq!(error.ename, "Interrupted");
    let scoped = "println!(\"ready\"); std::thread::scope(|s| { s.spawn(|| loop {}).join().map_err(std::panic::resume_unwind) });";
    assert_eq!(interrupted(&mut session, scoped).ename, "Interrupted");
    assert_eq!(session.result("kept"), "1");
}

#[test]
fn an_interrupt_between_compiler_and_run_is_not_lost() {
    let interrupt: Arc<OnceLock<Interrupt>> = Arc::default();
    let sink: EventSink = {
        let interrupt = interrupt.clone();
        Arc::new(move |event| {
            // What is told of a variable that goes is told when the cell has been compiled and does not run yet.
            if let Event::Stream { text, .. } = event
                && text.contains("is dropped")
            {
                interrupt.get().unwrap()();
            }
        })
    };
    let mut engine = engine(kind(), sink);
    assert!(interrupt.set(engine.interrupt()).is_ok());
    engine.execute("struct P(u8); let p = P(1); let kept = 1;", 1).unwrap();
    let error = engine.execute("struct P(u16); loop {}", 2).unwrap_err();
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("Interrupted", "the cell was interrupted before it ran")
    );
    engine.execute("assert_eq!(kept, 1);", 3).unwrap();
}

#[test]
fn an_interrupt_when_nothing_runs_is_harmless() {
    let mut session = Session::after(&["let x = 1;"]);
    session.engine.interrupt()();
    assert_eq!(session.result("let mut i = 0; while i < 3 { i += x; } i"), "3");
}

#[test]
fn a_library_panic_shows_the_statement_of_the_cell() {
    let error =
        Session::new().fails("let a = 1;\nstd::thread::scope(|s| { s.spawn(|| panic!(\"deep\")); });");
    assert_eq!(error.ename, "panic");
    assert!(drawn(&error).contains("cell 1:2:"), "{}", drawn(&error));
}
