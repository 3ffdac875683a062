//! For tests: results and gradients of this thread's device beside the CPU's.

use crate::Device;
use crate::array::Array;
use crate::autograd::backward;
use crate::ops;
use crate::raw::Raw;

use super::statistics::fallbacks_here;

/// Compares `f` of the inputs, and what comes back to each of them, with the same on the CPU: where operations run on a GPU
/// anyway, this tells whether they do so right, and that none computes on the CPU instead. The gradient of the result is
/// uneven.
///
/// ***Panics*** where numbers differ by more than `1e-4` of the greatest of them and 1, and where the sizes do.
#[track_caller]
pub(crate) fn agrees_with_cpu(inputs: &[Array], f: impl Fn(&[Raw]) -> Raw) {
    let run = || {
        let inputs: Vec<Raw> = inputs.iter().map(|x| Raw::new(own(x)).requires_grad()).collect();
        let y = f(&inputs);
        let weights = (0..y.len()).map(|i| ((i * 7919 + 13) % 17) as f32 / 8.0 - 0.9).collect();
        let weights = Raw::new(Array::from_vec(&y.sizes(), weights));
        let gradients = backward(&ops::sum(&ops::mul(&y, &weights)));
        let of_inputs = inputs.iter().map(|input| gradients.of_raw(input));
        std::iter::once(y.array()).chain(of_inputs).collect::<Vec<Array>>()
    };
    let before = fallbacks_here();
    let found = run();
    let fallbacks = fallbacks_here() - before;
    assert!(fallbacks == 0, "{fallbacks} operations read their numbers from the GPU");
    for (which, (found, expected)) in found.iter().zip(Device::Cpu.scope(run)).enumerate() {
        assert_eq!(found.sizes(), expected.sizes(), "result {which}");
        let (found, expected) = (found.to_vec(), expected.to_vec());
        let most = expected.iter().filter(|x| x.is_finite()).fold(1.0f32, |most, x| most.max(x.abs()));
        for (at, (&found, &expected)) in found.iter().zip(&expected).enumerate() {
            let alike = found == expected
                || (found.is_nan() && expected.is_nan())
                || (found - expected).abs() <= 1e-4 * most;
            assert!(alike, "result {which}, value {at}: {found} here, {expected} on the CPU");
        }
    }
}

/// The same numbers in memory of their own, so that no run finds them where another has copied them.
fn own(x: &Array) -> Array {
    let copy = Array::from_vec(x.sizes(), x.to_vec());
    copy.in_layout(x.layout())
}
