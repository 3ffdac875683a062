//! One notebook as a page of a book, and the first page that leads to all.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::notebook::{CellType, Notebook};

/// A notebook with what the first page says of it.
pub struct Page {
    /// The name of its file, without the ending.
    pub name: String,
    pub notebook: Notebook,
    /// The first heading, or the name.
    pub title: String,
    /// The first paragraph below it.
    pub summary: String,
    /// The first chart or picture, SVG.
    pub picture: Option<String>,
}

impl Page {
    pub fn new(name: String, notebook: Notebook) -> Self {
        let text = notebook.cells.iter().find(|cell| cell.cell_type == CellType::Markdown);
        let (title, summary) = text.map(|cell| head(&cell.source)).unwrap_or_default();
        let outputs = notebook.cells.iter().flat_map(|cell| cell.outputs());
        let picture = outputs.filter_map(svg_of).next();
        Self { title: if title.is_empty() { name.clone() } else { title }, name, notebook, summary, picture }
    }

    /// Turns SVG outputs into HTML ones: as part of the page a chart keeps its text for screen readers, which an `img` of a file
    /// would lose, and scales with the window.
    pub fn inline_pictures(&mut self) {
        for cell in &mut self.notebook.cells {
            for output in cell.outputs_mut() {
                let Some(svg) = svg_of(output) else { continue };
                output["data"] = json!({"text/html": format!("<div class=\"chart\">{svg}</div>")});
            }
        }
    }
}

/// The SVG that an output shows; none if it has a richer form.
fn svg_of(output: &Value) -> Option<String> {
    let data = output.get("data")?;
    if data.get("text/html").is_some() {
        return None;
    }
    match data.get("image/svg+xml")? {
        Value::String(svg) => Some(svg.clone()),
        Value::Array(lines) => Some(lines.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// The first heading of a text, and the paragraph that follows it.
fn head(text: &str) -> (String, String) {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("# "));
    let title = lines.next().map(|line| line[2..].trim().to_owned()).unwrap_or_default();
    let paragraph =
        lines.skip_while(|line| line.trim().is_empty()).take_while(|line| !line.trim().is_empty());
    (title, paragraph.map(str::trim).collect::<Vec<_>>().join(" "))
}

/// The first page, in MyST Markdown: a card for each notebook.
pub fn index(title: &str, pages: &[Page]) -> String {
    let mut text = format!("# {title}\n\n::::{{grid}} 1 1 2 2\n:gutter: 3\n\n");
    for page in pages {
        let Page { name, title, summary, .. } = page;
        let _ = writeln!(text, ":::{{grid-item-card}} {title}\n:link: {name}\n:link-type: doc");
        if page.picture.is_some() {
            let _ = writeln!(text, ":img-bottom: _static/{name}.svg\n:img-alt: A picture from this notebook");
        }
        let _ = writeln!(text, "\n{summary}\n:::\n");
    }
    text += "::::\n\n```{toctree}\n:hidden:\n\n";
    for page in pages {
        let _ = writeln!(text, "{}", page.name);
    }
    text + "```\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notebook(cells: Value) -> Notebook {
        serde_json::from_value(json!({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
            .unwrap()
    }

    #[test]
    fn title_and_summary_are_the_first_heading_and_paragraph() {
        assert_eq!(head("# A *b*\n\nOne\ntwo.\n\nThree."), ("A *b*".into(), "One two.".into()));
        assert_eq!(head("no heading"), (String::new(), String::new()));
        let page = Page::new("07-x".into(), notebook(json!([])));
        assert_eq!((page.title.as_str(), page.summary.as_str()), ("07-x", ""));
    }

    #[test]
    fn charts_become_part_of_the_page_and_tables_stay() {
        let output = |data: Value| json!({"output_type": "display_data", "metadata": {}, "data": data});
        let cell = json!({"cell_type": "code", "id": "a", "metadata": {}, "source": "x", "execution_count": 1, "outputs": [
            output(json!({"text/html": ["<table/>"], "text/plain": "t"})),
            output(json!({"image/svg+xml": ["<svg>", "</svg>"], "text/plain": "a line"})),
        ]});
        let mut page = Page::new("x".into(), notebook(json!([cell])));
        assert_eq!(page.picture.as_deref(), Some("<svg></svg>"));
        page.inline_pictures();
        let outputs = page.notebook.cells[0].outputs();
        assert_eq!(outputs[0]["data"]["text/html"], json!(["<table/>"]));
        assert_eq!(outputs[1]["data"], json!({"text/html": "<div class=\"chart\"><svg></svg></div>"}));
    }
}
