//! Rust: compiler, sources of the standard library, linkers.

use std::path::Path;

use super::{Check, first_line};
use crate::bundle::{Bundle, Project};
use crate::engine::Kind;
use crate::lsp;

/// The Rust that this program was compiled with.
const BUILT_WITH: &str = env!("FERROLAB_RUST_VERSION");
/// The oldest Rust that can build the library.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");
/// What rust-analyzer costs beside a kernel, with the library read.
const MEMORY: &str = "it takes about 0.7 GB of memory";
const INSTALL_RUST: &str = "install Rust from https://rustup.rs";

pub fn checks() -> Vec<Check> {
    let sysroot = first_line("rustc", &["--print", "sysroot"]);
    let sysroot = sysroot.as_deref().map(Path::new);
    vec![
        rustc(sysroot),
        cargo(),
        rust_src(sysroot),
        rust_analyzer(sysroot),
        linker(),
        fast_linker(sysroot),
        engines(),
    ]
}

fn rustc(sysroot: Option<&Path>) -> Check {
    let Some(line) = first_line("rustc", &["--version"]) else {
        return Check::missing("rustc", INSTALL_RUST);
    };
    // A toolchain of the same version in another place is another compiler to cargo.
    let other = Bundle::find()
        .ok()
        .filter(|bundle| sysroot.is_some_and(|sysroot| !bundle.rustc.starts_with(sysroot)));
    let version = line.split(' ').nth(1).unwrap_or_default();
    if numbers(version) < numbers(OLDEST) {
        return Check::missing(
            "rustc",
            format!("expected Rust {OLDEST} or newer, found {line}: `rustup update stable`"),
        );
    }
    let note = match other {
        Some(_) => "; the library for cells is of another: the next `ferrolab lab` builds it anew",
        None if version != BUILT_WITH => {
            concat!("; this program was built with ", env!("FERROLAB_RUST_VERSION"))
        }
        None => "",
    };
    Check::found("rustc", line + note)
}

/// `(1, 95)` of `1.95.0`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

fn cargo() -> Check {
    match first_line("cargo", &["--version"]) {
        Some(line) => Check::found("cargo", line),
        None => Check::missing("cargo", INSTALL_RUST),
    }
}

fn rust_src(sysroot: Option<&Path>) -> Check {
    let library = sysroot.map(|sysroot| sysroot.join("lib/rustlib/src/rust/library"));
    match library.filter(|library| library.is_dir()) {
        Some(library) => Check::found("rust-src", library.display().to_string()),
        None => Check::absent(
            "rust-src",
            "`rustup component add rust-src` (help on the standard library in cells)",
        ),
    }
}

/// What completes and explains what is typed in cells.
fn rust_analyzer(sysroot: Option<&Path>) -> Check {
    let rustc = sysroot.map(|sysroot| sysroot.join("bin/rustc"));
    let found = match lsp::find(rustc.as_deref()) {
        Ok(program) => program,
        Err(lsp::Absent::NotInstalled) => {
            return Check::absent(
                "rust-analyzer",
                format!(
                    "{}: then completion in cells knows inferred types; {MEMORY}",
                    lsp::Absent::NotInstalled
                ),
            );
        }
        Err(reason) => return Check::absent("rust-analyzer", reason.to_string()),
    };
    let lacks = match Bundle::find() {
        Ok(bundle) if Project::load(&bundle.folder).is_none() => {
            "; the library for cells does not say what it is made of: the next `ferrolab lab` mends it"
        }
        _ => "",
    };
    Check::found("rust-analyzer", format!("{}, started by the first Tab: {MEMORY}{lacks}", found.version))
}

fn linker() -> Check {
    match first_line("cc", &["--version"]) {
        Some(line) => Check::found("linker", format!("cc: {line}")),
        None => Check::missing(
            "linker",
            "rustc links with `cc`: install it (Debian, Ubuntu: `apt install g++`; macOS: `xcode-select --install`)",
        ),
    }
}

/// What can evaluate cells.
fn engines() -> Check {
    let names: Vec<&str> = Kind::BUILT.iter().map(|kind| kind.name()).collect();
    let lacks = match Kind::Evcxr.available() {
        Ok(()) => "",
        Err(_) => " (evcxr: build with `--features evcxr`)",
    };
    Check::found("engines", names.join(", ") + lacks)
}

/// rustup's own linker, which makes cells start faster.
fn fast_linker(sysroot: Option<&Path>) -> Check {
    let targets = sysroot.map(|sysroot| sysroot.join("lib/rustlib"));
    let mut folders =
        targets.and_then(|targets| std::fs::read_dir(targets).ok()).into_iter().flatten().flatten();
    match folders.find_map(|target| Some(target.path().join("bin/rust-lld")).filter(|lld| lld.is_file())) {
        Some(lld) => Check::found("rust-lld", lld.display().to_string()),
        None => Check::absent("rust-lld", "not in this toolchain: cells are linked by the system's linker"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("1.100.0") > numbers("1.95"));
        assert!(numbers("1.94.1-nightly") < numbers(OLDEST));
        assert_eq!(numbers("unknown"), None);
    }
}
