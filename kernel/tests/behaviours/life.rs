//! `?`, panics, threads, and the ends that a process can come to.

use ferrolab_kernel::engine::Kind;

use crate::behaviour::*;

pub fn behaviours() -> Vec<Behaviour> {
    vec![
        behaviour("`?` on a good value gives it")
            .cell("let n: i32 = \"42\".parse()?;", Nothing)
            .cell("n", Result("42")),
        behaviour("a failing `?` is an error that tells its text, and variables stay")
            .cell("let kept = 1;", Nothing)
            .cell("let n: i32 = \"x\".parse()?; println!(\"not reached\");", Fails("ParseIntError", "invalid digit found in string"))
            .cell("kept", Result("1"))
            .differs(
                Kind::Evcxr,
                "the kind of error and its place are not known, only its text",
                &[Nothing, Fails("Error", "invalid digit found in string"), Result("1")],
            ),
        behaviour("`?` on an error of text")
            .cell("fn f(x: i32) -> Result<i32, String> { if x > 0 { Ok(x) } else { Err(format!(\"{x} is too small\")) } }", Nothing)
            .cell("f(f(3)?)? + 1", Result("4"))
            .cell("f(-1)?", Fails("Error", "-1 is too small")),
        behaviour("`?` on an error that tells itself and is no `Error`")
            .cell("struct Odd(u8); impl std::fmt::Display for Odd { fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result { write!(f, \"odd {}\", self.0) } } fn f() -> Result<i32, Odd> { Err(Odd(3)) }", Nothing)
            .cell("f()?", Fails("E0277", "std::error::Error"))
            .differs(Kind::Evcxr, "an error has to tell itself, nothing more", &[Nothing, Fails("Error", "odd 3")]),
        behaviour("a return ends the cell, and its variables stay")
            .cell("let n = 1;", Nothing)
            .cell("let m = 2; print!(\"a\"); if n == 1 { return } print!(\"b\");", Printed("a"))
            .cell("n", Result("1"))
            .differs(
                Kind::Evcxr,
                "a cell cannot return before its end",
                &[Nothing, Fails("E0308", "mismatched types"), Result("1")],
            ),
        behaviour("`?` on a boxed error")
            .cell("fn f() -> Result<i32, Box<dyn std::error::Error>> { Ok(std::fs::read_to_string(\"/no/such/file\")?.len() as i32) }", Nothing)
            .cell("f()?", Fails("Error", "No such file")),
        behaviour("a panic is an error at its line, and variables stay")
            .cell("let a = vec![1, 2, 3]; let b = 42;", Nothing)
            .cell("let c = 1;\npanic!(\"on purpose {b}\");", Fails("panic", "on purpose 42"))
            .cell("a.len() as i32 + b", Result("45"))
            .cell("c", Fails("E0425", "c")),
        behaviour("the place of a panic is shown")
            .cell("let v = vec![1];\n\nlet n = v[7];", Fails("panic", "3 |")),
        behaviour("a panic in a function of an earlier cell")
            .cell("fn half(x: Option<i32>) -> i32 {\n    x.unwrap() / 2\n}", Nothing)
            .cell("half(None)", Fails("panic", "unwrap")),
        behaviour("an overflow is a panic")
            .cell("let mut n = 250u8;", Nothing)
            .cell("for _ in 0..10 { n += 1; }", Fails("panic", "overflow")),
        behaviour("a caught panic is no error")
            .cell("let r = std::panic::catch_unwind(|| { panic!(\"caught\") }); r.is_err()", Result("true")),
        behaviour("a thread gives its value")
            .cell("let handle = std::thread::spawn(|| 6 * 7);", Nothing)
            .cell("handle.join().unwrap()", Result("42")),
        behaviour("scoped threads borrow variables")
            .cell("let v = vec![1, 2, 3, 4];", Nothing)
            .cell("std::thread::scope(|s| { let (a, b) = v.split_at(2); let x = s.spawn(|| a.iter().sum::<i32>()); b.iter().sum::<i32>() + x.join().unwrap() })", Result("10"))
            .cell("v.len()", Result("4")),
        behaviour("channels and locks between threads")
            .cell("use std::sync::{Arc, Mutex, mpsc}; use std::thread::{self, JoinHandle}; let total = Arc::new(Mutex::new(0)); let (tx, rx) = mpsc::channel::<i32>();", Nothing)
            .cell("let workers: Vec<JoinHandle<()>> = (0..4).map(|i| { let (total, tx) = (total.clone(), tx.clone()); thread::spawn(move || { *total.lock().unwrap() += i; tx.send(i).unwrap(); }) }).collect();", Nothing)
            .cell("for worker in workers { worker.join().unwrap(); } rx.try_iter().sum::<i32>() + *total.lock().unwrap()", Result("12")),
        behaviour("a panic in another thread is told")
            .cell("std::thread::spawn(|| panic!(\"in the thread\")).join().is_err()", Told("in the thread")),
        behaviour("exit ends the process, says so, and the next cell runs")
            .cell("let x = 1; fn f() -> i32 { 5 }", Nothing)
            .cell("std::process::exit(3)", Fails("ProcessDied", "exit code 3"))
            .cell("f()", Result("5"))
            .cell("x", Fails("E0425", "x")),
        behaviour("abort")
            .cell("let lost = 1;", Nothing)
            .cell("std::process::abort()", Fails("ProcessDied", "lost variables: lost"))
            .cell("1", Result("1")),
        behaviour("an endless recursion")
            .cell("fn deep(n: u64) -> u64 { if n == u64::MAX { 0 } else { 1 + deep(std::hint::black_box(n + 1)) } }", Nothing)
            .cell("deep(0)", Fails("ProcessDied", "the stack overflowed"))
            .cell("1", Result("1")),
        behaviour("an error while compiling changes nothing")
            .cell("let mut n = 1;", Nothing)
            .cell("n += 1; let m: String = n;", Fails("E0308", "String"))
            .cell("n", Result("1")),
        behaviour("async functions, blocks and await")
            .cell("async fn two() -> i32 { 2 }", Nothing)
            .cell("let n = two().await + async { 1 }.await; n", Result("3")),
    ]
}
