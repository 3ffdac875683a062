//! The functions, methods, closures and constants that code can use by a name.

use std::collections::HashMap;
use std::rc::Rc;

use syn::visit::{self, Visit};
use syn::{Block, Expr, FnArg, Pat};

use super::size::Sizes;

/// What parameters it has, and what it does.
pub struct Function {
    pub parameters: Vec<Option<String>>,
    pub body: Expr,
}

impl Function {
    pub fn closure(node: &syn::ExprClosure) -> Self {
        Function { parameters: node.inputs.iter().map(name_of).collect(), body: (*node.body).clone() }
    }
}

/// The name that a pattern gives to a whole value.
pub fn name_of(pattern: &Pat) -> Option<String> {
    match pattern {
        Pat::Ident(node) => Some(node.ident.to_string()),
        Pat::Type(node) => name_of(&node.pat),
        Pat::Reference(node) => name_of(&node.pat),
        _ => None,
    }
}

/// Those of a cell and of what it reaches, by their last names.
#[derive(Default)]
pub struct Functions {
    functions: HashMap<String, Vec<Rc<Function>>>,
    pub constants: Sizes,
}

impl Functions {
    /// All that are called so.
    pub fn named(&self, name: &str) -> Vec<Rc<Function>> {
        self.functions.get(name).cloned().unwrap_or_default()
    }

    fn add(&mut self, signature: &syn::Signature, block: &Block) {
        let parameters = signature.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(name_of(&typed.pat)),
            FnArg::Receiver(_) => None,
        });
        let body = Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: block.clone() });
        let function = Function { parameters: parameters.collect(), body };
        self.functions.entry(signature.ident.to_string()).or_default().push(Rc::new(function));
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.add(&node.sig, &node.block);
        visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.add(&node.sig, &node.block);
        visit::visit_impl_item_fn(self, node);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.add(&node.sig, block);
        }
        visit::visit_trait_item_fn(self, node);
    }

    fn visit_item_const(&mut self, node: &'ast syn::ItemConst) {
        self.constants.set(node.ident.to_string(), self.constants.of(&node.expr));
    }
}
