//! Spans: what BIO tags mark in a sentence, and how many of them a tagger finds.

use std::collections::BTreeMap;
use std::fmt;

use ferrolab_display::{MimeBundle, Show, escape};

/// A named stretch of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first token.
    pub start: usize,
    /// Behind the last token.
    pub end: usize,
    /// What it is: `PER` of `B-PER`.
    pub kind: String,
}

/// The spans that BIO tags mark: `B-PER` begins one, `I-PER` goes on, `O` is none. As the CoNLL script reads them, an `I-` of
/// another kind than before, or after `O`, begins a span too.
///
/// ```
/// use ferrolab::metrics::spans;
/// let found = spans(&["B-PER", "I-PER", "O", "B-LOC", "B-LOC"]);
/// let places: Vec<(usize, usize)> = found.iter().map(|span| (span.start, span.end)).collect();
/// assert_eq!(places, [(0, 2), (3, 4), (4, 5)]);
/// assert_eq!(found[0].kind, "PER");
/// ```
///
/// ***Panics*** if a tag is neither `O` nor begins with `B-` or `I-`.
#[track_caller]
pub fn spans<T: AsRef<str>>(tags: &[T]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut open = false;
    for (place, tag) in tags.iter().enumerate() {
        let tag = tag.as_ref();
        let (goes_on, kind) = match tag.split_once('-') {
            Some(("B", kind)) => (false, kind),
            Some(("I", kind)) => (true, kind),
            _ if tag == "O" => {
                open = false;
                continue;
            }
            _ => panic!("`{tag}` is not a BIO tag: expected `O`, `B-PER`, `I-PER` or the like"),
        };
        match spans.last_mut() {
            Some(last) if open && goes_on && last.kind == kind => last.end = place + 1,
            _ => spans.push(Span { start: place, end: place + 1, kind: kind.to_owned() }),
        }
        open = true;
    }
    spans
}

/// How many spans there are, were found, and were found right: of one kind or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpanCounts {
    /// In the true tags.
    pub support: usize,
    /// In the predicted tags.
    pub found: usize,
    /// In both: the same tokens and the same kind.
    pub right: usize,
}

impl SpanCounts {
    /// Of the spans that were found, how many are right; 0 if none was found.
    pub fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    /// Of the spans that there are, how many were found; 0 if there is none.
    pub fn recall(&self) -> f64 {
        self.right as f64 / self.support.max(1) as f64
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (self.support + self.found).max(1) as f64
    }
}

/// How well spans were found, kind by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpanScores {
    /// By kind.
    pub kinds: BTreeMap<String, SpanCounts>,
}

impl SpanScores {
    /// Of all kinds together: the micro average.
    pub fn total(&self) -> SpanCounts {
        self.kinds.values().fold(SpanCounts::default(), |sum, counts| SpanCounts {
            support: sum.support + counts.support,
            found: sum.found + counts.found,
            right: sum.right + counts.right,
        })
    }

    /// The F1 of all kinds together: the number that papers on named entities give.
    pub fn f1(&self) -> f64 {
        self.total().f1()
    }
}

/// A table of the kinds, their precision, recall, F1 and number.
impl fmt::Display for SpanScores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.kinds.keys().map(String::len).chain(["total".len()]).max().unwrap_or(0);
        let mut line = |name: &str, counts: &SpanCounts| {
            let (precision, recall, f1) = (counts.precision(), counts.recall(), counts.f1());
            writeln!(f, "{name:width$}  {precision:>9.3}  {recall:>6.3}  {f1:>5.3}  {:>7}", counts.support)
        };
        for (kind, counts) in &self.kinds {
            line(kind, counts)?;
        }
        line("total", &self.total())?;
        Ok(())
    }
}

/// The same as a table in a notebook.
impl Show for SpanScores {
    fn bundle(&self) -> MimeBundle {
        let line = |name: &str, counts: &SpanCounts, cell: &str| {
            let (precision, recall, f1) = (counts.precision(), counts.recall(), counts.f1());
            let cells = [
                escape(name),
                format!("{precision:.3}"),
                format!("{recall:.3}"),
                format!("{f1:.3}"),
                counts.support.to_string(),
            ];
            format!("<tr>{}</tr>", cells.map(|text| format!("<{cell}>{text}</{cell}>")).concat())
        };
        let rows: String = self.kinds.iter().map(|(kind, counts)| line(kind, counts, "td")).collect();
        let html = format!(
            "<table><thead><tr><th>kind</th><th>precision</th><th>recall</th><th>F1</th><th>names</th></tr></thead>\
             <tbody>{rows}</tbody><tfoot>{}</tfoot></table>",
            line("total", &self.total(), "th")
        );
        MimeBundle::new().html(html).text(self.to_string())
    }
}

/// Compares true and predicted BIO tags, sentence by sentence: a span is right if its tokens and its kind are. The same as
/// seqeval's default.
///
/// ```
/// use ferrolab::metrics::span_scores;
/// let truth = [vec!["B-PER", "I-PER", "O", "B-LOC"]];
/// let guess = [vec!["B-PER", "O", "O", "B-LOC"]];
/// let scores = span_scores(&truth, &guess);
/// assert_eq!((scores.total().right, scores.f1()), (1, 0.5));
/// ```
///
/// ***Panics*** if there are not as many sentences or tags, or a tag is not a BIO tag.
#[track_caller]
pub fn span_scores<T: AsRef<str>, P: AsRef<str>>(truth: &[Vec<T>], predicted: &[Vec<P>]) -> SpanScores {
    let (expected, found) = (truth.len(), predicted.len());
    assert!(expected == found, "span_scores: expected tags for {expected} sentences, got {found}");
    let mut scores = SpanScores::default();
    for (sentence, (truth, predicted)) in truth.iter().zip(predicted).enumerate() {
        let (expected, found) = (truth.len(), predicted.len());
        assert!(
            expected == found,
            "span_scores: sentence {sentence} has {expected} tokens, but {found} predicted tags"
        );
        let (truth, predicted) = (spans(truth), spans(predicted));
        let mut count = |span: &Span, change: fn(&mut SpanCounts)| {
            change(scores.kinds.entry(span.kind.clone()).or_default());
        };
        for span in &truth {
            count(span, |counts| counts.support += 1);
            if predicted.contains(span) {
                count(span, |counts| counts.right += 1);
            }
        }
        predicted.iter().for_each(|span| count(span, |counts| counts.found += 1));
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inside_without_a_beginning_begins_a_span() {
        let kinds = |tags: &[&str]| -> Vec<(usize, usize, String)> {
            spans(tags).into_iter().map(|span| (span.start, span.end, span.kind)).collect()
        };
        assert_eq!(kinds(&["O", "I-LOC", "I-LOC"]), [(1, 3, "LOC".into())]);
        assert_eq!(kinds(&["B-PER", "I-LOC"]), [(0, 1, "PER".into()), (1, 2, "LOC".into())]);
        assert_eq!(kinds(&["B-PER", "O", "I-PER"]), [(0, 1, "PER".into()), (2, 3, "PER".into())]);
        assert_eq!(kinds(&[]), []);
    }

    #[test]
    fn a_notebook_gets_a_table() {
        let bundle = span_scores(&[vec!["B-PER", "O"]], &[vec!["B-PER", "B-PER"]]).bundle();
        let html = bundle.get("text/html").and_then(|html| html.as_str()).unwrap();
        assert!(html.contains("<td>PER</td><td>0.500</td><td>1.000</td><td>0.667</td><td>1</td>"), "{html}");
    }

    #[test]
    #[should_panic(expected = "`PER` is not a BIO tag: expected `O`, `B-PER`, `I-PER` or the like")]
    fn other_tags_are_refused() {
        spans(&["PER"]);
    }

    #[test]
    #[should_panic(expected = "span_scores: sentence 1 has 2 tokens, but 1 predicted tags")]
    fn there_is_a_tag_for_each_token() {
        span_scores(&[vec!["O"], vec!["O", "O"]], &[vec!["O"], vec!["O"]]);
    }
}
