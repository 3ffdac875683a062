//! The library's own tests once more on a GPU, or on the emulator.

#[path = "../../tests/common/on_a_gpu.rs"]
mod gpu;

use super::{Gpu, Memory, planted};
use crate::array::Array;
use crate::random::Generator;
use crate::raw::Raw;
use crate::{Device, ops};

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

/// Those that start the program themselves.
const OTHERWISE: [&str; 4] = [
    "a_report_names_what_failed_and_is_whole",
    "planted_bugs_are_caught",
    "a_gpu_that_cannot_be_used_is_a_notice_and_the_cpu_computes",
    "two_gpus_do_not_take_each_others_memory",
];

#[test]
fn on_a_gpu() {
    gpu::run(&WORDS, &OTHERWISE);
}

/// Runs tests of this program on the emulator once more, with a variable of the environment. Whether they passed, and what they
/// and the library said.
fn again(tests: &str, (variable, value): (&str, &str)) -> (bool, [String; 2]) {
    let mut command = gpu::emulator::on_emulator(&std::env::current_exe().unwrap());
    let run = command.args([tests, "--nocapture"]).env(variable, value).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (run.status.success(), [text(run.stdout), text(run.stderr)])
}

/// Run by the test below, on an emulator of another kind.
#[test]
fn opening_the_best_device() {
    println!("computing on {}", Device::best());
}

#[test]
fn a_gpu_that_cannot_be_used_is_a_notice_and_the_cpu_computes() {
    for (variable, value, expected) in [
        ("DEVICES", "0", "there is no GPU 0"),
        ("CAPABILITY", "5.2", "compute capability 5.2, expected at least 6.0"),
        ("DRIVER", "11040", "one for CUDA 11.4, expected 11.8 or newer"),
        ("MEMORY", "1000", "has no room for 1 MiB more"),
    ] {
        let variable = format!("FERROLAB_EMULATOR_{variable}");
        let (succeeded, [output, errors]) = again("opening_the_best_device", (&variable, value));
        assert!(succeeded && output.contains("computing on cpu"), "{variable}: {output}{errors}");
        assert!(errors.contains("ferrolab computes on the CPU. cuda:0: "), "{variable}: {errors}");
        assert!(errors.contains(expected), "{variable}: {errors}");
    }
}

#[test]
fn two_gpus_do_not_take_each_others_memory() {
    let two = ("FERROLAB_EMULATOR_DEVICES", "2");
    let (succeeded, [output, errors]) = again("what_a_second_gpu_reads_lies_in_its_memory", two);
    assert!(succeeded && output.contains("1 passed"), "{output}{errors}");
}

/// Run by the test above.
#[test]
fn what_a_second_gpu_reads_lies_in_its_memory() {
    let Ok(second) = Device::cuda(1) else { return };
    let (first, second) = (Device::Cuda(0), second);
    let gpus = [0, 1].map(Gpu::opened);
    let x = Generator::new(1).uniform(&[2, 3, 5, 6], -1.0, 1.0);
    let weight = Generator::new(2).uniform(&[4, 3, 3, 3], -1.0, 1.0);
    let [x, weight] = [x, weight].map(Raw::new);
    let on = |device: Device| device.scope(|| ops::conv2d(&x, &weight, None, 1, 1).to_vec());
    assert_eq!(on(first), on(second));
    for gpu in gpus {
        let order = ("test", [0; 4]);
        let ordered = weight.array().ordered_on_gpu(gpu, order, Memory::clone);
        assert!(std::ptr::eq(weight.array().memory(gpu).gpu(), gpu));
        assert!(std::ptr::eq(ordered.gpu(), gpu));
    }
}

#[test]
fn a_report_names_what_failed_and_is_whole() {
    let bug = (planted::VARIABLE, "a barrier lost in a sort");
    let (_, [output, _]) = again("operations_and_trainings_come_out_as_on_the_cpu", bug);
    let parts = [
        "came out otherwise than on the CPU: ",
        "- sort: ",
        "restart it",
        "| **wrong** sort |",
        "| training |",
    ];
    for part in parts {
        assert!(output.contains(part), "no `{part}` in {output}");
    }
}

#[test]
fn memory_that_is_kept_goes_back_to_the_driver() {
    let Some(gpu) = super::active() else { return };
    let before = Array::full(&[1000], 1.0);
    assert_eq!(before.memory(gpu).len(), 1000);
    gpu.empty_cache();
    assert_eq!(ops::neg(&Raw::new(before)).to_vec(), [-1.0; 1000]);
}

#[test]
fn planted_bugs_are_caught() {
    let run = |(bug, tests): (&str, &str)| {
        let (_, [output, errors]) = again(tests, (planted::VARIABLE, bug));
        // The little test when a GPU is opened may have found it first.
        let caught = output.contains("test result: FAILED") || errors.contains("computes on the CPU");
        let planted = !errors.contains("cannot be planted");
        (!planted || !caught).then(|| format!("{bug}: {output}{errors}"))
    };
    let changes = planted::CHANGES.iter().map(|change| (change.name, change.caught_by));
    let missed: Vec<String> = changes.chain(planted::SLIPS.iter().copied()).filter_map(run).collect();
    assert!(missed.is_empty(), "not caught by the tests that should:\n{}", missed.join("\n"));
}
