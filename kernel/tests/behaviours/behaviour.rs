//! A behaviour: cells, and what must be seen of each; where an engine differs, how and why.

use ferrolab_kernel::engine::{Event, Kind, StreamName};
use serde_json::Value;

use crate::harness::{Session, drawn, text};

/// What must be seen of one cell.
#[derive(Debug, Clone, Copy)]
pub enum Seen {
    /// It succeeds.
    Fine,
    /// It succeeds and shows nothing.
    Nothing,
    /// It succeeds, and this is its result.
    Result(&'static str),
    /// It succeeds, and its result contains this.
    ResultHas(&'static str),
    /// It succeeds, and this is all that it prints.
    Printed(&'static str),
    /// It succeeds, and says this on the standard error.
    Told(&'static str),
    /// It succeeds, and displays these: MIME type, and what the content contains.
    Displays(&'static [(&'static str, &'static str)]),
    /// It fails with this kind of error, and the drawn error contains this.
    Fails(&'static str, &'static str),
}

pub use Seen::*;

/// A behaviour of all engines.
pub struct Behaviour {
    name: &'static str,
    cells: Vec<(&'static str, Seen)>,
    differences: Vec<Difference>,
}

/// How one engine differs.
struct Difference {
    engine: Kind,
    /// For the table of differences in the documentation.
    why: &'static str,
    /// What is seen instead, cell by cell.
    seen: Vec<Seen>,
}

/// A behaviour with no cells yet.
pub fn behaviour(name: &'static str) -> Behaviour {
    Behaviour { name, cells: Vec::new(), differences: Vec::new() }
}

impl Behaviour {
    /// Adds a cell.
    pub fn cell(mut self, code: &'static str, seen: Seen) -> Self {
        self.cells.push((code, seen));
        self
    }

    /// What is seen of the cells on this engine instead.
    pub fn differs(mut self, engine: Kind, why: &'static str, seen: &[Seen]) -> Self {
        self.differences.push(Difference { engine, why, seen: seen.to_vec() });
        self
    }

    /// Runs the cells. The first thing that was to be seen and was not.
    fn run(&self, engine: Kind, session: &mut Session) -> std::result::Result<(), String> {
        let difference = self.differences.iter().find(|difference| difference.engine == engine);
        for (index, (code, seen)) in self.cells.iter().enumerate() {
            let seen = match difference {
                Some(Difference { seen, .. }) => &seen[index],
                None => seen,
            };
            let (result, events) = session.run(code);
            let found = match &result {
                Ok(()) => found(seen, &events),
                Err(error) => match seen {
                    Fails(ename, text) => (error.ename == *ename && drawn(error).contains(text))
                        .then_some(())
                        .ok_or_else(|| format!("{}: {}\n{}", error.ename, error.evalue, drawn(error))),
                    _ => Err(format!("{}: {}\n{}", error.ename, error.evalue, drawn(error))),
                },
            };
            let note = difference.map_or(String::new(), |difference| format!(" ({})", difference.why));
            found.map_err(|found| {
                format!(
                    "{}{note}\n  cell {}: {code}\n  expected {seen:?}\n  found {found}",
                    self.name,
                    index + 1
                )
            })?;
        }
        Ok(())
    }
}

/// What a cell that has succeeded shows.
fn found(seen: &Seen, events: &[Event]) -> std::result::Result<(), String> {
    let results: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            Event::Result { data, .. } => Some(data.get("text/plain").and_then(Value::as_str).unwrap_or("")),
            _ => None,
        })
        .collect();
    let displayed = |mime: &str, part: &str| {
        events.iter().any(|event| match event {
            Event::Display { data, .. } | Event::Result { data, .. } => {
                data.get(mime).is_some_and(|content| {
                    content.as_str().map_or_else(|| content.to_string(), str::to_owned).contains(part)
                })
            }
            _ => false,
        })
    };
    let well = match seen {
        Fine => true,
        Nothing => events.is_empty(),
        Result(text) => results == [*text],
        ResultHas(part) => results.len() == 1 && results[0].contains(part),
        Printed(printed) => text(events, StreamName::Stdout) == *printed,
        Told(part) => text(events, StreamName::Stderr).contains(part),
        Displays(all) => all.iter().all(|(mime, part)| displayed(mime, part)),
        Fails(..) => false,
    };
    if well { Ok(()) } else { Err(format!("{events:?}")) }
}

/// Runs behaviours one after the other in one session, which forgets everything between them; tells of all that fail.
#[track_caller]
pub fn all_hold(engine: Kind, behaviours: &[Behaviour]) {
    let mut session = Session::of(engine);
    let failures: Vec<String> = (behaviours.iter())
        .filter_map(|behaviour| {
            session.engine.clear().unwrap();
            behaviour.run(engine, &mut session).err()
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} fail:\n\n{}",
        failures.len(),
        behaviours.len(),
        failures.join("\n\n")
    );
}
