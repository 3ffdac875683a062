//! Values of types without a name: what later cells have of them.

use crate::harness::{Session, drawn};

#[test]
fn closures_are_variables_with_what_they_own() {
    let mut session = Session::after(&[
        "struct P { x: i32 }\nlet k = 3; let word = String::from(\"long\");",
        "let double = |x: i32| 2 * x;\nlet scale = move |p: P, (a, _): (u8, &str)| p.x * k + i32::from(a);\n\
         let longer = move |text: &str| text.len() > word.len();",
        "let mut n = 0;\nlet mut count = move || { n += 1; n };\ncount();",
        "let gift = vec![1, 2]; let open = move || gift;",
        "let hello = || println!(\"hello\");\nlet never = |why: &str| -> ! { panic!(\"{why}\") };",
    ]);
    assert_eq!(session.result("double(double(1)) + scale(P { x: 2 }, (1, \"\"))"), "11");
    assert_eq!(session.result("(longer(\"longer\"), longer(\"no\"))"), "(true, false)");
    assert_eq!(session.result("(count(), count(), n)"), "(2, 3, 0)");
    assert_eq!(session.result("[1, 2].map(double)"), "[2, 4]");
    assert_eq!(session.result("open()"), "[1, 2]");
    assert!(session.fails("open").evalue.contains("cannot find value `open`"), "it can be called once");
    session.ok("hello(); hello();");
    assert_eq!(session.fails("never(\"so\")").evalue, "so");
    session.ok("let double = double(1);");
    assert_eq!(session.result("double"), "2");
}

#[test]
fn what_functions_return_without_a_name_is_kept_too() {
    let mut session = Session::after(&[
        "fn adder(k: i32) -> impl Fn(i32) -> i32 { move |x| x + k }\n\
         fn evens(n: u32) -> impl Iterator<Item = u32> { (0..n).filter(|x| x % 2 == 0) }\n\
         async fn fetch(n: u32) -> Result<u32, String> { Ok(n + 1) }\nfn half(x: f64) -> f64 { x / 2.0 }",
        "let add = adder(40); let mut even = evens(9); let waiting = fetch(1); let f = half;",
        "let squares = (1..4).map(|x| x * x);\nlet words = vec![\"a\", \"b\"].into_iter().map(|word| word.to_owned() + \"!\");\n\
         let later = async { 7 };",
    ]);
    assert_eq!(session.result("(add(2), f(3.0), even.next())"), "(42, 1.5, Some(0))");
    assert_eq!(session.result("even.collect::<Vec<_>>()"), "[2, 4, 6, 8]");
    assert_eq!(session.result("squares.sum::<i32>()"), "14");
    assert_eq!(session.result("words.collect::<String>()"), "\"a!b!\"");
    assert_eq!(session.result("waiting.await? + later.await as u32"), "9");
}

#[test]
fn a_closure_that_borrows_is_explained_with_what_to_write() {
    let mut session = Session::after(&[
        "let list = vec![1, 2, 3];\nlet at = |i: usize| list[i];\nprintln!(\"{}\", at(1));",
    ]);
    let error = drawn(&session.fails("at(0)"));
    assert!(error.contains("borrows a variable") && error.contains("Write `move`"), "{error}");
    assert_eq!(session.result("list.len()"), "3");
    // A type of the session that changes takes the closure with it.
    session.ok("struct P { x: i32 }\nlet x = |p: P| p.x;");
    session.ok("struct P { y: u8, x: i32 }");
    assert!(drawn(&session.fails("x(P { y: 0, x: 1 })")).contains("defined anew"));
}

#[test]
fn a_closure_whose_signature_cannot_be_written_harms_no_cell() {
    let mut session = Session::new();
    let code = "let longest = |a: &'static str, b: &'static str| if a.len() > b.len() { a } else { b };\n\
                let shout = |text: &str| text.to_uppercase();\nlongest(\"a\", \"bb\")";
    assert_eq!(session.result(code), "\"bb\"");
    assert!(drawn(&session.fails("longest(\"a\", \"bb\")")).contains("Box it"));
    assert_eq!(session.result("shout(\"a\")"), "\"A\"");
    session.ok("let powers = std::iter::successors(Some(1_u32), |n| n.checked_mul(10));");
    assert_eq!(session.result("powers.take(3).collect::<Vec<_>>()"), "[1, 10, 100]");
}
