//! The library's own tests once more on a GPU, or on the emulator.

#[path = "../../tests/common/emulator.rs"]
mod emulator;

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
    emulator::run(&WORDS, &["planted_bugs_are_caught"]);
}

#[test]
fn planted_bugs_are_caught() {
    let program = std::env::current_exe().unwrap();
    let changes = planted::CHANGES.iter().map(|change| (change.name, change.caught_by));
    for (bug, tests) in changes.chain(planted::SLIPS.iter().copied()) {
        let run = |bug: &str| {
            let mut command = emulator::on_emulator(&program);
            command.arg(tests).env(planted::VARIABLE, bug).output().unwrap()
        };
        let run = run(bug);
        let output = String::from_utf8_lossy(&run.stdout);
        assert!(!run.status.success(), "`{bug}` is not caught by the tests `{tests}`:\n{output}");
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(output.contains("FAILED"), "`{bug}` ended the tests otherwise:\n{output}{errors}");
        let not_planted = output.contains("nothing changes in") || output.contains("no such line");
        assert!(!not_planted, "`{bug}` cannot be planted:\n{output}");
    }
}
