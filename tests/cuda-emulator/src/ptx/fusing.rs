//! Products that an assembler may put together with the sum behind them: `mul.f32` and `add.f32` leave that to it, `mul.rn.f32` does not.
//!
//! NVIDIA's assembler does so where it likes; here all are fused, or, as a rule, none.

use std::collections::HashMap;

use super::{Action, Opcode, Register, Type};
use crate::operations::{self, Operation};

/// The products of instructions that follow each other without a label between, and their factors, which still hold the same values.
#[derive(Default)]
pub(super) struct Products(HashMap<Register, [Register; 2]>);

/// Whether the assembler is free to round otherwise.
fn is_free(code: &Opcode<'_>, name: &str) -> bool {
    let said = ["rn", "rz", "rm", "rp", "ftz", "sat"];
    code.name == name && matches!(code.kind(), Ok(Type::F32)) && !said.iter().any(|said| code.has(said))
}

impl Products {
    /// Somebody may come from elsewhere.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A product has been emitted.
    pub fn add(&mut self, code: &Opcode<'_>, to: Register, [a, b, _]: [Register; 3]) {
        if is_free(code, "mul") && to != a && to != b {
            self.0.insert(to, [a, b]);
        }
    }

    /// What an instruction writes is not what it was.
    pub fn forget(&mut self, action: &Action) {
        action.results(|written| {
            self.0.retain(|to, factors| *to != written && !factors.contains(&written));
        });
    }

    /// A sum or difference of two sources as one operation of three, if one of them is a product.
    pub fn fuse(&self, code: &Opcode<'_>, [a, b, _]: [Register; 3]) -> Option<(Operation, [Register; 3])> {
        let minus = is_free(code, "sub");
        if !minus && !is_free(code, "add") {
            return None;
        }
        match (self.0.get(&a), self.0.get(&b)) {
            (Some(&[x, y]), _) => Some((operations::fused_sum([false, minus]), [x, y, b])),
            (None, Some(&[x, y])) => Some((operations::fused_sum([minus, false]), [x, y, a])),
            (None, None) => None,
        }
    }
}
