//! The tests of a file once more with each instruction set that the library has code for.

use std::process::Command;

/// The name of the test that calls this, which the others must not run into.
const TEST: &str = "with_every_instruction_set";

/// Runs all other tests of this program with each of the instruction sets that this machine has.
pub fn run_all() {
    #[cfg(target_arch = "x86_64")]
    let sets = [
        ("portable", true),
        ("avx2", is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")),
        ("avx512", is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vl")),
    ];
    #[cfg(not(target_arch = "x86_64"))]
    let sets = [("portable", true)];
    for (set, _) in sets.into_iter().filter(|(_, there)| *there) {
        let program = std::env::current_exe().unwrap();
        let run = Command::new(program)
            .args(["--skip", TEST, "--skip", "on_a_gpu"])
            .env("FERROLAB_ISA", set)
            .output()
            .unwrap();
        assert!(run.status.success(), "{set}: {}", String::from_utf8_lossy(&run.stdout));
    }
}
