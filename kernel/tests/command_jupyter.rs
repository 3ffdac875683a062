//! Jupyter's own tools and suites as judges, run by pytest from the private environment.

use std::path::{Path, PathBuf};
use std::process::Command;

use ferrolab_kernel::venv::{self, Venv};
use ferrolab_kernel::{files, lab};
use serde_json::json;
use tempfile::TempDir;

/// Of the source archive of the pinned jupyter_client, which holds its tests; the wheel does not.
const CLIENT_SHA256: &str = "9f7116294dca55f1785be880057d44544db9b1567718d92cb33c58886afb9497";
/// Cells in Python.
const PYTHON_ONLY: [&str; 4] = [
    "TestKernelClient::test_execute_interactive",
    "TestAsyncKernelClient::test_execute_interactive",
    "TestAsyncKernelClient::test_input_request",
    "TestAsyncKernelClient::test_output_hook",
];

/// A Jupyter that knows this kernel, and pytest to judge it.
struct Judge {
    venv: Venv,
    prefix: TempDir,
}

impl Judge {
    fn knowing_the_kernel_as(name: &str) -> Self {
        let venv = lab::private_jupyter().unwrap();
        let prefix = tempfile::tempdir().unwrap();
        let mut install = Command::new(env!("CARGO_BIN_EXE_ferrolab"));
        install.args(["install", "--name", name, "--prefix"]).arg(prefix.path());
        assert!(install.status().unwrap().success());
        Judge { venv, prefix }
    }

    fn pytest(&self, folder: &Path) -> Command {
        let mut pytest = Command::new(self.venv.program("python"));
        pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).current_dir(folder);
        pytest.env("PYTHONDONTWRITEBYTECODE", "1").env("FERROLAB", env!("CARGO_BIN_EXE_ferrolab"));
        pytest.env("JUPYTER_PATH", self.prefix.path().join("share/jupyter"));
        // Not into the history of whoever tests.
        pytest.env("XDG_DATA_HOME", self.prefix.path());
        pytest
    }
}

/// Gives pytest's report.
#[track_caller]
fn passes(pytest: &mut Command) -> String {
    let output = pytest.output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
    report
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The source of jupyter_client, fetched once by pip, which compares its sum, and kept in the cache.
fn source_of_jupyter_client(venv: &Venv) -> PathBuf {
    let name = format!("jupyter_client-{}", venv::version_of("jupyter_client"));
    let suites = files::cache_folder().unwrap().join("suites");
    let source = suites.join(&name);
    if source.is_dir() {
        return source;
    }
    std::fs::create_dir_all(&suites).unwrap();
    let draft = tempfile::tempdir_in(&suites).unwrap();
    let wanted = format!("{} --hash=sha256:{CLIENT_SHA256}\n", name.replace('-', "=="));
    std::fs::write(draft.path().join("wanted.txt"), wanted).unwrap();
    let python = |arguments: &[&str]| {
        let mut python = Command::new(venv.program("python"));
        let output = python.args(["-I", "-m"]).args(arguments).current_dir(draft.path()).output().unwrap();
        let text = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "{arguments:?}\n{}", text.concat());
    };
    python(&["pip", "download", "-q", "--no-deps", "--no-binary", "jupyter_client", "-r", "wanted.txt"]);
    python(&["tarfile", "-e", &format!("{name}.tar.gz"), "."]);
    // Where another process was faster, its copy is as good.
    let moved = std::fs::rename(draft.path().join(&name), &source);
    assert!(moved.is_ok() || source.is_dir(), "{moved:?}");
    source
}

#[test]
fn jupyters_own_suite_and_tools_pass() {
    let judge = Judge::knowing_the_kernel_as("ferrolab");
    let report = passes(judge.pytest(project()).arg("tests/jupyter"));
    assert!(report.contains(" passed"), "{report}");
}

#[test]
fn the_suite_of_jupyters_client_library_passes() {
    // It tests the kernel that it finds under the name `echo`.
    let judge = Judge::knowing_the_kernel_as("echo");
    let mut pytest = judge.pytest(&source_of_jupyter_client(&judge.venv));
    pytest.env("PYTHONPATH", project().join("tests/jupyter")).args(["-p", "echo_is_ours"]);
    // Without the options by which its authors look at their own code.
    pytest.args(["-o", "addopts=", "-o", "filterwarnings=", "tests/test_client.py"]);
    for name in PYTHON_ONLY {
        pytest.arg(format!("--deselect=tests/test_client.py::{name}"));
    }
    let report = passes(&mut pytest);
    assert!(report.contains("23 passed, 1 skipped, 4 deselected"), "{report}");
}

#[test]
fn a_page_holds_outputs_and_pictures_and_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let code = "use ferrolab::prelude::*;\nprintln!(\"told {}\", 6 * 7);\n\
        ImageGrid::from_set(&datasets::clipart32()?.train, 0..4).title(\"Four\")";
    let text = "# Title\n\n<details><summary>More</summary>\n\nfolded *away*\n\n</details>";
    let notebook = json!({"cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": code, "execution_count": null, "outputs": []},
    ], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    std::fs::write(folder.path().join("page.ipynb"), notebook.to_string()).unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_ferrolab"));
    let output = run.args(["run", "page.ipynb", "--html"]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "out/page.html\nout/page.ipynb\n");
    let page = std::fs::read_to_string(folder.path().join("out/page.html")).unwrap();
    assert!(page.contains("told 42") && page.contains("alt=\"Four; 4 pictures: "));
    assert!(page.contains("src=\"data:image/svg+xml;base64,"));
    assert!(page.find("folded <em>away</em>").unwrap() < page.find("</details>").unwrap());
    for fetches in ["src=\"http", "src=\"//", "<link rel=\"stylesheet\""] {
        assert!(!page.contains(fetches), "{fetches}");
    }
}
