//! Which algorithms are chosen.

use sys::cudnnConvolutionBwdDataAlgo_t::CUDNN_CONVOLUTION_BWD_DATA_ALGO_0;
use sys::cudnnConvolutionBwdFilterAlgo_t::{
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0, CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3,
};
use sys::cudnnMathType_t::CUDNN_FMA_MATH;

use super::*;
use crate::cuda;

const SIZES: PatchSizes = PatchSizes {
    batch: 2,
    channels: 3,
    size: [5, 6],
    out_channels: 4,
    out_size: [5, 6],
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1],
    dilation: [1, 1],
    groups: 1,
};

#[test]
fn the_same_bits_come_every_time_and_exact_ones_unless_tf32_is_allowed() {
    let Some(gpu) = cuda::active() else { return };
    let Some(dnn) = gpu.dnn.lock(gpu) else { return };
    // Those that cuDNN's documentation says are not.
    let not_deterministic = [
        Algorithm::OfInput(CUDNN_CONVOLUTION_BWD_DATA_ALGO_0),
        Algorithm::OfWeight(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0),
        Algorithm::OfWeight(CUDNN_CONVOLUTION_BWD_FILTER_ALGO_3),
    ];
    for (pass, tf32) in [Pass::Forward, Pass::OfInput, Pass::OfWeight]
        .into_iter()
        .flat_map(|pass| [(pass, false), (pass, true)])
    {
        let plan = Plan::new(dnn.handle, pass, &SIZES, tf32).unwrap().unwrap();
        assert!(!not_deterministic.contains(&plan.algorithm), "{pass:?}: {:?}", plan.algorithm);
        assert!(plan.workspace() <= MOST_WORKSPACE, "{pass:?}: {} bytes", plan.workspace());
        let mut math = CUDNN_FMA_MATH;
        // SAFETY: the descriptor lives as long as the plan.
        unsafe { sys::cudnnGetConvolutionMathType(plan.descriptors.moves, &mut math) }.result().unwrap();
        assert_eq!(math == CUDNN_FMA_MATH, !tf32, "{pass:?}");
    }
}

#[test]
fn sizes_that_do_not_fit_each_other_are_an_error() {
    let Some(gpu) = cuda::active() else { return };
    let Some(dnn) = gpu.dnn.lock(gpu) else { return };
    let wrong = PatchSizes { out_size: [5, 5], ..SIZES };
    assert!(!matches!(Plan::new(dnn.handle, Pass::Forward, &wrong, false), Ok(Some(_))));
}
