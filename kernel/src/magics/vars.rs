//! `:vars`: the variables as a table. What their types do not tell (sizes, memory, short values) the running process is
//! asked by a cell of its own.

use std::collections::BTreeMap;
use std::fmt::Write;

use ferrolab_display::escape;
use ferrolab_display::runtime::facts::{Facts, MIME_TYPE};
use indicatif::HumanBytes;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use super::Call;
use crate::engine::{Bundle, CellError, Variable};
use crate::session::Session;

/// Longer types are cut in the plain text.
const TYPE: usize = 60;

/// Shows the table.
pub fn vars(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let variables = session.engine.variables();
    if variables.is_empty() {
        session.show_text("there are no variables yet: `let x = 1;` makes one");
        return Ok(());
    }
    let question = question(&variables);
    let (asked, answers) = session.results_of(|engine| engine.execute(&question, call.cell.number));
    if asked.as_ref().is_err_and(|error| error.ename == "Interrupted") {
        return asked;
    }
    // A library without facts, or a type that cannot be asked: the table has types only.
    let answer = answers.into_iter().find_map(|mut bundle| bundle.remove(MIME_TYPE));
    let facts: BTreeMap<String, Facts> =
        answer.and_then(|facts| serde_json::from_value(facts).ok()).unwrap_or_default();
    let rows: Vec<Row> = variables.into_iter().map(|variable| Row::new(variable, &facts)).collect();
    session.show(Bundle::from([
        ("text/html".to_owned(), json!(html(&rows))),
        ("text/plain".to_owned(), json!(text(&rows))),
    ]));
    Ok(())
}

/// The cell that asks.
fn question(variables: &[Variable]) -> String {
    let mut code = "{ use ::ferrolab::facts::*; let mut report = Report::default(); ".to_owned();
    for Variable { name, .. } in variables {
        let _ = write!(code, "report.add({name:?}, (&{name}).ferrolab_facts()); ");
    }
    code + "report.send(); }"
}

/// Name, type, shape, memory, value.
struct Row([String; 5]);

const TITLES: [&str; 5] = ["name", "type", "shape", "memory", "value"];

impl Row {
    fn new(variable: Variable, facts: &BTreeMap<String, Facts>) -> Self {
        let Variable { name, type_name, mutable } = variable;
        let Facts { shape, bytes, value } = facts.get(&name).cloned().unwrap_or_default();
        let memory = bytes.map_or_else(String::new, |bytes| HumanBytes(bytes as u64).to_string());
        Row([if mutable { format!("mut {name}") } else { name }, type_name, shape, memory, value])
    }
}

fn html(rows: &[Row]) -> String {
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = String>| {
        let cells: String =
            cells.map(|cell| format!("<{tag} style=\"text-align:left\">{cell}</{tag}>")).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let head = cells("th", &mut TITLES.iter().map(|&title| title.to_owned()));
    let body: String = (rows.iter())
        .map(|Row(row)| {
            cells(
                "td",
                &mut row.iter().enumerate().map(|(column, text)| match (column, text.as_str()) {
                    (_, "") => String::new(),
                    (0 | 1, text) => format!("<code>{}</code>", escape(text)),
                    (_, text) => escape(text),
                }),
            )
        })
        .collect();
    format!("<table class=\"dataframe\">\n<thead>{head}</thead>\n<tbody>\n{body}</tbody></table>")
}

fn text(rows: &[Row]) -> String {
    let mut lines: Vec<[String; 5]> = vec![TITLES.map(str::to_owned)];
    lines.extend(rows.iter().map(|Row(row)| row.clone()));
    for line in &mut lines {
        if line[1].chars().count() > TYPE {
            line[1] = line[1].chars().take(TYPE - 1).chain(['…']).collect();
        }
    }
    let widths: [usize; 5] =
        std::array::from_fn(|column| lines.iter().map(|line| line[column].width()).max().unwrap_or(0));
    let padded = lines.iter().map(|line| {
        let cells = line.iter().zip(widths).filter(|(_, width)| *width > 0);
        let line: Vec<String> =
            cells.map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width())).collect();
        line.join("  ").trim_end().to_owned()
    });
    padded.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let variable = |name: &str, type_name: &str, mutable| Variable {
            name: name.into(),
            type_name: type_name.into(),
            mutable,
        };
        let facts = BTreeMap::from([("x".to_owned(), Facts::shape("[2, 3]").bytes(2048))]);
        vec![
            Row::new(variable("x", "Tensor<Rank2<2, 3>>", true), &facts),
            Row::new(variable("other", "Opaque", false), &facts),
        ]
    }

    #[test]
    fn the_text_is_a_table_with_columns_one_below_the_other() {
        assert_eq!(
            text(&rows()),
            "name   type                 shape   memory    value\n\
             mut x  Tensor<Rank2<2, 3>>  [2, 3]  2.00 KiB\n\
             other  Opaque"
        );
    }

    #[test]
    fn the_page_escapes_types() {
        let html = html(&rows());
        assert!(html.contains("<code>Tensor&lt;Rank2&lt;2, 3&gt;&gt;</code>"), "{html}");
    }
}
