//! Errors while compiling: their codes, their places, what is said of them.

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("a wrong type is told on its line")
            .cell("let a = 1;\nlet b: String = a;\nlet c = 2;", Fails("E0308", "2 | let b: String = a;")),
        behaviour("an unknown name").cell("println!(\"{}\", nothing_here);", Fails("E0425", "nothing_here")),
        behaviour("an unknown method").cell("let v = vec![1]; v.push_all(2);", Fails("E0599", "push_all")),
        behaviour("a missing semicolon").cell("let v = 1\nlet w = 2;", Fails("SyntaxError", "expected")),
        behaviour("brackets that do not close").cell("let v = vec![1, 2;", Fails("SyntaxError", "")),
        behaviour("an error inside a macro points at the call")
            .cell("let mut s = String::new(); s.push_str(format!(\"\"));", Fails("E0308", "format!(\"\")")),
        behaviour("a borrow that is too long is explained")
            .cell(
                "let mut v = vec![1];\nlet first = &v[0];\nv.push(2);\nprintln!(\"{first}\");",
                Fails("E0502", "mutable borrow occurs here"),
            )
            .differs(
                ferrolab_kernel::engine::Kind::Evcxr,
                "the kept reference is told first",
                &[Fails("SyntaxError", "mutable borrow occurs here")],
            ),
        behaviour("a trait that is not implemented")
            .cell("struct S; let a = S + S;", Fails("E0369", "cannot add")),
        behaviour("a private field")
            .cell("mod m { pub struct S { x: i32 } impl S { pub fn new() -> S { S { x: 1 } } } }", Nothing)
            .cell("m::S::new().x", Fails("E0616", "private")),
        behaviour("a function does not see the notebook's variables, and the error says so")
            .cell("let rate = 0.5;", Nothing)
            .cell(
                "fn f() -> f64 { rate * 2.0 }",
                Fails("E0425", "functions do not see the variables of a notebook"),
            ),
        behaviour("a type that cannot be known is asked for")
            .cell("let v = Vec::new();", Fails("E0282", "type")),
        behaviour("an unsafe call without unsafe").cell("unsafe fn f() {} f();", Fails("E0133", "unsafe")),
        behaviour("an error in an earlier function is told where it is used wrongly")
            .cell("fn f(a: i32, b: &str) {}", Nothing)
            .cell("f(1);", Fails("E0061", "f(1)")),
        behaviour("a match that is not complete")
            .cell("match Some(1) { Some(n) => n }", Fails("E0004", "None")),
        behaviour("help with what to write")
            .cell("let m = HashMap::<u8, u8>::new();", Fails("E0433", "HashMap")),
        behaviour("letters of any width before the place")
            .cell("let 名 = \"é\"; let n: i32 = 名;", Fails("E0308", "expected `i32`")),
    ]
}
