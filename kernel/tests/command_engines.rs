//! The choice of the engine on the command line, and a notebook written for evcxr on every engine of this build.

use std::path::Path;
use std::process::{Command, Output};

use ferrolab_kernel::engine::Kind;
use serde_json::{Value, json};

fn ferrolab(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ferrolab")).args(arguments).current_dir(folder).output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_kernelspec_of_an_engine_starts_that_engine() {
    let folder = tempfile::tempdir().unwrap();
    for kind in [Kind::Direct, Kind::Evcxr] {
        let output = ferrolab(folder.path(), &["install", "--prefix", "env", "--engine", kind.name()]);
        if !Kind::BUILT.contains(&kind) {
            assert_eq!(output.status.code(), Some(1));
            assert!(stderr(&output).contains("--features evcxr"), "{}", stderr(&output));
            continue;
        }
        assert!(output.status.success(), "{}", stderr(&output));
        let kernels = folder.path().join("env/share/jupyter/kernels");
        let (name, title, more) = match kind {
            Kind::Direct => ("ferrolab", "Rust (ferrolab)", vec![]),
            Kind::Evcxr => ("ferrolab-evcxr", "Rust (ferrolab, evcxr)", vec!["--engine", "evcxr"]),
        };
        let spec = read(&kernels.join(name).join("kernel.json"));
        assert_eq!(spec["display_name"], title);
        assert_eq!(spec["argv"].as_array().unwrap()[4..], *more);
    }
}

#[test]
fn doctor_tells_the_engines() {
    let folder = tempfile::tempdir().unwrap();
    let table = String::from_utf8(ferrolab(folder.path(), &["doctor"]).stdout).unwrap();
    let names: Vec<&str> = Kind::BUILT.iter().map(|kind| kind.name()).collect();
    assert!(
        table.lines().any(|line| line.contains("engines") && line.contains(&names.join(", "))),
        "{table}"
    );
}

#[test]
fn a_notebook_written_for_evcxr_runs_unchanged_on_every_engine() {
    let folder = tempfile::tempdir().unwrap();
    let cells = [
        ":opt 1\nlet mut message = \"Hello \".to_owned();",
        "message.push_str(\"world!\");\nmessage",
        "pub fn fib(x: i32) -> i32 {\n    if x <= 2 { x } else { fib(x - 2) + fib(x - 1) }\n}\nfib(13)",
        "use std::collections::HashMap;\npub struct Matrix<T> { pub values: Vec<T>, pub row_size: usize }\n\
         impl<T: std::fmt::Debug> Matrix<T> {\n    pub fn evcxr_display(&self) {\n        let mut html = String::from(\"<table>\");\n\
         for row in self.values.chunks(self.row_size) {\n            html.push_str(\"<tr>\");\n            for value in row { html.push_str(&format!(\"<td>{value:?}</td>\")); }\n\
         html.push_str(\"</tr>\");\n        }\n        html.push_str(\"</table>\");\n        println!(\"EVCXR_BEGIN_CONTENT text/html\\n{html}\\nEVCXR_END_CONTENT\");\n    }\n}",
        "let m = Matrix { values: vec![1, 2, 3, 4], row_size: 2 };\nm",
        ":vars",
    ];
    let cells: Vec<Value> = (cells.iter().enumerate())
        .map(|(index, source)| {
            json!({"cell_type": "code", "id": format!("c{index}"), "metadata": {}, "source": source,
                   "execution_count": null, "outputs": []})
        })
        .collect();
    let notebook = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    std::fs::write(folder.path().join("tour.ipynb"), notebook.to_string()).unwrap();
    for kind in Kind::BUILT {
        let output =
            ferrolab(folder.path(), &["run", "tour.ipynb", "--engine", kind.name(), "--output", kind.name()]);
        assert!(output.status.success(), "{}", stderr(&output));
        let executed = read(&folder.path().join(kind.name()).join("tour.ipynb"));
        let outputs = |cell: usize| executed["cells"][cell]["outputs"].to_string();
        assert!(outputs(1).contains("Hello world!"), "{}", outputs(1));
        assert!(outputs(2).contains("377"), "{}", outputs(2));
        assert!(outputs(4).contains("<tr><td>3</td><td>4</td></tr>"), "{}", outputs(4));
        assert!(outputs(5).contains("message") && outputs(5).contains("Matrix<i32>"), "{}", outputs(5));
    }
}
