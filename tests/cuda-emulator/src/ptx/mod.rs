//! PTX text to a form that runs fast: registers as numbers, instructions decoded once.

mod body;
mod declarations;
mod decode;
mod flow;
mod fusing;
mod instruction;
mod lexer;
mod memory_access;
mod module;
mod opcode;
mod operands;
mod parser;
mod several;
mod types;
mod warp_wide;

pub(crate) use decode::{LOCAL_WINDOW, PARAMETER_WINDOW, SHARED_WINDOW, WINDOW_MASK};
pub use instruction::{
    Access, Action, BarrierKind, Guard, Instruction, Register, ShuffleMode, Space, VoteMode,
};
pub use module::{Kernel, Module, Parameter, Preset, Relocation, SharedVariable, Special, Variable};
pub use opcode::Opcode;
pub use types::Type;

/// Why PTX text was not accepted: the line, what stands there, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("PTX line {line}, `{text}`: {reason}")]
pub struct PtxError {
    /// The line, counted from 1.
    pub line: u32,
    /// That line's text.
    pub text: String,
    /// What was expected or is not supported.
    pub reason: String,
}

impl PtxError {
    pub(crate) fn new(line: u32, source: &str, reason: String) -> Self {
        let text = source.lines().nth(line.max(1) as usize - 1).unwrap_or("").trim();
        Self { line, text: text.chars().take(200).collect(), reason }
    }
}
