//! Patterns in `let`, `match` and loops.

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("a tuple is taken apart")
            .cell("let (a, mut b) = (1, vec![2]);", Nothing)
            .cell("b.push(a); b", Result("[2, 1]")),
        behaviour("a struct is taken apart, with a new name")
            .cell("#[derive(Debug)] struct Point { x: i32, y: i32 } let p = Point { x: 3, y: 8 };", Nothing)
            .cell("let Point { x, y: y2 } = p;", Nothing)
            .cell("x * y2", Result("24")),
        behaviour("a tuple struct is taken apart")
            .cell("struct Pair(i32, String); let Pair(n, s) = Pair(1, \"a\".into());", Nothing)
            .cell("format!(\"{n}{s}\")", Result("\"1a\"")),
        behaviour("parts may be left out")
            .cell("let (first, .., last) = (1, 2, 3, 4);", Nothing)
            .cell("first + last", Result("5")),
        behaviour("slices are taken apart")
            .cell("let [a, b, ..] = [1, 2, 3, 4];", Nothing)
            .cell("a + b", Result("3")),
        behaviour("a name for the whole and its parts")
            .cell("let whole @ (a, _) = (1, 2);", Nothing)
            .cell("whole.1 + a", Result("3"))
            .differs(
                ferrolab_kernel::engine::Kind::Evcxr,
                "the names behind an `@` are not kept",
                &[Nothing, Fails("E0425", "a")],
            ),
        behaviour("let-else keeps what it finds")
            .cell("let Some(n) = \"42\".parse::<i32>().ok() else { panic!(\"no number\") };", Nothing)
            .cell("n", Result("42")),
        behaviour("if-let chains")
            .cell("let o = Some(3); if let Some(n) = o && n > 2 { println!(\"{n}\") }", Printed("3\n")),
        behaviour("a match with guards and ranges").cell(
            "match 42 { 0 => \"zero\", n if n < 0 => \"less\", 1..=50 => \"some\", _ => \"many\" }",
            Result("\"some\""),
        ),
        behaviour("while let empties a stack")
            .cell(
                "let mut v = vec![1, 2, 3]; while let Some(n) = v.pop() { print!(\"{n}\"); }",
                Printed("321"),
            )
            .cell("v.is_empty()", Result("true")),
        behaviour("a label leads out of a block with a value")
            .cell("let n = 'found: { for i in 1.. { if i * i > 50 { break 'found i; } } 0 };", Nothing)
            .cell("n", Result("8")),
        behaviour("a loop gives a value")
            .cell("let mut i = 0; let n = loop { i += 1; if i == 5 { break i * 10; } };", Nothing)
            .cell("n", Result("50")),
        behaviour("destructuring assignment")
            .cell("let (mut a, mut b) = (1, 2);", Nothing)
            .cell("(a, b) = (b, a + b); (a, b)", Result("(2, 3)")),
    ]
}
