//! The items and imports of all cells so far: what replaces what, what a cell reaches, what a type is made of.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use proc_macro2::TokenStream;

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
            crates: Vec::new(),
        }
    }

    /// The item with this key.
    pub fn get(&self, key: &str) -> Option<&Item> {
        self.entries.iter().map(|entry| &*entry.item).find(|item| item.key == key)
    }

    /// The rules of a macro that this cell or an earlier one defines by `macro_rules!`.
    pub fn macro_rules(&self, name: &str, of_cell: &[Item]) -> Option<TokenStream> {
        let key = format!("macro {name}");
        let earlier = self.entries.iter().map(|entry| &*entry.item);
        let item = of_cell.iter().rev().chain(earlier).find(|item| item.key == key)?;
        let parsed: syn::ItemMacro = syn::parse_str(&item.tokens.text).ok()?;
        Some(parsed.mac.tokens)
    }

    /// The items that a program needs which mentions `names`, in order.
    pub fn reach(&self, names: &HashSet<String>) -> Vec<&Item> {
        // An import from an item (`use Shape::*;`) is part of every program, hence the item too.
        let imported = self.imports.iter().filter_map(Import::first);
        let walk = Walk {
            own: |item| match &item.reached {
                Reached::ByName(names) => names.iter().collect(),
                _ => Vec::new(),
            },
            mentions: |item| &item.tokens.mentions,
            follow: &|_| true,
        };
        let reached = self.walk(names.iter().chain(imported), &walk);
        self.entries
            .iter()
            .zip(reached)
            .filter(|(_, in_reach)| *in_reach)
            .map(|(entry, _)| &*entry.item)
            .collect()
    }

    /// What a type is made of, by the names in its text. Empty for a type to which no cell contributes. An `impl` is part of
    /// it only if it is part of what is `known`, where something is.
    pub fn definition(&self, names: &HashSet<String>, known: Option<&Definition>) -> Definition {
        if !self.entries.iter().any(|entry| entry.item.defines.iter().any(|(_, name)| names.contains(name))) {
            return Definition::new();
        }
        let follow = |item: &Item| {
            item.reached != Reached::Always && known.is_none_or(|known| known.contains_key(&item.key))
        };
        let walk = Walk {
            own: |item| item.defines.iter().map(|(_, name)| name).collect(),
            mentions: |item| &item.layout.mentions,
            follow: &follow,
        };
        let mut names: HashSet<&String> = names.iter().collect();
        loop {
            let reached = self.walk(names.iter().copied(), &walk);
            let of_cells = || {
                let in_reach = self.entries.iter().zip(&reached).filter(|(_, in_reach)| **in_reach);
                in_reach.map(|(entry, _)| entry).filter(|entry| !entry.item.layout.text.is_empty())
            };
            // What an item calls by an imported name is another thing when that import is.
            let mentioned: HashSet<&String> =
                of_cells().flat_map(|entry| &entry.item.layout.mentions).collect();
            let bound = |import: &&Import| import.binds.as_ref().is_some_and(|name| mentioned.contains(name));
            let imports: Vec<&Import> = self.imports.iter().filter(bound).collect();
            let before = names.len();
            names.extend(imports.iter().flat_map(|import| &import.path));
            if names.len() == before {
                let items = of_cells().map(|entry| (entry.item.key.clone(), entry.version));
                return items.chain(imports.iter().map(|import| (import.text.clone(), 0))).collect();
            }
        }
    }

    /// For each entry, whether the names lead to it, directly or through what they lead to.
    fn walk<'a>(&'a self, names: impl Iterator<Item = &'a String>, walk: &Walk<'_>) -> Vec<bool> {
        let mut by_name: HashMap<&String, Vec<usize>> = HashMap::new();
        let mut defined: HashSet<&String> = HashSet::new();
        let mut reached: Vec<bool> = Vec::new();
        let (mut seen, mut next): (HashSet<&String>, Vec<&String>) = (names.collect(), Vec::new());
        for (at, Entry { item, .. }) in self.entries.iter().enumerate() {
            defined.extend(item.defines.iter().map(|(_, name)| name));
            (walk.own)(item).into_iter().for_each(|name| by_name.entry(name).or_default().push(at));
            let always = item.reached == Reached::Always && (walk.follow)(item);
            reached.push(always);
            if always {
                next.extend((walk.mentions)(item).iter().filter(|name| seen.insert(name)));
            }
        }
        next.extend(&seen);
        loop {
            let mut grown: Vec<usize> = Vec::new();
            while let Some(name) = next.pop() {
                for at in by_name.get(name).into_iter().flatten().copied() {
                    if !std::mem::replace(&mut reached[at], true) {
                        let mentions = (walk.mentions)(&self.entries[at].item).iter();
                        next.extend(mentions.filter(|name| seen.insert(name)));
                    }
                }
            }
            for (at, Entry { item, .. }) in self.entries.iter().enumerate() {
                let Reached::AsImpl { of, for_trait } = &item.reached else { continue };
                if !reached[at] && (walk.follow)(item) && leads_to(&seen, of, for_trait, &defined) {
                    grown.push(at);
                }
            }
            if grown.is_empty() {
                return reached;
            }
            for at in grown {
                reached[at] = true;
                let mentions = (walk.mentions)(&self.entries[at].item).iter();
                next.extend(mentions.filter(|name| seen.insert(name)));
            }
        }
    }
}

/// How to go from names to items, and on from there.
struct Walk<'a> {
    /// The names that lead to an item.
    own: fn(&Item) -> Vec<&String>,
    /// The names that an item leads to.
    mentions: fn(&Item) -> &HashSet<String>,
    /// Whether an item that no name leads to (an `impl`, a macro call) counts.
    follow: &'a dyn Fn(&Item) -> bool,
}

/// Whether an item of these definitions and this key excludes an older one.
fn excludes(defines: &[(super::item::Namespace, String)], key: &str, old: &Item) -> bool {
    old.key == key || old.defines.iter().any(|defined| defines.contains(defined))
}

/// Whether names lead to an `impl`: `impl Display for Point` with Point, `impl Area for f64` with Area.
fn leads_to(
    names: &HashSet<&String>,
    of: &HashSet<String>,
    for_trait: &HashSet<String>,
    defined: &HashSet<&String>,
) -> bool {
    let mut of = of.iter().filter(|name| defined.contains(name)).peekable();
    let mut for_trait = for_trait.iter().filter(|name| defined.contains(name));
    if of.peek().is_some() {
        of.all(|name| names.contains(name))
    } else {
        for_trait.all(|name| names.contains(name))
    }
}
