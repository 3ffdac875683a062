//! Lines for the kernel: what they show, what they change, and how they fail.

use serde_json::{Value, json};

use crate::client::{Kernel, contents, types};

#[test]
fn help_is_a_page_and_no_output() {
    let kernel = Kernel::new();
    let (reply, outputs) = kernel.client().run(":help");
    assert_eq!(types(&outputs), ["execute_input"]);
    let page = &reply.content["payload"][0];
    assert_eq!((&page["source"], &page["start"]), (&json!("page"), &json!(0)));
    for word in [":vars", ":time [CODE]", ":explain", "Shift-Tab"] {
        assert!(page["data"]["text/plain"].as_str().unwrap().contains(word), "{word}");
        assert!(page["data"]["text/markdown"].is_string());
    }
}

#[test]
fn a_question_mark_shows_what_is_known_of_a_name_on_a_page() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run("let tensor");
    for code in ["?tensor", "??tensor", ":doc tensor", ":help tensor"] {
        let (reply, _) = client.run(code);
        let data = &reply.content["payload"][0]["data"];
        assert!(data["text/plain"].as_str().unwrap().contains("Tensor<Rank1<3>>"), "{code}: {data}");
    }
    let (reply, _) = client.run("?nobody");
    let text = reply.content["payload"][0]["data"]["text/plain"].as_str().unwrap();
    assert!(text.contains("`nobody`"), "{text}");
}

#[test]
fn rust_and_lines_for_the_kernel_share_a_cell() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (reply, outputs) = client.run(":timing on\nout between\n");
    assert_eq!(reply.content["status"], "ok");
    let text: String = outputs.iter().filter_map(|message| message.content["text"].as_str()).collect();
    assert!(text.starts_with("every cell tells its time\nbetween"), "{text}");
    let (_, outputs) = client.run("out x");
    assert_eq!(outputs[1].content["text"], "xcompiled in 0.12 s, ran in 1.500 s\n");
}

#[test]
fn time_counts_the_rest_of_the_cell_and_only_this_cell() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let (_, outputs) = client.run(":time\nout x\n");
    assert_eq!(outputs[1].content["text"], "xcompiled in 0.12 s, ran in 1.500 s\n");
    let (_, outputs) = client.run(":time out y");
    assert_eq!(outputs[1].content["text"], "ycompiled in 0.12 s, ran in 1.500 s\n");
    assert_eq!(client.run("out z").1[1].content["text"], "z");
}

#[test]
fn the_type_of_an_expression_is_shown() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run("let tensor");
    let shown = |code| client.run(code).1[1].content["data"]["text/plain"].clone();
    assert_eq!(shown(":type tensor"), "Tensor<Rank1<3>>");
    assert_eq!(shown(":type f(x)"), "type of       f(x)");
}

#[test]
fn explain_tells_about_the_last_error() {
    let kernel = Kernel::new();
    let client = kernel.client();
    assert_eq!(client.run(":explain").0.content["ename"], "MagicError");
    client.run("fail mismatched types");
    for code in [":explain", ":explain e0308"] {
        let data = client.run(code).1[1].content["data"].clone();
        assert!(data["text/markdown"].as_str().unwrap().contains("```rust\nlet x: i32 = 1.5;"), "{data}");
    }
    assert!(error(&client.run(":explain E9999").0.content).contains("E9999"));
}

#[test]
fn variables_are_a_table_even_where_a_value_cannot_be_asked() {
    let kernel = Kernel::new();
    let client = kernel.client();
    assert!(
        client.run(":vars").1[1].content["data"]["text/plain"].as_str().unwrap().contains("no variables")
    );
    client.run("let tensor");
    // The scripted engine panics at the question.
    let data = client.run(":vars").1[1].content["data"].clone();
    assert!(
        data["text/html"].as_str().unwrap().contains("<code>Tensor&lt;Rank1&lt;3&gt;&gt;</code>"),
        "{data}"
    );
    client.run(":clear");
    assert!(
        client.run(":vars").1[1].content["data"]["text/plain"].as_str().unwrap().contains("no variables")
    );
}

#[test]
fn a_wrong_magic_is_an_error_that_names_the_right_one() {
    let kernel = Kernel::new();
    let client = kernel.client();
    for (code, hint) in [
        (":var", "did you mean `:vars`?"),
        (":nonsense", "`:help` lists them all"),
        ("%timeit f()", "write `:time`"),
        ("%%time\nf()", "write `:time`"),
        ("%matplotlib inline", "shown in the notebook"),
        ("%unknown", "`:help`"),
        ("!pip install x", "`:shell on`"),
        (":opt 7", "`auto` or a level from 0 to 3"),
        (":timing perhaps", "`on` or `off`"),
        (":type", ":type x + 1"),
    ] {
        let (reply, outputs) = client.run(code);
        assert_eq!(reply.content["ename"], "MagicError", "{code}");
        assert!(error(&reply.content).contains(hint), "{code}: {}", error(&reply.content));
        assert_eq!(types(&outputs), ["execute_input", "error"], "{code}");
    }
}

#[test]
fn what_stands_behind_a_wrong_magic_is_not_run() {
    let kernel = Kernel::new();
    let (_, outputs) = kernel.client().run(":nonsense\nout never");
    assert_eq!(types(&outputs), ["execute_input", "error"]);
}

#[test]
fn the_shell_runs_programs_once_it_is_on() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run(":shell on");
    let (reply, outputs) = client.run("!printf 'a\\nb\\n'; echo problem >&2");
    assert_eq!(reply.content["status"], "ok");
    let of = |name: &str| -> String {
        let texts = outputs.iter().filter(|message| message.content["name"] == name);
        texts.filter_map(|message| message.content["text"].as_str()).collect()
    };
    assert_eq!((of("stdout").as_str(), of("stderr").as_str()), ("a\nb\n", "problem\n"));
    assert!(error(&client.run("!exit 3").0.content).contains("exit code 3"));
}

#[test]
fn a_program_is_interrupted_like_a_cell() {
    let kernel = Kernel::new();
    let client = kernel.client();
    client.run(":shell on");
    let cell = client.send("execute_request", crate::client::execute("!echo started; sleep 100; echo over"));
    client.iopub_until("stream");
    client.send_control("interrupt_request", json!({}));
    let reply = client.shell_reply();
    assert!(reply.answers(&cell));
    assert_eq!(reply.content["ename"], "Interrupted");
}

#[test]
fn user_expressions_are_evaluated_after_the_cell() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let request =
        json!({"code": "out first", "user_expressions": {"a": "result 42", "b": "fail wrong", "c": "out x"}});
    let (reply, outputs) = client.ask("execute_request", request);
    let found = &reply.content["user_expressions"];
    assert_eq!(found["a"], json!({"status": "ok", "data": {"text/plain": "42"}, "metadata": {}}));
    assert_eq!((&found["b"]["status"], &found["b"]["evalue"]), (&json!("error"), &json!("wrong")));
    assert_eq!(found["c"]["data"]["text/plain"], "()");
    // Their values are in the reply, not in the cell's output.
    assert!(!types(&outputs).contains(&"execute_result"), "{:?}", contents(&outputs));
    let failed = json!({"code": "fail now", "user_expressions": {"a": "result 42"}});
    assert_eq!(client.ask("execute_request", failed).0.content["user_expressions"], Value::Null);
}

#[test]
fn a_cell_of_magics_is_complete() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let ask = |code| client.ask("is_complete_request", json!({"code": code})).0.content["status"].clone();
    assert_eq!(ask(":vars"), "complete");
    assert_eq!(ask(":time\nlet x = 1;"), "complete");
    assert_eq!(ask(":time\nfn f() {"), "incomplete");
}

/// The drawn error, without colours.
fn error(content: &Value) -> String {
    let lines = content["traceback"].as_array().unwrap().iter().filter_map(Value::as_str);
    ferrolab_kernel::runner::report::plain(&lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn all_crates_of_a_cell_are_one_request_before_its_rust() {
    let kernel = Kernel::new();
    let client = kernel.client();
    assert!(client.run(":dep").1[1].content["data"]["text/plain"].as_str().unwrap().contains("no crates"));
    let (reply, outputs) = client.run(":dep regex\n// why\n:dep a = { version = \"1\" }\nout ran");
    assert_eq!(reply.content["status"], "error", "the scripted engine knows no comments");
    assert_eq!(outputs[1].content["text"], "regex = \"*\"; a = { version = \"1\" }\n");
    let (reply, outputs) = client.run(":dep nowhere\nout ran");
    assert_eq!((&reply.content["ename"], outputs.len()), (&json!("DependencyError"), 2));
    let list = client.run(":show_deps").1[1].content["data"]["text/plain"].clone();
    assert_eq!(list, "regex = \"*\"  (1.2.3)\na = { version = \"1\" }  (1.2.3)");
}

#[test]
fn commands_of_evcxr_without_meaning_say_so_and_stop_nothing() {
    let kernel = Kernel::new();
    let client = kernel.client();
    for code in [":sccache 1", ":linker mold", ":preserve_vars_on_panic 1"] {
        let (reply, outputs) = client.run(code);
        assert_eq!(reply.content["status"], "ok", "{code}");
        assert!(outputs[1].content["text"].as_str().unwrap().contains("has no effect here"), "{code}");
    }
    assert_eq!(client.run(":offline 1").0.content["status"], "ok");
    assert!(error(&client.run(":build_env x").0.content).contains("NAME=VALUE"));
}

#[test]
fn settings_of_evcxr_reach_the_engine_and_what_is_none_is_refused() {
    let kernel = Kernel::new();
    let client = kernel.client();
    let said = |code| client.run(code).1[1].content["text"].as_str().unwrap_or_default().to_owned();
    assert!(said(":fmt {:#?}").starts_with("Format(Some(Format"));
    assert!(said(":fmt").starts_with("Format(None)"));
    assert!(said(":efmt {:?}").starts_with("Errors(Debug)"));
    assert!(said(":types").starts_with("Types(true)") && said(":types").starts_with("Types(false)"));
    assert!(said(":env A=b c").starts_with("Env { name: \"A\", value: \"b c\" }"));
    let failed = |code| error(&client.run(code).0.content);
    assert!(failed(":fmt {} {}").contains("expected a format with one place, found `{} {}`"));
    assert!(failed(":efmt {:x}").contains("found `{:x}`"));
    assert!(failed(":toolchain nightly").contains("cannot be changed"));
    let json = client.run(":last_error_json").1[1].content["data"]["text/plain"].clone();
    assert_eq!(json, "{\"message\":\"mismatched types\"}");
}
