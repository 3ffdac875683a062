//! From an instruction's text to its actions.

use super::body::Body;
use super::lexer::{Kind, Token};
use super::operands::{Operand, split};
use super::parser::Cursor;
use super::{Action, Guard, Opcode, Preset, PtxError, Register, Space, Type};
use crate::operations::{self, Operation};

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

    /// Some instructions become several: a guard that they overwrite is copied first.
    fn keep_guard(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
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
    fn compute(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
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
        self.emit(Action::Compute { operation, to, sources });
        Ok(())
    }

    fn setp(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
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

    fn mov(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
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

    /// `bfi` and `lop3`, whose fourth source is folded into the operation or into another source.
    fn packed_sources(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
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

    fn with_carry(&mut self, code: &Opcode<'a>, operands: &[&[Token<'a>]]) -> Result<(), PtxError> {
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

/// How many bits an element of a packed value has.
fn element_bits(kind: Type, elements: usize) -> Option<u32> {
    let bits = kind.size() as u32 * 8;
    (elements > 1 && bits > elements as u32 && bits.is_multiple_of(elements as u32))
        .then(|| bits / elements as u32)
}
