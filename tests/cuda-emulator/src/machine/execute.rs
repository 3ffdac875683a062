//! Runs a warp until it has to wait: one instruction after the other, each for all its active lanes.

use super::block::Block;
use super::fault::{Fault, FaultKind, Trouble};
use super::warp::{Group, LaneTrouble, State, Waiting, Warp, lanes_of};
use crate::operations::LANES;
use crate::ptx::{Action, BarrierKind, Instruction};

/// Instructions a warp runs before the others have their turn: a warp that waits for another by looking must end.
const TURN: u32 = 1 << 14;

/// Where a group stands after an instruction.
enum Flow {
    Next,
    Jump(usize),
    /// The group is gone or waits: the warp chooses anew.
    Choose,
}

impl Block<'_> {
    /// Runs a warp; `false` if all its threads wait.
    pub(super) fn run_warp(&mut self, warp: &mut Warp) -> Result<bool, Box<Fault>> {
        let mut left = TURN;
        let mut ran = false;
        while left > 0 {
            warp.wake_satisfied();
            let Some((index, ahead)) = warp.next_group() else { break };
            ran = true;
            self.run_group(warp, index, ahead, &mut left)?;
        }
        Ok(ran)
    }

    /// Runs a group until it meets the next one ahead, waits or ends.
    fn run_group(
        &mut self,
        warp: &mut Warp,
        index: usize,
        ahead: usize,
        left: &mut u32,
    ) -> Result<(), Box<Fault>> {
        let kernel = self.kernel;
        let Group { mut at, lanes, .. } = warp.groups[index];
        while at < ahead && *left > 0 {
            *left -= 1;
            let instruction = &kernel.instructions[at];
            let active = match instruction.guard {
                Some(guard) => lanes & warp.truths(guard.register, guard.negated),
                None => lanes,
            };
            if active == 0 {
                at += 1;
                continue;
            }
            self.instructions += u64::from(active.count_ones());
            if let Action::Compute { operation, to, sources: [a, b, c] } = &instruction.action {
                let mut out = [0; LANES];
                operation(&mut out, &warp.registers[*a], &warp.registers[*b], &warp.registers[*c]);
                warp.put(*to, active, &out);
                at += 1;
                continue;
            }
            if active != lanes && instruction.action.moves_control() {
                // The others go on alone; where they stand is decided before the active lanes move.
                warp.groups[index].at = at + 1;
                warp.groups[index].lanes = lanes & !active;
                warp.groups.push(Group { at, lanes: active, state: State::Ready });
                let alone = warp.groups.len() - 1;
                let flow = self.step(warp, alone, at, active, instruction);
                let flow = flow.map_err(|trouble| self.lane_fault(warp, at, active, trouble))?;
                self.settle(warp, alone, at, flow);
                return Ok(());
            }
            match self.step(warp, index, at, active, instruction) {
                Ok(Flow::Next) => at += 1,
                Ok(Flow::Jump(target)) => at = target,
                Ok(Flow::Choose) => return Ok(()),
                Err(trouble) => return Err(self.lane_fault(warp, at, active, trouble)),
            }
        }
        warp.groups[index].at = at;
        Ok(())
    }

    fn settle(&mut self, warp: &mut Warp, index: usize, at: usize, flow: Flow) {
        match flow {
            Flow::Next => warp.groups[index].at = at + 1,
            Flow::Jump(target) => warp.groups[index].at = target,
            Flow::Choose => {}
        }
    }

    /// One instruction that is no pure computation. `Choose` means that the groups have been rearranged.
    fn step(
        &mut self,
        warp: &mut Warp,
        index: usize,
        at: usize,
        lanes: u32,
        instruction: &Instruction,
    ) -> Result<Flow, LaneTrouble> {
        match &instruction.action {
            Action::Load { access, kind, to } => self.load(warp, at, lanes, access, *kind, to)?,
            Action::Store { access, kind, from } => self.store(warp, at, lanes, access, *kind, from)?,
            Action::Atomic { access, kind, operation, to, values } => {
                self.atomic(warp, at, lanes, access, *kind, operation, *to, *values)?;
            }
            Action::Branch { target } => return Ok(Flow::Jump(*target)),
            Action::BranchTable { index: table, targets } => {
                return branch_table(warp, index, lanes, *table, targets).map(|()| Flow::Choose);
            }
            Action::Exit => {
                warp.alive &= !lanes;
                warp.groups.swap_remove(index);
                return Ok(Flow::Choose);
            }
            Action::Barrier { .. } => return self.arrive(warp, index, at, lanes, &instruction.action),
            Action::Fence => self.memory.fence(),
            Action::ActiveMask { to } => warp.put(*to, lanes, &[lanes.into(); LANES]),
            Action::Clock { to } => warp.put(*to, lanes, &[self.instructions; LANES]),
            Action::Trap { assertion } => {
                let (kind, what) = match assertion {
                    true => (FaultKind::Assertion, "an assertion of the kernel failed"),
                    false => (FaultKind::Trap, "the kernel executed a trap"),
                };
                return Err((None, Trouble::new(kind, what)));
            }
            Action::Nothing | Action::Compute { .. } => {}
            Action::Shuffle { members, .. }
            | Action::Vote { members, .. }
            | Action::Match { members, .. }
            | Action::Reduce { members, .. }
            | Action::WarpBarrier { members } => {
                let needed = needed(warp, lanes, *members)?;
                if needed & warp.alive & !lanes != 0 {
                    return Ok(wait_for_lanes(warp, index, at, lanes, needed));
                }
                self.together(warp, lanes, &instruction.action)?;
            }
        }
        Ok(Flow::Next)
    }

    fn arrive(
        &mut self,
        warp: &mut Warp,
        index: usize,
        at: usize,
        lanes: u32,
        action: &Action,
    ) -> Result<Flow, LaneTrouble> {
        let Action::Barrier { kind, number, count, aligned, to, predicate } = action else {
            return Ok(Flow::Next);
        };
        let first = lanes.trailing_zeros() as usize;
        let divergent = |what: String| (None, Trouble::new(FaultKind::DivergentBarrier, what));
        let number = u64::from(warp.registers[*number][first] as u32);
        if number >= 16 {
            return Err(divergent(format!("there is no barrier number {number}: a block has 16")));
        }
        let count = count.map(|count| warp.registers[count][first] as u32);
        if count.is_some_and(|count| count == 0 || count % LANES as u32 != 0) {
            return Err(divergent(format!("a barrier for {count:?} threads: it must be a multiple of 32")));
        }
        let waits_for_all = count.is_none() && *kind != BarrierKind::Arrive;
        // With all threads asked for, lanes that come late are found when nobody can go on.
        if *aligned && lanes != warp.alive && !waits_for_all {
            return Err(divergent(
                "only some lanes of a warp came to a barrier that all must reach together".into(),
            ));
        }
        if *kind == BarrierKind::Arrive {
            self.arrivals[number as usize] += lanes.count_ones();
            return Ok(Flow::Next);
        }
        let truths = predicate.map_or(0, |guard| lanes & warp.truths(guard.register, guard.negated));
        let waiting = Waiting { number, count, kind: *kind, to: *to, truths };
        let here = warp.groups.iter().position(|group| {
            group.at == at && matches!(&group.state, State::AtBarrier(other) if other.number == number && other.count == count)
        });
        if let Some(other) = here {
            warp.groups[other].lanes |= lanes;
            if let State::AtBarrier(other) = &mut warp.groups[other].state {
                other.truths |= truths;
            }
            warp.groups.swap_remove(index);
        } else {
            warp.groups[index] = Group { at, lanes, state: State::AtBarrier(waiting) };
        }
        Ok(Flow::Choose)
    }
}

/// The lanes that an instruction for several lanes names, all of which must come.
fn needed(warp: &Warp, lanes: u32, members: usize) -> Result<u32, LaneTrouble> {
    let mut needed = 0;
    for lane in lanes_of(lanes) {
        let mask = warp.registers[members][lane] as u32;
        if mask >> lane & 1 == 0 {
            let what =
                format!("lane {lane} is not among the lanes {mask:#010x} that its own instruction names");
            return Err((Some(lane), Trouble::new(FaultKind::InactiveLane, what)));
        }
        needed |= mask;
    }
    Ok(needed)
}

fn wait_for_lanes(warp: &mut Warp, index: usize, at: usize, lanes: u32, needed: u32) -> Flow {
    let here =
        warp.groups.iter().position(|group| group.at == at && matches!(group.state, State::AtWarp { .. }));
    match here {
        // Together they try again.
        Some(other) if other != index => {
            warp.groups[other].lanes |= lanes;
            warp.groups[other].state = State::Ready;
            warp.groups.swap_remove(index);
        }
        _ => warp.groups[index] = Group { at, lanes, state: State::AtWarp { needed } },
    }
    Flow::Choose
}

fn branch_table(
    warp: &mut Warp,
    index: usize,
    lanes: u32,
    table: usize,
    targets: &[usize],
) -> Result<(), LaneTrouble> {
    let mut groups: Vec<Group> = Vec::new();
    for lane in lanes_of(lanes) {
        let entry = warp.registers[table][lane] as u32;
        let Some(target) = targets.get(entry as usize) else {
            let what = format!("entry {entry} of a table of {} branch targets", targets.len());
            return Err((Some(lane), Trouble::new(FaultKind::InvalidBranch, what)));
        };
        match groups.iter_mut().find(|group| group.at == *target) {
            Some(group) => group.lanes |= 1 << lane,
            None => groups.push(Group { at: *target, lanes: 1 << lane, state: State::Ready }),
        }
    }
    warp.groups.swap_remove(index);
    warp.groups.append(&mut groups);
    Ok(())
}
