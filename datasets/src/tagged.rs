//! Sentences whose words have tags: `TaggedSentences`, and the reader of CoNLL files.
//!
//! A CoNLL file has a line for each token, `TOKEN<tab>TAG`, and an empty line after each sentence. A line that starts with `# ` says
//! where the next sentence is from. Tags are in BIO: `B-PER` begins a person, `I-PER` continues it, `O` is outside of names
//! (Ramshaw and Marcus, 1995, <https://aclanthology.org/W95-0107/>).

use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use crate::describe::{Description, spread};
use crate::error::REPLACE;
use crate::{Card, DataError, gz};

/// Tagged sentences.
///
/// ```
/// let verse = &ferrolab_datasets::ner_kjv()?.dev.sentences[0];
/// assert_eq!(verse.tokens[..4], ["And", "Adam", "knew", "Eve"]);
/// assert_eq!(verse.origin, "Genesis 4:1");
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaggedSentences {
    /// The sentences.
    pub sentences: Vec<TaggedSentence>,
    /// The names of the tags, in the order of their numbers; the first is `O`.
    pub tags: Vec<String>,
    /// Which set it is; `None` for sentences of the user's own.
    pub card: Option<&'static Card>,
}

/// A sentence, its tokens and their tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaggedSentence {
    /// Words and punctuation.
    pub tokens: Vec<String>,
    /// One number a token: an index into [`TaggedSentences::tags`].
    pub tags: Vec<usize>,
    /// Where it is from; `""` if the file does not say.
    pub origin: String,
}

/// A name in a sentence: tokens `start..end`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entity {
    /// What it names, such as `PER`.
    pub kind: String,
    /// Its first token.
    pub start: usize,
    /// The token after its last.
    pub end: usize,
}

impl TaggedSentences {
    /// Number of sentences.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// Whether there is no sentence.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// Number of tokens in all sentences.
    pub fn token_count(&self) -> usize {
        self.sentences.iter().map(|sentence| sentence.tokens.len()).sum()
    }

    /// How many tokens have each tag, in the order of `tags`.
    pub fn tag_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.tags.len()];
        for &tag in self.sentences.iter().flat_map(|sentence| &sentence.tags) {
            counts[tag] += 1;
        }
        counts
    }

    /// The tags of every sentence by name.
    ///
    /// ```
    /// let data = ferrolab_datasets::ner_kjv()?.dev;
    /// assert_eq!(data.tag_names()[0][..4], ["O", "B-PER", "O", "B-PER"]);
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    pub fn tag_names(&self) -> Vec<Vec<String>> {
        self.sentences.iter().map(|sentence| self.names(&sentence.tags)).collect()
    }

    /// The names of tags.
    ///
    /// ***Panics*** if there is no such tag.
    #[track_caller]
    pub fn names(&self, tags: &[usize]) -> Vec<String> {
        let name =
            |&tag: &usize| self.tags.get(tag).unwrap_or_else(|| panic!("there is no tag {tag}")).clone();
        tags.iter().map(name).collect()
    }

    /// The names in a sentence, in order. An `I-` tag that continues nothing begins a name, as in the CoNLL evaluation.
    ///
    /// ```
    /// let data = ferrolab_datasets::ner_kjv()?.dev;
    /// let verse = &data.sentences[0];
    /// let names: Vec<_> = data.entities(verse).iter().map(|name| verse.tokens[name.start..name.end].join(" ")).collect();
    /// assert_eq!(names, ["Adam", "Eve", "Cain"]);
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    pub fn entities(&self, sentence: &TaggedSentence) -> Vec<Entity> {
        let mut entities: Vec<Entity> = Vec::new();
        for (index, &tag) in sentence.tags.iter().enumerate() {
            let Some((place, kind)) = self.tags.get(tag).and_then(|tag| tag.split_once('-')) else {
                continue;
            };
            match entities.last_mut() {
                Some(last) if place == "I" && last.end == index && last.kind == kind => last.end += 1,
                _ => entities.push(Entity { kind: kind.into(), start: index, end: index + 1 }),
            }
        }
        entities
    }

    /// How many names there are of each kind, in the order of the tags.
    pub fn entity_counts(&self) -> Vec<(String, usize)> {
        let kinds = self.tags.iter().filter_map(|tag| tag.strip_prefix("B-"));
        let mut counts: Vec<_> = kinds.map(|kind| (kind.to_owned(), 0)).collect();
        for entity in self.sentences.iter().flat_map(|sentence| self.entities(sentence)) {
            if let Some((_, count)) = counts.iter_mut().find(|(kind, _)| *kind == entity.kind) {
                *count += 1;
            }
        }
        counts
    }

    /// What is in the set, for people.
    pub fn describe(&self) -> Description {
        self.facts(Description::new(self.card, "tagged sentences"), "rows").card(self.card)
    }

    /// Adds what is in this part to a description.
    pub(crate) fn facts(&self, text: Description, part: &str) -> Description {
        let sizes = spread(self.sentences.iter().map(|sentence| sentence.tokens.len()));
        let rows =
            format!("{} sentences of {sizes} tokens, {} in all; names:", self.len(), self.token_count());
        let counts = self.entity_counts();
        let text = text.line(part, &rows).counts(counts.iter().map(|(kind, count)| (kind.as_str(), *count)));
        let Some(sentence) = self.sentences.iter().find(|sentence| sentence.tags.iter().any(|&tag| tag > 0))
        else {
            return text;
        };
        let mut words = String::new();
        for (token, &tag) in sentence.tokens.iter().zip(&sentence.tags) {
            words += token;
            if tag > 0 {
                words += &format!("[{}]", self.tags[tag]);
            }
            words.push(' ');
        }
        text.example("", &words)
    }
}

/// A summary, not the sentences: `TaggedSentences(9291 sentences, 279161 tokens, 7 tags)`.
impl fmt::Debug for TaggedSentences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sentences, tokens) = (self.len(), self.token_count());
        write!(f, "TaggedSentences({sentences} sentences, {tokens} tokens, {} tags)", self.tags.len())
    }
}

/// Reads a CoNLL file of two columns, gzipped or not; `kinds` are the kinds of names, such as `["PER", "LOC"]`, and decide the order
/// of the tags: `O`, then `B-` and `I-` of each kind.
///
/// Where a token has several tags, joined by commas, the first one counts.
///
/// # Errors
/// [`DataError::Io`], or [`DataError::Format`] with the line if one has not two columns or the tag is not known.
pub fn read_conll(path: impl AsRef<Path>, kinds: &[&str]) -> Result<TaggedSentences, DataError> {
    let path = path.as_ref();
    decode(gz::open(path)?, kinds, &path.display().to_string())
}

fn decode(input: impl Read, kinds: &[&str], origin: &str) -> Result<TaggedSentences, DataError> {
    let begin_and_go_on = kinds.iter().flat_map(|kind| [format!("B-{kind}"), format!("I-{kind}")]);
    let tags: Vec<String> = std::iter::once("O".to_owned()).chain(begin_and_go_on).collect();
    let mut sentences = Vec::new();
    let mut sentence = TaggedSentence { tokens: Vec::new(), tags: Vec::new(), origin: String::new() };
    for (number, line) in (1..).zip(BufReader::new(input).lines()) {
        let refuse = |expected: String, found: String| DataError::Format {
            file: format!("{origin}, line {number}"),
            expected,
            found,
            help: REPLACE.into(),
        };
        let line = line.map_err(|error| refuse("text in UTF-8".into(), error.to_string()))?;
        let line = line.trim_end_matches('\r');
        // WNUT-17 has a tab in its empty lines.
        if line.trim().is_empty() {
            finish(&mut sentence, &mut sentences);
        } else if let Some((token, tag)) = line.split_once('\t') {
            let first = tag.split(',').next().unwrap_or(tag);
            let Some(tag) = tags.iter().position(|known| known == first) else {
                return Err(refuse(format!("one of the tags {}", tags.join(" ")), format!("`{tag}`")));
            };
            sentence.tokens.push(token.to_owned());
            sentence.tags.push(tag);
        } else if let Some(origin) = line.strip_prefix("# ") {
            finish(&mut sentence, &mut sentences);
            sentence.origin = origin.to_owned();
        } else {
            return Err(refuse("a token, a tab and a tag".into(), format!("`{line}`")));
        }
    }
    finish(&mut sentence, &mut sentences);
    Ok(TaggedSentences { sentences, tags, card: None })
}

/// Moves a sentence that has tokens to the others.
fn finish(sentence: &mut TaggedSentence, sentences: &mut Vec<TaggedSentence>) {
    if !sentence.tokens.is_empty() {
        let empty = TaggedSentence { tokens: Vec::new(), tags: Vec::new(), origin: String::new() };
        sentences.push(std::mem::replace(sentence, empty));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TaggedSentences, DataError> {
        decode(text.as_bytes(), &["PER", "LOC"], "a.conll")
    }

    #[test]
    fn names_are_found_as_the_conll_evaluation_finds_them() {
        let text = "a\tB-PER\nb\tI-PER\nc\tB-PER\nd\tO\ne\tI-LOC\nf\tI-PER\n\ng\tO\n";
        let data = read(text).unwrap();
        let found: Vec<_> = data
            .entities(&data.sentences[0])
            .into_iter()
            .map(|entity| (entity.kind, entity.start, entity.end))
            .collect();
        let expected = [("PER", 0, 2), ("PER", 2, 3), ("LOC", 4, 5), ("PER", 5, 6)];
        assert_eq!(found, expected.map(|(kind, start, end)| (kind.to_owned(), start, end)));
        assert_eq!(data.entity_counts(), [("PER".into(), 3), ("LOC".into(), 1)]);
        assert_eq!(data.tag_counts(), [2, 2, 2, 0, 1]);
    }

    #[test]
    fn comments_double_tags_and_a_missing_last_line_are_read() {
        let data = read("# here\r\n#1\tB-LOC,B-PER\r\n\r\n\t\r\nx\tO").unwrap();
        assert_eq!(data.sentences[0].origin, "here");
        assert_eq!((&*data.sentences[0].tokens[0], data.sentences[0].tags[0]), ("#1", 3));
        assert_eq!((data.len(), &*data.sentences[1].origin), (2, ""));
    }

    #[test]
    fn damage_is_named_with_its_line() {
        assert_eq!(
            read("a\tO\nb\tB-ORG\n").unwrap_err().to_string(),
            "a.conll, line 2: expected one of the tags O B-PER I-PER B-LOC I-LOC, found `B-ORG`; replace the file, it is \
             damaged or of another kind"
        );
        let text = read("a O\n").unwrap_err().to_string();
        assert!(
            text.starts_with("a.conll, line 1: expected a token, a tab and a tag, found `a O`"),
            "{text}"
        );
    }
}
