//! What a language server says, as completion and inspection show it.

use lsp_types::{
    ActiveParameter, CompletionItem, CompletionItemKind, CompletionItemTextEdit, CompletionResponse,
    Contents, Documentation, Hover, InsertTextFormat, MarkupContent, ParameterInformationLabel,
    SignatureHelp, SignatureInformation,
};

use super::Question;
use super::document::Encoding;
use super::project::SESSION;
use crate::names::{Candidate, Sheet};

/// What can stand in place of the word, the best first. What would change more of the text than the word is left out: Jupyter
/// has no way to say it.
pub fn candidates(response: CompletionResponse, question: &Question, encoding: Encoding) -> Vec<Candidate> {
    let mut items = match response {
        CompletionResponse::CompletionItemList(items) => items,
        CompletionResponse::CompletionList(list) => list.items,
    };
    items.sort_by(|a, b| a.sort_text.cmp(&b.sort_text));
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

fn candidate(item: CompletionItem, rank: usize) -> Option<Candidate> {
    let CompletionItem { label, text_edit, insert_text, detail, kind, .. } = item;
    let name = match text_edit {
        Some(CompletionItemTextEdit::TextEdit(edit)) => edit.new_text,
        Some(CompletionItemTextEdit::InsertReplaceEdit(edit)) => edit.new_text,
        None => insert_text.unwrap_or(label),
    };
    // Jupyter's clients show the text itself as the name.
    if name.is_empty() || name.contains('\n') {
        return None;
    }
    let kind = kind.map_or("text", |kind| if name.ends_with('!') { "macro" } else { word_for(kind) });
    Some(Candidate { name, kind, signature: detail.unwrap_or_default(), rank })
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

/// What stands at a place. rust-analyzer writes the path of the module, the declaration, then a line and the documentation.
pub fn hover(hover: Hover) -> Option<Sheet> {
    // Nothing else was asked for.
    let Contents::MarkupContent(MarkupContent { value: text, .. }) = hover.contents else { return None };
    let (head, docs) = text.split_once("\n---\n").unwrap_or((&text, ""));
    let mut blocks = code_blocks(head);
    let declaration = blocks.pop()?;
    // That of the session's own crate says nothing.
    let path = blocks.pop().filter(|path| path != SESSION && !path.starts_with("session::"));
    Some(Sheet {
        declaration,
        docs: docs.trim().to_owned(),
        path: path.unwrap_or_default(),
        ..Sheet::default()
    })
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
}
