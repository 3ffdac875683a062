//! `#[derive(Module)]`: a struct of layers becomes a module by visiting its fields in the order they are declared.
//!
//! Written on bare tokens, without `syn`: a notebook waits for whatever its prelude is built from.

mod input;

use proc_macro::{Delimiter, Group, Span, TokenStream, TokenTree};

use input::{Field, Struct};

/// Implements `ferrolab::nn::Module` for a struct, so that its parameters can be counted, trained, saved and loaded. Each
/// field is visited under its own name: `hidden: Linear<20, 64>` holds the parameters `hidden.weight` and `hidden.bias`, as
/// in PyTorch. The fields of a tuple struct are named by their position, `0.weight`, as those of PyTorch's `Sequential`. A
/// field that is no module, such as a rate or a name, is left out with `#[module(skip)]`.
///
/// ```text
/// #[derive(Default, Module)]
/// struct Classifier<const HIDDEN: usize> {
///     hidden: Linear<20, HIDDEN>,
///     output: Linear<HIDDEN, 10>,
///     #[module(skip)]
///     note: String,
/// }
/// ```
#[proc_macro_derive(Module, attributes(module))]
pub fn derive_module(input: TokenStream) -> TokenStream {
    match input::parse(input) {
        Ok(item) => implementation(&item),
        Err(error) => located(&format!("::core::compile_error!({:?});", error.text), error.span),
    }
}

/// `impl Module for …`, one line a field. Only what the user did not write is made from text: the rest keeps its place
/// in the source, so that the compiler's messages point there.
fn implementation(item: &Struct) -> TokenStream {
    let visited: Vec<&Field> = item.fields.iter().filter(|field| !field.skip).collect();
    let bounds = visited
        .iter()
        .filter(|field| item.depends_on_a_type_parameter(field))
        .flat_map(|field| [field.ty.clone(), text(": ::ferrolab::nn::Module,")]);
    let visits = visited.iter().map(|field| visit(field));
    let method = [
        text("#[allow(unused_variables)] fn visit(&self, visitor: &mut dyn ::ferrolab::nn::Visitor)"),
        braces(visits.collect()),
    ];
    [
        text("#[automatically_derived] impl <"),
        item.declared_generics.clone(),
        text("> ::ferrolab::nn::Module for"),
        TokenTree::from(item.name.clone()).into(),
        text("<"),
        item.generic_arguments.clone(),
        text("> where"),
        item.where_clause.clone(),
    ]
    .into_iter()
    .chain(bounds)
    .chain([braces(method.into_iter().collect())])
    .collect()
}

/// `visitor.child("name", &self.name);` at the place of the field: a type that is no module is reported there.
fn visit(field: &Field) -> TokenStream {
    let name = field.name.trim_start_matches("r#");
    located(&format!("visitor.child({name:?}, &self.{});", field.name), field.span)
}

fn text(source: &str) -> TokenStream {
    source.parse().expect("the derive writes valid tokens")
}

fn braces(body: TokenStream) -> TokenStream {
    TokenTree::from(Group::new(Delimiter::Brace, body)).into()
}

/// Tokens made from text that report errors at `span`.
fn located(source: &str, span: Span) -> TokenStream {
    fn relocate(tokens: TokenStream, span: Span) -> TokenStream {
        tokens
            .into_iter()
            .map(|token| {
                let mut token = match token {
                    TokenTree::Group(group) => {
                        Group::new(group.delimiter(), relocate(group.stream(), span)).into()
                    }
                    token => token,
                };
                token.set_span(Span::call_site().located_at(span));
                token
            })
            .collect()
    }
    relocate(text(source), span)
}
