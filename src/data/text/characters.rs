//! [`Characters`]: the characters of a text and their numbers.

use std::collections::HashMap;
use std::fmt;

/// The characters that a text consists of, numbered in the order of Unicode: for models that read and write letter by letter.
///
/// ```
/// use ferrolab::data::text::Characters;
/// let letters = Characters::of("a banana");
/// assert_eq!(letters.characters(), [' ', 'a', 'b', 'n']);
/// assert_eq!(letters.encode("nab"), [3, 1, 2]);
/// assert_eq!(letters.decode(&[2, 1, 3]), "ban");
/// ```
#[derive(Clone)]
pub struct Characters {
    characters: Vec<char>,
    numbers: HashMap<char, usize>,
}

impl Characters {
    /// Every character of a text, once.
    pub fn of(text: &str) -> Self {
        let mut characters: Vec<char> = text.chars().collect();
        characters.sort_unstable();
        characters.dedup();
        let numbers = characters.iter().enumerate().map(|(number, &character)| (character, number)).collect();
        Characters { characters, numbers }
    }

    /// The characters in the order of their numbers.
    pub fn characters(&self) -> &[char] {
        &self.characters
    }

    /// How many characters there are: the first size of an embedding.
    pub fn len(&self) -> usize {
        self.characters.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.characters.is_empty()
    }

    /// The number of a character, if it has one.
    pub fn number(&self, character: char) -> Option<usize> {
        self.numbers.get(&character).copied()
    }

    /// The numbers of the characters of a text.
    ///
    /// ***Panics*** if a character has none.
    #[track_caller]
    pub fn encode(&self, text: &str) -> Vec<usize> {
        let mut numbers = Vec::with_capacity(text.len());
        for character in text.chars() {
            let number = self.number(character);
            numbers.push(number.unwrap_or_else(|| {
                panic!("{character:?} is not among the {} characters that were numbered", self.len())
            }));
        }
        numbers
    }

    /// The text of these numbers.
    ///
    /// ***Panics*** if a number has no character.
    #[track_caller]
    pub fn decode(&self, numbers: &[usize]) -> String {
        let mut text = String::with_capacity(numbers.len());
        for &number in numbers {
            assert!(number < self.len(), "there is no character {number} among {}", self.len());
            text.push(self.characters[number]);
        }
        text
    }
}

/// `Characters(27: "\n abcdefg…")`
impl fmt::Debug for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.characters.iter().take(12).collect();
        let more = if self.len() > 12 { "…" } else { "" };
        write!(f, "Characters({}: {:?})", self.len(), shown + more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_can_be_decoded() {
        let text = "„Grüße“ — said \"no one\"\n";
        let letters = Characters::of(text);
        assert_eq!(letters.decode(&letters.encode(text)), text);
        assert_eq!((letters.number('ß').is_some(), letters.number('x')), (true, None));
        assert_eq!(format!("{:?}", Characters::of("ba")), "Characters(2: \"ab\")");
        assert!(Characters::of("").is_empty());
    }

    #[test]
    #[should_panic(expected = "'x' is not among the 2 characters that were numbered")]
    fn other_characters_have_no_number() {
        Characters::of("ab").encode("ax");
    }

    #[test]
    #[should_panic(expected = "there is no character 2 among 2")]
    fn other_numbers_have_no_character() {
        Characters::of("ab").decode(&[2]);
    }
}
