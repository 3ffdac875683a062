//! Doc comments as Markdown that reads well outside rustdoc.

use syn::Attribute;

/// The text of the doc comments of an item.
pub fn from_attributes(attrs: &[Attribute]) -> Box<str> {
    let mut text = String::new();
    for attribute in attrs.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(line), .. }) = &pair.value
        {
            text.push_str(&line.value());
            text.push('\n');
        }
    }
    if text.is_empty() { "".into() } else { tidy(&text).into() }
}

/// Takes out what only rustdoc understands: the common indent, hidden lines and attributes of examples, and links to items.
fn tidy(text: &str) -> String {
    let indent = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min();
    let mut lines = Vec::new();
    let mut code: Option<bool> = None;
    for line in text.lines() {
        let line = line.get(indent.unwrap_or(0)..).unwrap_or("").trim_end();
        let start = line.trim_start();
        if let Some(attributes) = start.strip_prefix("```") {
            code = match code {
                Some(_) => {
                    lines.push("```".to_owned());
                    None
                }
                None => {
                    let rust = attributes.split(',').all(|word| is_rustdoc_word(word.trim()));
                    lines.push(if rust { "```rust".to_owned() } else { line.to_owned() });
                    Some(rust)
                }
            };
        } else if code == Some(true) {
            match start.strip_prefix('#') {
                Some(rest) if rest.is_empty() || rest.starts_with(' ') => {}
                Some(rest) if rest.starts_with('#') => lines.push(line.replacen("##", "#", 1)),
                _ => lines.push(line.to_owned()),
            }
        } else if code == Some(false) {
            lines.push(line.to_owned());
        } else {
            lines.push(without_links(line));
        }
    }
    lines.join("\n").trim().to_owned()
}

fn is_rustdoc_word(word: &str) -> bool {
    matches!(word, "" | "rust" | "no_run" | "ignore" | "should_panic" | "compile_fail")
        || word.starts_with("edition")
        || word.starts_with('E')
}

/// ``[`Plan::same`]`` → `` `Plan::same` ``, and the same with a target that is an item: those links lead nowhere here.
fn without_links(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("[`") {
        text.push_str(&rest[..at]);
        let inside = &rest[at + 1..];
        let Some(end) = inside.find("`]") else {
            rest = &rest[at..];
            break;
        };
        let behind = &inside[end + 2..];
        let target = behind.strip_prefix('(').and_then(|target| Some((target, target.find(')')?)));
        match target {
            Some((target, close)) if !target[..close].contains("//") => rest = &target[close + 1..],
            Some(_) => {
                text.push('[');
                text.push_str(&inside[..end + 2]);
                rest = behind;
                continue;
            }
            None => rest = behind,
        }
        text.push_str(&inside[..=end]);
    }
    text + rest
}

/// What stands before the first heading or example, at most two paragraphs.
pub fn beginning(docs: &str) -> &str {
    let mut end = docs.len();
    for (paragraphs, (at, _)) in docs.match_indices("\n\n").enumerate() {
        let next = docs[at..].trim_start();
        if paragraphs == 1 || next.starts_with('#') || next.starts_with("```") {
            end = at;
            break;
        }
    }
    &docs[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn docs_lose_what_only_rustdoc_understands() {
        let text = " As [`Plan::same`](crate::Plan), see [`x`] and [`y`](https://y.org).\n\n ```no_run\n # hidden\n shown(); // [`x`]\n ```\n";
        let expected =
            "As `Plan::same`, see `x` and [`y`](https://y.org).\n\n```rust\nshown(); // [`x`]\n```";
        assert_eq!(tidy(text), expected);
    }

    #[test]
    fn the_beginning_ends_before_a_heading() {
        assert_eq!(beginning("a\nb\n\nc\n\nd"), "a\nb\n\nc");
        assert_eq!(beginning("a\n\n# Errors\nc"), "a");
        assert_eq!(beginning("a"), "a");
    }
}
