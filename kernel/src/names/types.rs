//! Types as text: which class they name, with which arguments, and what their parameters become.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, ReturnType, Type};

use super::text::{Sort, tokens};

/// A type taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The last word of its path; `slice`, `array` for those.
    pub name: String,
    /// Type and const arguments, without lifetimes.
    pub args: Vec<String>,
    /// Associated types that are set: `Item = f64`.
    pub set: Vec<(String, String)>,
    /// The type itself.
    pub text: String,
}

impl Shape {
    /// The type without the paths.
    pub fn short(&self) -> String {
        match (self.name.as_str(), self.args.as_slice()) {
            ("slice", [item]) => format!("[{item}]"),
            (name, []) => name.to_owned(),
            (name, args) => format!("{name}<{}>", args.join(", ")),
        }
    }
}

/// Pointers that are looked through.
const POINTERS: [&str; 8] = ["Box", "Rc", "Arc", "Cow", "Ref", "RefMut", "MutexGuard", "LazyLock"];

/// Parses a text, unless it is nested past reason: the parser calls itself for each bracket and for each sign or word
/// that can stand before an expression, and the stack has an end.
pub fn parse<T: syn::parse::Parse>(text: &str) -> Option<T> {
    const LONGEST: usize = 20_000;
    const DEEPEST: usize = 64;
    let (mut brackets, mut signs, mut words) = (0usize, 0usize, 0usize);
    let mut in_word = false;
    for c in text.chars().take(LONGEST + 1) {
        match c {
            '(' | '[' | '{' => (brackets, signs) = (brackets + 1, 0),
            ')' | ']' | '}' => (brackets, signs) = (brackets.saturating_sub(1), 0),
            ';' | ',' => signs = 0,
            '<' | '&' | '*' | '!' | '-' | '|' | '=' => signs += 1,
            _ => {}
        }
        let word = c.is_alphanumeric() || c == '_';
        match (word, c.is_whitespace()) {
            (true, _) => words += usize::from(!in_word),
            (false, false) => words = 0,
            (false, true) => {}
        }
        in_word = word;
        if brackets.max(signs).max(words) > DEEPEST {
            return None;
        }
    }
    if text.len() > LONGEST {
        return None;
    }
    proc_macro2::extra::invalidate_current_thread_spans();
    syn::parse_str(text).ok()
}

/// Takes a type apart, looking through references and pointers.
pub fn shape(text: &str) -> Option<Shape> {
    let mut ty: Type = parse(text)?;
    loop {
        ty = match ty {
            Type::Reference(inner) => *inner.elem,
            Type::Paren(inner) => *inner.elem,
            Type::Group(inner) => *inner.elem,
            Type::Ptr(inner) => *inner.elem,
            Type::Path(path) => {
                let pointed =
                    path.path.segments.last().filter(|last| POINTERS.iter().any(|name| last.ident == name));
                let inner = pointed.and_then(|last| arguments(&last.arguments).0.into_iter().next_back());
                match inner.and_then(|inner| parse(&inner)) {
                    Some(inner) => inner,
                    None => return of_type(&Type::Path(path)),
                }
            }
            other => return of_type(&other),
        };
    }
}

fn of_type(ty: &Type) -> Option<Shape> {
    let name = last_word(ty)?;
    let text = of_tokens(ty);
    let (args, set) = match ty {
        Type::Path(path) => arguments(&path.path.segments.last()?.arguments),
        Type::Slice(inner) => (vec![of_tokens(&*inner.elem)], Vec::new()),
        Type::Array(inner) => (vec![of_tokens(&*inner.elem)], Vec::new()),
        Type::TraitObject(object) => of_bounds(&object.bounds),
        Type::ImplTrait(object) => of_bounds(&object.bounds),
        _ => (Vec::new(), Vec::new()),
    };
    Some(Shape { name, args, set, text })
}

type Arguments = (Vec<String>, Vec<(String, String)>);

fn of_bounds<S>(bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, S>) -> Arguments {
    let mut traits = bounds.iter().filter_map(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    });
    traits.next().map(|last| arguments(&last.arguments)).unwrap_or_default()
}

fn arguments(arguments: &PathArguments) -> Arguments {
    let (mut args, mut set) = (Vec::new(), Vec::new());
    if let PathArguments::AngleBracketed(list) = arguments {
        for argument in &list.args {
            match argument {
                GenericArgument::Type(ty) => args.push(of_tokens(ty)),
                GenericArgument::Const(value) => args.push(of_tokens(value)),
                GenericArgument::AssocType(pair) => set.push((pair.ident.to_string(), of_tokens(&pair.ty))),
                _ => {}
            }
        }
    }
    (args, set)
}

/// The elements of a tuple.
pub fn tuple(text: &str) -> Option<Vec<String>> {
    match parse(text)? {
        Type::Tuple(tuple) => Some(tuple.elems.iter().map(of_tokens).collect()),
        Type::Reference(inner) => tuple_of(*inner.elem),
        _ => None,
    }
}

fn tuple_of(ty: Type) -> Option<Vec<String>> {
    match ty {
        Type::Tuple(tuple) => Some(tuple.elems.iter().map(of_tokens).collect()),
        _ => None,
    }
}

/// The name under which the members of a type are kept.
pub fn last_word(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        Type::Slice(_) => Some("slice".to_owned()),
        Type::Array(_) => Some("array".to_owned()),
        Type::Reference(reference) => last_word(&reference.elem),
        Type::Paren(inside) => last_word(&inside.elem),
        Type::Group(inside) => last_word(&inside.elem),
        Type::TraitObject(object) => bound(&object.bounds),
        Type::ImplTrait(object) => bound(&object.bounds),
        _ => None,
    }
}

fn bound<S>(bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, S>) -> Option<String> {
    bounds.iter().find_map(|bound| match bound {
        syn::TypeParamBound::Trait(bound) => Some(bound.path.segments.last()?.ident.to_string()),
        _ => None,
    })
}

/// Text without comments and line breaks.
pub fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("//").map_or(line, |(code, _)| code));
    let words: Vec<String> =
        lines.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
    let mut line = words.join(" ");
    for (from, to) in [("( ", "("), (", )", ")"), (" )", ")"), ("< ", "<"), (", >", ">"), (" .", ".")] {
        if line.contains(from) {
            line = line.replace(from, to);
        }
    }
    line.trim_end_matches(',').to_owned()
}

/// A part of the syntax as text.
pub fn of_tokens(node: &impl ToTokens) -> String {
    tidy(&node.to_token_stream().to_string())
}

/// Tokens as a person writes a type.
pub fn tidy(text: &str) -> String {
    let mut text = one_line(text);
    for (from, to) in [
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (" :: ", "::"),
        ("& ", "&"),
        ("( ", "("),
        (" )", ")"),
        (" ;", ";"),
    ] {
        text = text.replace(from, to);
    }
    text
}

/// What a function returns, and the names of its own parameters.
pub fn returned(declaration: &str) -> Option<(String, Vec<String>)> {
    let signature: syn::Signature = parse(declaration)?;
    let generics = signature.generics.type_params().map(|parameter| parameter.ident.to_string()).collect();
    match &signature.output {
        ReturnType::Default => Some(("()".to_owned(), generics)),
        ReturnType::Type(_, ty) => Some((of_tokens(&**ty), generics)),
    }
}

/// The text with words replaced; `Self::Item` counts as one word.
pub fn substitute(text: &str, meaning: &[(String, String)]) -> String {
    let all = tokens(text);
    let mut made = String::new();
    let mut at = 0;
    while let Some(token) = all.get(at) {
        let after_path = at > 0 && all[at - 1].is("::");
        let associated = || {
            Some(format!(
                "{}::{}",
                token.text,
                all.get(at + 1).filter(|sign| sign.is("::")).and(all.get(at + 2))?.text
            ))
        };
        let find = |word: &str| meaning.iter().find(|(name, _)| name == word).map(|(_, text)| text);
        if !made.is_empty() {
            made.push(' ');
        }
        match token.sort {
            Sort::Word if !after_path => {
                if let Some(text) = associated().as_deref().and_then(find) {
                    made.push_str(text);
                    at += 2;
                } else {
                    made.push_str(find(token.text).map_or(token.text, String::as_str));
                }
            }
            _ => made.push_str(token.text),
        }
        // `'a` is one word to Rust.
        if token.is("'") {
            at += 1;
            made.push_str(all.get(at).map_or("", |name| name.text));
        }
        at += 1;
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_looked_through_to_what_has_the_methods() {
        for text in [
            "Vec<f64>",
            "&mut Vec<f64>",
            "Box<Vec<f64>>",
            "Arc<&'static Vec<f64>>",
            "std::rc::Rc<std::vec::Vec<f64>>",
        ] {
            let shape = shape(text).unwrap();
            assert_eq!(
                (shape.name.as_str(), shape.args.as_slice()),
                ("Vec", ["f64".to_owned()].as_slice()),
                "{text}"
            );
        }
        assert_eq!(shape("&[u8]").unwrap().name, "slice");
        assert_eq!(
            shape("Box<dyn Iterator<Item = f64> + Send>").unwrap().set,
            [("Item".to_owned(), "f64".to_owned())]
        );
        assert_eq!(shape("Tensor<Rank2<Const<3>, usize>>").unwrap().args, ["Rank2<Const<3>, usize>"]);
        assert_eq!(shape("(f64"), None);
    }

    #[test]
    fn parameters_are_replaced_by_arguments() {
        let meaning = [("T".to_owned(), "f64".to_owned()), ("Self::Item".to_owned(), "u8".to_owned())];
        assert_eq!(substitute("Option<&'a T>", &meaning), "Option < & 'a f64 >");
        assert_eq!(substitute("(Self::Item, x::T)", &meaning), "( u8 , x :: T )");
    }

    #[test]
    fn brackets_past_reason_are_not_parsed() {
        for part in ["(", "&", "|a|", "return ", "x = ", "Vec<", "- "] {
            assert!(parse::<syn::Expr>(&part.repeat(2_000)).is_none(), "{part}");
        }
        assert!(parse::<syn::Expr>(&format!("f({})", "&a, b - c, ".repeat(100))).is_some());
    }
}
