//! Tokens of PTX text: words, dotted words, numbers, strings and punctuation, each with its line.

use super::PtxError;

/// What a token is. Words keep their `%` or `$`, dotted words lose their dot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind<'a> {
    /// An opcode, a register, a label or another name.
    Word(&'a str),
    /// A directive or a modifier: `global` for `.global`.
    Dotted(&'a str),
    /// The bits of a number, and what it was written as.
    Number(u64, NumberKind),
    /// The inside of a string, escapes as written.
    Text(&'a str),
    /// A single character: `, ; : { } [ ] ( ) < > | + - ! @ =`.
    Mark(char),
}

/// How a number was written, which decides how its bits are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    Integer,
    /// `0f3f800000`, the bits of an f32.
    Single,
    /// `0d3ff0000000000000` or `1.0`, the bits of an f64.
    Double,
}

/// A token and the line it stands in, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'a> {
    pub kind: Kind<'a>,
    pub line: u32,
}

/// Splits PTX text into tokens. Comments and white space are dropped.
pub fn tokens(text: &str) -> Result<Vec<Token<'_>>, PtxError> {
    let mut lexer = Lexer { text, at: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(kind) = lexer.next()? {
        found.push(Token { kind, line: lexer.line });
    }
    Ok(found)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl<'a> Lexer<'a> {
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn next(&mut self) -> Result<Option<Kind<'a>>, PtxError> {
        self.skip_blanks()?;
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let first = self.byte(0);
        if first.is_ascii_digit() {
            return self.number().map(Some);
        }
        if first == b'.' && is_word(self.byte(1)) {
            self.at += 1;
            return Ok(Some(Kind::Dotted(self.take_while(|byte| is_word(byte) || byte == b':'))));
        }
        if is_word(first) || first == b'%' {
            let start = self.at;
            self.at += 1;
            self.take_while(is_word);
            return Ok(Some(Kind::Word(&self.text[start..self.at])));
        }
        if first == b'"' {
            return self.string().map(Some);
        }
        if b",;:{}[]()<>|+-!@=".contains(&first) {
            self.at += 1;
            return Ok(Some(Kind::Mark(first as char)));
        }
        let character = self.text[self.at..].chars().next().unwrap_or('?');
        Err(self.error(format!("the character {character:?} has no meaning in PTX")))
    }

    fn skip_blanks(&mut self) -> Result<(), PtxError> {
        loop {
            match (self.byte(0), self.byte(1)) {
                (b'\n', _) => {
                    self.line += 1;
                    self.at += 1;
                }
                (b' ' | b'\t' | b'\r' | 0x0c, _) => self.at += 1,
                (b'/', b'/') => {
                    let rest = &self.text[self.at..];
                    self.at += rest.find('\n').unwrap_or(rest.len());
                }
                (b'/', b'*') => {
                    let rest = &self.text[self.at..];
                    let Some(length) = rest.find("*/") else {
                        return Err(self.error("this comment never ends".into()));
                    };
                    self.line += rest[..length].matches('\n').count() as u32;
                    self.at += length + 2;
                }
                _ => return Ok(()),
            }
        }
    }

    fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.at < self.text.len() && keep(self.byte(0)) {
            // `shared::cta` is one word, a label's single colon is not part of it.
            if self.byte(0) == b':' {
                if self.byte(1) != b':' {
                    break;
                }
                self.at += 1;
            }
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn string(&mut self) -> Result<Kind<'a>, PtxError> {
        let inside = &self.text[self.at + 1..];
        let Some(length) = inside.find('"') else {
            return Err(self.error("this string never ends".into()));
        };
        self.at += length + 2;
        Ok(Kind::Text(&inside[..length]))
    }

    fn number(&mut self) -> Result<Kind<'a>, PtxError> {
        let start = self.at;
        self.take_while(is_word);
        let is_fraction = self.byte(0) == b'.' && self.byte(1).is_ascii_digit();
        if is_fraction {
            self.at += 1;
            self.take_while(is_word);
        }
        // `1.5e-3`: the sign of the exponent ended the word.
        let is_hexadecimal = self.text[start..].starts_with("0x") || self.text[start..].starts_with("0X");
        if !is_hexadecimal
            && self.text[start..self.at].ends_with(['e', 'E'])
            && matches!(self.byte(0), b'+' | b'-')
            && !matches!(self.text.as_bytes().get(start + 1), Some(b'f' | b'F' | b'd' | b'D'))
        {
            self.at += 1;
            self.take_while(|byte| byte.is_ascii_digit());
        }
        let written = &self.text[start..self.at];
        parse_number(written).ok_or_else(|| self.error(format!("`{written}` is not a number")))
    }

    fn error(&self, reason: String) -> PtxError {
        PtxError::new(self.line, self.text, reason)
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

fn parse_number<'a>(written: &str) -> Option<Kind<'a>> {
    let integer = |digits: &str, radix| {
        let digits = digits.strip_suffix(['U', 'u']).unwrap_or(digits);
        u64::from_str_radix(digits, radix).ok().map(|bits| Kind::Number(bits, NumberKind::Integer))
    };
    let lower = written.to_ascii_lowercase();
    match lower.get(..2) {
        Some("0x") => integer(&lower[2..], 16),
        Some("0f") if lower.len() == 10 => {
            u64::from_str_radix(&lower[2..], 16).ok().map(|bits| Kind::Number(bits, NumberKind::Single))
        }
        Some("0d") if lower.len() == 18 => {
            u64::from_str_radix(&lower[2..], 16).ok().map(|bits| Kind::Number(bits, NumberKind::Double))
        }
        Some("0b") => integer(&lower[2..], 2),
        _ if lower.contains(['.', 'e']) => {
            lower.parse::<f64>().ok().map(|value| Kind::Number(value.to_bits(), NumberKind::Double))
        }
        _ if lower.len() > 1 && lower.starts_with('0') && lower != "0u" => integer(&lower[1..], 8),
        _ => integer(&lower, 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind<'_>> {
        tokens(text).unwrap().into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn an_instruction_is_split_into_words_modifiers_and_marks() {
        let found = kinds("@!%p1 ld.shared::cta.v2.f32 {%f1, _}, [$x+-4]; // rest");
        assert_eq!(found[..4], [Kind::Mark('@'), Kind::Mark('!'), Kind::Word("%p1"), Kind::Word("ld")]);
        assert_eq!(found[4..7], [Kind::Dotted("shared::cta"), Kind::Dotted("v2"), Kind::Dotted("f32")]);
        assert_eq!(found.last(), Some(&Kind::Mark(';')));
    }

    #[test]
    fn numbers_are_read_in_every_notation() {
        let numbers = |text| match kinds(text)[0] {
            Kind::Number(bits, kind) => (bits, kind),
            other => panic!("{other:?}"),
        };
        assert_eq!(numbers("0x1F"), (31, NumberKind::Integer));
        assert_eq!(numbers("017"), (15, NumberKind::Integer));
        assert_eq!(numbers("0b101"), (5, NumberKind::Integer));
        assert_eq!(numbers("42U"), (42, NumberKind::Integer));
        assert_eq!(numbers("0f3F800000"), (1f32.to_bits().into(), NumberKind::Single));
        assert_eq!(numbers("0d3FF0000000000000"), (1f64.to_bits(), NumberKind::Double));
        assert_eq!(numbers("2.5e-1"), (0.25f64.to_bits(), NumberKind::Double));
    }

    #[test]
    fn lines_are_counted_through_comments() {
        let found = tokens("a /* one\ntwo */ b\n// c\nd").unwrap();
        assert_eq!(found.iter().map(|token| token.line).collect::<Vec<_>>(), [1, 2, 4]);
    }
}
