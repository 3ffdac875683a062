//! A data frame as an HTML table: the shape, names and types of the columns, the first and last rows.
//!
//! No colours of its own and no style sheet (notebooks that are not trusted lose those): it looks like the other tables of the
//! notebook, in light and dark.

use ferrolab_display::escape;
use polars::prelude::{AnyValue, Column, DataFrame};

use crate::view::ends;

/// A table with more rows shows half of this many from its start and half from its end.
const ROWS: usize = 20;
/// The same for columns.
const COLUMNS: usize = 16;
/// Longer texts are cut.
const TEXT: usize = 60;

/// The whole table.
pub(super) fn table(frame: &DataFrame) -> String {
    let (height, width) = frame.shape();
    let (rows, columns) = (ends(height, ROWS), ends(width, COLUMNS));
    let columns: Vec<_> =
        columns.into_iter().map(|column| column.and_then(|at| frame.columns().get(at))).collect();

    let names = columns.iter().map(|column| match column {
        Some(column) => {
            let name = escape(column.name());
            format!(
                "<th style=\"text-align:{}\">{name}<br>{}</th>",
                side(column),
                soft(&column.dtype().to_string())
            )
        }
        None => "<th>…</th>".into(),
    });
    let mut html = format!(
        "<div>{}<table class=\"dataframe\">\n<thead><tr>",
        soft(&format!("shape: ({height}, {width})"))
    );
    html.extend(names);
    html += "</tr></thead>\n<tbody>\n";
    for row in rows {
        html += "<tr>";
        html.extend(columns.iter().map(|column| match (column, row) {
            (Some(column), Some(row)) => {
                format!("<td style=\"text-align:{}\">{}</td>", side(column), cell(column, row))
            }
            (Some(column), None) => format!("<td style=\"text-align:{}\">…</td>", side(column)),
            (None, _) => "<td>…</td>".into(),
        }));
        html += "</tr>\n";
    }
    html + "</tbody></table></div>"
}

fn cell(column: &Column, row: usize) -> String {
    match column.get(row) {
        Ok(AnyValue::Null) => soft("null"),
        Ok(value) => match value.get_str() {
            Some(text) => escape(&shorten(text)),
            None => escape(&shorten(&value.to_string())),
        },
        Err(error) => soft(&error.to_string()),
    }
}

/// Numbers end at the same place, so that their sizes can be compared.
fn side(column: &Column) -> &'static str {
    if column.dtype().is_numeric() { "right" } else { "left" }
}

fn soft(text: &str) -> String {
    format!("<small style=\"opacity:0.65\">{}</small>", escape(text))
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= TEXT {
        text.into()
    } else {
        text.chars().take(TEXT - 1).chain(['…']).collect()
    }
}
