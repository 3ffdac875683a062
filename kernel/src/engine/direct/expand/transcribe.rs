//! Writes the body of a rule with what was matched.

use proc_macro2::{Group, Spacing, TokenStream, TokenTree};

use super::{Binding, Bindings, repetition};

/// Writes the right side of a rule. `None` if a variable does not fit its place.
pub fn transcribe(body: &TokenStream, bound: &Bindings) -> Option<TokenStream> {
    let (mut written, mut tokens) = (TokenStream::new(), body.clone().into_iter());
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.next()? {
                TokenTree::Group(group) => {
                    let (separator, _) = repetition(&mut tokens)?;
                    written.extend(repeat(&group.stream(), separator.as_ref(), bound)?);
                }
                TokenTree::Ident(name) => match bound.get(&name.to_string()) {
                    Some(Binding::One(tokens)) => written.extend(tokens.clone()),
                    Some(Binding::Many(_)) => return None,
                    // `$crate`, or a variable of a macro that this one defines.
                    None => written.extend([TokenTree::Ident(name)]),
                },
                other => written.extend([TokenTree::Punct(punct), other]),
            },
            TokenTree::Group(group) => {
                let inner = transcribe(&group.stream(), bound)?;
                written.extend([TokenTree::Group(Group::new(group.delimiter(), inner))]);
            }
            token => written.extend([token]),
        }
    }
    Some(written)
}

fn repeat(body: &TokenStream, separator: Option<&TokenTree>, bound: &Bindings) -> Option<TokenStream> {
    let mut mentioned = Vec::new();
    dollar_names(body, &mut mentioned);
    let many = mentioned.iter().filter_map(|name| match bound.get(name) {
        Some(Binding::Many(rounds)) => Some((name, rounds)),
        _ => None,
    });
    let many: Vec<(&String, &Vec<Bindings>)> = many.collect();
    let count = many.iter().map(|(_, rounds)| rounds.len()).min()?;
    let mut written = TokenStream::new();
    for round in 0..count {
        if round > 0 {
            written.extend(separator.cloned());
        }
        let mut inside = Bindings::new();
        for name in &mentioned {
            let of_round =
                many.iter().find(|(many, _)| *many == name).and_then(|(_, rounds)| rounds[round].get(name));
            if let Some(binding) = of_round.or_else(|| bound.get(name)) {
                inside.insert(name.clone(), binding.copy());
            }
        }
        written.extend(transcribe(body, &inside)?);
    }
    Some(written)
}

impl Binding {
    fn copy(&self) -> Binding {
        let copies = |round: &Bindings| round.iter().map(|(name, one)| (name.clone(), one.copy())).collect();
        match self {
            Binding::One(tokens) => Binding::One(tokens.clone()),
            Binding::Many(rounds) => Binding::Many(rounds.iter().map(copies).collect()),
        }
    }
}

/// The names behind each `$`, wherever they stand.
fn dollar_names(tokens: &TokenStream, names: &mut Vec<String>) {
    let mut dollar = false;
    for token in tokens.clone() {
        match &token {
            TokenTree::Group(group) => dollar_names(&group.stream(), names),
            TokenTree::Ident(name) if dollar => names.push(name.to_string()),
            _ => {}
        }
        dollar = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '$' && punct.spacing() == Spacing::Alone);
    }
}
