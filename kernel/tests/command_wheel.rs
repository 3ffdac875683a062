//! What the Python wheel puts into an environment: `packaging/`. Building it takes a compilation; this looks at the rest.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use ferrolab_kernel::kernelspec::{DISPLAY_NAME, KERNEL_NAME, KernelSpec, Scope};
use ferrolab_kernel::python::Python;
use tempfile::TempDir;

const GATHER: &str = "import pathlib, sys; sys.path.insert(0, sys.argv[1]); import backend; backend.gather(pathlib.Path(sys.argv[2]))";

/// An environment with everything of the wheel but the program.
fn environment() -> TempDir {
    let prefix = tempfile::tempdir().unwrap();
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("packaging");
    let mut python = Command::new(Python::find().unwrap().executable);
    let output = python.args(["-I", "-B", "-c", GATHER]).arg(packaging).arg(prefix.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    prefix
}

/// `bin/ferrolab` of an environment.
fn program(prefix: &Path) -> PathBuf {
    prefix.join("bin/ferrolab")
}

#[test]
fn the_kernelspec_of_the_wheel_is_ours_and_starts_the_program_beside_it() {
    let prefix = environment();
    let folder = Scope::Prefix(prefix.path().into()).kernel_folder(KERNEL_NAME).unwrap();
    let spec = KernelSpec::read(&folder).unwrap();
    // As jupyter_client fills it in.
    let started = spec.argv[0].replace("{resource_dir}", folder.to_str().unwrap());
    std::fs::create_dir(prefix.path().join("bin")).unwrap();
    std::fs::write(program(prefix.path()), "").unwrap();
    assert_eq!(Path::new(&started).canonicalize().unwrap(), program(prefix.path()).canonicalize().unwrap());

    let installed = KernelSpec::for_this_program(DISPLAY_NAME, &[]).unwrap();
    assert_eq!(spec.argv[1..], installed.argv[1..]);
    assert_eq!(KernelSpec { argv: installed.argv.clone(), env: installed.env.clone(), ..spec }, installed);
    for logo in ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"] {
        assert!(folder.join(logo).is_file(), "{logo}");
    }
}

#[test]
fn the_source_in_the_wheel_is_a_workspace_that_cargo_understands() {
    let prefix = environment();
    let source = prefix.path().join("share/ferrolab/source");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--locked", "--offline", "-p", "ferrolab", "--depth", "1"]);
    let output = cargo.current_dir(source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    assert!(tree.contains("polars") && tree.contains("ferrolab-display"), "{tree}");
}

#[test]
fn an_installed_program_builds_the_source_beside_it_and_not_in_its_environment() {
    let prefix = environment();
    std::fs::create_dir(prefix.path().join("bin")).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_ferrolab"), program(prefix.path())).unwrap();
    // In place of cargo: says where it was called and how.
    let cargo = prefix.path().join("bin/cargo");
    std::fs::write(&cargo, "#!/bin/sh\necho \"in $(pwd -P): $*\" >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&cargo, PermissionsExt::from_mode(0o755)).unwrap();

    let cache = prefix.path().join("cache");
    let mut install = Command::new(program(prefix.path()));
    install
        .args(["install", "--prefix"])
        .arg(prefix.path())
        .env("CARGO", cargo)
        .env("XDG_CACHE_HOME", &cache);
    let output = install.env("CARGO_TARGET_DIR", "shared").env_remove("FERROLAB_SOURCE").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let source = prefix.path().canonicalize().unwrap().join("share/ferrolab/source");
    assert!(said.contains(&format!("in {}: build --release -p ferrolab", source.display())), "{said}");
    assert!(said.contains(&format!("--target-dir {}", cache.join("ferrolab/target").display())), "{said}");
}
