//! `doctor --gpu`: the library's self-test of a GPU, run as a cell, because only cells are linked with the library.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::ClientError;
use crate::command::GpuArgs;
use crate::connection::Channel;
use crate::engine::Kind;
use crate::library;
use crate::runner::kernel::{Kernel, KernelCommand, KernelError};
use crate::runner::report::plain;
use crate::steps::step;

/// How long to wait for a message before looking whether the kernel still lives.
const GLANCE: Duration = Duration::from_millis(200);

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum GpuTestError {
    #[error(transparent)]
    Library(#[from] crate::bundle::BundleError),
    #[error(transparent)]
    Kernel(#[from] KernelError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Cell(String),
}

/// Compares every operation with the CPU on the GPU asked for, and prints a report to be pasted into an issue.
pub fn self_test(arguments: &GpuArgs) -> Result<ExitCode, GpuTestError> {
    library::ensure()?;
    let report = step("self-test of the GPU", |progress| run(&cell(arguments), progress))?;
    println!("{report}");
    // The verdict of the report, which is bold where something is wrong.
    Ok(if report.contains("**") { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Progress goes to standard error, a line each; the report to standard output.
fn cell(arguments: &GpuArgs) -> String {
    let extent = if arguments.quick { "Small" } else { "Full" };
    let ordinal = arguments.gpu.unwrap_or(0);
    format!(
        "use ferrolab::cuda::{{Extent, self_test}};\n\
         let tested = self_test({ordinal}, Extent::{extent}, |name| eprintln!(\"{{name}}\"));\n\
         match tested {{ Ok(report) => println!(\"{{report}}\"), Err(why) => panic!(\"{{why}}\") }}"
    )
}

/// Runs a cell; gives what it prints.
fn run(code: &str, progress: &dyn Fn(&str)) -> Result<String, GpuTestError> {
    let command = KernelCommand::this_program(Kind::Direct)?;
    let mut kernel = Kernel::start(&command, Path::new("."))?;
    let request = json!({ "code": code, "silent": false, "store_history": false, "allow_stdin": false });
    let id = kernel.request(Channel::Shell, "execute_request", &request)?;
    let (mut printed, mut reply, mut idle) = (String::new(), Value::Null, false);
    while reply.is_null() || !idle {
        let Some(message) = kernel.receive(GLANCE)? else { continue };
        if message.parent_id != id {
            continue;
        }
        let text = message.content["text"].as_str().unwrap_or_default();
        match (message.msg_type.as_str(), message.content["name"].as_str()) {
            ("stream", Some("stdout")) => printed.push_str(text),
            ("stream", _) => text.lines().for_each(progress),
            ("status", _) => idle |= message.content["execution_state"] == "idle",
            ("execute_reply", _) => reply = message.content,
            _ => {}
        }
    }
    match reply["status"].as_str() {
        Some("ok") => Ok(printed),
        _ => Err(GpuTestError::Cell(plain(reply["evalue"].as_str().unwrap_or("the self-test failed")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_names_the_gpu_and_the_extent() {
        let cell = cell(&GpuArgs { gpu: Some(1), quick: true });
        assert!(cell.contains("self_test(1, Extent::Small"), "{cell}");
    }
}
