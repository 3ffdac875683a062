//! Outputs of cells: turns the kernel's IOPub messages into what Jupyter would store in the notebook.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use super::lines;

/// A MIME bundle or its metadata.
pub type Data = Map<String, Value>;

/// One output of a cell, as in the file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "output_type", rename_all = "snake_case")]
pub enum Output {
    Stream {
        name: String,
        #[serde(with = "lines")]
        text: String,
    },
    DisplayData {
        #[serde(serialize_with = "split_texts")]
        data: Data,
        metadata: Data,
    },
    ExecuteResult {
        execution_count: u64,
        #[serde(serialize_with = "split_texts")]
        data: Data,
        metadata: Data,
    },
    Error {
        ename: String,
        evalue: String,
        traceback: Vec<String>,
    },
}

/// What a kernel publishes while a cell runs: message type and content.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "msg_type", content = "content", rename_all = "snake_case")]
pub enum IoPub {
    Status { execution_state: String },
    ExecuteInput { execution_count: u64 },
    Stream { name: String, text: String },
    DisplayData(Display),
    UpdateDisplayData(Display),
    ExecuteResult(ExecutionResult),
    ClearOutput { wait: bool },
    Error { ename: String, evalue: String, traceback: Vec<String> },
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Display {
    data: Data,
    #[serde(default)]
    metadata: Data,
    #[serde(default)]
    transient: Transient,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ExecutionResult {
    execution_count: u64,
    #[serde(flatten)]
    display: Display,
}

#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
struct Transient {
    display_id: Option<String>,
}

/// The outputs of all cells of a notebook: an update reaches a display wherever it stands.
#[derive(Debug, Default)]
pub struct Outputs {
    cells: Vec<CellOutputs>,
}

#[derive(Debug, Default, Clone)]
struct CellOutputs {
    list: Vec<Entry>,
    /// `clear_output(wait=True)` has come: the next output replaces what is there.
    clear_before_next: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    output: Output,
    display_id: Option<String>,
}

impl Outputs {
    /// The outputs of one cell, in order.
    pub fn of(&self, cell: usize) -> impl Iterator<Item = &Output> {
        self.cells.get(cell).into_iter().flat_map(|cell| &cell.list).map(|entry| &entry.output)
    }

    /// Takes in what the kernel published while `cell` (its position in the notebook) ran.
    pub fn accept(&mut self, cell: usize, message: IoPub) {
        match message {
            IoPub::Status { .. } | IoPub::ExecuteInput { .. } => {}
            IoPub::Stream { name, text } => self.cell(cell).write(name, text),
            IoPub::DisplayData(display) => {
                self.update(&display);
                let Display { data, metadata, transient } = display;
                self.cell(cell).push(Output::DisplayData { data, metadata }, transient.display_id);
            }
            IoPub::ExecuteResult(ExecutionResult { execution_count, display }) => {
                self.update(&display);
                let Display { data, metadata, transient } = display;
                let output = Output::ExecuteResult { execution_count, data, metadata };
                self.cell(cell).push(output, transient.display_id);
            }
            IoPub::UpdateDisplayData(display) => self.update(&display),
            IoPub::ClearOutput { wait: true } => self.cell(cell).clear_before_next = true,
            IoPub::ClearOutput { wait: false } => self.cell(cell).list.clear(),
            IoPub::Error { ename, evalue, traceback } => {
                self.cell(cell).push(Output::Error { ename, evalue, traceback }, None);
            }
        }
    }

    fn cell(&mut self, index: usize) -> &mut CellOutputs {
        if self.cells.len() <= index {
            self.cells.resize(index + 1, CellOutputs::default());
        }
        &mut self.cells[index]
    }

    /// New content for every display with the same id.
    fn update(&mut self, new: &Display) {
        let Some(id) = &new.transient.display_id else { return };
        let entries = self.cells.iter_mut().flat_map(|cell| &mut cell.list);
        for entry in entries.filter(|entry| entry.display_id.as_ref() == Some(id)) {
            if let Output::DisplayData { data, metadata } | Output::ExecuteResult { data, metadata, .. } =
                &mut entry.output
            {
                data.clone_from(&new.data);
                metadata.clone_from(&new.metadata);
            }
        }
    }
}

impl CellOutputs {
    fn push(&mut self, output: Output, display_id: Option<String>) {
        if std::mem::take(&mut self.clear_before_next) {
            self.list.clear();
        }
        self.list.push(Entry { output, display_id });
    }

    /// Text goes on the stream before it when that has the same name, as in JupyterLab.
    fn write(&mut self, name: String, text: String) {
        match self.list.last_mut() {
            Some(Entry { output: Output::Stream { name: last, text: before }, .. })
                if *last == name && !self.clear_before_next =>
            {
                before.push_str(&text);
                *before = overwrite(before);
            }
            _ => self.push(Output::Stream { name, text: overwrite(&text) }, None),
        }
    }
}

/// The text as a terminal would show it: `\r` writes over the line from its start, a backspace takes one character away.
fn overwrite(text: &str) -> String {
    if !text.contains(['\r', '\u{8}']) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        // A `\r` at the very end only moves the cursor: what follows in the next message writes over this line.
        let kept = line.trim_end_matches('\r');
        let pending = if end.is_empty() && kept.len() < line.len() { "\r" } else { "" };
        let shown_line = kept.split('\r').map(erase).reduce(|base, insert| {
            let tail = base.chars().skip(insert.chars().count());
            insert.chars().chain(tail).collect()
        });
        shown.push_str(&shown_line.unwrap_or_default());
        shown.push_str(pending);
        shown.push_str(end);
    }
    shown
}

fn erase(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\u{8}' if !shown.is_empty() => drop(shown.pop()),
            _ => shown.push(char),
        }
    }
    shown
}

/// Texts of a MIME bundle are stored as lists of lines; JSON, and pictures in base64, stay as they are.
fn split_texts<S: Serializer>(data: &Data, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(data.iter().map(|(mime, content)| match content {
        Value::String(text) if is_split(mime) => (mime, Value::from(lines::split(text))),
        _ => (mime, content.clone()),
    }))
}

/// The types that nbformat splits (`nbformat/v4/rwbase.py`).
fn is_split(mime: &str) -> bool {
    mime.starts_with("text/") || ["application/javascript", "image/svg+xml"].contains(&mime)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stored(messages: &[Value]) -> Value {
        let mut outputs = Outputs::default();
        for message in messages {
            outputs.accept(0, serde_json::from_value(message.clone()).unwrap());
        }
        outputs.of(0).map(|output| serde_json::to_value(output).unwrap()).collect()
    }

    fn print(name: &str, text: &str) -> Value {
        json!({"msg_type": "stream", "content": {"name": name, "text": text}})
    }

    #[test]
    fn consecutive_texts_of_one_stream_are_one_output() {
        let messages =
            [print("stdout", "a"), print("stdout", "b\n"), print("stderr", "e"), print("stdout", "c")];
        let expected = json!([
            {"output_type": "stream", "name": "stdout", "text": ["ab\n"]},
            {"output_type": "stream", "name": "stderr", "text": ["e"]},
            {"output_type": "stream", "name": "stdout", "text": ["c"]},
        ]);
        assert_eq!(stored(&messages), expected);
    }

    #[test]
    fn a_carriage_return_writes_over_the_line() {
        assert_eq!(overwrite("10%\r100%\n"), "100%\n");
        assert_eq!(overwrite("long line\rshort\nnext"), "shortline\nnext");
        assert_eq!(overwrite("dos\r\nend"), "dos\nend");
        assert_eq!(overwrite("ab\u{8}c"), "ac");
        let messages = [print("stdout", "step 1\r"), print("stdout", "step 2\r"), print("stdout", "done\n")];
        assert_eq!(stored(&messages)[0]["text"], json!(["done 2\n"]));
    }

    #[test]
    fn a_cleared_output_with_wait_stays_until_the_next_output() {
        let clear = json!({"msg_type": "clear_output", "content": {"wait": true}});
        assert_eq!(stored(&[print("stdout", "a"), clear.clone()])[0]["text"], json!(["a"]));
        assert_eq!(stored(&[print("stdout", "a"), clear, print("stdout", "b")])[0]["text"], json!(["b"]));
    }

    #[test]
    fn an_update_reaches_a_display_of_an_earlier_cell() {
        let show = |kind: &str, text: &str| -> IoPub {
            let content =
                json!({"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": "x"}});
            serde_json::from_value(json!({"msg_type": kind, "content": content})).unwrap()
        };
        let mut outputs = Outputs::default();
        outputs.accept(1, show("display_data", "old"));
        outputs.accept(4, show("update_display_data", "new"));
        let first = serde_json::to_value(outputs.of(1).next()).unwrap();
        assert_eq!(first["data"]["text/plain"], json!(["new"]));
        assert_eq!(outputs.of(4).count(), 0);
    }
}
