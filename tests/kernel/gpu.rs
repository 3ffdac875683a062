//! Notebooks and the command on a GPU: the emulator, which runs the PTX that ships; and what they say without one.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

#[path = "../common/emulator.rs"]
mod emulator;

fn ferrolab() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_ferrolab"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A notebook of one cell.
fn notebook(folder: &Path, source: &str) {
    let cell = serde_json::json!({ "cell_type": "code", "id": "c", "metadata": {}, "source": source,
                                   "execution_count": null, "outputs": [] });
    let root = serde_json::json!({ "cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5 });
    std::fs::write(folder.join("device.ipynb"), root.to_string()).unwrap();
}

/// What the cells of an executed notebook printed.
fn printed(path: &Path) -> String {
    let notebook: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let cells = notebook["cells"].as_array().unwrap().iter();
    let outputs = cells.filter_map(|cell| cell["outputs"].as_array()).flatten();
    outputs
        .filter_map(|output| output["text"].as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect::<String>()
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

const DEVICE: &str = "use ferrolab::prelude::*;\n\
    let x = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);\n\
    println!(\"{:?} on {}\", x.matmul(&x).to_vec(), Device::best());";

#[test]
fn a_cell_computes_on_the_gpu_that_the_environment_names() {
    let folder = tempfile::tempdir().unwrap();
    notebook(folder.path(), DEVICE);
    let mut run = emulator::on_emulator(ferrolab());
    succeeded(&run.args(["run", "device.ipynb"]).current_dir(&folder).output().unwrap());
    let said = printed(&folder.path().join("out/device.ipynb"));
    assert_eq!(said.trim(), "[7.0, 10.0, 15.0, 22.0] on cuda:0");
}

#[test]
fn without_a_driver_a_notice_says_so_and_the_cpu_computes() {
    let folder = tempfile::tempdir().unwrap();
    notebook(folder.path(), DEVICE);
    let mut run = Command::new(ferrolab());
    run.args(["run", "device.ipynb"]).env("FERROLAB_DEVICE", "cuda:0").current_dir(&folder);
    // A machine that has a driver hides its GPUs.
    succeeded(&run.env("CUDA_VISIBLE_DEVICES", "").output().unwrap());
    let said = printed(&folder.path().join("out/device.ipynb"));
    assert!(said.contains("[7.0, 10.0, 15.0, 22.0] on cpu"), "{said}");
    assert_eq!(said.matches("ferrolab computes on the CPU. cuda:0: ").count(), 1, "{said}");
}

#[test]
fn doctor_lists_the_gpu_and_tries_it_out() {
    let mut doctor = emulator::on_emulator(ferrolab());
    let listed = text(&doctor.arg("doctor").output().unwrap().stdout);
    assert!(listed.contains("cuda:0 "), "{listed}");
    let mut doctor = emulator::on_emulator(ferrolab());
    let tried = doctor.args(["doctor", "--gpu", "--quick"]).output().unwrap();
    succeeded(&tried);
    let report = text(&tried.stdout);
    for part in ["came out as on the CPU.", "| conv2d |", "| transformer encoder, AdamW |"] {
        assert!(report.contains(part), "no `{part}` in {report}");
    }
    let mut none = Command::new(ferrolab());
    let none = none.args(["doctor", "--gpu=7", "--quick"]).env("CUDA_VISIBLE_DEVICES", "").output().unwrap();
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("cuda:7: "), "{}", text(&none.stderr));
}

/// A notebook of the course.
fn of_the_course(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks").join(name)
}

#[test]
fn the_first_notebooks_run_on_a_gpu_as_they_are() {
    let out = tempfile::tempdir().unwrap();
    let mut run = emulator::on_emulator(ferrolab());
    let names = ["00-welcome.ipynb", "01-data-with-polars.ipynb"];
    run.arg("run").args(names.map(of_the_course));
    succeeded(&run.arg("--output").arg(out.path()).output().unwrap());
    for name in names {
        let said = std::fs::read_to_string(out.path().join(name)).unwrap();
        assert!(!said.contains("computes on the CPU"), "{name} has not run on the GPU");
    }
}

#[test]
fn the_notebook_of_the_convolutional_network_runs_on_a_gpu() {
    let out = tempfile::tempdir().unwrap();
    let mut run = emulator::on_emulator(ferrolab());
    run.arg("run").arg(of_the_course("02-cnn.ipynb")).arg("--output").arg(out.path());
    for parameter in ["epochs=1", "fine_epochs=1", "batch_size=20", "most_pictures=40"] {
        run.args(["-p", parameter]);
    }
    succeeded(&run.output().unwrap());
    let said = printed(&out.path().join("02-cnn.ipynb"));
    assert!(said.contains("of the test pictures are classified right"), "{said}");
    assert!(!said.contains("computes on the CPU"), "{said}");
    let shown = std::fs::read_to_string(out.path().join("02-cnn.ipynb")).unwrap();
    assert!(shown.contains(" examples/s on cuda:0"), "the trainings do not say where they ran");
}
