//! The cells that were run, for `history_request`: up-arrow and search in consoles. Kept in an SQLite file in the user's
//! data folder, across restarts and shared by all kernels, or in memory only.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use crate::messages::{HistoryAccess, HistoryEntry, HistoryRequest};

/// The number that the protocol gives to the running session.
const RUNNING: i64 = 0;
/// Most cells that are given when the client names no number.
const MANY: i64 = 1000;
/// How long to wait for another kernel that writes: less than anyone notices.
const PATIENCE: Duration = Duration::from_millis(200);

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS sessions (session INTEGER PRIMARY KEY AUTOINCREMENT, start TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS cells (
        session INTEGER NOT NULL, line INTEGER NOT NULL, source TEXT NOT NULL, output TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (session, line)) WITHOUT ROWID;";

/// Why the history cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the history of cells: {0}")]
    Database(#[from] rusqlite::Error),
    #[error("the history of cells at {}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
}

/// Cells by session and number.
#[derive(Debug)]
pub struct History {
    database: Connection,
    /// The running session; it has a number from its first cell on.
    session: Option<i64>,
    /// The number of the last cell.
    line: u32,
}

impl History {
    /// A history that ends with the kernel.
    pub fn in_memory() -> Result<Self, HistoryError> {
        Self::new(Connection::open_in_memory()?)
    }

    /// A history that stays. A file that is no database is set aside, not lost, and a new one begun.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let history = open_private(path)
            .and_then(|()| Connection::open(path).map_err(HistoryError::from))
            .and_then(Self::new);
        match history {
            Err(HistoryError::Database(error)) if no_database(&error) => {
                let aside = path.with_extension("damaged");
                fs::rename(path, &aside).map_err(|error| HistoryError::File { path: path.into(), error })?;
                eprintln!("ferrolab kernel: {}: {error}; moved to {}", path.display(), aside.display());
                open_private(path)?;
                Self::new(Connection::open(path)?)
            }
            other => other,
        }
    }

    fn new(database: Connection) -> Result<Self, HistoryError> {
        database.busy_timeout(PATIENCE)?;
        // With these two a cell costs no wait for the disk, and a crash of the machine costs the last cells at most.
        database.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        database.pragma_update(None, "synchronous", "normal")?;
        database.execute_batch(TABLES)?;
        Ok(History { database, session: None, line: 0 })
    }

    /// Adds a cell that is about to run.
    pub fn push(&mut self, number: u32, code: &str) -> Result<(), HistoryError> {
        let session = match self.session {
            Some(session) => session,
            None => {
                let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
                self.database.execute("INSERT INTO sessions (start) VALUES (?1)", [now])?;
                *self.session.insert(self.database.last_insert_rowid())
            }
        };
        self.line = number;
        let insert = "INSERT OR REPLACE INTO cells (session, line, source) VALUES (?1, ?2, ?3)";
        self.database.execute(insert, params![session, number, code])?;
        Ok(())
    }

    /// Sets the text of the last cell's result.
    pub fn set_result(&mut self, text: &str) -> Result<(), HistoryError> {
        let update = "UPDATE cells SET output = ?3 WHERE session = ?1 AND line = ?2";
        self.database.execute(update, params![self.session, self.line, text])?;
        Ok(())
    }

    /// The cells that a request asks for, oldest first.
    pub fn find(&self, request: &HistoryRequest) -> Result<Vec<HistoryEntry>, HistoryError> {
        let with_output = request.output;
        match &request.access {
            HistoryAccess::Tail { n } => {
                let last = "SELECT * FROM cells ORDER BY session DESC, line DESC LIMIT ?1";
                self.newest_first(last, [limit(*n)], with_output)
            }
            HistoryAccess::Range { session, start, stop } => {
                let Some(session) = self.session_of(session.unwrap_or(RUNNING))? else {
                    return Ok(Vec::new());
                };
                let range = "SELECT * FROM cells WHERE session = ?1 AND line >= ?2 AND line < ?3 \
                             ORDER BY line DESC";
                let stop = stop.unwrap_or(i64::MAX);
                self.newest_first(range, params![session, start.unwrap_or(0), stop], with_output)
            }
            HistoryAccess::Search { n, pattern, unique } => {
                // Of equal cells, 1 is the last one.
                let search = "SELECT session, line, source, output FROM (SELECT *, row_number() OVER \
                              (PARTITION BY source ORDER BY session DESC, line DESC) AS nth FROM cells \
                              WHERE source GLOB ?1) WHERE nth = 1 OR NOT ?2 \
                              ORDER BY session DESC, line DESC LIMIT ?3";
                let pattern = pattern.as_deref().unwrap_or("*");
                self.newest_first(search, params![pattern, unique.unwrap_or(false), limit(*n)], with_output)
            }
        }
    }

    /// The session of a number in the protocol: 0 is the running one, -1 the one before.
    fn session_of(&self, number: i64) -> Result<Option<i64>, HistoryError> {
        if number == RUNNING {
            return Ok(self.session);
        }
        if number > 0 {
            return Ok(Some(number));
        }
        let before =
            "SELECT session FROM sessions WHERE session < ?1 ORDER BY session DESC LIMIT 1 OFFSET ?2";
        let arguments = [self.session.unwrap_or(i64::MAX), -1 - number];
        Ok(self.database.query_row(before, arguments, |row| row.get(0)).optional()?)
    }

    /// The entries of a query, turned round.
    fn newest_first(
        &self,
        query: &str,
        arguments: impl Params,
        with_output: bool,
    ) -> Result<Vec<HistoryEntry>, HistoryError> {
        let mut statement = self.database.prepare(query)?;
        let entries = statement.query_map(arguments, |row| self.entry(row, with_output))?;
        let mut entries: Vec<HistoryEntry> = entries.collect::<Result<_, _>>()?;
        entries.reverse();
        Ok(entries)
    }

    fn entry(&self, row: &Row<'_>, with_output: bool) -> rusqlite::Result<HistoryEntry> {
        let session = row.get("session")?;
        let session = if Some(session) == self.session { RUNNING } else { session };
        let (line, source) = (row.get("line")?, row.get("source")?);
        Ok(if with_output {
            HistoryEntry::InputOutput(session, line, (source, row.get("output")?))
        } else {
            HistoryEntry::Input(session, line, source)
        })
    }
}

/// SQLite takes -1 for no limit; a client that says a negative number wants nothing.
fn limit(n: Option<i64>) -> i64 {
    n.map_or(MANY, |n| n.max(0))
}

fn no_database(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

/// Makes the file, if it is not there, so that nobody else can read it: SQLite would not.
fn open_private(path: &Path) -> Result<(), HistoryError> {
    let error = |error| HistoryError::File { path: path.into(), error };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(error)?;
    }
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn find(history: &History, request: Value) -> Value {
        let request: HistoryRequest = serde_json::from_value(request).unwrap();
        serde_json::to_value(history.find(&request).unwrap()).unwrap()
    }

    /// Asks a session of four cells, in the words of the protocol.
    fn ask(request: Value) -> Value {
        let mut history = History::in_memory().unwrap();
        history.push(1, "let x = 1;").unwrap();
        history.push(2, "x").unwrap();
        history.set_result("1").unwrap();
        history.push(3, "let y = 2;\nx + y").unwrap();
        history.set_result("3").unwrap();
        history.push(4, "x").unwrap();
        find(&history, request)
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
    fn earlier_sessions_are_found_by_number_and_counted_backwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/history.sqlite");
        for code in ["first", "second"] {
            History::open(&path).unwrap().push(1, code).unwrap();
        }
        let mut history = History::open(&path).unwrap();
        let range = |session| json!({"hist_access_type": "range", "session": session, "start": 0, "stop": 9});
        assert_eq!(find(&history, range(-1)), json!([[2, 1, "second"]]));
        history.push(1, "third").unwrap();
        assert_eq!(find(&history, range(-1)), json!([[2, 1, "second"]]));
        assert_eq!(find(&history, range(-2)), json!([[1, 1, "first"]]));
        assert_eq!(find(&history, range(1)), json!([[1, 1, "first"]]));
        assert_eq!(find(&history, range(0)), json!([[0, 1, "third"]]));
        assert_eq!(find(&history, range(-9)), json!([]));
        let tail = json!({"hist_access_type": "tail", "n": 2});
        assert_eq!(find(&history, tail), json!([[2, 1, "second"], [0, 1, "third"]]));
    }

    #[test]
    fn kernels_that_run_at_once_share_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        let (mut one, mut other) = (History::open(&path).unwrap(), History::open(&path).unwrap());
        for number in 1..=20 {
            one.push(number, "mine").unwrap();
            other.push(number, "theirs").unwrap();
        }
        let search = json!({"hist_access_type": "search", "pattern": "theirs", "n": 100});
        assert_eq!(find(&one, search).as_array().unwrap().len(), 20);
    }

    #[test]
    fn only_its_owner_reads_it_and_a_damaged_file_is_set_aside() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        fs::write(&path, "this is no database, and long enough for SQLite to look at its head").unwrap();
        let mut history = History::open(&path).unwrap();
        history.push(1, "x").unwrap();
        assert!(fs::read_to_string(path.with_extension("damaged")).unwrap().starts_with("this is no"));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
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
