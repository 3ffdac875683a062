//! The command `doctor`: what this machine has, what it lacks and how to mend it.

mod cuda;
mod gpu;
mod jupyter;
mod storage;
mod toolchain;

use std::fmt::Write;
use std::process::{Command, ExitCode};

pub use gpu::self_test;

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: String,
    pub finding: Finding,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// There; with version or place.
    Found(String),
    /// Not there and not needed; with what it would be good for, or who makes it.
    Absent(String),
    /// Nothing works without it; with the way to mend it.
    Missing(String),
}

impl Check {
    fn new(name: &str, finding: Finding) -> Self {
        Self { name: name.to_owned(), finding }
    }

    fn found(name: &str, what: impl Into<String>) -> Self {
        Self::new(name, Finding::Found(what.into()))
    }

    fn absent(name: &str, what: impl Into<String>) -> Self {
        Self::new(name, Finding::Absent(what.into()))
    }

    fn missing(name: &str, mend: impl Into<String>) -> Self {
        Self::new(name, Finding::Missing(mend.into()))
    }
}

/// Looks at everything and prints the table; fails only if something needed is missing.
pub fn doctor() -> ExitCode {
    let checks = checks();
    print!("{}", table(&checks));
    let missing = checks.iter().filter(|check| matches!(check.finding, Finding::Missing(_))).count();
    println!();
    match missing {
        0 => {
            println!("Everything needed is there.");
            ExitCode::SUCCESS
        }
        _ => {
            println!("{missing} missing: see the lines marked ✗.");
            ExitCode::FAILURE
        }
    }
}

/// All checks, in the order of the table.
pub fn checks() -> Vec<Check> {
    [toolchain::checks(), jupyter::checks(), cuda::checks(), storage::checks()].concat()
}

/// The table: mark, name, what was found or how to mend it.
pub fn table(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for Check { name, finding } in checks {
        let (mark, words) = match finding {
            Finding::Found(what) => ('✓', what),
            Finding::Absent(what) => ('–', what),
            Finding::Missing(mend) => ('✗', mend),
        };
        // Further lines stand under the first.
        let words = words.replace('\n', &format!("\n{:1$}", "", width + 4));
        let _ = writeln!(text, "{mark} {name:<width$}  {words}");
    }
    text
}

/// The first line that a program prints; none when it is not there or fails.
pub(crate) fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next()?.trim().to_owned();
    output.status.success().then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned_and_says_how_to_mend() {
        let checks = [
            Check::found("rustc", "1.95.0"),
            Check::absent("CUDA driver", "not needed"),
            Check::missing("cc", "install it:\napt install gcc"),
        ];
        let expected = "\
✓ rustc        1.95.0
– CUDA driver  not needed
✗ cc           install it:
               apt install gcc
";
        assert_eq!(table(&checks), expected);
    }

    #[test]
    fn the_toolchain_that_runs_this_test_is_found() {
        let checks = checks();
        for name in ["rustc", "cargo"] {
            let found = checks.iter().find(|check| check.name == name).map(|check| &check.finding);
            assert!(matches!(found, Some(Finding::Found(_))), "{name}: {found:?}");
        }
        let names: Vec<_> = checks.iter().map(|check| check.name.as_str()).collect();
        for name in [
            "rust-analyzer",
            "linker",
            "Python",
            "JupyterLab",
            "kernelspecs",
            "CUDA driver",
            "crates for cells",
            "cache",
            "disk space",
        ] {
            assert!(names.contains(&name), "{name} is not among {names:?}");
        }
    }
}
