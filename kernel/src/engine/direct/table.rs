//! The items and imports of all cells so far: what replaces what, what a cell reaches, what a type is made of.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::imports::Import;
use super::item::{Item, Reached};
use crate::engine::Definitions;

/// What a type is made of: every item on which its layout can depend, with the version of that item.
pub type Definition = BTreeMap<String, u64>;

/// All items and imports, in the order of their cells. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Table {
    entries: Vec<Entry>,
    imports: Vec<Import>,
    next_version: u64,
    epoch: u64,
}

#[derive(Debug, Clone)]
struct Entry {
    item: Arc<Item>,
    /// Changes when the item's layout does.
    version: u64,
}

impl Table {
    /// This table with the items and imports of one more cell. What they redefine is gone.
    pub fn with(&self, items: &[Item], imports: &[Import]) -> Table {
        let mut table = self.clone();
        let mut kept = std::mem::take(&mut table.entries);
        let mut added = Vec::new();
        for item in items {
            let mut version = None;
            kept.retain(|old| {
                if !excludes(&item.defines, &item.key, &old.item) {
                    return true;
                }
                if old.item.key == item.key && old.item.layout.text == item.layout.text {
                    version = Some(old.version);
                }
                table.epoch += u64::from(old.item.tokens.text != item.tokens.text);
                false
            });
            table.imports.retain(|import| {
                let stays = !item.defines.iter().any(|(_, name)| import.binds.as_ref() == Some(name));
                table.epoch += u64::from(!stays);
                stays
            });
            let version = version.unwrap_or_else(|| {
                table.next_version += 1;
                table.next_version
            });
            added.push(Entry { item: Arc::new(item.clone()), version });
        }
        for import in imports.iter().filter(|import| !self.imports.contains(import)) {
            if let Some(name) = &import.binds {
                let before = kept.len() + table.imports.len();
                kept.retain(|old| !old.item.defines.iter().any(|(_, defined)| defined == name));
                table.imports.retain(|old| old.binds.as_ref() != Some(name));
                table.epoch += u64::from(before != kept.len() + table.imports.len());
            }
            table.imports.push(import.clone());
        }
        kept.append(&mut added);
        table.entries = kept;
        table
    }

    /// This table without some items.
    pub fn without(&self, keys: &HashSet<String>) -> Table {
        let mut table = self.clone();
        table.entries.retain(|entry| !keys.contains(&entry.item.key));
        table.epoch += u64::from(!keys.is_empty());
        table
    }

    /// This table without an import.
    pub fn without_import(&self, text: &str) -> Table {
        let mut table = self.clone();
        table.imports.retain(|import| import.text != text);
        table.epoch += 1;
        table
    }

    /// The same table in a new epoch: types from elsewhere that it uses are others now.
    pub fn renewed(&self) -> Table {
        Table { epoch: self.epoch + 1, ..self.clone() }
    }

    /// Counts redefinitions. Programs of one epoch agree in all definitions that they share, so that a `TypeId` means
    /// the same type in all of them.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    pub fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// All items, as their users wrote them, and all imports.
    pub fn definitions(&self) -> Definitions {
        Definitions {
            items: self.entries.iter().filter_map(|entry| entry.item.definition()).collect(),
            imports: self.imports.iter().map(|import| import.text.clone()).collect(),
        }
    }

    /// The item with this key.
    pub fn get(&self, key: &str) -> Option<&Item> {
        self.entries.iter().map(|entry| &*entry.item).find(|item| item.key == key)
    }

    /// The items that a program needs which mentions `names`, in order.
    pub fn reach(&self, names: &HashSet<String>) -> Vec<&Item> {
        // An import from an item (`use Shape::*;`) is part of every program, hence the item too.
        let mut names = names.clone();
        names.extend(self.imports.iter().map(|import| import.first.clone()));
        let reached = self.closure(names, |item| &item.tokens.mentions);
        self.entries
            .iter()
            .zip(reached)
            .filter(|(_, in_reach)| *in_reach)
            .map(|(entry, _)| &*entry.item)
            .collect()
    }

    /// What a type is made of, by the names in its text. Empty for a type to which no cell contributes.
    pub fn definition(&self, names: HashSet<String>) -> Definition {
        let reached = self.closure(names, |item| &item.layout.mentions);
        let entries = self.entries.iter().zip(reached).filter(|(_, in_reach)| *in_reach);
        entries
            .filter(|(entry, _)| !entry.item.layout.text.is_empty() && entry.item.reached != Reached::Always)
            .map(|(entry, _)| (entry.item.key.clone(), entry.version))
            .collect()
    }

    /// For each entry, whether the names lead to it, directly or through what they lead to.
    fn closure(&self, mut names: HashSet<String>, mentions: impl Fn(&Item) -> &HashSet<String>) -> Vec<bool> {
        let defined: HashSet<&String> =
            self.entries.iter().flat_map(|entry| entry.item.defines.iter().map(|(_, name)| name)).collect();
        let mut reached = vec![false; self.entries.len()];
        loop {
            let mut grown = false;
            for (entry, reached) in self.entries.iter().zip(&mut reached) {
                if *reached || !leads_to(&names, &entry.item.reached, &defined) {
                    continue;
                }
                (*reached, grown) = (true, true);
                names.extend(mentions(&entry.item).iter().cloned());
            }
            if !grown {
                return reached;
            }
        }
    }
}

/// Whether an item of these definitions and this key excludes an older one.
fn excludes(defines: &[(super::item::Namespace, String)], key: &str, old: &Item) -> bool {
    old.key == key || old.defines.iter().any(|defined| defines.contains(defined))
}

fn leads_to(names: &HashSet<String>, reached: &Reached, defined: &HashSet<&String>) -> bool {
    match reached {
        Reached::ByName(own) => own.iter().any(|name| names.contains(name)),
        Reached::AsImpl { of, for_trait } => {
            let mut of = of.iter().filter(|name| defined.contains(name)).peekable();
            let mut for_trait = for_trait.iter().filter(|name| defined.contains(name));
            // `impl Display for Point` with Point; `impl Area for f64` with Area.
            if of.peek().is_some() {
                of.all(|name| names.contains(name))
            } else {
                for_trait.all(|name| names.contains(name))
            }
        }
        Reached::Always => true,
    }
}
