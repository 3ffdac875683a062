//! Tests of the error texts, on messages as rustc 1.95 writes them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::cell::CellText;
use crate::runner::report::plain;

fn cell(text: &str) -> Arc<CellText> {
    Arc::new(CellText { number: 3, text: text.to_owned() })
}

/// A span over the first occurrence of `word`.
fn span(text: &str, word: &str, primary: bool, label: Option<&str>) -> Value {
    let start = text.find(word).unwrap();
    json!({
        "file_name": "cell_3.rs", "byte_start": start, "byte_end": start + word.len(), "is_primary": primary,
        "label": label, "suggested_replacement": null, "expansion": null,
    })
}

fn message(text: &str, code: Option<&str>, spans: Value, children: Value) -> Diagnostic {
    let code = code.map(|code| json!({"code": code}));
    let value =
        json!({"message": text, "code": code, "level": "error", "spans": spans, "children": children});
    serde_json::from_value(value).unwrap()
}

fn shown(text: &str, messages: &[Diagnostic]) -> CellError {
    let cell = cell(text);
    let locate = |span: &Span| {
        (span.file_name == "cell_3.rs")
            .then(|| Place { cell: cell.clone(), range: span.byte_start..span.byte_end })
    };
    compile_error(messages, &locate, &|_| None)
}

#[test]
fn a_type_error_shows_the_users_line_with_carets_and_labels() {
    let text = "let ä = \"😀\";\nlet y: i32 = ä;";
    let spans = json!([
        span(text, "ä;", true, Some("expected `i32`, found `&str`")),
        span(text, "i32", false, Some("expected due to this")),
    ]);
    let error = shown(text, &[message("mismatched types", Some("E0308"), spans, json!([]))]);
    assert_eq!(error.ename, "E0308");
    assert_eq!(error.evalue, "mismatched types: expected `i32`, found `&str`");
    let expected = "\
error[E0308]: mismatched types
 --> cell 3:2:14
  |
2 | let y: i32 = ä;
  |        ---   ^^ expected `i32`, found `&str`
  |        |
  |        expected due to this";
    assert_eq!(plain(&error.traceback[0]), expected);
}

#[test]
fn a_failed_constant_is_one_error_in_its_own_words() {
    let text = "let model = sequential!(Input([3, 32, 32]).dense(64));";
    let inside = json!({
        "file_name": "/lib/plan.rs", "byte_start": 1, "byte_end": 2, "is_primary": true, "label": "evaluation failed here",
        "suggested_replacement": null, "expansion": {"span": span(text, "sequential!", false, None)},
    });
    let words =
        "evaluation panicked: dense(64) needs a flat input, got [3, 32, 32]: add `.flatten()` before it";
    let children = json!([{"message": "inside `Plan::dense`", "code": null, "level": "note", "spans": [], "children": []}]);
    let error = message(words, Some("E0080"), json!([inside]), children);
    let end = message("aborting due to 1 previous error", None, json!([]), json!([]));
    let shown = shown(text, &[error.clone(), error, end]);
    assert_eq!(shown.evalue, "dense(64) needs a flat input, got [3, 32, 32]: add `.flatten()` before it");
    assert_eq!(shown.traceback.len(), 1);
    assert!(plain(&shown.traceback[0]).contains("cell 3:1:13"), "{}", shown.traceback[0]);
    assert!(!shown.traceback[0].contains("inside"), "{}", shown.traceback[0]);
}

#[test]
fn a_suggestion_shows_the_changed_line() {
    let text = "let x = 1;\nx = 2;";
    let mut change = span(text, "x = 1", true, None);
    change["byte_end"] = change["byte_start"].clone();
    change["suggested_replacement"] = json!("mut ");
    let help = json!([{
        "message": "consider making this binding mutable", "code": null, "level": "help", "spans": [change], "children": [],
    }]);
    let spans = json!([span(text, "x = 2", true, Some("cannot assign twice to immutable variable"))]);
    let error =
        shown(text, &[message("cannot assign twice to immutable variable `x`", Some("E0384"), spans, help)]);
    let drawn = plain(&error.traceback[0]);
    assert!(drawn.contains("help: consider making this binding mutable"), "{drawn}");
    assert!(drawn.contains("let mut x = 1;"), "{drawn}");
}

#[test]
fn notes_about_lines_of_libraries_are_left_out() {
    let text = "f(1)";
    let foreign = json!([{
        "message": "required by a bound in `f`", "code": null, "level": "note", "children": [],
        "spans": [{"file_name": "/lib/a.rs", "byte_start": 0, "byte_end": 1, "is_primary": true, "label": null,
                   "suggested_replacement": null, "expansion": null}],
    }]);
    let error = message("unsatisfied", Some("E0277"), json!([span(text, "1", true, None)]), foreign);
    assert!(!shown(text, &[error]).traceback[0].contains("required by"));
}

#[test]
fn many_errors_are_counted_not_listed() {
    let text = "a b c d e f g h i j";
    let errors: Vec<_> = (text.split(' '))
        .map(|word| {
            message(&format!("no `{word}`"), Some("E0425"), json!([span(text, word, true, None)]), json!([]))
        })
        .collect();
    let error = shown(text, &errors);
    assert_eq!(error.evalue, "no `a`");
    assert_eq!(error.traceback.len(), MOST + 1);
    assert_eq!(error.traceback[MOST], "… and 2 more errors");
}

#[test]
fn a_panic_shows_its_line() {
    let cell = cell("let v = vec![1];\nv[3]");
    let place = Place { range: 17..21, cell };
    let error = failure("panic", "index out of bounds", Some(&place), "here", &[]);
    assert_eq!(
        plain(&error.traceback[0]),
        "panic: index out of bounds\n --> cell 3:2:1\n  |\n2 | v[3]\n  | ^^^^ here"
    );
}
