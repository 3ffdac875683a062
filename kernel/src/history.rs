//! The cells of this session, for `history_request`: up-arrow and search in consoles. Kept in memory only.

use std::collections::HashSet;

use wildmatch::WildMatch;

use crate::messages::{HistoryAccess, HistoryEntry, HistoryRequest};

/// The number that the protocol gives to the running session.
const SESSION: u32 = 0;

/// Cells in the order they ran.
#[derive(Debug, Default)]
pub struct History {
    cells: Vec<Cell>,
}

#[derive(Debug)]
struct Cell {
    number: u32,
    code: String,
    /// Empty if it had none.
    result: String,
}

impl History {
    /// Adds a cell that is about to run.
    pub fn push(&mut self, number: u32, code: &str) {
        self.cells.push(Cell { number, code: code.to_owned(), result: String::new() });
    }

    /// Sets the text of the last cell's result.
    pub fn set_result(&mut self, text: &str) {
        if let Some(cell) = self.cells.last_mut() {
            cell.result = text.to_owned();
        }
    }

    /// The cells that a request asks for, oldest first.
    pub fn find(&self, request: &HistoryRequest) -> Vec<HistoryEntry> {
        let found = match &request.access {
            HistoryAccess::Tail { n } => last(self.cells.iter().collect(), *n),
            // Other sessions are gone: nothing of them is kept.
            HistoryAccess::Range { session: Some(session), .. } if *session != i64::from(SESSION) => {
                Vec::new()
            }
            HistoryAccess::Range { start, stop, .. } => {
                let range = start.unwrap_or(0)..stop.unwrap_or(i64::MAX);
                self.cells.iter().filter(|cell| range.contains(&cell.number.into())).collect()
            }
            HistoryAccess::Search { n, pattern, unique } => {
                let found = self.search(pattern.as_deref().unwrap_or("*"), unique.unwrap_or(false));
                last(found, *n)
            }
        };
        found.into_iter().map(|cell| cell.entry(request.output)).collect()
    }

    /// With `unique`, of equal cells only the last.
    fn search(&self, pattern: &str, unique: bool) -> Vec<&Cell> {
        let pattern = WildMatch::new(pattern);
        let mut seen = HashSet::new();
        let mut found: Vec<&Cell> = (self.cells.iter().rev())
            .filter(|cell| pattern.matches(&cell.code) && (seen.insert(cell.code.as_str()) || !unique))
            .collect();
        found.reverse();
        found
    }
}

impl Cell {
    fn entry(&self, with_result: bool) -> HistoryEntry {
        let code = self.code.clone();
        if with_result {
            HistoryEntry::InputOutput(SESSION, self.number, (code, self.result.clone()))
        } else {
            HistoryEntry::Input(SESSION, self.number, code)
        }
    }
}

fn last(mut cells: Vec<&Cell>, n: Option<i64>) -> Vec<&Cell> {
    let kept = n.map_or(cells.len(), |n| usize::try_from(n).unwrap_or(0));
    cells.split_off(cells.len().saturating_sub(kept))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Asks a session of four cells, in the words of the protocol.
    fn ask(request: Value) -> Value {
        let mut history = History::default();
        history.push(1, "let x = 1;");
        history.push(2, "x");
        history.set_result("1");
        history.push(3, "let y = 2;\nx + y");
        history.set_result("3");
        history.push(4, "x");
        let request: HistoryRequest = serde_json::from_value(request).unwrap();
        serde_json::to_value(history.find(&request)).unwrap()
    }

    #[test]
    fn tail_gives_the_last_cells_oldest_first() {
        assert_eq!(
            ask(json!({"hist_access_type": "tail", "n": 2, "output": false, "raw": true})),
            json!([[0, 3, "let y = 2;\nx + y"], [0, 4, "x"]])
        );
        assert_eq!(ask(json!({"hist_access_type": "tail", "n": 0})), json!([]));
        assert_eq!(ask(json!({"hist_access_type": "tail"})).as_array().unwrap().len(), 4);
    }

    #[test]
    fn range_stops_before_its_end() {
        let range = json!({"hist_access_type": "range", "session": 0, "start": 2, "stop": 4});
        assert_eq!(ask(range), json!([[0, 2, "x"], [0, 3, "let y = 2;\nx + y"]]));
        let open = json!({"hist_access_type": "range", "session": null, "start": 4, "stop": null});
        assert_eq!(ask(open), json!([[0, 4, "x"]]));
    }

    #[test]
    fn ranges_of_other_sessions_are_empty() {
        assert_eq!(
            ask(json!({"hist_access_type": "range", "session": -1, "start": 0, "stop": 9})),
            json!([])
        );
    }

    #[test]
    fn search_matches_whole_cells_by_glob() {
        let search = |pattern| ask(json!({"hist_access_type": "search", "pattern": pattern, "n": 10}));
        assert_eq!(search("let*"), json!([[0, 1, "let x = 1;"], [0, 3, "let y = 2;\nx + y"]]));
        assert_eq!(search("?"), json!([[0, 2, "x"], [0, 4, "x"]]));
        assert_eq!(search("nothing"), json!([]));
    }

    #[test]
    fn unique_search_keeps_the_last_of_equal_cells() {
        let search = json!({"hist_access_type": "search", "pattern": "x", "n": 10, "unique": true});
        assert_eq!(ask(search), json!([[0, 4, "x"]]));
    }

    #[test]
    fn with_output_each_cell_carries_its_result() {
        assert_eq!(
            ask(json!({"hist_access_type": "range", "start": 1, "stop": 3, "output": true})),
            json!([[0, 1, ["let x = 1;", ""]], [0, 2, ["x", "1"]]])
        );
    }
}
