//! A loop of one's own that forgets `training(|| …)` is told so, once, on the standard error output.

use std::process::Command;
use std::{env, iter};

use ferrolab::nn::{evaluation, training};
use ferrolab::prelude::*;

/// Tells a process of this test what to do.
const CHILD: &str = "FERROLAB_TEST_FORGOTTEN_MODE";

fn model() -> Sequential<Rank1<4>, Rank1<2>> {
    sequential!(Input([4]).dense(8).relu().dropout(0.5).dense(2))
}

/// Two steps of a loop.
fn steps(forward: impl Fn(&Sequential<Rank1<4>, Rank1<2>>) -> Tensor<Rank2<3, 2>>) {
    let (model, mut optimizer) = (model(), Sgd::new(0.1));
    for _ in 0..2 {
        let loss = cross_entropy(&forward(&model), &Labels::from([0, 1, 0]));
        optimizer.step(&model, &loss.backward());
    }
}

fn warnings(of: &str) -> usize {
    let name = "a_step_after_a_forgotten_mode_warns_once_and_what_is_meant_does_not";
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, of)
        .output()
        .unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !text.contains("ferrolab: ")
            || text.contains("dropout was left out. Put the forward pass inside `nn::training(|| …)`"),
        "{text}"
    );
    text.matches("ferrolab: a step of the optimiser follows a loss").count()
}

#[test]
fn a_step_after_a_forgotten_mode_warns_once_and_what_is_meant_does_not() {
    let x = Tensor::<Rank2<3, 4>>::ones();
    match env::var(CHILD).as_deref() {
        Ok("forgotten") => return steps(|model| model.forward(&x)),
        Ok("training") => return steps(|model| training(|| model.forward(&x))),
        Ok("evaluation") => return steps(|model| evaluation(|| model.forward(&x))),
        Ok("explained") => {
            let model = sequential!(Input([1, 4, 4]).flatten().dropout(0.5).dense(2));
            explain::saliency(&model, &Tensor::<Rank4<1, 1, 4, 4>>::ones(), 1);
            return steps(|model| training(|| model.forward(&x)));
        }
        Ok("trainer") => {
            let data =
                Dataset::<Rank1<4>, 2>::new(iter::repeat_n(0.5, 16).collect(), vec![0, 1, 0, 1]).unwrap();
            Trainer::new(Sgd::new(0.1)).epochs(2).validate(&data).fit(&mut model(), &data);
            return;
        }
        _ => {}
    }
    assert_eq!(warnings("forgotten"), 1);
    for meant in ["training", "evaluation", "explained", "trainer"] {
        assert_eq!(warnings(meant), 0, "{meant}");
    }
}
