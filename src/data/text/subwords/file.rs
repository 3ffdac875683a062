//! Hugging Face's `tokenizer.json`: what is written to it, and what can be read.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use super::super::VocabularyError;
use super::cut::Cut;
use super::{Pair, SubWords};
use crate::io::files::replace;

/// The parts of the file that matter here.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    model: Model,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
    #[serde(default)]
    special: bool,
}

#[derive(Deserialize)]
struct Model {
    unk_token: Option<String>,
    continuing_subword_prefix: Option<String>,
    end_of_word_suffix: Option<String>,
    #[serde(default)]
    fuse_unk: bool,
    #[serde(default)]
    byte_fallback: bool,
    #[serde(default)]
    ignore_merges: bool,
    vocab: HashMap<String, u32>,
    merges: Vec<Merge>,
}

/// `["▁t", "he"]`, or in older files `"▁t he"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Two([String; 2]),
    One(String),
}

impl SubWords {
    /// Writes the tokens to a `tokenizer.json`, which Hugging Face's `tokenizers` reads: `Tokenizer.from_file(path)`.
    ///
    /// ```
    /// use ferrolab::data::text::SubWords;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("tokenizer.json");
    /// let subwords = SubWords::train(["one fish", "two fish", "red fish, blue fish"], 60);
    /// subwords.save(&path)?;
    /// assert_eq!(SubWords::load(&path)?.encode("a red fish"), subwords.encode("a red fish"));
    /// # Ok::<(), ferrolab::data::text::VocabularyError>(())
    /// ```
    ///
    /// # Errors
    /// [`VocabularyError::Write`] if the folder is missing, read-only or full.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), VocabularyError> {
        let path = path.as_ref();
        let failed = |source| VocabularyError::Write { path: path.into(), source };
        let content =
            serde_json::to_vec_pretty(&Written(self)).map_err(|error| failed(io::Error::other(error)))?;
        replace(path, &content).map_err(failed)
    }

    /// Reads a `tokenizer.json`: one that [`save`](Self::save) or Hugging Face's `tokenizers` wrote. It must be a byte-pair
    /// encoding without a normaliser, of words cut as here, at spaces (`Metaspace`) or as for GPT-2 (`ByteLevel`).
    ///
    /// # Errors
    /// [`VocabularyError::Read`], or [`VocabularyError::Format`] if the file is of another kind: it names what is not
    /// understood.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, VocabularyError> {
        let path = path.as_ref();
        let content = fs::read(path).map_err(|source| VocabularyError::Read { path: path.into(), source })?;
        let read = serde_json::from_slice(&content).map_err(|error| error.to_string()).and_then(opened);
        read.map_err(|problem| VocabularyError::Format { path: path.into(), problem })
    }
}

/// The tokenizer of a file, or why there is none.
fn opened(file: Value) -> Result<SubWords, String> {
    // Old files of BPE do not say so.
    let model = file["model"]["type"].as_str().unwrap_or("BPE");
    if model != "BPE" {
        return Err(format!("its model is not BPE but {model}"));
    }
    let file: File = serde_json::from_value(file).map_err(|error| error.to_string())?;
    let File { added_tokens, normalizer, pre_tokenizer, model } = file;
    let cut = cut(&pre_tokenizer.unwrap_or(Value::Null))?;
    let refused = [
        (normalizer.is_some(), format!("it has a normaliser: {}", kind(&normalizer.unwrap_or(Value::Null)))),
        (
            model.continuing_subword_prefix.is_some_and(|text| !text.is_empty()),
            "it has a sub-word prefix".into(),
        ),
        (model.end_of_word_suffix.is_some_and(|text| !text.is_empty()), "it has a suffix of words".into()),
        (model.fuse_unk, "it joins unknown characters".into()),
        (model.byte_fallback, "it has tokens for the bytes of unknown characters".into()),
    ];
    if let Some((_, problem)) = refused.into_iter().find(|(found, _)| *found) {
        return Err(problem);
    }
    let mut numbers = model.vocab;
    numbers.extend(added_tokens.iter().map(|token| (token.content.clone(), token.id)));
    let mut tokens = vec![None; numbers.len()];
    for (token, &number) in &numbers {
        let place = tokens
            .get_mut(number as usize)
            .ok_or(format!("the number {number} of `{token}` leaves a gap"))?;
        if place.replace(token.clone()).is_some() {
            return Err(format!("two tokens have the number {number}"));
        }
    }
    let number =
        |token: &str| numbers.get(token).copied().ok_or(format!("`{token}` is joined but is no token"));
    let mut merges: Vec<(Pair, u32)> = Vec::with_capacity(model.merges.len());
    for merge in &model.merges {
        let (left, right) = match merge {
            Merge::Two([left, right]) => (left.as_str(), right.as_str()),
            Merge::One(text) => text.split_once(' ').ok_or(format!("`{text}` is no pair"))?,
        };
        merges.push(((number(left)?, number(right)?), number(&format!("{left}{right}"))?));
    }
    let unknown = model.unk_token.map(|token| number(&token)).transpose()?;
    let special = added_tokens.iter().filter(|token| token.special).map(|token| token.id).collect();
    let subwords =
        SubWords::of(tokens.into_iter().flatten().collect(), merges, cut).special(special, unknown);
    Ok(SubWords { whole_words: model.ignore_merges, ..subwords })
}

fn kind(part: &Value) -> &str {
    part["type"].as_str().unwrap_or("of no type")
}

/// How the file says that texts are cut.
fn cut(part: &Value) -> Result<Cut, String> {
    // Old files have a flag for it, new ones three choices.
    let in_front =
        part["prepend_scheme"].as_str().map_or(part["add_prefix_space"] != false, |choice| choice != "never");
    let signs = |part: &Value| {
        part["pretokenizers"] == pretokenizers()["pretokenizers"]
            || part["pretokenizers"].as_array().is_some_and(|parts| {
                parts.len() == 2
                    && kind(&parts[0]) == "Metaspace"
                    && parts[1]["pattern"]["Regex"] == Cut::PATTERN
            })
    };
    match kind(part) {
        "Metaspace" if part["replacement"] == "▁" && part["split"] != false => Ok(Cut::Spaces { in_front }),
        "ByteLevel" if part["use_regex"] != false => {
            Ok(Cut::Bytes { in_front: part["add_prefix_space"] != false })
        }
        "Sequence" if signs(part) => Ok(Cut::Words),
        other => Err(format!("it cuts texts in a way that is not known here: {other}")),
    }
}

fn metaspace(split: bool, in_front: bool) -> Value {
    let scheme = if in_front { "always" } else { "never" };
    json!({ "type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": split })
}

/// [`Cut::Words`] in the file.
fn pretokenizers() -> Value {
    let split = json!({
        "type": "Split", "pattern": { "Regex": Cut::PATTERN }, "behavior": "Isolated", "invert": false
    });
    json!({ "type": "Sequence", "pretokenizers": [metaspace(false, true), split] })
}

/// The file that is written.
struct Written<'a>(&'a SubWords);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let added = |&id: &u32| {
            json!({
                "id": id, "content": it.tokens[id as usize], "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true
            })
        };
        let bytes = |in_front: bool| json!({ "type": "ByteLevel", "add_prefix_space": in_front, "trim_offsets": true, "use_regex": true });
        let (before, after) = match it.cut {
            Cut::Words => (pretokenizers(), metaspace(false, true)),
            Cut::Spaces { in_front } => (metaspace(true, in_front), metaspace(true, in_front)),
            Cut::Bytes { in_front } => (bytes(in_front), bytes(in_front)),
        };
        let mut file = serializer.serialize_map(None)?;
        file.serialize_entry("version", "1.0")?;
        file.serialize_entry("truncation", &Value::Null)?;
        file.serialize_entry("padding", &Value::Null)?;
        file.serialize_entry("added_tokens", &it.special.iter().map(added).collect::<Vec<_>>())?;
        file.serialize_entry("normalizer", &Value::Null)?;
        file.serialize_entry("pre_tokenizer", &before)?;
        file.serialize_entry("post_processor", &Value::Null)?;
        file.serialize_entry("decoder", &after)?;
        file.serialize_entry("model", &WrittenModel(it))?;
        file.end()
    }
}

struct WrittenModel<'a>(&'a SubWords);

impl Serialize for WrittenModel<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let token = |number: u32| it.tokens[number as usize].as_str();
        let merges: Vec<[&str; 2]> =
            it.merges.iter().map(|&((left, right), _)| [token(left), token(right)]).collect();
        let mut model = serializer.serialize_map(None)?;
        model.serialize_entry("type", "BPE")?;
        model.serialize_entry("dropout", &Value::Null)?;
        model.serialize_entry("unk_token", &it.unknown.map(token))?;
        model.serialize_entry("continuing_subword_prefix", &Value::Null)?;
        model.serialize_entry("end_of_word_suffix", &Value::Null)?;
        model.serialize_entry("fuse_unk", &false)?;
        model.serialize_entry("byte_fallback", &false)?;
        model.serialize_entry("ignore_merges", &it.whole_words)?;
        model.serialize_entry("vocab", &InOrder(&it.tokens))?;
        model.serialize_entry("merges", &merges)?;
        model.end()
    }
}

/// Each token with its number, the lowest first.
struct InOrder<'a>(&'a [String]);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate().map(|(number, token)| (token, number)))
    }
}
