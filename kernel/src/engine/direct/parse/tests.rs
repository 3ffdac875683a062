//! Tests of taking a cell apart.

use super::*;
use crate::engine::direct::source::Program;
use proptest::prelude::*;

fn try_parse(text: &str) -> syn::Result<Parsed> {
    let around =
        Surroundings { folder: Path::new("/notebooks"), table: &Table::default(), view: &View::default() };
    parse(&Arc::new(CellText { number: 1, text: text.to_owned() }), Last::Result, around)
}

fn parsed(text: &str) -> Parsed {
    try_parse(text).unwrap()
}

fn body(parsed: &Parsed) -> String {
    let mut program = Program::default();
    program.pieces(&parsed.body, None);
    program.text().replace(RUNTIME, "rt")
}

#[test]
fn statements_keep_their_lines_and_items_leave() {
    let parsed = parsed("use std::fmt;\nstruct A;\n\nlet x = 1;\nfn f() {\n}\nprintln!(\"{x}\");");
    assert_eq!(body(&parsed), "\n\n\nrt::at(4);let x = 1;\n\n\nrt::at(7);println!(\"{x}\");");
    let keys: Vec<_> = parsed.items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["type A", "fn f"]);
}

#[test]
fn a_cell_of_items_only_has_no_body() {
    assert!(parsed("fn f() { loop {} }").body.is_empty());
}

#[test]
fn the_last_expression_is_shown_and_loops_poll() {
    let text = body(&parsed("for i in 0..3 { f(i) }\nx + 1"));
    assert!(
        text.starts_with("rt::at(1);{ let __watch = rt::watch(); for i in 0..3 {__watch.poll(); f(i) } }\nrt::at(2);match &(x + 1) {"),
        "{text}"
    );
    let text = body(&parsed("vec![1]"));
    assert!(text.starts_with("rt::at(1);match &(vec![1]) {"), "{text}");
    assert_eq!(body(&parsed("x = 5")), "rt::at(1);x = 5");
}

#[test]
fn patterns_make_variables_and_the_last_of_a_name_counts() {
    let parsed = parsed(
        "let (a, mut b) = t; let A { c, d: e @ Some(_) } = t; let a = 1; let None = o else { return };",
    );
    let names: Vec<_> = parsed.variables.iter().map(|v| (v.name.as_str(), v.mutable)).collect();
    assert_eq!(names, [("b", true), ("c", false), ("e", false), ("a", false)]);
}

#[test]
fn methods_of_an_impl_are_items_of_their_own() {
    let parsed = parsed("impl<T> A<T> {\n    fn f() { loop {} }\n    const N: i32 = 1;\n}");
    let keys: Vec<_> = parsed.items.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(keys, ["impl A<T>::f", "impl A<T>::N"]);
    let mut program = Program::default();
    program.pieces(&parsed.items[0].pieces, None);
    assert_eq!(
        program.text().replace(RUNTIME, "rt"),
        "impl<T> A<T> {fn f() { { let __watch = rt::watch(); loop {__watch.poll();} } }}\n"
    );
}

proptest! {
    #[test]
    fn any_text_is_taken_apart_or_refused(text in "[a-z{}()\\[\\];:='\"!#/\\\\*&|<>,.0-9äλ \n]{0,60}") {
        let _ = try_parse(&text);
    }

    #[test]
    fn the_body_keeps_the_lines_of_the_cell(lines in proptest::collection::vec("(let x = 1;|fn f() \\{\n\\}|// c|f\\(1,\n 2\\);|use a::b;|)", 0..8)) {
        let text = lines.join("\n");
        if let Ok(parsed) = try_parse(&text) && !parsed.body.is_empty() {
            prop_assert_eq!(body(&parsed).matches('\n').count(), text.matches('\n').count());
        }
    }
}

#[test]
fn what_is_not_rust_is_an_error_with_its_place() {
    let error = try_parse("let x = = 1;").unwrap_err();
    assert_eq!(error.span().byte_range(), 8..9);
}

#[test]
fn a_return_without_a_value_ends_the_cell() {
    let text = body(&parsed("if x { return; }"));
    assert!(text.contains("return ::std::result::Result::Ok(());"), "{text}");
    assert!(parsed("f().await").awaits && !parsed("async { f().await };").awaits);
}

#[test]
fn what_own_macros_define_is_known() {
    let code = "macro_rules! make { ($n:ident) => { #[derive(Debug)] struct $n; impl $n { fn f() {} } } }\nmake!(A);\n1";
    let items = parsed(code).items;
    assert_eq!(items[1].defines.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["A", "A"]);
    let code =
        "macro_rules! set { ($n:ident = $v:expr) => { let mut $n = $v; let hidden = 1; } }\nset!(x = 5);";
    let variables = parsed(code).variables;
    assert_eq!(
        variables.iter().map(|new| (new.name.as_str(), new.mutable)).collect::<Vec<_>>(),
        [("x", true)]
    );
}
