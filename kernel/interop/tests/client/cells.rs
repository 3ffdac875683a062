//! How cells end, and how much they may print.

use ferrolab_kernel_interop::{Client, Kernel, result, stdout};
use jupyter_protocol::JupyterMessageContent as Content;
use jupyter_protocol::{ExecuteRequest, InterruptRequest, ReplyStatus};

#[tokio::test]
async fn every_way_to_fail_is_an_error_and_the_next_cell_runs() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "failures").await;
    let failures = [
        ("panic!(\"boom\")", "boom"),
        ("std::fs::read_to_string(\"nope\")?;", "No such file"),
        ("let n: i32 = \"no\";", "mismatched types"),
        ("std::process::exit(3)", "exit code 3"),
        ("unsafe { *(8 as *mut i32) = 1 }", "SIGSEGV"),
    ];
    for (code, words) in failures {
        let (reply, outputs) = client.run(code).await;
        assert_eq!(reply.status, ReplyStatus::Error, "{code}");
        let said = reply.error.expect(code);
        assert!(said.evalue.contains(words), "{code}: {said:?}");
        let [Content::ExecuteInput(_), .., Content::ErrorOutput(shown)] = &outputs[..] else {
            panic!("{code}: {outputs:?}")
        };
        assert_eq!((&shown.ename, &shown.evalue), (&said.ename, &said.evalue));
        assert!(!shown.traceback.is_empty(), "{code}");
        let (_, outputs) = client.run("1 + 1").await;
        assert_eq!(result(&outputs), Some("2"), "after {code}");
    }
}

#[tokio::test]
async fn an_interrupt_keeps_the_variables() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "interrupt").await;
    client.run("let mut steps = 40;").await;
    let id =
        client.start_printing("steps += 1; println!(\"running\"); loop { steps += 1; steps -= 1; }").await;
    client.heartbeat.single_heartbeat().await.unwrap();
    client.ask_control(InterruptRequest {}).await;
    let Content::ExecuteReply(reply) = client.reply_to(&id).await else { panic!() };
    assert_eq!(reply.status, ReplyStatus::Error);
    let (_, outputs) = client.run("steps >= 41").await;
    assert_eq!(result(&outputs), Some("true"));
}

#[tokio::test]
async fn cells_behind_a_failed_one_are_aborted() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "queue").await;
    // Queued while the first still waits for the interrupt, so that it cannot have ended before.
    let first = client.start_printing("println!(\"running\"); loop {}").await;
    let second = client.send(ExecuteRequest::new("println!(\"never\")".to_owned())).await;
    let third = client.send(ExecuteRequest::new("println!(\"never\")".to_owned())).await;
    client.ask_control(InterruptRequest {}).await;
    for (id, expected) in
        [(first, ReplyStatus::Error), (second, ReplyStatus::Aborted), (third, ReplyStatus::Aborted)]
    {
        let Content::ExecuteReply(reply) = client.reply_to(&id).await else { panic!() };
        assert_eq!(reply.status, expected);
    }
    let (_, outputs) = client.run("1 + 1").await;
    assert_eq!(result(&outputs), Some("2"));
}

#[tokio::test]
async fn twenty_thousand_lines_come_complete_and_in_few_messages() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "lines").await;
    let (reply, outputs) = client.run("for i in 0..20_000 { println!(\"{i}\"); }").await;
    assert_eq!(reply.status, ReplyStatus::Ok);
    assert_eq!(stdout(&outputs), (0..20_000).map(|i| format!("{i}\n")).collect::<String>());
    assert!(outputs.len() < 1000, "{} messages", outputs.len());
}

#[tokio::test]
async fn sixty_four_megabytes_come_through() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "flood").await;
    let (reply, outputs) =
        client.run("let line = \"x\".repeat((1 << 20) - 1);\nfor _ in 0..64 { println!(\"{line}\"); }").await;
    assert_eq!(reply.status, ReplyStatus::Ok);
    assert_eq!(stdout(&outputs).len(), 64 << 20);
}
