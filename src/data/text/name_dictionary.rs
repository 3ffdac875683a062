//! [`NameDictionary`]: finds the names that stand in tagged sentences, and no others: what a network has to beat.

use std::collections::{BTreeMap, HashMap};

use ferrolab_datasets::TaggedSentences;

/// The names of tagged sentences with their kinds, looked up in other sentences: the baseline of a recogniser of names.
///
/// ```
/// use ferrolab::data::text::NameDictionary;
/// use ferrolab::prelude::*;
/// let dictionary = NameDictionary::of(&datasets::ner_kjv()?.train);
/// let tags = dictionary.tag(&["And", "Moses", "spake", "unto", "Ferris"]);
/// assert_eq!(tags, ["O", "B-PER", "O", "O", "O"]);
/// # Ok::<(), datasets::DataError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NameDictionary {
    /// From the tokens of a name, with spaces between, to its kind.
    names: HashMap<String, String>,
    /// The tokens of the longest name.
    longest: usize,
}

impl NameDictionary {
    /// Every name of these sentences, with its most frequent kind. Left out are those that are more often no name.
    pub fn of(data: &TaggedSentences) -> Self {
        let mut kinds: HashMap<String, BTreeMap<String, usize>> = HashMap::new();
        let mut longest = 0;
        for sentence in &data.sentences {
            for name in data.entities(sentence) {
                let words = sentence.tokens[name.start..name.end].join(" ");
                *kinds.entry(words).or_default().entry(name.kind).or_default() += 1;
                longest = longest.max(name.end - name.start);
            }
        }
        let mut elsewhere: HashMap<String, usize> = HashMap::new();
        for sentence in &data.sentences {
            for len in 1..=longest {
                for (tokens, tags) in sentence.tokens.windows(len).zip(sentence.tags.windows(len)) {
                    let words = tokens.join(" ");
                    if tags.iter().all(|&tag| tag == 0) && kinds.contains_key(&words) {
                        *elsewhere.entry(words).or_default() += 1;
                    }
                }
            }
        }
        let chosen = |(words, kinds): (String, BTreeMap<String, usize>)| {
            let (kind, count) = kinds.into_iter().max_by_key(|(_, count)| *count)?;
            (count >= elsewhere.get(&words).copied().unwrap_or(0)).then_some((words, kind))
        };
        NameDictionary { names: kinds.into_iter().filter_map(chosen).collect(), longest }
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The kind of a name, its words with a space between.
    pub fn kind(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    /// BIO tags of a sentence: from left to right, the longest name that begins at a token.
    pub fn tag<T: AsRef<str>>(&self, tokens: &[T]) -> Vec<String> {
        let tokens: Vec<&str> = tokens.iter().map(AsRef::as_ref).collect();
        let mut tags = Vec::with_capacity(tokens.len());
        while tags.len() < tokens.len() {
            let rest = &tokens[tags.len()..];
            let lengths = (1..=self.longest.min(rest.len())).rev();
            match lengths.filter_map(|len| Some((len, self.kind(&rest[..len].join(" "))?))).next() {
                Some((len, kind)) => {
                    tags.push(format!("B-{kind}"));
                    tags.extend(std::iter::repeat_n(format!("I-{kind}"), len - 1));
                }
                None => tags.push("O".into()),
            }
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferrolab_datasets::read_conll;

    #[test]
    fn the_longest_name_and_its_most_frequent_kind_win() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let sentences = [
            "Simon\tB-PER\nPeter\tI-PER\nsaw\tO\nDan\tB-LOC\n",
            "Simon\tB-PER\nin\tO\nDan\tB-LOC\n",
            "Dan\tB-PER\nhad\tO\na\tO\nMark\tB-PER\n",
            "Mark\tO\nthis\tO\n",
            "Mark\tO\nthat\tO\n",
        ];
        std::fs::write(file.path(), sentences.join("\n")).unwrap();
        let dictionary = NameDictionary::of(&read_conll(file.path(), &["PER", "LOC"]).unwrap());
        assert_eq!((dictionary.len(), dictionary.kind("Mark")), (3, None));
        let tags = dictionary.tag(&["Simon", "Peter", "Dan", "Simon", "Mark"]);
        assert_eq!(tags, ["B-PER", "I-PER", "B-LOC", "B-PER", "O"]);
        assert_eq!(dictionary.tag::<&str>(&[]), Vec::<String>::new());
    }
}
