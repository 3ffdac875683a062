//! Completion and inspection with a language server beside the kernel: what it says, and what happens when it is slow, dies
//! or talks nonsense.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ferrolab_kernel::Server;
use ferrolab_kernel::bundle::Project;
use ferrolab_kernel::connection::ConnectionFile;
use ferrolab_kernel::lsp::Setup;
use serde_json::{Value, json};

use crate::client::{Client, Kernel};
use crate::scripted::Scripted;

/// A kernel with a scripted engine and a scripted language server.
struct Helped {
    // Dropped in this order.
    client: Client,
    kernel: Kernel,
    folder: tempfile::TempDir,
}

impl Helped {
    fn new(encoding: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            program: PathBuf::from("python3"),
            arguments: [script(), &log_file(folder.path()).display().to_string(), encoding]
                .map(str::to_owned)
                .into(),
            project: Project { sysroot: PathBuf::new(), sysroot_src: PathBuf::new(), crates: Vec::new() },
        };
        Self::with(folder, move || Some(setup))
    }

    fn with(folder: tempfile::TempDir, setup: impl FnOnce() -> Option<Setup> + Send + 'static) -> Self {
        let connection = ConnectionFile::on_free_ports().unwrap();
        let mut server = Server::new(&connection, |events| Box::new(Scripted::new(events))).unwrap();
        server.ask_analyzer(setup).unwrap();
        let kernel = Kernel::serving(server, connection);
        Self { client: kernel.client(), kernel, folder }
    }

    /// The same when the language server has given its first answer.
    fn ready(encoding: &str) -> Self {
        let helped = Self::new(encoding);
        helped.completes("ready", "ready_known");
        helped
    }

    fn complete(&self, code: &str) -> Value {
        self.client.ask("complete_request", json!({"code": code})).0.content
    }

    fn matches(&self, code: &str) -> Vec<String> {
        serde_json::from_value(self.complete(code)["matches"].clone()).unwrap()
    }

    fn inspect(&self, code: &str) -> String {
        let reply = self.client.ask("inspect_request", json!({"code": code, "detail_level": 0})).0.content;
        reply["data"]["text/plain"].as_str().unwrap_or_default().to_owned()
    }

    /// Waits until a text is completed so.
    fn completes(&self, code: &str, name: &str) {
        wait_for(name, || self.matches(code).iter().any(|found| found == name));
    }

    /// What the language server has heard.
    fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(log_file(self.folder.path())).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn heard(&self, method: &str) -> usize {
        self.log().iter().filter(|message| message["method"] == method).count()
    }

    /// The numbers of the processes that were started.
    fn started(&self) -> Vec<u64> {
        self.log().iter().filter_map(|line| line["started"].as_u64()).collect()
    }

    fn go_on(&self) {
        std::fs::write(log_file(self.folder.path()).with_extension("log.go"), "").unwrap();
    }
}

fn script() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/protocol/language_server.py")
}

fn log_file(folder: &Path) -> PathBuf {
    folder.join("heard.log")
}

#[track_caller]
fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !there() {
        assert!(Instant::now() < patience, "waited for {what} in vain");
        std::thread::yield_now();
    }
}

#[test]
fn what_the_language_server_knows_stands_before_what_the_kernel_knows() {
    let helped = Helped::ready("utf-8");
    helped.client.run("item fn data_of_cell() {}");
    helped.client.run("let data_of_let");
    let reply = helped.complete("f(da");
    assert_eq!(reply["matches"], json!(["da_first", "da_known", "data_of_let", "data_of_cell"]));
    assert_eq!((&reply["cursor_start"], &reply["cursor_end"]), (&json!(2), &json!(4)));
    assert_eq!(
        reply["metadata"]["_jupyter_types_experimental"][1],
        json!({"text": "da_known", "type": "method", "signature": "fn known()", "start": 2, "end": 4})
    );
}

#[test]
fn the_language_server_sees_the_session_around_the_cell() {
    let helped = Helped::ready("utf-8");
    helped.client.run("item struct Point { x: f64 }");
    helped.client.run("let tensor");
    helped.completes(":vars\nten", "ten_known");
    let texts = helped.log();
    let last = texts.iter().rev().find(|message| message["method"] == "textDocument/didChange").unwrap();
    let text = last["params"]["contentChanges"][0]["text"].as_str().unwrap();
    assert!(
        text.contains("struct Point { x: f64 }\n") && text.contains("mut tensor: Tensor<Rank1<3>>"),
        "{text}"
    );
    assert!(text.contains("\n     \nten\n"), "the line for the kernel is no Rust: {text}");
}

#[test]
fn the_language_server_is_told_of_crates_that_are_new() {
    let helped = Helped::ready("utf-8");
    helped.client.run("crate parsers");
    helped.completes("par", "par_known");
    helped.completes("other", "other_known");
    assert_eq!(helped.heard("rust-analyzer/reloadWorkspace"), 1);
    let log = helped.log();
    let options = &log.iter().find(|message| message["method"] == "initialize").unwrap()["params"];
    let project = options["initializationOptions"]["linkedProjects"][0].as_str().unwrap();
    let project: Project = serde_json::from_str(&std::fs::read_to_string(project).unwrap()).unwrap();
    let session = project.crates.last().unwrap();
    assert_eq!(project.crates[session.deps[0].at].display_name, "parsers");
}

#[test]
fn positions_are_counted_as_the_language_server_wants_them() {
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let helped = Helped::ready(encoding);
        let code = "let é = 1;\nlet s = \"𝒳🦀\"; name";
        let reply = helped.complete(code);
        assert_eq!(reply["matches"], json!(["name_first", "name_known"]), "{encoding}");
        assert_eq!((&reply["cursor_start"], &reply["cursor_end"]), (&json!(25), &json!(29)), "{encoding}");
    }
}

#[test]
fn before_the_language_server_is_ready_the_kernel_answers_alone() {
    let helped = Helped::new("utf-8");
    helped.client.run("let early");
    assert_eq!(helped.matches("earl"), ["early"]);
    helped.completes("earl", "earl_known");
}

#[test]
fn without_a_language_server_the_kernel_answers_alone() {
    for setup in [None, Some(PathBuf::from("/nowhere/rust-analyzer"))] {
        let helped = Helped::with(tempfile::tempdir().unwrap(), || {
            let project =
                Project { sysroot: PathBuf::new(), sysroot_src: PathBuf::new(), crates: Vec::new() };
            setup.map(|program| Setup { program, arguments: Vec::new(), project })
        });
        helped.client.run("let alone");
        for _ in 0..3 {
            assert_eq!(helped.matches("alo"), ["alone"]);
            assert_eq!(helped.inspect("alone"), "let mut alone: Tensor<Rank1<3>>");
        }
    }
}

#[test]
fn a_late_answer_holds_nothing_up_and_is_there_the_next_time() {
    let helped = Helped::ready("utf-8");
    helped.client.run("let later");
    let waiting = helped.client.send("complete_request", json!({"code": "late"}));
    let question = helped.client.send("kernel_info_request", json!({}));
    assert!(helped.client.shell_reply().answers(&question), "another request is answered meanwhile");
    let reply = helped.client.shell_reply();
    assert!(reply.answers(&waiting));
    assert_eq!(reply.content["matches"], json!(["later"]));
    helped.go_on();
    // The same answer is for the word that has grown meanwhile.
    helped.completes("late_k", "late_known");
    assert_eq!(
        helped.heard("textDocument/completion"),
        3,
        "the warm-up, `ready` and `late`, each asked once"
    );
}

#[test]
fn a_word_that_grows_is_not_asked_about_again() {
    let helped = Helped::ready("utf-8");
    assert_eq!(helped.matches("x.gr"), ["gr_first", "gr_known"]);
    assert_eq!(helped.matches("x.gr_k"), ["gr_known"]);
    assert_eq!(helped.heard("textDocument/completion"), 3, "the warm-up, `ready` and `x.gr`");
}

#[test]
fn a_newer_question_cancels_the_older() {
    let helped = Helped::ready("utf-8");
    let older = helped.client.send("complete_request", json!({"code": "late"}));
    let newer = helped.client.send("complete_request", json!({"code": "newer"}));
    assert!(helped.client.shell_reply().answers(&older));
    helped.go_on();
    let reply = helped.client.shell_reply();
    assert!(reply.answers(&newer));
    helped.completes("newer", "newer_known");
    assert_eq!(helped.heard("$/cancelRequest"), 1);
}

#[test]
fn a_question_that_the_language_server_drops_is_asked_again() {
    let helped = Helped::ready("utf-8");
    helped.completes("modified", "modified_known");
    assert_eq!(helped.heard("textDocument/completion"), 4, "the warm-up, `ready`, and twice `modified`");
}

#[test]
fn a_language_server_that_ends_is_started_once_more_and_then_given_up() {
    for word in ["crash", "garble"] {
        let helped = Helped::ready("utf-8");
        helped.client.run(&format!("let {word}_course"));
        assert_eq!(helped.matches(word), [format!("{word}_course")]);
        wait_for("the second process", || helped.started().len() == 2);
        helped.completes("again", "again_known");
        assert_eq!(helped.matches(&format!("{word}_c")), [format!("{word}_course")]);
        for code in ["again", "ready", "other"] {
            assert_eq!(helped.matches(code), [""; 0]);
        }
        assert_eq!(helped.started().len(), 2);
    }
}

#[test]
fn a_language_server_that_was_killed_is_there_again() {
    let helped = Helped::ready("utf-8");
    let process = helped.started()[0];
    std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
    wait_for("another process", || helped.started().len() == 2);
    helped.completes("again", "again_known");
}

#[test]
fn inspection_joins_what_both_know() {
    let helped = Helped::ready("utf-8");
    helped.client.run("item /** Doubles. */ fn double(x: i32) -> i32 { x * 2 }");
    assert_eq!(helped.inspect("list"), "let list: Known\n\nsome::path\n\nAbout *it*.");
    // The session knows where it was defined.
    assert_eq!(helped.inspect("double"), "let double: Known\n\nsome::path\ncell [1]\n\nAbout *it*.");
    helped.client.run("let mine");
    assert_eq!(helped.inspect("mine"), "let mut mine: Tensor<Rank1<3>>");
}

#[test]
fn in_a_call_the_active_parameter_is_shown() {
    let helped = Helped::ready("utf-8");
    assert_eq!(helped.inspect("f(1, "), "fn 𝒳(a: A, b: B)\n\n→ b: B");
}

#[test]
fn the_language_server_helps_while_a_cell_runs() {
    let helped = Helped::ready("utf-8");
    let cell = helped.client.start_waiting();
    let question = helped.client.send("complete_request", json!({"code": "busy"}));
    let reply = helped.client.shell_reply();
    assert!(reply.answers(&question));
    assert_eq!(reply.content["matches"], json!(["busy_first", "busy_known"]));
    // The last status is that of the running cell.
    loop {
        let message = helped.client.iopub_next();
        if message.answers(&question) && message.content["execution_state"] == "idle" {
            break;
        }
    }
    let last = helped.client.iopub_next();
    assert!(last.answers(&cell) && last.content["execution_state"] == "busy", "{last:?}");
    helped.client.send_control("interrupt_request", json!({}));
    assert!(helped.client.shell_reply().answers(&cell));
}

#[test]
fn the_language_server_stands_back_and_ends_with_the_kernel() {
    let helped = Helped::ready("utf-8");
    let started = helped.log()[0].clone();
    assert!(started["nice"].as_i64() >= Some(10), "{started}");
    let answered =
        |id: Value| helped.log().iter().any(|message| message.get("method").is_none() && message["id"] == id);
    assert!(answered(json!(1)) && answered(json!("two")), "what the server asks is answered");
    let Helped { client, kernel, .. } = helped;
    drop((client, kernel));
    let process = PathBuf::from(format!("/proc/{}", started["started"]));
    wait_for("its end", || !process.exists());
}
