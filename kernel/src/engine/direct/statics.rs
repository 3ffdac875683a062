//! Statics live in one place: the first cell that runs with a static defines it, later cells refer to that definition.
//! Compiled into every cell anew, as other items are, a counter would begin at zero in each.

use std::collections::HashMap;

use super::item::{Declaration, Item};
use super::source::Program;
use super::table::{Definition, Table};

/// The statics that the child process has, by the keys of their items.
#[derive(Debug, Clone, Default)]
pub struct Statics(HashMap<String, Home>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Home {
    symbol: String,
    /// What the static and its type were made of. If that changes, it is another static.
    definition: Definition,
}

impl Statics {
    /// Writes a static into a program: refers to it where it lives, or defines it. True if it is defined.
    pub fn write(
        &self,
        program: &mut Program,
        item: &Item,
        declaration: &Declaration,
        table: &Table,
        cell: &str,
    ) -> bool {
        let home = self.0.get(&item.key).filter(|home| home.definition == definition(item, table));
        // All cells reach one in `thread_local!` by a reference to its key.
        let reference = |kind: &str| format!("&'static ::std::thread::LocalKey<{kind}>");
        match (home, declaration) {
            (Some(Home { symbol, .. }), _) => {
                let declaration = match declaration {
                    Declaration::Static(declaration) => declaration.clone(),
                    Declaration::ThreadLocal(name, kind) => {
                        format!("safe static {name}: {};", reference(kind))
                    }
                };
                program
                    .glue(&format!("unsafe extern \"C\" {{ #[link_name = \"{symbol}\"] {declaration} }}\n"));
                false
            }
            (None, Declaration::Static(_)) => {
                program.glue(&format!("#[unsafe(export_name = \"{}\")] ", symbol(item, cell)));
                program.pieces(&item.pieces, Some(&item.key));
                true
            }
            (None, Declaration::ThreadLocal(name, kind)) => {
                program.pieces(&item.pieces, Some(&item.key));
                let (symbol, reference) = (symbol(item, cell), reference(kind));
                program.glue(&format!(
                    "#[unsafe(export_name = \"{symbol}\")] static __KEY_{name}: {reference} = &{name};\n"
                ));
                true
            }
        }
    }

    /// The cell has been loaded: the statics that it defined live there.
    pub fn settle<'a>(&mut self, defined: impl IntoIterator<Item = &'a Item>, table: &Table, cell: &str) {
        for item in defined {
            let home = Home { symbol: symbol(item, cell), definition: definition(item, table) };
            self.0.insert(item.key.clone(), home);
        }
    }

    /// The process is gone, and all statics with it.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

fn definition(item: &Item, table: &Table) -> Definition {
    table.definition(&item.defines.iter().map(|(_, name)| name.clone()).collect(), None)
}

/// `ferrolab_static_COUNT_17`.
fn symbol(item: &Item, cell: &str) -> String {
    let name = item.defines.first().map_or("", |(_, name)| name);
    format!("ferrolab_static_{name}_{cell}")
}
