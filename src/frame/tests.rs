//! Tables as cells show them, read back with an XML parser.

use ferrolab_display::runtime::result::{DebugDisplay as _, PickPlain as _, PickShow as _, Probe};
use ferrolab_display::{Html, MimeBundle};
use polars::prelude::*;
use roxmltree::Document;

use super::*;

/// The rows of the table, as their cells' texts; the head first.
fn rows(view: &MimeBundle) -> Vec<Vec<String>> {
    let html = view.get("text/html").unwrap().as_str().unwrap().replace("<br>", " ");
    let document = Document::parse(&html).unwrap();
    let cells = |row: roxmltree::Node<'_, '_>| {
        row.children()
            .map(|cell| {
                cell.descendants().filter_map(|node| node.is_text().then(|| node.text()).flatten()).collect()
            })
            .collect()
    };
    document.descendants().filter(|node| node.has_tag_name("tr")).map(cells).collect()
}

fn counts() -> DataFrame {
    df!["class" => [Some("cat"), None, Some("<b>")], "count" => [80, 60, 7], "share" => [0.5, 0.25, f64::NAN]]
        .unwrap()
}

#[test]
fn a_table_has_names_types_and_values() {
    let expected = [
        ["class str", "count i32", "share f64"],
        ["cat", "80", "0.5"],
        ["null", "60", "0.25"],
        ["<b>", "7", "NaN"],
    ];
    assert_eq!(rows(&counts().view()), expected);
}

#[test]
fn numbers_stand_right_and_texts_left() {
    let view = counts().view();
    let html = view.get("text/html").unwrap().as_str().unwrap();
    assert!(html.contains("<td style=\"text-align:right\">80</td>"));
    assert!(html.contains("<td style=\"text-align:left\">cat</td>"));
    assert!(html.contains("shape: (3, 3)"));
}

#[test]
fn a_long_and_wide_table_shows_its_ends() {
    let columns = (0..30)
        .map(|c| Column::new(format!("c{c}").into(), (0..1000).map(|r| r * 100 + c).collect::<Vec<i32>>()));
    let frame = DataFrame::new(1000, columns.collect()).unwrap();
    let rows = rows(&frame.view());
    assert_eq!((rows.len(), rows[0].len()), (1 + 21, 17));
    assert_eq!((rows[1][0].as_str(), rows[10][8].as_str(), rows[11][3].as_str()), ("0", "…", "…"));
    assert_eq!((rows[12][0].as_str(), rows[21][16].as_str()), ("99000", "99929"));
}

#[test]
fn a_long_text_is_cut() {
    let rows = rows(&df!["t" => ["é".repeat(1000)]].unwrap().view());
    assert_eq!(rows[1][0], format!("{}…", "é".repeat(59)));
}

#[test]
fn empty_tables_are_shown_too() {
    assert_eq!(rows(&DataFrame::empty().view()), [[""; 0]]);
    let none: [i32; 0] = [];
    assert_eq!(rows(&df!["a" => none].unwrap().view()), [["a i32"]]);
}

#[test]
fn the_text_form_is_polars_own() {
    let frame = counts();
    assert_eq!(frame.view().plain(), Some(frame.to_string().as_str()));
}

#[test]
fn a_series_and_a_column_are_tables_of_one_column() {
    let frame = counts();
    let column = frame.column("count").unwrap();
    let expected = [["count i32"], ["80"], ["60"], ["7"]];
    assert_eq!(rows(&column.view()), expected);
    assert_eq!(rows(&column.as_materialized_series().view()), expected);
}

#[test]
fn a_lazy_frame_shows_its_plan() {
    let view = counts().lazy().filter(col("count").gt(lit(10))).view();
    assert!(
        view.plain().unwrap().contains("collect") && view.plain().unwrap().contains("FILTER"),
        "{view:?}"
    );
}

/// What the generated code of a cell finds for its last expression; the steps are named by what `pick` returns.
macro_rules! picked {
    ($value:expr) => {
        match &($value) {
            value => {
                let picked = (&&Probe(value)).pick();
                let name = std::any::type_name_of_val(&picked);
                // It compiles in every case, and nothing is printed outside a notebook.
                picked.evcxr_display();
                name
            }
        }
    };
}

#[test]
fn the_last_expression_of_a_cell_is_shown_by_its_view() {
    let frame = counts();
    assert!(picked!(&frame).ends_with("Picked"));
    assert!(picked!(frame.clone().lazy()).ends_with("Picked"));
    assert!(picked!(frame.column("count").unwrap()).ends_with("Picked"));
    assert!(picked!(frame).ends_with("Picked"));
    assert!(picked!(Html("x")).contains("Shown"));
    assert!(picked!(5).contains("Shown"));
    assert_eq!(picked!(vec![5]), "&alloc::vec::Vec<i32>");
}

#[test]
fn display_takes_tables_and_what_shows_itself() {
    let frame = counts();
    display(&frame);
    display(&&frame);
    display(&Html("x"));
}

#[test]
fn a_csv_file_of_the_project_is_read() {
    let frame = read_csv(ferrolab_datasets::path("clipart32/classes.csv")).unwrap();
    assert_eq!(frame.shape(), (10, 5));
    let train: i64 = frame.column("train").unwrap().i64().unwrap().sum().unwrap();
    assert_eq!(train, 1392);
}

#[test]
fn a_missing_csv_file_is_named() {
    let error = read_csv("no-such-file.csv").unwrap_err().to_string();
    assert!(error.contains("no-such-file.csv"), "{error}");
}
