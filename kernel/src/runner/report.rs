//! What a person reads about a failed notebook: where, the code with its line, the error.

use std::fmt::Write;
use std::path::Path;

use super::{FailedCell, Failure};

/// Lines of code shown around the failing one.
const AROUND: usize = 3;

/// The report, with ANSI colours where the kernel sent them; take them away with [`plain`] for files and pipes.
pub fn failure(path: &Path, failure: &Failure) -> String {
    let mut text = String::new();
    let error = if failure.traceback.is_empty() {
        format!("{}: {}", failure.ename, failure.evalue)
    } else {
        failure.traceback.join("\n")
    };
    match &failure.cell {
        None => {
            let _ = writeln!(text, "{}: {error}", path.display());
        }
        Some(cell) => {
            let number = cell.execution_count.map_or(" ".to_owned(), |count| count.to_string());
            let _ = writeln!(
                text,
                "{}: cell [{number}] failed (cell {} of the notebook)",
                path.display(),
                cell.position
            );
            text.push_str(&code(cell, &error));
            let _ = writeln!(text, "\n{}", error.trim_end());
            // The headline must not be missing where the traceback shows only places.
            if !plain(&error).contains(&*first_line(&failure.evalue)) {
                let _ = writeln!(text, "{}: {}", failure.ename, failure.evalue);
            }
        }
    }
    text
}

/// The text without ANSI escape sequences.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        if char != '\u{1b}' {
            shown.push(char);
        } else if chars.next() == Some('[') {
            // A control sequence ends with a letter or another character from `@` on (ECMA-48, 5.4).
            let _ = chars.find(|char| ('@'..='~').contains(char));
        }
    }
    shown
}

fn first_line(text: &str) -> String {
    plain(text).lines().next().unwrap_or_default().to_owned()
}

/// The cell's code with line numbers, the failing line marked; only its surroundings when the cell is long.
fn code(cell: &FailedCell, error: &str) -> String {
    let lines: Vec<_> = cell.source.lines().collect();
    let marked = failing_line(cell, &plain(error)).filter(|&line| line <= lines.len());
    let (first, last) = match marked {
        Some(line) => (line.saturating_sub(AROUND + 1), (line + AROUND).min(lines.len())),
        None => (0, lines.len().min(2 * AROUND + 1)),
    };
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate().take(last).skip(first) {
        let mark = if marked == Some(index + 1) { '>' } else { ' ' };
        let _ = writeln!(text, "{}", format!("{mark} {:>3} | {line}", index + 1).trim_end());
    }
    if marked.is_none() && last < lines.len() {
        let _ = writeln!(text, "      | … {} more lines", lines.len() - last);
    }
    text
}

/// The line that the error names: `cell 3:7` or `cell [3]:7`, with the number of this cell.
fn failing_line(cell: &FailedCell, error: &str) -> Option<usize> {
    let number = cell.execution_count?;
    [format!("cell {number}:"), format!("cell [{number}]:"), format!("cell [{number}], line ")]
        .iter()
        .find_map(|place| {
            let after = &error[error.find(place)? + place.len()..];
            let digits = after.find(|char: char| !char.is_ascii_digit()).unwrap_or(after.len());
            after[..digits].parse().ok()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panic_in(source: &str, traceback: &[&str]) -> Failure {
        Failure {
            cell: Some(FailedCell { position: 5, execution_count: Some(3), source: source.to_owned() }),
            ename: "panic".to_owned(),
            evalue: "boom".to_owned(),
            traceback: traceback.iter().map(|&line| line.to_owned()).collect(),
        }
    }

    #[test]
    fn the_report_shows_cell_line_and_error() {
        let source =
            "let a = 1;\nlet b = 2;\n\npanic!(\"boom\");\n\nlet c = 3;\nlet d = 4;\nlet e = 5;\nlet f = 6;";
        let failure_of = panic_in(source, &["\u{1b}[31mpanic\u{1b}[0m: boom", " --> cell 3:4:1"]);
        let expected = "\
a.ipynb: cell [3] failed (cell 5 of the notebook)
    1 | let a = 1;
    2 | let b = 2;
    3 |
>   4 | panic!(\"boom\");
    5 |
    6 | let c = 3;
    7 | let d = 4;

panic: boom
 --> cell 3:4:1
";
        assert_eq!(plain(&failure(Path::new("a.ipynb"), &failure_of)), expected);
    }

    #[test]
    fn an_error_without_place_shows_the_start_of_the_cell() {
        let source = (1..=9).map(|n| format!("line{n}();\n")).collect::<String>();
        let report = failure(Path::new("a.ipynb"), &panic_in(&source, &[]));
        assert!(report.contains("    7 | line7();\n      | … 2 more lines\n\npanic: boom\n"), "{report}");
    }

    #[test]
    fn colours_are_taken_away() {
        assert_eq!(plain("\u{1b}[1;38;5;9merror\u{1b}[0m: é"), "error: é");
        assert_eq!(plain("end\u{1b}"), "end");
    }
}
