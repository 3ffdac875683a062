//! How much a cell is optimised: as `:opt` says, else by what it contains.

use super::DirectEngine;
use super::heat::heat;
use super::program::Draft;
use crate::engine::{OptLevel, Optimised};

/// Of a cell that is worth optimising. Level 1 runs loops that poll at half the speed of 2; 3 takes longer to compile and is
/// not faster.
const HOT: OptLevel = OptLevel(2);

impl DirectEngine {
    /// The level of a cell of which nothing is known yet.
    pub(super) fn resting_level(&self) -> OptLevel {
        self.opt_level.unwrap_or_default()
    }

    /// The level of a cell that is to run.
    pub(super) fn choose_level(&mut self, draft: &Draft<'_>) -> OptLevel {
        let items = draft.reached();
        let items = items.iter().map(|item| item.tokens.text.as_str());
        let heat = heat(&draft.cell.text, items, &mut self.sizes);
        let Optimised { level, why } = match self.opt_level {
            Some(level) => Optimised { level, why: "`:opt` says so".to_owned() },
            None => {
                let level = if heat.is_hot() { HOT } else { OptLevel::default() };
                let why = format!(
                    "its own loops and recursions were expected to run for {:.1e} s at level 0, and level 2 to compile {:.1} s longer",
                    heat.work, heat.added
                );
                Optimised { level, why }
            }
        };
        self.optimised = Some(Optimised { level, why });
        level
    }
}
