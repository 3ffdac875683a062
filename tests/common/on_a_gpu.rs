//! The tests of a program once more on a GPU: the emulator, or where the environment variable `FERROLAB_TEST_GPU` names one
//! (`cuda:0`), that of the machine.

use std::process::Command;

#[path = "emulator.rs"]
pub mod emulator;

/// Which of the machine's own GPUs to take instead of the emulator.
const VARIABLE: &str = "FERROLAB_TEST_GPU";

/// The names of tests that start the program again, which must not run into each other.
const AGAIN: [&str; 2] = ["with_every_instruction_set", "on_a_gpu"];

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
        Err(_) => {
            let mut command = emulator::on_emulator(&program);
            // Last digits are as those of a GPU may be, where it and its assembler are free to round otherwise.
            command.env("FERROLAB_EMULATOR_FREEDOM", "1");
            command
        }
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
