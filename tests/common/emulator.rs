//! The tests of a program once more on a GPU: the emulator, which runs the PTX that ships, and where the environment variable
//! `FERROLAB_TEST_GPU` is set, that GPU.

use std::process::Command;

/// Which of the machine's own GPUs to take instead of the emulator: `cuda:0`.
const VARIABLE: &str = "FERROLAB_TEST_GPU";

/// The names of tests that start the program again, which must not run into each other.
const AGAIN: [&str; 2] = ["with_every_instruction_set", "on_a_gpu"];

/// A program that computes on a GPU.
pub fn on_gpu(program: &str) -> Command {
    let mut command = Command::new(program);
    let Ok(own) = std::env::var(VARIABLE) else {
        let folder = ferrolab_cuda_emulator::library_folder().unwrap();
        let path = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let folders = std::iter::once(folder).chain(std::env::split_paths(&path));
        command.env("LD_LIBRARY_PATH", std::env::join_paths(folders).unwrap());
        command.env("FERROLAB_DEVICE", "cuda:0");
        return command;
    };
    command.env("FERROLAB_DEVICE", own);
    command
}

/// Runs the tests of this program whose names hold one of these words, or all, but for those that are skipped.
#[track_caller]
pub fn run(words: &[&str], skipped: &[&str]) {
    let program = std::env::current_exe().unwrap();
    let mut command = on_gpu(program.to_str().unwrap());
    command.args(words).arg("--nocapture");
    AGAIN.iter().chain(skipped).for_each(|skipped| drop(command.args(["--skip", skipped])));
    let run = command.output().unwrap();
    let [output, errors] = [&run.stdout, &run.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(run.status.success(), "{output}\n{errors}");
    assert!(!errors.contains("computes on the CPU"), "not on a GPU: {errors}");
}
