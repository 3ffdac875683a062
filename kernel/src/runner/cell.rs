//! Runs one cell: sends the request, gathers what the kernel publishes until it is idle and has replied.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Options;
use super::kernel::{Kernel, KernelError};
use crate::client::Received;
use crate::connection::Channel;
use crate::notebook::Cell;
use crate::notebook::outputs::{IoPub, Outputs};

/// How long a cell may go on after an interrupt before the kernel is given up.
const GRACE: Duration = Duration::from_secs(10);
/// How often a waiting run looks whether it must stop.
const GLANCE: Duration = Duration::from_millis(100);

/// Why a cell failed.
#[derive(Debug)]
pub struct CellFailure {
    pub ename: String,
    pub evalue: String,
    pub traceback: Vec<String>,
    /// The code raised it, so the tag `raises-exception` allows it; else the kernel died, time ran out, …
    pub is_of_the_code: bool,
}

#[derive(Debug, Deserialize)]
struct Reply {
    status: String,
    #[serde(default)]
    execution_count: Option<u64>,
    #[serde(default)]
    ename: String,
    #[serde(default)]
    evalue: String,
    #[serde(default)]
    traceback: Vec<String>,
}

impl CellFailure {
    fn of_the_run(ename: &str, evalue: String) -> Self {
        Self { ename: ename.to_owned(), evalue, traceback: Vec::new(), is_of_the_code: false }
    }
}

impl From<KernelError> for CellFailure {
    fn from(error: KernelError) -> Self {
        Self::of_the_run("KernelError", error.to_string())
    }
}

/// Runs a cell; its outputs go to `outputs` under `index`, number and times into the cell.
pub fn run(
    kernel: &mut Kernel,
    cell: &mut Cell,
    index: usize,
    outputs: &mut Outputs,
    options: &Options,
) -> Result<(), CellFailure> {
    let request = json!({
        "code": cell.source,
        "silent": false,
        "store_history": true,
        "user_expressions": {},
        "allow_stdin": false,
        "stop_on_error": true,
    });
    let id = kernel.request(Channel::Shell, "execute_request", &request)?;
    let start = Instant::now();
    let mut stopping: Option<(Instant, CellFailure)> = None;
    let (mut reply, mut idle, mut times) = (None, false, Map::new());

    while reply.is_none() || !idle {
        if stopping.is_none()
            && let Some(failure) = must_stop(start, options)
        {
            kernel.request(Channel::Control, "interrupt_request", &json!({}))?;
            stopping = Some((Instant::now(), failure));
        }
        if let Some((since, failure)) = stopping.take_if(|(since, _)| since.elapsed() > GRACE) {
            let evalue = format!(
                "{}, and did not end {} s after the interrupt",
                failure.evalue,
                since.elapsed().as_secs()
            );
            return Err(CellFailure { evalue, ..failure });
        }
        let Some(message) = kernel.receive(GLANCE)? else { continue };
        if message.parent_id != id {
            continue;
        }
        note_time(&mut times, &message);
        match message.channel {
            Channel::Shell => reply = Some(read_reply(&message)?),
            Channel::IoPub => match read_iopub(message)? {
                Some(IoPub::Status { execution_state }) => idle |= execution_state == "idle",
                Some(IoPub::ExecuteInput { execution_count }) => {
                    cell.set_execution_count(Some(execution_count));
                }
                Some(message) => outputs.accept(index, message),
                None => {}
            },
            _ => {}
        }
    }

    cell.metadata.insert("execution".into(), times.into());
    let Some(reply) = reply else { return Ok(()) };
    if reply.execution_count.is_some() {
        cell.set_execution_count(reply.execution_count);
    }
    match (stopping, reply.status.as_str()) {
        (Some((_, failure)), _) => Err(CellFailure { traceback: reply.traceback, ..failure }),
        (None, "ok") => Ok(()),
        (None, _) => {
            let Reply { ename, evalue, traceback, .. } = reply;
            Err(CellFailure { ename, evalue, traceback, is_of_the_code: true })
        }
    }
}

fn must_stop(start: Instant, options: &Options) -> Option<CellFailure> {
    if options.is_stopped() {
        return Some(CellFailure::of_the_run("Interrupted", "stopped by Ctrl-C".to_owned()));
    }
    let limit = options.timeout.filter(|&limit| start.elapsed() > limit)?;
    Some(CellFailure::of_the_run("Timeout", format!("the cell ran longer than {} s", limit.as_secs_f64())))
}

/// The times that nbclient records, under the same names.
fn note_time(times: &mut Map<String, Value>, message: &Received) {
    let name = match (message.msg_type.as_str(), message.content["execution_state"].as_str()) {
        ("status", Some("busy")) => "iopub.status.busy",
        ("status", Some("idle")) => "iopub.status.idle",
        ("execute_input", _) => "iopub.execute_input",
        ("execute_reply", _) => "shell.execute_reply",
        _ => return,
    };
    times.insert(name.into(), message.date.clone().into());
}

fn read_reply(message: &Received) -> Result<Reply, KernelError> {
    Ok(Reply::deserialize(&message.content).map_err(crate::client::ClientError::from)?)
}

/// None for messages that leave nothing in a notebook, such as those of comms.
fn read_iopub(message: Received) -> Result<Option<IoPub>, KernelError> {
    const KNOWN: [&str; 8] = [
        "status",
        "execute_input",
        "stream",
        "display_data",
        "update_display_data",
        "execute_result",
        "clear_output",
        "error",
    ];
    if !KNOWN.contains(&message.msg_type.as_str()) {
        return Ok(None);
    }
    let tagged = json!({"msg_type": message.msg_type, "content": message.content});
    Ok(Some(serde_json::from_value(tagged).map_err(crate::client::ClientError::from)?))
}
