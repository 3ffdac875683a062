//! Lines of a cell that are for the kernel: their table, and what each does. `split` finds them, `session` runs them.

mod config;
mod dep;
mod evcxr;
mod explain;
mod percent;
mod shell;
mod split;
mod table;
mod vars;

use std::sync::Arc;

use serde_json::json;

pub use config::begin;
pub use shell::Shell;
pub use split::{Line, Mark, Segment, last_rust, split};

use crate::cell::{CellText, Place, line_and_column};
use crate::diagnostics::failure;
use crate::engine::{Bundle, CellError, Event, OptLevel, Optimised, StreamName};
use crate::session::{Page, Session};
use table::MAGICS;

/// A line for the kernel, and the cell in which it stands.
pub struct Call<'a> {
    pub line: &'a Line,
    pub cell: &'a Arc<CellText>,
}

impl Call<'_> {
    /// An error that points to the line.
    fn error(&self, text: &str, notes: &[String]) -> CellError {
        let place = Place { cell: self.cell.clone(), range: self.line.range.clone() };
        failure("MagicError", text, Some(&place), "", notes)
    }

    /// The arguments as Rust, at the place where they stand in the cell.
    fn rust(&self) -> String {
        let start = self.line.range.end - self.line.arguments.len();
        let (line, column) = line_and_column(&self.cell.text, start);
        format!("{}{}{}", "\n".repeat(line - 1), " ".repeat(column - 1), self.line.arguments)
    }

    fn switch(&self, now: bool) -> Result<bool, CellError> {
        match self.line.arguments.as_str() {
            "" => Ok(!now),
            "on" | "1" => Ok(true),
            "off" | "0" => Ok(false),
            other => Err(self.error(&format!("expected `on` or `off`, found `{other}`"), &[])),
        }
    }
}

/// One of the magics.
struct Magic {
    name: &'static str,
    /// Other spellings, as in evcxr.
    aliases: &'static [&'static str],
    arguments: &'static str,
    help: &'static str,
    run: fn(&mut Session, &Call<'_>) -> Result<(), CellError>,
}

/// The names of all magics and what each does.
pub fn list() -> Vec<(&'static str, &'static str)> {
    MAGICS.iter().map(|magic| (magic.name, magic.help)).collect()
}

/// Runs a line.
pub fn run(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    match call.line.mark {
        Mark::Question => page(session, &call.line.name, 0),
        Mark::DoubleQuestion => page(session, &call.line.name, 1),
        Mark::Percent => Err(percent::hint(call)),
        Mark::Bang => shell::run(session, call),
        Mark::Colon => {
            let name = call.line.name.as_str();
            let known = MAGICS.iter().find(|magic| magic.name == name || magic.aliases.contains(&name));
            match known {
                Some(magic) => (magic.run)(session, call),
                None => evcxr::without_meaning(session, call).ok_or_else(|| unknown(call)),
            }
        }
    }
}

fn unknown(call: &Call<'_>) -> CellError {
    let name = &call.line.name;
    let near = |magic: &&Magic| strsim::jaro_winkler(magic.name, name);
    let nearest = MAGICS.iter().max_by(|a, b| near(a).total_cmp(&near(b))).filter(|magic| near(magic) > 0.75);
    let meant = nearest.map_or_else(String::new, |magic| format!("did you mean `:{}`? ", magic.name));
    call.error(&format!("there is no magic `:{name}`"), &[format!("{meant}`:help` lists them all")])
}

fn help(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    if !call.line.arguments.is_empty() {
        return doc(session, call);
    }
    let rows: String = (MAGICS.iter())
        .map(|Magic { name, arguments, help, .. }| {
            let gap = if arguments.is_empty() { "" } else { " " };
            format!("| `:{name}{gap}{}` | {help} |\n", arguments.replace('|', "\\|"))
        })
        .collect();
    let text = include_str!("assets/help.md").replace("{magics}\n", &rows);
    let data = Bundle::from([
        ("text/markdown".to_owned(), json!(text)),
        ("text/plain".to_owned(), json!(text.replace("\\|", "|").replace('`', ""))),
    ]);
    session.pages.push(Page::Text(data));
    Ok(())
}

fn doc(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    match call.line.arguments.as_str() {
        "" => Err(call.error("expected a name: `:doc Trainer`", &[])),
        name => page(session, name, 1),
    }
}

fn page(session: &mut Session, name: &str, detail: u8) -> Result<(), CellError> {
    session.pages.push(Page::Inspect { name: name.to_owned(), detail });
    Ok(())
}

fn type_of(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let expression = call.line.arguments.as_str();
    if expression.is_empty() {
        return Err(call.error("expected an expression: `:type x + 1`", &[]));
    }
    let known = session.engine.variables().into_iter().find(|variable| variable.name == expression);
    let name = match known {
        Some(variable) => variable.type_name,
        None => session.engine.type_of(&call.rust(), call.cell.number)?,
    };
    session.show_text(&name);
    Ok(())
}

fn time(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    session.timed = true;
    if call.line.arguments.is_empty() { Ok(()) } else { session.rust(&call.rust(), call.cell.number) }
}

fn timing(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    session.timing = call.switch(session.timing)?;
    session.say(if session.timing { "every cell tells its time" } else { "cells tell no times" });
    Ok(())
}

fn opt(session: &mut Session, call: &Call<'_>) -> Result<(), CellError> {
    let level = match call.line.arguments.as_str() {
        "" => *session.engine.opt_level(),
        "auto" => None,
        "0" => Some(OptLevel(0)),
        "1" => Some(OptLevel(1)),
        "2" => Some(OptLevel(2)),
        "3" => Some(OptLevel(3)),
        other => {
            return Err(call.error(&format!("expected `auto` or a level from 0 to 3, found `{other}`"), &[]));
        }
    };
    *session.engine.opt_level() = level;
    let mut text = match level {
        Some(OptLevel(level)) => format!("cells are compiled with optimisation level {level}"),
        None => "cells are optimised by what they contain".to_owned(),
    };
    if let Some(Optimised { level: OptLevel(level), why }) = session.engine.optimised() {
        text += &format!("\nthe last cell was compiled with level {level}: {why}");
    }
    session.say(&text);
    Ok(())
}

fn version(session: &mut Session, _: &Call<'_>) -> Result<(), CellError> {
    session.show_text(&format!(
        "ferrolab {}, Rust {}",
        env!("CARGO_PKG_VERSION"),
        env!("FERROLAB_RUST_VERSION")
    ));
    Ok(())
}

impl Session {
    /// A line for the user.
    fn say(&self, text: &str) {
        self.tap.send(Event::Stream { name: StreamName::Stdout, text: format!("{text}\n") });
    }

    /// A text as the cell's output.
    fn show_text(&self, text: &str) {
        self.show(Bundle::from([("text/plain".to_owned(), json!(text))]));
    }

    fn show(&self, data: Bundle) {
        self.tap.send(Event::Display { data, metadata: json!({}), display_id: None });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_magic_is_documented_and_named_once() {
        let mut names: Vec<&str> =
            MAGICS.iter().flat_map(|magic| magic.aliases.iter().copied().chain([magic.name])).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(MAGICS.iter().all(|magic| !magic.help.is_empty()));
    }

    #[test]
    fn arguments_are_rust_at_their_own_place() {
        let text = "let é = 1;\n  :time  f(é)";
        let cell = Arc::new(CellText { number: 1, text: text.to_owned() });
        let segments = split(text, false);
        let Segment::Line(line) = &segments[1] else { panic!("{segments:?}") };
        assert_eq!(Call { line, cell: &cell }.rust(), "\n         f(é)");
    }
}
