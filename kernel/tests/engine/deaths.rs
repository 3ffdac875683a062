//! Cells that end the process they run in: the reader learns why, what is lost and what is left.

use std::time::{Duration, Instant};

use crate::harness::{Session, drawn, text};
use ferrolab_kernel::engine::StreamName;

/// Runs a cell that ends the process; its error, drawn. Checks that the session goes on.
#[track_caller]
fn death(session: &mut Session, code: &str) -> String {
    session.ok("let v = vec![1];");
    let error = session.fails(code);
    let text = drawn(&error);
    assert_eq!(error.ename, "ProcessDied", "{code}: {text}");
    assert!(text.contains("lost variables: v"), "{text}");
    assert!(text.contains("functions, types and imports are still there"), "{text}");
    assert!(text.contains("to have the variables again, run cell "), "{text}");
    assert_eq!(session.result("f()"), "{1}");
    text
}

fn session() -> Session {
    Session::after(&["use std::collections::BTreeSet;", "fn f() -> BTreeSet<i32> { BTreeSet::from([1]) }"])
}

#[test]
fn a_stack_overflow_is_called_so() {
    let code = "fn deep(n: u64) -> u64 { let a = [n; 64]; if n == u64::MAX { 0 } else { deep(n + 1) + a[(n % 64) as usize] } }\ndeep(0)";
    let text = death(&mut session(), code);
    assert!(text.contains("the stack overflowed") && text.contains("help: a recursion"), "{text}");
}

#[test]
fn an_exit_tells_its_code_and_what_was_printed_before_arrives() {
    let mut session = session();
    let text = death(&mut session, "std::process::exit(3)");
    assert!(text.contains("exit code 3"), "{text}");
    let (_, events) = session.run("println!(\"last words\"); std::process::exit(0)");
    assert_eq!(crate::harness::text(&events, StreamName::Stdout), "last words\n");
}

#[test]
fn an_abort_is_called_so() {
    let text = death(&mut session(), "std::process::abort()");
    assert!(text.contains("SIGABRT"), "{text}");
}

#[test]
fn a_crash_is_called_so() {
    let text = death(&mut session(), "unsafe { *(8 as *mut i32) = 1 }");
    assert!(text.contains("SIGSEGV"), "{text}");
}

#[test]
fn a_null_pointer_is_found_on_its_line() {
    let text = death(&mut session(), "let p: *const i32 = std::ptr::null();\nlet x = unsafe { *p };");
    assert!(text.contains("null pointer") && text.contains("cell 4:2:"), "{text}");
}

#[test]
fn a_panic_in_a_destructor_during_a_panic_is_told_with_its_line() {
    let mut session = session();
    session.ok("struct Bad; impl Drop for Bad {\nfn drop(&mut self) { panic!(\"in drop\") } }");
    let text = death(&mut session, "let bad = Bad;\npanic!(\"first\")");
    assert!(text.contains("in drop") && text.contains("cell 3:2:") && text.contains("destructor"), "{text}");
}

#[test]
fn memory_that_is_not_there_is_told_in_numbers() {
    let text = death(&mut session(), "let big = vec![1_u8; 1 << 46];");
    assert!(text.contains("64.0 TiB were asked for") && text.contains("the machine has"), "{text}");
}

#[test]
fn a_process_killed_from_outside_says_so() {
    let code = "std::process::Command::new(\"kill\").args([\"-9\", &std::process::id().to_string()]).status()?; loop {}";
    let text = death(&mut session(), code);
    assert!(text.contains("SIGKILL"), "{text}");
}

#[test]
fn a_process_that_ends_between_two_cells_is_noticed() {
    let mut session = session();
    let id: String = session.result("std::process::id()");
    let killed = std::process::Command::new("kill").args(["-9", &id]).status().unwrap();
    assert!(killed.success());
    // The next cell may be given to the process before its end is seen; either way it says so.
    let text = drawn(&session.fails("1 + 1"));
    assert!(text.contains("SIGKILL"), "{text}");
    assert_eq!(session.result("f()"), "{1}");
}

#[cfg(target_os = "linux")]
#[test]
fn programs_that_the_cell_has_started_do_not_stay_behind() {
    let mut session = session();
    let (_, events) = session.run(
        "let child = std::process::Command::new(\"sleep\").arg(\"1000\").spawn()?; print!(\"{}\", child.id()); std::process::exit(3)",
    );
    let id = text(&events, StreamName::Stdout);
    // Gone, or a zombie for which nobody has asked yet; on a busy machine a killed process takes a moment to die.
    let there = || {
        let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        !state.is_empty() && !state.contains(") Z ")
    };
    let patience = Instant::now() + Duration::from_secs(20);
    while there() {
        assert!(Instant::now() < patience, "the program {id} lives");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_the_first_that_the_system_ends_when_memory_runs_out() {
    let score = Session::new()
        .result("std::fs::read_to_string(\"/proc/self/oom_score_adj\")?.trim().parse::<i32>()? >= 500");
    assert_eq!(score, "true");
}
