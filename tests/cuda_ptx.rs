//! The committed PTX of the CUDA kernels is what their sources give, fits every architecture, and is described in the documentation.
//! The compilers come from PyPI, see `src/cuda/kernels/ptx.py`; no GPU is needed.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::process::Command;

#[test]
fn the_committed_ptx_is_that_of_the_sources_and_no_kernel_spills() {
    let mut check = Command::new("python3");
    check.args(["src/cuda/kernels/ptx.py", "--check", "--table", "docs/cuda.md"]);
    let output = check.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
