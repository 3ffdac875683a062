//! Warnings: those that help in a notebook, and no others.

use crate::harness::{Session, text};
use ferrolab_kernel::engine::StreamName;
use ferrolab_kernel::runner::report::plain;

fn warned(session: &mut Session, code: &str) -> String {
    plain(&text(&session.ok(code), StreamName::Stderr))
}

#[test]
fn code_that_does_not_do_what_it_seems_to_do_is_warned_of() {
    let mut session = Session::after(&[
        "fn fails() -> Result<(), String> { Err(\"no\".into()) }\nlet v = vec![3]; let n = 5_u32; let gone = vec![1];",
    ]);
    let text = warned(&mut session, "let a = 1;\nfails();");
    assert!(text.starts_with("warning[unused_must_use]: unused `"), "{text}");
    assert!(text.contains("cell 2:2:1"), "{text}");
    for (code, lint) in [
        ("v.iter().map(|x| x * 2);", "unused_must_use"),
        ("v == [3];", "unused_must_use"),
        ("n >= 0", "unused_comparisons"),
        ("fn deep(n: i32) -> i32 { deep(n + 1) }", "unconditional_recursion"),
        ("return; println!(\"never\");", "unreachable_code"),
        ("match n { _ => 1, 5 => 2 }", "unreachable_patterns"),
        ("gone;", "path_statements"),
    ] {
        let text = warned(&mut session, code);
        assert!(text.contains(lint), "{code}: {text}");
    }
}

#[test]
fn what_later_cells_may_use_is_not_warned_of() {
    let mut session = Session::new();
    for code in [
        "use std::collections::HashMap;",
        "let unused = 5; let mut never_changed = 6;",
        "fn helper() {} struct S { field: i32 }",
        "unused;",
        "unused + 1;",
        "let mut a = 5; a = 6;",
        "let CamelCase = 1;",
        "#![allow(unused_must_use)]\nOk::<i32, i32>(1);",
        "#[allow(unconditional_recursion)] fn deep(n: i32) -> i32 { deep(n + 1) }",
        "deep;",
        "fn end() -> ! { std::panic::resume_unwind(Box::new(1)) }\nlet ended = std::panic::catch_unwind(|| { end() }).is_err();",
    ] {
        assert_eq!(warned(&mut session, code), "", "{code}");
    }
}

#[test]
fn what_stands_around_a_panic_that_ends_the_cell_is_not_warned_of() {
    let mut session = Session::new();
    for code in ["panic!(\"x\")", "let n: i32 = todo!();", "panic!(\"x\");"] {
        let (result, events) = session.run(code);
        assert_eq!(result.unwrap_err().ename, "panic");
        assert_eq!(text(&events, StreamName::Stderr), "", "{code}");
    }
}
