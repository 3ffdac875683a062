//! Wrong models in notebook cells: the kernel answers each with exactly one error, in human words, on the user's lines.

use std::path::Path;
use std::process::Command;

use ferrolab_kernel::runner::report::plain;
use serde_json::{Value, json};

/// Runs cells that may fail through the kernel, as a notebook; the outputs of each.
fn outputs(cells: &[&str]) -> Vec<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let cells: Vec<Value> = cells
        .iter()
        .enumerate()
        .map(|(number, source)| {
            json!({"cell_type": "code", "id": format!("c{number}"), "metadata": {"tags": ["raises-exception"]},
                   "source": source, "execution_count": null, "outputs": []})
        })
        .collect();
    let notebook = json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    std::fs::write(folder.path().join("wrong.ipynb"), notebook.to_string()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_ferrolab"))
        .args(["run", "wrong.ipynb", "--output", "out"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let executed: Value = read(&folder.path().join("out/wrong.ipynb"));
    let cells = executed["cells"].as_array().unwrap();
    cells.iter().map(|cell| cell["outputs"].as_array().unwrap().clone()).collect()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The text of an error as a person reads it.
fn text(error: &Value) -> String {
    let lines: Vec<&str> =
        error["traceback"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    plain(&lines.join("\n"))
}

/// The one error of a cell: its headline and its whole text.
#[track_caller]
fn only_error(outputs: &[Value]) -> (String, String) {
    assert_eq!(outputs.len(), 1, "{outputs:#?}");
    assert_eq!(outputs[0]["output_type"], "error");
    let text = text(&outputs[0]);
    assert_eq!(text.matches("error").count(), 1, "one error in:\n{text}");
    (outputs[0]["evalue"].as_str().unwrap().to_owned(), text)
}

#[test]
fn wrong_models_give_one_error_each_in_human_words() {
    let outputs = outputs(&[
        "use ferrolab::prelude::*;",
        "let model = sequential!(Input([3, 32, 32])\n    .conv2d(32, 3).relu()\n    .max_pool2d(2)\n    .dense(64).relu()\n    .dense(10));",
        "let model = sequential!(Input([3, 9, 9])\n    .conv2d(32, 3).relu()\n    .max_pool2d(2)\n    .conv2d(64, 5).relu()\n    .flatten()\n    .dense(10));",
        "#[derive(Default, Module)]\nstruct Net { hidden: Linear<20, 64>, output: Linear<32, 10> }\nimpl Net {\n    fn forward<B: Dim>(&self, x: &Tensor<(B, Const<20>)>) -> Tensor<(B, Const<10>)> {\n        self.output.forward(&self.hidden.forward(x).relu())\n    }\n}",
        "let train = Dataset::<Rank1<4>, 10>::new(vec![0.0; 8], vec![0, 9])?;",
        "let mut model = sequential!(Input([4]).dense(7));\nlet history = Trainer::new(Adam::new(1e-3)).fit(&mut model, &train);",
        "1 + 1",
    ]);

    let (headline, text) = only_error(&outputs[1]);
    assert_eq!(headline, "dense(64) needs a flat input, got [32, 15, 15]: add `.flatten()` before it");
    assert!(text.contains(".dense(64).relu()"), "the user's line:\n{text}");

    let (headline, _) = only_error(&outputs[2]);
    assert_eq!(headline, "conv2d(64, 5): the kernel (5x5) is larger than its input [32, 3, 3]");

    let (headline, text) = only_error(&outputs[3]);
    assert_eq!(headline, "the sizes `Const<64>` and `Const<32>` differ");
    assert!(text.contains("self.output.forward(&self.hidden.forward(x).relu())"), "{text}");

    let (headline, text) = only_error(&outputs[5]);
    assert!(headline.contains("expected `7`, found `10`"), "{headline}");
    assert!(text.contains("expected `7`, found `10`"), "{text}");

    // The session lives on.
    assert_eq!(outputs[6][0]["data"]["text/plain"], json!(["2"]));
}
