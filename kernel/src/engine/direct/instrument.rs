//! Finds the heads of all loops, where a poll makes them interruptible.

use syn::visit::{self, Visit};

/// The bytes right behind the opening brace of every loop body in a syntax tree, except in code that runs while
/// compiling: a poll is not `const`.
pub fn loop_heads(of: impl FnOnce(&mut LoopHeads)) -> Vec<usize> {
    let mut heads = LoopHeads(Vec::new());
    of(&mut heads);
    heads.0
}

/// Collects loop heads while it visits.
pub struct LoopHeads(Vec<usize>);

impl LoopHeads {
    fn push(&mut self, body: &syn::Block) {
        self.0.push(body.brace_token.span.open().byte_range().end);
    }
}

impl<'ast> Visit<'ast> for LoopHeads {
    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.push(&node.body);
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.push(&node.body);
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        self.push(&node.body);
        visit::visit_expr_loop(self, node);
    }

    // From here on: code that runs while compiling.

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_item_fn(self, node);
        }
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_impl_item_fn(self, node);
        }
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if node.sig.constness.is_none() {
            visit::visit_trait_item_fn(self, node);
        }
    }

    fn visit_expr_repeat(&mut self, node: &'ast syn::ExprRepeat) {
        self.visit_expr(&node.expr);
    }

    fn visit_variant(&mut self, _: &'ast syn::Variant) {}
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}
    fn visit_generics(&mut self, _: &'ast syn::Generics) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(code: &str) -> usize {
        let file = syn::parse_file(code).unwrap();
        loop_heads(|heads| heads.visit_file(&file)).len()
    }

    #[test]
    fn loops_in_functions_methods_and_closures_are_found() {
        assert_eq!(heads("fn f() { for i in 0..3 { while true { loop {} } } }"), 3);
        assert_eq!(heads("impl A { fn f() { let g = || { loop {} }; } }"), 1);
        assert_eq!(heads("trait A { fn f() { loop {} } }"), 1);
    }

    #[test]
    fn loops_that_run_while_compiling_are_left_alone() {
        let count = "{ let mut i = 0; while i < 3 { i += 1 } i }";
        for code in [
            format!("const fn f() -> i32 {count}"),
            format!("const N: i32 = {count};"),
            format!("static N: i32 = {count};"),
            format!(
                "fn f() {{ let a = [0; {count}]; let b: [i32; {count}] = a; const {count}; g::<{count}>(); }}"
            ),
            format!("enum E {{ A = {count} }}"),
            format!("impl A {{ const N: i32 = {count}; const fn f() -> i32 {count} }}"),
        ] {
            assert_eq!(heads(&code), 0, "{code}");
        }
    }
}
