//! Notebook files: reads and writes `.ipynb` (nbformat 4) the way Jupyter does, and keeps every field it does not know.

pub mod outputs;
pub mod parameters;

mod lines;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use outputs::Output;

/// What can be wrong with a notebook file.
#[derive(Debug, thiserror::Error)]
pub enum NotebookError {
    #[error("cannot read notebook {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write notebook {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{path} is not a notebook: {source}")]
    Parse { path: PathBuf, source: serde_json::Error },
    #[error(
        "{path} has notebook format {found}, expected 4: convert it with `jupyter nbconvert --to notebook --nbformat 4`"
    )]
    Format { path: PathBuf, found: u64 },
}

/// A notebook: cells and everything around them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notebook {
    pub cells: Vec<Cell>,
    #[serde(default)]
    pub metadata: Map<String, Value>,
    pub nbformat: u64,
    pub nbformat_minor: u64,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CellType {
    Code,
    Markdown,
    Raw,
}

/// One cell; outputs, execution count and attachments stay as they are in the file until they are set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    pub cell_type: CellType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default)]
    pub metadata: Map<String, Value>,
    #[serde(with = "lines")]
    pub source: String,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Notebook {
    /// Reads a notebook and brings it to nbformat 4.5 (every cell has an id).
    pub fn read(path: &Path) -> Result<Self, NotebookError> {
        let text = std::fs::read(path).map_err(|source| NotebookError::Read { path: path.into(), source })?;
        let parse_error = |source| NotebookError::Parse { path: path.into(), source };
        // The format is looked at first: a notebook of format 3 has no `cells`, which would be a confusing complaint.
        let root: Value = serde_json::from_slice(&text).map_err(parse_error)?;
        if let Some(found) = root.get("nbformat").and_then(Value::as_u64).filter(|&found| found != 4) {
            return Err(NotebookError::Format { path: path.into(), found });
        }
        let mut notebook: Self = serde_json::from_value(root).map_err(parse_error)?;
        notebook.upgrade();
        Ok(notebook)
    }

    /// Writes the notebook as Jupyter does: sorted keys, one space of indentation, texts as lists of lines. The file
    /// appears under its name only when it is complete.
    pub fn write(&self, path: &Path) -> Result<(), NotebookError> {
        crate::files::write_whole(path, self.to_json().as_bytes())
            .map_err(|source| NotebookError::Write { path: path.into(), source })
    }

    /// The text of the file.
    pub fn to_json(&self) -> String {
        let mut root = serde_json::to_value(self).unwrap_or_default();
        root.sort_all_objects();
        let mut text = Vec::new();
        let indent = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut writer = serde_json::Serializer::with_formatter(&mut text, indent);
        // Writing a `Value` into memory has no way to fail.
        let _ = root.serialize(&mut writer);
        text.push(b'\n');
        String::from_utf8_lossy(&text).into_owned()
    }

    /// The code cells that have something to run, each with its position in the notebook.
    pub fn code_cells(&self) -> impl Iterator<Item = (usize, &Cell)> {
        self.cells.iter().enumerate().filter(|(_, cell)| cell.is_code() && !cell.source.trim().is_empty())
    }

    /// A cell id that no cell of the notebook has.
    fn free_id(&self, wish: &str) -> String {
        let taken = |id: &str| self.cells.iter().any(|cell| cell.id.as_deref() == Some(id));
        std::iter::once(wish.to_owned())
            .chain((2..).map(|n| format!("{wish}-{n}")))
            .find(|id| !taken(id))
            .unwrap_or_default()
    }

    fn upgrade(&mut self) {
        self.nbformat_minor = self.nbformat_minor.max(5);
        for index in 0..self.cells.len() {
            if self.cells[index].id.is_none() {
                self.cells[index].id = Some(self.free_id(&format!("cell-{}", index + 1)));
            }
            let cell = &mut self.cells[index];
            if cell.is_code() {
                cell.rest.entry("outputs").or_insert_with(|| Value::Array(Vec::new()));
                cell.rest.entry("execution_count").or_insert(Value::Null);
            }
        }
    }
}

impl Cell {
    /// A code cell without outputs.
    pub fn code(source: impl Into<String>) -> Self {
        let mut rest = Map::new();
        rest.insert("outputs".into(), Value::Array(Vec::new()));
        rest.insert("execution_count".into(), Value::Null);
        Self { cell_type: CellType::Code, id: None, metadata: Map::new(), source: source.into(), rest }
    }

    pub fn is_code(&self) -> bool {
        self.cell_type == CellType::Code
    }

    /// Whether the cell carries a tag, such as `raises-exception`.
    pub fn has_tag(&self, tag: &str) -> bool {
        let tags = self.metadata.get("tags").and_then(Value::as_array);
        tags.is_some_and(|tags| tags.iter().any(|found| found == tag))
    }

    /// The outputs as they are in the file.
    pub fn outputs(&self) -> &[Value] {
        self.rest.get("outputs").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The outputs, to be changed.
    pub fn outputs_mut(&mut self) -> &mut [Value] {
        self.rest.get_mut("outputs").and_then(Value::as_array_mut).map_or(&mut [], Vec::as_mut_slice)
    }

    /// Replaces the outputs.
    pub fn set_outputs<'a>(&mut self, outputs: impl IntoIterator<Item = &'a Output>) {
        let outputs = outputs.into_iter().filter_map(|output| serde_json::to_value(output).ok()).collect();
        self.rest.insert("outputs".into(), Value::Array(outputs));
    }

    /// The number in `[1]`; none for a cell that has not run.
    pub fn execution_count(&self) -> Option<u64> {
        self.rest.get("execution_count").and_then(Value::as_u64)
    }

    pub fn set_execution_count(&mut self, count: Option<u64>) {
        self.rest.insert("execution_count".into(), count.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse(root: Value) -> Notebook {
        let mut notebook: Notebook = serde_json::from_value(root).unwrap();
        notebook.upgrade();
        notebook
    }

    #[test]
    fn unknown_fields_survive_a_round_trip() {
        let root = json!({
            "cells": [
                {"cell_type": "code", "id": "a", "metadata": {"jupyter": {"source_hidden": true}}, "source": ["let a = 1;\n", "a"],
                 "execution_count": 7, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["x\n"], "odd": 1}], "future": [1]},
                {"cell_type": "markdown", "id": "b", "metadata": {}, "source": [], "attachments": {"p.png": {"image/png": "AA=="}}}
            ],
            "metadata": {"kernelspec": {"name": "ferrolab"}, "colab": {}}, "nbformat": 4, "nbformat_minor": 5, "later": {"z": 1}
        });
        let written: Value = serde_json::from_str(&parse(root.clone()).to_json()).unwrap();
        assert_eq!(written, root);
    }

    #[test]
    fn an_old_notebook_gets_distinct_cell_ids() {
        let cell = json!({"cell_type": "code", "metadata": {}, "source": "1", "outputs": [], "execution_count": null});
        let mut named = cell.clone();
        named["id"] = json!("cell-1");
        let notebook =
            parse(json!({"cells": [cell, named], "metadata": {}, "nbformat": 4, "nbformat_minor": 2}));
        let ids: Vec<_> = notebook.cells.iter().filter_map(|cell| cell.id.as_deref()).collect();
        assert_eq!(ids, ["cell-1-2", "cell-1"]);
        assert_eq!(notebook.nbformat_minor, 5);
    }

    #[test]
    fn the_file_is_laid_out_as_jupyter_does() {
        let mut notebook = parse(json!({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}));
        notebook.cells.push(Cell { id: Some("é".into()), ..Cell::code("let a = 1;\na") });
        let expected = "{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": null,\n   \"id\": \"é\",\n   \
            \"metadata\": {},\n   \"outputs\": [],\n   \"source\": [\n    \"let a = 1;\\n\",\n    \"a\"\n   ]\n  }\n ],\n \
            \"metadata\": {},\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n";
        assert_eq!(notebook.to_json(), expected);
    }

    #[test]
    fn another_format_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.ipynb");
        std::fs::write(&path, r#"{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}"#).unwrap();
        let error = Notebook::read(&path).unwrap_err().to_string();
        assert!(error.contains("format 3, expected 4"), "{error}");
    }
}
