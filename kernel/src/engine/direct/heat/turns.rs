//! How often `while` and `loop` turn: told by what they compare, if that is counted up or down by a step.

use std::collections::HashMap;

use syn::visit::{self, Visit};
use syn::{BinOp, Block, Expr};

use super::size::{Sizes, UNKNOWN, inner};

/// The turns of a loop with this body that goes on while `condition` holds; of `loop`, which has none, any `if` may end it.
pub fn turns(condition: Option<&Expr>, body: &Block, sizes: &Sizes) -> f64 {
    let mut steps = Steps::default();
    steps.visit_block(body);
    if let Some(condition) = condition {
        steps.compared.clear();
        steps.visit_expr(condition);
    }
    steps
        .compared
        .iter()
        .filter_map(|compared| steps.bound(compared, sizes))
        .reduce(f64::max)
        .unwrap_or(UNKNOWN)
}

#[derive(Default)]
struct Steps<'ast> {
    up: HashMap<String, &'ast Expr>,
    down: HashMap<String, &'ast Expr>,
    /// Both sides of each comparison.
    compared: Vec<(&'ast Expr, &'ast Expr)>,
}

impl Steps<'_> {
    fn bound(&self, (left, right): &(&Expr, &Expr), sizes: &Sizes) -> Option<f64> {
        let (name, squared) = counter(left)?;
        let size = |expr: &Expr| sizes.of(expr).filter(|size| *size >= 1.0);
        let steps = |end: f64, step: &Expr| (end / size(step).unwrap_or(1.0)).max(1.0);
        if let Some(step) = self.up.get(&name) {
            let end = sizes.of(right)?;
            return Some(steps(if squared { end.sqrt() } else { end }, step));
        }
        self.down.get(&name).and_then(|step| Some(steps(size(left)?, step)))
    }
}

/// The variable that counts in `i` or `i * i`, and whether it is the latter.
fn counter(expr: &Expr) -> Option<(String, bool)> {
    match inner(expr) {
        Expr::Path(path) => Some((path.path.get_ident()?.to_string(), false)),
        Expr::Binary(node) if matches!(node.op, BinOp::Mul(_)) => counter(&node.left)
            .filter(|left| counter(&node.right).as_ref() == Some(left))
            .map(|(name, _)| (name, true)),
        _ => None,
    }
}

impl<'ast> Visit<'ast> for Steps<'ast> {
    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let name = counter(&node.left).map(|(name, _)| name);
        match (&node.op, name) {
            (BinOp::AddAssign(_), Some(name)) => {
                self.up.insert(name, &node.right);
            }
            (BinOp::SubAssign(_), Some(name)) => {
                self.down.insert(name, &node.right);
            }
            (BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) | BinOp::Eq(_) | BinOp::Ne(_), _) => {
                self.compared.push((&node.left, &node.right));
            }
            _ => {}
        }
        visit::visit_expr_binary(self, node);
    }
}
