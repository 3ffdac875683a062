//! Instructions that become several: their results are two, their sources four, or their values packed.

use super::body::Body;
use super::lexer::{Kind, Token};
use super::operands::Operand;
use super::{Action, Guard, Opcode, Preset, PtxError, Type};
use crate::operations::{self, Operation};

impl<'a> Body<'_, 'a> {
    /// Some instructions become several: a guard that they overwrite is copied first.
    pub(super) fn keep_guard(
        &mut self,
        code: &Opcode<'a>,
        operands: &[&[Token<'a>]],
    ) -> Result<(), PtxError> {
        let Some(guard) = self.guard else { return Ok(()) };
        let Some([Token { kind: Kind::Word(first), .. }, rest @ ..]) = operands.first() else {
            return Ok(());
        };
        if code.name == "setp" && !rest.is_empty() && first.starts_with('%') {
            let copy = self.fresh();
            self.guard = None;
            self.copy(copy, guard.register);
            self.guard = Some(Guard { register: copy, ..guard });
        }
        Ok(())
    }

    pub(super) fn setp(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        let Operand::Pair(first, second) =
            self.operand(operands.first().ok_or_else(|| self.wrong_operands())?, Type::Pred)?
        else {
            return self.compute(code, operands);
        };
        let find =
            |this: &Self| operations::find(code, operands.len() - 1).map_err(|reason| this.error(reason));
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        let operation = find(self)?.ok_or_else(|| self.wrong_operands())?;
        let mut sources = [0; 3];
        for (index, operand) in operands[1..].iter().enumerate() {
            sources[index] = self.source(operand, kind)?;
        }
        // The second result is that of the opposite comparison, combined in the same way.
        let combined = operands.len() == 4;
        let (result, opposite) = (self.fresh(), self.fresh());
        self.emit(Action::Compute { operation: operation.clone(), to: result, sources });
        if combined {
            let neutral = if code.has("and") { 1 } else { 0 };
            let neutral = self.preset(Preset::Bits(neutral));
            let alone = self.fresh();
            self.emit(Action::Compute { operation, to: alone, sources: [sources[0], sources[1], neutral] });
            let combine: Operation = match code.one_of(&["and", "or", "xor"]) {
                Some("and") => operations::binary(|a, c| !a & c & 1),
                Some("or") => operations::binary(|a, c| (!a | c) & 1),
                _ => operations::binary(|a, c| (!a ^ c) & 1),
            };
            self.emit(Action::Compute { operation: combine, to: opposite, sources: [alone, sources[2], 0] });
        } else {
            self.emit(Action::Compute {
                operation: operations::unary(|a| !a & 1),
                to: opposite,
                sources: [result, 0, 0],
            });
        }
        for (to, from) in [(first, result), (second, opposite)] {
            if let Some(to) = to {
                self.copy(to, from);
            }
        }
        Ok(())
    }

    pub(super) fn mov(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        let [to, from] = operands[..] else { return Err(self.wrong_operands()) };
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        if let [Token { kind: Kind::Word("%clock" | "%clock64" | "%globaltimer" | "%clock_hi"), .. }] = from {
            let to = self.destination(to)?;
            self.emit(Action::Clock { to });
            return Ok(());
        }
        match (self.operand(to, kind)?, self.operand(from, kind)?) {
            (Operand::Register(to), Operand::Register(from)) => self.copy(to, from),
            (Operand::List(to), Operand::Register(from)) => {
                let bits = element_bits(kind, to.len()).ok_or_else(|| self.wrong_operands())?;
                // The source may be among the destinations.
                let whole = self.fresh();
                self.copy(whole, from);
                for (index, to) in
                    to.into_iter().enumerate().filter_map(|(index, to)| Some((index as u32, to?)))
                {
                    let operation = operations::unary(move |a| a >> (index * bits) & ((1 << bits) - 1));
                    self.emit(Action::Compute { operation, to, sources: [whole, 0, 0] });
                }
            }
            (Operand::Register(to), Operand::List(from)) => {
                let bits = element_bits(kind, from.len()).ok_or_else(|| self.wrong_operands())?;
                let whole = self.fresh();
                for (index, from) in from.into_iter().enumerate() {
                    let from = from.ok_or_else(|| self.wrong_operands())?;
                    let shift = index as u32 * bits;
                    let operation = operations::binary(move |a, before| {
                        (a & ((1 << bits) - 1)) << shift | if shift == 0 { 0 } else { before }
                    });
                    self.emit(Action::Compute { operation, to: whole, sources: [from, whole, 0] });
                }
                self.copy(to, whole);
            }
            _ => return Err(self.wrong_operands()),
        }
        Ok(())
    }

    /// `bfi` and `lop3`, whose fourth source is folded into the operation or into another source.
    pub(super) fn packed_sources(
        &mut self,
        code: &Opcode<'a>,
        operands: &[&[Token<'a>]],
    ) -> Result<(), PtxError> {
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        let [to, a, b, c, last] = operands[..] else { return Err(self.wrong_operands()) };
        let to = self.destination(to)?;
        let (a, b) = (self.source(a, kind)?, self.source(b, kind)?);
        let third = self.source(c, Type::U32)?;
        if code.name == "lop3" {
            let [Token { kind: Kind::Number(table, _), .. }] = last else {
                return Err(self.error("lop3 needs its table as a number".into()));
            };
            let operation = operations::lookup(*table as u8);
            self.emit(Action::Compute { operation, to, sources: [a, b, third] });
            return Ok(());
        }
        let length = self.source(last, Type::U32)?;
        let place = self.fresh();
        let join = operations::binary(|position, length| position & 0xff | (length & 0xff) << 32);
        self.emit(Action::Compute { operation: join, to: place, sources: [third, length, 0] });
        self.emit(Action::Compute { operation: operations::insert(kind), to, sources: [a, b, place] });
        Ok(())
    }

    pub(super) fn with_carry(
        &mut self,
        code: &Opcode<'a>,
        operands: &[&[Token<'a>]],
    ) -> Result<(), PtxError> {
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        let (reads, writes, carry) = (code.name.ends_with('c'), code.has("cc"), self.carry());
        let to = self.destination(operands.first().ok_or_else(|| self.wrong_operands())?)?;
        let mut sources = Vec::new();
        for operand in &operands[1..] {
            sources.push(self.source(operand, kind)?);
        }
        let (a, b) = match (code.name, &sources[..]) {
            ("mad" | "madc", &[a, b, c]) => {
                let half = if code.has("hi") { "hi" } else { "lo" };
                code.has(half);
                let name = match kind {
                    Type::S32 => "s32",
                    Type::U32 => "u32",
                    Type::S64 => "s64",
                    _ => "u64",
                };
                let multiply = operations::find(&Opcode::new("mul", vec![half, name]), 2);
                let operation =
                    multiply.map_err(|reason| self.error(reason))?.ok_or_else(|| self.wrong_operands())?;
                let product = self.fresh();
                self.emit(Action::Compute { operation, to: product, sources: [a, b, 0] });
                (product, c)
            }
            ("add" | "addc" | "sub" | "subc", &[a, b]) => (a, b),
            _ => return Err(self.wrong_operands()),
        };
        let subtract = code.name.starts_with("sub");
        let carry_in = if reads { carry } else { self.preset(Preset::Bits(0)) };
        let out = self.fresh();
        if writes {
            let operation = operations::carry_out(code, subtract).map_err(|reason| self.error(reason))?;
            self.emit(Action::Compute { operation, to: out, sources: [a, b, carry_in] });
        }
        let operation = operations::with_carry(code, subtract).map_err(|reason| self.error(reason))?;
        self.emit(Action::Compute { operation, to, sources: [a, b, carry_in] });
        if writes {
            self.copy(carry, out);
        }
        Ok(())
    }
}

/// How many bits an element of a packed value has.
fn element_bits(kind: Type, elements: usize) -> Option<u32> {
    let bits = kind.size() as u32 * 8;
    (elements > 1 && bits > elements as u32 && bits.is_multiple_of(elements as u32))
        .then(|| bits / elements as u32)
}
