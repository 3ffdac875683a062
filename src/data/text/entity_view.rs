//! [`EntityView`]: sentences with their names marked, as a cell shows them.

use ferrolab_datasets::TaggedSentences;
use ferrolab_display::{MimeBundle, Show, escape};

use crate::metrics::{Span, spans};

/// Sentences whose names are marked with a colour and their kind, as the last expression of a cell. Compared with the truth,
/// a wrong name has a dashed frame and a missed one a dotted one, so that nothing depends on colours alone.
///
/// ```
/// use ferrolab::data::text::EntityView;
/// use ferrolab::prelude::*;
/// let tokens = ["Adam", "knew", "Eve", "."];
/// let view = EntityView::new().sentence("Genesis 4:1", &tokens, &["B-PER", "O", "B-PER", "O"]);
/// assert_eq!(view.bundle().plain(), Some("Genesis 4:1  [Adam PER] knew [Eve PER]."));
///
/// let view = EntityView::new().compared("", &tokens, &["B-LOC", "O", "O", "O"], &["B-PER", "O", "B-PER", "O"]);
/// assert_eq!(view.bundle().plain(), Some("[Adam LOC, wrong: PER] knew [Eve missed: PER]."));
/// ```
#[derive(Clone, Debug, Default)]
pub struct EntityView {
    lines: Vec<Line>,
}

/// A sentence and its marks from left to right.
#[derive(Clone, Debug)]
struct Line {
    origin: String,
    tokens: Vec<String>,
    marks: Vec<(Span, Verdict)>,
}

/// What the truth says of a marked name.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    Right,
    /// What stands there in truth: nothing, or these names.
    Wrong(String),
    Missed,
}

impl EntityView {
    /// Without sentences.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sentences of a set with their true tags.
    ///
    /// ```
    /// use ferrolab::prelude::*;
    /// let verses = datasets::ner_kjv()?.dev;
    /// let view = text::EntityView::from_set(&verses, 0..1);
    /// assert!(view.bundle().plain().unwrap().starts_with("Genesis 4:1  And [Adam PER] knew [Eve PER] his wife;"));
    /// # Ok::<(), datasets::DataError>(())
    /// ```
    ///
    /// ***Panics*** if there is no such sentence.
    #[track_caller]
    pub fn from_set(data: &TaggedSentences, positions: impl IntoIterator<Item = usize>) -> Self {
        let mut view = Self::new();
        for position in positions {
            assert!(position < data.len(), "there is no sentence {position} in a set of {}", data.len());
            let sentence = &data.sentences[position];
            view = view.sentence(&sentence.origin, &sentence.tokens, &data.names(&sentence.tags));
        }
        view
    }

    /// Adds a sentence, its BIO tags (`B-PER`, `I-PER`, `O` …), and where it is from, which may be `""`.
    ///
    /// ***Panics*** if there is not a tag for each token, or a tag is not a BIO tag.
    #[track_caller]
    pub fn sentence<T: AsRef<str>, G: AsRef<str>>(self, origin: &str, tokens: &[T], tags: &[G]) -> Self {
        self.compared(origin, tokens, tags, tags)
    }

    /// Adds a sentence with the tags that a model found and the true ones.
    ///
    /// ***Panics*** if there is not a tag for each token, or a tag is not a BIO tag.
    #[track_caller]
    pub fn compared<T: AsRef<str>, P: AsRef<str>, G: AsRef<str>>(
        mut self,
        origin: &str,
        tokens: &[T],
        found: &[P],
        truth: &[G],
    ) -> Self {
        let count = tokens.len();
        assert!(
            found.len() == count && truth.len() == count,
            "EntityView: expected a tag for each of {count} tokens, got {} and {}",
            found.len(),
            truth.len()
        );
        let tokens = tokens.iter().map(|token| token.as_ref().to_owned()).collect();
        self.lines.push(Line { origin: origin.into(), tokens, marks: marks(spans(found), spans(truth)) });
        self
    }
}

/// What was found and what was missed, from left to right. A missed name where another was found is told there.
fn marks(found: Vec<Span>, truth: Vec<Span>) -> Vec<(Span, Verdict)> {
    let meet = |a: &Span, b: &Span| a.start < b.end && b.start < a.end;
    let missed = truth.iter().filter(|name| !found.iter().any(|span| meet(span, name)));
    let mut marks: Vec<(Span, Verdict)> = missed.map(|name| (name.clone(), Verdict::Missed)).collect();
    for span in found {
        let verdict = if truth.contains(&span) {
            Verdict::Right
        } else {
            let names = truth.iter().filter(|name| meet(&span, name)).map(|name| name.kind.as_str());
            Verdict::Wrong(names.collect::<Vec<_>>().join(", "))
        };
        marks.push((span, verdict));
    }
    marks.sort_by_key(|(span, _)| span.start);
    marks
}

impl Line {
    /// The sentence, in which `mark` wraps a name and `plain` the other words.
    fn render(
        &self,
        plain: &dyn Fn(&str) -> String,
        mark: &dyn Fn(&str, &Span, &Verdict) -> String,
    ) -> String {
        let mut text = String::new();
        let mut place = 0;
        let mut marks = self.marks.iter().peekable();
        while place < self.tokens.len() {
            let token = &self.tokens[place];
            // Nor before what a tokenizer has cut off: ’s.
            if place > 0 && !token.starts_with(['.', ',', ';', ':', '!', '?', ')', '’']) {
                text.push(' ');
            }
            match marks.next_if(|(span, _)| span.start == place) {
                Some((span, verdict)) => {
                    text += &mark(&self.tokens[span.start..span.end].join(" "), span, verdict);
                    place = span.end;
                }
                None => {
                    text += &plain(token);
                    place += 1;
                }
            }
        }
        text
    }

    fn text(&self) -> String {
        let origin = if self.origin.is_empty() { String::new() } else { format!("{}  ", self.origin) };
        let sentence = self.render(&str::to_owned, &|name, Span { kind, .. }, verdict| match verdict {
            Verdict::Right => format!("[{name} {kind}]"),
            Verdict::Wrong(truth) if truth.is_empty() => format!("[{name} {kind}, wrong: no name]"),
            Verdict::Wrong(truth) => format!("[{name} {kind}, wrong: {truth}]"),
            Verdict::Missed => format!("[{name} missed: {kind}]"),
        });
        origin + &sentence
    }

    fn html(&self) -> String {
        let origin = match self.origin.as_str() {
            "" => String::new(),
            origin => format!("<small style=\"opacity:0.7;margin-right:0.7em\">{}</small>", escape(origin)),
        };
        let sentence = self.render(&escape, &|name, Span { kind, .. }, verdict| {
            let background = format!("background:rgba({},0.3)", colour(kind));
            let (style, label) = match verdict {
                Verdict::Right => (background, escape(kind)),
                Verdict::Wrong(truth) => {
                    let truth = if truth.is_empty() { "no name".into() } else { escape(truth) };
                    (format!("{background};outline:2px dashed;outline-offset:-2px"), format!("{} ✗ {truth}", escape(kind)))
                }
                Verdict::Missed => {
                    ("background:none;outline:2px dotted;outline-offset:-2px".into(), format!("missed: {}", escape(kind)))
                }
            };
            format!(
                "<mark style=\"{style};color:inherit;padding:2px 5px;border-radius:5px;white-space:nowrap\">{} \
                 <b style=\"font-size:70%;letter-spacing:0.05em\">{label}</b></mark>",
                escape(name)
            )
        });
        format!("<div style=\"line-height:2.1\">{origin}{sentence}</div>")
    }
}

/// Okabe and Ito's colours, which all eyes tell apart; a kind has the same one in every view.
fn colour(kind: &str) -> &'static str {
    const COLOURS: [&str; 6] =
        ["0,114,178", "230,159,0", "0,158,115", "204,121,167", "86,180,233", "213,94,0"];
    let place = match kind.to_ascii_lowercase().as_str() {
        "per" | "person" => 0,
        "loc" | "location" => 1,
        "grp" | "group" | "org" => 2,
        other => 3 + other.bytes().map(usize::from).sum::<usize>() % 3,
    };
    COLOURS[place]
}

impl Show for EntityView {
    fn bundle(&self) -> MimeBundle {
        let mut html: String = self.lines.iter().map(Line::html).collect();
        let verdicts = self.lines.iter().flat_map(|line| &line.marks).any(|(_, v)| *v != Verdict::Right);
        if verdicts {
            html += "<small style=\"opacity:0.8\">dashed frame: wrong (behind ✗ stands the truth); dotted frame: missed</small>";
        }
        let text: Vec<String> = self.lines.iter().map(Line::text).collect();
        MimeBundle::new().html(html).text(text.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(view: &EntityView) -> String {
        view.bundle().get("text/html").and_then(|html| html.as_str()).unwrap().to_owned()
    }

    #[test]
    fn words_are_escaped_and_only_a_comparison_has_a_legend() {
        let view = EntityView::new().sentence("a<b", &["<i>", "&", "Rome"], &["O", "O", "B-LOC"]);
        let html = html(&view);
        assert!(html.contains("a&lt;b") && html.contains("&lt;i&gt; &amp; <mark"), "{html}");
        assert!(html.contains("rgba(230,159,0,0.3)") && !html.contains("dashed"), "{html}");
    }

    #[test]
    fn wrong_and_missed_names_have_frames_of_their_own() {
        let tokens = ["Paul", "of", "Tarsus", "Rome"];
        let found = ["B-PER", "I-PER", "I-PER", "O"];
        let view = EntityView::new().compared("", &tokens, &found, &["B-PER", "O", "B-LOC", "B-LOC"]);
        let html = html(&view);
        assert!(
            html.contains("outline:2px dashed;outline-offset:-2px") && html.contains("PER ✗ PER, LOC"),
            "{html}"
        );
        assert!(html.contains("outline:2px dotted") && html.contains("missed: LOC"), "{html}");
        assert_eq!(view.bundle().plain(), Some("[Paul of Tarsus PER, wrong: PER, LOC] [Rome missed: LOC]"));
    }

    #[test]
    fn marks_stand_at_the_word_before_them() {
        let view = EntityView::new().sentence("", &["Abram", "’s", "wife", "!"], &["B-PER", "O", "O", "O"]);
        assert_eq!(view.bundle().plain(), Some("[Abram PER]’s wife!"));
    }

    #[test]
    #[should_panic(expected = "EntityView: expected a tag for each of 2 tokens, got 1 and 2")]
    fn there_is_a_tag_for_each_token() {
        EntityView::new().compared("", &["a", "b"], &["O"], &["O", "O"]);
    }
}
