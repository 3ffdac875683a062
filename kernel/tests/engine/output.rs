//! What a cell shows, and in which order.

use crate::harness::{Session, drawn, text};
use ferrolab_kernel::engine::{Event, StreamName};

/// Events in short: `out a`, `display <id> x`, …
fn short(events: &[Event]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut number = |id: &str| {
        let at = ids.iter().position(|known| known == id).unwrap_or_else(|| {
            ids.push(id.to_owned());
            ids.len() - 1
        });
        format!("#{at}")
    };
    let text = |data: &ferrolab_kernel::engine::Bundle| data["text/plain"].as_str().unwrap().to_owned();
    let mut short: Vec<String> = Vec::new();
    for event in events {
        let line = match event {
            Event::Stream { name, text } => format!("{name:?} {text:?}"),
            Event::Display { data, display_id, .. } => {
                format!("display {} {}", number(display_id.as_deref().unwrap()), text(data))
            }
            Event::UpdateDisplay { data, display_id, .. } => {
                format!("update {} {}", number(display_id), text(data))
            }
            Event::ClearOutput { wait } => format!("clear {wait}"),
            Event::Result { data, .. } => format!("result {}", text(data)),
            Event::Input { prompt, .. } => format!("input {prompt:?}"),
        };
        short.push(line);
    }
    short
}

#[test]
fn prints_displays_updates_and_the_result_keep_their_order() {
    let mut session = Session::after(&["use ferrolab::display::{Html, display, clear_output};"]);
    let events = session.ok(
        "print!(\"a\"); let h = display(&Html(\"one\")); println!(\"b\"); let g = display(&Html(\"two\")); h.update(&Html(\"three\"));\n\
         clear_output(true); print!(\"no newline\"); 1 + 1",
    );
    let expected = [
        "Stdout \"a\"",
        "display #0 one",
        "Stdout \"b\\n\"",
        "display #1 two",
        "update #0 three",
        "clear true",
        "Stdout \"no newline\"",
        "result 2",
    ];
    assert_eq!(short(&events), expected);
    assert_eq!(short(&session.ok("h.update(&Html(\"four\"));")), ["update #0 four"]);
}

#[test]
fn a_progress_bar_is_one_display_updated_in_place() {
    let mut session = Session::after(&["use ferrolab::display::Progress;"]);
    let events = session.ok("let bar = Progress::new(3, \"epoch\"); bar.message(\"loss 0.5\"); for _ in 0..3 { bar.inc(1); } bar.finish();");
    let Event::Display { data, display_id: Some(id), .. } = &events[0] else { panic!("{events:?}") };
    assert!(data["text/html"].as_str().unwrap().contains("epoch"));
    let Some(Event::UpdateDisplay { data, display_id, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(display_id, id);
    assert!(
        data["text/plain"].as_str().unwrap().contains("3/3")
            && data["text/plain"].as_str().unwrap().contains("loss 0.5")
    );
}

#[test]
fn statements_show_nothing() {
    let mut session = Session::new();
    for cell in [
        "",
        "// only a comment",
        "1 + 1;",
        "let x = 1;",
        "fn f() {}",
        "for _ in 0..2 {}",
        "()",
        "if true {}",
        "use std::fmt;",
    ] {
        assert_eq!(session.ok(cell), [], "{cell}");
    }
}

#[test]
fn every_value_has_a_view() {
    let mut session = Session::after(&[
        "struct Silent; #[derive(Debug)] struct Own; impl Own { fn evcxr_display(&self) { println!(\"own\") } }",
    ]);
    assert_eq!(session.result("\"text\""), "\"text\"");
    assert_eq!(session.result("vec![Some(1.5), None]"), "[Some(1.5), None]");
    assert!(session.result("Silent").ends_with("::Silent"));
    assert_eq!(session.result("ferrolab::display::Markdown(\"**x**\")"), "**x**");
    assert_eq!(text(&session.ok("Own"), StreamName::Stdout), "own\n");
    assert_eq!(session.result("if true { 1 } else { 2 }"), "1");
    assert_eq!(session.result("vec![1, 2].iter().map(|x| x * 2).collect::<Vec<_>>()"), "[2, 4]");
    assert_eq!(session.result("String::from(\"temporary\").as_str()"), "\"temporary\"");
}

#[test]
fn evcxr_blocks_are_displays() {
    let events =
        Session::new().ok("println!(\"x\\nEVCXR_BEGIN_CONTENT text/html\\n<b>1</b>\\nEVCXR_END_CONTENT\");");
    assert!(
        matches!(&events[1], Event::Display { data, display_id: None, .. } if data["text/html"] == "<b>1</b>"),
        "{events:?}"
    );
}

#[test]
fn twenty_thousand_lines_arrive_complete_and_in_order() {
    let events = Session::new().ok("for i in 0..20_000 { println!(\"line {i}\"); }");
    let expected: String = (0..20_000).map(|i| format!("line {i}\n")).collect();
    assert_eq!(text(&events, StreamName::Stdout), expected);
}

#[test]
fn large_output_bytes_that_are_no_text_and_both_streams_arrive() {
    let mut session = Session::new();
    let events = session.ok("print!(\"{}\", \"ä\".repeat(1_000_000)); eprint!(\"e\");");
    assert_eq!(text(&events, StreamName::Stdout).chars().count(), 1_000_000);
    assert_eq!(text(&events, StreamName::Stderr), "e");
    let events = session.ok("use std::io::Write; std::io::stdout().write_all(b\"a\\xffb\\n\")?;");
    assert_eq!(text(&events, StreamName::Stdout), "a\u{fffd}b\n");
}

#[test]
fn sixty_four_megabytes_arrive() {
    let code = "let block = \"x\".repeat(1 << 16);\nfor _ in 0..1 << 10 { print!(\"{block}\"); }";
    let events = Session::new().ok(code);
    let bytes = |event: &Event| match event {
        Event::Stream { text, .. } => text.len(),
        _ => 0,
    };
    assert_eq!(events.iter().map(bytes).sum::<usize>(), 64 << 20);
}

/// The outputs of both streams in their order, neighbours of one stream joined.
fn in_order(events: &[Event]) -> Vec<(StreamName, String)> {
    let mut joined: Vec<(StreamName, String)> = Vec::new();
    for event in events {
        let Event::Stream { name, text } = event else { continue };
        match joined.last_mut() {
            Some((last, all)) if last == name => all.push_str(text),
            _ => joined.push((*name, text.clone())),
        }
    }
    joined
}

#[test]
fn both_streams_arrive_in_the_order_in_which_they_were_written() {
    only_direct!("on evcxr the order of the two streams is not kept for certain");
    use StreamName::{Stderr, Stdout};
    let mut session = Session::new();
    let expected = |lines: &[(StreamName, &str)]| -> Vec<_> {
        lines.iter().map(|(name, text)| (*name, (*text).to_owned())).collect()
    };
    let events = session.ok("println!(\"a\"); eprintln!(\"b\"); print!(\"c\"); eprint!(\"d\"); println!();");
    let lines = [(Stdout, "a\n"), (Stderr, "b\n"), (Stdout, "c"), (Stderr, "d"), (Stdout, "\n")];
    assert_eq!(in_order(&events), expected(&lines));
    // Also where a function of an earlier cell writes to the other stream, and while arguments are worked out.
    session.ok("fn warn(x: i32) -> i32 { eprintln!(\"warn {x}\"); x }");
    let events = session
        .ok("println!(\"1\"); println!(\"{}\", warn(2)); let y =\ndbg!(warn(3) + 1);\nprintln!(\"{y}\");");
    let lines = [
        (Stdout, "1\n"),
        (Stderr, "warn 2\n"),
        (Stdout, "2\n"),
        (Stderr, "warn 3\n[cell_3.rs:2:1] warn(3) + 1 = 4\n"),
        (Stdout, "4\n"),
    ];
    assert_eq!(in_order(&events), expected(&lines));
    // A caught panic is told on standard error too.
    let caught = "println!(\"a\"); let _ = std::panic::catch_unwind(|| panic!(\"b\")); std::thread::spawn(|| panic!(\"c\")).join().unwrap_err(); println!(\"d\");";
    let order: Vec<_> = in_order(&session.ok(caught)).into_iter().map(|(name, _)| name).collect();
    assert_eq!(order, [Stdout, Stderr, Stdout]);
}

#[test]
fn two_thousand_turns_between_the_streams_keep_their_order() {
    only_direct!("on evcxr the order of the two streams is not kept for certain");
    let events = Session::new().ok("for i in 0..1000 { println!(\"{i}\"); eprintln!(\"{i}\"); }");
    let expected: Vec<_> = (0..1000)
        .flat_map(|i| [StreamName::Stdout, StreamName::Stderr].map(|name| (name, format!("{i}\n"))))
        .collect();
    assert_eq!(in_order(&events), expected);
}

#[test]
fn errors_in_what_is_printed_are_the_same_with_both_streams() {
    only_direct!("on evcxr the macros that print are never replaced");
    let wrong = [
        "println!(\"{}\");",
        "println!(\"{y}\");",
        "println!(\"{}\", 1, 2);",
        "println!(7);",
        "print!();",
        "println!(\"{:?}\", std::sync::Once::new);",
    ];
    for wrong in wrong {
        // The mention alone brings the macros that keep the order.
        let report = |more: &str| {
            let error = Session::new().fails(&format!("{wrong} // {more}\nlet {more} = 1;"));
            (error.ename.clone(), error.evalue.clone(), drawn(&error).replace(more, "MORE"))
        };
        assert_eq!(report("eprint"), report("aprint"), "{wrong}");
    }
}

#[test]
fn macros_of_the_user_are_not_replaced() {
    let mut session =
        Session::after(&["macro_rules! println { ($x:expr) => { std::print!(\"mine {}\", $x) } }"]);
    let events = session.ok("eprintln!(\"e\"); println!(1);");
    assert_eq!(text(&events, StreamName::Stdout), "mine 1");
    let mut session = Session::new();
    let events = session.ok("use std::print as println; eprintln!(\"e\"); println!(\"x\"); macro_rules! dbg { () => { 7 } }\nlet seven = dbg!();");
    assert_eq!(text(&events, StreamName::Stdout), "x");
    assert_eq!(session.result("eprintln!(); seven"), "7");
}

#[test]
fn text_without_a_newline_arrives_while_the_cell_runs() {
    let mut session = Session::new();
    let output = session.output();
    let error = session.interrupted_when(move || output() == "...", "print!(\"...\"); loop {}");
    assert_eq!(error.ename, "Interrupted");
    let output = session.output();
    let progress = "for i in 0..=3 { print!(\"\\r{}%\", i * 10); } eprint!(\"\"); loop {}";
    session.interrupted_when(move || output().ends_with("\r30%"), progress);
}
