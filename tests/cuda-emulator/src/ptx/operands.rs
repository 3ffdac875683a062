//! Operands of instructions: registers, numbers, addresses, lists.

use super::body::{Body, Symbol};
use super::lexer::{Kind, NumberKind, Token};
use super::{Preset, PtxError, Register, Special, Type};

/// An operand whose values are in registers.
#[derive(Clone, Debug)]
pub(super) enum Operand<'a> {
    Register(Register),
    /// `!%p`
    Negated(Register),
    /// `%p|%q`
    Pair(Option<Register>, Option<Register>),
    /// `{a, b}`; `None` for `_`.
    List(Vec<Option<Register>>),
    /// `[base + offset]`: a register or a constant, and whether it is 32 bits wide.
    Address {
        base: Register,
        offset: i64,
        narrow: bool,
        parameter: bool,
        local: bool,
    },
    /// `_`
    Nothing,
    /// A label or a function.
    Name(&'a str),
    /// `(a, b)`
    Names(Vec<&'a str>),
}

/// Splits tokens at the commas outside of brackets.
pub(super) fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    if tokens.is_empty() {
        return Vec::new();
    }
    let (mut depth, mut start, mut parts) = (0i32, 0, Vec::new());
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Mark('[' | '{' | '(') => depth += 1,
            Kind::Mark(']' | '}' | ')') => depth -= 1,
            Kind::Mark(',') if depth == 0 => {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts
}

impl<'a> Body<'_, 'a> {
    /// Reads an operand; numbers are taken as `kind`.
    pub fn operand(&mut self, tokens: &[Token<'a>], kind: Type) -> Result<Operand<'a>, PtxError> {
        let kinds: Vec<Kind<'a>> = tokens.iter().map(|token| token.kind).collect();
        match kinds[..] {
            [Kind::Word("_")] => Ok(Operand::Nothing),
            [Kind::Mark('!'), Kind::Word(name)] => Ok(Operand::Negated(self.register(name)?)),
            [Kind::Word(a), Kind::Mark('|'), Kind::Word(b)] => {
                let of = |body: &mut Self, name| {
                    if name == "_" { Ok(None) } else { body.register(name).map(Some) }
                };
                Ok(Operand::Pair(of(self, a)?, of(self, b)?))
            }
            [Kind::Mark('{'), .., Kind::Mark('}')] => {
                let mut list = Vec::new();
                for part in split(&tokens[1..tokens.len() - 1]) {
                    list.push(match self.operand(part, kind)? {
                        Operand::Register(register) => Some(register),
                        Operand::Nothing => None,
                        _ => return Err(self.error("expected registers between the braces".into())),
                    });
                }
                Ok(Operand::List(list))
            }
            [Kind::Mark('['), .., Kind::Mark(']')] => self.address(&kinds[1..kinds.len() - 1]),
            [Kind::Mark('('), .., Kind::Mark(')')] => {
                let words = kinds.iter().filter_map(|kind| match kind {
                    Kind::Word(name) => Some(*name),
                    _ => None,
                });
                Ok(Operand::Names(words.collect()))
            }
            _ => match self.value(&kinds, kind)? {
                Some(register) => Ok(Operand::Register(register)),
                None => match kinds[..] {
                    [Kind::Word(name)] => Ok(Operand::Name(name)),
                    _ => Err(self.error("this operand is not understood".into())),
                },
            },
        }
    }

    /// A register that holds the value of a register, a special register, a number or a variable's address.
    fn value(&mut self, kinds: &[Kind<'a>], kind: Type) -> Result<Option<Register>, PtxError> {
        let preset = match *kinds {
            [Kind::Word("WARP_SZ")] => Preset::Bits(32),
            [Kind::Number(bits, number)] => Preset::Bits(self.number(bits, number, false, kind)?),
            [Kind::Mark('-'), Kind::Number(bits, number)] => {
                Preset::Bits(self.number(bits, number, true, kind)?)
            }
            [Kind::Word(name)] if name.starts_with('%') => {
                if let Some(Symbol::Register(register, _)) = self.symbol(name) {
                    return Ok(Some(register));
                }
                Preset::Special(special(name, "").ok_or_else(|| self.unknown(name))?)
            }
            [Kind::Word(name), Kind::Dotted(axis)] => {
                Preset::Special(special(name, axis).ok_or_else(|| self.unknown(name))?)
            }
            [Kind::Word(name), ref rest @ ..] => {
                let Some(addend) = offset(rest) else { return Ok(None) };
                match self.symbol(name) {
                    Some(Symbol::Register(register, _)) if addend == 0 => return Ok(Some(register)),
                    _ => match self.place(name, addend) {
                        Some(preset) => preset,
                        None => return Ok(None),
                    },
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(self.preset(preset)))
    }

    /// The address of a variable in its own space.
    fn place(&mut self, name: &str, addend: i64) -> Option<Preset> {
        if let Some(symbol) = self.symbol(name) {
            let offset = match symbol {
                Symbol::Shared(offset) | Symbol::Local(offset) | Symbol::Parameter(offset) => offset,
                Symbol::DynamicShared => return Some(Preset::DynamicShared(addend)),
                Symbol::Register(..) => return None,
            };
            return Some(Preset::Bits((offset as u64).wrapping_add_signed(addend)));
        }
        let variables = &self.context.module.variables;
        variables
            .iter()
            .position(|variable| variable.name == name)
            .map(|index| Preset::Variable(index, addend))
    }

    fn address(&mut self, kinds: &[Kind<'a>]) -> Result<Operand<'a>, PtxError> {
        let address = |base, offset, narrow, parameter, local| {
            Ok(Operand::Address { base, offset, narrow, parameter, local })
        };
        match *kinds {
            [Kind::Number(bits, NumberKind::Integer)] => {
                let base = self.preset(Preset::Bits(bits));
                address(base, 0, false, false, false)
            }
            [Kind::Word(name), ref rest @ ..] => {
                let addend =
                    offset(rest).ok_or_else(|| self.error("this address is not understood".into()))?;
                let symbol = self.symbol(name);
                if let Some(Symbol::Register(register, kind)) = symbol {
                    return address(register, addend, kind.size() == 4, false, false);
                }
                let preset = self.place(name, addend).ok_or_else(|| self.unknown(name))?;
                let base = self.preset(preset);
                let (parameter, local) =
                    (matches!(symbol, Some(Symbol::Parameter(_))), matches!(symbol, Some(Symbol::Local(_))));
                address(base, 0, false, parameter, local)
            }
            _ => Err(self.error("this address is not understood".into())),
        }
    }

    fn number(&self, bits: u64, number: NumberKind, negative: bool, kind: Type) -> Result<u64, PtxError> {
        Ok(match (number, kind) {
            (NumberKind::Integer, _) if !kind.is_float() => {
                if negative {
                    bits.wrapping_neg()
                } else {
                    bits
                }
            }
            (NumberKind::Integer, _) => {
                return Err(self.error("a float is written with a point or as 0f or 0d".into()));
            }
            (NumberKind::Single, _) => bits ^ if negative { 1 << 31 } else { 0 },
            (NumberKind::Double, Type::F32) => {
                let value = f64::from_bits(bits) as f32;
                u64::from(if negative { -value } else { value }.to_bits())
            }
            (NumberKind::Double, _) => bits ^ if negative { 1 << 63 } else { 0 },
        })
    }

    /// The register of this name.
    pub fn register(&mut self, name: &str) -> Result<Register, PtxError> {
        match self.symbol(name) {
            Some(Symbol::Register(register, _)) => Ok(register),
            _ => Err(self.error(format!("`{name}` is no register"))),
        }
    }

    fn unknown(&self, name: &str) -> PtxError {
        self.error(format!("`{name}` is not declared"))
    }
}

/// What follows a name in an address: nothing, `+4`, `+-4` or `-4`.
fn offset(kinds: &[Kind<'_>]) -> Option<i64> {
    match *kinds {
        [] => Some(0),
        [Kind::Mark('+'), Kind::Number(bits, NumberKind::Integer)] => Some(bits as i64),
        [Kind::Mark('+'), Kind::Mark('-'), Kind::Number(bits, NumberKind::Integer)]
        | [Kind::Mark('-'), Kind::Number(bits, NumberKind::Integer)] => Some((bits as i64).wrapping_neg()),
        _ => None,
    }
}

fn special(name: &str, axis: &str) -> Option<Special> {
    let axis = match axis {
        "x" => Some(0),
        "y" => Some(1),
        "z" => Some(2),
        _ => None,
    };
    Some(match (name, axis) {
        ("%tid", Some(axis)) => Special::Thread(axis),
        ("%ntid", Some(axis)) => Special::BlockSize(axis),
        ("%ctaid", Some(axis)) => Special::Block(axis),
        ("%nctaid", Some(axis)) => Special::GridSize(axis),
        ("%laneid", None) => Special::Lane,
        ("%warpid", None) => Special::Warp,
        ("%nwarpid", None) => Special::Warps,
        ("%lanemask_lt", None) => Special::Less,
        ("%lanemask_le", None) => Special::LessOrEqual,
        ("%lanemask_gt", None) => Special::Greater,
        ("%lanemask_ge", None) => Special::GreaterOrEqual,
        ("%lanemask_eq", None) => Special::Equal,
        ("%dynamic_smem_size", None) => Special::DynamicShared,
        ("%total_smem_size", None) => Special::TotalShared,
        ("%smid" | "%gridid" | "%cluster_ctarank", None) => Special::Zero,
        _ => return None,
    })
}
