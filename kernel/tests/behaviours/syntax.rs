//! Corners of the syntax.

use ferrolab_kernel::engine::Kind;

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("names in any script")
            .cell("let größe = 1; let 名前 = \"n\";", Nothing)
            .cell("format!(\"{größe}{名前}\")", Result("\"1n\"")),
        behaviour("raw names")
            .cell("let r#type = 3; fn r#match(r#in: i32) -> i32 { r#in + 1 }", Nothing)
            .cell("r#match(r#type)", Result("4")),
        behaviour("raw strings, byte strings, C strings, characters")
            .cell("(r#\"a\"b\"#, b\"x\"[0], c\"c\".to_bytes().len(), '\\u{1F600}', b'\\n')", ResultHas("a\\\"b")),
        behaviour("numbers in all writings")
            .cell("(0xff_u8, 0o17, 0b1010_i64, 1_000, 1e3, 2.5e-1f32)", Result("(255, 15, 10, 1000, 1000.0, 0.25)")),
        behaviour("comments of all kinds, also between statements")
            .cell("// first\nlet a = 1; /* in /* nested */ the middle */ let b = 2; // end\n/// on a function\nfn f() {}\na + b", Result("3")),
        behaviour("documented items")
            .cell("/// A point.\n#[derive(Debug)]\npub struct P {\n    /// Across.\n    pub x: i32,\n}", Nothing)
            .cell("P { x: 1 }", Result("P { x: 1 }")),
        behaviour("attributes on items and statements")
            .cell("#[inline(never)] #[must_use] fn f() -> i32 { 1 }\n#[allow(unused_variables)]\nlet x = f();\n#[cfg(any())]\nlet y: NoSuchType = 1;\nx", Result("1")),
        behaviour("inner attributes of a cell")
            .cell("#![allow(non_snake_case)]\nlet Big = 1; Big", Result("1")),
        behaviour("statements that end with a brace need no semicolon")
            .cell("for _ in 0..2 {} match 1 { _ => {} } if true {} unsafe {} let n = 3; n", Result("3")),
        behaviour("a block is an expression").cell("{ let a = 1; a + 1 }", Result("2")),
        behaviour("an if is an expression").cell("if 2 > 1 { \"yes\" } else { \"no\" }", Result("\"yes\"")),
        behaviour("a struct literal as the last expression")
            .cell("#[derive(Debug)] struct A { b: u8 }", Nothing)
            .cell("A { b: 1 }", Result("A { b: 1 }")),
        behaviour("closures that capture and change")
            .cell("let mut count = 0;", Nothing)
            .cell("{ let mut add = |n| count += n; add(2); add(3); }", Fine)
            .cell("count", Result("5")),
        behaviour("a let that is an underscore or has no name for the value")
            .cell("let _ = 1; let _x = 2; let (_, z) = (1, 3);", Nothing)
            .cell("_x + z", Result("5")),
        behaviour("casts, ranges, and references to temporaries")
            .cell("let s: &str = &String::from(\"abc\")[1..]; println!(\"{s} {}\", (b'a'..=b'c').map(|b| b as char).collect::<String>());", Printed("bc abc\n"))
            .differs(Kind::Evcxr, "all variables are kept, so what a reference points to must outlive the cell", &[Fails("E0716", "temporary value dropped")]),
        behaviour("macros with all three brackets")
            .cell("let v = vec![1]; let w = vec!(2); let x = vec!{3}; [v, w, x].concat()", Result("[1, 2, 3]")),
        behaviour("format strings with width, precision and names")
            .cell("let pi = 3.14159; format!(\"{pi:>8.2}|{:#06x}|{:?}|{:<4}|\", 255, \"q\", 'c')", Result("\"    3.14|0x00ff|\\\"q\\\"|c   |\"")),
        behaviour("line breaks of Windows").cell("let a = 1;\r\nlet b = 2;\r\na + b\r\n", Result("3")),
        behaviour("const blocks and inline const").cell("const fn sq(n: u32) -> u32 { n * n }\nconst { sq(9) }", Result("81")),
        behaviour("the words async and try as parts of a path")
            .cell("mod r#async { #[derive(Debug, Clone)] pub struct Task(pub u8); }", Nothing)
            .cell("let t = r#async::Task(1);", Nothing)
            .cell("t.clone()", Result("Task(1)")),
    ]
}
