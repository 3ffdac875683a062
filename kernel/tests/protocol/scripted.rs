//! An engine that does what the cell says, line by line.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use ferrolab_kernel::bundle::Crate;
use ferrolab_kernel::engine::{
    Asker, Bundle, CellError, Definition, Definitions, Dependency, Engine, Event, EventSink, Installed,
    Interrupt, OptLevel, Setting, Spent, StreamName, UsedCrate, Variable,
};
use serde_json::{Value, json};

/// `out TEXT`, `err TEXT`, `lines N`, `flood BYTES`, `result TEXT`, `show ID TEXT`, `update ID TEXT`, `clear`, `let NAME`,
/// `item SOURCE`, `crate NAME`, `fail TEXT`, `panic`, `ask PROMPT` and `password PROMPT` (which print the answer), `wait` (until
/// interrupted).
pub struct Scripted {
    events: EventSink,
    interrupted: Receiver<()>,
    interrupt: Sender<()>,
    variables: Vec<Variable>,
    definitions: Definitions,
    dependencies: Vec<Installed>,
    starts: Vec<Result<(), CellError>>,
    opt_level: Option<OptLevel>,
    /// Told when the engine is shut down.
    ended: Option<Sender<()>>,
}

impl Scripted {
    pub fn new(events: EventSink) -> Self {
        let (interrupt, interrupted) = channel();
        Self {
            events,
            interrupted,
            interrupt,
            variables: Vec::new(),
            definitions: Definitions::default(),
            dependencies: Vec::new(),
            starts: Vec::new(),
            opt_level: None,
            ended: None,
        }
    }

    /// What `start` answers, call by call; later calls succeed.
    pub fn starting(self, starts: impl Into<Vec<Result<(), CellError>>>) -> Self {
        Self { starts: starts.into(), ..self }
    }

    pub fn telling_its_end(self, ended: Sender<()>) -> Self {
        Self { ended: Some(ended), ..self }
    }

    fn stream(&self, name: StreamName, text: impl Into<String>) {
        (self.events)(Event::Stream { name, text: text.into() });
    }

    fn line(&mut self, line: &str) -> Result<(), CellError> {
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (id, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let metadata = Value::Null;
        match command {
            "out" => self.stream(StreamName::Stdout, rest),
            "err" => self.stream(StreamName::Stderr, rest),
            "lines" => {
                (0..rest.parse().unwrap())
                    .for_each(|i: u32| self.stream(StreamName::Stdout, format!("{i}\n")));
            }
            "flood" => {
                let chunk = "x".repeat(1 << 16);
                let count = rest.parse::<usize>().unwrap() / chunk.len();
                (0..count).for_each(|_| self.stream(StreamName::Stdout, chunk.as_str()));
            }
            "result" => (self.events)(Event::Result { data: text_bundle(rest), metadata }),
            "show" => (self.events)(Event::Display {
                data: text_bundle(text),
                metadata,
                display_id: (id != "-").then(|| id.to_owned()),
            }),
            "update" => (self.events)(Event::UpdateDisplay {
                data: text_bundle(text),
                metadata,
                display_id: id.to_owned(),
            }),
            "clear" => (self.events)(Event::ClearOutput { wait: true }),
            "let" => {
                self.variables.push(Variable {
                    name: rest.into(),
                    type_name: "Tensor<Rank1<3>>".into(),
                    mutable: true,
                });
            }
            "item" => {
                let item = Definition { cell: self.definitions.items.len() as u32 + 1, source: rest.into() };
                self.definitions.items.push(item);
            }
            "crate" => {
                let source = Crate { display_name: rest.to_owned(), ..Crate::default() };
                self.definitions.crates.push(UsedCrate { name: Some(rest.to_owned()), source });
            }
            "fail" => return Err(error("E0308", rest)),
            "panic" => panic!("scripted panic"),
            "ask" | "password" => {
                let (sender, answer) = channel();
                let asker = Asker::new(move |answer| sender.send(answer).unwrap_or_default());
                (self.events)(Event::Input { prompt: rest.into(), password: command == "password", asker });
                // An interrupt ends the waiting, as in the child process.
                let answer = loop {
                    match answer.recv_timeout(Duration::from_millis(10)) {
                        Ok(answer) => break answer,
                        Err(_) if self.interrupted.try_recv().is_ok() => {
                            return Err(error("Interrupted", "the cell was interrupted"));
                        }
                        Err(_) => {}
                    }
                };
                self.stream(StreamName::Stdout, format!("{answer:?}"));
            }
            "wait" => {
                self.interrupted.recv().unwrap();
                return Err(error("Interrupted", "the cell was interrupted"));
            }
            "" => {}
            other => panic!("no such command: {other}"),
        }
        Ok(())
    }
}

impl Engine for Scripted {
    fn start(&mut self) -> Result<(), CellError> {
        if self.starts.is_empty() { Ok(()) } else { self.starts.remove(0) }
    }

    fn execute(&mut self, code: &str, _number: u32) -> Result<(), CellError> {
        while self.interrupted.try_recv().is_ok() {}
        code.lines().try_for_each(|line| self.line(line.trim_start()))
    }

    fn variables(&self) -> Vec<Variable> {
        self.variables.clone()
    }

    fn type_of(&mut self, expression: &str, _number: u32) -> Result<String, CellError> {
        Ok(format!("type of {expression}"))
    }

    fn explain(&self, code: &str) -> Option<String> {
        (code == "E0308")
            .then(|| "Expected type did not match.\n```compile_fail,E0308\nlet x: i32 = 1.5;\n```\n".into())
    }

    fn spent(&self) -> Spent {
        Spent { compiling: Duration::from_millis(120), running: Duration::from_millis(1500) }
    }

    fn opt_level(&mut self) -> &mut Option<OptLevel> {
        &mut self.opt_level
    }

    /// Prints what is wanted, one line for each call; refuses the crate `nowhere`.
    fn depend(&mut self, wanted: &[Dependency]) -> Result<(), CellError> {
        if wanted.iter().any(|wanted| wanted.name == "nowhere") {
            return Err(error("DependencyError", "there is no crate `nowhere`"));
        }
        let line: Vec<String> = wanted
            .iter()
            .map(|Dependency { name, specification }| format!("{name} = {specification}"))
            .collect();
        self.stream(StreamName::Stdout, format!("{}\n", line.join("; ")));
        self.dependencies.extend(wanted.iter().map(|Dependency { name, specification }| Installed {
            name: name.clone(),
            specification: specification.clone(),
            version: "1.2.3".into(),
            bundled: false,
        }));
        Ok(())
    }

    fn dependencies(&self) -> Vec<Installed> {
        self.dependencies.clone()
    }

    fn last_errors(&self) -> &str {
        "{\"message\":\"mismatched types\"}\n"
    }

    fn set(&mut self, setting: &Setting) -> Result<bool, CellError> {
        self.stream(StreamName::Stdout, format!("{setting:?}\n"));
        Ok(true)
    }

    fn restart(&mut self) -> Result<(), CellError> {
        self.variables.clear();
        Ok(())
    }

    fn clear(&mut self) -> Result<(), CellError> {
        self.variables.clear();
        self.definitions = Definitions::default();
        Ok(())
    }

    fn definitions(&self) -> Definitions {
        self.definitions.clone()
    }

    fn interrupt(&self) -> Interrupt {
        let interrupt = self.interrupt.clone();
        Arc::new(move || interrupt.send(()).unwrap_or_default())
    }

    fn shutdown(&mut self) {
        if let Some(ended) = &self.ended {
            ended.send(()).unwrap();
        }
    }
}

pub fn error(ename: &str, evalue: &str) -> CellError {
    CellError {
        ename: ename.into(),
        evalue: evalue.into(),
        traceback: vec![format!("\u{1b}[31m{ename}\u{1b}[0m: {evalue}")],
    }
}

fn text_bundle(text: &str) -> Bundle {
    Bundle::from([("text/plain".to_owned(), json!(text))])
}
