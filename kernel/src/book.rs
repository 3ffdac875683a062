//! The command `book`: notebooks, executed, as a static site with search that opens from disk. Sphinx builds it, with the parts
//! that Jupyter Book 1 is made of: Jupyter Book 2 (mystmd) fetches its theme from the network at every build.

mod page;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::command::BookArgs;
use crate::execute::{self, Executed, RunError};
use crate::files::write_whole;
use crate::lab;
use crate::notebook::{Notebook, NotebookError};
use crate::steps::step;
use crate::venv::VenvError;
use page::Page;

const CONF: &str = include_str!("assets/book/conf.py");
const STYLE: &str = include_str!("assets/book/style.css");
const LOGO: &[u8] = include_bytes!("assets/logo-svg.svg");

/// What keeps a book from being made.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Venv(#[from] VenvError),
    #[error(transparent)]
    Notebook(#[from] NotebookError),
    #[error("cannot write {path}: {source}", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot prepare a folder for the pages: {0}")]
    Prepare(io::Error),
}

/// Executes the notebooks (or takes copies that are there) and builds the site. A notebook that fails ends it before.
pub fn book(arguments: &BookArgs) -> Result<ExitCode, BookError> {
    let venv = lab::private_jupyter()?;
    if !venv.is_complete_for_books() {
        step("Sphinx, for books", |report| venv.ensure_for_books(report))?;
    }
    let mut copies = match &arguments.executed {
        Some(folder) => execute::notebooks(std::slice::from_ref(folder))?,
        None => {
            let course = [lab::course()];
            let paths = if arguments.notebooks.is_empty() { &course[..] } else { &arguments.notebooks[..] };
            let notebooks = execute::notebooks(paths)?;
            let folder = arguments.output.join("notebooks");
            let Executed { written, all_well } = execute::execute(&notebooks, &arguments.execution, &folder)?;
            if !all_well {
                eprintln!(
                    "error: no book of notebooks that fail; what was executed is in {}",
                    folder.display()
                );
                return Ok(ExitCode::FAILURE);
            }
            written
        }
    };
    copies.sort();

    // Beside nothing of the user's: Sphinx reads all that lies in its folder.
    let source = tempfile::tempdir().map_err(BookError::Prepare)?;
    write_project(source.path(), &copies, &arguments.title)?;
    let output = std::path::absolute(&arguments.output).unwrap_or_else(|_| arguments.output.clone());
    step("pages", |report| venv.build_site(source.path(), &output, report))?;
    println!("{}", arguments.output.join("index.html").display());
    Ok(ExitCode::SUCCESS)
}

/// Writes what Sphinx needs: its settings, the first page, and the notebooks with outputs that it can show.
fn write_project(folder: &Path, copies: &[PathBuf], title: &str) -> Result<(), BookError> {
    let write = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        write_whole(&path, content).map_err(|source| BookError::Write { path, source })
    };
    let mut pages = Vec::new();
    for copy in copies {
        let name = copy.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut page = Page::new(name, Notebook::read(copy)?);
        if let Some(svg) = &page.picture {
            write(&format!("_static/{}.svg", page.name), svg.as_bytes())?;
        }
        page.inline_pictures();
        page.notebook.write(&folder.join(format!("{}.ipynb", page.name)))?;
        pages.push(page);
    }
    // A literal of Python is one of JSON where it is a text.
    let title_literal = serde_json::Value::from(title).to_string();
    write("conf.py", CONF.replace("\"TITLE\"", &title_literal).as_bytes())?;
    write("_static/style.css", STYLE.as_bytes())?;
    write("_static/logo.svg", LOGO)?;
    write("index.md", page::index(title, &pages).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    #[test]
    fn the_project_holds_every_notebook_and_a_page_that_leads_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("01-first.ipynb");
        let root = json!({"cells": [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# First steps\n\nOne *idea*.\nMore."}],
                          "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
        fs::write(&copy, root.to_string()).unwrap();
        let project = tempfile::tempdir().unwrap();
        write_project(project.path(), &[copy], "A \"title\"").unwrap();
        let read = |name: &str| fs::read_to_string(project.path().join(name)).unwrap();
        assert!(read("conf.py").contains("html_title = \"A \\\"title\\\"\""), "{}", read("conf.py"));
        assert!(read("index.md").contains("01-first"));
        assert!(read("index.md").contains("First steps") && read("index.md").contains("One *idea*."));
        assert!(read("01-first.ipynb").contains("# First steps"));
    }
}
