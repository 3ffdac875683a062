//! A block: its warps take turns, its barriers let them go on together.

use super::fault::{Fault, FaultKind, Trouble};
use super::launch::Launch;
use super::memory::Memory;
use super::random::Random;
use super::shared::SharedMemory;
use super::warp::{Dimensions, LaneTrouble, State, Waiting, Warp, lanes_of};
use crate::operations::LANES;
use crate::ptx::{BarrierKind, Kernel, Module};

/// Named barriers of a block.
const BARRIERS: u64 = 16;

pub(super) struct Block<'l> {
    pub launch: &'l Launch,
    pub module: &'l Module,
    pub kernel: &'l Kernel,
    pub dimensions: Dimensions,
    pub memory: &'l mut Memory,
    pub shared: SharedMemory,
    /// Counts barriers, through all blocks of the launch.
    pub epoch: u64,
    pub instructions: u64,
    /// Threads that arrived at each barrier without waiting.
    pub arrivals: [u32; BARRIERS as usize],
    /// The parameter read last: parameters themselves never change.
    pub parameter: [u8; 64],
    /// Which allocation each memory instruction found last.
    pub hints: Vec<usize>,
    warps: Vec<Warp>,
    coordinates: [u32; 3],
    random: Random,
}

impl<'l> Block<'l> {
    pub fn new(
        launch: &'l Launch,
        module: &'l Module,
        kernel: &'l Kernel,
        variables: &[u64],
        dimensions: Dimensions,
        memory: &'l mut Memory,
        random: Random,
    ) -> Self {
        let warps = dimensions.threads().div_ceil(LANES as u32);
        let mut shared: Vec<_> =
            kernel.shared.iter().map(|variable| (variable.offset, variable.offset + variable.size)).collect();
        if kernel.has_dynamic_shared {
            let start = kernel.dynamic_shared_offset();
            shared.push((start, start + launch.dynamic_shared));
        }
        Self {
            launch,
            module,
            kernel,
            dimensions,
            memory,
            shared: SharedMemory::new(shared),
            epoch: 0,
            instructions: 0,
            arrivals: [0; BARRIERS as usize],
            parameter: [0; 64],
            hints: vec![0; kernel.instructions.len()],
            warps: (0..warps).map(|number| Warp::new(kernel, number, &dimensions, variables)).collect(),
            coordinates: [0; 3],
            random,
        }
    }

    /// Runs the block of this number to its end.
    pub fn run(&mut self, number: u32) -> Result<(), Box<Fault>> {
        let [x, y, _] = self.dimensions.grid;
        self.coordinates = [number % x, number / x % y, number / x / y];
        self.epoch += 1;
        self.arrivals = [0; BARRIERS as usize];
        self.shared.begin_block(self.epoch);
        self.memory.begin_block(number);
        let mut warps = std::mem::take(&mut self.warps);
        for warp in &mut warps {
            warp.restart(self.kernel, self.coordinates);
        }
        let result = self.run_warps(&mut warps);
        self.warps = warps;
        result
    }

    fn run_warps(&mut self, warps: &mut [Warp]) -> Result<(), Box<Fault>> {
        let mut order: Vec<usize> = (0..warps.len()).collect();
        self.random.shuffle(&mut order);
        loop {
            let mut ran = false;
            for index in &order {
                let warp = &mut warps[*index];
                if warp.alive != 0 {
                    ran |= self.run_warp(warp)?;
                }
            }
            if warps.iter().all(|warp| warp.alive == 0) {
                return Ok(());
            }
            if self.instructions > self.launch.instruction_limit {
                let what = format!(
                    "more than {} instructions were executed: is this an endless loop?",
                    self.launch.instruction_limit
                );
                return Err(Box::new(self.fault(None, *Trouble::new(FaultKind::Endless, what))));
            }
            let released = self.release(warps)?;
            if !ran && !released {
                return Err(self.deadlock(warps));
            }
        }
    }

    /// Lets threads pass every barrier that all who must come have reached.
    fn release(&mut self, warps: &mut [Warp]) -> Result<bool, Box<Fault>> {
        let mut released = false;
        for number in 0..BARRIERS {
            let waiting = || {
                let groups = warps.iter().flat_map(|warp| warp.groups.iter().map(move |group| (warp, group)));
                groups.filter_map(|(warp, group)| match &group.state {
                    State::AtBarrier(waiting) if waiting.number == number => Some((warp, group, waiting)),
                    _ => None,
                })
            };
            let Some((_, first, asked)) = waiting().next() else { continue };
            let (first_at, kind, count) = (first.at, asked.kind, asked.count);
            let needed = count.unwrap_or(self.dimensions.threads());
            let arrived = self.arrivals[number as usize]
                + waiting().map(|(_, group, _)| group.lanes.count_ones()).sum::<u32>();
            let mixed = waiting().find(|(_, group, asked)| {
                asked.count != count || asked.kind != kind || count.is_none() && group.at != first_at
            });
            if arrived < needed && mixed.is_none() {
                continue;
            }
            if let Some((warp, group, _)) = mixed {
                let line = self.kernel.instructions[first_at].line;
                let what = format!(
                    "threads wait at barrier {number} here while others of the block wait for it at line {line}: every thread must come to the same one"
                );
                let place = Some((group.at, warp.first_thread + group.lanes.trailing_zeros()));
                return Err(Box::new(self.fault(place, *Trouble::new(FaultKind::DivergentBarrier, what))));
            }
            if arrived > needed {
                let what = format!("{arrived} threads came to barrier {number}, which is for {needed}");
                let trouble = Trouble::new(FaultKind::DivergentBarrier, what);
                return Err(Box::new(self.fault(Some((first_at, 0)), *trouble)));
            }
            let truths = waiting().map(|(_, _, asked)| asked.truths.count_ones()).sum::<u32>();
            let result = match kind {
                BarrierKind::CountTrue => truths,
                BarrierKind::AllTrue => u32::from(truths == needed),
                _ => u32::from(truths > 0),
            };
            pass(warps, number, result);
            self.arrivals[number as usize] = 0;
            self.epoch += 1;
            released = true;
        }
        Ok(released)
    }

    /// Nobody can go on: says who waits where, and for whom.
    fn deadlock(&self, warps: &[Warp]) -> Box<Fault> {
        let exited: u32 = warps.iter().map(|warp| (warp.lanes & !warp.alive).count_ones()).sum();
        let mut places = std::collections::BTreeMap::<u32, u32>::new();
        for group in warps.iter().flat_map(|warp| &warp.groups) {
            *places.entry(self.kernel.instructions[group.at].line).or_default() += group.lanes.count_ones();
        }
        let places: Vec<String> =
            places.iter().map(|(line, count)| format!("{count} wait at line {line}")).collect();
        let what = format!(
            "of {} threads of the block {}{}: whom they wait for never comes",
            self.dimensions.threads(),
            places.join(", "),
            if exited > 0 { format!(" and {exited} have exited") } else { String::new() }
        );
        let groups = || warps.iter().flat_map(|warp| warp.groups.iter().map(move |group| (warp, group)));
        let for_lanes = groups().find(|(_, group)| matches!(group.state, State::AtWarp { .. }));
        let kind = if for_lanes.is_some() { FaultKind::InactiveLane } else { FaultKind::DivergentBarrier };
        let stuck = for_lanes.or_else(|| groups().next());
        let place = stuck.map(|(warp, group)| (group.at, warp.first_thread + group.lanes.trailing_zeros()));
        Box::new(self.fault(place, *Trouble::new(kind, what)))
    }

    /// A fault of the instruction and thread given.
    pub fn fault(&self, place: Option<(usize, u32)>, trouble: Trouble) -> Fault {
        let line = place.map_or(0, |(at, _)| self.kernel.instructions[at].line);
        Fault {
            kernel: self.kernel.name.clone(),
            line,
            instruction: self.module.line(line).into(),
            block: Some(self.coordinates),
            thread: place.map(|(_, thread)| self.dimensions.thread(thread)),
            kind: trouble.kind,
            what: trouble.what,
        }
    }

    pub(super) fn lane_fault(
        &self,
        warp: &Warp,
        at: usize,
        lanes: u32,
        (lane, trouble): LaneTrouble,
    ) -> Box<Fault> {
        let lane = lane.map_or(lanes.trailing_zeros().min(31), |lane| lane as u32);
        Box::new(self.fault(Some((at, warp.first_thread + lane)), *trouble))
    }
}

/// Puts everyone who waits at this barrier behind it.
fn pass(warps: &mut [Warp], number: u64, result: u32) {
    for warp in warps {
        for index in 0..warp.groups.len() {
            let State::AtBarrier(Waiting { number: at, to, .. }) = warp.groups[index].state else { continue };
            if at != number {
                continue;
            }
            if let Some(to) = to {
                for lane in lanes_of(warp.groups[index].lanes) {
                    warp.registers[to][lane] = result.into();
                }
            }
            warp.groups[index].at += 1;
            warp.groups[index].state = State::Ready;
        }
    }
}
