//! BLEU against sacreBLEU, spans against seqeval. The fixture is made by `tests/peers/text_metrics.py`.

use ferrolab::metrics::{SpanCounts, bleu, span_scores};
use serde_json::Value;

fn fixture() -> Value {
    let path = format!("{}/tests/peers/text_metrics.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn assert_close(what: &str, ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() < 1e-9, "{what}: ours {ours}, theirs {theirs}");
}

#[test]
fn bleu_equals_sacrebleu() {
    let fixture = fixture();
    for (i, case) in fixture["bleu"].as_array().unwrap().iter().enumerate() {
        let references: Vec<Vec<String>> = case["references"].as_array().unwrap().iter().map(texts).collect();
        let ours = bleu(&texts(&case["translations"]), &references);
        assert_close(&format!("case {i}, score"), ours.score, &case["score"]);
        assert_close(&format!("case {i}, brevity"), ours.brevity_penalty, &case["brevity_penalty"]);
        for (n, precision) in ours.precisions.iter().enumerate() {
            assert_close(&format!("case {i}, {} words", n + 1), *precision, &case["precisions"][n]);
        }
        assert_eq!(ours.to_string(), case["text"].as_str().unwrap());
    }
}

#[test]
fn spans_equal_seqeval() {
    let fixture = fixture();
    let tags =
        |key: &str| -> Vec<Vec<String>> { fixture[key].as_array().unwrap().iter().map(texts).collect() };
    let scores = span_scores(&tags("truth"), &tags("predicted"));
    let compare = |name: &str, counts: &SpanCounts| {
        let theirs = &fixture["report"][name];
        assert_close(&format!("{name}, precision"), counts.precision(), &theirs["precision"]);
        assert_close(&format!("{name}, recall"), counts.recall(), &theirs["recall"]);
        assert_close(&format!("{name}, F1"), counts.f1(), &theirs["f1-score"]);
        assert_close(&format!("{name}, support"), counts.support as f64, &theirs["support"]);
    };
    assert_eq!(scores.kinds.len(), 3);
    scores.kinds.iter().for_each(|(kind, counts)| compare(kind, counts));
    compare("micro avg", &scores.total());
}
