//! Laws that operations obey whatever the sizes and values: what cuts and what joins, what repeats and what adds up.

use ferrolab::Raw;
use ferrolab::array::Array;
use ferrolab::autograd::backward;
use ferrolab::ops;
use proptest::prelude::*;

/// A tensor of one to four axes of sizes 1 to 4, and one of its axes.
fn tensor_and_axis() -> impl Strategy<Value = (Array, usize)> {
    let sizes = prop::collection::vec(1usize..5, 1..5);
    sizes.prop_flat_map(|sizes| {
        let (len, rank) = (sizes.iter().product::<usize>(), sizes.len());
        let values = prop::collection::vec((-40i8..40).prop_map(|value| f32::from(value) / 4.0), len);
        let tensor = values.prop_map(move |values| Array::from_vec(&sizes, values));
        (tensor, 0..rank)
    })
}

/// Numbers between -10 and 10.
fn numbers(len: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-10f32..10.0, len)
}

/// Three matrices that can be multiplied one after the other.
fn chain() -> impl Strategy<Value = [Raw; 3]> {
    prop::array::uniform4(1usize..8).prop_flat_map(|[m, k, n, p]| {
        (numbers(m * k), numbers(k * n), numbers(n * p)).prop_map(move |(a, b, c)| {
            [(a, [m, k]), (b, [k, n]), (c, [n, p])].map(|(v, sizes)| Raw::new(Array::from_vec(&sizes, v)))
        })
    })
}

/// Sizes are equal, and values but for rounding, of numbers as great as `scale`.
fn assert_near(a: &Raw, b: &Raw, scale: f32) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.sizes(), b.sizes());
    for (a, b) in a.to_vec().into_iter().zip(b.to_vec()) {
        prop_assert!((a - b).abs() <= 1e-5 * scale, "{} and {}", a, b);
    }
    Ok(())
}

/// Sizes and values of two tensors are equal.
fn assert_same(a: &Raw, b: &Raw) -> Result<(), TestCaseError> {
    prop_assert_eq!((a.sizes(), a.to_vec()), (b.sizes(), b.to_vec()));
    Ok(())
}

proptest! {
    #[test]
    fn pieces_joined_again_are_the_whole((x, axis) in tensor_and_axis(), at in 0usize..5) {
        let x = Raw::new(x);
        let size = x.sizes()[axis];
        let at = at.min(size);
        assert_same(&ops::cat(&ops::split(&x, axis, &[at, size - at]), axis), &x)?;
        let places: Vec<Raw> = (0..size).map(|i| ops::select(&x, axis, i)).collect();
        assert_same(&ops::stack(&places, axis), &x)?;
    }

    #[test]
    fn an_order_of_axes_can_be_undone((x, axis) in tensor_and_axis()) {
        let x = Raw::new(x);
        let rank = x.sizes().len();
        let order: Vec<usize> = (0..rank).map(|i| (i + axis) % rank).collect();
        let back: Vec<usize> = (0..rank).map(|i| (i + rank - axis) % rank).collect();
        assert_same(&ops::permute(&ops::permute(&x, &order), &back), &x)?;
    }

    #[test]
    fn all_sums_along_axes_are_the_sum_of_all((x, axis) in tensor_and_axis()) {
        let x = Raw::new(x);
        // Quarters below 2^22 are added without rounding, in any order.
        assert_same(&ops::sum(&ops::sum_axis(&x, axis)), &ops::sum(&x))?;
        let last = ops::select(&ops::cumsum(&x, axis), axis, x.sizes()[axis] - 1);
        assert_same(&last, &ops::sum_axis(&x, axis))?;
        prop_assert_eq!(ops::max(&ops::max_axis(&x, axis)).to_vec(), ops::max(&x).to_vec());
    }

    #[test]
    fn what_was_repeated_is_added_up_in_the_gradient((x, axis) in tensor_and_axis(), times in 1usize..4) {
        let x = Raw::new(x);
        let small = ops::sum_axis(&x, axis).requires_grad();
        let mut sizes = x.sizes();
        sizes[axis] = times;
        let repeated = ops::broadcast_to(&ops::unsqueeze(&small, axis), &sizes);
        let gradient = backward(&ops::sum(&repeated)).of_raw(&small);
        prop_assert_eq!(gradient.to_vec(), vec![times as f32; small.len()]);
    }

    #[test]
    fn what_is_scattered_is_gathered_again((x, axis) in tensor_and_axis()) {
        let x = Raw::new(x);
        let sizes = x.sizes();
        let inner: usize = sizes[axis + 1..].iter().product();
        // Every place of the axis in turn, the last one first.
        let indices: Vec<usize> = (0..x.len()).map(|i| sizes[axis] - 1 - i / inner % sizes[axis]).collect();
        let zeros = Raw::new(Array::full(&sizes, 0.0));
        let scattered = ops::scatter_add(&zeros, axis, &indices, &x);
        assert_same(&ops::gather(&scattered, axis, &indices, &sizes), &x)?;
        let reversed: Vec<usize> = (0..sizes[axis]).rev().collect();
        assert_same(&scattered, &ops::index_select(&x, axis, &reversed))?;
    }

    #[test]
    fn the_greatest_values_are_those_of_a_sorted_row((x, _) in tensor_and_axis(), k in 1usize..5) {
        let x = Raw::new(x);
        let last = *x.sizes().last().unwrap();
        let k = k.min(last);
        let (values, positions) = ops::topk(&x, k);
        let values = values.to_vec();
        for (i, row) in x.to_vec().chunks(last).enumerate() {
            let mut sorted = row.to_vec();
            sorted.sort_by(|a, b| b.total_cmp(a));
            prop_assert_eq!(&values[i * k..][..k], &sorted[..k]);
            for j in i * k..(i + 1) * k {
                prop_assert_eq!(row[positions[j]], values[j]);
            }
        }
    }

    #[test]
    fn other_sizes_leave_the_values_alone((x, axis) in tensor_and_axis()) {
        let x = Raw::new(x);
        let sizes = x.sizes();
        let matrix = [sizes[..axis].iter().product(), sizes[axis..].iter().product::<usize>()];
        let y = ops::reshape(&x, &matrix);
        prop_assert_eq!(y.to_vec(), x.to_vec());
        assert_same(&ops::reshape(&y, &sizes), &x)?;
        assert_same(&ops::squeeze(&ops::unsqueeze(&x, axis), axis), &x)?;
    }

    #[test]
    fn axes_are_summed_in_any_order((x, axis) in tensor_and_axis(), other in 0usize..4) {
        let x = Raw::new(x);
        let rank = x.sizes().len();
        prop_assume!(rank > 1);
        let (first, second) = (axis, other % (rank - 1));
        // The second axis as it is numbered before the first goes, and the first after it went.
        let second_before = second + usize::from(second >= first);
        let first_after = first - usize::from(second_before < first);
        let one = ops::sum_axis(&ops::sum_axis(&x, first), second);
        assert_same(&one, &ops::sum_axis(&ops::sum_axis(&x, second_before), first_after))?;
    }

    #[test]
    fn products_of_matrices_are_associative_and_turn_round(matrices in chain()) {
        let [a, b, c] = &matrices;
        let product = ops::matmul(&ops::matmul(a, b), c);
        assert_near(&product, &ops::matmul(a, &ops::matmul(b, c)), 1e5)?;
        let turned = ops::matmul(&ops::transpose(b), &ops::transpose(a));
        assert_near(&ops::transpose(&ops::matmul(a, b)), &turned, 1e3)?;
    }

    #[test]
    fn einsum_is_what_its_pattern_says(matrices in chain()) {
        let [a, b, c] = &matrices;
        let one = std::slice::from_ref(a);
        assert_same(&ops::einsum_raw("ij->ji", one), &ops::transpose(a))?;
        assert_near(&ops::einsum_raw("ij->i", one), &ops::sum_axis(a, 1), 1e2)?;
        assert_near(&ops::einsum_raw("ij->", one), &ops::sum(a), 1e3)?;
        assert_near(&ops::einsum_raw("ij,jk->ik", &[a.clone(), b.clone()]), &ops::matmul(a, b), 1e3)?;
        assert_near(&ops::einsum_raw("ij,ij->ij", &[a.clone(), a.clone()]), &ops::square(a), 1e2)?;
        let chain = ops::matmul(&ops::matmul(a, b), c);
        assert_near(&ops::einsum_raw("ij,jk,kl->il", &[a.clone(), b.clone(), c.clone()]), &chain, 1e5)?;
        let (row, column) = (ops::select(a, 0, 0), ops::select(b, 0, 0));
        let outer = ops::outer(&row, &column);
        assert_near(&ops::einsum_raw("i,j->ij", &[row, column]), &outer, 1e2)?;
    }

    #[test]
    fn broadcasting_is_an_explicit_repetition((x, axis) in tensor_and_axis(), times in 1usize..4) {
        let x = ops::sum_axis(&Raw::new(x), axis);
        let column = ops::unsqueeze(&x, axis);
        let repeated = ops::repeat(&column, axis, times);
        assert_same(&ops::broadcast_to(&column, &repeated.sizes()), &repeated)?;
        assert_same(&repeated, &ops::stack(&vec![x.clone(); times], axis))?;
        let rows = [&[times][..], &x.sizes()].concat();
        assert_same(&ops::broadcast_to(&x, &rows), &ops::stack(&vec![x.clone(); times], 0))?;
    }

    #[test]
    fn what_is_turned_twice_is_as_before((x, axis) in tensor_and_axis(), shift in -9isize..9) {
        let x = Raw::new(x);
        assert_same(&ops::flip(&ops::flip(&x, axis), axis), &x)?;
        assert_same(&ops::roll(&ops::roll(&x, axis, shift), axis, -shift), &x)?;
        let size = x.sizes()[axis] as isize;
        assert_same(&ops::roll(&x, axis, shift), &ops::roll(&x, axis, shift + 2 * size))?;
    }

    #[test]
    fn a_sorted_row_is_a_permutation_in_order((x, _) in tensor_and_axis()) {
        let x = Raw::new(x);
        let (sorted, positions) = ops::sort(&x, false);
        let last = *x.sizes().last().unwrap();
        for (i, (sorted, row)) in sorted.to_vec().chunks(last).zip(x.to_vec().chunks(last)).enumerate() {
            prop_assert!(sorted.is_sorted());
            let mut places = positions[i * last..][..last].to_vec();
            prop_assert!(places.iter().zip(sorted).all(|(&place, &value)| row[place] == value));
            places.sort_unstable();
            prop_assert!(places.into_iter().eq(0..last));
        }
        assert_same(&ops::sort(&x, true).0, &ops::topk(&x, last).0)?;
        assert_same(&ops::sort(&sorted, false).0, &sorted)?;
    }

    #[test]
    fn a_mean_lies_between_the_smallest_and_the_greatest((x, axis) in tensor_and_axis()) {
        let x = Raw::new(x);
        let all = [ops::min_axis(&x, axis), ops::mean_axis(&x, axis), ops::max_axis(&x, axis)].map(|y| y.to_vec());
        for (i, &mean) in all[1].iter().enumerate() {
            prop_assert!(all[0][i] <= mean + 1e-5 && mean <= all[2][i] + 1e-5);
        }
        // A soft maximum is a little greater than the hard one, by at most the logarithm of the count.
        let most = (x.sizes()[axis] as f32).ln();
        for (&soft, &hard) in ops::logsumexp_axis(&x, axis).to_vec().iter().zip(&all[2]) {
            prop_assert!(hard - 1e-5 <= soft && soft <= hard + most + 1e-5);
        }
    }

    #[test]
    fn the_last_running_product_is_the_product((x, axis) in tensor_and_axis()) {
        let x = ops::mul_scalar(&Raw::new(x), 0.2);
        let last = ops::select(&ops::cumprod(&x, axis), axis, x.sizes()[axis] - 1);
        assert_near(&last, &ops::prod_axis(&x, axis), 20.0)?;
        assert_near(&ops::prod(&ops::prod_axis(&x, axis)), &ops::prod(&x), ops::prod(&x).to_vec()[0].abs() + 1.0)?;
    }

    #[test]
    fn triangles_and_diagonals_make_up_a_matrix((x, _) in tensor_and_axis(), at in -4isize..4) {
        let x = Raw::new(x);
        prop_assume!(x.sizes().len() > 1);
        assert_same(&ops::add(&ops::tril(&x, at), &ops::triu(&x, at + 1)), &x)?;
        let row = ops::reshape(&x, &[x.len()]);
        let matrix = ops::diag(&row);
        assert_same(&ops::diagonal(&matrix), &row)?;
        assert_same(&ops::trace(&matrix), &ops::sum(&row))?;
    }

    #[test]
    fn every_value_comes_from_one_side_of_a_mask((x, axis) in tensor_and_axis(), border in -10f32..10.0) {
        let x = Raw::new(x);
        let y = ops::flip(&x, axis);
        let mask = ops::gt(&x, ops::Side::Number(border));
        let (one, other) = (ops::where_(&mask, &x, &y), ops::where_(&mask, &y, &x));
        assert_same(&ops::add(&one, &other), &ops::add(&x, &y))?;
    }

    #[test]
    fn vectors_made_as_long_as_one_are((x, axis) in tensor_and_axis()) {
        let x = Raw::new(x);
        let y = ops::normalize(&x, axis);
        for (length, of_x) in ops::norm_axis(&y, axis).to_vec().into_iter().zip(ops::norm_axis(&x, axis).to_vec()) {
            prop_assert!((length - f32::from(of_x > 0.0)).abs() < 1e-5);
        }
        let of_itself = ops::cosine_similarity(&x, &ops::mul_scalar(&x, 3.0), axis);
        assert_near(&of_itself, &ops::norm_axis(&y, axis), 1.0)?;
    }

    #[test]
    fn the_gradient_of_a_sum_is_the_sum_of_gradients((x, axis) in tensor_and_axis(), factor in -4i8..4) {
        let (x, factor) = (Raw::new(x).requires_grad(), f32::from(factor));
        let [a, b] = [ops::sum(&ops::tanh(&x)), ops::sum(&ops::square(&ops::sum_axis(&x, axis)))];
        let both = backward(&ops::add(&a, &ops::mul_scalar(&b, factor))).of_raw(&x);
        let [a, b] = [a, b].map(|loss| Raw::new(backward(&loss).of_raw(&x)));
        assert_near(&Raw::new(both), &ops::add(&a, &ops::mul_scalar(&b, factor)), 1e3)?;
    }
}
