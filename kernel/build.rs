//! Tells the kernel which Rust it speaks (`FERROLAB_RUST_VERSION`): the one that compiles it also compiles the library
//! that cells are linked against.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUSTC");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    // `rustc 1.95.0 (f2d3ce0bd 2026-03-21)`
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    let number =
        version.as_deref().and_then(|text| text.split(' ').nth(1)).unwrap_or(env!("CARGO_PKG_RUST_VERSION"));
    println!("cargo::rustc-env=FERROLAB_RUST_VERSION={number}");
}
