//! What lanes of a warp do together: shuffles, votes, matches, reductions, barriers.

use super::block::Block;
use super::fault::{FaultKind, Trouble};
use super::warp::{LaneTrouble, Warp, lanes_of};
use crate::operations::{LANES, Row};
use crate::ptx::{Action, ShuffleMode, VoteMode};

impl Block<'_> {
    pub(super) fn together(
        &mut self,
        warp: &mut Warp,
        lanes: u32,
        action: &Action,
    ) -> Result<(), LaneTrouble> {
        match action {
            Action::WarpBarrier { .. } => warp.phase += 1,
            Action::Shuffle { mode, to, valid, sources, members } => {
                let [a, b, c] = sources.map(|source| warp.registers[source]);
                let (mut values, mut validity) = ([0; LANES], [0; LANES]);
                for lane in lanes_of(lanes) {
                    let (from, inside) = source_lane(*mode, lane as u32, b[lane] as u32, c[lane] as u32);
                    let named = warp.registers[*members][lane] as u32;
                    if lanes & named & 1 << from == 0 {
                        let what = format!("lane {lane} reads from lane {from}, which does not take part");
                        return Err((Some(lane), Trouble::new(FaultKind::InactiveLane, what)));
                    }
                    values[lane] = a[from as usize];
                    validity[lane] = inside.into();
                }
                put(warp, *to, lanes, &values);
                put(warp, *valid, lanes, &validity);
            }
            Action::Vote { mode, to, source, negated, members } => {
                let truths = warp.truths(*source, *negated);
                let mut out = [0; LANES];
                for lane in lanes_of(lanes) {
                    let voters = lanes & warp.registers[*members][lane] as u32;
                    let yes = truths & voters;
                    out[lane] = match mode {
                        VoteMode::All => (yes == voters).into(),
                        VoteMode::Any => (yes != 0).into(),
                        VoteMode::Uniform => (yes == voters || yes == 0).into(),
                        VoteMode::Ballot => yes.into(),
                    };
                }
                warp.put(*to, lanes, &out);
            }
            Action::Match { all, kind, to, same, source, members } => {
                let values = warp.registers[*source].map(|value| kind.extend(value));
                let (mut masks, mut agreement) = ([0; LANES], [0; LANES]);
                for lane in lanes_of(lanes) {
                    let voters = lanes & warp.registers[*members][lane] as u32;
                    let equal = lanes_of(voters).filter(|other| values[*other] == values[lane]);
                    let equal = equal.fold(0u32, |mask, other| mask | 1 << other);
                    let agreed = equal == voters;
                    masks[lane] = u64::from(if *all && !agreed { 0 } else { equal });
                    agreement[lane] = agreed.into();
                }
                warp.put(*to, lanes, &masks);
                put(warp, *same, lanes, &agreement);
            }
            Action::Reduce { operation, kind, to, source, members } => {
                let values = warp.registers[*source].map(|value| kind.extend(value));
                let mut out = [0; LANES];
                for lane in lanes_of(lanes) {
                    let voters = lanes & warp.registers[*members][lane] as u32;
                    let combined =
                        lanes_of(voters).map(|other| values[other]).reduce(|a, b| operation(a, b, 0));
                    out[lane] = u64::from(combined.unwrap_or(0) as u32);
                }
                warp.put(*to, lanes, &out);
            }
            _ => {}
        }
        Ok(())
    }
}

fn put(warp: &mut Warp, register: Option<usize>, lanes: u32, row: &Row) {
    if let Some(register) = register {
        warp.put(register, lanes, row);
    }
}

/// The lane a shuffle reads from, and whether that lane is inside the segment; if not, a lane reads itself.
fn source_lane(mode: ShuffleMode, lane: u32, distance: u32, limits: u32) -> (u32, bool) {
    let (distance, clamp, segment) = (distance & 0x1f, limits & 0x1f, limits >> 8 & 0x1f);
    let first = lane & segment;
    let last = first | clamp & !segment;
    let (from, inside) = match mode {
        ShuffleMode::Up => {
            let from = lane.wrapping_sub(distance) as i32;
            (from as u32, from >= last as i32)
        }
        ShuffleMode::Down => (lane + distance, lane + distance <= last),
        ShuffleMode::Butterfly => (lane ^ distance, (lane ^ distance) <= last),
        ShuffleMode::Index => {
            let from = first | distance & !segment;
            (from, from <= last)
        }
    };
    if inside { (from, true) } else { (lane, false) }
}
