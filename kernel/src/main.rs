//! The command `ferrolab`: reads the command line and hands over.

use std::error::Error;
use std::ffi::OsStr;
use std::process::ExitCode;

use ferrolab_kernel::command::{Cli, Command, KernelArgs};
use ferrolab_kernel::connection::ConnectionFile;
use ferrolab_kernel::engine::direct;
#[cfg(feature = "evcxr")]
use ferrolab_kernel::engine::evcxr;
use ferrolab_kernel::history::History;
use ferrolab_kernel::{book, doctor, execute, files, install, lab, library};

fn main() -> ExitCode {
    if std::env::args_os().nth(1).as_deref() == Some(OsStr::new(direct::CHILD_ARGUMENT)) {
        direct::child_host();
    }
    #[cfg(feature = "evcxr")]
    {
        if std::env::args_os().nth(1).as_deref() == Some(OsStr::new(evcxr::RELAY_ARGUMENT)) {
            evcxr::relay();
        }
        // evcxr starts this program as a wrapper of rustc.
        ::evcxr::runtime_hook();
    }
    let result: Result<ExitCode, Box<dyn Error>> =
        match Cli::from_arguments(std::env::args_os().skip(1)).command {
            Command::Lab(arguments) => lab::lab(&arguments).map_err(Box::from),
            Command::Run(arguments) => execute::run(&arguments).map_err(Box::from),
            Command::Test(arguments) => execute::test(&arguments).map_err(Box::from),
            Command::Book(arguments) => book::book(&arguments).map_err(Box::from),
            Command::Install(arguments) => install::install(&arguments).map_err(Box::from),
            Command::Uninstall(arguments) => install::uninstall(&arguments).map_err(Box::from),
            Command::Doctor(arguments) if arguments.gpu.is_some() => {
                doctor::self_test(&arguments).map_err(Box::from)
            }
            Command::Doctor(_) => Ok(doctor::doctor()),
            Command::Kernel(arguments) => kernel(&arguments),
        };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Speaks Jupyter's protocol until a client ends it.
fn kernel(arguments: &KernelArgs) -> Result<ExitCode, Box<dyn Error>> {
    let connection = ConnectionFile::read(&arguments.connection_file)?;
    let file = files::history_file().filter(|_| !arguments.no_history);
    // A kernel without a past is better than none.
    let history = file.and_then(|file| History::open(&file).map_err(|error| eprintln!("{error}")).ok());
    let kind = arguments.engine;
    ferrolab_kernel::run(&connection, history, move |events| library::engine(kind, events))?;
    Ok(ExitCode::SUCCESS)
}
