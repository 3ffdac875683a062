//! The library's own tests once more on a GPU, or on the emulator.

#[path = "../../tests/common/on_a_gpu.rs"]
mod gpu;

use super::planted;

/// What computes, or depends on where that is.
const WORDS: [&str; 11] = [
    "amp::",
    "array::",
    "autograd::",
    "cuda::",
    "device::",
    "explain::",
    "loss::",
    "nn::",
    "ops::",
    "optim::",
    "train::",
];

#[test]
fn on_a_gpu() {
    gpu::run(&WORDS, &["planted_bugs_are_caught"]);
}

#[test]
fn planted_bugs_are_caught() {
    let program = std::env::current_exe().unwrap();
    let run = |(bug, tests): (&str, &str)| {
        let mut command = gpu::emulator::on_emulator(&program);
        let run = command.args([tests, "--nocapture"]).env(planted::VARIABLE, bug).output().unwrap();
        let [output, errors] = [&run.stdout, &run.stderr].map(|text| String::from_utf8_lossy(text));
        // The little test when a GPU is opened may have found it first.
        let caught = output.contains("test result: FAILED") || errors.contains("computes on the CPU");
        let planted = !errors.contains("cannot be planted");
        (!planted || !caught).then(|| format!("{bug}: {output}{errors}"))
    };
    let changes = planted::CHANGES.iter().map(|change| (change.name, change.caught_by));
    let missed: Vec<String> = changes.chain(planted::SLIPS.iter().copied()).filter_map(run).collect();
    assert!(missed.is_empty(), "not caught by the tests that should:\n{}", missed.join("\n"));
}
