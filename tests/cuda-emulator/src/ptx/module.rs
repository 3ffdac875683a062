//! A parsed module: its kernels and its variables.

use super::{Instruction, PtxError, Register};

/// PTX text, parsed and decoded.
#[derive(Debug, Default)]
pub struct Module {
    /// The PTX version, times ten: 78 for 7.8.
    pub version: u32,
    /// The target's compute capability, times ten: 60 for sm_60.
    pub target: u32,
    pub kernels: Vec<Kernel>,
    pub variables: Vec<Variable>,
    /// The text's lines, for messages.
    pub lines: Vec<String>,
}

/// A kernel, ready to run.
#[derive(Clone, Debug, Default)]
pub struct Kernel {
    pub name: String,
    pub parameters: Vec<Parameter>,
    pub instructions: Vec<Instruction>,
    /// How many registers a thread has.
    pub registers: usize,
    /// What registers hold before the first instruction.
    pub presets: Vec<(Register, Preset)>,
    /// Shared variables of fixed size, with gaps between them that nothing may touch.
    pub shared: Vec<SharedVariable>,
    /// Bytes of local memory of a thread.
    pub local_bytes: usize,
    /// Where shared memory of a size given at launch begins, if there is any.
    pub has_dynamic_shared: bool,
    /// The largest block the kernel was compiled for, if it says so.
    pub max_threads: Option<u32>,
}

/// A parameter of a kernel: where it lies among the parameters' bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub offset: usize,
    pub size: usize,
}

/// A variable in shared memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedVariable {
    pub name: String,
    pub offset: usize,
    pub size: usize,
}

/// A value a register has from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    Bits(u64),
    /// The address of a variable of the module, plus an offset.
    Variable(usize, i64),
    /// An address in the shared memory whose size the launch gives.
    DynamicShared(i64),
    Special(Special),
}

/// A special register that does not change while a thread runs; the number is the axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Special {
    Thread(u8),
    BlockSize(u8),
    Block(u8),
    GridSize(u8),
    Lane,
    Warp,
    Warps,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    DynamicShared,
    TotalShared,
    /// Registers that are zero here: the multiprocessor, the grid, a cluster's rank.
    Zero,
}

/// A variable in global or constant memory.
#[derive(Clone, Debug, Default)]
pub struct Variable {
    pub name: String,
    pub size: usize,
    pub align: usize,
    /// Its first bytes; the rest is zero.
    pub initial: Vec<u8>,
    pub relocations: Vec<Relocation>,
    pub is_constant: bool,
}

/// An address of another variable inside an initial value.
#[derive(Clone, Debug)]
pub struct Relocation {
    pub offset: usize,
    pub variable: String,
    pub addend: i64,
}

/// Bytes between two shared variables, so that running over the end of one is seen.
const SHARED_GAP: usize = 64;

impl Module {
    /// Parses PTX text.
    ///
    /// ```
    /// let module = ferrolab_cuda_emulator::Module::parse(
    ///     ".version 7.8\n.target sm_60\n.address_size 64\n.visible .entry nothing() { ret; }",
    /// )?;
    /// assert_eq!(module.kernels[0].name, "nothing");
    /// # Ok::<(), ferrolab_cuda_emulator::PtxError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, PtxError> {
        super::parser::parse(text)
    }

    /// The kernel of this name.
    pub fn kernel(&self, name: &str) -> Option<&Kernel> {
        self.kernels.iter().find(|kernel| kernel.name == name)
    }

    /// The text of a line, without the blanks around it.
    pub fn line(&self, number: u32) -> &str {
        self.lines.get((number as usize).wrapping_sub(1)).map_or("", |line| line.trim())
    }
}

impl Kernel {
    /// Bytes of all parameters.
    pub fn parameter_bytes(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.offset + parameter.size).max().unwrap_or(0)
    }

    /// Bytes of shared memory of fixed size, as the driver counts them: without the gaps.
    pub fn static_shared_bytes(&self) -> usize {
        self.shared.iter().map(|variable| variable.size).sum()
    }

    /// Where shared memory of dynamic size begins.
    pub fn dynamic_shared_offset(&self) -> usize {
        self.shared
            .iter()
            .map(|variable| variable.offset + variable.size + SHARED_GAP)
            .max()
            .unwrap_or(0)
            .next_multiple_of(128)
    }

    pub(super) fn add_shared(&mut self, name: &str, size: usize, align: usize) -> usize {
        let end = self
            .shared
            .iter()
            .map(|variable| variable.offset + variable.size + SHARED_GAP)
            .max()
            .unwrap_or(0);
        let offset = end.next_multiple_of(align.max(1));
        self.shared.push(SharedVariable { name: name.into(), offset, size });
        offset
    }
}
