//! A client that shares no code with the kernel: `kernel/interop`, compiled apart (its `Cargo.toml` says why) and run here.

use std::path::Path;
use std::process::Command;

#[test]
fn a_client_in_pure_rust_is_served_to_its_satisfaction() {
    ferrolab_kernel::library::ensure().unwrap();
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--locked", "--manifest-path"]).arg(manifest);
    // Below our own target folder, so that it is kept and removed with it.
    cargo.arg("--target-dir").arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop"));
    let output = cargo.env("FERROLAB", env!("CARGO_BIN_EXE_ferrolab")).output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
    assert!(report.contains(" passed; 0 failed"), "{report}");
}
