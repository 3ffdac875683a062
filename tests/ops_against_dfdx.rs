//! Operations, layers and optimisers against dfdx, and files of NumPy against npyz: `tests/interop`, compiled apart (its
//! `Cargo.toml` says why) and run here.

use std::path::Path;
use std::process::Command;

#[test]
fn dfdx_and_npyz_agree() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/Cargo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--locked", "--manifest-path"]).arg(manifest);
    // Below our own target folder, so that it is kept and removed with it.
    cargo.arg("--target-dir").arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("interop"));
    let output = cargo.output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(report.matches(" passed; 0 failed").count(), 3, "{report}");
}
