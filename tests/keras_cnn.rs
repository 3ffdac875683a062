//! The CNN of the course learns as well as the same network in Keras. The numbers are made by `tests/peers/keras_cnn.py`.
#![cfg(not(debug_assertions))] // too slow without optimisation

use ferrolab::prelude::*;

type Pictures = Dataset<Rank3<3, 32, 32>, 10>;

/// The accuracy on the test pictures after the epochs that the script runs.
fn learnt(phases: &[(usize, f32)], batch_size: usize, seed: u64, train: &Pictures, test: &Pictures) -> f64 {
    manual_seed(seed);
    let mut model = sequential!(
        Input([3, 32, 32])
            .conv2d(32, 3)
            .relu()
            .max_pool2d(2)
            .conv2d(64, 3)
            .relu()
            .max_pool2d(2)
            .conv2d(64, 3)
            .relu()
            .flatten()
            .dropout(0.4)
            .dense(64)
            .relu()
            .dense(10)
    );
    for (phase, &(epochs, rate)) in phases.iter().enumerate() {
        Trainer::new(Adam::new(rate))
            .epochs(epochs)
            .batch_size(batch_size)
            .augment(Augment::new().random_flip().random_shift(2))
            .seed(seed + phase as u64)
            .fit(&mut model, train);
    }
    f64::from(accuracy(&model, test))
}

#[test]
fn the_course_network_is_no_worse_than_kerass() {
    let text = include_str!("peers/keras_cnn.json");
    let keras: serde_json::Value = serde_json::from_str(text).unwrap();
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let phase = |phase: &serde_json::Value| {
        (number(&phase["epochs"]) as usize, number(&phase["learning_rate"]) as f32)
    };
    let phases: Vec<_> = keras["phases"].as_array().unwrap().iter().map(phase).collect();
    let batch_size = number(&keras["batch_size"]) as usize;

    let files = datasets::clipart32().unwrap();
    let train = Pictures::from_images(&files.train).unwrap();
    let scale = Normalization::of(&train);
    let test = Pictures::from_images(&files.test).unwrap().normalized(&scale);
    let train = train.normalized(&scale);

    let ours = [7, 17, 27].map(|seed| learnt(&phases, batch_size, seed, &train, &test));
    let mean = ours.iter().sum::<f64>() / ours.len() as f64;
    println!(
        "ours {ours:.4?}, mean {mean:.4}; Keras's mean {}, deviation {}",
        keras["mean"], keras["deviation"]
    );
    assert!(mean >= number(&keras["mean"]) - 0.01, "ours {ours:?}, Keras's {}", keras["accuracy"]);
}
