//! `:dep`: crates of the library, crates that cargo builds, crates in folders.

use std::fs;
use std::path::Path;

use ferrolab_kernel::engine::{CellError, Dependency, Setting};
use tempfile::TempDir;

use crate::harness::Session;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn add(session: &mut Session, wanted: &[(&str, &str)]) -> Result<(), CellError> {
    let wanted: Vec<Dependency> = wanted
        .iter()
        .map(|(name, specification)| Dependency {
            name: (*name).to_owned(),
            specification: (*specification).to_owned(),
        })
        .collect();
    session.engine.depend(&wanted)
}

#[track_caller]
fn added(session: &mut Session, wanted: &[(&str, &str)]) {
    if let Err(error) = add(session, wanted) {
        panic!("{wanted:?}: {}\n{}", error.evalue, error.traceback.join("\n"));
    }
}

/// A crate with a counter and a type.
fn write_counter(folder: &Path, step: u32) {
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = "[package]\nname = \"my-counter\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let source = format!(
        "use std::sync::atomic::{{AtomicU32, Ordering}};\n\
         static COUNT: AtomicU32 = AtomicU32::new(0);\n\
         pub fn next() -> u32 {{ COUNT.fetch_add({step}, Ordering::Relaxed) + {step} }}\n\
         #[derive(Debug, Clone)] pub struct Mark(pub u32);\n"
    );
    fs::write(folder.join("src/lib.rs"), source).unwrap();
}

#[test]
fn crates_of_the_library_are_used_as_they_are() {
    let folder = folder();
    let mut session = Session::in_folder(folder.path());
    added(
        &mut session,
        &[
            ("serde", "{ version = \"1\", features = [\"derive\"] }"),
            ("serde_json", "\"1\""),
            ("rayon", "\"1\""),
        ],
    );
    session.ok("use serde::Serialize;\n#[derive(Serialize)] struct Point { x: i32 }");
    assert_eq!(session.result("serde_json::to_string(&Point { x: 1 })?"), "\"{\\\"x\\\":1}\"");
    session.ok("use rayon::prelude::*;");
    assert_eq!(session.result("(0..10).into_par_iter().sum::<i32>()"), "45");
    session.ok("let v: serde_json::Value = serde_json::from_str(\"[1]\")?;");
    assert_eq!(session.result("v[0].as_i64()"), "Some(1)");
    assert!(session.engine.dependencies().iter().all(|installed| installed.bundled));
    assert!(!folder.path().join("ferrolab.lock").exists());
}

#[test]
fn a_crate_is_built_pinned_and_kept_with_its_variables_when_another_comes() {
    let folder = folder();
    let mut session = Session::in_folder(folder.path());
    added(&mut session, &[("semver", "\"=1.0.27\"")]);
    session.ok("let v = semver::Version::new(1, 2, 3);");
    added(&mut session, &[("itoa", "\"1\"")]);
    assert_eq!(session.result("format!(\"{v}{}\", itoa::Buffer::new().format(7))"), "\"1.2.37\"");
    // Another notebook of the folder takes the version that is pinned, without the network.
    drop(session);
    let mut session = Session::in_folder(folder.path());
    session.engine.set(&Setting::Offline(true)).unwrap();
    added(&mut session, &[("semver", "\"1\"")]);
    assert_eq!(session.engine.dependencies()[0].version, "1.0.27");
    assert_eq!(session.result("semver::Version::new(1, 0, 0).major"), "1");
}

#[test]
fn statics_of_a_crate_are_one_for_all_cells_and_all_later_crates() {
    let folder = folder();
    write_counter(&folder.path().join("counter"), 1);
    let mut session = Session::in_folder(folder.path());
    added(&mut session, &[("my-counter", "{ path = \"counter\" }")]);
    session.ok("let mark = my_counter::Mark(my_counter::next());");
    assert_eq!(session.result("my_counter::next()"), "2");
    added(&mut session, &[("itoa", "\"1\"")]);
    assert_eq!(session.result("(my_counter::next(), mark.clone())"), "(3, Mark(1))");
}

#[test]
fn a_changed_crate_in_a_folder_is_built_anew_and_never_read_as_the_old_one() {
    let folder = folder();
    write_counter(&folder.path().join("counter"), 1);
    let mut session = Session::in_folder(folder.path());
    added(&mut session, &[("my-counter", "{ path = \"counter\" }")]);
    session.ok("let mark = my_counter::Mark(my_counter::next());");
    write_counter(&folder.path().join("counter"), 10);
    added(&mut session, &[("my-counter", "{ path = \"counter\" }")]);
    assert_eq!(session.result("my_counter::next()"), "10");
    assert!(session.fails("mark").ename == "E0425");
}

#[test]
fn what_cannot_be_added_says_why_and_changes_nothing() {
    let folder = folder();
    let mut session = Session::in_folder(folder.path());
    session.engine.set(&Setting::Offline(true)).unwrap();
    let error = add(&mut session, &[("ferrolab-no-such-crate", "\"1\"")]).unwrap_err();
    assert_eq!(error.ename, "DependencyError");
    assert!(error.evalue.contains("`ferrolab-no-such-crate`"), "{}", error.evalue);
    assert!(add(&mut session, &[("itoa", "1")]).unwrap_err().evalue.contains("in quotes"));
    fs::create_dir_all(folder.path().join("broken/src")).unwrap();
    fs::write(folder.path().join("broken/Cargo.toml"), "[package]\nname = \"broken\"\nedition = \"2021\"\n")
        .unwrap();
    fs::write(folder.path().join("broken/src/lib.rs"), "fn f() -> i32 { \"\" }").unwrap();
    let error = add(&mut session, &[("broken", "{ path = \"broken\" }")]).unwrap_err();
    assert_eq!(error.evalue, "the crate `broken` does not compile");
    assert!(error.traceback.join("\n").contains("mismatched types"), "{error:?}");
    assert!(session.engine.dependencies().is_empty());
    assert_eq!(session.result("1 + 1"), "2");
}
