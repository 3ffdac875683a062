//! The outer level of PTX text: version, target, variables, functions and kernels.

use std::collections::HashMap;

use super::body::{self, Symbol};
use super::declarations::{self, Declaration};
use super::lexer::{self, Kind, NumberKind, Token};
use super::{Kernel, Module, Parameter, PtxError, Variable};

/// A device function, kept as tokens: calls are expanded where they stand.
pub(super) struct Function<'a> {
    pub returns: Vec<Declaration<'a>>,
    pub parameters: Vec<Declaration<'a>>,
    pub body: std::ops::Range<usize>,
}

/// What is known of a module while it is parsed.
pub(super) struct Context<'a> {
    pub text: &'a str,
    pub tokens: Vec<Token<'a>>,
    pub module: Module,
    pub functions: HashMap<&'a str, Function<'a>>,
    /// Shared variables outside of kernels: size and alignment, no size if the launch gives it.
    pub shared: HashMap<&'a str, (Option<usize>, usize)>,
}

/// A place among tokens.
pub(super) struct Cursor<'t, 'a> {
    pub text: &'a str,
    pub tokens: &'t [Token<'a>],
    pub at: usize,
}

impl<'t, 'a> Cursor<'t, 'a> {
    pub fn peek(&self) -> Option<Kind<'a>> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    pub fn next(&mut self) -> Option<Kind<'a>> {
        self.at += 1;
        self.tokens.get(self.at - 1).map(|token| token.kind)
    }

    pub fn line(&self) -> u32 {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        token.map_or(1, |token| token.line)
    }

    pub fn skip(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(Kind::Mark(mark));
        self.at += usize::from(found);
        found
    }

    pub fn expect(&mut self, mark: char) -> Result<(), PtxError> {
        if self.skip(mark) { Ok(()) } else { Err(self.error(format!("expected `{mark}`"))) }
    }

    pub fn word(&mut self) -> Result<&'a str, PtxError> {
        match self.next() {
            Some(Kind::Word(word)) => Ok(word),
            _ => {
                self.at -= 1;
                Err(self.error("expected a name".into()))
            }
        }
    }

    pub fn integer(&mut self) -> Result<u64, PtxError> {
        let negative = self.skip('-');
        match self.next() {
            Some(Kind::Number(bits, NumberKind::Integer)) => {
                Ok(if negative { bits.wrapping_neg() } else { bits })
            }
            _ => {
                self.at -= 1;
                Err(self.error("expected a whole number".into()))
            }
        }
    }

    /// Skips the rest of the line: directives about source lines have no end mark.
    pub fn skip_line(&mut self) {
        let line = self.line();
        while self.at < self.tokens.len() && self.tokens[self.at].line == line {
            self.at += 1;
        }
    }

    /// The tokens between this brace and its partner; goes behind the partner.
    pub fn braces(&mut self) -> Result<std::ops::Range<usize>, PtxError> {
        self.expect('{')?;
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            match self.next() {
                Some(Kind::Mark('{')) => depth += 1,
                Some(Kind::Mark('}')) => depth -= 1,
                None => return Err(self.error("this brace is never closed".into())),
                _ => {}
            }
        }
        Ok(start..self.at - 1)
    }

    pub fn error(&self, reason: String) -> PtxError {
        PtxError::new(self.line(), self.text, reason)
    }
}

pub(super) fn parse(text: &str) -> Result<Module, PtxError> {
    let tokens = lexer::tokens(text)?;
    let lines = text.lines().map(str::to_owned).collect();
    let mut context = Context {
        text,
        tokens,
        module: Module { lines, ..Module::default() },
        functions: HashMap::new(),
        shared: HashMap::new(),
    };
    let tokens = std::mem::take(&mut context.tokens);
    let mut cursor = Cursor { text, tokens: &tokens, at: 0 };
    let mut kernels = Vec::new();
    while cursor.peek().is_some() {
        top_level(&mut cursor, &mut context, &mut kernels)?;
    }
    if context.module.version == 0 {
        return Err(PtxError::new(1, text, "there is no .version: is this PTX text?".into()));
    }
    check_relocations(&context)?;
    context.tokens = tokens;
    // Bodies come last: they may name functions and variables that are declared behind them.
    for (kernel, body) in kernels {
        let symbols = kernel
            .parameters
            .iter()
            .map(|parameter| (parameter.name.clone(), Symbol::Parameter(parameter.offset)))
            .collect();
        let kernel = body::compile(&context, kernel, symbols, body)?;
        context.module.kernels.push(kernel);
    }
    Ok(context.module)
}

fn top_level<'a>(
    cursor: &mut Cursor<'_, 'a>,
    context: &mut Context<'a>,
    kernels: &mut Vec<(Kernel, std::ops::Range<usize>)>,
) -> Result<(), PtxError> {
    match cursor.next() {
        Some(Kind::Dotted("version")) => match cursor.next() {
            Some(Kind::Number(bits, NumberKind::Double)) => {
                context.module.version = (f64::from_bits(bits) * 10.0).round() as u32;
            }
            _ => return Err(cursor.error("expected a version such as 7.8".into())),
        },
        Some(Kind::Dotted("target")) => {
            let name = cursor.word()?;
            let digits: String = name.chars().filter(char::is_ascii_digit).collect();
            context.module.target =
                digits.parse().map_err(|_| cursor.error(format!("unknown target {name}")))?;
            while cursor.skip(',') {
                cursor.word()?;
            }
        }
        Some(Kind::Dotted("address_size")) => {
            if cursor.integer()? != 64 {
                return Err(cursor.error("only addresses of 64 bits are supported".into()));
            }
        }
        Some(Kind::Dotted("file")) => {
            cursor.at -= 1;
            cursor.skip_line();
        }
        Some(Kind::Dotted("section")) => {
            while !matches!(cursor.peek(), Some(Kind::Mark('{')) | None) {
                cursor.at += 1;
            }
            cursor.braces()?;
        }
        Some(Kind::Dotted("visible" | "extern" | "weak" | "common")) => {}
        Some(Kind::Dotted("entry")) => kernels.push(kernel(cursor)?),
        Some(Kind::Dotted("func")) => function(cursor, context)?,
        Some(Kind::Dotted("global" | "const" | "shared")) => {
            cursor.at -= 1;
            variable(cursor, context)?;
        }
        Some(Kind::Dotted("pragma")) => while !cursor.skip(';') && cursor.next().is_some() {},
        // A stray `;` behind a prototype.
        Some(Kind::Mark(';')) => {}
        _ => {
            cursor.at -= 1;
            return Err(cursor.error("expected a directive such as .entry or .global".into()));
        }
    }
    Ok(())
}

fn kernel(cursor: &mut Cursor<'_, '_>) -> Result<(Kernel, std::ops::Range<usize>), PtxError> {
    let mut kernel = Kernel { name: cursor.word()?.into(), ..Kernel::default() };
    if cursor.skip('(') {
        for declaration in declarations::list(cursor)? {
            let offset = kernel.parameter_bytes().next_multiple_of(declaration.align);
            let size = declaration.size.ok_or_else(|| cursor.error("a parameter needs a size".into()))?;
            kernel.parameters.push(Parameter { name: declaration.name.into(), offset, size });
        }
    }
    while let Some(Kind::Dotted(directive)) = cursor.peek() {
        cursor.at += 1;
        match directive {
            "maxntid" | "reqntid" => {
                let mut threads = cursor.integer()?;
                while cursor.skip(',') {
                    threads = threads.saturating_mul(cursor.integer()?);
                }
                kernel.max_threads = Some(threads.min(u64::from(u32::MAX)) as u32);
            }
            "minnctapersm" | "maxnctapersm" | "maxnreg" => {
                cursor.integer()?;
            }
            "noreturn" => {}
            "pragma" => while !cursor.skip(';') && cursor.next().is_some() {},
            other => return Err(cursor.error(format!("the directive .{other} is not supported"))),
        }
    }
    Ok((kernel, cursor.braces()?))
}

fn function<'a>(cursor: &mut Cursor<'_, 'a>, context: &mut Context<'a>) -> Result<(), PtxError> {
    let returns = if cursor.skip('(') { declarations::list(cursor)? } else { Vec::new() };
    let name = cursor.word()?;
    let parameters = if cursor.skip('(') { declarations::list(cursor)? } else { Vec::new() };
    while let Some(Kind::Dotted("noreturn" | "pragma")) = cursor.peek() {
        cursor.at += 1;
    }
    // A prototype alone says nothing: what it promises is found, or missed, where it is called.
    if cursor.skip(';') || cursor.peek() != Some(Kind::Mark('{')) {
        return Ok(());
    }
    let body = cursor.braces()?;
    context.functions.insert(name, Function { returns, parameters, body });
    Ok(())
}

fn variable<'a>(cursor: &mut Cursor<'_, 'a>, context: &mut Context<'a>) -> Result<(), PtxError> {
    let Some(Kind::Dotted(space)) = cursor.next() else {
        return Err(cursor.error("expected a space".into()));
    };
    loop {
        let declaration = declarations::one(cursor)?;
        if space == "shared" {
            context.shared.insert(declaration.name, (declaration.size, declaration.align));
        } else {
            let mut variable = Variable {
                name: declaration.name.into(),
                align: declaration.align,
                is_constant: space == "const",
                ..Variable::default()
            };
            if cursor.skip('=') {
                declarations::initial(cursor, declaration.kind, &mut variable)?;
            }
            let written = variable.initial.len();
            variable.size = declaration.size.unwrap_or(written);
            if written > variable.size {
                return Err(cursor.error(format!("{written} bytes for a variable of {}", variable.size)));
            }
            context.module.variables.push(variable);
        }
        if !cursor.skip(',') {
            return cursor.expect(';');
        }
    }
}

fn check_relocations(context: &Context<'_>) -> Result<(), PtxError> {
    let known = |name: &str| context.module.variables.iter().any(|variable| variable.name == name);
    let all = context.module.variables.iter().flat_map(|variable| &variable.relocations);
    match all.map(|relocation| &relocation.variable).find(|name| !known(name)) {
        Some(name) => Err(PtxError::new(
            1,
            context.text,
            format!("an initial value names `{name}`, which is not there"),
        )),
        None => Ok(()),
    }
}
