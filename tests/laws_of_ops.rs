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
}
