//! Questions of cells on the stdin channel.

use serde_json::{Value, json};

use crate::client::{Client, Kernel, execute};

fn asking(code: &str) -> Value {
    let mut content = execute(code);
    content["allow_stdin"] = json!(true);
    content
}

/// The outputs of a cell, as one text.
fn printed(client: &Client, cell: &str) -> String {
    let outputs = client.iopub_of(cell);
    outputs.iter().filter_map(|message| message.content["text"].as_str()).collect()
}

#[test]
fn a_question_goes_to_the_client_of_the_cell_and_its_answer_to_the_cell() {
    let kernel = Kernel::new();
    let (client, other) =
        (Client::new(&kernel.connection, "asker"), Client::new(&kernel.connection, "other"));
    let cell = client.send("execute_request", asking("out before\nask Your name: \npassword Key: "));
    let question = client.stdin_request();
    assert_eq!((question.msg_type.as_str(), question.answers(&cell)), ("input_request", true));
    assert_eq!(question.content, json!({"prompt": "Your name: ", "password": false}));
    // Meanwhile everything else is answered.
    client.send("kernel_info_request", json!({}));
    assert_eq!(client.shell_reply().msg_type, "kernel_info_reply");
    client.heartbeat.send("alive", 0).unwrap();
    assert_eq!(client.heartbeat.recv_bytes(0).unwrap(), b"alive");
    // Answers of others and to other questions are not taken.
    other.answer(&question.header, "stranger");
    client.answer(&json!({"msg_id": "another"}), "late");
    client.answer(&question.header, "Ada");
    let question = client.stdin_request();
    assert_eq!(question.content, json!({"prompt": "Key: ", "password": true}));
    // jupyter_client's own `input` does not tell what it answers.
    client.answer(&json!({}), "sesam");
    assert_eq!(client.shell_reply().content["status"], "ok");
    assert_eq!(printed(&client, &cell), "beforeText(\"Ada\")Text(\"sesam\")");
}

#[test]
fn a_client_that_gives_no_input_is_not_asked() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, outputs) = client.run("ask anybody?");
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(outputs[1].content["text"], "Refused");
}

#[test]
fn the_end_of_the_input_is_told() {
    let kernel = Kernel::new();
    let client = Client::new(&kernel.connection, "asker");
    let cell = client.send("execute_request", asking("ask"));
    client.answer(&client.stdin_request().header, "\u{4}");
    assert_eq!(client.shell_reply().content["status"], "ok");
    assert_eq!(printed(&client, &cell), "Ended");
}

#[test]
fn an_interrupt_ends_the_waiting_and_a_late_answer_is_not_that_of_the_next_cell() {
    let kernel = Kernel::new();
    let client = Client::new(&kernel.connection, "asker");
    client.send("execute_request", asking("ask first"));
    let first = client.stdin_request();
    client.send_control("interrupt_request", json!({}));
    assert_eq!(client.shell_reply().content["ename"], "Interrupted");
    client.answer(&first.header, "late");
    let cell = client.send("execute_request", asking("ask second"));
    let second = client.stdin_request();
    client.answer(&first.header, "late again");
    client.answer(&second.header, "in time");
    assert_eq!(client.shell_reply().content["status"], "ok");
    assert_eq!(printed(&client, &cell), "Text(\"in time\")");
}

#[test]
fn an_answer_that_nobody_waits_for_is_ignored() {
    let kernel = Kernel::new();
    let client = Client::new(&kernel.connection, "asker");
    client.answer(&json!({}), "unasked");
    assert_eq!(client.run("out fine").0.content["status"], "ok");
}
