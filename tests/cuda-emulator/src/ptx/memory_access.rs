//! Loads, stores and atomics.

use super::body::Body;
use super::lexer::Token;
use super::operands::Operand;
use super::{Access, Action, Opcode, PtxError, Space, Type};
use crate::operations;

/// Modifiers about caches and ordering that change nothing here: every access is strong and seen at once.
const WITHOUT_EFFECT: [&str; 28] = [
    "volatile",
    "relaxed",
    "acquire",
    "release",
    "acq_rel",
    "weak",
    "cta",
    "gpu",
    "sys",
    "ca",
    "cg",
    "cs",
    "lu",
    "cv",
    "wb",
    "wt",
    "L1::evict_normal",
    "L1::evict_unchanged",
    "L1::evict_first",
    "L1::evict_last",
    "L1::no_allocate",
    "L2::cache_hint",
    "L2::64B",
    "L2::128B",
    "L2::256B",
    "mmio",
    "L2::evict_last",
    "L2::evict_first",
];

impl<'a> Body<'_, 'a> {
    pub(super) fn memory(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        for modifier in WITHOUT_EFFECT {
            code.has(modifier);
        }
        match (code.name, operands) {
            ("ld" | "ldu", [to, from]) => {
                let access = self.access(code, from)?;
                let elements = vector(code);
                let to = match self.operand(to, kind)? {
                    Operand::Register(register) if elements == 1 => vec![Some(register)],
                    Operand::Nothing if elements == 1 => vec![None],
                    Operand::List(list) if list.len() == elements => list,
                    _ => return Err(self.wrong_operands()),
                };
                self.emit(Action::Load { access, kind, to });
            }
            ("st", [to, from]) => {
                let access = self.access(code, to)?;
                let elements = vector(code);
                let from = match self.operand(from, kind)? {
                    Operand::Register(register) if elements == 1 => vec![register],
                    Operand::List(list) if list.len() == elements => {
                        list.into_iter().collect::<Option<_>>().ok_or_else(|| self.wrong_operands())?
                    }
                    _ => return Err(self.wrong_operands()),
                };
                self.emit(Action::Store { access, kind, from });
            }
            ("atom", [to, rest @ ..]) => {
                let to = match self.operand(to, kind)? {
                    Operand::Register(register) => Some(register),
                    Operand::Nothing => None,
                    _ => return Err(self.wrong_operands()),
                };
                self.atomic(code, kind, to, rest)?;
            }
            ("red", rest) => self.atomic(code, kind, None, rest)?,
            _ => return Err(self.wrong_operands()),
        }
        Ok(())
    }

    fn atomic(
        &mut self,
        code: &Opcode<'a>,
        kind: Type,
        to: Option<usize>,
        operands: &[&[Token<'a>]],
    ) -> Result<(), PtxError> {
        let operation = operations::atomic(code).map_err(|reason| self.error(reason))?;
        let (place, values) = operands.split_first().ok_or_else(|| self.wrong_operands())?;
        if values.len() != 1 + usize::from(code.has("cas")) {
            return Err(self.wrong_operands());
        }
        let access = self.access(code, place)?;
        let first = self.source(values[0], kind)?;
        let second = if values.len() == 2 { self.source(values[1], kind)? } else { first };
        self.emit(Action::Atomic { access, kind, operation, to, values: [first, second] });
        Ok(())
    }

    fn access(&mut self, code: &Opcode<'a>, tokens: &[Token<'a>]) -> Result<Access, PtxError> {
        let Operand::Address { base, offset, narrow, parameter, local } = self.operand(tokens, Type::U64)?
        else {
            return Err(self.error("expected an address in brackets".into()));
        };
        let space = match self.space(code) {
            // Parameters of a call are local memory of the thread that calls.
            Space::Parameter if local => Space::Local,
            Space::Generic if parameter => Space::Parameter,
            space => space,
        };
        // An address on the stack is never 32 bits wide here.
        Ok(Access { space, base, offset, narrow, read_only: code.has("nc") })
    }
}

fn vector(code: &Opcode<'_>) -> usize {
    match code.one_of(&["v2", "v4", "v8"]) {
        Some("v2") => 2,
        Some("v4") => 4,
        Some(_) => 8,
        None => 1,
    }
}
