//! The library's own tests once more on a GPU, or on the emulator.

#[path = "../../tests/common/emulator.rs"]
mod emulator;

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
    emulator::run(&WORDS, &[]);
}
