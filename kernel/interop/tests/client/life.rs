//! Several clients, several kernels, clients that come back, forgers, and the end in the middle of a cell.

use ferrolab_kernel_interop::{Client, Kernel, result, stdout};
use jupyter_protocol::JupyterMessageContent as Content;
use jupyter_protocol::{
    ConnectionInfo, ExecuteRequest, InterruptRequest, KernelInfoRequest, ReplyStatus, ShutdownRequest,
};
use jupyter_zmq_client::{create_client_shell_connection_with_identity, peer_identity_for_session};

#[tokio::test]
async fn two_kernels_at_once_do_not_know_of_each_other() {
    let kernels = [Kernel::start().await, Kernel::start().await];
    let mut clients = [Client::of(&kernels[0], "a").await, Client::of(&kernels[1], "b").await];
    let mut ids = Vec::new();
    for (number, client) in clients.iter_mut().enumerate() {
        let code = format!("let number = {number}; println!(\"{{number}}\");");
        ids.push(client.send(ExecuteRequest::new(code)).await);
    }
    for (number, (client, id)) in clients.iter_mut().zip(&ids).enumerate() {
        assert_eq!(stdout(&client.outputs_of(id).await), format!("{number}\n"));
        client.reply_to(id).await;
        let (_, outputs) = client.run("number").await;
        assert_eq!(result(&outputs), Some(number.to_string().as_str()));
    }
}

#[tokio::test]
async fn two_clients_see_all_outputs_and_get_their_own_replies() {
    let kernel = Kernel::start().await;
    let (mut first, mut second) = (Client::of(&kernel, "first").await, Client::of(&kernel, "second").await);
    let cell =
        first.send(ExecuteRequest::new("let shared = 1; println!(\"from the first\");".to_owned())).await;
    assert_eq!(stdout(&second.outputs_of(&cell).await), "from the first\n");
    first.reply_to(&cell).await;
    let (_, outputs) = second.run("shared + 1").await;
    assert_eq!(result(&outputs), Some("2"));
}

#[tokio::test]
async fn a_client_that_comes_back_under_its_name_is_answered_while_a_cell_runs() {
    let kernel = Kernel::start().await;
    let mut before = Client::of(&kernel, "the same").await;
    let cell = before.start_printing("println!(\"running\"); loop {}").await;
    drop(before);
    let mut after = Client::of(&kernel, "the same").await;
    let question = after.send(KernelInfoRequest {}).await;
    assert!(matches!(after.reply_to(&question).await, Content::KernelInfoReply(_)));
    after.ask_control(InterruptRequest {}).await;
    assert!(matches!(after.reply_to(&cell).await, Content::ExecuteReply(_)));
}

#[tokio::test]
async fn a_client_with_another_key_is_not_heard() {
    let kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "honest").await;
    let info = ConnectionInfo { key: "a guess".to_owned(), ..kernel.info.clone() };
    let identity = peer_identity_for_session("forger").unwrap();
    let mut forger = create_client_shell_connection_with_identity(&info, "forger", identity).await.unwrap();
    forger.send(ExecuteRequest::new("let stolen = 1;".to_owned()).into()).await.unwrap();
    let (reply, _) = client.run("1 + 1").await;
    assert_eq!((reply.status, reply.execution_count.value()), (ReplyStatus::Ok, 1));
    assert_eq!(client.run("stolen").await.0.error.unwrap().ename, "E0425");
}

#[tokio::test]
async fn a_shutdown_is_answered_in_the_middle_of_a_cell() {
    let mut kernel = Kernel::start().await;
    let mut client = Client::of(&kernel, "end").await;
    client
        .start_printing("println!(\"running\"); std::thread::sleep(std::time::Duration::from_secs(600));")
        .await;
    let Content::ShutdownReply(reply) = client.ask_control(ShutdownRequest { restart: true }).await else {
        panic!()
    };
    assert_eq!((reply.status, reply.restart), (ReplyStatus::Ok, true));
    assert!(kernel.wait().success());
}
