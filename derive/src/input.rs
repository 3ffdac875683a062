//! Reads the struct that `#[derive(Module)]` stands on.

use proc_macro::{Delimiter, Ident, Span, TokenStream, TokenTree};

/// A struct with fields.
pub(crate) struct Struct {
    pub(crate) name: Ident,
    /// What stands after `impl`: `'a, T: Bound, const N: usize`, without defaults, with a comma after each.
    pub(crate) declared_generics: TokenStream,
    /// What stands after the name: `'a, T, N`.
    pub(crate) generic_arguments: TokenStream,
    /// The user's `where` clause without the word, with a comma at the end.
    pub(crate) where_clause: TokenStream,
    pub(crate) fields: Vec<Field>,
    type_parameters: Vec<String>,
}

pub(crate) struct Field {
    /// Its name, or its position in a tuple struct.
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) ty: TokenStream,
    pub(crate) skip: bool,
}

/// What is wrong, and where.
pub(crate) struct Error {
    pub(crate) text: String,
    pub(crate) span: Span,
}

type Tokens = std::iter::Peekable<std::vec::IntoIter<TokenTree>>;

impl Struct {
    /// Whether the field's type is a module only if a type parameter is: `head: H` or `blocks: Vec<Block<H>>`.
    pub(crate) fn depends_on_a_type_parameter(&self, field: &Field) -> bool {
        fn mentions(tokens: TokenStream, names: &[String]) -> bool {
            tokens.into_iter().any(|token| match token {
                TokenTree::Ident(ident) => names.contains(&ident.to_string()),
                TokenTree::Group(group) => mentions(group.stream(), names),
                _ => false,
            })
        }
        mentions(field.ty.clone(), &self.type_parameters)
    }
}

pub(crate) fn parse(input: TokenStream) -> Result<Struct, Error> {
    let mut tokens = peekable(input);
    skip_attributes(&mut tokens)?;
    skip_visibility(&mut tokens);
    match tokens.next() {
        Some(TokenTree::Ident(word)) if word.to_string() == "struct" => {}
        Some(token) => {
            let text = format!(
                "Module can be derived for structs, not for `{token}`: hold its variants in a struct"
            );
            return Err(Error { text, span: token.span() });
        }
        None => return Err(Error { text: "expected a struct".into(), span: Span::call_site() }),
    }
    let Some(TokenTree::Ident(name)) = tokens.next() else {
        return Err(Error { text: "expected the name of a struct".into(), span: Span::call_site() });
    };

    let (mut declared_generics, mut generic_arguments) = (TokenStream::new(), TokenStream::new());
    let mut type_parameters = Vec::new();
    if tokens.next_if(|token| is_punct(token, '<')).is_some() {
        for parameter in split_at_commas(until_angle_closes(&mut tokens)) {
            let (argument, is_type) = argument_of(&parameter);
            if is_type {
                type_parameters.push(argument.to_string());
            }
            declared_generics.extend(without_default(parameter));
            declared_generics.extend([comma()]);
            generic_arguments.extend(argument);
            generic_arguments.extend([comma()]);
        }
    }

    let mut where_clause: Vec<TokenTree> = Vec::new();
    let (mut body, mut in_where) = (None, false);
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                body = Some((group.stream(), false))
            }
            // Of a tuple struct; in a `where` clause it is a list of arguments.
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Parenthesis && body.is_none() && !in_where =>
            {
                body = Some((group.stream(), true));
            }
            token if is_punct(&token, ';') => {}
            TokenTree::Ident(word) if !in_where && word.to_string() == "where" => in_where = true,
            token => where_clause.push(token),
        }
    }
    let Some((body, is_tuple)) = body else {
        let text = format!(
            "Module needs fields, because they name the parameters: `struct {name} {{ layer: Linear<2, 3> }}`"
        );
        return Err(Error { text, span: name.span() });
    };
    if where_clause.last().is_some_and(|token| !is_punct(token, ',')) {
        where_clause.push(comma());
    }
    Ok(Struct {
        declared_generics,
        generic_arguments,
        where_clause: where_clause.into_iter().collect(),
        fields: split_at_commas(body.into_iter().collect())
            .into_iter()
            .enumerate()
            .map(|(position, tokens)| field(tokens, is_tuple.then_some(position)))
            .collect::<Result<_, _>>()?,
        type_parameters,
        name,
    })
}

/// A field, or with a position one of a tuple struct.
fn field(tokens: Vec<TokenTree>, position: Option<usize>) -> Result<Field, Error> {
    let mut tokens = tokens.into_iter().peekable();
    let skip = skip_attributes(&mut tokens)?;
    skip_visibility(&mut tokens);
    if let Some(position) = position {
        let span = tokens.peek().map_or_else(Span::call_site, TokenTree::span);
        return Ok(Field { name: position.to_string(), span, ty: tokens.collect(), skip });
    }
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Ident(name)), Some(colon)) if is_punct(&colon, ':') => {
            Ok(Field { name: name.to_string(), span: name.span(), ty: tokens.collect(), skip })
        }
        (token, _) => {
            let span = token.map_or_else(Span::call_site, |token| token.span());
            Err(Error { text: "expected `name: Type`".into(), span })
        }
    }
}

/// Passes over attributes; true if one of them is `#[module(skip)]`.
fn skip_attributes(tokens: &mut Tokens) -> Result<bool, Error> {
    let mut skip = false;
    while tokens.next_if(|token| is_punct(token, '#')).is_some() {
        let Some(TokenTree::Group(attribute)) = tokens.next() else { continue };
        let mut inside = peekable(attribute.stream());
        if inside.next().is_some_and(|word| word.to_string() == "module") {
            if inside.next().is_none_or(|arguments| arguments.to_string() != "(skip)") {
                let text = "the only option is `#[module(skip)]`: leave this field out".into();
                return Err(Error { text, span: attribute.span() });
            }
            skip = true;
        }
    }
    Ok(skip)
}

/// Passes over `pub` and `pub(crate)`.
fn skip_visibility(tokens: &mut Tokens) {
    if tokens.next_if(|token| matches!(token, TokenTree::Ident(word) if word.to_string() == "pub")).is_some()
    {
        tokens.next_if(
            |token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis),
        );
    }
}

/// The tokens up to the `>` that closes a `<` just read.
fn until_angle_closes(tokens: &mut Tokens) -> Vec<TokenTree> {
    let mut inside = Vec::new();
    let mut depth = 1;
    for token in tokens.by_ref() {
        depth += angle(&token, inside.last());
        if depth == 0 {
            break;
        }
        inside.push(token);
    }
    inside
}

/// Splits at the commas that are not inside `<…>`; brackets of other kinds are single tokens already.
fn split_at_commas(tokens: Vec<TokenTree>) -> Vec<Vec<TokenTree>> {
    let mut parts = vec![Vec::new()];
    let mut depth = 0;
    let mut last = None;
    for token in tokens {
        depth += angle(&token, last.as_ref());
        if depth == 0 && is_punct(&token, ',') {
            parts.push(Vec::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(token.clone());
        }
        last = Some(token);
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// How a token changes the depth of `<…>`: the `>` of `->` does not.
fn angle(token: &TokenTree, last: Option<&TokenTree>) -> i32 {
    match token {
        TokenTree::Punct(punct) if punct.as_char() == '<' => 1,
        TokenTree::Punct(punct)
            if punct.as_char() == '>' && !last.is_some_and(|last| is_punct(last, '-')) =>
        {
            -1
        }
        _ => 0,
    }
}

/// `'a: 'b` is used as `'a`, `T: Bound` as `T`, `const N: usize` as `N`; and whether it is a type.
fn argument_of(parameter: &[TokenTree]) -> (TokenStream, bool) {
    match parameter {
        [TokenTree::Punct(quote), lifetime, ..] if quote.as_char() == '\'' => {
            ([parameter[0].clone(), lifetime.clone()].into_iter().collect(), false)
        }
        [TokenTree::Ident(word), name, ..] if word.to_string() == "const" => (name.clone().into(), false),
        [name, ..] => (name.clone().into(), true),
        [] => (TokenStream::new(), false),
    }
}

/// `T: Bound = Default` without ` = Default`, which an `impl` must not repeat; `T: Bound<Item = U>` is kept.
fn without_default(parameter: Vec<TokenTree>) -> TokenStream {
    let mut depth = 0;
    let mut kept: Vec<TokenTree> = Vec::new();
    for token in parameter {
        depth += angle(&token, kept.last());
        if depth == 0 && is_punct(&token, '=') {
            break;
        }
        kept.push(token);
    }
    kept.into_iter().collect()
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn comma() -> TokenTree {
    proc_macro::Punct::new(',', proc_macro::Spacing::Alone).into()
}

fn peekable(tokens: TokenStream) -> Tokens {
    tokens.into_iter().collect::<Vec<_>>().into_iter().peekable()
}
