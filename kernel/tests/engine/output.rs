//! What a cell shows, and in which order.

use crate::harness::{Session, text};
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
    assert_eq!(session.result("Silent"), "cell::Silent");
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
