//! [`Cut`]: how a text is cut into words before they become tokens, and how tokens become a text again.

/// What stands for a space: SentencePiece's sign.
const SPACE: char = '▁';

/// The ways that can be read from a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cut {
    /// A space belongs to the word behind it, also the one that is put before the text. Letters, digits and other signs are
    /// words of their own.
    Words,
    /// Words are what stands between spaces; `in_front`: a space is put before the text.
    Spaces { in_front: bool },
    /// GPT-2's: letters, digits and other signs, each with the space before it, as bytes that are written as one letter each.
    Bytes { in_front: bool },
}

/// What the regular expression of [`Cut::Words`] tells apart.
#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Letter,
    Digit,
    Space,
    Other,
}

impl Sign {
    fn of(c: char) -> Sign {
        match c {
            SPACE => Sign::Space,
            c if c.is_alphabetic() => Sign::Letter,
            c if c.is_numeric() => Sign::Digit,
            _ => Sign::Other,
        }
    }
}

impl Cut {
    /// [`Cut::Words`] as a regular expression: what stands in the file.
    pub(super) const PATTERN: &str = r"▁?\p{Alphabetic}+|▁?\p{N}+|▁?[^▁\p{Alphabetic}\p{N}]+|▁";

    /// The words of a text, written in the characters that tokens consist of.
    pub(super) fn words(self, text: &str) -> Vec<String> {
        match self {
            Cut::Words => by_signs(&spaced(text, true)),
            Cut::Spaces { in_front } => by_spaces(&spaced(text, in_front)),
            Cut::Bytes { in_front } => {
                let space = if in_front && !text.starts_with(char::is_whitespace) { " " } else { "" };
                let text = format!("{space}{text}");
                by_contractions(&text).into_iter().map(|word| word.bytes().map(letter).collect()).collect()
            }
        }
    }

    /// The text of tokens that are written behind one another.
    pub(super) fn joined(self, tokens: &str) -> String {
        let spaces = |in_front: bool| {
            let tokens = if in_front { tokens.strip_prefix(SPACE).unwrap_or(tokens) } else { tokens };
            tokens.replace(SPACE, " ")
        };
        match self {
            Cut::Words => spaces(true),
            Cut::Spaces { in_front } => spaces(in_front),
            Cut::Bytes { .. } => {
                let bytes: Vec<u8> = tokens.chars().filter_map(byte).collect();
                String::from_utf8_lossy(&bytes).into_owned()
            }
        }
    }
}

/// With signs for spaces, one before the text unless it is empty or begins with one.
fn spaced(text: &str, in_front: bool) -> String {
    let text = text.replace(' ', "▁");
    if in_front && !text.is_empty() && !text.starts_with(SPACE) { format!("{SPACE}{text}") } else { text }
}

/// Every sign for a space begins a word.
fn by_spaces(text: &str) -> Vec<String> {
    let starts: Vec<usize> = text.char_indices().filter(|(_, c)| *c == SPACE).map(|(i, _)| i).collect();
    pieces(text, starts)
}

/// By [`Cut::PATTERN`].
fn by_signs(text: &str) -> Vec<String> {
    let mut before = None;
    let starts = text.char_indices().filter_map(|(i, c)| {
        let sign = Sign::of(c);
        // A space joins what follows, unless that is a space too.
        let goes_on =
            before.is_some_and(|before| before == sign || before == Sign::Space) && sign != Sign::Space;
        before = Some(sign);
        (!goes_on).then_some(i)
    });
    pieces(text, starts.collect())
}

/// From each start to the next.
fn pieces(text: &str, mut starts: Vec<usize>) -> Vec<String> {
    if !text.is_empty() && starts.first() != Some(&0) {
        starts.insert(0, 0);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&start, end)| text[start..end].to_owned()).collect()
}

/// By GPT-2's regular expression: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
fn by_contractions(text: &str) -> Vec<&str> {
    let (mut words, mut rest) = (Vec::new(), text);
    while let Some(first) = rest.chars().next() {
        let word = contraction(rest).or_else(|| run(rest)).unwrap_or_else(|| blanks(rest, first));
        words.push(&rest[..word]);
        rest = &rest[word..];
    }
    words
}

/// How long the contraction at the beginning is.
fn contraction(text: &str) -> Option<usize> {
    ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
        .iter()
        .find(|part| text.starts_with(**part))
        .map(|part| part.len())
}

/// How long the run of letters, digits or other signs at the beginning is, with a space before it.
fn run(text: &str) -> Option<usize> {
    let kind = |c: char| match c {
        c if c.is_whitespace() => Sign::Space,
        SPACE => Sign::Other,
        c => Sign::of(c),
    };
    let space = usize::from(text.starts_with(' '));
    let first = kind(text[space..].chars().next()?);
    if first == Sign::Space {
        return None;
    }
    let run: usize = text[space..].chars().take_while(|&c| kind(c) == first).map(char::len_utf8).sum();
    Some(space + run)
}

/// How long the white space at the beginning is; the last of it belongs to the word that follows.
fn blanks(text: &str, first: char) -> usize {
    let all = text.len() - text.trim_start().len();
    let last = text[..all].chars().next_back().map_or(0, char::len_utf8);
    if all == text.len() || all == last { all.max(first.len_utf8()) } else { all - last }
}

/// GPT-2's letter for a byte: itself if it can be seen, otherwise one of the 68 letters from `Ā` on.
fn letter(byte: u8) -> char {
    let place = match byte {
        0..=32 => u32::from(byte),
        127..=160 => 33 + u32::from(byte - 127),
        173 => 67,
        _ => return char::from(byte),
    };
    char::from_u32(0x100 + place).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The byte of a letter.
fn byte(letter: char) -> Option<u8> {
    let code = u32::from(letter);
    u8::try_from(match code {
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 127,
        0x143 => 173,
        _ => code,
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_a_letter_of_its_own() {
        for value in 0..=255 {
            assert_eq!(byte(letter(value)), Some(value));
        }
        assert_eq!((letter(b' '), letter(b'\n'), letter(b'a')), ('Ġ', 'Ċ', 'a'));
        assert_eq!(byte('→'), None);
    }

    #[test]
    fn words_are_cut_as_the_pattern_says() {
        assert_eq!(
            Cut::Words.words("Click 'OK' (1 of 2)."),
            ["▁Click", "▁'", "OK", "'", "▁(", "1", "▁of", "▁2", ")."]
        );
        assert_eq!(Cut::Words.words("  a"), ["▁", "▁a"]);
        let spaces = Cut::Spaces { in_front: false };
        assert_eq!(spaces.words("Click 'OK'"), ["Click", "▁'OK'"]);
        assert_eq!(
            Cut::Bytes { in_front: false }.words("It's  1 €\n\nb"),
            ["It", "'s", "Ġ", "Ġ1", "ĠâĤ¬", "Ċ", "Ċ", "b"]
        );
    }

    #[test]
    fn words_joined_are_the_text_again() {
        let text = "  deux  espaces, d'été\n\t€ 100 %  ";
        for cut in [Cut::Spaces { in_front: false }, Cut::Bytes { in_front: false }] {
            assert_eq!(cut.joined(&cut.words(text).concat()), text);
        }
        assert_eq!(Cut::Words.joined(&Cut::Words.words("l'été, 100 %").concat()), "l'été, 100 %");
    }
}
