//! BLEU: how much of a translation stands in a reference, as sacreBLEU counts it.

use std::collections::HashMap;
use std::fmt;

/// The longest runs of words that are compared.
const ORDER: usize = 4;

/// A corpus's BLEU and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Bleu {
    /// From 0 to 100.
    pub score: f64,
    /// For runs of one to four words, how many per hundred stand in a reference.
    pub precisions: [f64; ORDER],
    /// Below 1 if the translations are shorter than the references.
    pub brevity_penalty: f64,
    /// Words of the translations.
    pub translated: usize,
    /// Words of the references, of several the one nearest in length.
    pub referenced: usize,
}

/// As sacreBLEU prints it.
impl fmt::Display for Bleu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let precisions: Vec<String> = self.precisions.iter().map(|p| format!("{p:.1}")).collect();
        let ratio = self.translated as f64 / self.referenced.max(1) as f64;
        write!(
            f,
            "BLEU = {:.2} {} (BP = {:.3} ratio = {ratio:.3} hyp_len = {} ref_len = {})",
            self.score,
            precisions.join("/"),
            self.brevity_penalty,
            self.translated,
            self.referenced
        )
    }
}

/// The BLEU of translations, each with one reference or several (Papineni et al. 2002,
/// <https://aclanthology.org/P02-1040>): the geometric mean of the precisions of runs of one to four words, times a penalty for
/// brevity. Words are cut, and runs that never occur smoothed, as sacreBLEU does by default (`13a`, `exp`), so that the number
/// is comparable with published ones.
///
/// ```
/// use ferrolab::metrics::bleu;
/// let result = bleu(&["the cat sat on the mat"], &[&["the cat sat on a mat"]]);
/// assert_eq!(format!("{:.2}", result.score), "53.73");
/// assert_eq!(bleu(&["exactly the same words here"], &[&["exactly the same words here"]]).score.round(), 100.0);
/// ```
///
/// ***Panics*** unless every translation has at least one reference.
#[track_caller]
pub fn bleu<H: AsRef<str>, L: AsRef<[R]>, R: AsRef<str>>(translations: &[H], references: &[L]) -> Bleu {
    let (expected, found) = (translations.len(), references.len());
    assert!(expected == found, "bleu: expected references for each of {expected} translations, got {found}");
    let mut counts = Counts::default();
    for (translation, references) in translations.iter().zip(references) {
        let references: Vec<Vec<String>> =
            references.as_ref().iter().map(|reference| words(reference.as_ref())).collect();
        assert!(!references.is_empty(), "bleu: a translation has no reference");
        counts.add(&words(translation.as_ref()), &references);
    }
    counts.bleu()
}

/// What is counted over a corpus.
#[derive(Default)]
struct Counts {
    right: [usize; ORDER],
    total: [usize; ORDER],
    translated: usize,
    referenced: usize,
}

impl Counts {
    fn add(&mut self, translation: &[String], references: &[Vec<String>]) {
        self.translated += translation.len();
        let far = |len: &usize| (len.abs_diff(translation.len()), *len);
        self.referenced += references.iter().map(Vec::len).min_by_key(far).unwrap_or(0);
        for n in 1..=ORDER {
            let mut allowed: HashMap<&[String], usize> = HashMap::new();
            for reference in references {
                for (run, count) in runs(reference, n) {
                    let most = allowed.entry(run).or_default();
                    *most = count.max(*most);
                }
            }
            for (run, count) in runs(translation, n) {
                self.total[n - 1] += count;
                self.right[n - 1] += count.min(allowed.get(run).copied().unwrap_or(0));
            }
        }
    }

    fn bleu(&self) -> Bleu {
        let (translated, referenced) = (self.translated, self.referenced);
        let brevity_penalty = match (translated, referenced) {
            (0, _) => 0.0,
            _ if translated < referenced => (1.0 - referenced as f64 / translated as f64).exp(),
            _ => 1.0,
        };
        let mut precisions = [0.0; ORDER];
        let mut halves = 1.0;
        for (precision, (&right, &total)) in precisions.iter_mut().zip(self.right.iter().zip(&self.total)) {
            if total == 0 {
                break;
            }
            *precision = if right > 0 {
                100.0 * right as f64 / total as f64
            } else {
                // Runs that never occur count half, a quarter, an eighth … of one.
                halves *= 2.0;
                100.0 / (halves * total as f64)
            };
        }
        let none = self.right == [0; ORDER] || precisions.contains(&0.0);
        let mean = precisions.iter().map(|precision| precision.ln()).sum::<f64>() / ORDER as f64;
        let score = if none { 0.0 } else { brevity_penalty * mean.exp() };
        Bleu { score, precisions, brevity_penalty, translated, referenced }
    }
}

/// How often each run of `n` words occurs.
fn runs(words: &[String], n: usize) -> HashMap<&[String], usize> {
    let mut counts = HashMap::new();
    words.windows(n).for_each(|run| *counts.entry(run).or_default() += 1);
    counts
}

/// The words of a text by the rules of the mteval script, version 13a: marks are words of their own, but full stops and commas
/// within numbers, hyphens and apostrophes are not.
fn words(text: &str) -> Vec<String> {
    let text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    let text = text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    let apart = |c: char| matches!(c, '{'..='~' | '['..='`' | ' '..='&' | '('..='+' | ':'..='@' | '/');
    let mut spaced = String::from(" ");
    for c in text.chars() {
        if apart(c) { spaced.extend([' ', c, ' ']) } else { spaced.push(c) }
    }
    spaced.push(' ');
    let spaced = pairs(&spaced, |a, b| !a.is_ascii_digit() && is_point(b), |a, b| format!("{a} {b} "));
    let spaced = pairs(&spaced, |a, b| is_point(a) && !b.is_ascii_digit(), |a, b| format!(" {a} {b}"));
    let spaced = pairs(&spaced, |a, b| a.is_ascii_digit() && b == '-', |a, b| format!("{a} {b} "));
    spaced.split_whitespace().map(str::to_owned).collect()
}

fn is_point(c: char) -> bool {
    matches!(c, '.' | ',')
}

/// Replaces pairs of neighbours from left to right; a character belongs to one pair at most.
fn pairs(text: &str, fits: impl Fn(char, char) -> bool, new: impl Fn(char, char) -> String) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(a) = rest.next() {
        match rest.peek() {
            Some(&b) if fits(a, b) => {
                result.push_str(&new(a, b));
                rest.next();
            }
            _ => result.push(a),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_words_but_not_within_numbers() {
        let text = "Don't pay 1,000.50 (or more): it's \"half-price\", e.g. 3-4 &amp; so...";
        assert_eq!(
            words(text).join(" "),
            "Don't pay 1,000.50 ( or more ) : it's \" half-price \" , e . g . 3 - 4 & so . . ."
        );
    }

    #[test]
    fn without_a_common_word_the_score_is_zero() {
        let result = bleu(&["alpha beta"], &[&["gamma delta"]]);
        assert_eq!(result.score, 0.0);
        assert_eq!(bleu::<&str, [&str; 1], &str>(&[], &[]).score, 0.0);
    }

    #[test]
    #[should_panic(expected = "bleu: expected references for each of 2 translations, got 1")]
    fn every_translation_has_references() {
        bleu(&["a", "b"], &[&["a"]]);
    }
}
