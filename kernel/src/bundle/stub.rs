//! Stand-ins for shared libraries: the metadata that rustc reads and the name that the linker notes down, without the code.
//! The linker reads all symbols of a library that it is given, a third of its work on a small cell. It needs none of them: a
//! shared library may leave symbols to be found when it is loaded, and the process of the cells has the real ones by then.

use std::fs;
use std::path::Path;

use elf::ElfBytes;
use elf::endian::AnyEndian;

use super::build::Toolchain;

/// Makes a stand-in for `library` in `folder`, under the same name. `flags` choose the linker of cells. False if that fails:
/// then the library itself will do.
pub fn make(folder: &Path, toolchain: &Toolchain, library: &Path, flags: &[String]) -> bool {
    let Some(name) = library.file_name().and_then(|name| name.to_str()) else { return false };
    let Some(stem) = name.strip_prefix("lib").and_then(|name| name.strip_suffix(".so")) else { return false };
    let metadata = folder.join(format!("{stem}.metadata"));
    let written = metadata_of(library).is_some_and(|bytes| fs::write(&metadata, bytes).is_ok());
    let flags = [flags, &["-Cpanic=abort".to_owned(), format!("-Clink-arg=-soname={name}")]].concat();
    let made = written && toolchain.compile(folder, (stem, &source(&metadata)), "cdylib", &flags);
    let _ = fs::remove_file(metadata);
    made
}

fn source(metadata: &Path) -> String {
    // `{:?}` of the path is a literal of Rust's; the assembler has the same escapes.
    let include = format!(".incbin {:?}", metadata.display().to_string());
    format!(
        "#![no_std]\n\
         core::arch::global_asm!(r#\".section .rustc,\"\",@progbits\"#, r#\"{include}\"#);\n\
         #[panic_handler] fn panic(_: &core::panic::PanicInfo<'_>) -> ! {{ loop {{}} }}\n"
    )
}

/// What rustc reads of a library.
fn metadata_of(library: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(library).ok()?;
    let file = ElfBytes::<AnyEndian>::minimal_parse(&bytes).ok()?;
    let section = file.section_header_by_name(".rustc").ok()??;
    Some(file.section_data(&section).ok()?.0.to_vec())
}
