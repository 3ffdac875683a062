//! The commands `install` and `uninstall`: the kernel for a Jupyter that is already there.

use std::process::ExitCode;

use crate::bundle::BundleError;
use crate::command::{InstallArgs, UninstallArgs};
use crate::engine::NotBuilt;
use crate::kernelspec::{self, KernelSpec, KernelSpecError};
use crate::library;

/// What keeps the kernel from being installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(transparent)]
    KernelSpec(#[from] KernelSpecError),
    #[error(transparent)]
    Engine(#[from] NotBuilt),
    #[error(transparent)]
    Library(#[from] BundleError),
}

/// Builds the library for cells if it is missing and writes the kernelspec.
pub fn install(arguments: &InstallArgs) -> Result<ExitCode, InstallError> {
    // What is wrong is said before the long build.
    arguments.engine.available()?;
    let folder = arguments.scope.scope().kernel_folder(arguments.name())?;
    library::ensure()?;
    let mut spec =
        KernelSpec::for_this_program(arguments.display_name(), &arguments.env)?.with_engine(arguments.engine);
    if arguments.no_history {
        spec = spec.without_history();
    }
    let changed = kernelspec::write(&spec, &folder)?;
    let word = if changed { "installed" } else { "already there" };
    println!("{} is {word}: {}", spec.display_name, folder.display());
    Ok(ExitCode::SUCCESS)
}

/// Removes the kernelspec; the cache stays for others.
pub fn uninstall(arguments: &UninstallArgs) -> Result<ExitCode, InstallError> {
    let folder = arguments.scope.scope().kernel_folder(&arguments.name)?;
    kernelspec::remove(&folder)?;
    println!("removed {}", folder.display());
    Ok(ExitCode::SUCCESS)
}
