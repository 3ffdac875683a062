//! What a language server says, as completion and inspection show it.

use lsp_types::{
    ActiveParameter, CompletionItem, CompletionItemKind, CompletionItemTag, CompletionItemTextEdit,
    CompletionResponse, Contents, Documentation, Hover, InsertTextFormat, MarkupContent,
    ParameterInformationLabel, SignatureHelp, SignatureInformation,
};

use super::Question;
use super::document::Encoding;
use super::project::SESSION;
use crate::cell::is_word;
use crate::names::{Candidate, Sheet};

/// What can stand in place of the word, the best first. What would change more of the text than the word is left out: Jupyter
/// has no way to say it.
pub fn candidates(response: CompletionResponse, question: &Question, encoding: Encoding) -> Vec<Candidate> {
    let mut items = match response {
        CompletionResponse::CompletionItemList(items) => items,
        CompletionResponse::CompletionList(list) => list.items,
    };
    // Of two that fit as well, in the order of their names. What nobody is meant to use comes last.
    items.sort_by(|a, b| {
        let key = |item: &CompletionItem| (is_discouraged(item), item.sort_text.clone());
        key(a).cmp(&key(b)).then_with(|| a.label.cmp(&b.label))
    });
    let word = encoding.position(&question.document.text, question.word);
    let begins_there = |edit: &CompletionItemTextEdit| match edit {
        CompletionItemTextEdit::TextEdit(edit) => edit.range.start == word,
        CompletionItemTextEdit::InsertReplaceEdit(edit) => edit.insert.start == word,
    };
    let fits = |item: &CompletionItem| {
        item.text_edit.as_ref().is_none_or(begins_there)
            && item.additional_text_edits.as_ref().is_none_or(Vec::is_empty)
            && item.insert_text_format != Some(InsertTextFormat::Snippet)
            && item.kind != Some(CompletionItemKind::Snippet)
    };
    items.into_iter().filter(fits).enumerate().filter_map(|(rank, item)| candidate(item, rank)).collect()
}

fn is_discouraged(item: &CompletionItem) -> bool {
    let is_unsafe = item.detail.as_ref().is_some_and(|detail| detail.contains("unsafe fn "));
    let deprecated = item.tags.as_ref().is_some_and(|tags| tags.contains(&CompletionItemTag::Deprecated));
    is_unsafe || deprecated || item.label.starts_with('_')
}

fn candidate(item: CompletionItem, rank: usize) -> Option<Candidate> {
    let CompletionItem { label, text_edit, insert_text, detail, kind, .. } = item;
    let name = match text_edit {
        Some(CompletionItemTextEdit::TextEdit(edit)) => edit.new_text,
        Some(CompletionItemTextEdit::InsertReplaceEdit(edit)) => edit.new_text,
        None => insert_text.unwrap_or(label),
    };
    // Keywords come with a space behind them. What is more than a name, such as `iter().map`, fits anywhere and helps nobody.
    let name = name.trim_end().to_owned();
    if name.is_empty() || !name.chars().all(|c| is_word(c) || "!:#".contains(c)) {
        return None;
    }
    let kind = kind.map_or("text", |kind| if name.ends_with('!') { "macro" } else { word_for(kind) });
    let signature = without_visibility(&detail.unwrap_or_default());
    Some(Candidate { name, kind, signature, rank })
}

/// As the index of names shows declarations: what can be reached is public.
fn without_visibility(declaration: &str) -> String {
    declaration.strip_prefix("pub ").unwrap_or(declaration).to_owned()
}

/// JupyterLab's word for a kind, as for the names of the index.
fn word_for(kind: CompletionItemKind) -> &'static str {
    use CompletionItemKind as Kind;
    match kind {
        Kind::Method => "method",
        Kind::Function | Kind::Constructor => "function",
        Kind::Field | Kind::Property => "property",
        Kind::Variable | Kind::Value => "instance",
        Kind::Class | Kind::Struct | Kind::TypeParameter => "class",
        Kind::Enum | Kind::EnumMember => "enum",
        Kind::Interface => "interface",
        Kind::Module => "module",
        Kind::Keyword => "keyword",
        Kind::Constant => "constant",
        _ => "text",
    }
}

/// What rust-analyzer writes for a type that it could not infer.
const UNKNOWN: &str = "{unknown}";

/// What stands at a place. rust-analyzer writes parts with lines between them: the path of the module and the declaration, what
/// generic parameters stand for, the documentation.
pub fn hover(hover: Hover) -> Option<Sheet> {
    // Nothing else was asked for.
    let Contents::MarkupContent(MarkupContent { value: text, .. }) = hover.contents else { return None };
    let mut parts = text.split("\n---\n").map(str::trim).peekable();
    let mut blocks = code_blocks(parts.next()?);
    let declaration = without_visibility(&without_block(&blocks.pop()?));
    // That of the session's own crate says nothing.
    let path = blocks.pop().filter(|path| path != SESSION && !path.starts_with("session::"));
    let note = parts.next_if(|part| part.starts_with('`') && part.contains("` = `") && !part.contains('\n'));
    let note = note.map(|note| note.replace('`', ""));
    let docs = parts.collect::<Vec<_>>().join("\n\n");
    let sheet = Sheet { declaration, docs, note, path: path.unwrap_or_default(), ..Sheet::default() };
    Some(sheet).filter(|sheet| !sheet.declaration.contains(UNKNOWN))
}

/// A method's declaration without the line of its `impl` block and the bounds that come from there.
fn without_block(declaration: &str) -> String {
    let below = declaration.split_once('\n').filter(|(first, _)| first.starts_with("impl"));
    let own = below.map_or(declaration, |(_, rest)| rest);
    let own = own.split("\n    // Bounds from impl:").next().unwrap_or(own);
    own.trim_end_matches("\nwhere").to_owned()
}

fn code_blocks(markdown: &str) -> Vec<String> {
    let (mut blocks, mut open): (Vec<String>, Option<Vec<&str>>) = (Vec::new(), None);
    for line in markdown.lines() {
        match (&mut open, line.starts_with("```")) {
            (None, true) => open = Some(Vec::new()),
            (Some(lines), true) => {
                blocks.push(lines.join("\n"));
                open = None;
            }
            (Some(lines), false) => lines.push(line),
            (None, false) => {}
        }
    }
    blocks
}

/// The function whose arguments are being written.
pub fn call(help: SignatureHelp) -> Option<Sheet> {
    let SignatureHelp { signatures, active_signature, active_parameter } = help;
    let chosen = active_signature.map_or(0, |at| at as usize);
    let signature = signatures.into_iter().nth(chosen)?;
    let SignatureInformation { label, documentation, parameters, active_parameter: own } = signature;
    let at = match own.or(active_parameter) {
        Some(ActiveParameter::Int(at)) => Some(at as usize),
        Some(ActiveParameter::Null) | None => None,
    };
    let parameter = at.and_then(|at| parameters?.into_iter().nth(at));
    let active = parameter.and_then(|parameter| match parameter.label {
        ParameterInformationLabel::String(name) => label.find(&name).map(|at| at..at + name.len()),
        // Always in UTF-16, whatever was agreed for positions.
        ParameterInformationLabel::Tuple((start, end)) => {
            let byte = |at| Encoding::Utf16.advance(&label, at as usize);
            Some(byte(start)..byte(end))
        }
    });
    let docs = match documentation {
        Some(Documentation::MarkupContent(content)) => content.value,
        Some(Documentation::String(text)) => text,
        None => String::new(),
    };
    Some(Sheet { declaration: label, active, docs, ..Sheet::default() })
        .filter(|sheet| !sheet.declaration.contains(UNKNOWN))
}

#[cfg(test)]
mod tests {
    use lsp_types::MarkupKind;

    use super::*;

    fn told(text: &str) -> Option<Sheet> {
        let value = text.to_owned();
        hover(Hover { contents: MarkupContent { kind: MarkupKind::Markdown, value }.into(), range: None })
    }

    #[test]
    fn a_hover_is_taken_apart() {
        let text = "\n```rust\nalloc::vec::Vec\n```\n\n```rust\nimpl<T, A> Vec<T, A>\npub fn push(&mut self, value: T)\nwhere\n    // Bounds from impl:\n    A: Allocator,\n```\n\n---\n\n`T` = `u8`, `A` = `Global`\n\n---\n\nAppends.\n\n---\n\nMore.";
        let expected = Sheet {
            declaration: "fn push(&mut self, value: T)".to_owned(),
            path: "alloc::vec::Vec".to_owned(),
            note: Some("T = u8, A = Global".to_owned()),
            docs: "Appends.\n\nMore.".to_owned(),
            ..Sheet::default()
        };
        assert_eq!(told(text), Some(expected));
        let point = told("\n```rust\nsession::Point\n```\n\n```rust\nx: f64\n```").unwrap();
        assert_eq!((point.declaration.as_str(), point.path.as_str()), ("x: f64", ""));
        let keyword = told("\n```rust\nlet\n```\n\n---\n\nBind a value.").unwrap();
        assert_eq!((keyword.declaration.as_str(), keyword.docs.as_str()), ("let", "Bind a value."));
        assert_eq!(told("\n```rust\nlet x: {unknown}\n```"), None);
        assert_eq!(told("no code"), None);
    }

    #[test]
    fn bounds_of_the_function_itself_stay() {
        let declaration =
            "impl<T> Vec<T>\npub fn f<U>(self)\nwhere\n    U: Copy,\n    // Bounds from impl:\n    T: Copy,";
        assert_eq!(without_block(declaration), "pub fn f<U>(self)\nwhere\n    U: Copy,");
    }
}
