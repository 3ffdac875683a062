//! The self-test covers every operation; where there is a GPU, or the emulator, it passes.

use super::*;

#[test]
fn every_operation_is_in_the_self_test() {
    /// Not tried by itself, and why.
    const ELSEWHERE: [(&str, &str); 3] = [
        ("einsum", "the typed shell of `einsum_raw`"),
        ("ids", "reads whole numbers, computes nothing"),
        ("narrow", "tried, as `slice` is"),
    ];
    let source = include_str!("../../ops/mod.rs");
    let exports = source.lines().filter_map(|line| line.strip_prefix("pub use "));
    let names = exports.flat_map(|line| {
        let names = line.split_once("::").map_or(line, |(_, names)| names);
        names
            .split([',', '{', '}', ';', ' '])
            .filter(|name| name.starts_with(char::is_lowercase))
            .collect::<Vec<_>>()
    });
    let tried: Vec<&str> = cases::all().map(|case| case.name.split(',').next().unwrap()).collect();
    let missing: Vec<&str> = names
        .filter(|name| !tried.contains(name) && !ELSEWHERE.iter().any(|(other, _)| other == name))
        .collect();
    assert!(tried.len() > 100, "only {} operations are tried", tried.len());
    assert!(missing.is_empty(), "add cases to src/cuda/self_test/: {missing:?}");
}

#[test]
fn a_difference_counts_what_is_no_number() {
    let [a, b] = [[1.0, f32::NAN], [1.0, 2.0]].map(|values| Array::from_vec(&[2], values.to_vec()));
    assert_eq!(
        (difference(&a, &a), difference(&a, &b), difference(&b, &a)),
        (0.0, f32::INFINITY, f32::INFINITY)
    );
    let c = Array::from_vec(&[2], vec![1.0, 2.3]);
    assert!((difference(&c, &b) - 0.1).abs() < 1e-6);
}

#[test]
fn operations_and_trainings_come_out_as_on_the_cpu() {
    let Ok(report) = self_test(0, Extent::Small, |_| ()) else { return };
    println!("{report}");
    assert!(report.passed(), "{report}");
    let on_cpu = report.operations.iter().filter(|one| one.fallbacks > 0).map(|one| one.name);
    assert_eq!(on_cpu.collect::<Vec<_>>(), [""; 0], "{report}");
    assert!(report.trainings.iter().all(|one| one.fallbacks == 0), "{report}");
}
