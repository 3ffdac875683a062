//! How a cell can begin and end: returns, breaks, awaits, odd first bytes, included files.

use crate::harness::{Session, drawn, text};
use ferrolab_kernel::engine::StreamName;

#[test]
fn a_return_ends_the_cell() {
    let mut session = Session::after(&["let v = vec![1];"]);
    for cell in [
        "print!(\"a\"); return; print!(\"b\");",
        "print!(\"a\"); let Some(n) = v.get(5) else { return };\nprintln!(\"{n}\");",
        "print!(\"a\"); return Ok(());",
        "for _ in 0..3 { print!(\"a\"); if !v.is_empty() { return } }",
    ] {
        assert_eq!(text(&session.ok(cell), StreamName::Stdout), "a", "{cell}");
    }
    assert_eq!(session.result("v"), "[1]");
}

#[test]
fn a_break_outside_of_a_loop_is_called_so() {
    let mut session = Session::new();
    let error = session.fails("break;");
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("E0268", "`break` outside of a loop or labeled block")
    );
    let error = session.fails("let f = || { break };");
    assert_eq!(error.ename, "E0267", "a closure of the user's own");
}

#[test]
fn a_text_that_ends_too_early_is_an_error_at_its_end() {
    let mut session = Session::new();
    let error = session.fails("let z = 3");
    assert_eq!(error.evalue, "expected `;`, found the end of the cell");
    let text = drawn(&session.fails("1 +"));
    assert!(text.contains("found the end of the cell") && text.contains("cell 2:1:4"), "{text}");
}

#[test]
fn marks_and_line_ends_of_editors_and_scripts_do_no_harm() {
    let mut session = Session::new();
    assert_eq!(session.result("\u{feff}let c = 2; c"), "2");
    assert_eq!(session.result("#!/usr/bin/env rust\r\n1 + 1\r\n"), "2");
    assert_eq!(session.result("//! What this cell does.\n/// And that.\nlet x = 5; x"), "5");
    assert_eq!(session.result("\"a\r\nb\".len()"), "3");
}

#[test]
fn included_files_lie_beside_the_notebook() {
    let name = format!("ferrolab-included-{}.txt", std::process::id());
    let file = std::env::temp_dir().join(&name);
    std::fs::write(&file, "3 + 4").unwrap();
    let mut session = Session::new();
    assert_eq!(
        session.result(&format!("println!(\"{{}}\", include_str!(\"{name}\")); include!(\"{name}\")")),
        "7"
    );
    session.ok(&format!("const TEXT: &str = include_str!(\"{name}\");"));
    assert_eq!(session.result("TEXT"), "\"3 + 4\"");
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_cell_can_await() {
    let mut session = Session::after(&[
        "async fn add(a: i32, b: i32) -> i32 { a + b }\nasync fn fails() -> Result<i32, String> { Err(\"no\".into()) }",
        "let mut log = vec![0];",
        "let sum = add(1, 2).await;\nlet words = async { vec![String::from(\"w\")] }.await;\nlog.push(sum);",
    ]);
    assert_eq!(session.result("(sum, &words, &log)"), "(3, [\"w\"], [0, 3])");
    assert_eq!(session.result("add(add(1, 1).await, 5).await"), "7");
    let error = session.fails("log.push(9);\nlet x = fails().await?;");
    assert_eq!(
        (error.evalue.as_str(), drawn(&error).contains("cell 6:2:")),
        ("no", true),
        "{}",
        drawn(&error)
    );
    let error = session.fails("let s: String =\n    add(1, 2).await;");
    assert!(drawn(&error).contains("cell 7:2:5"), "{}", drawn(&error));
    let owned = "let owned = String::from(\"x\");";
    session.ok(owned);
    session.ok("let taken = async move { owned }.await;");
    assert!(drawn(&session.fails("owned")).contains("it was moved in cell 9"));
    assert_eq!(session.result("(&taken, &log)"), "(\"x\", [0, 3, 9])");
}

#[test]
fn a_future_that_never_ends_can_be_interrupted_and_the_variables_are_kept() {
    let mut session = Session::after(&["let mut n = 1;"]);
    let output = session.output();
    let code = "n = 2; println!(\"waits\");\nstd::future::pending::<()>().await;";
    let error = session.interrupted_when(move || output().contains("waits"), code);
    assert_eq!(error.ename, "Interrupted");
    assert_eq!(session.result("n"), "2");
}
