//! Cells: what they show, how they end, and the queue.

use serde_json::json;

use crate::client::{Kernel, contents, execute, types};
use crate::scripted::{Scripted, error};

#[test]
fn a_cell_shows_its_input_its_output_and_its_result_in_order() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, outputs) = client.run("out hello\nresult 42");
    assert_eq!(
        reply.content,
        json!({"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []})
    );
    assert_eq!(
        contents(&outputs),
        [
            ("execute_input", &json!({"code": "out hello\nresult 42", "execution_count": 1})),
            ("stream", &json!({"name": "stdout", "text": "hello"})),
            ("execute_result", &json!({"execution_count": 1, "data": {"text/plain": "42"}, "metadata": {}})),
        ]
    );
    assert_eq!(client.run("").0.content["execution_count"], 2);
}

#[test]
fn a_failed_cell_says_so_in_one_error_message_and_in_the_reply() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, outputs) = client.run("out before\nfail expected `7`, found `10`");
    let error = json!({"ename": "E0308", "evalue": "expected `7`, found `10`",
        "traceback": ["\u{1b}[31mE0308\u{1b}[0m: expected `7`, found `10`"]});
    assert_eq!(types(&outputs), ["execute_input", "stream", "error"]);
    assert_eq!(outputs[2].content, error);
    assert_eq!(reply.content["status"], "error");
    assert_eq!(reply.content["execution_count"], 1);
    for field in ["ename", "evalue", "traceback"] {
        assert_eq!(reply.content[field], error[field]);
    }
}

#[test]
fn a_silent_cell_shows_nothing_and_does_not_count() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let silent = |code| client.ask("execute_request", json!({"code": code, "silent": true}));
    let (reply, outputs) = silent("out x\nresult 1\nshow - picture");
    assert_eq!(reply.content["status"], "ok");
    assert_eq!(types(&outputs), [""; 0]);
    let (reply, outputs) = silent("fail on purpose");
    assert_eq!((&reply.content["status"], &reply.content["evalue"]), (&json!("error"), &json!("on purpose")));
    assert_eq!(types(&outputs), [""; 0]);
    assert_eq!(client.run("").0.content["execution_count"], 1);
}

#[test]
fn displays_updates_and_clears_arrive_as_such_and_in_order() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (_, outputs) =
        client.run("show - one\nshow curve two\nout text\nupdate curve three\nclear\nshow - four");
    let display =
        |text, transient| json!({"data": {"text/plain": text}, "metadata": {}, "transient": transient});
    assert_eq!(
        contents(&outputs)[1..],
        [
            ("display_data", &display("one", json!({}))),
            ("display_data", &display("two", json!({"display_id": "curve"}))),
            ("stream", &json!({"name": "stdout", "text": "text"})),
            ("update_display_data", &display("three", json!({"display_id": "curve"}))),
            ("clear_output", &json!({"wait": true})),
            ("display_data", &display("four", json!({}))),
        ]
    );
}

#[test]
fn cells_behind_a_failed_one_are_aborted() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let first = client.start_waiting();
    let behind = ["out two", "out three"].map(|code| client.send("execute_request", execute(code)));
    // On the same socket, so that it comes after them.
    let interrupt = client.send("interrupt_request", json!({}));
    assert!(client.shell_reply().answers(&interrupt));
    let reply = client.shell_reply();
    assert!(reply.answers(&first) && reply.content["status"] == "error");
    for cell in behind {
        assert_eq!(types(&client.iopub_of(&cell)), [""; 0], "an aborted cell shows nothing");
        let reply = client.shell_reply();
        assert!(reply.answers(&cell));
        assert_eq!(reply.content, json!({"status": "aborted", "execution_count": 1}));
    }
    let (reply, _) = client.run("out after");
    assert_eq!((&reply.content["status"], &reply.content["execution_count"]), (&json!("ok"), &json!(2)));
}

#[test]
fn without_stop_on_error_the_queue_goes_on() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.send("execute_request", json!({"code": "fail a", "stop_on_error": false}));
    client.send("execute_request", execute("out b"));
    assert_eq!(client.shell_reply().content["status"], "error");
    assert_eq!(client.shell_reply().content["status"], "ok");
}

#[test]
fn an_engine_that_panics_costs_one_cell_and_not_the_kernel() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, _) = client.run("panic");
    assert_eq!(reply.content["ename"], "KernelFault");
    assert!(reply.content["evalue"].as_str().unwrap().contains("scripted panic"));
    assert_eq!(client.run("out on we go").0.content["status"], "ok");
}

#[test]
fn an_engine_that_cannot_start_tells_why_until_that_is_mended() {
    let why = error("NoBundle", "the library is not built; run `ferrolab install`");
    let kernel = Kernel::with_engine(|events| Scripted::new(events).starting([Err(why.clone()), Err(why)]));
    let client = kernel.client();
    assert_eq!(client.ask("kernel_info_request", json!({})).0.content["status"], "ok");
    for _ in 0..2 {
        let (reply, outputs) = client.run("out x");
        assert_eq!(types(&outputs), ["execute_input", "error"]);
        assert_eq!(reply.content["evalue"], "the library is not built; run `ferrolab install`");
    }
    assert_eq!(client.run("out x").0.content["status"], "ok");
}
