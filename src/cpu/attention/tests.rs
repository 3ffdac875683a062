use super::*;
use crate::random::Generator;

/// The definition, value by value in f64: the result and the weights.
fn naive(s: &Sizes, [q, k, v]: [&[f32]; 3], hidden: impl Fn(usize, usize) -> bool) -> (Vec<f64>, Vec<f64>) {
    let (mut y, mut all) = (vec![0.0; s.batch * s.queries * s.all()], Vec::new());
    for (sequence, head) in (0..s.batch).flat_map(|sequence| (0..s.heads).map(move |head| (sequence, head))) {
        let at = |x: &[f32], steps: usize, step: usize, i: usize| {
            f64::from(x[(sequence * steps + step) * s.all() + head * s.width + i])
        };
        for query in 0..s.queries {
            let score = |key: usize| {
                let dot = |i| at(q, s.queries, query, i) * at(k, s.keys, key, i);
                (0..s.width).map(dot).sum::<f64>() / (s.width as f64).sqrt()
            };
            let powers: Vec<f64> =
                (0..s.keys).map(|key| if hidden(query, key) { 0.0 } else { score(key).exp() }).collect();
            let sum = powers.iter().sum::<f64>().max(f64::MIN_POSITIVE);
            for (i, j) in
                (0..s.width).map(|i| (i, (sequence * s.queries + query) * s.all() + head * s.width + i))
            {
                y[j] = powers.iter().enumerate().map(|(key, p)| p / sum * at(v, s.keys, key, i)).sum();
            }
            all.extend(powers.iter().map(|p| p / sum));
        }
    }
    (y, all)
}

#[track_caller]
fn assert_near(values: &[f32], expected: &[f64], what: &str) {
    assert_eq!(values.len(), expected.len());
    for (i, (&x, &e)) in values.iter().zip(expected).enumerate() {
        assert!((f64::from(x) - e).abs() < 1e-5 * (1.0 + e.abs()), "{what}, value {i}: {x} for {e}");
    }
}

fn check(s: Sizes) {
    let mut random = Generator::new(1);
    let [queries, keys] = [s.queries, s.keys].map(|steps| s.batch * steps * s.all());
    let [q, k, v, dy] = [queries, keys, keys, queries].map(|len| random.uniform(&[len], -2.0, 2.0).to_vec());
    let columns = Columns { stride: s.all(), first: 0 };
    let inputs = [(&q[..], columns), (&k, columns), (&v, columns)];
    let hide = |row: &mut [f32], _: usize, query: usize| {
        row.iter_mut().enumerate().for_each(|(key, score)| {
            if key % 3 == query % 3 {
                *score = f32::NEG_INFINITY;
            }
        });
    };
    for (hide, hidden) in [(None, false), (Some(&hide as &Hide), true)] {
        let hidden = |query: usize, key: usize| hidden && key % 3 == query % 3;
        let (expected, of_weights) = naive(&s, [&q, &k, &v], hidden);
        for level in simd::available() {
            let what = format!("{level:?}, {s:?}");
            let kernels = Kernels::of(level);
            let (y, weights) = forward(&s, kernels, inputs, hide, Options::default(), true);
            let weights = weights.expect("kept");
            assert_near(&y, &expected, &what);
            assert_near(&weights, &of_weights, &what);
            let (again, none) = forward(&s, kernels, inputs, hide, Options::default(), false);
            assert!(again[..] == y[..] && none.is_none(), "{what}");
            let mut gradients = [queries, keys, keys].map(|len| vec![f32::NAN; len]);
            let [dq, dk, dv] = &mut gradients;
            let (of_queries, of_keys) = (s.queries * s.all(), s.keys * s.all());
            let of_keys = dk.chunks_mut(of_keys).zip(dv.chunks_mut(of_keys));
            let parts = dq.chunks_mut(of_queries).zip(of_keys).map(|(q, (k, v))| Parts::Apart([q, k, v]));
            backward(&s, kernels, inputs, &weights, Options::default(), &dy, parts.collect());
            // The result is linear in the values: its product with `dy` is that of the values with their gradient.
            let dot = |a: &[f32], b: &[f32]| {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>()
            };
            let (forwards, backwards) = (dot(&y, &dy), dot(&v, &gradients[2]));
            assert!((forwards - backwards).abs() < 1e-4 * (1.0 + forwards.abs()), "{what}");
            // Queries are moved a little in a direction: what the result changes by is what the gradient says.
            for (which, gradient) in gradients.iter().enumerate().take(2) {
                let x = [&q, &k][which];
                let along = Generator::new(7).uniform(&[x.len()], -1.0, 1.0).to_vec();
                let moved = |by: f32| {
                    let moved: Vec<f32> = x.iter().zip(&along).map(|(x, a)| x + by * a).collect();
                    let inputs = if which == 0 { [&moved[..], &k, &v] } else { [&q[..], &moved, &v] };
                    naive(&s, inputs, hidden).0.iter().zip(&dy).map(|(y, &dy)| y * f64::from(dy)).sum::<f64>()
                };
                let (slope, expected) = ((moved(1e-3) - moved(-1e-3)) / 2e-3, dot(gradient, &along));
                assert!(
                    (slope - expected).abs() < 2e-3 * (1.0 + slope.abs()),
                    "{what}: {expected} for {slope}"
                );
            }
        }
    }
}

#[test]
fn every_size_equals_the_definition_with_every_instruction_set() {
    for size in (1..=67).step_by(3) {
        check(Sizes { batch: 1, queries: size, keys: 4, heads: 2, width: 3 });
        check(Sizes { batch: 2, queries: 2, keys: size, heads: 1, width: 5 });
        check(Sizes { batch: 1, queries: 3, keys: 5, heads: 2, width: size });
    }
    check(Sizes { batch: 17, queries: 7, keys: 7, heads: 3, width: 16 });
}
