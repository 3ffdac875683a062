//! A launch: its limits, its blocks in a shuffled order, its report.

use super::block::Block;
use super::fault::{Fault, FaultKind, Trouble};
use super::memory::Memory;
use super::random::Random;
use super::warp::Dimensions;
use crate::ptx::{Kernel, Module};

/// The most shared memory of a block that a kernel may ask for.
pub const MOST_SHARED: usize = 99 * 1024;
/// Shared memory of a block that a kernel may use without asking for more.
pub const MOST_SHARED_BY_DEFAULT: usize = 48 * 1024;
/// Threads of a block at most.
const MOST_THREADS: u64 = 1024;

/// What a launch is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Blocks in each direction.
    pub grid: [u32; 3],
    /// Threads of a block in each direction.
    pub block: [u32; 3],
    /// Bytes of shared memory beside the kernel's own variables.
    pub dynamic_shared: usize,
    /// How much dynamic shared memory the kernel was allowed.
    pub most_dynamic_shared: usize,
    /// The parameters' bytes, laid out as the kernel declares them.
    pub parameters: Vec<u8>,
    /// Decides the order of blocks and warps.
    pub seed: u64,
    /// Lane instructions after which the kernel is taken to be endless.
    pub instruction_limit: u64,
}

impl Default for Launch {
    fn default() -> Self {
        Self {
            grid: [1; 3],
            block: [1; 3],
            dynamic_shared: 0,
            most_dynamic_shared: MOST_SHARED_BY_DEFAULT,
            parameters: Vec::new(),
            seed: 0,
            instruction_limit: 20_000_000_000,
        }
    }
}

/// What a launch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaunchReport {
    /// Instructions executed, counted once a lane.
    pub instructions: u64,
}

impl Launch {
    /// Whether the device and the kernel allow these dimensions.
    pub fn check(&self, kernel: &Kernel) -> Result<(), Box<Trouble>> {
        let wrong = |what: String| Err(Trouble::new(FaultKind::InvalidLaunch, what));
        let threads: u64 = self.block.iter().map(|size| u64::from(*size)).product();
        if self.block.contains(&0) || self.grid.contains(&0) {
            return wrong(format!("a grid of {:?} blocks of {:?} threads is empty", self.grid, self.block));
        }
        if threads > MOST_THREADS || self.block[2] > 64 {
            return wrong(format!(
                "{threads} threads a block ({:?}): at most 1024, 64 of them in z, are allowed",
                self.block
            ));
        }
        if self.grid[0] > i32::MAX as u32 || self.grid[1] > 65535 || self.grid[2] > 65535 {
            return wrong(format!(
                "a grid of {:?}: at most [2147483647, 65535, 65535] is allowed",
                self.grid
            ));
        }
        if let Some(most) = kernel.max_threads.filter(|most| threads > u64::from(*most)) {
            return wrong(format!("{threads} threads a block: the kernel was compiled for at most {most}"));
        }
        if self.grid.iter().map(|size| u64::from(*size)).product::<u64>() > 1 << 30 {
            return wrong(format!("a grid of {:?} is too large to emulate", self.grid));
        }
        let shared = kernel.static_shared_bytes();
        if self.dynamic_shared > self.most_dynamic_shared.min(MOST_SHARED)
            || (self.most_dynamic_shared <= MOST_SHARED_BY_DEFAULT
                && shared + self.dynamic_shared > MOST_SHARED_BY_DEFAULT)
            || shared + self.dynamic_shared > MOST_SHARED
        {
            return wrong(format!(
                "{} bytes of dynamic shared memory beside {shared} of the kernel's own: {} and {MOST_SHARED_BY_DEFAULT} in all are allowed, \
                 up to {MOST_SHARED} if the function's attribute asks for it",
                self.dynamic_shared, self.most_dynamic_shared
            ));
        }
        if self.parameters.len() != kernel.parameter_bytes() {
            return wrong(format!(
                "{} bytes of parameters, but the kernel takes {}",
                self.parameters.len(),
                kernel.parameter_bytes()
            ));
        }
        Ok(())
    }

    /// Runs every block. `variables` are the addresses of the module's variables.
    pub fn run(
        &self,
        module: &Module,
        kernel: &Kernel,
        variables: &[u64],
        memory: &mut Memory,
    ) -> Result<LaunchReport, Box<Fault>> {
        self.check(kernel).map_err(|trouble| Box::new(Fault::outside(&kernel.name, *trouble)))?;
        let blocks: u32 = self.grid.iter().product();
        let mut random = Random::new(self.seed);
        let mut order: Vec<u32> = (0..blocks).collect();
        random.shuffle(&mut order);
        let dimensions = Dimensions {
            grid: self.grid,
            block: self.block,
            dynamic_shared: self.dynamic_shared as u32,
            total_shared: (kernel.static_shared_bytes() + self.dynamic_shared) as u32,
        };
        memory.begin_launch(blocks);
        let mut block = Block::new(self, module, kernel, variables, dimensions, memory, random);
        for number in order {
            block.run(number)?;
        }
        Ok(LaunchReport { instructions: block.instructions })
    }
}
