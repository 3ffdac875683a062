//! Messages that must not be trusted or cannot be read: dropped, and the next one is answered.

use ferrolab_kernel::connection::{ConnectionFile, Key};
use serde_json::json;

use crate::client::{Client, Kernel, execute};
use crate::scripted::Scripted;

/// Sends frames, then a good request; only that one is answered.
fn only_the_next_is_answered(client: &Client, bad: Vec<Vec<u8>>) {
    client.shell.send_multipart(bad, 0).unwrap();
    let good = client.send("kernel_info_request", json!({}));
    let reply = client.shell_reply();
    assert!(reply.answers(&good), "{reply:?}");
}

#[test]
fn forged_signatures_are_dropped() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (good, _) = client.frames("execute_request", &execute("out must not run"));
    for signature in ["0".repeat(64), String::new(), "not hexadecimal".to_owned(), "é".repeat(32)] {
        let mut forged = good.clone();
        forged[1] = signature.into_bytes();
        only_the_next_is_answered(&client, forged);
    }
    let mut changed = good;
    changed[5] = execute("out something else").to_string().into_bytes();
    only_the_next_is_answered(&client, changed);
    assert_eq!(client.run("out x").0.content["execution_count"], 1, "none of them ran");
}

#[test]
fn replayed_messages_are_dropped() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (frames, msg_id) = client.frames("execute_request", &execute("out once"));
    client.shell.send_multipart(frames.clone(), 0).unwrap();
    assert!(client.shell_reply().answers(&msg_id));
    only_the_next_is_answered(&client, frames);
}

#[test]
fn truncated_frames_are_dropped() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (frames, _) = client.frames("kernel_info_request", &json!({}));
    for length in 1..frames.len() {
        only_the_next_is_answered(&client, frames[..length].to_vec());
    }
    only_the_next_is_answered(&client, vec![vec![0; 100_000]]);
}

#[test]
fn signed_messages_that_are_not_json_are_dropped() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (good, _) = client.frames("kernel_info_request", &json!({}));
    for (frame, text) in [(2, "{"), (2, "[]"), (2, "{\"msg_id\": 1}"), (5, "{\"code\": "), (5, "\u{0}")] {
        let mut broken = good.clone();
        broken[frame] = text.as_bytes().to_vec();
        broken[1] = client.sign(&broken[2..]).into_bytes();
        only_the_next_is_answered(&client, broken);
    }
}

#[test]
fn buffers_are_accepted_though_the_signature_does_not_cover_them() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (mut frames, msg_id) = client.frames("kernel_info_request", &json!({}));
    frames.push(vec![1, 2, 3]);
    client.shell.send_multipart(frames, 0).unwrap();
    assert!(client.shell_reply().answers(&msg_id));
}

#[test]
fn with_an_empty_key_nothing_is_signed() {
    let connection = ConnectionFile { key: Key::default(), ..ConnectionFile::on_free_ports().unwrap() };
    let kernel = Kernel::at(connection, Scripted::new);
    assert_eq!(kernel.client().run("result 1").0.content["status"], "ok");
}
