//! The course: committed without outputs, and every notebook runs from top to bottom through the real kernel.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks")
}

fn notebooks() -> Vec<(PathBuf, Value)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(course())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ipynb"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "no notebooks in {}", course().display());
    paths
        .into_iter()
        .map(|path| {
            let notebook = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            (path, notebook)
        })
        .collect()
}

#[test]
fn notebooks_are_committed_without_outputs() {
    for (path, notebook) in notebooks() {
        for (number, cell) in notebook["cells"].as_array().unwrap().iter().enumerate() {
            if cell["cell_type"] == "code" {
                let clean = cell["outputs"] == Value::Array(vec![]) && cell["execution_count"].is_null();
                assert!(clean, "{}: cell {number} has outputs: clear them before you commit", path.display());
            }
        }
    }
}

#[test]
fn notebooks_name_the_kernel_and_say_what_they_need() {
    for (path, notebook) in notebooks() {
        assert_eq!(notebook["metadata"]["kernelspec"]["name"], "ferrolab", "{}", path.display());
        let first = &notebook["cells"][0];
        assert_eq!(first["cell_type"], "markdown", "{}: the first cell says what it teaches", path.display());
    }
}

#[test]
fn every_notebook_runs() {
    let output = Command::new(env!("CARGO_BIN_EXE_ferrolab")).arg("test").arg(course()).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    let passed = format!("{} passed, 0 failed", notebooks().len());
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(report.lines().last(), Some(passed.as_str()), "{report}");
}
