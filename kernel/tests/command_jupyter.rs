//! Jupyter's own tools as judges: `tests/jupyter` run by pytest from the private environment.

use std::path::Path;
use std::process::Command;

use ferrolab_kernel::lab;

#[test]
fn jupyters_own_suite_and_tools_pass() {
    let venv = lab::private_jupyter().unwrap();
    let prefix = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_ferrolab");
    let installed = Command::new(program).args(["install", "--prefix"]).arg(prefix.path()).status().unwrap();
    assert!(installed.success());

    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut pytest = Command::new(venv.program("python"));
    pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/jupyter"]).current_dir(project);
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env("FERROLAB", program);
    pytest.env("JUPYTER_PATH", prefix.path().join("share/jupyter"));
    let output = pytest.output().unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{report}{}", String::from_utf8_lossy(&output.stderr));
    assert!(report.contains(" passed"), "{report}");
}
