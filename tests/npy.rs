//! Files of NumPy: those that it wrote are read, and ours are its own to the bit. The fixtures are made by `tests/peers/npy.py`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ferrolab::array::Array;
use ferrolab::io::{npy, npz};
use ferrolab::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    sizes: Vec<usize>,
    values: Vec<String>,
}

impl Expected {
    #[track_caller]
    fn assert_is(&self, name: &str, array: &Array) {
        assert_eq!(array.sizes(), self.sizes, "{name}");
        // By their bits, so that NaN and -0 count.
        let ours: Vec<u32> = array.to_vec().iter().map(|value| value.to_bits()).collect();
        let theirs: Vec<u32> =
            self.values.iter().map(|value| value.parse::<f32>().unwrap().to_bits()).collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/peers/npy").join(name)
}

fn expected() -> BTreeMap<String, Expected> {
    serde_json::from_str(&std::fs::read_to_string(fixture("expected.json")).unwrap()).unwrap()
}

#[test]
fn arrays_that_numpy_saved_are_read_to_the_bit() {
    let expected = expected();
    assert_eq!(expected.len(), 29);
    for (name, expected) in &expected {
        expected.assert_is(name, &npy::read(fixture(&format!("{name}.npy"))).unwrap());
    }
}

#[test]
fn the_type_of_a_tensor_says_what_a_file_must_hold() {
    let x = Tensor::<(usize, Const<5>)>::read_npy(fixture("fortran-2.npy")).unwrap();
    assert_eq!((x.shape(), x.to_vec()), (vec![3, 5], (0..15).map(|i| i as f32).collect()));
    let error = Tensor::<Rank2<5, 3>>::read_npy(fixture("fortran-2.npy")).unwrap_err().to_string();
    assert!(error.ends_with("fortran-2.npy`: expected a tensor of shape [5, 3], got [3, 5]"), "{error}");
}

#[test]
fn archives_that_numpy_saved_are_read_whatever_else_is_in_them() {
    let expected = expected();
    for archive in ["plain.npz", "compressed.npz"] {
        let file = npz::File::read(fixture(archive)).unwrap();
        assert_eq!(file.names().collect::<Vec<_>>(), ["bool", "fortran-2", "little-f8", "texts", "u1"]);
        for name in ["bool", "fortran-2", "little-f8", "u1"] {
            expected[name].assert_is(name, &file.array(name).unwrap());
        }
        let error = file.array("texts").unwrap_err().to_string();
        assert!(error.contains(&format!("{archive}/texts.npy` holds values of type `<U7`")), "{error}");
    }
}

#[test]
fn a_file_of_ours_is_numpys_own_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    for (name, sizes) in [
        ("scalar", &[][..]),
        ("3", &[3]),
        ("0", &[0]),
        ("2x3", &[2, 3]),
        ("12345x1", &[12345, 1]),
        ("2x2x3x2", &[2, 2, 3, 2]),
    ] {
        let count = sizes.iter().product::<usize>();
        let array = Array::from_vec(sizes, (0..count).map(|i| i as f32 / 3.0).collect());
        let path = folder.path().join("x.npy");
        npy::write(&path, &array).unwrap();
        let theirs = std::fs::read(fixture(&format!("written-{name}.npy"))).unwrap();
        assert!(std::fs::read(&path).unwrap() == theirs, "{name}");
        let array = array.clone();
        if sizes.len() == 4 {
            npy::write(&path, &array.channels_last()).unwrap();
            assert!(std::fs::read(&path).unwrap() == theirs, "{name}, channels last inside");
        }
    }
}

#[test]
fn an_archive_of_ours_holds_numpys_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npz");
    let x = Tensor::<Rank2<2, 3>>::from_vec((0..6).map(|i| i as f32 / 3.0).collect());
    npz::save(&path, &[("weights", x.raw())]).unwrap();
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
    let mut content = Vec::new();
    std::io::copy(&mut archive.by_name("weights.npy").unwrap(), &mut content).unwrap();
    assert!(content == std::fs::read(fixture("written-2x3.npy")).unwrap());
}
