//! Arrays of ndarray and tensors of dfdx, both ways: the library's features `ndarray` and `dfdx`.

use dfdx::prelude as theirs;
use dfdx::tensor_ops::PermuteTo;
use ferrolab::prelude::*;
use ferrolab_interop::Theirs;
use ndarray::{Array0, Array2, Array3, Array4, ArrayD, ShapeBuilder, array, s};

#[test]
fn every_layout_of_an_array_is_read_in_the_order_of_indices() {
    let x = Array3::from_shape_fn((2, 3, 5), |(i, j, k)| (i * 100 + j * 10 + k) as f32);
    let expected: Vec<f32> = x.iter().copied().collect();
    let mut fortran = Array3::zeros((2, 3, 5).f());
    fortran.assign(&x);
    type Same = Tensor<Rank3<2, 3, 5>>;
    assert_eq!(Same::try_from(&x).unwrap().to_vec(), expected);
    assert_eq!(Same::try_from(fortran).unwrap().to_vec(), expected);
    assert_eq!(Same::try_from(x.clone().into_dyn()).unwrap().to_vec(), expected);
    let part = x.slice(s![.., 1..;-1, ..;2]);
    let tensor = Tensor::<(usize, usize, Const<3>)>::try_from(part).unwrap();
    assert_eq!(tensor.to_vec(), part.iter().copied().collect::<Vec<_>>());
    // Owned parts, whose memory begins before them or ends behind them.
    let end = Tensor::<Rank3<1, 3, 5>>::try_from(x.clone().slice_move(s![1.., .., ..])).unwrap();
    assert_eq!(end.to_vec(), expected[15..]);
    let start = Tensor::<Rank3<1, 3, 5>>::try_from(x.slice_move(s![..1, .., ..])).unwrap();
    assert_eq!(start.to_vec(), expected[..15]);
}

#[test]
fn an_owned_array_gives_its_memory_away() {
    let x = Array2::<f32>::ones((300, 400));
    let memory = x.as_ptr();
    let tensor = Tensor::<Rank2<300, 400>>::try_from(x).unwrap();
    assert_eq!(tensor.raw().array().values().as_ptr(), memory);
}

#[test]
fn arrays_that_go_out_come_back() {
    let x = Tensor::<Rank4<2, 3, 4, 5>>::uniform(-1.0, 1.0);
    // Channels last inside: the order of indices counts.
    let y = x.conv2d(&Tensor::<Rank4<2, 3, 1, 1>>::ones());
    let out = Array4::from(&y);
    assert_eq!(out.iter().copied().collect::<Vec<_>>(), y.to_vec());
    assert_eq!(Tensor::<Rank4<2, 2, 4, 5>>::try_from(out).unwrap().to_vec(), y.to_vec());
    assert_eq!(Array0::from(x.sum())[()], x.sum().item());
    assert_eq!(ArrayD::from(Tensor::<Rank1<2>>::ones()).shape(), [2]);
}

#[test]
fn sizes_of_an_array_that_contradict_the_type_are_an_error() {
    let error = Tensor::<Rank2<2, 3>>::try_from(Array2::zeros((3, 2))).unwrap_err();
    assert_eq!(error.to_string(), "expected a tensor of shape [2, 3], got [3, 2]");
    assert!(Tensor::<Rank1<4>>::try_from(&array![[1.0, 2.0], [3.0, 4.0]]).is_err());
}

#[test]
fn dfdx_keeps_sizes_known_at_run_time_only() {
    let x = Tensor::<(usize, Const<3>)>::from_vec((0..6).map(|i| i as f32).collect());
    let there: Theirs<(usize, theirs::Const<3>)> = (&x).into();
    assert_eq!(theirs::HasShape::shape(&there).0, 2);
    let back: Tensor<(usize, Const<3>)> = (&there).into();
    assert_eq!((back.shape(), back.to_vec()), (x.shape(), x.to_vec()));
}

#[test]
fn a_tensor_that_dfdx_only_turned_is_read_in_the_order_of_indices() {
    let x = Tensor::<Rank3<2, 3, 5>>::uniform(-1.0, 1.0);
    let turned = Theirs::<theirs::Rank3<2, 3, 5>>::from(&x).permute::<theirs::Rank3<5, 2, 3>, _>();
    let back: Tensor<Rank3<5, 2, 3>> = (&turned).into();
    assert_eq!(back.to_vec(), x.permute::<2, 0, 1>().to_vec());
}

#[test]
fn a_scalar_and_five_dimensions_go_to_dfdx_and_back() {
    let x = Tensor::<Rank0>::from(2.5);
    assert_eq!(Tensor::<Rank0>::from(&Theirs::<theirs::Rank0>::from(&x)).item(), 2.5);
    let x = Tensor::<Rank5<1, 2, 3, 2, 1>>::uniform(0.0, 1.0);
    let there = Theirs::<theirs::Rank5<1, 2, 3, 2, 1>>::from(&x);
    assert_eq!(Tensor::<Rank5<1, 2, 3, 2, 1>>::from(&there).to_vec(), x.to_vec());
}
