//! Every loss against PyTorch: its value and its gradients. The fixture is made by `tests/peers/losses.py`; one loss that PyTorch
//! does not have is compared with scikit-learn's.

mod sources;

use ferrolab::Raw;
use ferrolab::array::Array;
use ferrolab::io::safetensors::File;
use ferrolab::loss::{Ctc, Focal};
use ferrolab::prelude::*;

type Numbers = Tensor<(usize,)>;
type Table<const C: usize> = Tensor<(usize, Const<C>)>;

fn fixture() -> File {
    File::read(format!("{}/tests/peers/losses.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Inputs of a case; each is tracked, so that its gradient can be compared.
struct Case {
    name: String,
    file: File,
}

impl Case {
    fn new(name: &str, at: &str) -> Case {
        Case { name: format!("{name}.{at}"), file: fixture() }
    }

    fn array(&self, what: &str) -> Array {
        self.file.tensors()[&format!("{}.{what}", self.name)].clone()
    }

    fn input(&self, number: usize) -> Raw {
        Raw::new(self.array(&number.to_string())).requires_grad()
    }

    fn classes(&self) -> Vec<usize> {
        self.array("1").values().iter().map(|&class| class as usize).collect()
    }

    #[track_caller]
    fn check(&self, loss: &Tensor<()>, inputs: &[&Raw]) {
        self.close("loss", &[loss.item()]);
        let gradients = loss.backward();
        for (i, input) in inputs.iter().enumerate() {
            let ours = gradients.of_raw(input);
            assert_eq!(ours.sizes(), self.array(&i.to_string()).sizes());
            self.close(&format!("gradient.{i}"), &ours.to_vec());
        }
    }

    #[track_caller]
    fn close(&self, what: &str, ours: &[f32]) {
        let theirs = self.array(what).to_vec();
        assert_eq!(ours.len(), theirs.len(), "{} {what}", self.name);
        for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
            assert!(
                ours == theirs || (ours - theirs).abs() <= 1e-6 + 1e-5 * theirs.abs(),
                "{} {what}, value {i}: ours {ours}, PyTorch's {theirs}",
                self.name
            );
        }
    }
}

/// Losses of scores `[N, C]` and classes.
fn check_classes<const N: usize, const C: usize>() {
    let at = format!("{N}x{C}");
    let weights: [f32; C] = std::array::from_fn(|class| (class + 1) as f32 / 4.0);
    let check = |name: &str, loss: &dyn Fn(&Table<C>, &Labels<usize, C>) -> Tensor<()>| {
        let case = Case::new(name, &at);
        let scores = case.input(0);
        case.check(&loss(&Table::from_raw(scores.clone()), &Labels::new(case.classes())), &[&scores]);
    };
    check("cross_entropy", &|x, y| cross_entropy(x, y));
    check("smooth", &|x, y| CrossEntropy::new().label_smoothing(0.1).of(x, y));
    check("weights", &|x, y| CrossEntropy::new().weights(weights).of(x, y));
    check("ignore", &|x, y| CrossEntropy::new().ignore_index(0).of(x, y));
    let all = CrossEntropy::new().weights(weights).ignore_index(0).label_smoothing(0.3);
    check("all", &|x, y| all.of(x, y));
    check("nll", &|x, y| loss::nll(x, y));

    let check = |name: &str, loss: Loss<'_, (usize, Const<C>)>| {
        let case = Case::new(name, &at);
        let (x, t) = (case.input(0), case.input(1));
        case.check(&loss(&Table::from_raw(x.clone()), &Table::from_raw(t.clone())), &[&x, &t]);
    };
    check("kl_div", &|x, t| loss::kl_div(x, t));
    check("bce", &|x, t| loss::bce_with_logits(x, t));
    check("focal", &|x, t| loss::focal(x, t));
    check("focal_hard", &|x, t| Focal::new().gamma(3.5).alpha(0.6).of(x, t));
    check("bce_weights", &|x, t| BceWithLogits::new().pos_weight(&weights).of(x, t));
}

#[test]
fn losses_of_classes_and_distributions_equal_pytorch() {
    check_classes::<1, 2>();
    check_classes::<7, 5>();
    check_classes::<33, 10>();
}

type Loss<'a, S> = &'a dyn Fn(&Tensor<S>, &Tensor<S>) -> Tensor<()>;

fn check_numbers<S: Shape>(at: &str) {
    let check = |name: &str, loss: Loss<'_, S>| {
        let case = Case::new(name, at);
        let (a, b) = (case.input(0), case.input(1));
        case.check(&loss(&Tensor::from_raw(a.clone()), &Tensor::from_raw(b.clone())), &[&a, &b]);
    };
    check("mse", &|a, b| mse(a, b));
    check("mae", &|a, b| loss::mae(a, b));
    check("huber", &|a, b| loss::huber(a, b, 1.0));
    check("huber_small", &|a, b| loss::huber(a, b, 0.3));
    check("smooth_l1", &|a, b| loss::smooth_l1(a, b, 1.0));
    check("smooth_l1_wide", &|a, b| loss::smooth_l1(a, b, 2.5));
}

#[test]
fn losses_of_numbers_equal_pytorch() {
    check_numbers::<Rank1<1>>("1");
    check_numbers::<(usize,)>("9");
    check_numbers::<Rank2<5, 7>>("5x7");
    check_numbers::<Rank4<2, 3, 5, 3>>("2x3x5x3");
}

/// PyTorch has none: scikit-learn's, from `tests/peers/pinball.py`.
#[test]
fn pinball_equals_scikit_learn() {
    let file = File::read(format!("{}/tests/peers/pinball.safetensors", env!("CARGO_MANIFEST_DIR"))).unwrap();
    for name in ["low", "median", "high"] {
        let values = |what: &str| file.tensors()[&format!("{name}.{what}")].clone();
        let [p, t] = ["0", "1"].map(|which| Numbers::from_vec(values(which).to_vec()).requires_grad());
        let loss = loss::pinball(&p, &t, values("quantile").values()[0]);
        let gradients = loss.backward();
        let ours = [vec![loss.item()], gradients.of(&p).to_vec(), gradients.of(&t).to_vec()];
        for (ours, what) in ours.iter().zip(["loss", "gradient.0", "gradient.1"]) {
            let theirs = values(what).to_vec();
            let close = ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() <= 1e-6 + 1e-5 * b.abs());
            assert!(close && ours.len() == theirs.len(), "{name} {what}: ours {ours:?}, theirs {theirs:?}");
        }
    }
}

#[test]
fn triplet_margin_equals_pytorch() {
    for at in ["1x3", "11x6"] {
        for (name, margin) in [("triplet", 1.0), ("triplet_wide", 2.5)] {
            let case = Case::new(name, at);
            let raws = [0, 1, 2].map(|number| case.input(number));
            let [a, p, n] = raws.clone().map(Tensor::<(usize, usize)>::from_raw);
            case.check(&loss::triplet_margin(&a, &p, &n, margin), &raws.each_ref());
        }
    }
}

#[test]
fn cosine_embedding_equals_pytorch() {
    for at in ["1x3", "11x6"] {
        let case = Case::new("cosine", at);
        let raws = [0, 1].map(|number| case.input(number));
        let [a, b] = raws.clone().map(Tensor::<(usize, usize)>::from_raw);
        let alike: Vec<bool> = case.array("2").values().iter().map(|&sign| sign > 0.0).collect();
        case.check(&loss::cosine_embedding(&a, &b, &alike, 0.2), &raws.each_ref());
    }
}

#[test]
fn ctc_equals_pytorch() {
    const CASES: [&str; 6] = ["one", "exact", "repeated", "long", "empty", "impossible"];
    for at in CASES {
        let case = Case::new("ctc", at);
        let (scores, lengths) = (case.input(0), integers(&case, "lengths"));
        let labels = integers(&case, "targets");
        let mut rest = &labels[..];
        let targets: Vec<&[usize]> = integers(&case, "target_lengths")
            .into_iter()
            .map(|length| {
                let (target, others) = rest.split_at(length);
                rest = others;
                target
            })
            .collect();
        let check = |blank: usize, loss: Ctc, key: &str| {
            let case = Case::new(key, at);
            // Through `log_softmax`: PyTorch's gradient with respect to the logarithms is another, equal behind it.
            let x = ferrolab::ops::log_softmax(&scores);
            let loss = match x.sizes()[2] {
                3 => {
                    loss.blank(blank).of(&Tensor::<(usize, usize, Const<3>)>::from_raw(x), &targets, &lengths)
                }
                7 => {
                    loss.blank(blank).of(&Tensor::<(usize, usize, Const<7>)>::from_raw(x), &targets, &lengths)
                }
                classes => panic!("{classes} classes"),
            };
            if loss.item().is_finite() {
                case.check(&loss, &[&scores]);
            } else {
                case.close("loss", &[loss.item()]);
            }
        };
        let blank = integers(&case, "blank")[0];
        check(blank, Ctc::new(), "ctc");
        check(blank, Ctc::new().sum(), "ctc_sum");
        check(blank, Ctc::new().zero_infinity(), "ctc_zero");
    }
}

fn integers(case: &Case, what: &str) -> Vec<usize> {
    case.array(what).values().iter().map(|&value| value as usize).collect()
}

#[test]
fn a_loss_without_a_row_that_counts_is_not_a_number() {
    let scores = Table::<3>::from_vec(vec![0.0; 3]);
    assert!(
        CrossEntropy::new().ignore_index(2).of(&scores, &Labels::<usize, 3>::new(vec![2])).item().is_nan()
    );
    assert!(loss::mae(&Numbers::from_vec(vec![]), &Numbers::from_vec(vec![])).item().is_nan());
}

#[test]
fn every_loss_is_compared_with_pytorch() {
    sources::assert_named("src/loss/mod.rs", "tests/losses.rs", &[]);
}

#[path = "common/on_a_gpu.rs"]
mod gpu;

#[test]
fn on_a_gpu() {
    gpu::run(&[], &[]);
}
