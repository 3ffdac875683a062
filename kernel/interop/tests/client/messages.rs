//! Each kind of message, in the form that these crates expect.

use ferrolab_kernel_interop::{Client, Kernel, plain, stderr, stdout};
use jupyter_protocol::JupyterMessageContent as Content;
use jupyter_protocol::{
    CommInfoRequest, CompleteRequest, ExecuteRequest, ExecutionCount, HistoryEntry, HistoryRequest,
    InspectRequest, InterruptRequest, IsCompleteReplyStatus, IsCompleteRequest, KernelInfoRequest,
    ReplyStatus, ShutdownRequest, UnknownMessage,
};
use serde_json::json;

#[tokio::test]
async fn every_message_of_a_cell_is_understood() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "cells").await;
    let code = r#"use ferrolab::prelude::*;
        println!("a"); eprintln!("b");
        let shown = display(&Html("<b>1</b>")); shown.update(&Html("<b>2</b>")); clear_output(true);
        6 * 7"#;
    let (reply, outputs) = client.run(code).await;
    assert_eq!((reply.status, reply.execution_count.value()), (ReplyStatus::Ok, 1));
    let mut types: Vec<&str> = outputs.iter().map(Content::message_type).collect();
    // Which of the two streams comes first is not what this test is about.
    types.dedup();
    let expected =
        ["execute_input", "stream", "display_data", "update_display_data", "clear_output", "execute_result"];
    assert_eq!(types, expected);
    assert_eq!((stdout(&outputs), stderr(&outputs)), ("a\n".into(), "b\n".into()));
    let id_of = |content: &Content| match content {
        Content::DisplayData(display) => display.transient.clone()?.display_id,
        Content::UpdateDisplayData(update) => update.transient.display_id.clone(),
        _ => None,
    };
    let ids: Vec<String> = outputs.iter().filter_map(id_of).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
    let Some(Content::ExecuteResult(result)) = outputs.last() else { panic!("{outputs:?}") };
    assert_eq!((plain(&result.data), result.execution_count), ("42", ExecutionCount::new(1)));
}

#[tokio::test]
async fn every_question_is_answered_in_the_form_of_the_protocol() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "questions").await;
    client.run("let tensor = 6 * 7;").await;

    let Content::KernelInfoReply(info) = client.ask(KernelInfoRequest {}).await.0 else { panic!() };
    assert_eq!((info.status, info.protocol_version.as_str()), (ReplyStatus::Ok, "5.5"));
    assert_eq!(info.language_info.name, "rust");
    let Content::KernelInfoReply(control) = client.ask_control(KernelInfoRequest {}).await else { panic!() };
    assert_eq!(control.banner, info.banner);

    for (code, status) in [
        ("fn f() {", IsCompleteReplyStatus::Incomplete),
        ("1 + 1", IsCompleteReplyStatus::Complete),
        ("fn f() }", IsCompleteReplyStatus::Invalid),
    ] {
        let asked = client.ask(IsCompleteRequest { code: code.to_owned() }).await.0;
        let Content::IsCompleteReply(reply) = asked else { panic!("{asked:?}") };
        assert_eq!(reply.status, status, "{code}");
    }

    let inspect = InspectRequest { code: "tensor".to_owned(), cursor_pos: 1, detail_level: Some(0) };
    let Content::InspectReply(reply) = client.ask(inspect).await.0 else { panic!() };
    assert!(reply.found && plain(&reply.data).contains("i32"), "{reply:?}");

    let Content::CommInfoReply(reply) = client.ask(CommInfoRequest { target_name: None }).await.0 else {
        panic!()
    };
    assert!(reply.comms.is_empty());

    let Content::InterruptReply(reply) = client.ask_control(InterruptRequest {}).await else { panic!() };
    assert_eq!(reply.status, ReplyStatus::Ok);
}

#[tokio::test]
async fn a_cursor_counts_code_points() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "cursor").await;
    client.run("let tensor = 1;").await;
    // A letter with a combining accent and an emoji: seven code points before the name, more bytes, fewer characters.
    let code = "\"e\u{301}🦀\"; ten".to_owned();
    let Content::CompleteReply(reply) = client.ask(CompleteRequest { code, cursor_pos: 10 }).await.0 else {
        panic!()
    };
    assert!(reply.matches.iter().any(|name| name == "tensor"), "{:?}", reply.matches);
    assert_eq!((reply.cursor_start, reply.cursor_end), (7, 10));
}

#[tokio::test]
async fn what_is_not_to_be_stored_is_not_in_the_history() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "history").await;
    client.run("1 + 1").await;
    let unstored = ExecuteRequest { store_history: false, ..ExecuteRequest::new("2 + 2".to_owned()) };
    client.ask(unstored).await;
    client.run("3 + 3").await;
    let tail = HistoryRequest::Tail { n: 10, output: false, raw: true };
    let Content::HistoryReply(reply) = client.ask(tail).await.0 else { panic!() };
    let cell = |entry: &HistoryEntry| match entry {
        HistoryEntry::Input(_, number, code) => (*number, code.clone()),
        other => panic!("{other:?}"),
    };
    let cells: Vec<(usize, String)> = reply.history.iter().map(cell).collect();
    assert_eq!(cells, [(1, "1 + 1".to_owned()), (2, "3 + 3".to_owned())]);
}

#[tokio::test]
async fn a_request_that_nobody_knows_is_answered_by_an_error() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "unknown").await;
    let request = UnknownMessage { msg_type: "make_coffee_request".to_owned(), content: json!({"sugar": 2}) };
    let Content::UnknownMessage(reply) = client.ask(request).await.0 else { panic!() };
    assert_eq!(reply.msg_type, "make_coffee_reply");
    assert_eq!(reply.content["status"], "error");
}

#[tokio::test]
async fn a_shutdown_is_confirmed() {
    let mut kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "end").await;
    let Content::ShutdownReply(reply) = client.ask_control(ShutdownRequest { restart: false }).await else {
        panic!()
    };
    assert_eq!((reply.status, reply.restart), (ReplyStatus::Ok, false));
    assert!(kernel.wait().success());
}
