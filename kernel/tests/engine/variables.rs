//! Variables between cells: values, types, moves, shadowing, mutability.

use crate::harness::{Session, drawn, text};
use ferrolab_kernel::engine::StreamName;

#[test]
fn values_and_types_are_kept() {
    let mut session = Session::after(&[
        "let n = 41;",
        "let mut names = vec![String::from(\"a\")]; let map = std::collections::HashMap::from([(1u8, 2.5f32)]);",
        "names.push(format!(\"b{n}\"));",
    ]);
    assert_eq!(session.result("n + 1"), "42");
    assert_eq!(session.result("names"), r#"["a", "b41"]"#);
    assert_eq!(session.result("map[&1]"), "2.5");
    let variables: Vec<_> =
        session.engine.variables().into_iter().map(|v| (v.name, v.type_name, v.mutable)).collect();
    let expected = [("map", "HashMap<u8, f32>", false), ("n", "i32", false), ("names", "Vec<String>", true)];
    assert_eq!(
        variables,
        expected.map(|(name, type_name, mutable)| (name.into(), type_name.into(), mutable))
    );
}

#[test]
fn a_variable_can_be_shadowed_by_one_of_another_type() {
    let mut session = Session::after(&["let x = 5;", "let x = format!(\"{x}!\");", "let x = x.len();"]);
    assert_eq!(session.result("x"), "2");
}

#[test]
fn patterns_make_variables() {
    let mut session = Session::after(&[
        "let (a, mut b) = (1, 2.5); let [first, .., last] = [1u8, 2, 3];",
        "struct P { x: i32, y: String }",
        "let P { x, y: name } = P { x: 7, y: \"q\".to_string() }; let Some(inner) = Some('c') else { panic!() };",
        "b += 1.0;",
    ]);
    assert_eq!(session.result("(a, b, first, last, x, name, inner)"), r#"(1, 3.5, 1, 3, 7, "q", 'c')"#);
}

#[test]
fn a_moved_variable_is_gone_and_the_error_says_where() {
    let mut session = Session::after(&["let v = vec![1];", "drop(v);"]);
    let error = session.fails("v.len()");
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("E0425", "cannot find value `v` in this scope")
    );
    assert!(drawn(&error).contains("there was a variable `v`: it was moved in cell 2"), "{}", drawn(&error));
}

#[test]
fn a_variable_moved_and_assigned_again_is_kept() {
    let mut session = Session::after(&[
        "fn grow(mut v: Vec<i32>) -> Vec<i32> { v.push(1); v }",
        "let mut v = vec![0];",
        "v = grow(v);",
        "for _ in 0..2 { v = grow(v); }",
    ]);
    assert_eq!(session.result("v"), "[0, 1, 1, 1]");
}

#[test]
fn a_variable_without_a_value_or_with_a_borrow_is_not_kept_and_the_cell_still_runs() {
    let mut session =
        Session::after(&["let x: i32;", "let v = vec![3]; let first = &v[0]; println!(\"{first}\");"]);
    assert_eq!(session.result("v[0]"), "3");
    let error = session.fails("first + 1");
    assert!(drawn(&error).contains("it borrows from another variable"), "{}", drawn(&error));
    let error = session.fails("x + 1");
    assert!(drawn(&error).contains("it was not given a value in cell 1"), "{}", drawn(&error));
}

#[test]
fn mut_is_remembered_and_its_absence_explained() {
    let mut session = Session::after(&["let mut a = 1; let b = 1;", "a += 1;", "a += 1;"]);
    assert_eq!(session.result("a"), "3");
    let error = session.fails("b = 2;");
    assert!(drawn(&error).contains("write `let mut b = b;` first"), "{}", drawn(&error));
    session.ok("let mut b = b; b = 5;");
    assert_eq!(session.result("b"), "5");
}

#[test]
fn types_without_a_name_cannot_be_kept_and_the_error_teaches() {
    let mut session = Session::after(&[
        "let adds = [|x: i32| x + 1]; println!(\"{}\", adds[0](1));",
        "let boxed: Box<dyn Fn(i32) -> i32> = Box::new(|x| x * 2); let pointer: fn(&str) -> usize = str::len;",
        "fn evens() -> impl Iterator<Item = i32> { (0..).step_by(2) } fn odds() -> impl Iterator<Item = i32> { (0..).map(|n| 2 * n + 1) }",
        "let even = evens(); let odd = Some(odds());",
    ]);
    assert_eq!(session.result("boxed(4) + pointer(\"abc\") as i32"), "11");
    assert!(drawn(&session.fails("adds[0](2)")).contains("Box it: `Box<dyn Fn"));
    assert!(drawn(&session.fails("odd.take()")).contains("contains a closure"));
    assert_eq!(session.result("even.take(2).collect::<Vec<_>>()"), "[0, 2]");
}

#[test]
fn constants_statics_and_references_to_them_are_variables_too() {
    let mut session = Session::after(&[
        "let text = \"abc\"; let slice: &'static [u8] = &[1, 2]; let unit = (); let cow = std::borrow::Cow::from(\"c\");",
        "let dynamic: Box<dyn std::fmt::Debug + Send> = Box::new(1.5); let array = [[0u8; 2]; 3]; let none: Option<i8> = None;",
    ]);
    assert_eq!(
        session.result("(text, slice, unit, &cow, &dynamic, array.len(), none)"),
        r#"("abc", [1, 2], (), "c", 1.5, 3, None)"#
    );
}

#[test]
fn generic_and_nested_types_of_cells_are_kept() {
    let mut session = Session::after(&[
        "#[derive(Debug, Clone)] struct Pair<T, const N: usize> { a: T, b: [u8; N] }",
        "#[derive(Debug)] enum Tree { Leaf, Node(Vec<Pair<f32, 2>>) }",
        "let tree = Tree::Node(vec![Pair { a: 1.5, b: [1, 2] }]); let leaf = Tree::Leaf;",
    ]);
    assert_eq!(session.result("(&tree, &leaf)"), "(Node([Pair { a: 1.5, b: [1, 2] }]), Leaf)");
}

#[test]
fn threads_can_be_joined_in_a_later_cell() {
    let mut session = Session::after(&["let handle = std::thread::spawn(|| 6 * 7);"]);
    assert_eq!(session.result("handle.join().unwrap()"), "42");
}

#[test]
fn a_value_never_survives_a_redefinition_of_its_type() {
    let mut session = Session::after(&[
        "struct P { x: u64 }",
        "let p = P { x: 7 }; let list = vec![P { x: 1 }]; let n = 3; let any: Box<dyn std::any::Any> = Box::new(P { x: 1 });",
    ]);
    let events = session.ok("struct P { x: String }");
    let told = text(&events, StreamName::Stderr);
    assert!(told.contains("`p` is dropped") && told.contains("`list` is dropped"), "{told}");
    assert!(drawn(&session.fails("p.x.len()")).contains("its type was defined anew"));
    assert_eq!(session.result("n"), "3");
    // The box holds the old type, which is another type now.
    assert_eq!(session.result("any.downcast_ref::<P>().is_some()"), "false");
    session.ok("let p = P { x: \"new\".to_string() };");
    assert_eq!(session.result("p.x"), "\"new\"");
}

#[test]
fn a_redefinition_reaches_types_through_fields_aliases_and_constants() {
    let mut session = Session::after(&[
        "const N: usize = 2; type Number = u8; struct Inner { a: [Number; N] } struct Outer { inner: Inner }",
        "let outer = Outer { inner: Inner { a: [1, 2] } };",
    ]);
    assert!(text(&session.ok("const N: usize = 3;"), StreamName::Stderr).contains("`outer` is dropped"));
    session.ok("let outer = Outer { inner: Inner { a: [1, 2, 3] } };");
    assert!(text(&session.ok("type Number = u64;"), StreamName::Stderr).contains("`outer` is dropped"));
}

#[test]
fn other_types_keep_their_values_when_one_is_redefined_or_run_again() {
    let mut session = Session::after(&[
        "struct A { x: i32 } #[derive(Debug)] struct B { y: Vec<i32> }",
        "let a = A { x: 1 }; let mut b = B { y: vec![1] };",
        "struct A { x: f32 }",
        "b.y.push(2);",
    ]);
    assert_eq!(session.result("b"), "B { y: [1, 2] }");
    session.ok("// the same again\n#[derive(Debug)]\nstruct B {\n    y: Vec<i32>,\n}");
    // The comma is another token.
    assert!(drawn(&session.fails("b")).contains("defined anew"));
}

#[test]
fn methods_can_be_added_and_replaced_without_losing_values() {
    let mut session = Session::after(&[
        "struct Circle { r: f64 }",
        "let c = Circle { r: 2.0 };",
        "impl Circle { fn area(&self) -> f64 { 3.0 * self.r * self.r } }",
        "impl Circle { fn twice(&self) -> f64 { 2.0 * self.area() } }",
        "impl std::fmt::Display for Circle { fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { write!(f, \"circle {}\", self.r) } }",
    ]);
    assert_eq!(session.result("c.twice()"), "24.0");
    session.ok("impl Circle { fn area(&self) -> f64 { self.r } }");
    assert_eq!(session.result("c.twice()"), "4.0");
    assert_eq!(session.result("format!(\"{c}\")"), "\"circle 2\"");
}

#[test]
fn a_variable_that_borrows_is_left_and_the_one_borrowed_from_stays() {
    let mut session = Session::after(&["let words = vec![String::from(\"a\"), String::from(\"b\")];"]);
    for borrow in [
        "let first = &words[0]; first.len()",
        "let slice = words.as_slice(); slice[0].len()",
        "let all: Vec<&str> = words.iter().map(|word| word.as_str()).collect(); all[0].len()",
    ] {
        assert_eq!(session.result(borrow), "1", "{borrow}");
    }
    assert_eq!(session.result("words.len()"), "2");
    for name in ["first", "slice", "all"] {
        let error = drawn(&session.fails(&format!("{name}.len()")));
        assert!(error.contains("it borrows from another variable"), "{error}");
    }
}
