//! Upper bounds of numbers and lengths of collections, as far as the text of a cell tells them.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{BinOp, Expr, ExprMethodCall, Lit, Pat, Token};

/// The turns of a loop of which nobody knows: most collections of a notebook that hold more come out of a library.
pub const UNKNOWN: f64 = 1000.0;

/// What is known of names: of a number the most that it can be, of a collection how long it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sizes(HashMap<String, f64>);

impl Sizes {
    /// A name gets a new meaning.
    pub fn set(&mut self, name: String, size: Option<f64>) {
        match size {
            Some(size) => self.0.insert(name, size),
            None => self.0.remove(&name),
        };
    }

    /// More names.
    pub fn extend(&mut self, more: &Sizes) {
        self.0.extend(more.0.iter().map(|(name, size)| (name.clone(), *size)));
    }

    /// The same for the names of a pattern. What is `mut` and begins small is to grow.
    pub fn bind(&mut self, pattern: &Pat, value: Option<&Expr>) {
        match (pattern, value) {
            (Pat::Ident(node), _) => {
                let size = value.and_then(|value| self.of(value));
                let number = value.is_some_and(|value| matches!(inner(value), Expr::Lit(_)));
                let least = match (&node.mutability, number) {
                    (None, _) => 0.0,
                    (Some(_), false) => 2.0,
                    (Some(_), true) => UNKNOWN,
                };
                self.set(node.ident.to_string(), size.filter(|size| *size >= least));
            }
            (Pat::Type(node), _) => self.bind(&node.pat, value),
            (Pat::Reference(node), _) => self.bind(&node.pat, value),
            (Pat::Tuple(pattern), Some(Expr::Tuple(value))) => {
                pattern.elems.iter().zip(&value.elems).for_each(|(part, value)| self.bind(part, Some(value)));
            }
            (Pat::Tuple(pattern), _) => pattern.elems.iter().for_each(|part| self.bind(part, None)),
            _ => {}
        }
    }

    /// The bound of the variable of a `for` loop: the end of a range, the length of what is counted.
    pub fn bind_turn(&mut self, pattern: &Pat, over: &Expr) {
        let counts = match inner(over) {
            Expr::Range(range) => range.end.as_deref(),
            Expr::MethodCall(call) if call.method == "enumerate" => Some(&*call.receiver),
            Expr::MethodCall(call) if call.method == "rev" || call.method == "step_by" => {
                return self.bind_turn(pattern, &call.receiver);
            }
            _ => None,
        };
        match pattern {
            Pat::Tuple(parts) => parts
                .elems
                .iter()
                .enumerate()
                .for_each(|(at, part)| self.bind(part, counts.filter(|_| at == 0))),
            _ => self.bind(pattern, counts),
        }
    }

    /// How often a loop over this turns.
    pub fn turns(&self, over: &Expr) -> f64 {
        self.of(over).unwrap_or(UNKNOWN)
    }

    /// The most that a number can be, or the length of a collection or iterator.
    pub fn of(&self, expr: &Expr) -> Option<f64> {
        match inner(expr) {
            Expr::Lit(node) => match &node.lit {
                Lit::Int(number) => number.base10_parse().ok(),
                Lit::Float(number) => number.base10_parse().ok(),
                Lit::Str(text) => Some(text.value().len() as f64),
                _ => None,
            },
            Expr::Path(node) => self.0.get(&node.path.segments.last()?.ident.to_string()).copied(),
            Expr::Binary(node) => self.of_binary(node),
            Expr::Array(node) => Some(node.elems.len() as f64),
            Expr::Repeat(node) => self.of(&node.len),
            Expr::Range(node) => {
                let start = node.start.as_deref().and_then(|start| self.of(start)).unwrap_or(0.0);
                let one = f64::from(u8::from(matches!(node.limits, syn::RangeLimits::Closed(_))));
                Some((self.of(node.end.as_deref()?)? - start + one).max(0.0))
            }
            Expr::Macro(node) if node.mac.path.is_ident("vec") => self.of_list(&node.mac.tokens),
            Expr::MethodCall(call) => self.of_method(call),
            Expr::Call(call) => {
                // `Vec::from([…])`, `Some(3)`, `Box::new(…)`.
                if call.args.len() == 1 { self.of(&call.args[0]) } else { None }
            }
            _ => None,
        }
    }

    fn of_binary(&self, node: &syn::ExprBinary) -> Option<f64> {
        let (left, right) = (self.of(&node.left), self.of(&node.right));
        match node.op {
            BinOp::Add(_) => Some(left? + right?),
            BinOp::Sub(_) => left.map(|left| (left - right.unwrap_or(0.0)).max(0.0)),
            BinOp::Mul(_) => Some(left? * right?),
            BinOp::Div(_) => left.map(|left| left / right.unwrap_or(1.0).max(1.0)),
            BinOp::Rem(_) => right.or(left),
            BinOp::Shl(_) => Some(left? * right?.exp2()),
            _ => None,
        }
    }

    /// The elements of `vec![…]`.
    fn of_list(&self, tokens: &TokenStream) -> Option<f64> {
        let repeat = |input: syn::parse::ParseStream<'_>| {
            input.parse::<Expr>()?;
            input.parse::<Token![;]>()?;
            input.parse::<Expr>()
        };
        match repeat.parse2(tokens.clone()) {
            Ok(length) => self.of(&length),
            Err(_) => Some(arguments(tokens)?.len() as f64),
        }
    }

    fn of_method(&self, call: &ExprMethodCall) -> Option<f64> {
        let receiver = self.of(&call.receiver);
        let argument = call.args.first().and_then(|argument| self.of(argument));
        match call.method.to_string().as_str() {
            "pow" | "powi" => Some(receiver?.powf(argument?)),
            "sqrt" | "isqrt" => receiver.map(f64::sqrt),
            "step_by" | "chunks" | "chunks_exact" | "array_chunks" => Some(receiver? / argument?.max(1.0)),
            "repeat" => Some(receiver? * argument?),
            "take" | "min" => match (receiver, argument) {
                (Some(receiver), Some(argument)) => Some(receiver.min(argument)),
                (receiver, argument) => receiver.or(argument),
            },
            "len" | "count" | "iter" | "iter_mut" | "into_iter" | "par_iter" | "into_par_iter"
            | "enumerate" | "rev" | "zip" | "chars" | "bytes" | "copied" | "cloned" | "map" | "filter"
            | "filter_map" | "skip" | "lines" | "split_whitespace" | "windows" | "collect" | "to_vec"
            | "clone" | "unwrap" | "abs" | "as_str" | "to_string" | "to_owned" | "peekable" | "inspect"
            | "char_indices" | "as_bytes" => receiver,
            _ => None,
        }
    }
}

/// The arguments of a macro, if they are expressions.
pub fn arguments(tokens: &TokenStream) -> Option<Punctuated<Expr, Token![,]>> {
    Punctuated::parse_terminated.parse2(tokens.clone()).ok()
}

/// An expression without what does not change its size.
pub fn inner(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(node) => inner(&node.expr),
        Expr::Group(node) => inner(&node.expr),
        Expr::Reference(node) => inner(&node.expr),
        Expr::Cast(node) => inner(&node.expr),
        Expr::Unary(node) if matches!(node.op, syn::UnOp::Deref(_)) => inner(&node.expr),
        Expr::Try(node) => inner(&node.expr),
        _ => expr,
    }
}
