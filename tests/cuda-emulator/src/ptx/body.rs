//! The body of a kernel: scopes, registers, labels, and calls expanded in place.

use std::collections::HashMap;
use std::ops::Range;

use super::declarations;
use super::fusing::Products;
use super::lexer::Kind;
use super::parser::{Context, Cursor};
use super::{Action, Guard, Instruction, Kernel, Preset, PtxError, Register, Type};

/// What a name stands for inside a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Symbol {
    Register(Register, Type),
    Shared(usize),
    DynamicShared,
    Local(usize),
    /// A parameter of the kernel.
    Parameter(usize),
}

/// The deepest chain of calls that is expanded; more is taken for a recursion.
const DEEPEST_CALL: usize = 24;
/// The most instructions a kernel may become by expanding calls.
const MOST_INSTRUCTIONS: usize = 2_000_000;
/// The most registers of a kernel: a broken number must not eat the memory.
const MOST_REGISTERS: usize = 1 << 20;

/// A kernel being built.
pub(super) struct Body<'c, 'a> {
    pub context: &'c Context<'a>,
    pub kernel: Kernel,
    pub scopes: Vec<HashMap<String, Symbol>>,
    presets: HashMap<Preset, Register>,
    /// The carry flag, once an instruction uses it.
    carry: Option<Register>,
    /// Labels and branches of each function being expanded, innermost last.
    pub frames: Vec<Frame<'a>>,
    pub line: u32,
    pub guard: Option<Guard>,
    pub products: Products,
}

/// A function, or the kernel itself, while its statements are read.
#[derive(Default)]
pub(super) struct Frame<'a> {
    pub labels: HashMap<&'a str, usize>,
    pub tables: HashMap<&'a str, Vec<&'a str>>,
    /// Branches whose targets are known only at the end: instruction, label, line.
    pub branches: Vec<(usize, Target<'a>, u32)>,
    pub last_label: &'a str,
}

/// Where a branch goes.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    Label(&'a str),
    Table(&'a str),
    End,
}

/// Decodes a kernel's body.
pub(super) fn compile<'a>(
    context: &Context<'a>,
    kernel: Kernel,
    symbols: HashMap<String, Symbol>,
    body: Range<usize>,
) -> Result<Kernel, PtxError> {
    let mut builder = Body {
        context,
        kernel,
        scopes: vec![symbols],
        presets: HashMap::new(),
        carry: None,
        frames: Vec::new(),
        line: 1,
        guard: None,
        products: Products::default(),
    };
    builder.function(body)?;
    builder.guard = None;
    builder.emit(Action::Exit);
    let mut presets: Vec<_> =
        builder.presets.into_iter().map(|(preset, register)| (register, preset)).collect();
    presets.sort_by_key(|(register, _)| *register);
    builder.kernel.presets = presets;
    Ok(builder.kernel)
}

impl<'a> Body<'_, 'a> {
    pub fn function(&mut self, body: Range<usize>) -> Result<(), PtxError> {
        if self.frames.len() >= DEEPEST_CALL {
            return Err(self.error("calls nest too deeply: recursion is not supported".into()));
        }
        self.frames.push(Frame::default());
        let context = self.context;
        let mut cursor = Cursor { text: context.text, tokens: &context.tokens[..body.end], at: body.start };
        while cursor.peek().is_some() {
            self.line = cursor.line();
            self.statement(&mut cursor)?;
            if self.kernel.instructions.len() > MOST_INSTRUCTIONS {
                return Err(self.error("expanding its calls makes this kernel too large".into()));
            }
        }
        self.resolve()
    }

    fn statement(&mut self, cursor: &mut Cursor<'_, 'a>) -> Result<(), PtxError> {
        match cursor.next() {
            Some(Kind::Mark('{')) => self.scopes.push(HashMap::new()),
            Some(Kind::Mark('}')) => {
                self.scopes.pop();
                if self.scopes.is_empty() {
                    return Err(self.error("a brace is closed that was never opened".into()));
                }
            }
            Some(Kind::Mark(';')) => {}
            Some(Kind::Word(label)) if cursor.peek() == Some(Kind::Mark(':')) => {
                cursor.at += 1;
                self.products.clear();
                let here = self.kernel.instructions.len();
                let frame = self.frame();
                frame.last_label = label;
                if frame.labels.insert(label, here).is_some() {
                    return Err(self.error(format!("the label {label} is there twice")));
                }
            }
            Some(Kind::Dotted(directive)) => self.directive(directive, cursor)?,
            Some(Kind::Word(_) | Kind::Mark('@')) => {
                cursor.at -= 1;
                self.instruction(cursor)?;
            }
            _ => return Err(self.error("expected an instruction, a label or a directive".into())),
        }
        Ok(())
    }

    fn directive(&mut self, directive: &str, cursor: &mut Cursor<'_, 'a>) -> Result<(), PtxError> {
        match directive {
            "loc" | "file" => {
                cursor.at -= 1;
                cursor.skip_line();
            }
            "reg" => self.registers(cursor)?,
            "shared" => {
                let declaration = declarations::one(cursor)?;
                let symbol = match declaration.size {
                    Some(size) => {
                        Symbol::Shared(self.kernel.add_shared(declaration.name, size, declaration.align))
                    }
                    None => self.dynamic_shared(),
                };
                self.define(declaration.name, symbol);
                cursor.expect(';')?;
            }
            "local" | "param" => {
                let declaration = declarations::one(cursor)?;
                let size = declaration.size.ok_or_else(|| self.error("local memory needs a size".into()))?;
                let offset = self.kernel.local_bytes.next_multiple_of(declaration.align);
                self.kernel.local_bytes = offset + size;
                self.define(declaration.name, Symbol::Local(offset));
                cursor.expect(';')?;
            }
            "branchtargets" => {
                let mut labels = vec![cursor.word()?];
                while cursor.skip(',') {
                    labels.push(cursor.word()?);
                }
                cursor.expect(';')?;
                let frame = self.frame();
                frame.tables.insert(frame.last_label, labels);
            }
            "callprototype" | "calltargets" | "pragma" => {
                while !cursor.skip(';') && cursor.next().is_some() {}
            }
            other => return Err(self.error(format!("the directive .{other} is not supported"))),
        }
        Ok(())
    }

    fn registers(&mut self, cursor: &mut Cursor<'_, 'a>) -> Result<(), PtxError> {
        let Some(Kind::Dotted(name)) = cursor.next() else {
            return Err(self.error("expected a type".into()));
        };
        let kind =
            Type::from_name(name).ok_or_else(|| self.error(format!("the type .{name} is not supported")))?;
        loop {
            let name = cursor.word()?;
            if cursor.skip('<') {
                let count = cursor.integer()? as usize;
                cursor.expect('>')?;
                if count.saturating_add(self.kernel.registers) > MOST_REGISTERS {
                    return Err(self.error("these are too many registers".into()));
                }
                for number in 0..count {
                    let register = self.fresh();
                    self.define(&format!("{name}{number}"), Symbol::Register(register, kind));
                }
            } else {
                let register = self.fresh();
                self.define(name, Symbol::Register(register, kind));
            }
            if !cursor.skip(',') {
                return cursor.expect(';');
            }
        }
    }

    pub fn remember(&mut self, target: Target<'a>) {
        let (at, line) = (self.kernel.instructions.len() - 1, self.line);
        self.frame().branches.push((at, target, line));
    }

    pub fn frame(&mut self) -> &mut Frame<'a> {
        self.frames.last_mut().expect("statements are read inside of a function")
    }

    pub fn emit(&mut self, action: Action) {
        self.products.forget(&action);
        self.kernel.instructions.push(Instruction { line: self.line, guard: self.guard, action });
    }

    pub fn fresh(&mut self) -> Register {
        self.kernel.registers += 1;
        self.kernel.registers - 1
    }

    /// The register that holds this value from the start.
    pub fn preset(&mut self, preset: Preset) -> Register {
        if let Some(register) = self.presets.get(&preset) {
            return *register;
        }
        let register = self.fresh();
        self.presets.insert(preset, register);
        register
    }

    pub fn carry(&mut self) -> Register {
        if self.carry.is_none() {
            self.carry = Some(self.fresh());
        }
        self.carry.unwrap_or_default()
    }

    pub fn define(&mut self, name: &str, symbol: Symbol) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), symbol);
        }
    }

    pub fn dynamic_shared(&mut self) -> Symbol {
        self.kernel.has_dynamic_shared = true;
        Symbol::DynamicShared
    }

    pub fn symbol(&mut self, name: &str) -> Option<Symbol> {
        if let Some(symbol) = self.scopes.iter().rev().find_map(|scope| scope.get(name)) {
            return Some(*symbol);
        }
        // Shared variables of the module take room only in the kernels that name them.
        let (size, align) = *self.context.shared.get(name)?;
        let Some(size) = size else { return Some(self.dynamic_shared()) };
        let placed = self.kernel.shared.iter().find(|variable| variable.name == name);
        let offset = placed.map(|variable| variable.offset);
        Some(Symbol::Shared(offset.unwrap_or_else(|| self.kernel.add_shared(name, size, align))))
    }

    pub fn error(&self, reason: String) -> PtxError {
        PtxError::new(self.line, self.context.text, reason)
    }
}
