//! What a cell shows: results, text, displays, evcxr's blocks.

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("a single expression").cell("40i32 + 2", Result("42")),
        behaviour("a statement has no result").cell("40 + 2;", Nothing),
        behaviour("an if without else has no result to show").cell("if 1 > 2 { println!(\"never\") }", Fine),
        behaviour("texts are shown as Debug shows them").cell("\"a\\n\\\"b\\\"\"", Result("\"a\\n\\\"b\\\"\"")),
        behaviour("what has no Debug is shown by the name of its type")
            .cell("struct Silent;", Nothing)
            .cell("Silent", ResultHas("Silent")),
        behaviour("standard output").cell("println!(\"one\"); print!(\"two\"); println!(\" {}\", 3);", Printed("one\ntwo 3\n")),
        behaviour("a text without a line break belongs to its own cell")
            .cell("print!(\"no break\");", Printed("no break"))
            .cell("println!(\"next\");", Printed("next\n")),
        behaviour("standard error").cell("eprintln!(\"careful\");", Told("careful\n")),
        behaviour("dbg! tells the value and gives it").cell("let n = dbg!(6 * 7); n", Told("6 * 7 = 42")),
        behaviour("a block of evcxr's is a display")
            .cell("println!(\"EVCXR_BEGIN_CONTENT text/html\\n<b>x</b>\\nEVCXR_END_CONTENT\");", Displays(&[("text/html", "<b>x</b>")])),
        behaviour("blocks that follow each other are one display in two forms")
            .cell("println!(\"EVCXR_BEGIN_CONTENT text/html\\n<i>y</i>\\nEVCXR_END_CONTENT\\nEVCXR_BEGIN_CONTENT text/plain\\ny\\nEVCXR_END_CONTENT\");", Displays(&[("text/html", "<i>y</i>"), ("text/plain", "y")])),
        behaviour("a type shows itself by evcxr_display")
            .cell("struct Mat(u8); impl Mat { fn evcxr_display(&self) { println!(\"EVCXR_BEGIN_CONTENT text/html\\n<p>{}</p>\\nEVCXR_END_CONTENT\", self.0); } }", Nothing)
            .cell("Mat(7)", Displays(&[("text/html", "<p>7</p>")])),
        behaviour("a type shows itself by the library's trait")
            .cell("use ferrolab::prelude::*; struct Celsius(f64); impl Show for Celsius { fn bundle(&self) -> MimeBundle { MimeBundle::new().html(format!(\"<b>{} C</b>\", self.0)).text(\"t\") } }", Nothing)
            .cell("Celsius(20.5)", Displays(&[("text/html", "<b>20.5 C</b>"), ("text/plain", "t")])),
        behaviour("a display in the middle of a cell stands between the texts")
            .cell("use ferrolab::prelude::*; println!(\"before\"); display(&Html(\"<hr>\")); println!(\"after\");", Displays(&[("text/html", "<hr>")])),
        behaviour("a table of polars is shown as a table")
            .cell("use ferrolab::prelude::*; let df = df!(\"a\" => [1, 2])?;", Fine)
            .cell("df", Displays(&[("text/html", "<table")])),
        behaviour("bytes that are no text are replaced")
            .cell("use std::io::Write; std::io::stdout().write_all(b\"a\\xffb\\n\")?;", Printed("a\u{fffd}b\n")),
        behaviour("much output arrives whole")
            .cell("for i in 0..20_000 { println!(\"{i}\"); } eprintln!(\"done\");", Told("done")),
        behaviour("evcxr's own marks are ordinary text")
            .cell("println!(\"EVCXR_EXECUTION_COMPLETE\"); println!(\"still here\");", Printed("EVCXR_EXECUTION_COMPLETE\nstill here\n")),
        behaviour("a value that ends without a result").cell("()", Fine).cell("let _ = 5;", Nothing),
        behaviour("nothing but a comment").cell("// nothing", Nothing).cell("", Nothing),
        behaviour("a program that reads its arguments finds none of the notebook's")
            .cell("std::env::args().any(|argument| argument.contains(\"connection\"))", Result("false")),
    ]
}
