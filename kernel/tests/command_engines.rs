//! The choice of the engine on the command line, and a notebook written for evcxr on every engine of this build.

use std::path::Path;
use std::process::{Command, Output};

use ferrolab_kernel::engine::Kind;
use serde_json::Value;

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
    // Crates are added to it, and their versions are pinned beside it.
    let folder = tempfile::tempdir().unwrap();
    let notebook = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/evcxr.ipynb");
    std::fs::copy(notebook, folder.path().join("evcxr.ipynb")).unwrap();
    for kind in Kind::BUILT {
        let run = ["run", "evcxr.ipynb", "--engine", kind.name(), "--output", kind.name()];
        let output = ferrolab(folder.path(), &run);
        assert!(output.status.success(), "{}", stderr(&output));
        let executed = read(&folder.path().join(kind.name()).join("evcxr.ipynb"));
        let shows = |cell: usize, texts: &[&str]| {
            let outputs = executed["cells"][cell]["outputs"].to_string();
            for text in texts {
                assert!(outputs.contains(text), "{} cell {cell}: no {text} in {outputs}", kind.name());
            }
        };
        shows(3, &["Hello world!"]);
        shows(4, &["[1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233]"]);
        shows(6, &["text/html", "<tr><td>3</td><td>4</td></tr>"]);
        shows(7, &["image/svg+xml", "and text"]);
        shows(8, &["Some(2.5)"]);
        shows(10, &["true"]);
        shows(11, &["\"error\"", "-1 is negative"]);
        shows(12, &["message", "Matrix<i32>", "version"]);
        shows(13, &["42"]);
        shows(14, &["serde_json", "semver"]);
        shows(15, &["1"]);
        let output = ferrolab(folder.path(), &["test", "evcxr.ipynb", "--engine", kind.name()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}
