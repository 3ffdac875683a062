//! Functions, types, modules, macros, constants, statics, imports; and all of them made anew.

use ferrolab_kernel::engine::Kind;

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("a function calls one of an earlier cell")
            .cell("fn bar() -> i32 { 42 }", Nothing)
            .cell("fn foo() -> i32 { bar() } foo()", Result("42")),
        behaviour("a function is made anew, and callers see it")
            .cell("fn one() -> i32 { 1 } fn two() -> i32 { one() + 1 }", Nothing)
            .cell("fn one() -> i32 { 10 }", Nothing)
            .cell("two()", Result("11")),
        behaviour("a struct is made anew and its old variable goes")
            .cell("struct Foo { x: i32 } let f = Foo { x: 42 }; let n = 1;", Nothing)
            .cell("struct Foo { x: i32, y: i32 } let g = Foo { x: 1, y: 2 };", Told("`f` is dropped"))
            .cell("g.x + g.y + n", Result("4"))
            .cell("f.x", Fails("E0425", "its type was defined anew")),
        behaviour("a struct with the same fields of other types never shows the old value as the new")
            .cell("#[derive(Debug)] struct S { a: u64, b: u64 } let s = S { a: 1, b: 2 };", Nothing)
            .cell("#[derive(Debug)] struct S { a: String }", Told("`s` is dropped"))
            .cell("s", Fails("E0425", "s")),
        behaviour("the same definition again keeps the variable")
            .cell("struct P { x: i32 } let p = P { x: 7 };", Nothing)
            .cell("struct P { x: i32 }", Nothing)
            .cell("p.x", Result("7")),
        behaviour("an enum is made anew")
            .cell("#[derive(Debug)] enum E { A }", Nothing)
            .cell("#[derive(Debug)] enum E { A, B(u8) } E::B(3)", Result("B(3)")),
        behaviour("a method is added in a later cell")
            .cell("struct C(i32); impl C { fn get(&self) -> i32 { self.0 } }", Nothing)
            .cell("impl C { fn twice(&self) -> i32 { 2 * self.get() } }", Nothing)
            .cell("C(21).twice()", Result("42")),
        behaviour("a method is made anew")
            .cell("struct C(i32); impl C { fn get(&self) -> i32 { self.0 } }", Nothing)
            .cell("impl C { fn get(&self) -> i32 { -self.0 } }", Nothing)
            .cell("C(5).get()", Result("-5"))
            .differs(
                Kind::Evcxr,
                "both definitions of the method are there: make the type anew with its methods",
                &[Nothing, Fails("E0592", "get"), Result("5")],
            ),
        behaviour("an impl of a trait is made anew")
            .cell("trait Say { fn say(&self) -> &str; } struct A; impl Say for A { fn say(&self) -> &str { \"a\" } }", Nothing)
            .cell("impl Say for A { fn say(&self) -> &str { \"b\" } }", Nothing)
            .cell("A.say()", Result("\"b\""))
            .differs(
                Kind::Evcxr,
                "both impls are there: make the type anew with its impl",
                &[Nothing, Fails("E0119", "Say"), Result("\"a\"")],
            ),
        behaviour("a constant is made anew, and functions see it")
            .cell("const N: usize = 2; fn size() -> usize { N * 10 }", Nothing)
            .cell("const N: usize = 3;", Nothing)
            .cell("size() + [0; N].len()", Result("33")),
        behaviour("a static keeps its value from cell to cell")
            .cell("use std::sync::atomic::{AtomicU32, Ordering}; static COUNT: AtomicU32 = AtomicU32::new(0); fn count() -> u32 { COUNT.fetch_add(1, Ordering::Relaxed) + 1 }", Nothing)
            .cell("count()", Result("1"))
            .cell("count()", Result("2"))
            .differs(Kind::Evcxr, "each cell has statics of its own", &[Nothing, Result("1"), Result("1")]),
        behaviour("a module with parts that are public and private")
            .cell("mod geometry { const TWO: f64 = 2.0; pub mod flat { pub fn area(r: f64) -> f64 { super::TWO * r } } }", Nothing)
            .cell("geometry::flat::area(21.0)", Result("42.0"))
            .cell("geometry::TWO", Fails("E0603", "private")),
        behaviour("a module is made anew")
            .cell("mod m { pub fn f() -> i32 { 1 } }", Nothing)
            .cell("mod m { pub fn f() -> i32 { 2 } pub fn g() -> i32 { f() + 1 } }", Nothing)
            .cell("m::f() * 10 + m::g()", Result("23")),
        behaviour("an import over several lines, with groups and new names")
            .cell("use std::{\n    collections::{BTreeMap as Map, HashSet},\n    fmt::Write as _,\n};", Nothing)
            .cell("let mut s = String::new(); write!(s, \"{}\", Map::from([(1, 2)]).len())?; s.len() + HashSet::from([1]).len()", Result("2")),
        behaviour("the same import twice")
            .cell("use std::collections::HashMap;", Nothing)
            .cell("use std::collections::HashMap; HashMap::from([(1, 2)])", Result("{1: 2}")),
        behaviour("a name is imported from elsewhere")
            .cell("mod a { pub fn f() -> i32 { 1 } } mod b { pub fn f() -> i32 { 2 } } use a::f;", Nothing)
            .cell("use b::f;", Nothing)
            .cell("f()", Result("2")),
        behaviour("a bad import is an error, and the next cell runs")
            .cell("use foobar::x;", Fails("E0432", "foobar"))
            .cell("\"f\".to_string() + \"oo\"", Result("\"foo\"")),
        behaviour("an import of an enum's variants")
            .cell("#[derive(Debug)] enum Color { Red, Green } use Color::*;", Nothing)
            .cell("[Red, Green].len()", Result("2")),
        behaviour("a type alias")
            .cell("type Table = Vec<Vec<f32>>; let t: Table = vec![vec![1.0]];", Nothing)
            .cell("t[0][0]", Result("1.0")),
        behaviour("a macro by example as a statement and as an expression")
            .cell("macro_rules! square { ($e:expr) => { $e * $e }; }", Nothing)
            .cell("let n = square!(3); square!(n)", Result("81")),
        behaviour("a macro by example makes items")
            .cell("macro_rules! number { ($name:ident, $n:literal) => { fn $name() -> i32 { $n } }; }", Nothing)
            .cell("number!(seven, 7); seven()", Result("7")),
        behaviour("a macro is made anew")
            .cell("macro_rules! m { () => { 1 }; }", Nothing)
            .cell("macro_rules! m { () => { 2 }; }", Nothing)
            .cell("m!()", Result("2")),
        behaviour("an item that does not compile is not kept")
            .cell("fn good() -> i32 { 1 }", Nothing)
            .cell("fn good() -> i32 { \"no\" }", Fails("E0308", "expected `i32`"))
            .cell("good()", Result("1")),
        behaviour("a function and a module of one name stand beside each other")
            .cell("fn area() -> i32 { 1 } mod area { pub fn of() -> i32 { 2 } }", Nothing)
            .cell("area() + area::of()", Result("3"))
            .differs(Kind::Evcxr, "a name stands for one item", &[Nothing, Fails("E0423", "area")]),
        behaviour("functions may call each other")
            .cell("fn even(n: u32) -> bool { n == 0 || odd(n - 1) } fn odd(n: u32) -> bool { n != 0 && even(n - 1) }", Nothing)
            .cell("(even(10), odd(10))", Result("(true, false)")),
        behaviour("a thread local with a destructor")
            .cell("struct Foo; impl Drop for Foo { fn drop(&mut self) {} } fn touch() -> i32 { thread_local! { static FOO: Foo = Foo; } FOO.with(|_| 1) }", Nothing)
            .cell("touch()", Result("1"))
            .cell("touch()", Result("1")),
        behaviour("a union")
            .cell("#[repr(C)] union Bits { f: f32, u: u32 } fn bits(f: f32) -> u32 { unsafe { Bits { f }.u } }", Nothing)
            .cell("bits(1.0)", Result("1065353216")),
    ]
}
