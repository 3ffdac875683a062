//! `einsum`: products and sums of tensors, written with a letter for every axis.

use super::tensors::Tensors;
use super::{matmul, permute, reshape, sum_axis};
use crate::raw::Raw;
use crate::shape::Shape;
use crate::tensor::Tensor;

/// Products and sums in Einstein's notation: a letter for every axis of every tensor, then those of the result. Letters
/// that tensors share are multiplied together, letters that the result lacks are summed over.
///
/// | pattern | is |
/// | --- | --- |
/// | `"ij->ji"` | the transpose |
/// | `"ij->i"` | the sums of the rows |
/// | `"ij,jk->ik"` | the product of two matrices |
/// | `"bij,bjk->bik"` | of two batches of them |
/// | `"bhqd,bhkd->bhqk"` | the scores of an attention |
/// | `"i,j->ij"` | the outer product |
///
/// ```
/// use ferrolab::prelude::*;
/// let a = Tensor::<Rank2<2, 2>>::from([[1.0, 2.0], [3.0, 4.0]]);
/// let b = Tensor::<Rank2<3, 2>>::from([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
/// let c: Tensor<Rank2<2, 3>> = einsum("ij,kj->ik", (&a, &b));
/// assert_eq!(c.to_vec(), [1.0, 2.0, 3.0, 3.0, 4.0, 7.0]);
/// ```
///
/// The shape of the result is checked when the program runs, like the sizes: it follows from the pattern, which is text.
///
/// ***Panics*** if the pattern cannot be read, does not fit the tensors, names an axis twice in one tensor, or the result
/// is not of shape `S`.
#[inline]
#[track_caller]
pub fn einsum<S: Shape>(pattern: &str, tensors: impl Tensors<Element = f32>) -> Tensor<S> {
    Tensor::from_raw(einsum_raw(pattern, &tensors.all_stored()))
}

/// [`einsum`] of tensors of run-time shape.
///
/// ***Panics*** as [`einsum`] does.
#[track_caller]
pub fn einsum_raw(pattern: &str, tensors: &[Raw]) -> Raw {
    let (operands, output) = read(pattern, tensors);
    let mut operands = operands.into_iter().zip(tensors);
    let Some((letters, first)) = operands.next() else { panic!("einsum: `{pattern}` has no tensors") };
    let mut rest: Vec<Term> =
        operands.map(|(letters, tensor)| Term { letters, tensor: tensor.clone() }).collect();
    let mut product = Term { letters, tensor: first.clone() };
    while !rest.is_empty() {
        let next = rest.remove(0);
        // What neither the result nor a later tensor asks for is summed over now.
        let kept =
            |letter: &char| output.contains(letter) || rest.iter().any(|term| term.letters.contains(letter));
        product = times(product, next, kept);
    }
    let product = summed(product, |letter| output.contains(letter));
    in_order(&product, &output)
}

/// A tensor and the letters of its axes.
struct Term {
    letters: Vec<char>,
    tensor: Raw,
}

impl Term {
    fn size(&self, letter: char) -> usize {
        let axis = self.letters.iter().position(|&own| own == letter);
        axis.map_or(1, |axis| self.tensor.sizes()[axis])
    }

    /// The product of the sizes of some letters.
    fn size_of(&self, letters: &[char]) -> usize {
        letters.iter().map(|&letter| self.size(letter)).product()
    }
}

/// The letters of every tensor and those of the result.
#[track_caller]
fn read(pattern: &str, tensors: &[Raw]) -> (Vec<Vec<char>>, Vec<char>) {
    let text: String = pattern.chars().filter(|letter| !letter.is_whitespace()).collect();
    let Some((inputs, output)) = text.split_once("->") else {
        panic!("einsum: the pattern `{pattern}` has no `->`: write `ij,jk->ik`")
    };
    let operands: Vec<Vec<char>> = inputs.split(',').map(|letters| letters.chars().collect()).collect();
    let output: Vec<char> = output.chars().collect();
    assert!(
        operands.len() == tensors.len(),
        "einsum: the pattern `{pattern}` is for {} tensors, there are {}",
        operands.len(),
        tensors.len()
    );
    let mut known: Vec<(char, usize)> = Vec::new();
    for (letters, tensor) in operands.iter().zip(tensors) {
        let (name, sizes) = (String::from_iter(letters), tensor.sizes());
        assert!(
            letters.len() == sizes.len(),
            "einsum: `{name}` names {} axes, its tensor has the shape {sizes:?}",
            letters.len()
        );
        for (&letter, &size) in letters.iter().zip(&sizes) {
            match known.iter().find(|known| known.0 == letter) {
                Some(&(_, other)) => assert!(
                    other == size,
                    "einsum: the axes `{letter}` have different sizes in `{pattern}`: {other} and {size}"
                ),
                None => known.push((letter, size)),
            }
        }
    }
    for letters in operands.iter().chain([&output]) {
        for (i, letter) in letters.iter().enumerate() {
            assert!(letter.is_alphabetic(), "einsum: `{letter}` in `{pattern}` is not a letter");
            assert!(
                !letters[..i].contains(letter),
                "einsum: `{letter}` stands twice in one tensor of `{pattern}`"
            );
        }
    }
    if let Some(letter) = output.iter().find(|letter| !operands.concat().contains(letter)) {
        panic!("einsum: the axis `{letter}` of the result of `{pattern}` is in none of the tensors");
    }
    (operands, output)
}

/// The product of two tensors, as that of two batches of matrices; letters that are not `kept` are summed over.
fn times(a: Term, b: Term, kept: impl Fn(&char) -> bool) -> Term {
    // A letter of one tensor only can be summed over before anything is multiplied.
    let (in_a, in_b) = (a.letters.clone(), b.letters.clone());
    let a = summed(a, |letter| kept(letter) || in_b.contains(letter));
    let b = summed(b, |letter| kept(letter) || in_a.contains(letter));
    let both = |letter: &&char| b.letters.contains(letter);
    let pick = |letters: &[char], keep: &dyn Fn(&char) -> bool| -> Vec<char> {
        letters.iter().copied().filter(|letter| keep(letter)).collect()
    };
    let shared: Vec<char> = a.letters.iter().filter(both).copied().collect();
    let batch = pick(&shared, &|letter| kept(letter));
    let inner = pick(&shared, &|letter| !kept(letter));
    let left = pick(&a.letters, &|letter| !shared.contains(letter));
    let right = pick(&b.letters, &|letter| !shared.contains(letter));
    let [count, m, k] = [a.size_of(&batch), a.size_of(&left), a.size_of(&inner)];
    let n = b.size_of(&right);
    let matrices = |term: &Term, order: [&[char]; 3], sizes: [usize; 3]| {
        reshape(&in_order(term, &order.concat()), &sizes)
    };
    let product = matmul(
        &matrices(&a, [&batch, &left, &inner], [count, m, k]),
        &matrices(&b, [&batch, &inner, &right], [count, k, n]),
    );
    let letters = [&batch[..], &left, &right].concat();
    let sizes: Vec<usize> = letters
        .iter()
        .map(|&letter| if in_a.contains(&letter) { a.size(letter) } else { b.size(letter) })
        .collect();
    Term { tensor: reshape(&product, &sizes), letters }
}

/// The sums over the letters that are not `kept`.
fn summed(mut term: Term, kept: impl Fn(&char) -> bool) -> Term {
    for axis in (0..term.letters.len()).rev() {
        if !kept(&term.letters[axis]) {
            term.letters.remove(axis);
            term.tensor = sum_axis(&term.tensor, axis);
        }
    }
    term
}

/// The tensor with its axes in another order.
fn in_order(term: &Term, letters: &[char]) -> Raw {
    if term.letters == letters {
        return term.tensor.clone();
    }
    let place = |letter: &char| term.letters.iter().position(|own| own == letter);
    permute(&term.tensor, &letters.iter().filter_map(place).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::panic::AssertUnwindSafe;

    use super::*;
    use crate::array::Array;
    use crate::autograd::check_gradient;

    fn counting(sizes: &[usize], step: usize) -> Array {
        let values = (0..sizes.iter().product::<usize>()).map(|i| ((i * step) % 11) as f32 / 4.0 - 1.0);
        Array::from_vec(sizes, values.collect())
    }

    /// Every letter of the pattern runs over its axis: the definition.
    fn definition(pattern: &str, arrays: &[Array]) -> Vec<f32> {
        let (inputs, output) = pattern.split_once("->").unwrap();
        let inputs: Vec<&str> = inputs.split(',').collect();
        let mut letters: Vec<char> = output.chars().collect();
        inputs.iter().flat_map(|input| input.chars()).for_each(|letter| {
            if !letters.contains(&letter) {
                letters.push(letter);
            }
        });
        let size_of = |letter: char| {
            let with = inputs
                .iter()
                .zip(arrays)
                .find_map(|(input, array)| input.find(letter).map(|i| array.sizes()[i]));
            with.unwrap()
        };
        let sizes: Vec<usize> = letters.iter().map(|&letter| size_of(letter)).collect();
        let results: usize = sizes[..output.len()].iter().product();
        let each: usize = sizes[output.len()..].iter().product();
        let mut sums = vec![0.0; results];
        for at in 0..results * each {
            let mut rest = at;
            let mut place = vec![0; sizes.len()];
            for (place, size) in place.iter_mut().zip(&sizes).rev() {
                (*place, rest) = (rest % size, rest / size);
            }
            let value = |(input, array): (&&str, &Array)| {
                let step = |at: usize, (axis, letter): (usize, char)| {
                    at * array.sizes()[axis] + place[letters.iter().position(|&l| l == letter).unwrap()]
                };
                array.values()[input.chars().enumerate().fold(0, step)]
            };
            sums[at / each] += inputs.iter().zip(arrays).map(value).product::<f32>();
        }
        sums
    }

    #[test]
    fn every_pattern_is_its_definition_and_has_its_gradient() {
        let cases: [(&str, &[&[usize]]); 12] = [
            ("ij->ji", &[&[2, 3]]),
            ("ij->", &[&[2, 3]]),
            ("ijk->ki", &[&[2, 3, 2]]),
            ("i,i->", &[&[3], &[3]]),
            ("i,j->ij", &[&[2], &[3]]),
            ("ij,jk->ik", &[&[2, 3], &[3, 2]]),
            ("ij,kj->ki", &[&[2, 3], &[2, 3]]),
            ("bij,bjk->bik", &[&[2, 2, 3], &[2, 3, 2]]),
            ("bhqd,bhkd->bhqk", &[&[2, 1, 2, 3], &[2, 1, 3, 3]]),
            ("bqhd,bkhd->bhqk", &[&[1, 2, 2, 3], &[1, 3, 2, 3]]),
            ("ij,ij,jk->i", &[&[2, 3], &[2, 3], &[3, 2]]),
            ("bij,k->kb", &[&[2, 1, 3], &[2]]),
        ];
        for (pattern, sizes) in cases {
            let arrays: Vec<Array> = sizes.iter().enumerate().map(|(i, s)| counting(s, 5 + 2 * i)).collect();
            let raws: Vec<Raw> = arrays.iter().cloned().map(Raw::new).collect();
            let (ours, expected) = (einsum_raw(pattern, &raws).to_vec(), definition(pattern, &arrays));
            assert_eq!(ours.len(), expected.len(), "{pattern}");
            assert!(
                ours.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-4),
                "{pattern}: {ours:?} {expected:?}"
            );
            check_gradient(&arrays, |x| einsum_raw(pattern, x));
        }
    }

    fn message(pattern: &str, sizes: &[&[usize]]) -> String {
        let raws: Vec<Raw> = sizes.iter().map(|sizes| Raw::new(counting(sizes, 1))).collect();
        let panic = std::panic::catch_unwind(AssertUnwindSafe(|| einsum_raw(pattern, &raws))).err().unwrap();
        panic.downcast_ref::<String>().cloned().unwrap_or_default()
    }

    #[test]
    fn a_pattern_that_does_not_fit_is_said_in_words() {
        assert_eq!(message("ij", &[&[2, 2]]), "einsum: the pattern `ij` has no `->`: write `ij,jk->ik`");
        assert_eq!(
            message("ij->i", &[&[2], &[2]]),
            "einsum: the pattern `ij->i` is for 1 tensors, there are 2"
        );
        assert_eq!(message("ij->i", &[&[2]]), "einsum: `ij` names 2 axes, its tensor has the shape [2]");
        assert_eq!(
            message("ij,jk->ik", &[&[2, 3], &[4, 2]]),
            "einsum: the axes `j` have different sizes in `ij,jk->ik`: 3 and 4"
        );
        assert_eq!(message("ii->i", &[&[2, 2]]), "einsum: `i` stands twice in one tensor of `ii->i`");
        assert_eq!(
            message("ij->k", &[&[2, 2]]),
            "einsum: the axis `k` of the result of `ij->k` is in none of the tensors"
        );
    }
}
