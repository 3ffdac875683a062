//! The child side of the executable: loads the library and hands over. All else happens inside the library, so that the
//! runtime and the cells share one standard library; that of this executable only lives until here.

use std::ffi::c_int;
use std::process::exit;

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

/// The hidden first argument that makes the `ferrolab` executable a child process.
pub const CHILD_ARGUMENT: &str = "__run-cells";

/// The life of a child process: `ferrolab __run-cells LIBRARY…`, the last of which holds the runtime
/// or is linked to what holds it. The executable calls
/// this before anything else when its first argument is [`CHILD_ARGUMENT`].
pub fn child_host() -> ! {
    exit(host())
}

/// Where memory runs out, Linux ends the process whose score is highest: this one, and neither the kernel, which tells what
/// has happened, nor Jupyter. Other systems have no such file.
fn offer_to_memory_killer() {
    const FILE: &str = "/proc/self/oom_score_adj";
    /// Half of all memory counts as used by it: enough to stand before small processes, not before one that really
    /// takes more.
    const SCORE: i32 = 500;
    let present = std::fs::read_to_string(FILE).ok().and_then(|text| text.trim().parse::<i32>().ok());
    if present.is_some_and(|present| present < SCORE) {
        let _ = std::fs::write(FILE, SCORE.to_string());
    }
}

fn host() -> c_int {
    offer_to_memory_killer();
    let mut last = None;
    for path in std::env::args_os().skip(2) {
        // SAFETY: the libraries are those of a bundle, built from this very project; their initialisers are Rust's own.
        match unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL) } {
            Ok(library) => last = Some(std::mem::ManuallyDrop::new(library)),
            Err(error) => {
                eprintln!("ferrolab: expected a library at {}: {error}", path.display());
                return 1;
            }
        }
    }
    let Some(library) = last else {
        eprintln!(
            "ferrolab: `{CHILD_ARGUMENT}` expects the path of the library: it is for the kernel's own use"
        );
        return 2;
    };
    // SAFETY: `ferrolab-display` defines the function with this type; the bundle was built together with this executable.
    match unsafe { library.get::<extern "C" fn() -> c_int>(b"ferrolab_child_main") } {
        Ok(main) => main(),
        Err(error) => {
            eprintln!("ferrolab: the library has no `ferrolab_child_main`, build it anew: {error}");
            1
        }
    }
}
