//! The type of an expression, where it can be told without a compiler: literals, variables, calls whose result is declared.

use syn::{BinOp, Expr, Lit, Member as Field, PathArguments};

use super::entry::Kind;
use super::types::{of_tokens, parse, shape, tuple};
use super::world::{Found, Place, World, alias, result_of};

/// How long a chain may be: each link is a call of the function that reads it.
const DEEPEST: usize = 40;

/// The type, or `None` if only a compiler knows.
pub fn type_of(world: &World<'_>, expr: &Expr) -> Option<String> {
    Inference { world }.of(expr, 0)
}

/// The type of an expression in text.
pub fn type_of_text(world: &World<'_>, text: &str) -> Option<String> {
    type_of(world, &parse::<Expr>(text)?)
}

struct Inference<'w, 'a> {
    world: &'w World<'a>,
}

impl Inference<'_, '_> {
    fn of(&self, expr: &Expr, depth: usize) -> Option<String> {
        if depth > DEEPEST {
            return None;
        }
        let of = |expr: &Expr| self.of(expr, depth + 1);
        match expr {
            Expr::Lit(node) => Some(literal(&node.lit)),
            Expr::Path(node) => self.path(&node.path),
            Expr::Paren(node) => of(&node.expr),
            Expr::Group(node) => of(&node.expr),
            Expr::Reference(node) => Some(format!("& {}", of(&node.expr)?)),
            Expr::Unary(node) => Some(shape(&of(&node.expr)?)?.text),
            Expr::Cast(node) => Some(of_tokens(&*node.ty)),
            Expr::Try(node) => self.inner(&of(&node.expr)?),
            Expr::Field(node) => self.field(&of(&node.base)?, &node.member),
            Expr::Index(node) => {
                let whole = shape(&of(&node.expr)?)?;
                let part = matches!(&*node.index, Expr::Range(_));
                if part { Some(whole.text) } else { whole.args.last().cloned() }
            }
            Expr::Struct(node) => Some(of_tokens(&node.path)),
            Expr::Tuple(node) => {
                let all: Option<Vec<String>> = node.elems.iter().map(of).collect();
                Some(format!("({},)", all?.join(", "))).filter(|_| !node.elems.is_empty())
            }
            Expr::Array(node) => {
                Some(format!("[{}; {}]", node.elems.first().and_then(of)?, node.elems.len()))
            }
            Expr::Repeat(node) => Some(format!("[{}; 0]", of(&node.expr)?)),
            Expr::Range(node) => {
                Some(format!("Range<{}>", node.start.as_deref().or(node.end.as_deref()).and_then(of)?))
            }
            Expr::Binary(node) => match node.op {
                BinOp::Eq(_)
                | BinOp::Ne(_)
                | BinOp::Lt(_)
                | BinOp::Le(_)
                | BinOp::Gt(_)
                | BinOp::Ge(_)
                | BinOp::And(_)
                | BinOp::Or(_) => Some("bool".to_owned()),
                _ => Some(shape(&of(&node.left).or_else(|| of(&node.right))?)?.text),
            },
            Expr::Macro(node) => self.macro_call(&node.mac, depth),
            Expr::MethodCall(node) => {
                let member = self.world.member(&of(&node.receiver)?, &node.method.to_string())?;
                let turbofish =
                    node.turbofish.iter().flat_map(|list| &list.args).map(of_tokens).collect::<Vec<_>>();
                self.world.returned_by(&member, &turbofish)
            }
            Expr::Call(node) => match &*node.func {
                Expr::Path(function) => self.call(&function.path, node.args.first(), depth),
                _ => None,
            },
            _ => None,
        }
    }

    fn path(&self, path: &syn::Path) -> Option<String> {
        if let Some(name) = path.get_ident() {
            let name = name.to_string();
            if let Some(known) = self.world.type_of_variable(&name) {
                return Some(known);
            }
        }
        let (owner, found) = self.resolve(path)?;
        match found.entry.kind {
            Kind::Const | Kind::Static => {
                let (_, rest) = found.entry.declaration.split_once(": ")?;
                let ty = rest.split(" = ").next()?;
                if ty == "Self" { owner } else { Some(ty.to_owned()) }
            }
            Kind::Variant => owner,
            Kind::Struct => Some(of_tokens(path)),
            _ => None,
        }
    }

    fn call(&self, path: &syn::Path, first: Option<&Expr>, depth: usize) -> Option<String> {
        if path.is_ident("Some") {
            return Some(format!(
                "Option<{}>",
                first.and_then(|value| self.of(value, depth + 1)).unwrap_or_else(|| "_".to_owned())
            ));
        }
        let (owner, found) = self.resolve(path)?;
        let turbofish: Vec<String> = match path.segments.last().map(|last| &last.arguments) {
            Some(PathArguments::AngleBracketed(list)) => list.args.iter().map(of_tokens).collect(),
            _ => Vec::new(),
        };
        match found.entry.kind {
            Kind::Variant => owner,
            Kind::Struct => Some(of_tokens(path)),
            Kind::Function | Kind::Method => match owner {
                Some(owner) => {
                    self.world.returned_by(&self.world.member(&owner, &found.entry.name)?, &turbofish)
                }
                None => result_of(found.entry, &[], &turbofish),
            },
            _ => None,
        }
    }

    /// What a path names, and the type before its last word if there is one.
    fn resolve(&self, path: &syn::Path) -> Option<(Option<String>, Found<'_>)> {
        let mut words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let own =
            words.first().filter(|first| *first == "Self").and_then(|_| self.world.type_of_variable("Self"));
        if let Some(own) = &own {
            words[0] = shape(own)?.name;
        }
        let is_type = |place: &Place<'_>| matches!(place, Place::Name(found) if found.entry.kind.is_type());
        let (last, before) = words.split_last()?;
        if self.world.places(before, 0).iter().any(is_type) {
            let mut owner = path.clone();
            owner.segments.pop();
            owner.segments.pop_punct();
            let owner = own.unwrap_or_else(|| of_tokens(&owner).replace(":: <", "<"));
            let member = self.world.member(&owner, last)?;
            return Some((Some(owner), member.found));
        }
        let found = self.world.places(&words, 0).into_iter().find_map(|place| match place {
            Place::Name(found) if found.entry.kind != Kind::Macro => Some(found),
            _ => None,
        })?;
        Some((None, found))
    }

    fn field(&self, of: &str, member: &Field) -> Option<String> {
        let name = match member {
            Field::Named(name) => name.to_string(),
            Field::Unnamed(index) => {
                if let Some(types) = tuple(of) {
                    return types.get(index.index as usize).cloned();
                }
                index.index.to_string()
            }
        };
        let member = self.world.member(of, &name)?;
        let (_, ty) = member.found.entry.declaration.split_once(": ")?;
        Some(super::types::substitute(ty, &member.meaning))
    }

    /// What `?` gives.
    fn inner(&self, of: &str) -> Option<String> {
        let mut of = shape(of)?;
        for _ in 0..4 {
            if matches!(of.name.as_str(), "Option" | "Result") && !of.args.is_empty() {
                let full = of.name == "Option" || of.args.len() == 2;
                if full {
                    return of.args.first().cloned();
                }
            }
            let target = self.world.classes(&of.name).first().and_then(|class| alias(class.entry, &of));
            match target {
                Some(target) => of = shape(&target)?,
                // `io::Result<T>`
                None => return of.args.first().filter(|_| of.name.ends_with("Result")).cloned(),
            }
        }
        None
    }

    fn macro_call(&self, call: &syn::Macro, depth: usize) -> Option<String> {
        let name = call.path.segments.last()?.ident.to_string();
        match name.as_str() {
            "vec" => {
                let first = call.parse_body_with(|input: syn::parse::ParseStream<'_>| {
                    let first: Expr = input.parse()?;
                    input.parse::<proc_macro2::TokenStream>()?;
                    Ok(first)
                });
                let item = first.ok().and_then(|first| self.of(&first, depth + 1));
                Some(format!("Vec<{}>", item.unwrap_or_else(|| "_".to_owned())))
            }
            "format" | "concat" | "stringify" => Some("String".to_owned()),
            "df" => Some("PolarsResult<DataFrame>".to_owned()),
            "sequential" => Some("Sequential<_, _>".to_owned()),
            "matches" => Some("bool".to_owned()),
            "dbg" => self.of(&call.parse_body::<Expr>().ok()?, depth + 1),
            _ => None,
        }
    }
}

fn literal(lit: &Lit) -> String {
    match lit {
        Lit::Str(_) => "&str".to_owned(),
        Lit::ByteStr(_) => "&[u8]".to_owned(),
        Lit::Char(_) => "char".to_owned(),
        Lit::Byte(_) => "u8".to_owned(),
        Lit::Bool(_) => "bool".to_owned(),
        Lit::Int(number) if !number.suffix().is_empty() => number.suffix().to_owned(),
        Lit::Int(_) => "i32".to_owned(),
        Lit::Float(number) if !number.suffix().is_empty() => number.suffix().to_owned(),
        _ => "f64".to_owned(),
    }
}
