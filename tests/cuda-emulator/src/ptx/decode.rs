//! From an instruction's text to its actions.

use super::body::Body;
use super::lexer::{Kind, Token};
use super::operands::{Operand, split};
use super::parser::Cursor;
use super::{Action, Guard, Opcode, PtxError, Register, Space, Type};
use crate::operations;

/// Generic addresses of shared memory, local memory and the kernel's parameters begin here.
pub(crate) const SHARED_WINDOW: u64 = 1 << 56;
pub(crate) const LOCAL_WINDOW: u64 = 2 << 56;
pub(crate) const PARAMETER_WINDOW: u64 = 3 << 56;
pub(crate) const WINDOW_MASK: u64 = 0xff << 56;

impl<'a> Body<'_, 'a> {
    /// Decodes the instruction up to its semicolon.
    pub fn instruction(&mut self, cursor: &mut Cursor<'_, 'a>) -> Result<(), PtxError> {
        self.guard = None;
        if cursor.skip('@') {
            let negated = cursor.skip('!');
            let register = self.register(cursor.word()?)?;
            self.guard = Some(Guard { register, negated });
        }
        let name = cursor.word()?;
        let mut modifiers = Vec::new();
        while let Some(Kind::Dotted(modifier)) = cursor.peek() {
            modifiers.push(modifier);
            cursor.at += 1;
        }
        if modifiers.len() > 16 {
            return Err(self.error("these are too many modifiers".into()));
        }
        let start = cursor.at;
        while !matches!(cursor.peek(), Some(Kind::Mark(';'))) {
            if cursor.next().is_none() {
                return Err(self.error("this instruction has no semicolon".into()));
            }
        }
        let operands = split(&cursor.tokens[start..cursor.at]);
        cursor.at += 1;
        let code = Opcode::new(name, modifiers);
        self.keep_guard(&code, &operands)?;
        self.decode(&code, &operands)?;
        self.guard = None;
        match code.unseen() {
            Some(modifier) => Err(self.error(format!("`{name}` with .{modifier} is not supported"))),
            None => Ok(()),
        }
    }

    fn decode(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        match code.name {
            "mov" => self.mov(code, operands),
            "ld" | "ldu" | "st" | "atom" | "red" => self.memory(code, operands),
            "cvta" => self.cvta(code, operands),
            "isspacep" => self.is_space(code, operands),
            "bra" => {
                code.has("uni");
                match self.single(operands, Type::B32)? {
                    Operand::Name(label) => self.branch(label),
                    _ => return Err(self.error("a branch needs a label".into())),
                }
                Ok(())
            }
            "brx" => {
                code.has("idx");
                code.has("uni");
                let [index, table] = operands[..] else { return Err(self.wrong_operands()) };
                match (self.operand(index, Type::U32)?, self.operand(table, Type::B32)?) {
                    (Operand::Register(index), Operand::Name(table)) => self.branch_table(index, table),
                    _ => return Err(self.error("brx.idx needs a register and a list of labels".into())),
                }
                Ok(())
            }
            "call" => self.decode_call(code, operands),
            "ret" => {
                code.has("uni");
                self.leave();
                Ok(())
            }
            "exit" => {
                self.emit(Action::Exit);
                Ok(())
            }
            "trap" | "brkpt" => {
                self.emit(Action::Trap { assertion: false });
                Ok(())
            }
            "membar" | "fence" => {
                for modifier in ["gl", "cta", "sys", "sc", "acq_rel", "gpu", "level", "proxy", "cluster"] {
                    code.has(modifier);
                }
                self.emit(Action::Fence);
                Ok(())
            }
            "nanosleep" | "prefetch" | "prefetchu" | "pmevent" => {
                while let Some(modifier) = code.unseen() {
                    code.has(modifier);
                }
                self.emit(Action::Nothing);
                Ok(())
            }
            "bar" | "barrier" => self.barrier(code, operands),
            "shfl" | "vote" | "match" | "activemask" | "redux" => self.warp_wide(code, operands),
            "setp" => self.setp(code, operands),
            "bfi" | "lop3" => self.packed_sources(code, operands),
            "addc" | "subc" | "madc" => self.with_carry(code, operands),
            "add" | "sub" | "mad" if code.has("cc") => self.with_carry(code, operands),
            _ => self.compute(code, operands),
        }
    }

    /// Any instruction that is a pure function of its registers.
    pub(super) fn compute(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        if operands.is_empty() {
            return Err(self.error(format!("the instruction `{}` is not known", code.name)));
        }
        let operation = operations::find(code, operands.len() - 1).map_err(|reason| self.error(reason))?;
        let operation =
            operation.ok_or_else(|| self.error(format!("the instruction `{}` is not known", code.name)))?;
        let to = self.destination(operands[0])?;
        // Shift amounts, places of bits and choices are not of the instruction's type.
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        let mut sources = [0; 3];
        for (index, operand) in operands[1..].iter().enumerate() {
            sources[index] = self.source(operand, kind)?;
        }
        let (operation, sources) = self.products.fuse(code, sources).unwrap_or((operation, sources));
        self.emit(Action::Compute { operation, to, sources });
        if self.guard.is_none() && operations::as_hardware_may() {
            self.products.add(code, to, sources);
        }
        Ok(())
    }

    fn cvta(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        let [to, from] = operands[..] else { return Err(self.wrong_operands()) };
        let kind = code.kind().map_err(|reason| self.error(reason))?;
        let back = code.has("to");
        let window = window(self.space(code));
        let operation = match back {
            true if window != 0 => operations::unary(|a| a & !WINDOW_MASK),
            true => operations::unary(|a| a),
            false => operations::unary(move |a| a | window),
        };
        let (to, from) = (self.destination(to)?, self.source(from, kind)?);
        self.emit(Action::Compute { operation, to, sources: [from, 0, 0] });
        Ok(())
    }

    fn is_space(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        let [to, from] = operands[..] else { return Err(self.wrong_operands()) };
        let window = window(self.space(code));
        let (to, from) = (self.destination(to)?, self.source(from, Type::U64)?);
        let operation = operations::unary(move |a| u64::from(a & WINDOW_MASK == window));
        self.emit(Action::Compute { operation, to, sources: [from, 0, 0] });
        Ok(())
    }

    fn decode_call(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
        code.has("uni");
        let mut read = Vec::new();
        for operand in operands {
            read.push(self.operand(operand, Type::B64)?);
        }
        let (returns, rest) = match read.split_first() {
            Some((Operand::Names(returns), rest)) => (returns.clone(), rest),
            _ => (Vec::new(), &read[..]),
        };
        match rest {
            [Operand::Name(name)] => self.call(name, &returns, &[]),
            [Operand::Name(name), Operand::Names(arguments), ..] => self.call(name, &returns, arguments),
            _ => Err(self.error("calls through a register are not supported".into())),
        }
    }

    pub(super) fn copy(&mut self, to: Register, from: Register) {
        self.emit(Action::Compute { operation: operations::unary(|a| a), to, sources: [from, 0, 0] });
    }

    /// The state space an instruction names; generic if it names none.
    pub(super) fn space(&self, code: &Opcode<'_>) -> Space {
        let names = ["global", "shared", "shared::cta", "local", "param", "param::entry", "const"];
        match code.one_of(&names) {
            Some("global") => Space::Global,
            Some("shared" | "shared::cta") => Space::Shared,
            Some("local") => Space::Local,
            Some("param" | "param::entry") => Space::Parameter,
            Some(_) => Space::Constant,
            None => Space::Generic,
        }
    }

    pub(super) fn destination(&mut self, tokens: &[Token<'a>]) -> Result<Register, PtxError> {
        match self.operand(tokens, Type::B64)? {
            Operand::Register(register) => Ok(register),
            Operand::Nothing => Ok(self.fresh()),
            _ => Err(self.error("expected a register to write to".into())),
        }
    }

    /// A register to read; a negated predicate is negated into a new one.
    pub(super) fn source(&mut self, tokens: &[Token<'a>], kind: Type) -> Result<Register, PtxError> {
        match self.operand(tokens, kind)? {
            Operand::Register(register) => Ok(register),
            Operand::Negated(register) => {
                let to = self.fresh();
                self.emit(Action::Compute {
                    operation: operations::unary(|a| !a & 1),
                    to,
                    sources: [register, 0, 0],
                });
                Ok(to)
            }
            Operand::Name(name) => Err(self.error(format!("`{name}` is not declared"))),
            _ => Err(self.error("expected a register or a number".into())),
        }
    }

    pub(super) fn single(&mut self, operands: &[&[Token<'a>]], kind: Type) -> Result<Operand<'a>, PtxError> {
        match operands {
            [operand] => self.operand(operand, kind),
            _ => Err(self.wrong_operands()),
        }
    }

    pub(super) fn wrong_operands(&self) -> PtxError {
        self.error("the operands do not fit the instruction".into())
    }
}

fn window(space: Space) -> u64 {
    match space {
        Space::Shared => SHARED_WINDOW,
        Space::Local => LOCAL_WINDOW,
        Space::Parameter => PARAMETER_WINDOW,
        _ => 0,
    }
}
