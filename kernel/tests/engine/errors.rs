//! Compile errors, on the lines that the user wrote.

use crate::harness::{Session, drawn};

#[test]
fn an_error_shows_the_users_own_line_whatever_is_around_it() {
    let mut session = Session::after(&["let größe = 3;"]);
    let error = session.fails("use std::fmt;\nfn f() {}\nfor i in 0..3 { loop { let 名前: i32 = \"😀\"; } }");
    assert_eq!(error.ename, "E0308");
    assert_eq!(error.evalue, "mismatched types: expected `i32`, found `&str`");
    let expected = "\
error[E0308]: mismatched types
 --> cell 2:3:38
  |
3 | for i in 0..3 { loop { let 名前: i32 = \"😀\"; } }
  |                                  ---   ^^^^ expected `i32`, found `&str`
  |                                  |
  |                                  expected due to this
`:explain E0308` tells more";
    assert_eq!(drawn(&error), expected);
}

#[test]
fn what_is_known_to_panic_is_shown_where_it_stands() {
    let error = Session::new().fails("let items = [1, 2, 3];\nitems[5]");
    let drawn = drawn(&error);
    assert!(drawn.contains("cell 1:2:1") && drawn.contains("the length is 3 but the index is 5"), "{drawn}");
}

#[test]
fn a_type_that_a_later_cell_would_tell_must_be_named() {
    let error = Session::new().fails("let list = Vec::new();");
    assert!(drawn(&error).contains("a later cell cannot tell the type"), "{}", drawn(&error));
}

#[test]
fn the_last_expression_is_no_exception() {
    let error = Session::new().fails("let x = 1;\n  x.nope()");
    assert_eq!(error.evalue, "no method named `nope` found for type `{integer}` in the current scope");
    assert!(drawn(&error).contains("cell 1:2:5"), "{}", drawn(&error));
}

#[test]
fn syntax_errors_point_into_the_cell() {
    let mut session = Session::new();
    let error = session.fails("let x = = 1;");
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("SyntaxError", "expected expression, found `=`")
    );
    assert!(drawn(&error).contains("cell 1:1:9"), "{}", drawn(&error));
    let error = session.fails("fn f() {\n    1 + 1\n");
    assert_eq!(error.evalue, "this file contains an unclosed delimiter");
    let error = session.fails("let a = 1; }");
    assert_eq!(error.evalue, "unexpected closing delimiter: `}`");
}

#[test]
fn a_panicking_constant_is_one_error_in_its_own_words() {
    let mut session = Session::after(&[
        "#[track_caller] const fn positive(n: i32) -> i32 { if n <= 0 { panic!(\"the size must be positive\") } n }",
    ]);
    let error = session.fails("const N: i32 = positive(-1);\nlet a = N; let b = N + N;");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("E0080", "the size must be positive"));
    assert_eq!(error.traceback.len(), 1, "{}", drawn(&error));
    assert!(drawn(&error).contains("cell 2:1:16"), "{}", drawn(&error));
}

#[test]
fn several_errors_come_each_once() {
    let error = Session::new().fails("let a: i32 = \"x\";\nlet b: u8 = 1.5;\nundefined();");
    assert_eq!(error.traceback.len(), 3, "{}", drawn(&error));
    assert!(drawn(&error).contains("cell 1:3:1"));
}

#[test]
fn suggestions_are_shown() {
    let error = Session::new().fails("let numbers = vec![1];\nnumbers.push(2);");
    assert_eq!(error.ename, "E0596");
    assert!(drawn(&error).contains("let mut numbers"), "{}", drawn(&error));
}

#[test]
fn question_mark_on_an_option_is_explained() {
    let error = Session::new().fails("let x = vec![1].pop()?;");
    assert_eq!(error.ename, "E0277");
    assert!(error.evalue.contains("`?`"), "{}", error.evalue);
}

#[test]
fn an_error_inside_a_macro_of_a_cell_is_shown_with_the_call() {
    let mut session = Session::after(&["macro_rules! join {\n    ($a:expr) => { $a + 1 }\n}"]);
    let error = drawn(&session.fails("let z = 1;\njoin!(\"text\")"));
    assert!(error.contains("--> cell 1:2:") || error.contains("::: cell 1:2:"), "{error}");
    assert!(error.contains("cell 2:2:") && error.contains("in this call"), "{error}");
}

#[test]
fn quotation_marks_of_a_text_processor_are_one_error_with_what_to_write() {
    let mut session = Session::new();
    let error = drawn(&session.fails("println!(\u{201c}hello\u{201d});"));
    assert_eq!(error.matches("error: ").count(), 1, "{error}");
    assert!(error.contains("println!(\"hello\");"), "{error}");
}

#[test]
fn a_module_without_text_says_what_can_be_done() {
    let mut session = Session::new();
    let error = drawn(&session.fails("mod shapes;"));
    assert!(error.contains("mod shapes { … }") && error.contains(":dep ./shapes"), "{error}");
    assert!(!error.contains("/tmp/") && !error.contains(".rs"), "{error}");
}

#[test]
fn an_earlier_item_that_does_not_compile_any_more_fails_only_the_cells_that_need_it() {
    let mut session = Session::after(&[
        "fn helper(a: u8) -> u8 { a }",
        "fn caller() -> u8 { helper(1) }",
        "fn helper(a: u8, b: u8) -> u8 { a + b }",
    ]);
    assert_eq!(session.result("struct Named { caller: u8 } Named { caller: 4 }.caller"), "4");
    let error = session.fails("caller()");
    assert_eq!(error.ename, "E0061");
    assert!(drawn(&error).contains("cell 2:1"), "{}", drawn(&error));
    session.ok("fn helper(a: u8) -> u8 { a }");
    assert_eq!(session.result("caller()"), "1");
}
