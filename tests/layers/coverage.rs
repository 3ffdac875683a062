//! Every layer and every word of `sequential!` is compared with PyTorch: read from the sources, so that a new one cannot be
//! forgotten.

use crate::sources::{public, texts};

/// Public in `nn`, but no layers.
const NO_LAYERS: [&str; 20] = [
    "AttentionMask",
    "Bidirectional",
    "Dilated",
    "Direction",
    "Hidden",
    "Layer",
    "LstmState",
    "Module",
    "Network",
    "OneWay",
    "Padding",
    "Plan",
    "Same",
    "Sequential",
    "Strided",
    "Summary",
    "Valid",
    "Visitor",
    // Computed by a formula, which a test here repeats.
    "PositionalEncoding",
    // In evaluation it does nothing, in training what chance says.
    "Dropout",
];

/// Every test against a peer: `…_against_pytorch.rs` and the files here.
fn tests() -> String {
    texts("tests", "_against_") + &texts("tests/layers", "mod")
}

#[test]
fn every_layer_is_compared_with_pytorch() {
    let tests = tests();
    let mut layers: Vec<String> = public("src/nn/mod.rs").into_iter().map(|(name, _)| name).collect();
    layers
        .retain(|name| name.starts_with(|c: char| c.is_ascii_uppercase()) && !NO_LAYERS.contains(&&name[..]));
    assert!(layers.len() >= 20, "only {layers:?} were found");
    let built = |layer: &String| {
        ["::<", "<", ",", "::default()", "::new("]
            .iter()
            .any(|behind| tests.contains(&format!("{layer}{behind}")))
    };
    let missing: Vec<String> = layers.into_iter().filter(|layer| !built(layer)).collect();
    assert!(missing.is_empty(), "add cases to tests/peers/odd_layers.py and tests/layers/: {missing:?}");
}

#[test]
fn every_word_is_compared_with_pytorch() {
    let (sources, tests) = (texts("src/nn", ""), tests());
    let names = sources.split("name: \"").skip(1).filter_map(|rest| rest.split('"').next());
    let mut words: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    words.extend(["lstm", "gru", "simple_rnn"]);
    assert!(words.len() >= 28, "only {words:?} were found");
    // As a call, or as the argument of a macro.
    let tested = |word: &&str| {
        tests.contains(&format!(".{word}("))
            || tests.contains(&format!(" {word}("))
            || tests.contains(&format!(", {word},"))
    };
    let missing: Vec<&str> = words.into_iter().filter(|word| !tested(word)).collect();
    assert!(missing.is_empty(), "add cases to tests/peers/odd_layers.py and tests/layers/: {missing:?}");
}
