//! The text of a cell as tokens. Unlike a parser it takes any text, also one that is being typed.

use crate::cell::{is_word, token_length};

/// What kind of token it is, as far as completion has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Word,
    Number,
    /// A string or a character.
    Text,
    /// A comment, or a string that does not end.
    Hidden,
    Sign,
}

/// A token and its place, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub sort: Sort,
    pub text: &'a str,
    pub start: usize,
}

impl Token<'_> {
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.sort, Sort::Sign | Sort::Word)
    }

    /// Whether it is a word that is a name: no keyword.
    pub fn is_name(&self) -> bool {
        self.sort == Sort::Word && (!is_keyword(self.text) || matches!(self.text, "self" | "Self"))
    }
}

/// The words of Rust, edition 2024.
pub const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "Self", "static", "struct", "super", "trait", "true", "type", "unsafe", "use", "where", "while",
];

pub fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// The signs of more than one character that matter here.
const LONG_SIGNS: [&str; 5] = ["::", "->", "=>", "..", "=="];

/// All tokens, without white space.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let (sort, length) = match token_length(rest) {
            None => (Sort::Hidden, rest.len()),
            Some(length) => match first {
                '/' if length > 1 => (Sort::Hidden, length),
                '"' => (Sort::Text, length),
                '\'' if length > 1 => (Sort::Text, length),
                c if c.is_ascii_digit() => (Sort::Number, number(rest, length)),
                c if is_word(c) && rest[..length].ends_with(['"', '#']) => (Sort::Text, length),
                c if is_word(c) => (Sort::Word, length),
                _ => (
                    Sort::Sign,
                    LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(length, |s| s.len()),
                ),
            },
        };
        found.push(Token { sort, text: &rest[..length], start: at });
        at += length;
    }
    found
}

/// Length of a number: `1.5`, but not `1..2`, `1.max(2)` or `1.`, which a method's name may follow.
fn number(text: &str, whole: usize) -> usize {
    let Some(rest) = text[whole..].strip_prefix('.') else { return whole };
    let part = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    if rest.starts_with(|c: char| c.is_ascii_digit()) { whole + 1 + part } else { whole }
}

/// The index of the bracket that closes the one at `open`, or the number of tokens.
pub fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" if token.sort == Sort::Sign => depth += 1,
            ")" | "]" | "}" if token.sort == Sort::Sign => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The index of the bracket that opens what the one at `close` closes.
pub fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for at in (0..=close).rev() {
        match tokens[at].text {
            ")" | "]" | "}" if tokens[at].sort == Sort::Sign => depth += 1,
            "(" | "[" | "{" if tokens[at].sort == Sort::Sign => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The indices of the brackets that are open at the end, outermost first.
pub fn open_brackets(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut open = Vec::new();
    for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.sort == Sort::Sign) {
        match token.text {
            "(" | "[" | "{" => open.push(at),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open
}

/// Where the expression starts that ends before the token at `end`, a `.` or `::` behind it: `a.b(c)?.d` as a whole.
pub fn operand_start(tokens: &[Token<'_>], end: usize) -> Option<usize> {
    let (mut at, mut found) = (end, None);
    while let Some(head) = head_of_operand(tokens, at) {
        found = Some(head);
        match head.checked_sub(1) {
            Some(before) if tokens[before].is(".") || tokens[before].is("::") => at = before,
            _ => break,
        }
    }
    found
}

/// Where the last link of a chain starts: `d(1)?` of `a.b.d(1)?`.
fn head_of_operand(tokens: &[Token<'_>], end: usize) -> Option<usize> {
    let mut at = end;
    loop {
        let last = at.checked_sub(1)?;
        let token = &tokens[last];
        match token.sort {
            Sort::Sign if token.text == "?" => at = last,
            Sort::Sign if matches!(token.text, ")" | "]" | "}") => {
                let open = opening(tokens, last)?;
                let Some(before) = open.checked_sub(1) else { return Some(open) };
                let sign = &tokens[before];
                if sign.is_name() || (matches!(sign.text, ")" | "]" | "?") && tokens[open].text != "{") {
                    at = open;
                } else if sign.is(">") {
                    return Some(generics_start(tokens, before).unwrap_or(open));
                } else if sign.is("!") && before > 0 && tokens[before - 1].is_name() {
                    return Some(before - 1);
                } else {
                    return Some(open);
                }
            }
            // `Vec::<f64>::`
            Sort::Sign if token.text == ">" => return generics_start(tokens, last),
            Sort::Number | Sort::Text => return Some(last),
            Sort::Word if token.is_name() => return Some(last),
            Sort::Word if matches!(token.text, "await" | "crate" | "super" | "true" | "false") => {
                return Some(last);
            }
            _ => return None,
        }
    }
}

/// The index of the name before the generic arguments that end at `close`: `Vec` of `Vec::<f64>`.
fn generics_start(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0usize;
    for at in (0..=close).rev() {
        match tokens[at].text {
            ">" => depth += 1,
            "<" => depth = depth.saturating_sub(1),
            ";" | "{" | "}" => return None,
            _ => {}
        }
        if depth == 0 {
            let name = if at.checked_sub(1).is_some_and(|before| tokens[before].is("::")) {
                at.checked_sub(2)
            } else {
                at.checked_sub(1)
            };
            return name.filter(|name| tokens[*name].is_name());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operand(text: &str) -> Option<&str> {
        let tokens = tokens(text);
        let end = tokens.len() - 1;
        operand_start(&tokens, end).map(|start| &text[tokens[start].start..tokens[end - 1].end()])
    }

    #[test]
    fn an_operand_reaches_back_over_calls_and_brackets() {
        assert_eq!(operand("let x = df.clone().lazy()."), Some("df.clone().lazy()"));
        assert_eq!(operand("f(a, b.c(1)[2]?."), Some("b.c(1)[2]?"));
        assert_eq!(operand("1 + Vec::<f64>::new()."), Some("Vec::<f64>::new()"));
        assert_eq!(operand("return vec![1, 2]."), Some("vec![1, 2]"));
        assert_eq!(operand("if (a + b)."), Some("(a + b)"));
        assert_eq!(operand("x = \"a.b\"."), Some("\"a.b\""));
        assert_eq!(operand("Point { x: 1 }."), Some("Point { x: 1 }"));
        assert_eq!(operand("1.5."), Some("1.5"));
        assert_eq!(operand("= ."), None);
    }

    #[test]
    fn what_hides_its_inside_is_one_token() {
        let sorts: Vec<Sort> =
            tokens("a /* b.c */ r#\"d\"# 'e' 'f 1.5 1..2 // g").iter().map(|t| t.sort).collect();
        use Sort::{Hidden, Number, Sign, Text, Word};
        assert_eq!(sorts, [Word, Hidden, Text, Text, Sign, Word, Number, Number, Sign, Number, Hidden]);
        assert_eq!(tokens("f(\"open").last().unwrap().sort, Hidden);
    }
}
