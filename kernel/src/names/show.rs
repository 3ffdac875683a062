//! What is known of a name, as text, Markdown and HTML.

use std::ops::Range;

use ferrolab_display::escape;
use pulldown_cmark::{Event, Parser, Tag, TagEnd, html::push_html};
use serde_json::json;

use super::docs::beginning;
use crate::engine::Bundle;

/// What is known of a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    pub declaration: String,
    /// The place in it of the parameter whose argument is being written.
    pub active: Option<Range<usize>>,
    pub docs: String,
    /// How a cell reaches it.
    pub path: String,
    /// Where it belongs: the type of a method, the declaration of a variable's type.
    pub note: Option<String>,
    /// The cell that defines it and its text there.
    pub source: Option<(Option<u32>, String)>,
}

/// The three forms; everything, or the declaration and what it is about.
pub fn bundle(sheet: &Sheet, all: bool) -> Bundle {
    let docs = if all { sheet.docs.as_str() } else { beginning(&sheet.docs) };
    let mut about: Vec<String> = sheet.note.iter().cloned().collect();
    if !sheet.path.is_empty() {
        about.push(sheet.path.clone());
    }
    if let Some((Some(cell), _)) = &sheet.source {
        about.push(format!("cell [{cell}]"));
    }
    let source = sheet.source.as_ref().filter(|_| all).map(|(_, text)| text.trim_end());

    let mut plain = vec![sheet.declaration.clone()];
    let mut markdown = vec![fence(&sheet.declaration)];
    let mut html = format!("<pre><code>{}</code></pre>\n", declaration(sheet));
    if let Some(parameter) = sheet.active.clone().and_then(|active| sheet.declaration.get(active)) {
        plain.push(format!("→ {parameter}"));
        markdown.push(format!("→ `{parameter}`"));
    }
    if !about.is_empty() {
        plain.push(about.join("\n"));
        markdown.push(about.iter().map(|line| format!("`{line}`")).collect::<Vec<_>>().join("  \n"));
        let lines: Vec<String> = about.iter().map(|line| format!("<code>{}</code>", escape(line))).collect();
        html.push_str(&format!("<p>{}</p>\n", lines.join("<br>")));
    }
    if !docs.is_empty() {
        plain.push(docs.to_owned());
        markdown.push(docs.to_owned());
        html.push_str(&to_html(docs));
    }
    if let Some(source) = source {
        plain.push(source.to_owned());
        markdown.push(fence(source));
        html.push_str(&format!("<pre><code>{}</code></pre>\n", escape(source)));
    }
    [("text/plain", plain.join("\n\n")), ("text/markdown", markdown.join("\n\n")), ("text/html", html)]
        .map(|(mime, text)| (mime.to_owned(), json!(text)))
        .into()
}

/// The declaration with the active parameter in bold.
fn declaration(sheet: &Sheet) -> String {
    let Sheet { declaration, active, .. } = sheet;
    let parts = active.clone().and_then(|Range { start, end }| {
        Some((declaration.get(..start)?, declaration.get(start..end)?, declaration.get(end..)?))
    });
    match parts {
        Some((before, inside, behind)) => {
            format!("{}<b>{}</b>{}", escape(before), escape(inside), escape(behind))
        }
        None => escape(declaration),
    }
}

fn fence(code: &str) -> String {
    // Longer than any in the code.
    let ticks = "`".repeat(3.max(code.split(|c| c != '`').map(str::len).max().unwrap_or(0) + 1));
    format!("{ticks}rust\n{code}\n{ticks}")
}

/// Markdown as HTML. HTML in it is shown as text: docs come from anywhere.
fn to_html(markdown: &str) -> String {
    let web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    let mut links = Vec::new();
    let events = Parser::new(markdown).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        // rustdoc's links to items lead nowhere here.
        Event::Start(Tag::Link { ref dest_url, .. } | Tag::Image { ref dest_url, .. }) => {
            let kept = matches!(event, Event::Start(Tag::Link { .. })) && web(dest_url);
            links.push(kept);
            kept.then_some(event)
        }
        Event::End(TagEnd::Link | TagEnd::Image) => links.pop().unwrap_or(false).then_some(event),
        event => Some(event),
    });
    let mut html = String::new();
    push_html(&mut html, events);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped_in_html() {
        let sheet = Sheet {
            declaration: "fn f<T>() -> Vec<T>".to_owned(),
            docs: "Adds <script>alert(1)</script> & `a < b`.\n\n[x](javascript:alert(1))".to_owned(),
            source: Some((Some(3), "fn f<T>() { \"</code>\" }".to_owned())),
            ..Sheet::default()
        };
        let html = bundle(&sheet, true)["text/html"].as_str().unwrap().to_owned();
        assert!(
            html.contains("fn f&lt;T&gt;() -&gt; Vec&lt;T&gt;") && html.contains("&quot;&lt;/code&gt;&quot;"),
            "{html}"
        );
        assert!(!html.contains("<script>") && !html.contains("javascript"), "{html}");
    }

    #[test]
    fn the_active_parameter_is_marked() {
        let declaration = "fn push(&mut self, value: Vec<T>)".to_owned();
        let bundle = bundle(&Sheet { active: Some(19..32), declaration, ..Sheet::default() }, false);
        assert_eq!(bundle["text/plain"], "fn push(&mut self, value: Vec<T>)\n\n→ value: Vec<T>");
        let html = bundle["text/html"].as_str().unwrap();
        assert!(html.contains("(&amp;mut self, <b>value: Vec&lt;T&gt;</b>)"), "{html}");
    }

    #[test]
    fn the_source_comes_with_the_second_level_only() {
        let sheet = Sheet {
            declaration: "fn f()".to_owned(),
            source: Some((Some(3), "fn f() {}".to_owned())),
            ..Sheet::default()
        };
        assert_eq!(bundle(&sheet, false)["text/plain"], "fn f()\n\ncell [3]");
        assert_eq!(bundle(&sheet, true)["text/plain"], "fn f()\n\ncell [3]\n\nfn f() {}");
    }
}
