//! What the tests share: random tensors here and at dfdx, and the comparison of results and gradients.

/// A tensor of dfdx.
pub type Theirs<S> = dfdx::tensor::Tensor<S, f32, dfdx::tensor::Cpu>;

/// A result and the gradients of what it was made from.
pub type Outcome = (Vec<f32>, Vec<Vec<f32>>);

/// ***Panics*** unless every value is within `tolerance`, relative to values greater than 1.
#[track_caller]
pub fn assert_close(what: &str, tolerance: f32, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (i, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let close = (ours - theirs).abs() <= tolerance * (1.0 + theirs.abs());
        assert!(close, "{what}, value {i}: ours {ours}, dfdx's {theirs}");
    }
}

/// ***Panics*** unless results and gradients are close, or if there is nothing to compare.
#[track_caller]
pub fn assert_same(what: &str, tolerance: f32, ours: &Outcome, theirs: &Outcome) {
    assert_close(what, tolerance, &ours.0, &theirs.0);
    assert_eq!(ours.1.len(), theirs.1.len());
    for (i, (ours, theirs)) in ours.1.iter().zip(&theirs.1).enumerate() {
        assert!(ours.iter().any(|&value| value != 0.0), "{what}: gradient {i} of ours is zero");
        assert_close(&format!("{what}, gradient {i}"), tolerance, ours, theirs);
    }
}

/// Runs an operation here and at dfdx on the same random inputs and compares the result, and the gradients of every input when
/// the result is given a random one: `check!(name, x: [2, 3] in range, … => [result], ours, theirs)`. At dfdx the first input
/// is traced.
#[macro_export]
macro_rules! check {
    ($name:expr, $($x:ident: [$($n:literal),*] in $range:expr),+ => [$($m:literal),*], $ours:expr, $theirs:expr) => {{
        use ferrolab::Tensor;
        $(let $x = Tensor::<($(ferrolab::Const<$n>,)*)>::uniform($range.start, $range.end).requires_grad();)+
        let weights = Tensor::<($(ferrolab::Const<$m>,)*)>::uniform(-1.0, 1.0);
        let ours = {
            $(let $x = &$x;)+
            let y: Tensor<($(ferrolab::Const<$m>,)*)> = $ours.shaped();
            let gradients = (&y * &weights).sum().backward();
            (y.to_vec(), vec![$(gradients.of($x).to_vec()),+])
        };
        let theirs = {
            $(let $x = &$crate::Theirs::<($(dfdx::shapes::Const<$n>,)*)>::from(&$x);)+
            let weights = $crate::Theirs::<($(dfdx::shapes::Const<$m>,)*)>::from(&weights);
            let y: dfdx::tensor::Tensor<($(dfdx::shapes::Const<$m>,)*), f32, _, _> = $theirs;
            let values = y.as_vec();
            let gradients = (y * weights).sum::<(), _>().backward();
            (values, vec![$(gradients.get($x).as_vec()),+])
        };
        $crate::assert_same($name, 1e-5, &ours, &theirs);
    }};
}
