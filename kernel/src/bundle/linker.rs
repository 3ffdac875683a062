//! Links cells by the linker that comes with rustc, called directly: going through `cc`, which starts two more programs,
//! takes a sixth of the time of a small cell. Used where a trial succeeds.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::build::Toolchain;

/// Libraries that rustc asks for by name, and the files that `cc` knows for them. Without a file they are in libc.
const LIBRARIES: [(&str, Option<&str>); 7] = [
    ("c", Some("libc.so.6")),
    ("m", Some("libm.so.6")),
    ("gcc_s", Some("libgcc_s.so.1")),
    ("dl", None),
    ("pthread", None),
    ("rt", None),
    ("util", None),
];

/// Makes what a direct call needs in `folder`; false if this system has not the parts for it.
pub fn prepare(folder: &Path, toolchain: &Toolchain) -> bool {
    if !toolchain.host.ends_with("linux-gnu")
        || !toolchain.linker().is_file()
        || fs::create_dir_all(folder).is_err()
    {
        return false;
    }
    LIBRARIES.iter().all(|(name, file)| {
        let script = match file {
            // A linker script. The file itself, so that symbols keep their versions.
            Some(file) => find(file).map(|path| format!("INPUT({path})\n")),
            None => Some("/* in libc */\n".to_owned()),
        };
        script.is_some_and(|script| fs::write(folder.join(format!("lib{name}.so")), script).is_ok())
    })
}

/// The flags for rustc.
pub fn flags(folder: &Path, linker: &Path) -> Vec<String> {
    vec![
        format!("-Clinker={}", linker.display()),
        "-Clinker-flavor=ld".to_owned(),
        format!("-Lnative={}", folder.display()),
    ]
}

/// Whether rustc makes a library with these flags.
pub fn works(folder: &Path, toolchain: &Toolchain, flags: &[String]) -> bool {
    let text = "#[unsafe(no_mangle)] pub fn trial(x: f64) { println!(\"{}\", Box::new(x.sin())); }\n";
    let compiled = toolchain.compile(folder, ("trial", text), "cdylib", flags);
    let _ = fs::remove_file(folder.join("libtrial.so"));
    compiled
}

/// Where `cc` finds a library.
fn find(file: &str) -> Option<String> {
    let output = Command::new("cc").arg(format!("-print-file-name={file}")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (path != file && Path::new(&path).is_file()).then_some(path)
}
