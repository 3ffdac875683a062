//! Reads from the library of a cell which function and which line of source stand at an address.

use super::apart::name_of_symbol;
use std::path::Path;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, Error, NativeEndian};
use elf::ElfBytes;
use elf::abi::STT_FUNC;
use ferrolab_display::frame::Location;

/// A library in memory.
pub struct Symbols<'a> {
    file: ElfBytes<'a, elf::endian::NativeEndian>,
    functions: Vec<Function<'a>>,
}

/// A function as the linker knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Function<'a> {
    /// As compilers write it: with a hash, so that it is unique.
    pub name: &'a str,
    pub start: u64,
    pub size: u64,
}

impl<'a> Symbols<'a> {
    /// None if this is not a library of this system.
    pub fn new(library: &'a [u8]) -> Option<Self> {
        let file = ElfBytes::minimal_parse(library).ok()?;
        let (table, names) = file.symbol_table().ok()??;
        let function = |symbol: elf::symbol::Symbol| {
            let name = names.get(symbol.st_name as usize).ok()?;
            (symbol.st_symtype() == STT_FUNC).then_some(Function {
                name,
                start: symbol.st_value,
                size: symbol.st_size,
            })
        };
        let functions = table.iter().filter_map(function).collect();
        Some(Symbols { file, functions })
    }

    /// The function in which an address lies.
    pub fn at(&self, address: u64) -> Option<Function<'a>> {
        let inside =
            |function: &&Function<'_>| function.start <= address && address - function.start < function.size;
        self.functions.iter().find(inside).copied()
    }

    /// The function of this name, if its code has this size. In a library made from the same source it is the same code.
    pub fn twin(&self, name: &str, size: u64) -> Option<Function<'a>> {
        self.functions.iter().find(|function| function.name == name && function.size == size).copied()
    }

    /// The lines of source at some addresses, if the library tells.
    pub fn lines(&self, addresses: &[Option<u64>]) -> Option<Vec<Option<Location>>> {
        let section = |name: &str| {
            let header = self.file.section_header_by_name(name).ok()??;
            Some(self.file.section_data(&header).ok()?.0)
        };
        let dwarf = Dwarf::load(|id| {
            Ok::<_, Error>(EndianSlice::new(section(id.name()).unwrap_or_default(), NativeEndian))
        });
        let context = Context::from_dwarf(dwarf.ok()?).ok()?;
        let line = |address: u64| {
            let location = context.find_location(address).ok()??;
            Some(Location {
                // A cell's source is told with the folder in which it was compiled.
                file: Path::new(location.file?).file_name()?.to_str()?.to_owned(),
                line: location.line?,
                column: location.column.unwrap_or(1),
            })
        };
        Some(addresses.iter().map(|address| line((*address)?)).collect())
    }
}

/// The name of a function of a cell as the user wrote it, without the closures in it; empty for the cell's own
/// statements. None for functions of libraries.
pub fn name_in_cell(symbol: &str) -> Option<String> {
    if let Some(name) = name_of_symbol(symbol) {
        return Some(name.to_owned());
    }
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    let of_cell = |path: &str| path.starts_with("cell::");
    let known = match name.strip_prefix('<') {
        Some(path) => path.split(" as ").any(of_cell),
        None => of_cell(&name),
    };
    let name = name.replace("cell::", "").replace("::{{closure}}", "");
    let name = if name.starts_with("ferrolab_cell_") { String::new() } else { name };
    known.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_user() {
        let name = |symbol| name_in_cell(symbol);
        assert_eq!(name("_ZN4cell4mean17h64b19f7b6194660bE").as_deref(), Some("mean"));
        assert_eq!(
            name("_ZN4cell4mean28_$u7b$$u7b$closure$u7d$$u7d$17h4de1f35a3c0ae1b0E").as_deref(),
            Some("mean")
        );
        assert_eq!(
            name("_ZN46_$LT$cell..P$u20$as$u20$core..clone..Clone$GT$5clone17h4de1f35a3c0ae1b0E").as_deref(),
            Some("<P as core::clone::Clone>::clone")
        );
        assert_eq!(
            name("_ZN4cell15ferrolab_cell_528_$u7b$$u7b$closure$u7d$$u7d$17h4de1f35a3c0ae1b0E").as_deref(),
            Some("")
        );
        assert_eq!(name("_ZN4core3ops8function6FnOnce9call_once17h4de1f35a3c0ae1b0E"), None);
        assert_eq!(name("ferrolab_cell_5"), None);
    }

    #[test]
    fn what_is_no_library_has_no_symbols() {
        assert!(Symbols::new(b"").is_none() && Symbols::new(&[0; 4096]).is_none());
    }
}
