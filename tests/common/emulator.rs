//! Programs on the emulator, which runs the PTX that ships.

use std::path::Path;
use std::process::Command;

/// A program that computes on the emulator.
pub fn on_emulator(program: &Path) -> Command {
    let folder = ferrolab_cuda_emulator::library_folder().unwrap();
    let path = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", std::env::join_paths(folders).unwrap()).env("FERROLAB_DEVICE", "cuda:0");
    command
}
