//! `ferrolab run` and `ferrolab test` from end to end: program, kernel, engine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use quick_junit::{NonSuccessKind, TestCaseStatus};
use serde_json::{Value, json};

/// A notebook of code cells; each with its tags.
fn notebook(folder: &Path, name: &str, cells: &[(&str, &[&str])]) -> PathBuf {
    let cells: Vec<_> = cells
        .iter()
        .enumerate()
        .map(|(index, (source, tags))| {
            json!({"cell_type": "code", "id": format!("c{index}"), "metadata": {"tags": tags}, "source": source,
                   "execution_count": null, "outputs": []})
        })
        .collect();
    let root = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    let path = folder.join(name);
    std::fs::write(&path, root.to_string()).unwrap();
    path
}

fn ferrolab(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ferrolab")).args(arguments).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn good_notebooks_pass_and_failing_ones_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    notebook(folder.path(), "good.ipynb", &[("let a = 41;", &[]), ("a + 1", &[])]);
    notebook(folder.path(), "panics.ipynb", &[("let a = 1;", &[]), ("let b = 2;\npanic!(\"x\");", &[])]);
    notebook(folder.path(), "reads.ipynb", &[("std::fs::read_to_string(\"nope\")?;", &[])]);
    notebook(folder.path(), "allowed.ipynb", &[("panic!(\"x\");", &["raises-exception"]), ("1", &[])]);
    notebook(folder.path(), "skips.ipynb", &[("panic!(\"x\");", &["skip-execution"])]);
    let output = ferrolab(folder.path(), &["test", ".", "--jobs", "2"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert_eq!(report.lines().last(), Some("2 passed, 2 failed, 1 skipped"), "{report}");
    assert!(report.contains("panics.ipynb: cell [2] failed"), "{report}");
    assert!(report.contains(">   2 | panic!(\"x\");"), "{report}");
    assert!(report.contains(">   1 | std::fs::read_to_string(\"nope\")?;"), "{report}");
    assert!(report.contains("No such file or directory"), "{report}");
    assert!(!report.contains('\u{1b}'), "colours in a pipe: {report}");
}

#[test]
fn junit_reports_tell_which_notebook_failed_and_why() {
    let folder = tempfile::tempdir().unwrap();
    notebook(folder.path(), "good.ipynb", &[("1 + 1", &[])]);
    notebook(folder.path(), "bad.ipynb", &[("panic!(\"a < b & c\");", &[])]);
    notebook(folder.path(), "skips.ipynb", &[("1", &["skip-execution"])]);
    std::fs::write(folder.path().join("torn.ipynb"), "{").unwrap();
    let output = ferrolab(folder.path(), &["test", ".", "--junit", "ci/results.xml", "--jobs", "2"]);
    assert_eq!(text(&output.stdout).lines().last(), Some("1 passed, 2 failed, 1 skipped"));
    let report = std::fs::read(folder.path().join("ci/results.xml")).unwrap();
    let report = quick_junit::Report::deserialize(report.as_slice()).unwrap();
    assert_eq!((report.tests, report.failures, report.errors), (4, 1, 1));
    let cases = &report.test_suites[0].test_cases;
    let status = |name: &str| &cases.iter().find(|case| case.name.as_str() == name).unwrap().status;
    assert!(matches!(status("good.ipynb"), TestCaseStatus::Success { .. }));
    assert!(matches!(status("skips.ipynb"), TestCaseStatus::Skipped { .. }));
    assert!(matches!(status("torn.ipynb"), TestCaseStatus::NonSuccess { kind: NonSuccessKind::Error, .. }));
    let TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, message, ty, description, .. } =
        status("bad.ipynb")
    else {
        panic!("{:?}", status("bad.ipynb"))
    };
    assert_eq!(message.as_ref().unwrap().as_str(), "a < b & c");
    assert_eq!(ty.as_ref().unwrap().as_str(), "panic");
    let description = description.as_ref().unwrap().as_str();
    assert!(description.contains("bad.ipynb: cell [1] failed"), "{description}");
}

#[test]
fn notebooks_run_at_the_same_time_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    // Each waits for the other's sign, so that one after the other would never end.
    for (name, mine, others) in [("a.ipynb", "a", "b"), ("b.ipynb", "b", "a")] {
        let code = format!(
            "std::fs::write(\"{mine}\", \"\")?;\nwhile !std::path::Path::new(\"{others}\").exists() {{ std::thread::yield_now(); }}"
        );
        notebook(folder.path(), name, &[(code.as_str(), &[])]);
    }
    let output = ferrolab(folder.path(), &["test", ".", "--jobs", "2", "--timeout", "60"]);
    assert_eq!(text(&output.stdout).lines().last(), Some("2 passed, 0 failed"), "{}", text(&output.stdout));
}

#[test]
fn the_executed_copy_holds_outputs_numbers_and_times() {
    let folder = tempfile::tempdir().unwrap();
    let cells = [
        ("let n = 3;", &["parameters"][..]),
        ("for i in 0..n {\n    println!(\"{i}\");\n}", &[]),
        ("n * 2", &[]),
    ];
    let source = notebook(folder.path(), "a.ipynb", &cells);
    let before = std::fs::read(&source).unwrap();
    let output = ferrolab(folder.path(), &["run", "a.ipynb", "-p", "n=2", "--output", "done"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout).trim(), "done/a.ipynb");
    assert_eq!(std::fs::read(&source).unwrap(), before);

    let copy = read(&folder.path().join("done/a.ipynb"));
    assert_eq!(copy["cells"][1]["source"], json!(["// Parameters of this run\n", "let n = 2;"]));
    assert_eq!(
        copy["cells"][2]["outputs"],
        json!([{"output_type": "stream", "name": "stdout", "text": ["0\n", "1\n"]}])
    );
    assert_eq!(copy["cells"][3]["outputs"][0]["data"]["text/plain"], json!(["4"]));
    assert_eq!(copy["cells"][3]["execution_count"], 4);
    for time in ["iopub.status.busy", "iopub.execute_input", "iopub.status.idle", "shell.execute_reply"] {
        assert!(copy["cells"][3]["metadata"]["execution"][time].is_string(), "{time}");
    }
    assert_eq!(copy["metadata"]["language_info"]["name"], "rust");
    assert_eq!(copy["metadata"]["kernelspec"]["name"], "ferrolab");
}

#[test]
fn a_failed_run_keeps_what_was_made_until_then() {
    let folder = tempfile::tempdir().unwrap();
    notebook(
        folder.path(),
        "a.ipynb",
        &[("println!(\"before\")", &[]), ("panic!(\"x\")", &[]), ("println!(\"after\")", &[])],
    );
    let output = ferrolab(folder.path(), &["run", "a.ipynb"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("a.ipynb: cell [2] failed"), "{}", text(&output.stderr));
    let copy = read(&folder.path().join("out/a.ipynb"));
    assert_eq!(copy["cells"][0]["outputs"][0]["text"], json!(["before\n"]));
    assert_eq!(copy["cells"][1]["outputs"][0]["output_type"], "error");
    assert_eq!(copy["cells"][2]["outputs"], json!([]));
    assert_eq!(copy["cells"][2]["execution_count"], Value::Null);
}

#[test]
fn a_cell_beyond_its_time_is_interrupted_and_has_failed() {
    let folder = tempfile::tempdir().unwrap();
    notebook(folder.path(), "a.ipynb", &[("loop {}", &["raises-exception"])]);
    let output = ferrolab(folder.path(), &["test", "a.ipynb", "--timeout", "2"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(report.contains("the cell ran longer than 2 s"), "{report}");
}

#[test]
fn the_kernel_works_in_the_notebooks_folder() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    std::fs::write(folder.path().join("deep/data.txt"), "here").unwrap();
    notebook(
        &folder.path().join("deep"),
        "a.ipynb",
        &[("assert_eq!(std::fs::read_to_string(\"data.txt\")?, \"here\");", &[])],
    );
    let output = ferrolab(folder.path(), &["test", "deep/a.ipynb"]);
    assert!(output.status.success(), "{}", text(&output.stdout));
}

#[cfg(unix)]
#[test]
fn ctrl_c_interrupts_the_cell_and_keeps_what_was_made() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;

    let folder = tempfile::tempdir().unwrap();
    notebook(folder.path(), "a.ipynb", &[("println!(\"before\")", &[]), ("loop {}", &[])]);
    let mut run = Command::new(env!("CARGO_BIN_EXE_ferrolab"));
    run.args(["run", "a.ipynb"]).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("cell 2/2")));
    let id = rustix::process::Pid::from_raw(run.id().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let report: Vec<_> = lines.collect();
    assert_eq!(run.wait().unwrap().code(), Some(1), "{report:#?}");
    assert!(report.iter().any(|line| line.contains("stopped by Ctrl-C")), "{report:#?}");
    let copy = read(&folder.path().join("out/a.ipynb"));
    assert_eq!(copy["cells"][0]["outputs"][0]["text"], json!(["before\n"]));
}

#[test]
fn a_session_begins_with_the_files_of_evcxr() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let prelude = "use serde_json::json;\nfn twice(x: i32) -> i32 { 2 * x }\nlet start = 40;";
    std::fs::write(home.path().join("prelude.rs"), prelude).unwrap();
    std::fs::write(home.path().join("init.evcxr"), "let never_run = 1;").unwrap();
    let settings = "[evcxr]\nopt_level = \"1\"\n[dependencies]\nserde_json = \"1\"\n";
    std::fs::write(folder.path().join("evcxr.toml"), settings).unwrap();
    let cells: &[(&str, &[&str])] = &[
        ("assert_eq!(json!([twice(1), start]).to_string(), \"[2,40]\");", &[]),
        (":opt", &[]),
        (":load_config", &[]),
        ("let never_run: u8 = never_run;", &["raises-exception"]),
    ];
    notebook(folder.path(), "a.ipynb", cells);
    let output = Command::new(env!("CARGO_BIN_EXE_ferrolab"))
        .args(["run", "a.ipynb", "--output", "done"])
        .current_dir(folder.path())
        .env("EVCXR_CONFIG_DIR", home.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let copy = read(&folder.path().join("done/a.ipynb"));
    let said = |cell: usize| copy["cells"][cell]["outputs"][0]["text"].to_string();
    assert!(said(1).contains("optimisation level 1"), "{}", said(1));
    assert!(said(2).contains("evcxr.toml") && said(2).contains("prelude.rs"), "{}", said(2));
    assert!(!said(2).contains("init.evcxr"), "{}", said(2));
    assert_eq!(copy["cells"][3]["outputs"][0]["ename"], "E0425");
}
