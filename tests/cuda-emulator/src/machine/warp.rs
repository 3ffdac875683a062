//! A warp: 32 lanes that run in groups of equal position and come together again as early as they can.

use super::fault::Trouble;
use crate::operations::{LANES, Row};
use crate::ptx::{BarrierKind, Kernel, Preset, Special};

/// Lanes that stand at the same instruction.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub at: usize,
    pub lanes: u32,
    pub state: State,
}

/// What a group is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    /// Waits for lanes of its warp.
    AtWarp {
        needed: u32,
    },
    /// Waits for threads of its block.
    AtBarrier(Waiting),
}

/// What a group that waits at a barrier asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub number: u64,
    /// How many threads must come; every thread of the block if not said.
    pub count: Option<u32>,
    pub kind: BarrierKind,
    pub to: Option<usize>,
    /// The lanes whose predicate is true, for reductions.
    pub truths: u32,
}

#[derive(Debug)]
pub(super) struct Warp {
    pub registers: Vec<Row>,
    pub groups: Vec<Group>,
    /// The lanes that have a thread.
    pub lanes: u32,
    /// The lanes that have not exited.
    pub alive: u32,
    /// The number of its first thread in the block.
    pub first_thread: u32,
    /// Counts its barriers, for races between lanes.
    pub phase: u64,
    pub local: Vec<u8>,
}

/// The dimensions of a launch, as special registers show them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dimensions {
    pub grid: [u32; 3],
    pub block: [u32; 3],
    pub dynamic_shared: u32,
    pub total_shared: u32,
}

impl Dimensions {
    pub fn threads(&self) -> u32 {
        self.block.iter().product()
    }

    /// The coordinates of a thread of a block.
    pub fn thread(&self, number: u32) -> [u32; 3] {
        let [x, y, _] = self.block;
        [number % x, number / x % y, number / x / y]
    }
}

impl Warp {
    pub fn new(kernel: &Kernel, number: u32, dimensions: &Dimensions, variables: &[u64]) -> Self {
        let first_thread = number * LANES as u32;
        let threads = (dimensions.threads() - first_thread).min(LANES as u32);
        let lanes = if threads == 32 { u32::MAX } else { (1 << threads) - 1 };
        let mut warp = Self {
            registers: vec![[0; LANES]; kernel.registers.max(1)],
            groups: Vec::new(),
            lanes,
            alive: lanes,
            first_thread,
            phase: 0,
            local: vec![0xff; kernel.local_bytes * LANES],
        };
        for (register, preset) in &kernel.presets {
            warp.registers[*register] = match *preset {
                Preset::Bits(bits) => [bits; LANES],
                Preset::Variable(index, addend) => [variables[index].wrapping_add_signed(addend); LANES],
                Preset::DynamicShared(addend) => {
                    [(kernel.dynamic_shared_offset() as u64).wrapping_add_signed(addend); LANES]
                }
                Preset::Special(special) => {
                    std::array::from_fn(|lane| special_value(special, lane as u32, number, dimensions))
                }
            };
        }
        warp
    }

    /// Puts every thread at the first instruction of a new block.
    pub fn restart(&mut self, kernel: &Kernel, block: [u32; 3]) {
        self.alive = self.lanes;
        self.groups.clear();
        self.groups.push(Group { at: 0, lanes: self.lanes, state: State::Ready });
        for (register, preset) in &kernel.presets {
            if let Preset::Special(Special::Block(axis)) = preset {
                self.registers[*register] = [block[*axis as usize].into(); LANES];
            }
        }
        self.local.fill(0xff);
    }

    /// Joins groups that stand together and finds the one that is furthest behind.
    /// Returns its index and the position of the next one ahead.
    pub fn next_group(&mut self) -> Option<(usize, usize)> {
        let mut index = 0;
        while index < self.groups.len() {
            let group = &self.groups[index];
            let earlier = self.groups[..index].iter().position(|other| {
                other.at == group.at && other.state == State::Ready && group.state == State::Ready
            });
            match earlier {
                Some(earlier) => {
                    let group = self.groups.swap_remove(index);
                    self.groups[earlier].lanes |= group.lanes;
                }
                None => index += 1,
            }
        }
        let ready = |(_, group): &(usize, &Group)| group.state == State::Ready;
        let (chosen, group) =
            self.groups.iter().enumerate().filter(ready).min_by_key(|(_, group)| group.at)?;
        let others = self.groups.iter().enumerate().filter(ready).filter(|(index, _)| *index != chosen);
        let _ = group;
        Some((chosen, others.map(|(_, group)| group.at).min().unwrap_or(usize::MAX)))
    }

    /// Wakes groups whose missing lanes have exited.
    pub fn wake_satisfied(&mut self) {
        let alive = self.alive;
        for group in &mut self.groups {
            if let State::AtWarp { needed } = group.state
                && needed & alive & !group.lanes == 0
            {
                group.state = State::Ready;
            }
        }
    }

    pub fn put(&mut self, register: usize, lanes: u32, row: &Row) {
        if lanes == u32::MAX {
            self.registers[register] = *row;
        } else {
            let target = &mut self.registers[register];
            for lane in lanes_of(lanes) {
                target[lane] = row[lane];
            }
        }
    }

    /// The lanes among these whose predicate is true.
    #[inline]
    pub fn truths(&self, register: usize, negated: bool) -> u32 {
        let mut truths = 0;
        for (lane, value) in self.registers[register].iter().enumerate() {
            truths |= ((*value & 1) as u32) << lane;
        }
        if negated { !truths } else { truths }
    }
}

/// The numbers of the lanes in a mask.
#[inline]
pub(super) fn lanes_of(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lane = mask.trailing_zeros();
        mask &= mask.wrapping_sub(1);
        (lane < 32).then_some(lane as usize)
    })
}

/// A trouble and the lane it happened in, if it was one.
pub(super) type LaneTrouble = (Option<usize>, Box<Trouble>);

fn special_value(special: Special, lane: u32, warp: u32, dimensions: &Dimensions) -> u64 {
    let value = match special {
        Special::Thread(axis) => dimensions.thread(warp * LANES as u32 + lane)[axis as usize],
        Special::BlockSize(axis) => dimensions.block[axis as usize],
        Special::GridSize(axis) => dimensions.grid[axis as usize],
        Special::Block(_) | Special::Zero => 0,
        Special::Lane => lane,
        Special::Warp => warp,
        Special::Warps => dimensions.threads().div_ceil(LANES as u32),
        Special::Less => (1 << lane) - 1,
        Special::LessOrEqual => (2u64 << lane).wrapping_sub(1) as u32,
        Special::Greater => !(2u64 << lane).wrapping_sub(1) as u32,
        Special::GreaterOrEqual => !((1 << lane) - 1),
        Special::Equal => 1 << lane,
        Special::DynamicShared => dimensions.dynamic_shared,
        Special::TotalShared => dimensions.total_shared,
    };
    value.into()
}
