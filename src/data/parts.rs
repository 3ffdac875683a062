//! Which examples a part of a data set has: positions, without the data.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// The positions `0..len` in random order.
pub(super) fn shuffled(len: usize, seed: u64) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..len).collect();
    positions.shuffle(&mut Pcg64::seed_from_u64(seed));
    positions
}

/// Two parts at random; the first has `fraction` of the positions.
#[track_caller]
pub(super) fn split(len: usize, fraction: f64, seed: u64) -> [Vec<usize>; 2] {
    let mut first = shuffled(len, seed);
    let second = first.split_off(share("split", len, fraction));
    [first, second]
}

/// Two parts at random, in which every class has the same share, to one example.
#[track_caller]
pub(super) fn split_stratified(
    labels: &[usize],
    classes: usize,
    fraction: f64,
    seed: u64,
) -> [Vec<usize>; 2] {
    let wanted = share("split_stratified", labels.len(), fraction);
    let mut random = Pcg64::seed_from_u64(seed);
    let groups = groups(labels, classes, &mut random);
    // Each class gets the whole part of its share; what is missing goes to the classes with the largest rest.
    let exact = |group: &Vec<usize>| group.len() as f64 * fraction;
    let mut counts: Vec<usize> = groups.iter().map(|group| exact(group) as usize).collect();
    let mut by_rest: Vec<usize> = (0..classes).collect();
    by_rest.sort_by(|&a, &b| exact(&groups[b]).fract().total_cmp(&exact(&groups[a]).fract()));
    let missing = wanted - counts.iter().sum::<usize>().min(wanted);
    by_rest.iter().take(missing).for_each(|&class| counts[class] += 1);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (group, count) in groups.iter().zip(counts) {
        let (one, other) = group.split_at(count.min(group.len()));
        first.extend(one);
        second.extend(other);
    }
    first.shuffle(&mut random);
    second.shuffle(&mut random);
    [first, second]
}

/// `k` times: the positions to train on, and the rest. Every position is once in the rest.
#[track_caller]
pub(super) fn folds(len: usize, k: usize, seed: u64) -> Vec<[Vec<usize>; 2]> {
    check_folds(k, len);
    let order = shuffled(len, seed);
    // The first `len % k` folds have one example more.
    let mut ends = (0..=k).map(|fold| fold * (len / k) + fold.min(len % k));
    let mut start = ends.next().unwrap_or(0);
    let rest = ends.map(|end| order[std::mem::replace(&mut start, end)..end].to_vec());
    with_training_parts(&order, rest.collect())
}

/// [`folds`] in which every class is as frequent as in all data, to one example.
#[track_caller]
pub(super) fn folds_stratified(
    labels: &[usize],
    classes: usize,
    k: usize,
    seed: u64,
) -> Vec<[Vec<usize>; 2]> {
    check_folds(k, labels.len());
    let mut random = Pcg64::seed_from_u64(seed);
    // Dealt like cards, class after class.
    let cards = groups(labels, classes, &mut random).concat();
    let mut rest: Vec<Vec<usize>> =
        (0..k).map(|fold| cards.iter().skip(fold).step_by(k).copied().collect()).collect();
    rest.iter_mut().for_each(|fold| fold.shuffle(&mut random));
    with_training_parts(&shuffled(labels.len(), seed), rest)
}

#[track_caller]
fn check_folds(k: usize, len: usize) {
    assert!((2..=len).contains(&k), "folds: expected 2 to {len} folds for {len} examples, got {k}");
}

/// To each fold all the other positions, in the given order.
fn with_training_parts(order: &[usize], rest: Vec<Vec<usize>>) -> Vec<[Vec<usize>; 2]> {
    let train = |fold: Vec<usize>| {
        let mut kept = vec![true; order.len()];
        fold.iter().for_each(|&position| kept[position] = false);
        [order.iter().copied().filter(|&position| kept[position]).collect(), fold]
    };
    rest.into_iter().map(train).collect()
}

/// The positions of each class, in random order.
fn groups(labels: &[usize], classes: usize, random: &mut Pcg64) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); classes];
    labels.iter().enumerate().for_each(|(position, &label)| groups[label].push(position));
    groups.iter_mut().for_each(|group| group.shuffle(random));
    groups
}

#[track_caller]
fn share(method: &str, len: usize, fraction: f64) -> usize {
    assert!((0.0..=1.0).contains(&fraction), "{method}: expected a fraction between 0 and 1, got {fraction}");
    (len as f64 * fraction).round() as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted(parts: &[Vec<usize>]) -> Vec<usize> {
        let mut all = parts.concat();
        all.sort_unstable();
        all
    }

    proptest! {
        #[test]
        fn a_stratified_split_keeps_the_shares(
            labels in prop::collection::vec(0..5usize, 1..200), fraction in 0.0..=1.0f64, seed: u64,
        ) {
            let parts = split_stratified(&labels, 5, fraction, seed);
            prop_assert_eq!(sorted(&parts), (0..labels.len()).collect::<Vec<_>>());
            prop_assert_eq!(parts[0].len(), (labels.len() as f64 * fraction).round() as usize);
            for class in 0..5 {
                let count = |positions: &[usize]| positions.iter().filter(|&&at| labels[at] == class).count() as f64;
                let all = count(&(0..labels.len()).collect::<Vec<_>>());
                prop_assert!((count(&parts[0]) - all * fraction).abs() < 1.0 + 1e-9);
            }
            prop_assert_eq!(&parts, &split_stratified(&labels, 5, fraction, seed));
        }

        #[test]
        fn every_example_is_held_out_once(
            labels in prop::collection::vec(0..3usize, 10..100), k in 2..10usize, seed: u64,
        ) {
            let all: Vec<usize> = (0..labels.len()).collect();
            for folds in [folds(labels.len(), k, seed), folds_stratified(&labels, 3, k, seed)] {
                prop_assert_eq!(folds.len(), k);
                prop_assert_eq!(sorted(&folds.iter().map(|[_, rest]| rest.clone()).collect::<Vec<_>>()), all.clone());
                for parts in &folds {
                    prop_assert_eq!(sorted(parts), all.clone());
                    prop_assert!(parts[1].len().abs_diff(labels.len() / k) <= 1);
                }
            }
            let held_out = |class: usize, fold: &[usize]| fold.iter().filter(|&&at| labels[at] == class).count();
            for class in 0..3 {
                let counts: Vec<usize> =
                    folds_stratified(&labels, 3, k, seed).iter().map(|[_, rest]| held_out(class, rest)).collect();
                prop_assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{:?}", counts);
            }
        }
    }

    #[test]
    #[should_panic(expected = "folds: expected 2 to 3 folds for 3 examples, got 4")]
    fn there_are_not_more_folds_than_examples() {
        folds(3, 4, 0);
    }
}
