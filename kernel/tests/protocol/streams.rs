//! Text that cells write: complete, in order, in few messages.

use crate::client::{Kernel, Received, types};

fn texts<'a>(outputs: &'a [Received], name: &str) -> Vec<&'a str> {
    let of_stream = outputs.iter().filter(|m| m.msg_type == "stream" && m.content["name"] == name);
    of_stream.map(|m| m.content["text"].as_str().unwrap()).collect()
}

#[test]
fn twenty_thousand_lines_come_complete_in_few_messages() {
    let kernel = Kernel::new();
    let (reply, outputs) = kernel.client().run("lines 20000");
    assert_eq!(reply.content["status"], "ok");
    let texts = texts(&outputs, "stdout");
    assert_eq!(texts.concat(), (0..20_000).map(|i| format!("{i}\n")).collect::<String>());
    assert!(texts.len() < 200, "{} messages", texts.len());
}

#[test]
fn sixty_four_megabytes_come_through() {
    let kernel = Kernel::new();
    let (reply, outputs) = kernel.client().run(&format!("flood {}", 64 << 20));
    assert_eq!(reply.content["status"], "ok");
    let texts = texts(&outputs, "stdout");
    assert_eq!(texts.iter().map(|text| text.len()).sum::<usize>(), 64 << 20);
    assert!(texts.len() < 200, "{} messages", texts.len());
}

#[test]
fn stdout_and_stderr_keep_their_order() {
    let kernel = Kernel::new();
    let (_, outputs) = kernel.client().run("out a\nout b\nerr c\nout d\nerr e\nerr f\nresult 1");
    let got: Vec<_> = (outputs.iter().filter(|m| m.msg_type == "stream"))
        .map(|m| (m.content["name"].as_str().unwrap(), m.content["text"].as_str().unwrap()))
        .collect();
    // Messages of one stream may or may not be joined, depending on time; the order holds anyway.
    let mut joined: Vec<(&str, String)> = Vec::new();
    for (name, text) in got {
        match joined.last_mut() {
            Some((last, all)) if *last == name => all.push_str(text),
            _ => joined.push((name, text.to_owned())),
        }
    }
    let expected = [("stdout", "ab"), ("stderr", "c"), ("stdout", "d"), ("stderr", "ef")];
    assert_eq!(joined, expected.map(|(name, text)| (name, text.to_owned())));
    assert_eq!(types(&outputs).last(), Some(&"execute_result"));
}

#[test]
fn text_is_shown_while_the_cell_still_runs() {
    let kernel = Kernel::new();
    let client = kernel.client();
    // Returns when the text is there.
    client.start_waiting();
    client.send_control("interrupt_request", serde_json::json!({}));
    assert_eq!(client.shell_reply().content["status"], "error");
}
