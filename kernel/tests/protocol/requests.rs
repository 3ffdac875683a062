//! Requests that need no engine.

use serde_json::{Value, json};

use crate::client::{Kernel, contents};

#[test]
fn kernel_info_is_the_same_on_shell_and_control() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, outputs) = client.ask("kernel_info_request", json!({}));
    assert!(outputs.is_empty());
    let info = &reply.content;
    assert_eq!(info["status"], "ok");
    assert_eq!(info["protocol_version"], "5.5");
    assert_eq!(info["implementation"], "ferrolab");
    assert_eq!(info["language_info"]["name"], "rust");
    assert_eq!(info["language_info"]["file_extension"], ".rs");
    assert!(info["language_info"]["version"].as_str().unwrap().starts_with("1."));
    assert_eq!(info["supported_features"], json!([]));
    client.send_control("kernel_info_request", json!({}));
    assert_eq!(&client.control_reply().content, info);
}

#[test]
fn answers_repeat_the_header_of_the_request_unchanged() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let msg_id = client.send("kernel_info_request", json!({}));
    let parent = client.shell_reply().parent;
    assert_eq!(parent["msg_id"], msg_id);
    assert_eq!((&parent["username"], &parent["subshell_id"]), (&json!("tester"), &Value::Null));
    assert_eq!(parent["date"], "2026-11-23T18:00:00.000000Z");
}

#[test]
fn is_complete_tells_whether_a_line_is_missing() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let ask = |code| client.ask("is_complete_request", json!({"code": code})).0.content;
    assert_eq!(ask("let x = 1;"), json!({"status": "complete"}));
    let incomplete = ask("fn f() {");
    assert_eq!(incomplete["status"], "incomplete");
    assert!(incomplete["indent"].as_str().unwrap().chars().all(char::is_whitespace));
    assert_eq!(ask("fn f() }")["status"], "invalid");
}

#[test]
fn completion_and_inspection_know_the_variables_of_earlier_cells() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run("let tensor");
    // An emoji before the cursor: positions are code points.
    let (reply, _) = client.ask("complete_request", json!({"code": "\"🦀\"; ten", "cursor_pos": 8}));
    let reply = reply.content;
    assert_eq!(reply["matches"], json!(["tensor"]));
    assert_eq!((&reply["cursor_start"], &reply["cursor_end"]), (&json!(5), &json!(8)));
    assert_eq!(reply["status"], "ok");
    let inspect = |code| {
        client.ask("inspect_request", json!({"code": code, "cursor_pos": 2, "detail_level": 0})).0.content
    };
    assert_eq!(inspect("tensor")["data"]["text/plain"], "let mut tensor: Tensor<Rank1<3>>");
    assert_eq!(inspect("nothing"), json!({"status": "ok", "found": false, "data": {}, "metadata": {}}));
}

#[test]
fn items_are_completed_and_inspected_also_while_a_cell_runs() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run("item /** Doubles. */ fn double(x: i32) -> i32 { x * 2 }");
    client.start_waiting();
    let ask = |msg_type, content| client.ask(msg_type, content).0.content;
    let reply = ask("complete_request", json!({"code": "dou", "cursor_pos": 3}));
    assert_eq!(reply["matches"], json!(["double"]));
    assert_eq!(reply["metadata"]["_jupyter_types_experimental"][0]["type"], "function");
    let inspect =
        |level| ask("inspect_request", json!({"code": "double(", "cursor_pos": 7, "detail_level": level}));
    let brief = "fn double(x: i32) -> i32\n\n→ x: i32\n\ncell [1]\n\nDoubles.";
    assert_eq!(inspect(0)["data"]["text/plain"], brief);
    assert!(inspect(1)["data"]["text/plain"].as_str().unwrap().ends_with("{ x * 2 }"));
    client.send_control("interrupt_request", json!({}));
    client.control_reply();
    client.shell_reply();
}

#[test]
fn history_holds_the_stored_cells_and_their_results() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run("result 2");
    client.ask("execute_request", json!({"code": "out unstored", "store_history": false}));
    client.run("out hello");
    let tail = json!({"hist_access_type": "tail", "n": 10, "output": true, "raw": true});
    assert_eq!(
        client.ask("history_request", tail).0.content,
        json!({"status": "ok", "history": [[0, 1, ["result 2", "2"]], [0, 2, ["out hello", ""]]]})
    );
}

#[test]
fn a_comm_to_an_unknown_target_is_closed() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let msg_id = client.send("comm_open", json!({"comm_id": "c-1", "target_name": "nobody", "data": {}}));
    let outputs = client.iopub_of(&msg_id);
    assert_eq!(contents(&outputs), [("comm_close", &json!({"comm_id": "c-1", "data": {}}))]);
    for ignored in ["comm_msg", "comm_close"] {
        let msg_id = client.send(ignored, json!({"comm_id": "c-1", "data": {}}));
        assert!(client.iopub_of(&msg_id).is_empty());
    }
    let (reply, _) = client.ask("comm_info_request", json!({}));
    assert_eq!(reply.content, json!({"status": "ok", "comms": {}}));
}

#[test]
fn unknown_requests_are_answered_by_an_error_and_not_by_silence() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, _) = client.ask("create_subshell_request", json!({}));
    assert_eq!(reply.content["status"], "error");
    assert_eq!(reply.content["ename"], "UnknownMessageType");
    assert!(reply.content["evalue"].as_str().unwrap().contains("create_subshell_request"));
}

#[test]
fn requests_without_their_fields_are_answered_by_an_error() {
    let kernel = Kernel::new();
    let client = kernel.client();
    for msg_type in ["execute_request", "is_complete_request", "history_request"] {
        let (reply, _) = client.ask(msg_type, json!({"no": "such field"}));
        assert_eq!(reply.content["status"], "error", "{msg_type}");
        assert_eq!(reply.content["ename"], "InvalidContent", "{msg_type}");
    }
    assert_eq!(client.run("out still here").0.content["execution_count"], 1);
}

#[test]
fn questions_are_answered_while_a_cell_runs() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let cell = client.start_waiting();
    for msg_type in ["kernel_info_request", "comm_info_request"] {
        let question = client.send(msg_type, json!({}));
        assert!(client.shell_reply().answers(&question));
        // The last status is that of the running cell, or the kernel would look idle.
        loop {
            let message = client.iopub_next();
            if message.answers(&question) && message.content["execution_state"] == "idle" {
                break;
            }
        }
        let last = client.iopub_next();
        assert!(last.answers(&cell) && last.content["execution_state"] == "busy", "{last:?}");
    }
    client.send_control("interrupt_request", json!({}));
    assert!(client.shell_reply().answers(&cell));
}
