//! [`SubWords`]: a number for each frequent word, and for the parts of rare ones.

mod cut;
mod file;
mod learn;

use std::collections::HashMap;
use std::fmt;

use super::TextEncoder;
use cut::Cut;

/// The tokens of every tokenizer that is trained here, by their numbers.
const SPECIAL: [&str; 4] = ["<pad>", "<unk>", "<bos>", "<eos>"];

/// Two neighbouring tokens.
type Pair = (u32, u32);

/// Words and parts of words with a number each, found by byte-pair encoding (Sennrich, Haddow and Birch 2016,
/// <https://aclanthology.org/P16-1162>): frequent words are one token, rare ones are several, and a word that was never
/// seen is made of parts that were. In a token, `▁` stands for the space in front of a word.
///
/// ```
/// use ferrolab::data::text::SubWords;
/// let texts = ["low lower lowest", "new newer newest", "slow slower slowest"];
/// let subwords = SubWords::train(texts, 40);
/// assert_eq!(subwords.pieces("newest flow"), ["▁newe", "st", "▁", "<unk>", "low"]); // no text had an f
/// let numbers = subwords.encode("slower");
/// assert_eq!(subwords.decode(&numbers), "slower");
/// assert_eq!(subwords.tokens()[..4], ["<pad>", "<unk>", "<bos>", "<eos>"]);
/// ```
///
/// The file is the `tokenizer.json` of Hugging Face, which their `tokenizers` reads too and gives the same numbers.
#[derive(Clone)]
pub struct SubWords {
    tokens: Vec<String>,
    numbers: HashMap<String, u32>,
    /// In the order in which they were learnt.
    merges: Vec<(Pair, u32)>,
    /// Of each merge, its place in that order and what it gives.
    ranks: HashMap<Pair, (u32, u32)>,
    /// Tokens that stand for no text.
    special: Vec<u32>,
    unknown: Option<u32>,
    cut: Cut,
    /// Whether a word that is a token is taken as one, whatever the merges say.
    whole_words: bool,
}

impl SubWords {
    /// Learns up to `size` tokens: `<pad>`, `<unk>`, `<bos>`, `<eos>`, every character of the texts, and what comes of joining
    /// the most frequent pair of neighbours again and again, as long as one occurs twice. Joined is only what stands in one
    /// word: letters, digits and other signs are words of their own. The same texts give the same tokens.
    ///
    /// If the texts have more characters than `size` allows, all of them are tokens all the same.
    pub fn train<S: AsRef<str>>(texts: impl IntoIterator<Item = S>, size: usize) -> Self {
        let (cut, mut counts) = (Cut::Words, HashMap::new());
        for text in texts {
            cut.words(text.as_ref()).into_iter().for_each(|word| *counts.entry(word).or_insert(0i64) += 1);
        }
        let special: Vec<String> = SPECIAL.map(String::from).into();
        let (tokens, merges) = learn::learn(special, &counts, size);
        Self::of(tokens, merges, cut).special((0..SPECIAL.len() as u32).collect(), Some(1))
    }

    fn of(tokens: Vec<String>, merges: Vec<(Pair, u32)>, cut: Cut) -> Self {
        let numbers = tokens.iter().zip(0..).map(|(token, number)| (token.clone(), number)).collect();
        // Of two that join the same pair, the first counts.
        let mut ranks = HashMap::with_capacity(merges.len());
        for (rank, &(pair, new)) in (0..).zip(&merges) {
            ranks.entry(pair).or_insert((rank, new));
        }
        SubWords {
            tokens,
            numbers,
            merges,
            ranks,
            special: Vec::new(),
            unknown: None,
            cut,
            whole_words: false,
        }
    }

    fn special(self, special: Vec<u32>, unknown: Option<u32>) -> Self {
        SubWords { special, unknown, ..self }
    }

    /// The tokens in the order of their numbers.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// How many tokens there are, the special ones among them: the first size of an embedding.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The number of a token, if there is such a token.
    pub fn number(&self, token: &str) -> Option<usize> {
        self.numbers.get(token).map(|&number| number as usize)
    }

    /// The number of the token that stands before every text, `<bos>` (in files from elsewhere also `<s>`, `[CLS]` or
    /// `<|endoftext|>`).
    ///
    /// ***Panics*** if a tokenizer that was loaded has none.
    #[track_caller]
    pub fn start(&self) -> usize {
        self.named("starts a text", &["<bos>", "<s>", "[CLS]", "<|endoftext|>"])
    }

    /// The number of the token that stands behind every text, `<eos>` (in files from elsewhere also `</s>`, `[SEP]` or
    /// `<|endoftext|>`).
    ///
    /// ***Panics*** if a tokenizer that was loaded has none.
    #[track_caller]
    pub fn end(&self) -> usize {
        self.named("ends a text", &["<eos>", "</s>", "[SEP]", "<|endoftext|>"])
    }

    #[track_caller]
    fn named(&self, does: &str, names: &[&str]) -> usize {
        names.iter().find_map(|name| self.number(name)).unwrap_or_else(|| {
            panic!("this tokenizer has no token that {does}: none of {}", names.join(", "))
        })
    }

    /// The numbers of a text's tokens. Special tokens are not among them, even if their names stand in the text.
    pub fn encode(&self, text: &str) -> Vec<usize> {
        self.symbols(text).into_iter().map(|number| number as usize).collect()
    }

    /// The tokens of a text as they are written, `▁` being a space.
    pub fn pieces(&self, text: &str) -> Vec<&str> {
        self.symbols(text).into_iter().map(|number| self.tokens[number as usize].as_str()).collect()
    }

    /// The text of these numbers, special tokens left out.
    ///
    /// ***Panics*** if a number has no token.
    #[track_caller]
    pub fn decode(&self, numbers: &[usize]) -> String {
        let mut text = String::new();
        for &number in numbers {
            assert!(number < self.len(), "there is no token {number} among {}", self.len());
            if !self.special.contains(&(number as u32)) {
                text.push_str(&self.tokens[number]);
            }
        }
        self.cut.joined(&text)
    }

    fn symbols(&self, text: &str) -> Vec<u32> {
        self.cut.words(text).iter().flat_map(|word| self.word(word)).collect()
    }

    /// A word's characters, neighbours joined as they were when learning: the earliest merge first.
    fn word(&self, word: &str) -> Vec<u32> {
        if let Some(&number) = self.numbers.get(word).filter(|_| self.whole_words) {
            return vec![number];
        }
        let mut buffer = [0; 4];
        let number = |c: char| self.numbers.get(&*c.encode_utf8(&mut buffer)).copied().or(self.unknown);
        let mut symbols: Vec<u32> = word.chars().filter_map(number).collect();
        loop {
            let known = symbols.windows(2).enumerate().filter_map(|(place, pair)| {
                let &(rank, new) = self.ranks.get(&(pair[0], pair[1]))?;
                Some((rank, place, new))
            });
            let Some((_, place, new)) = known.min() else { return symbols };
            symbols[place] = new;
            symbols.remove(place + 1);
        }
    }
}

impl TextEncoder for SubWords {
    fn encode(&self, text: &str) -> Vec<usize> {
        self.encode(text)
    }

    fn padding(&self) -> usize {
        ["<pad>", "[PAD]", "<|endoftext|>"].iter().find_map(|name| self.number(name)).unwrap_or(0)
    }
}

/// `SubWords(3000 tokens: ▁the, ▁de, …)`: the first that were joined.
impl fmt::Debug for SubWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: Vec<&str> =
            self.merges.iter().take(6).map(|&(_, new)| self.tokens[new as usize].as_str()).collect();
        let more = if self.merges.len() > 6 { ", …" } else { "" };
        write!(f, "SubWords({} tokens: {}{more})", self.len(), first.join(", "))
    }
}
