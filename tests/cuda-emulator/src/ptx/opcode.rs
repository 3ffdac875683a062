//! An opcode with its modifiers, which remembers what was asked for: what nobody asked for is not understood.

use std::cell::Cell;

use super::Type;
use crate::operations::Rounding;

/// `mad.lo.s32` taken apart.
#[derive(Debug)]
pub struct Opcode<'a> {
    pub name: &'a str,
    modifiers: Vec<&'a str>,
    seen: Cell<u64>,
}

impl<'a> Opcode<'a> {
    pub fn new(name: &'a str, modifiers: Vec<&'a str>) -> Self {
        Self { name, modifiers, seen: Cell::new(0) }
    }

    /// Whether this modifier is there.
    pub fn has(&self, modifier: &str) -> bool {
        let mut found = false;
        for (index, _) in self.modifiers.iter().enumerate().filter(|(_, known)| **known == modifier) {
            self.mark(index);
            found = true;
        }
        found
    }

    /// The first of these modifiers that is there.
    pub fn one_of(&self, choices: &[&'static str]) -> Option<&'static str> {
        choices.iter().copied().find(|choice| self.has(choice))
    }

    /// The first modifier, whatever it is.
    pub fn first(&self) -> &'a str {
        self.mark(0);
        self.modifiers.first().copied().unwrap_or("")
    }

    /// The types among the modifiers, in order.
    pub fn types(&self) -> Vec<Type> {
        let types = self
            .modifiers
            .iter()
            .enumerate()
            .filter_map(|(index, modifier)| Type::from_name(modifier).inspect(|_| self.mark(index)));
        types.collect()
    }

    /// The last type, which for most instructions is the only one.
    pub fn kind(&self) -> Result<Type, String> {
        self.types().last().copied().ok_or_else(|| "it has no type".into())
    }

    /// The rounding of a floating point result; to the nearest if none is named.
    pub fn rounding(&self) -> Rounding {
        match self.one_of(&["rn", "rz", "rm", "rp", "rna"]) {
            Some("rz") => Rounding::Zero,
            Some("rm") => Rounding::Down,
            Some("rp") => Rounding::Up,
            Some("rna") => Rounding::NearestAway,
            _ => Rounding::Nearest,
        }
    }

    /// The first modifier that was never asked for.
    pub fn unseen(&self) -> Option<&'a str> {
        let seen = self.seen.get();
        self.modifiers
            .iter()
            .enumerate()
            .find(|(index, _)| seen >> index & 1 == 0)
            .map(|(_, modifier)| *modifier)
    }

    fn mark(&self, index: usize) {
        self.seen.set(self.seen.get() | 1 << (index & 63));
    }
}
