//! `:dep`: crates of the library, crates that cargo builds, crates in folders.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

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

/// A crate whose build script writes `started` into its folder and waits there until there is `go`.
fn write_waiting(folder: &Path, name: &str) {
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n");
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/lib.rs"), "pub fn one() -> i32 { 1 }").unwrap();
    let script = "fn main() {\n\
                  std::fs::write(\"started\", std::process::id().to_string()).unwrap();\n\
                  while !std::path::Path::new(\"go\").exists() { std::thread::sleep(std::time::Duration::from_millis(10)); }\n}";
    fs::write(folder.join("build.rs"), script).unwrap();
}

fn wait_until(mut done: impl FnMut() -> bool) {
    while !done() {
        thread::sleep(Duration::from_millis(20));
    }
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

#[test]
fn an_interrupt_ends_the_build_with_all_its_processes_and_the_session_goes_on() {
    let folder = folder();
    write_waiting(&folder.path().join("slow"), "slow-to-build");
    let mut session = Session::in_folder(folder.path());
    session.ok("let x = 41;");
    let (interrupt, started) = (session.engine.interrupt(), folder.path().join("slow/started"));
    let waiting = {
        let started = started.clone();
        thread::spawn(move || {
            wait_until(|| started.exists());
            interrupt();
        })
    };
    let error = add(&mut session, &[("slow-to-build", "{ path = \"slow\" }")]).unwrap_err();
    waiting.join().unwrap();
    assert_eq!(
        (error.ename.as_str(), error.evalue.as_str()),
        ("Interrupted", "interrupted: nothing was added")
    );
    let script = Path::new("/proc").join(fs::read_to_string(started).unwrap());
    wait_until(|| !script.exists());
    assert!(session.engine.dependencies().is_empty());
    assert_eq!(session.result("x + 1"), "42");
    fs::write(folder.path().join("slow/go"), "").unwrap();
    added(&mut session, &[("slow-to-build", "{ path = \"slow\" }")]);
    assert_eq!(session.result("slow_to_build::one() + x"), "42");
}

#[test]
fn a_kernel_waits_while_another_builds_and_says_so() {
    let (folder, other) = (folder(), folder());
    write_waiting(&folder.path().join("first"), "built-first");
    write_counter(&other.path().join("counter"), 1);
    let path = folder.path().to_owned();
    let first = thread::spawn(move || {
        let mut session = Session::in_folder(&path);
        added(&mut session, &[("built-first", "{ path = \"first\" }")]);
        session.result("built_first::one()")
    });
    wait_until(|| folder.path().join("first/started").exists());
    let mut session = Session::in_folder(other.path());
    let (displayed, go) = (session.displayed(), folder.path().join("first/go"));
    let watching = thread::spawn(move || {
        wait_until(|| displayed().contains("another kernel builds crates"));
        fs::write(go, "").unwrap();
    });
    added(&mut session, &[("my-counter", "{ path = \"counter\" }")]);
    assert_eq!(session.result("my_counter::next()"), "1");
    watching.join().unwrap();
    assert_eq!(first.join().unwrap(), "1");
}

#[test]
fn macros_that_cargo_builds_work_in_cells() {
    let folder = folder();
    let mut session = Session::in_folder(folder.path());
    // Not the version of the library.
    added(&mut session, &[("thiserror", "\"1\"")]);
    assert!(session.engine.dependencies().iter().all(|installed| !installed.bundled));
    session.ok("#[derive(Debug, thiserror::Error)]\nenum Trouble {\n    #[error(\"no {0} left\")] Empty(&'static str),\n    #[error(transparent)] Number(#[from] std::num::ParseIntError),\n}");
    session.ok("fn half(text: &str) -> Result<i32, Trouble> { match text { \"\" => Err(Trouble::Empty(\"tea\")), text => Ok(text.parse::<i32>()? / 2) } }");
    assert_eq!(session.result("half(\"84\")?"), "42");
    let error = session.fails("half(\"\")?");
    assert_eq!((error.ename.as_str(), error.evalue.as_str()), ("Trouble", "no tea left"));
    assert_eq!(session.fails("half(\"x\")?").evalue, "invalid digit found in string");
}

#[test]
fn a_crate_that_is_built_shares_the_traits_of_those_it_uses() {
    let folder = folder();
    let mut session = Session::in_folder(folder.path());
    // serde_json is in the library; with another serde beside it, that one is built too.
    let wanted = [
        ("toml", "\"0.8\""),
        ("serde", "{ version = \"1\", features = [\"derive\"] }"),
        ("serde_json", "\"1\""),
    ];
    added(&mut session, &wanted);
    session.ok("use serde::{Deserialize, Serialize};\n#[derive(Debug, Clone, Serialize, Deserialize)]\nstruct Point { x: i32, y: Option<f64> }");
    session.ok("let point: Point = toml::from_str(\"x = 3\")?;");
    session.ok("let table: toml::Table = toml::from_str(\"a = [1, 2]\")?;");
    assert_eq!(session.result("toml::to_string(&point)?"), "\"x = 3\\n\"");
    assert_eq!(session.result("table[\"a\"][1].as_integer()"), "Some(2)");
    assert_eq!(session.result("serde_json::to_string(&point)?"), "\"{\\\"x\\\":3,\\\"y\\\":null}\"");
}

#[test]
fn cells_run_in_the_runtime_of_tokio_where_they_have_it() {
    let folder = folder();
    let mut session = Session::in_folder(folder.path());
    added(
        &mut session,
        &[("tokio", "{ version = \"1\", features = [\"rt-multi-thread\", \"time\", \"sync\"] }")],
    );
    session.ok("use std::time::Duration;\nuse tokio::time::sleep;");
    session.ok("let begun = tokio::spawn(async { sleep(Duration::from_millis(1)).await; 20 });");
    session.ok("let (sender, mut receiver) = tokio::sync::mpsc::channel::<i32>(4);");
    session.ok("tokio::spawn(async move { for i in 0..3 { let _ = sender.send(i).await; } });");
    session.ok("let mut sum = 0;\nwhile let Some(i) = receiver.recv().await { sum += i; }");
    assert_eq!(session.result("begun.await? + sum"), "23");
    let error = session.fails("tokio::task::spawn_blocking(|| panic!(\"in a task\")).await?;");
    assert_eq!(error.ename, "JoinError");
    assert_eq!(
        session.fails("let n: i32 = \"x\".parse()?;\nsleep(Duration::ZERO).await;").ename,
        "ParseIntError"
    );
    let output = session.output();
    let error = session.interrupted_when(
        move || output().contains("waiting"),
        "println!(\"waiting\");\nsleep(Duration::from_secs(100_000)).await;",
    );
    assert_eq!(error.ename, "Interrupted");
    assert_eq!(session.result("sum"), "3");
}
