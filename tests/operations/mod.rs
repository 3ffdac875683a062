//! Operations against PyTorch, several shapes each. The fixtures are made by `tests/peers/operations.py`, which names the
//! cases; their numbers are read from the names.

mod coverage;
mod networks;
mod numbers;
mod shapes;

use ferrolab::Raw;
use ferrolab::io::safetensors::File;

use super::check_within;

/// The cases of one fixture.
struct Cases(File);

impl Cases {
    fn new(fixture: &str) -> Cases {
        let path = format!("{}/tests/peers/{fixture}.safetensors", env!("CARGO_MANIFEST_DIR"));
        Cases(File::read(path).unwrap())
    }

    /// Compares every case `operation.NUMBER` or `operation.NUMBER.SETTINGS`, of which there must be more than one. `f`
    /// gets the settings, as numbers, and the inputs.
    #[track_caller]
    fn all(&self, operation: &str, f: impl Fn(&[usize], &[Raw]) -> Raw) {
        let names = self.0.tensors().keys().filter_map(|key| key.strip_suffix(".y"));
        let names: Vec<&str> = names.filter(|name| name.split('.').next() == Some(operation)).collect();
        assert!(names.len() > 1, "the fixture has {} cases of `{operation}`: {names:?}", names.len());
        for name in names {
            let settings = name.split('.').nth(2).into_iter().flat_map(|settings| settings.split('x'));
            let settings: Vec<usize> = settings.map(|number| number.parse().expect("a number")).collect();
            check_within(1e-5, &self.0, name, |x| f(&settings, x));
        }
    }
}
