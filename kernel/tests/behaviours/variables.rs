//! Variables from cell to cell.

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("a variable is there in the next cell").cell("let x = 40;", Nothing).cell("x + 2", Result("42")),
        behaviour("two statements and an expression in one cell")
            .cell("let a = \"foo\".to_owned() + \"bar\"; a", Result("\"foobar\""))
            .cell("a.len()", Result("6")),
        behaviour("a mutable variable changes in place")
            .cell("let mut a = 34; let b = 8;", Nothing)
            .cell("a = a + b;", Nothing)
            .cell("a += 1; a", Result("43")),
        behaviour("a variable without `mut` cannot be changed later")
            .cell("let b = 8;", Nothing)
            .cell("b = 2;", Fails("E0594", "let mut b = b;")).differs(ferrolab_kernel::engine::Kind::Evcxr, "rustc calls it a second assignment", &[Nothing, Fails("E0384", "let mut b = b;")]),
        behaviour("a variable is made mutable by shadowing")
            .cell("let v = vec![1];", Nothing)
            .cell("let mut v = v; v.push(2);", Nothing)
            .cell("v", Result("[1, 2]")),
        behaviour("shadowing changes the type")
            .cell("let x = 1;", Nothing)
            .cell("let x = \"one\";", Nothing)
            .cell("x", Result("\"one\"")),
        behaviour("shadowing may use the old value")
            .cell("let x = 20;", Nothing)
            .cell("let x = x + 1; let x = x * 2;", Nothing)
            .cell("x", Result("42")),
        behaviour("a variable that a failing cell makes anew keeps its value")
            .cell("let x = 1;", Nothing)
            .cell("let x = \"two\"; panic!(\"{x}\");", Fails("panic", "two"))
            .cell("x", Result("1"))
            .differs(
                ferrolab_kernel::engine::Kind::Evcxr,
                "the old value is not kept either",
                &[Nothing, Fails("panic", "two"), Fails("E0425", "replaced by one that was not kept in cell")],
            ),
        behaviour("a moved variable is gone")
            .cell("let a = Some(\"foo\".to_owned());", Nothing)
            .cell("a.unwrap()", Result("\"foo\""))
            .cell("a", Fails("E0425", "a")),
        behaviour("a variable that is moved and made anew stays")
            .cell("let mut s = String::from(\"a\");", Nothing)
            .cell("drop(s); s = String::from(\"b\");", Fine)
            .cell("s", Result("\"b\""))
            .differs(
                ferrolab_kernel::engine::Kind::Evcxr,
                "a variable that is moved inside the cell is not kept, even if it gets a new value",
                &[Nothing, Fine, Fails("E0425", "it was moved")],
            ),
        behaviour("a Copy value is still there after use")
            .cell("let p = (1, 2.5);", Nothing)
            .cell("let q = p; q.0", Result("1"))
            .cell("p.1", Result("2.5")),
        behaviour("showing a value does not move it")
            .cell("let v = vec![String::from(\"x\")];", Nothing)
            .cell("v", Result("[\"x\"]"))
            .cell("v", Result("[\"x\"]")),
        behaviour("numbers without a suffix get their default types")
            .cell("let a = (42, 3.5);", Nothing)
            .cell("std::any::type_name_of_val(&a)", Result("\"(i32, f64)\"")),
        behaviour("a type that is known in part is inferred")
            .cell("let v: Vec<_> = (0..3).map(|i| i * 2).collect();", Nothing)
            .cell("v", Result("[0, 2, 4]")),
        behaviour("arrays keep their length")
            .cell("let a = [[1u8; 3]; 2];", Nothing)
            .cell("a.len() * a[0].len()", Result("6")),
        behaviour("a static string slice is a variable")
            .cell("let s = \"long text\"; let part = &s[5..];", Nothing)
            .cell("part", Result("\"text\"")),
        behaviour("a reference to another variable is not kept")
            .cell("let v = vec![1, 2];", Nothing)
            .cell("let first = &v[0]; println!(\"{first}\");", Printed("1\n"))
            .cell("first", Fails("E0425", "first"))
            .differs(
                ferrolab_kernel::engine::Kind::Evcxr,
                "the cell that makes it is refused",
                &[Nothing, Fails("SyntaxError", "reference"), Fails("E0425", "first")],
            ),
        behaviour("a reference inside a block is fine")
            .cell("let v = vec![1, 2];", Nothing)
            .cell("{ let first = &v[0]; println!(\"{first}\"); }", Printed("1\n"))
            .cell("v.len()", Result("2")),
        behaviour("shared ownership goes through cells")
            .cell("use std::{cell::RefCell, rc::Rc}; let r = Rc::new(RefCell::new(String::new())); let r2 = Rc::clone(&r);", Nothing)
            .cell("r.borrow_mut().push_str(\"foo\");", Nothing)
            .cell("r2.borrow().clone()", Result("\"foo\"")),
        behaviour("a boxed closure is a variable")
            .cell("let k = 3; let f: Box<dyn Fn(i32) -> i32> = Box::new(move |x| x * k);", Nothing)
            .cell("f(14)", Result("42")),
        behaviour("a closure is a variable")
            .cell("let f = |x: i32| x + 1;", Fine)
            .cell("f(1)", Result("2"))
            .differs(
                ferrolab_kernel::engine::Kind::Evcxr,
                "the cell that makes it is refused",
                &[Fails("CompileError", "closure"), Fails("E0425", "f")],
            ),
        behaviour("a function pointer is a variable")
            .cell("fn twice(x: i32) -> i32 { 2 * x } let f: fn(i32) -> i32 = twice;", Nothing)
            .cell("f(21)", Result("42")),
        behaviour("a trait object is a variable")
            .cell("let d: Box<dyn std::fmt::Display> = Box::new(1.5);", Nothing)
            .cell("d.to_string()", Result("\"1.5\"")),
        behaviour("a variable declared first is set later in the cell")
            .cell("let x; if 1 < 2 { x = \"yes\" } else { x = \"no\" }", Fine)
            .cell("x", Result("\"yes\"")),
        behaviour("variables of a block stay in it")
            .cell("{ let inner = 1; let _ = inner; }", Fine)
            .cell("inner", Fails("E0425", "inner")),
        behaviour("maps and their entries go through cells")
            .cell("use std::collections::BTreeMap; let mut m = BTreeMap::new(); m.insert(\"a\", vec![1]);", Fine)
            .cell("m.entry(\"a\").or_default().push(2); m", Result("{\"a\": [1, 2]}")),
        behaviour("an unused variable whose type has a destructor lives on")
            .cell("struct D; impl Drop for D { fn drop(&mut self) { println!(\"dropped\"); } } let d = D;", Nothing)
            .cell("1", Result("1"))
            .cell("drop(d);", Printed("dropped\n")),
    ]
}
