//! Bags of words, and precision and recall, against scikit-learn. The fixture is made by `tests/peers/text_classification.py`.

use ferrolab::data::text::{BagOfWords, Vocabulary};
use ferrolab::metrics::PrecisionRecallCurve;
use serde_json::Value;

fn fixture() -> Value {
    let path = format!("{}/tests/peers/text_classification.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn numbers(list: &Value) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &[f64]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert!((f64::from(*ours) - theirs).abs() < 1e-5, "{what}: ours {ours}, scikit-learn's {theirs}");
    }
}

/// A column of ours for each column of theirs.
fn columns(vocabulary: &Vocabulary, words: &[String], row: &[f32]) -> Vec<f32> {
    words.iter().map(|word| row[vocabulary.number(word).unwrap()]).collect()
}

#[test]
fn bags_of_words_equal_scikit_learns() {
    let fixture = fixture();
    let (train, test, words) =
        (texts(&fixture["train"]), texts(&fixture["test"]), texts(&fixture["vocabulary"]));
    let vocabulary = Vocabulary::builder().build_tokens(words.clone());
    let counts = BagOfWords::<64>::counts(&vocabulary);
    let tf_idf = BagOfWords::<64>::tf_idf(&vocabulary, &train);
    assert_close("idf", &columns(&vocabulary, &words, tf_idf.idf()), &numbers(&fixture["idf"]));
    for (i, text) in test.iter().enumerate() {
        for (name, bag) in [("counts", &counts), ("tf_idf", &tf_idf)] {
            let ours = columns(&vocabulary, &words, &bag.encode(text));
            assert_close(&format!("{name} of text {i}"), &ours, &numbers(&fixture[name][i]));
        }
    }
}

/// Their curve begins at the lowest threshold and ends with a point without one.
#[test]
fn precision_and_recall_equal_scikit_learns() {
    let curve = &fixture()["curve"];
    let list = |key: &str| numbers(&curve[key]);
    let reversed = |key: &str| list(key).into_iter().rev().collect::<Vec<f64>>();
    let labels: Vec<usize> = list("labels").into_iter().map(|label| label as usize).collect();
    let scores: Vec<f32> = list("scores").into_iter().map(|score| score as f32).collect();
    let ours = PrecisionRecallCurve::new(&scores, &labels);
    assert_close("precision", &ours.precision, &reversed("precision"));
    assert_close("recall", &ours.recall, &reversed("recall"));
    assert_close("thresholds", &ours.thresholds[1..], &reversed("thresholds"));
}
