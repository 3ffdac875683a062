//! The course: committed without outputs, of one form, and every notebook runs from top to bottom through the real kernel, becomes a
//! page of a book and a script.

use std::path::{Path, PathBuf};
use std::process::Command;

use ferrolab_kernel::lab;
use serde_json::Value;

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks")
}

/// Notebooks of a folder and what is in them.
fn notebooks(folder: &Path) -> Vec<(PathBuf, Value)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "ipynb")).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no notebooks in {}", folder.display());
    let read = |path: PathBuf| {
        let notebook = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        (path, notebook)
    };
    paths.into_iter().map(read).collect()
}

fn cells<'n>(notebook: &'n Value, kind: &'n str) -> impl Iterator<Item = &'n Value> {
    notebook["cells"].as_array().unwrap().iter().filter(move |cell| cell["cell_type"] == kind)
}

/// A text that notebooks keep as a list of lines, or as one.
fn text(value: &Value) -> String {
    match value {
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn has_tag(cell: &Value, tag: &str) -> bool {
    cell["metadata"]["tags"].as_array().is_some_and(|tags| tags.iter().any(|found| found == tag))
}

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let [said, complained] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(output.status.success(), "{command:?}\n{said}\n{complained}");
    said
}

#[test]
fn notebooks_are_committed_without_outputs() {
    for (path, notebook) in notebooks(&course()) {
        for (number, cell) in cells(&notebook, "code").enumerate() {
            let clean = cell["outputs"] == Value::Array(vec![]) && cell["execution_count"].is_null();
            assert!(
                clean,
                "{}: code cell {number} has outputs: clear them before you commit",
                path.display()
            );
        }
    }
}

#[test]
fn notebooks_have_the_parts_that_learners_count_on() {
    for (path, notebook) in notebooks(&course()) {
        let path = path.display();
        assert_eq!(notebook["metadata"]["kernelspec"]["name"], "ferrolab", "{path}");
        let first = &notebook["cells"][0];
        assert_eq!(first["cell_type"], "markdown", "{path}: the first cell says what it teaches");
        let head = text(&first["source"]);
        for part in ["# ", "**You need**", "**Takes**", "**Data**"] {
            assert!(head.contains(part), "{path}: no `{part}` in the first cell");
        }
        let code: Vec<String> = cells(&notebook, "code").map(|cell| text(&cell["source"])).collect();
        assert!(code[0].contains("use ferrolab::prelude::*;"), "{path}: the first code cell is {}", code[0]);
        assert!(code.iter().any(|cell| cell.contains("assert")), "{path}: nothing is asserted");
        for tag in ["parameters", "raises-exception"] {
            assert!(
                cells(&notebook, "code").any(|cell| has_tag(cell, tag)),
                "{path}: no cell with the tag {tag}"
            );
        }
        let prose: String = cells(&notebook, "markdown").map(|cell| text(&cell["source"]) + "\n").collect();
        for part in ["## Summary", "## Exercises", "<details>", "## References"] {
            assert!(prose.contains(part), "{path}: no `{part}`");
        }
    }
}

#[test]
fn notebooks_are_scripts_to_jupytext() {
    let venv = lab::private_jupyter().unwrap();
    venv.ensure_for_books(&|_| ()).unwrap();
    let paths: Vec<_> = notebooks(&course()).into_iter().map(|(path, _)| path).collect();
    // To a script and back: the same cells, tags and texts.
    let mut jupytext = Command::new(venv.program("python"));
    succeeds(jupytext.args(["-I", "-m", "jupytext", "--to", "rs:percent", "--test"]).args(&paths));
    let mut jupytext = Command::new(venv.program("python"));
    jupytext.args(["-I", "-m", "jupytext", "--to", "rs:percent", "--output", "-"]).arg(&paths[0]);
    let script = succeeds(&mut jupytext);
    assert!(
        script.contains("\n// %% [markdown]\n// # ")
            && script.contains("\n// %%\nuse ferrolab::prelude::*;\n")
    );
}

#[test]
fn every_notebook_runs_shows_pictures_and_becomes_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let copies = folder.path().join("executed");
    let mut run = Command::new(env!("CARGO_BIN_EXE_ferrolab"));
    // Two at a time: one compiles a cell while the other computes.
    succeeds(run.arg("run").arg(course()).args(["--jobs", "2", "--output"]).arg(&copies));

    let executed = notebooks(&copies);
    assert_eq!(executed.len(), notebooks(&course()).len());
    for (path, notebook) in &executed {
        let path = path.display();
        let outputs = cells(notebook, "code").flat_map(|cell| cell["outputs"].as_array().unwrap());
        let shown: Vec<_> = outputs.filter_map(|output| output.get("data")).collect();
        let is_picture = |data: &&&Value| {
            ["image/svg+xml", "image/png", "text/html"].iter().any(|kind| data.get(kind).is_some())
        };
        let (pictures, code) = (shown.iter().filter(is_picture).count(), cells(notebook, "code").count());
        assert!(3 * pictures >= code, "{path}: {pictures} pictures and tables for {code} cells");
        for svg in shown.iter().filter_map(|data| data.get("image/svg+xml")) {
            let svg = text(svg);
            let says = (svg.contains("aria-label=\"") && !svg.contains("aria-label=\"\""))
                || svg.contains("<title>");
            assert!(says, "{path}: a picture without a text for those who cannot see it");
        }
    }
    becomes_a_book(&copies, &folder.path().join("book"));
}

/// The executed notebooks as a site that can be read without network.
fn becomes_a_book(copies: &Path, site: &Path) {
    let mut book = Command::new(env!("CARGO_BIN_EXE_ferrolab"));
    succeeds(book.arg("book").arg("--executed").arg(copies).arg("--output").arg(site));
    let index = std::fs::read_to_string(site.join("index.html")).unwrap();
    assert!(site.join("searchindex.js").is_file());
    for (path, _) in notebooks(copies) {
        let name = path.with_extension("html").file_name().unwrap().to_string_lossy().into_owned();
        assert!(index.contains(&format!("href=\"{name}\"")), "the first page does not lead to {name}");
        let page = std::fs::read_to_string(site.join(&name)).unwrap();
        assert!(page.contains("rel=\"next\"") || page.contains("rel=\"prev\""), "{name}");
        for fetched in ["src=\"http", "src=\"//", "<link rel=\"stylesheet\" type=\"text/css\" href=\"http"] {
            assert!(!page.contains(fetched), "{name} fetches {fetched}");
        }
    }
}
