//! Comparisons and choices: `setp`, `set`, `selp`, `slct`, `testp`.

use std::cmp::Ordering;

use super::rounding::{from_bf16, from_f16};
use super::{Operation, binary, f32_of, f64_of, flush, ternary, unary, unsupported};
use crate::ptx::{Opcode, Type};

const COMPARISONS: [&str; 18] = [
    "eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu",
    "num", "nan",
];

/// `combined`: the result is combined with a predicate, the third source.
pub(super) fn find(code: &Opcode<'_>, combined: bool) -> Result<Operation, String> {
    match code.name {
        "selp" => {
            code.kind()?;
            Ok(ternary(|a, b, choice| if choice & 1 == 1 { a } else { b }))
        }
        "slct" => select_by_sign(code),
        "testp" => test(code),
        _ => compare(code, combined),
    }
}

fn select_by_sign(code: &Opcode<'_>) -> Result<Operation, String> {
    let flushes = code.has("ftz");
    match code.kind()? {
        Type::S32 => Ok(ternary(|a, b, c| if c as i32 >= 0 { a } else { b })),
        Type::F32 => Ok(ternary(move |a, b, c| {
            let c = if flushes { flush(f32_of(c)) } else { f32_of(c) };
            if c >= 0.0 { a } else { b }
        })),
        other => unsupported(code, other),
    }
}

fn test(code: &Opcode<'_>) -> Result<Operation, String> {
    let property = code
        .one_of(&["finite", "infinite", "number", "notanumber", "normal", "subnormal"])
        .ok_or("it names no property")?;
    let kind = code.kind()?;
    let class = move |bits: u64| match kind {
        Type::F32 => f32_of(bits).classify(),
        _ => f64_of(bits).classify(),
    };
    use std::num::FpCategory::{Infinite, Nan, Normal, Subnormal, Zero};
    Ok(unary(move |a| {
        u64::from(match (property, class(a)) {
            ("finite", class) => !matches!(class, Infinite | Nan),
            ("infinite", class) => class == Infinite,
            ("number", class) => class != Nan,
            ("notanumber", class) => class == Nan,
            ("normal", class) => class == Normal,
            (_, class) => matches!(class, Subnormal) && class != Zero,
        })
    }))
}

fn compare(code: &Opcode<'_>, combined: bool) -> Result<Operation, String> {
    let comparison = code.one_of(&COMPARISONS).ok_or("it names no comparison")?;
    let logic = code.one_of(&["and", "or", "xor"]);
    if combined != logic.is_some() {
        return Err("a third source and .and, .or or .xor belong together".into());
    }
    let holds = relation(code, comparison)?;
    let (yes, no) = match (code.name, code.types().first()) {
        ("set", Some(Type::F32)) => (u64::from(1f32.to_bits()), 0),
        ("set", Some(_)) => (u64::from(u32::MAX), 0),
        _ => (1, 0),
    };
    let choose = move |holds: bool| if holds { yes } else { no };
    Ok(match logic {
        None => holds.operation(choose),
        Some("and") => ternary(move |a, b, c| choose(holds.of(a, b) && c & 1 == 1)),
        Some("or") => ternary(move |a, b, c| choose(holds.of(a, b) || c & 1 == 1)),
        Some(_) => ternary(move |a, b, c| choose(holds.of(a, b) != (c & 1 == 1))),
    })
}

/// A comparison of two numbers of one type.
#[derive(Clone, Copy)]
struct Relation {
    kind: Type,
    flush: bool,
    less: bool,
    equal: bool,
    greater: bool,
    unordered: bool,
}

fn relation(code: &Opcode<'_>, comparison: &str) -> Result<Relation, String> {
    let kind = code.kind()?;
    if matches!(kind, Type::F16x2 | Type::Bf16x2 | Type::B8 | Type::U8 | Type::S8 | Type::Pred) {
        return unsupported(code, kind);
    }
    let (less, equal, greater, unordered) = match comparison {
        "eq" => (false, true, false, false),
        "ne" => (true, false, true, false),
        "lt" | "lo" => (true, false, false, false),
        "le" | "ls" => (true, true, false, false),
        "gt" | "hi" => (false, false, true, false),
        "ge" | "hs" => (false, true, true, false),
        "equ" => (false, true, false, true),
        "neu" => (true, false, true, true),
        "ltu" => (true, false, false, true),
        "leu" => (true, true, false, true),
        "gtu" => (false, false, true, true),
        "geu" => (false, true, true, true),
        "num" => (true, true, true, false),
        _ => (false, false, false, true),
    };
    Ok(Relation { kind, flush: code.has("ftz"), less, equal, greater, unordered })
}

impl Relation {
    #[inline(always)]
    fn holds(&self, ordering: Option<Ordering>) -> bool {
        match ordering {
            Some(Ordering::Less) => self.less,
            Some(Ordering::Equal) => self.equal,
            Some(Ordering::Greater) => self.greater,
            None => self.unordered,
        }
    }

    #[inline(always)]
    fn of(&self, a: u64, b: u64) -> bool {
        let flush = |value: f32| if self.flush { flush(value) } else { value };
        self.holds(match self.kind {
            Type::F32 => flush(f32_of(a)).partial_cmp(&flush(f32_of(b))),
            Type::F64 => f64_of(a).partial_cmp(&f64_of(b)),
            Type::F16 => from_f16(a).partial_cmp(&from_f16(b)),
            Type::Bf16 => from_bf16(a).partial_cmp(&from_bf16(b)),
            Type::S32 => Some((a as i32).cmp(&(b as i32))),
            kind if kind.is_signed() => Some((kind.extend(a) as i64).cmp(&(kind.extend(b) as i64))),
            kind => Some(kind.extend(a).cmp(&kind.extend(b))),
        })
    }

    /// The comparison alone, with short loops for the types that loops count in.
    fn operation(self, choose: impl Fn(bool) -> u64 + Copy + Send + Sync + 'static) -> Operation {
        match self.kind {
            Type::S32 => binary(move |a, b| choose(self.holds(Some((a as i32).cmp(&(b as i32)))))),
            Type::U32 | Type::B32 => {
                binary(move |a, b| choose(self.holds(Some((a as u32).cmp(&(b as u32))))))
            }
            Type::F32 if !self.flush => {
                binary(move |a, b| choose(self.holds(f32_of(a).partial_cmp(&f32_of(b)))))
            }
            _ => binary(move |a, b| choose(self.of(a, b))),
        }
    }
}
