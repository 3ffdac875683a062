//! How much a cell is optimised: as `:opt` says, else by what it contains and by what is optimised already.

use super::DirectEngine;
use super::apart::order;
use super::heat::{HOT, heat};
use super::program::Draft;
use crate::engine::{OptLevel, Optimised};

impl DirectEngine {
    /// The level of a cell of which nothing is known yet.
    pub(super) fn resting_level(&self) -> OptLevel {
        self.opt_level.unwrap_or_default()
    }

    /// Decides how a cell is compiled that is to run. What it links costs it nothing; if it is hot all the same, it is compiled as
    /// a whole, so that small functions become part of its loops.
    pub(super) fn choose_level(&mut self, draft: &mut Draft<'_>) {
        let items = draft.reached();
        let own = |key: &String| draft.parsed.items.iter().any(|item| item.key == *key);
        let mut linked = self.apart.linked(&items, &draft.table, &self.around());
        linked.retain(|key, _| !own(key));
        let rest =
            items.iter().filter(|item| !linked.contains_key(&item.key)).map(|item| item.tokens.text.as_str());
        let heat = heat(&draft.cell.text, rest, &mut self.sizes);
        let (level, why) = match self.opt_level {
            Some(level) => (level, "`:opt` says so".to_owned()),
            None => {
                let level = if heat.is_hot() { HOT } else { OptLevel::default() };
                let text = format!(
                    "its own loops and recursions were expected to run for {:.1e} s at level 0, and level 2 to compile {:.1} s longer",
                    heat.work, heat.added
                );
                (level, text)
            }
        };
        let mut optimised = Optimised { level, why };
        if self.opt_level.is_none() && level != HOT && !linked.is_empty() {
            let names: Vec<String> =
                linked.keys().map(|key| format!("`{}`", key.trim_start_matches("fn "))).collect();
            optimised.why += &format!("; compiled with level 2 before: {}", names.join(", "));
            draft.linked = linked;
        }
        self.optimised = Some(optimised);
        draft.level = level;
    }

    /// Compiles functions that a cell has used or defined once more, optimised, in the background.
    pub(super) fn compile_apart(&mut self, draft: &Draft<'_>) {
        if self.opt_level.is_some() {
            return;
        }
        let (around, flags, compiler) = (self.around(), self.flags(), self.compiler());
        let (scratch, epoch) = (&self.scratch, draft.table.epoch());
        let order = |number| order(number, scratch.apart(number), epoch, flags);
        self.apart.begin(&draft.reached(), &draft.table, &around, &draft.links, compiler, order);
    }

    /// What the code of every function depends on, besides its text.
    fn around(&self) -> String {
        format!("{}\n{}", self.links(), self.flags().join("\n"))
    }
}
