//! The tests of a program once more on a GPU: the emulator, which runs the PTX that ships, and where the environment variable
//! `FERROLAB_TEST_GPU` is set, that GPU.

use std::path::Path;
use std::process::Command;

/// Which of the machine's own GPUs to take instead of the emulator: `cuda:0`.
const VARIABLE: &str = "FERROLAB_TEST_GPU";

/// The names of tests that start the program again, which must not run into each other.
const AGAIN: [&str; 2] = ["with_every_instruction_set", "on_a_gpu"];

/// A program that computes on the emulator.
pub fn on_emulator(program: &Path) -> Command {
    let folder = ferrolab_cuda_emulator::library_folder().unwrap();
    let path = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", std::env::join_paths(folders).unwrap()).env("FERROLAB_DEVICE", "cuda:0");
    command
}

/// Runs the tests of this program whose names hold one of these words, or all, but for those that are skipped.
#[track_caller]
pub fn run(words: &[&str], skipped: &[&str]) {
    let program = std::env::current_exe().unwrap();
    let mut command = match std::env::var(VARIABLE) {
        Ok(gpu) => {
            let mut command = Command::new(&program);
            command.env("FERROLAB_DEVICE", gpu);
            command
        }
        Err(_) => on_emulator(&program),
    };
    command.args(words).arg("--nocapture");
    for skipped in AGAIN.iter().chain(skipped) {
        command.args(["--skip", skipped]);
    }
    let run = command.output().unwrap();
    let [output, errors] = [&run.stdout, &run.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(run.status.success(), "{output}\n{errors}");
    assert!(!errors.contains("computes on the CPU"), "not on a GPU: {errors}");
}
