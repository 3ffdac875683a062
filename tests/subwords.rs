//! Sub-words against Hugging Face's `tokenizers`. The fixture is made by `tests/peers/subwords.py`.

use std::path::PathBuf;

use ferrolab::data::text::{SubWords, VocabularyError};
use serde_json::{Value, json};

fn path(name: &str) -> PathBuf {
    PathBuf::from(format!("{}/tests/peers/subwords/{name}.json", env!("CARGO_MANIFEST_DIR")))
}

fn read(path: impl Into<PathBuf>) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path.into()).unwrap()).unwrap()
}

/// The texts that the fixture was trained on.
fn texts() -> Vec<String> {
    let train = ferrolab::datasets::english_french().unwrap().train;
    [&train.source[..1500], &train.target[..1500]].concat()
}

#[test]
fn training_finds_the_same_tokens_and_merges() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokenizer.json");
    let subwords = SubWords::train(texts(), 1200);
    assert_eq!(subwords.len(), 1200);
    subwords.save(&file).unwrap();
    let (ours, theirs) = (read(&file), read(path("words")));
    let merges = |file: &Value| file["model"]["merges"].as_array().unwrap().clone();
    for (place, (ours, theirs)) in merges(&ours).iter().zip(&merges(&theirs)).enumerate() {
        assert_eq!(ours, theirs, "merge {place}");
    }
    assert!(ours == theirs, "the files differ");
}

#[test]
fn files_of_hugging_face_give_the_same_numbers() {
    let encoded = read(path("encoded"));
    for name in ["words", "spaces", "bytes"] {
        let subwords = SubWords::load(path(name)).unwrap();
        for (text, expected) in
            encoded["texts"].as_array().unwrap().iter().zip(encoded[name].as_array().unwrap())
        {
            let text = text.as_str().unwrap();
            let numbers = subwords.encode(text);
            assert_eq!(json!(numbers), expected["ids"], "{name}: {text:?}");
            assert_eq!(json!(subwords.pieces(text)), expected["tokens"], "{name}: {text:?}");
            assert_eq!(json!(subwords.decode(&numbers)), expected["text"], "{name}: {text:?}");
        }
    }
}

#[test]
fn what_was_loaded_is_saved_alike() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokenizer.json");
    for name in ["words", "spaces"] {
        SubWords::load(path(name)).unwrap().save(&file).unwrap();
        assert!(read(&file) == read(path(name)), "{name}");
    }
    SubWords::load(path("bytes")).unwrap().save(&file).unwrap();
    let again = SubWords::load(&file).unwrap();
    assert_eq!(again.decode(&again.encode("  été\t€ ")), "  été\t€ ");
}

#[test]
fn a_file_of_another_kind_says_what_is_not_understood() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokenizer.json");
    let problem = |change: &dyn Fn(&mut Value)| {
        let mut value = read(path("words"));
        change(&mut value);
        std::fs::write(&file, value.to_string()).unwrap();
        match SubWords::load(&file) {
            Err(VocabularyError::Format { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        problem(&|v| v["model"] = json!({"type": "Unigram", "vocab": []})),
        "its model is not BPE but Unigram"
    );
    assert_eq!(problem(&|v| v["normalizer"] = json!({"type": "NFC"})), "it has a normaliser: NFC");
    assert_eq!(
        problem(&|v| v["pre_tokenizer"] = json!({"type": "Digits"})),
        "it cuts texts in a way that is not known here: Digits"
    );
    assert_eq!(problem(&|v| v["model"]["vocab"]["!"] = json!(9)), "two tokens have the number 9");
    assert_eq!(problem(&|v| v["model"]["merges"] = json!([["▁", "?!"]])), "`?!` is joined but is no token");
    assert!(matches!(SubWords::load(folder.path().join("none")), Err(VocabularyError::Read { .. })));
    std::fs::write(&file, "[").unwrap();
    assert!(matches!(SubWords::load(&file), Err(VocabularyError::Format { .. })));
}

#[test]
fn old_files_write_merges_as_one_text() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tokenizer.json");
    let mut value = read(path("bytes"));
    for merge in value["model"]["merges"].as_array_mut().unwrap() {
        *merge = json!(format!("{} {}", merge[0].as_str().unwrap(), merge[1].as_str().unwrap()));
    }
    std::fs::write(&file, value.to_string()).unwrap();
    let (old, new) = (SubWords::load(&file).unwrap(), SubWords::load(path("bytes")).unwrap());
    assert_eq!(old.encode("Cliquez sur OK."), new.encode("Cliquez sur OK."));
}

#[test]
fn special_tokens_cannot_be_smuggled_in() {
    let subwords = SubWords::load(path("words")).unwrap();
    assert_eq!((subwords.start(), subwords.end()), (2, 3));
    assert!(subwords.encode("<eos><pad>").iter().all(|&number| number > 3 || number == 1));
    assert_eq!(subwords.decode(&[2, 3, 0]), "");
}
