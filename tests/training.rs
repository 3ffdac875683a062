//! Training through the public interface: it learns, it repeats itself, and what it learnt survives a file.

use ferrolab::nn::{Network, is_training};
use ferrolab::optim::Optimizer;
use ferrolab::prelude::*;

type Pictures = Dataset<Rank3<1, 8, 8>, 3>;

/// Horizontal bars, vertical bars, or a checkerboard, at any offset and brightness.
fn patterns(count: usize) -> Pictures {
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for i in 0..count {
        let (class, offset, brightness) = (i % 3, i / 3 % 4, 0.5 + (i * 7 % 11) as f32 / 20.0);
        for pixel in 0..64 {
            let (y, x) = (pixel / 8 + offset, pixel % 8 + offset);
            let on = [y / 2 % 2, x / 2 % 2, (y / 2 + x / 2) % 2][class] == 1;
            let noise = (i * 31 + pixel * 17) % 13;
            values.push(if on { brightness } else { 0.0 } + noise as f32 / 50.0);
        }
        labels.push(class);
    }
    Dataset::new(values, labels).unwrap()
}

fn cnn() -> Sequential<Rank3<1, 8, 8>, Rank1<3>> {
    sequential!(Input([1, 8, 8]).conv2d(8, 3).relu().max_pool2d(2).flatten().dropout(0.1).dense(3))
}

fn parameters(model: &impl Module) -> Vec<f32> {
    model.parameters().iter().flat_map(|(_, parameter)| parameter.to_vec()).collect()
}

#[test]
fn a_small_network_learns_to_tell_patterns_apart() {
    manual_seed(3);
    let (train, test) = patterns(240).split(0.75, 1);
    let mut model = cnn();
    let before = accuracy(&model, &test);
    let history =
        Trainer::new(Adam::new(0.01)).epochs(12).batch_size(20).validate(&test).fit(&mut model, &train);
    assert!(before < 0.7, "an untrained network knows nothing, but got {before}");
    assert!(accuracy(&model, &test) > 0.95, "{history}");
    assert!(history.loss[11] < 0.3 * history.loss[0], "{history}");
    assert_eq!([history.accuracy.len(), history.val_loss.len(), history.val_accuracy.len()], [12; 3]);
    assert_eq!(history.val_accuracy[11], accuracy(&model, &test));
    assert!(history.images_per_second > 0.0 && history.seconds > 0.0);

    let matrix = confusion_matrix(&model, &test);
    let right: usize = (0..3).map(|class| matrix.counts[class][class]).sum();
    assert_eq!(right as f32 / test.len() as f32, accuracy(&model, &test));
}

#[test]
fn the_same_seeds_give_the_same_network() {
    let trained = |seed| {
        manual_seed(5);
        let mut model = cnn();
        Trainer::new(Adam::new(0.01)).epochs(2).seed(seed).fit(&mut model, &patterns(60));
        parameters(&model)
    };
    assert_eq!(trained(1), trained(1));
    assert_ne!(trained(1), trained(2));
}

#[test]
fn a_saved_network_predicts_the_same_when_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cnn.safetensors");
    let data = patterns(30);
    let (x, _) = data.batch(&(0..30).collect::<Vec<_>>());

    let mut model = cnn();
    Trainer::new(Sgd::new(0.05).momentum(0.9)).fit(&mut model, &data);
    model.save(&path).unwrap();
    let mut loaded = cnn();
    loaded.load(&path).unwrap();
    assert_eq!(loaded.forward(&x).to_vec(), model.forward(&x).to_vec());
    assert_eq!(loaded.predict(&x), model.predict(&x));

    let network = Network::open(&path).unwrap();
    assert_eq!(network.forward(x.raw()).to_vec(), model.forward(&x).to_vec());
    assert_eq!((network.input(), network.output()), (&[1, 8, 8][..], &[3][..]));
    assert_eq!(format!("sequential!({})", network.code()), format!("{model:?}"));
}

#[test]
fn a_file_of_another_architecture_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cnn.safetensors");
    cnn().save(&path).unwrap();
    // The same parameters, but another network: the shapes of the tensors would not tell.
    let mut other = sequential!(Input([1, 8, 8]).conv2d(8, 3).tanh().max_pool2d(2).flatten().dense(3));
    let untouched = parameters(&other);
    let error = other.load(&path).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "the file holds `Input([1, 8, 8]).conv2d(8, 3).relu().max_pool2d(2).flatten().dropout(0.1).dense(3)`, \
             the model is `Input([1, 8, 8]).conv2d(8, 3).tanh().max_pool2d(2).flatten().dense(3)`"
        ),
        "{error}"
    );
    assert_eq!(parameters(&other), untouched);
}

#[test]
fn a_struct_is_trained_by_its_own_loss() {
    #[derive(Default, Module)]
    struct Net {
        conv: Conv2d<1, 8, 3>,
        dropout: Dropout,
        head: Linear<72, 3>,
    }
    impl Net {
        fn forward<B: Dim>(&self, x: &Tensor<(B, Const<1>, Const<8>, Const<8>)>) -> Tensor<(B, Const<3>)> {
            let features = self.conv.forward(x).relu().max_pool2d::<2>().flatten();
            self.head.forward(&self.dropout.forward(&features))
        }
    }
    manual_seed(2);
    let data = patterns(120);
    let mut net = Net::default();
    let history = Trainer::new(Adam::new(0.01)).epochs(10).validate(&data).fit_with(
        &mut net,
        &data,
        |net, x, labels| {
            assert_eq!(
                is_training(),
                ferrolab::autograd::is_enabled(),
                "validation runs without dropout and gradients"
            );
            cross_entropy(&net.forward(x), labels)
        },
    );
    assert!(accuracy_with(&data, |x| net.forward(x)) > 0.9, "{history}");
    assert_eq!((history.accuracy.len(), history.val_loss.len()), (0, 10));
}

#[test]
fn a_second_fit_goes_on_and_another_model_starts_afresh() {
    let data = patterns(30);
    let mut trainer = Trainer::new(Adam::new(0.01)).batch_size(30);
    let moved = |trainer: &mut Trainer, model: &mut Sequential<Rank3<1, 8, 8>, Rank1<3>>| -> Vec<f32> {
        let before = parameters(model);
        trainer.fit(model, &data);
        parameters(model).iter().zip(before).map(|(after, before)| (after - before).abs()).collect()
    };
    let (mut first, mut second) = (cnn(), cnn());
    for _ in 0..3 {
        moved(&mut trainer, &mut first);
    }
    // Adam's first step is the learning rate for every parameter that has a gradient; with memories of another
    // model it would not be.
    let steps = moved(&mut trainer, &mut second);
    assert!(steps.iter().all(|&step| step == 0.0 || (step - 0.01).abs() < 1e-3), "{steps:?}");
}

#[test]
fn optimisers_leave_parameters_without_gradients_alone() {
    let (used, unused) = (Linear::<2, 1>::default(), Linear::<2, 1>::default());
    let before = parameters(&unused);
    let gradients = used.forward(&Tensor::<Rank2<1, 2>>::ones()).sum().backward();
    Adam::new(0.1).step(&unused, &gradients);
    Sgd::new(0.1).weight_decay(0.5).step(&unused, &gradients);
    assert_eq!(parameters(&unused), before);
}

#[test]
fn a_saliency_map_finds_the_pixels_that_decide_and_leaves_the_model_alone() {
    // Bright top left or bright bottom right.
    let values = (0..40 * 16).map(|i| f32::from(u8::from(i % 16 == if i / 16 % 2 == 0 { 0 } else { 15 })));
    let data = Dataset::<Rank3<1, 4, 4>, 2>::new(values.collect(), (0..40).map(|i| i % 2).collect()).unwrap();
    manual_seed(4);
    let mut model = sequential!(Input([1, 4, 4]).flatten().dense(8).relu().dense(2));
    Trainer::new(Adam::new(0.02)).epochs(40).fit(&mut model, &data);
    let before = parameters(&model);

    let (image, labels) = data.batch(&[0]);
    let map = explain::normalized(&explain::saliency(&model, &image, labels[0])).to_vec();
    let mut order: Vec<usize> = (0..16).collect();
    order.sort_by(|&a, &b| map[b].total_cmp(&map[a]));
    order.truncate(2);
    order.sort_unstable();
    assert_eq!(order, [0, 15], "{map:?}");
    assert_eq!(parameters(&model), before);
}

#[test]
fn probabilities_are_those_of_the_scores() {
    let model = cnn();
    let (x, _) = patterns(4).batch(&[0, 1, 2, 3]);
    let rows = model.probabilities(&x).to_vec();
    assert!(rows.chunks(3).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
    assert_eq!(model.probabilities(&x).argmax(), model.predict(&x));
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
