//! A logistic regression against scikit-learn's, on the passengers of the Titanic: coefficients, probabilities, scores. The fixture is
//! made by `tests/peers/logistic_regression.py`.

use ferrolab::io::safetensors::File;
use ferrolab::metrics::ConfusionMatrix;
use ferrolab::prelude::*;

type Passengers = TensorDataset<Rank1<9>, Rank1<1>>;

fn fixture(name: &str) -> Vec<f32> {
    let path = format!("{}/tests/peers/logistic_regression.safetensors", env!("CARGO_MANIFEST_DIR"));
    File::read(path).unwrap().tensors()[name].values().to_vec()
}

#[track_caller]
fn assert_close(what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() < tolerance, "{what} {i}: ours {ours}, scikit-learn's {theirs}");
    }
}

#[test]
fn training_ends_where_scikit_learn_does() {
    let part =
        |part: &str| Passengers::new(fixture(&format!("x.{part}")), fixture(&format!("y.{part}"))).unwrap();
    let (train, test) = (part("train"), part("test"));
    manual_seed(1);
    let mut model = sequential!(Input([9]).dense(1));
    Trainer::new(Sgd::new(1.0).momentum(0.9).nesterov()).epochs(400).batch_size(train.len()).fit_with(
        &mut model,
        &train,
        |model, x, y| loss::bce_with_logits(&model.forward(x), y),
    );
    let parameters = model.parameters();
    for (name, (_, ours)) in ["weight", "bias"].iter().zip(&parameters) {
        assert_close(name, &ours.to_vec(), &fixture(name), 2e-4);
    }

    let all: Vec<usize> = (0..test.len()).collect();
    let (x, y) = test.batch(&all);
    let scores = model.forward(&x);
    let probabilities = scores.sigmoid().to_vec();
    assert_close("probability", &probabilities, &fixture("probability.test"), 1e-4);
    let labels: Vec<usize> = y.to_vec().iter().map(|&y| y as usize).collect();
    let says: Vec<usize> = probabilities.iter().map(|&p| usize::from(p > 0.5)).collect();
    let right = ConfusionMatrix::from_lists(&says, &labels, 2).accuracy();
    let theirs = &fixture("scores")[2..];
    assert_close("score", &[metrics::log_loss(&probabilities, &labels), right], theirs, 1e-5);
    assert_close("loss", &[loss::bce_with_logits(&scores, &y).item()], &theirs[..1], 1e-5);
}
