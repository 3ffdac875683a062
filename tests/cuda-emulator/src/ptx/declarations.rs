//! Declarations of variables and parameters, and their initial values.

use super::lexer::{Kind, NumberKind};
use super::parser::Cursor;
use super::{PtxError, Relocation, Type, Variable};

/// The largest variable that is accepted: a broken number must not eat the memory.
const LARGEST: usize = 1 << 31;

/// `.align 4 .b8 name[76]`
#[derive(Clone, Debug)]
pub(super) struct Declaration<'a> {
    pub name: &'a str,
    pub kind: Type,
    pub align: usize,
    /// Bytes, or `None` for an array without a size.
    pub size: Option<usize>,
}

/// Declarations up to the closing parenthesis.
pub(super) fn list<'a>(cursor: &mut Cursor<'_, 'a>) -> Result<Vec<Declaration<'a>>, PtxError> {
    let mut found = Vec::new();
    if cursor.skip(')') {
        return Ok(found);
    }
    loop {
        found.push(one(cursor)?);
        if !cursor.skip(',') {
            cursor.expect(')')?;
            return Ok(found);
        }
    }
}

/// One declaration, behind its state space or with it.
pub(super) fn one<'a>(cursor: &mut Cursor<'_, 'a>) -> Result<Declaration<'a>, PtxError> {
    let mut kind = None;
    let mut align = None;
    let mut vector = 1;
    let mut is_pointer = false;
    while let Some(Kind::Dotted(word)) = cursor.peek() {
        cursor.at += 1;
        match word {
            // The alignment of what a pointer points to is no alignment of the parameter.
            "align" => {
                let value = cursor.integer()? as usize;
                if !value.is_power_of_two() || value > 4096 {
                    return Err(cursor.error(format!("{value} is no alignment")));
                }
                if !is_pointer {
                    align = Some(value);
                }
            }
            "ptr" => is_pointer = true,
            "v2" => vector = 2,
            "v4" => vector = 4,
            "param" | "global" | "shared" | "const" | "local" => {}
            "reg" => return Err(cursor.error("parameters in registers are not supported: use .param".into())),
            name => match Type::from_name(name) {
                Some(found) => kind = Some(found),
                None => return Err(cursor.error(format!("the type .{name} is not supported"))),
            },
        }
    }
    let kind = kind.ok_or_else(|| cursor.error("a declaration needs a type".into()))?;
    let name = cursor.word()?;
    let mut size = Some(kind.size() * vector);
    while cursor.skip('[') {
        if cursor.skip(']') {
            size = None;
            continue;
        }
        let length = cursor.integer()? as usize;
        cursor.expect(']')?;
        size = match size.map(|size| size.checked_mul(length)) {
            None => None,
            Some(Some(bytes)) if bytes <= LARGEST => Some(bytes),
            _ => return Err(cursor.error("this array is too large".into())),
        };
    }
    Ok(Declaration { name, kind, align: align.unwrap_or(kind.size() * vector), size })
}

/// The value behind `=`: a number, an address, or a list of them in braces.
pub(super) fn initial(
    cursor: &mut Cursor<'_, '_>,
    kind: Type,
    variable: &mut Variable,
) -> Result<(), PtxError> {
    if !cursor.skip('{') {
        return value(cursor, kind, variable);
    }
    while !cursor.skip('}') {
        if cursor.peek() == Some(Kind::Mark('{')) {
            initial(cursor, kind, variable)?;
        } else {
            value(cursor, kind, variable)?;
        }
        if !cursor.skip(',') && cursor.peek() != Some(Kind::Mark('}')) {
            return Err(cursor.error("expected `,` or `}` in an initial value".into()));
        }
    }
    Ok(())
}

fn value(cursor: &mut Cursor<'_, '_>, kind: Type, variable: &mut Variable) -> Result<(), PtxError> {
    let offset = variable.initial.len();
    let negative = cursor.skip('-');
    let bits = match cursor.peek() {
        Some(Kind::Number(bits, number)) => {
            cursor.at += 1;
            match (number, kind) {
                (NumberKind::Double, Type::F32) => {
                    let value = f64::from_bits(bits) as f32;
                    u64::from(if negative { -value } else { value }.to_bits())
                }
                (NumberKind::Double, _) if negative => (-f64::from_bits(bits)).to_bits(),
                (NumberKind::Integer, Type::F64) if negative => (-(bits as f64)).to_bits(),
                _ if negative => bits.wrapping_neg(),
                _ => bits,
            }
        }
        Some(Kind::Word(word)) if kind.size() == 8 => {
            cursor.at += 1;
            // The generic address of a variable in global memory is its address.
            let in_brackets = word == "generic";
            if in_brackets {
                cursor.expect('(')?;
            }
            let name = if in_brackets { cursor.word()? } else { word };
            if in_brackets {
                cursor.expect(')')?;
            }
            let addend = if cursor.skip('+') { cursor.integer()? as i64 } else { 0 };
            variable.relocations.push(Relocation { offset, variable: name.into(), addend });
            0
        }
        _ => return Err(cursor.error("this initial value is not supported".into())),
    };
    variable.initial.extend_from_slice(&bits.to_le_bytes()[..kind.size()]);
    Ok(())
}
