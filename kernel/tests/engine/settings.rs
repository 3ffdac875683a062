//! Settings that a session may change: how results and errors are written, the environment of cells.

use ferrolab_kernel::engine::{ErrorFormat, Format, Kind, Setting};

use crate::harness::Session;

/// What evcxr compiles has ways of its own.
fn direct() -> Session {
    Session::of(Kind::Direct)
}

#[test]
fn results_are_written_by_the_users_format_where_they_can() {
    let mut session = direct();
    session.engine.set(&Setting::Format(Format::new("= {:.2}"))).unwrap();
    assert_eq!(session.result("1.0 / 3.0"), "= 0.33");
    assert_eq!(session.result("\"text\""), "= te");
    assert_eq!(session.result("vec![1]"), "alloc::vec::Vec<i32>", "it has no such format");
    session.engine.set(&Setting::Format(Format::new("{:#?}"))).unwrap();
    assert_eq!(session.result("vec![1]"), "[\n    1,\n]");
    assert!(session.result("ferrolab::display::Html(\"<b>x</b>\")").contains("<b>x</b>"), "a view stays");
    assert_eq!(session.fails("panic!(\"no value\")").evalue, "no value");
    session.engine.set(&Setting::Format(None)).unwrap();
    assert_eq!(session.result("vec![1]"), "[1]");
}

#[test]
fn results_are_told_with_their_types_where_that_is_asked_for() {
    let mut session = direct();
    session.engine.set(&Setting::Types(true)).unwrap();
    assert_eq!(session.result("vec![Some(1.5)]"), ": Vec<Option<f64>> = [Some(1.5)]");
    session.ok("#[derive(Debug)] struct P; let p = P;");
    assert_eq!(session.result("&p"), ": &P = P");
    session.engine.set(&Setting::Types(false)).unwrap();
    assert_eq!(session.result("1"), "1");
}

#[test]
fn errors_that_leave_a_cell_are_written_as_it_was_asked_for() {
    let mut session = direct();
    let failing = "\"x\".parse::<i32>()?";
    session.engine.set(&Setting::Errors(ErrorFormat::Debug)).unwrap();
    assert_eq!(session.fails(failing).evalue, "ParseIntError { kind: InvalidDigit }");
    session.engine.set(&Setting::Errors(ErrorFormat::Display)).unwrap();
    assert_eq!(session.fails(failing).evalue, "invalid digit found in string");
}

#[test]
fn the_environment_of_cells_outlives_their_process() {
    let mut session = direct();
    let (name, value) = ("FERROLAB_TEST_SETTING".to_owned(), "kept".to_owned());
    session.engine.set(&Setting::Env { name, value }).unwrap();
    session.engine.restart().unwrap();
    assert_eq!(session.result("std::env::var(\"FERROLAB_TEST_SETTING\")?"), "\"kept\"");
}

#[test]
fn what_the_compiler_said_of_the_last_refused_cell_is_kept_as_json() {
    let mut session = direct();
    assert_eq!(session.engine.last_errors(), "");
    session.fails("let x: i32 = \"\"; let y: u8 = \"\";");
    let said = session.engine.last_errors();
    assert_eq!(said.lines().count(), 2, "{said}");
    for line in said.lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(json["code"]["code"], "E0308");
    }
}
