//! The `ferrolab` program as a person calls it: help, kernelspecs, doctor, wrong calls.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Calls the program with a home and caches of its own.
fn ferrolab(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ferrolab"));
    command.args(arguments).current_dir(home);
    // The toolchain is found through these; everything else is below the temporary home.
    for (variable, below) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
        if std::env::var_os(variable).is_none()
            && let Some(home) = dirs::home_dir()
        {
            command.env(variable, home.join(below));
        }
    }
    command
        .env("HOME", home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_DATA_HOME", home.join("data"));
    for variable in ["VIRTUAL_ENV", "CONDA_PREFIX", "JUPYTER_DATA_DIR"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn help_names_every_command() {
    let home = tempfile::tempdir().unwrap();
    let help = stdout(&ferrolab(home.path(), &["--help"]));
    for command in ["lab", "run", "test", "install", "uninstall", "doctor", "kernel"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is missing in:\n{help}");
    }
}

#[test]
fn doctor_finds_the_toolchain_and_says_what_is_optional() {
    let home = tempfile::tempdir().unwrap();
    let output = ferrolab(home.path(), &["doctor"]);
    let table = stdout(&output);
    assert!(table.contains("✓ rustc"), "{table}");
    assert!(table.contains("– JupyterLab"), "{table}");
    let missing = table.lines().any(|line| line.starts_with('✗'));
    assert_eq!(output.status.code(), Some(i32::from(missing)), "{table}");
}

#[test]
fn lab_before_a_command_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let (plain, lab) =
        (ferrolab(home.path(), &["run", "--help"]), ferrolab(home.path(), &["lab", "run", "--help"]));
    assert_eq!(stdout(&plain), stdout(&lab));
}

#[test]
fn a_path_that_is_not_there_is_named() {
    let home = tempfile::tempdir().unwrap();
    let output = ferrolab(home.path(), &["nowhere/a.ipynb"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("nowhere/a.ipynb"), "{}", stderr(&output));
}

#[test]
fn a_mistyped_command_gets_a_hint() {
    let home = tempfile::tempdir().unwrap();
    let output = ferrolab(home.path(), &["docter"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("'doctor'"), "{}", stderr(&output));
}

#[test]
fn a_kernelspec_that_is_not_there_cannot_be_removed() {
    let home = tempfile::tempdir().unwrap();
    let output = ferrolab(home.path(), &["uninstall", "--name", "other"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("there is no kernelspec in"), "{}", stderr(&output));
}

#[test]
fn removing_takes_only_the_named_kernelspec() {
    let home = tempfile::tempdir().unwrap();
    let kernels = home.path().join("env/share/jupyter/kernels");
    let spec = r#"{"argv": ["/x/ferrolab", "kernel", "--connection-file", "{connection_file}"], "display_name": "Rust",
        "language": "rust", "interrupt_mode": "message", "kernel_protocol_version": "5.5", "env": {}}"#;
    for name in ["ferrolab", "gpu"] {
        std::fs::create_dir_all(kernels.join(name)).unwrap();
        std::fs::write(kernels.join(name).join("kernel.json"), spec).unwrap();
    }
    let output = ferrolab(home.path(), &["uninstall", "--prefix", "env", "--name", "gpu"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!kernels.join("gpu").exists());
    let kept: Value =
        serde_json::from_slice(&std::fs::read(kernels.join("ferrolab/kernel.json")).unwrap()).unwrap();
    assert_eq!(kept["argv"][0], "/x/ferrolab");
}
