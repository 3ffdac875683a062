//! JupyterLab in headless Chromium, used as a person uses it: `tests/browser/features.mjs`.
//!
//! Where Node.js or Chromium is missing nothing is looked at, and that is said; with `FERROLAB_REQUIRE_BROWSER=1`, as in
//! CI, it is a failure.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

/// Where Chromium is, unless `CHROMIUM` says it.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn browser() -> Option<String> {
    let starts = |program: &String| run(Command::new(program).arg("--version")).is_ok();
    let given = std::env::var("CHROMIUM").ok();
    let program = given.into_iter().chain(BROWSERS.map(str::to_owned)).find(starts)?;
    Some(which(&program).unwrap_or(program))
}

/// The full path of a program of the search path; playwright wants one.
fn which(program: &str) -> Option<String> {
    let folders = std::env::var_os("PATH")?;
    let paths = std::env::split_paths(&folders).map(|folder| folder.join(program));
    paths.into_iter().find(|path| path.is_file()).map(|path| path.to_string_lossy().into_owned())
}

/// What a program that went well printed; the report of one that did not.
fn run(command: &mut Command) -> Result<String, String> {
    let told = |Output { stdout, stderr, .. }: &Output| {
        format!("{}{}", String::from_utf8_lossy(stdout), String::from_utf8_lossy(stderr))
    };
    match command.output() {
        Ok(output) if output.status.success() => Ok(told(&output)),
        Ok(output) => Err(format!("{command:?}:\n{}", told(&output))),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

#[test]
fn a_person_can_work_in_jupyterlab() {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/browser");
    let node = run(Command::new("node").arg("--version")).is_ok();
    let Some(browser) = browser().filter(|_| node) else {
        let missing = if node { "Chromium" } else { "Node.js" };
        assert!(std::env::var_os("FERROLAB_REQUIRE_BROWSER").is_none(), "{missing} is not there");
        // Past the test's captured output, so that everybody reads it.
        let _ = writeln!(
            std::io::stderr(),
            "NOT LOOKED AT: JupyterLab in a browser, because {missing} is missing"
        );
        return;
    };
    if !scripts.join("node_modules/playwright-core").is_dir() {
        run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&scripts)).unwrap();
    }
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    let _ = std::fs::remove_dir_all(&pictures);
    let mut node = Command::new("node");
    node.arg(scripts.join("features.mjs")).arg(&pictures).arg(env!("CARGO_BIN_EXE_ferrolab"));
    // Not into the history of whoever tests.
    let data = tempfile::tempdir().unwrap();
    let report = run(node.env("CHROMIUM", browser).env("XDG_DATA_HOME", data.path()))
        .unwrap_or_else(|report| panic!("{report}"));
    assert!(report.contains("all steps done"), "{report}");
    assert!(pictures.join("restarted.png").is_file());
}
