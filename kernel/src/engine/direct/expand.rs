//! Expands calls of the session's own `macro_rules!`, as far as is needed to know what a call defines: rustc expands them
//! once more, and only its word counts.

mod transcribe;

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Result};
use transcribe::transcribe;

/// What a call of a macro becomes; `None` if no rule fits. `rules` is what stands between the braces of `macro_rules!`.
pub fn expand(rules: TokenStream, arguments: &TokenStream) -> Option<TokenStream> {
    let rules = rules_of(rules)?;
    rules.iter().find_map(|rule| {
        let mut bound = Bindings::new();
        let matches = |input: ParseStream<'_>| match_all(&rule.matcher, input, &mut bound);
        matches.parse2(arguments.clone()).ok()?;
        transcribe(&rule.body, &bound)
    })
}

struct Rule {
    matcher: Vec<Pattern>,
    body: TokenStream,
}

/// A part of the left side of a rule.
enum Pattern {
    Token(TokenTree),
    Group(Delimiter, Vec<Pattern>),
    /// `$name:kind`
    Variable(String, String),
    /// `$( … ) separator operator`
    Repeat {
        of: Vec<Pattern>,
        separator: Option<TokenTree>,
        most: usize,
    },
}

/// What a variable of a macro stands for.
enum Binding {
    One(TokenStream),
    Many(Vec<Bindings>),
}

type Bindings = HashMap<String, Binding>;

fn rules_of(tokens: TokenStream) -> Option<Vec<Rule>> {
    let (mut rules, mut tokens) = (Vec::new(), tokens.into_iter());
    while let Some(matcher) = tokens.next() {
        let (Some(TokenTree::Punct(_)), Some(TokenTree::Punct(_))) = (tokens.next(), tokens.next()) else {
            return None;
        };
        let (TokenTree::Group(matcher), Some(TokenTree::Group(body))) = (matcher, tokens.next()) else {
            return None;
        };
        rules.push(Rule { matcher: patterns(matcher.stream())?, body: body.stream() });
        tokens.next();
    }
    Some(rules)
}

fn patterns(tokens: TokenStream) -> Option<Vec<Pattern>> {
    let (mut found, mut tokens) = (Vec::new(), tokens.into_iter().peekable());
    while let Some(token) = tokens.next() {
        found.push(match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match tokens.next()? {
                TokenTree::Group(group) => {
                    let (separator, operator) = repetition(&mut tokens)?;
                    let most = if operator == '?' { 1 } else { usize::MAX };
                    Pattern::Repeat { of: patterns(group.stream())?, separator, most }
                }
                TokenTree::Ident(name) => {
                    tokens.next();
                    Pattern::Variable(name.to_string(), tokens.next()?.to_string())
                }
                _ => return None,
            },
            TokenTree::Group(group) => Pattern::Group(group.delimiter(), patterns(group.stream())?),
            token => Pattern::Token(token),
        });
    }
    Some(found)
}

/// What stands behind `$( … )`: a separator, if any, and one of `*`, `+`, `?`.
fn repetition(tokens: &mut impl Iterator<Item = TokenTree>) -> Option<(Option<TokenTree>, char)> {
    let operator = |token: &TokenTree| match token {
        TokenTree::Punct(punct) if matches!(punct.as_char(), '*' | '+' | '?') => Some(punct.as_char()),
        _ => None,
    };
    let first = tokens.next()?;
    match operator(&first) {
        Some(operator) => Some((None, operator)),
        None => Some((Some(first), operator(&tokens.next()?)?)),
    }
}

fn match_all(patterns: &[Pattern], input: ParseStream<'_>, bound: &mut Bindings) -> Result<()> {
    for pattern in patterns {
        match pattern {
            Pattern::Token(token) => same(token, input)?,
            Pattern::Group(delimiter, inner) => {
                let group: Group = input.parse()?;
                if group.delimiter() != *delimiter {
                    return Err(input.error("another bracket"));
                }
                (|input: ParseStream<'_>| match_all(inner, input, bound)).parse2(group.stream())?;
            }
            Pattern::Variable(name, kind) => {
                bound.insert(name.clone(), Binding::One(fragment(kind, input)?));
            }
            Pattern::Repeat { of, separator, most } => {
                let mut rounds = rounds(of, separator.as_ref(), *most, input);
                let mut names = Vec::new();
                variables(of, &mut names);
                for name in names {
                    let of_round = |round: &mut Bindings| round.remove_entry(&name).into_iter().collect();
                    let many = rounds.iter_mut().map(of_round).collect();
                    bound.insert(name, Binding::Many(many));
                }
            }
        }
    }
    Ok(())
}

/// Matches as often as it goes.
fn rounds(
    of: &[Pattern],
    separator: Option<&TokenTree>,
    most: usize,
    input: ParseStream<'_>,
) -> Vec<Bindings> {
    let mut rounds = Vec::new();
    while rounds.len() < most && !input.is_empty() {
        let ahead = input.fork();
        let separated = rounds.is_empty() || separator.is_none_or(|token| same(token, &ahead).is_ok());
        let mut bound = Bindings::new();
        if !separated || match_all(of, &ahead, &mut bound).is_err() || ahead.cursor() == input.cursor() {
            break;
        }
        input.advance_to(&ahead);
        rounds.push(bound);
    }
    rounds
}

fn variables(patterns: &[Pattern], names: &mut Vec<String>) {
    for pattern in patterns {
        match pattern {
            Pattern::Token(_) => {}
            Pattern::Variable(name, _) => names.push(name.clone()),
            Pattern::Group(_, inner) | Pattern::Repeat { of: inner, .. } => variables(inner, names),
        }
    }
}

fn same(expected: &TokenTree, input: ParseStream<'_>) -> Result<()> {
    let found: TokenTree = input.parse()?;
    if found.to_string() == expected.to_string() {
        Ok(())
    } else {
        Err(Error::new(found.span(), "another token"))
    }
}

/// Takes from the input what a variable of this kind stands for.
fn fragment(kind: &str, input: ParseStream<'_>) -> Result<TokenStream> {
    fn tokens<T: ToTokens>(node: T) -> TokenStream {
        node.into_token_stream()
    }
    Ok(match kind {
        "ident" => tokens(input.call(Ident::parse_any)?),
        "expr" | "expr_2021" => {
            // In a bracket of its own, so that `$x * 2` with `1 + 1` stays what it is.
            tokens(Group::new(Delimiter::None, tokens(input.parse::<syn::Expr>()?)))
        }
        "ty" => tokens(input.parse::<syn::Type>()?),
        "path" => tokens(input.parse::<syn::Path>()?),
        "pat" => tokens(input.call(syn::Pat::parse_multi_with_leading_vert)?),
        "pat_param" => tokens(input.call(syn::Pat::parse_single)?),
        "stmt" => tokens(input.parse::<syn::Stmt>()?),
        "block" => tokens(input.parse::<syn::Block>()?),
        "item" => tokens(input.parse::<syn::Item>()?),
        "meta" => tokens(input.parse::<syn::Meta>()?),
        "lifetime" => tokens(input.parse::<syn::Lifetime>()?),
        "vis" => tokens(input.parse::<syn::Visibility>()?),
        "literal" => {
            let minus: Option<syn::Token![-]> = input.parse()?;
            let literal: syn::Lit = input.parse()?;
            minus.into_iter().flat_map(tokens).chain(tokens(literal)).collect()
        }
        _ => tokens(input.parse::<TokenTree>()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(rules: &str, arguments: &str) -> Option<String> {
        let text = expand(rules.parse().unwrap(), &arguments.parse().unwrap())?.to_string();
        // How tokens are spaced is nobody's promise.
        Some(text.replace(' ', ""))
    }

    #[test]
    fn the_first_rule_that_fits_is_written_with_what_was_matched() {
        let rules = "($n:ident) => { struct $n; }; ($n:ident : $($f:ident $t:ty),* $(,)?) => { struct $n { $($f: $t),* } }";
        assert_eq!(expanded(rules, "P").unwrap(), "structP;");
        assert_eq!(expanded(rules, "P: x Vec<i32>, y (u8, u8),").unwrap(), "structP{x:Vec<i32>,y:(u8,u8)}");
        assert_eq!(expanded(rules, "1"), None);
    }

    #[test]
    fn repetitions_nest_and_stand_beside_single_variables() {
        let rules = "($t:ty => $([$($n:ident)*])*) => { $($(fn $n() -> $t;)*)* }";
        assert_eq!(expanded(rules, "u8 => [a b] [] [c]").unwrap(), "fna()->u8;fnb()->u8;fnc()->u8;");
    }

    #[test]
    fn every_kind_of_fragment_is_matched() {
        let rules =
            "($v:vis $l:lifetime $i:literal $b:block $p:pat => $e:expr; $t:tt $m:meta) => { $e $t $v }";
        assert_eq!(
            expanded(rules, "pub 'a -1 { 2 } Some(_) => 1 + 1; [x] derive(Debug)").unwrap(),
            "1+1[x]pub"
        );
    }
}
