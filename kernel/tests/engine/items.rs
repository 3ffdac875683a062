//! Items and imports between cells.

use crate::harness::{Session, drawn, text};
use ferrolab_kernel::engine::StreamName;

#[test]
fn functions_can_be_redefined_and_call_each_other() {
    let mut session = Session::after(&["fn one() -> i32 { 1 }", "fn two() -> i32 { one() + one() }"]);
    assert_eq!(session.result("two()"), "2");
    session.ok("fn one() -> i32 { 10 }");
    assert_eq!(session.result("two()"), "20");
}

#[test]
fn imports_of_one_cell_hold_in_the_next() {
    let mut session =
        Session::after(&["use std::collections::{BTreeMap, HashSet as Set};", "use std::fmt::Write as _;"]);
    assert_eq!(
        session.result(
            "let mut s = String::new(); write!(s, \"{}\", 1)?; (s, BTreeMap::from([(1, 2)]), Set::from([3]))"
        ),
        r#"("1", {1: 2}, {3})"#
    );
    session.ok("use std::rc::Rc as Set;");
    assert_eq!(session.result("Set::new(5)"), "5");
}

#[test]
fn generics_traits_macros_constants_and_statics_are_items() {
    let mut session = Session::after(&[
        "macro_rules! square { ($x:expr) => { $x * $x } }",
        "const LIMIT: usize = 3; static NAME: &str = \"n\";",
        "trait Area { fn area(&self) -> f64; fn double(&self) -> f64 { 2.0 * self.area() } }",
        "struct Square(f64); impl Area for Square { fn area(&self) -> f64 { square!(self.0) } } impl Area for f64 { fn area(&self) -> f64 { *self } }",
        "fn total<T: Area>(shapes: &[T]) -> f64 { shapes.iter().map(Area::area).sum() }",
        "enum Shape { Round, Flat } use Shape::*;",
    ]);
    assert_eq!(session.result("square!(LIMIT)"), "9");
    assert_eq!(session.result("Square(2.0).double() + 1.5.double()"), "11.0");
    assert_eq!(session.result("(total(&[Square(1.0), Square(2.0)]), NAME)"), "(5.0, \"n\")");
    assert_eq!(session.result("match Round { Round => 1, Flat => 2 }"), "1");
}

#[test]
fn modules_and_inner_attributes_work() {
    let mut session =
        Session::after(&["mod shapes { pub fn sides() -> u8 { 4 } pub mod deep { pub const D: u8 = 1; } }"]);
    assert_eq!(session.result("#![allow(unused)]\nuse shapes::deep;\nshapes::sides() + deep::D"), "5");
}

#[test]
fn an_item_that_no_longer_fits_is_dropped_and_the_rest_goes_on() {
    let mut session = Session::after(&["struct P { x: i32 }", "impl P { fn get(&self) -> i32 { self.x } }"]);
    let told = text(&session.ok("struct P { y: i32 }"), StreamName::Stderr);
    assert!(told.contains("`impl P::get` does not fit the new definitions"), "{told}");
    session.ok("impl P { fn get(&self) -> i32 { self.y } }");
    assert_eq!(session.result("P { y: 3 }.get()"), "3");
}

#[test]
fn an_impl_written_in_other_words_replaces_the_earlier_one() {
    let mut session = Session::after(&[
        "use std::fmt; struct P; impl fmt::Display for P { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, \"one\") } }",
        "impl std::fmt::Display for P { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, \"two\") } }",
    ]);
    assert_eq!(session.result("P.to_string()"), "\"two\"");
}

#[test]
fn an_import_that_no_longer_fits_is_dropped() {
    let mut session = Session::after(&["enum Shape { Round } use Shape::*;", "struct Shape;"]);
    assert_eq!(session.result("1 + 1"), "2");
}

#[test]
fn a_function_that_uses_a_variable_is_explained() {
    let mut session = Session::after(&["let rate = 0.1;"]);
    let error = session.fails("fn step(x: f64) -> f64 { x * rate }");
    assert!(drawn(&error).contains("functions do not see the variables of a notebook"), "{}", drawn(&error));
}

#[test]
fn items_of_a_cell_that_does_not_compile_are_not_kept() {
    let mut session = Session::after(&["fn f() -> i32 { 1 }"]);
    session.fails("fn f() -> i32 { \"no\" }");
    assert_eq!(session.result("f()"), "1");
}

#[test]
fn an_error_in_an_unused_function_is_an_error_of_its_cell() {
    let error = Session::new().fails("fn unused() -> i32 { \"no\" }\n1 + 1");
    assert_eq!(error.ename, "E0308");
    assert!(drawn(&error).contains("cell 1:1:22"), "{}", drawn(&error));
}

#[test]
fn statics_live_in_one_place() {
    let mut session = Session::after(&[
        "use std::sync::{LazyLock, Mutex, atomic::{AtomicUsize, Ordering::Relaxed}}; static COUNT: AtomicUsize = AtomicUsize::new(10);",
        "static WORDS: LazyLock<Mutex<Vec<String>>> = LazyLock::new(|| Mutex::new(vec![])); fn add(word: &str) -> usize { WORDS.lock().unwrap().push(word.into()); COUNT.fetch_add(1, Relaxed) }",
        "add(\"a\");",
        "add(\"b\");",
    ]);
    assert_eq!(session.result("(COUNT.load(Relaxed), WORDS.lock().unwrap().clone())"), r#"(12, ["a", "b"])"#);
    session.ok("static COUNT: AtomicUsize = AtomicUsize::new(0);");
    assert_eq!(session.result("add(\"c\")"), "0");
    session.ok("static mut RAW: u8 = 1;");
    session.ok("unsafe { RAW += 1; }");
    assert_eq!(session.result("unsafe { RAW }"), "2");
}

#[test]
fn derives_and_thread_locals_work() {
    let mut session = Session::after(&[
        "#[derive(Debug, Clone, PartialEq, Default)]\n/// With a comment.\nstruct A { x: Option<Box<A>> }",
        "thread_local! { static COUNT: std::cell::Cell<i32> = const { std::cell::Cell::new(1) }; }",
    ]);
    assert_eq!(session.result("A::default().clone() == A { x: None }"), "true");
    assert_eq!(session.result("COUNT.get()"), "1");
}
