//! Makes every loop interruptible: it polls at the head of its body.

use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::parse::RUNTIME;
use super::source::Edit;

/// What closes the block around a loop. Where another edit stands at the same place, this one must come first.
pub const END_OF_LOOP: &str = " }";

/// The edits that make the loops of a syntax tree interruptible, except in code that runs while compiling: a poll is not
/// `const`. `for i in 0..3 { }` becomes `{ let __watch = watch(); for i in 0..3 { __watch.poll(); } }`, see the runtime's
/// `Watch`.
pub fn polls(of: impl FnOnce(&mut Loops)) -> Vec<Edit> {
    let mut loops = Loops(Vec::new());
    of(&mut loops);
    let edits = |found: Found| {
        let watch = format!("{{ let __watch = {RUNTIME}::watch(); ");
        [(found.whole.start, watch.as_str()), (found.head, "__watch.poll();"), (found.whole.end, END_OF_LOOP)]
            .map(|(at, text)| Edit::insert(at, text))
    };
    loops.0.into_iter().flat_map(edits).collect()
}

/// Where a loop stands, without attributes, and the place right behind the opening brace of its body.
#[derive(Debug)]
struct Found {
    whole: Range<usize>,
    head: usize,
}

/// Collects loops while it visits.
pub struct Loops(Vec<Found>);

impl Loops {
    fn push(&mut self, label: Option<&syn::Label>, keyword: impl Spanned, body: &syn::Block) {
        let start = label.map_or(keyword.span(), Spanned::span).byte_range().start;
        let braces = body.brace_token.span;
        let (head, end) = (braces.open().byte_range().end, braces.close().byte_range().end);
        self.0.push(Found { whole: start..end, head });
    }
}

impl<'ast> Visit<'ast> for Loops {
    fn visit_expr_for_loop(&mut self, node: &'ast syn::ExprForLoop) {
        self.push(node.label.as_ref(), node.for_token, &node.body);
        visit::visit_expr_for_loop(self, node);
    }

    fn visit_expr_while(&mut self, node: &'ast syn::ExprWhile) {
        self.push(node.label.as_ref(), node.while_token, &node.body);
        visit::visit_expr_while(self, node);
    }

    fn visit_expr_loop(&mut self, node: &'ast syn::ExprLoop) {
        self.push(node.label.as_ref(), node.loop_token, &node.body);
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
        polls(|loops| loops.visit_file(&file)).iter().filter(|edit| edit.text.contains("poll")).count()
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
