//! The functions of cuDNN that are there.

use std::sync::Arc;

use cudarc::cudnn::sys::{cudnnConvolutionMode_t, cudnnStatus_t, cudnnTensorFormat_t};
use cudarc::cudnn::{ConvBackwardData, ConvBackwardFilter, ConvForward, Cudnn};
use cudarc::driver::{CudaContext, CudaStream};

use super::{fault, on_emulator};

const NCHW: cudnnTensorFormat_t = cudnnTensorFormat_t::CUDNN_TENSOR_NCHW;
const NHWC: cudnnTensorFormat_t = cudnnTensorFormat_t::CUDNN_TENSOR_NHWC;
const MODE: cudnnConvolutionMode_t = cudnnConvolutionMode_t::CUDNN_CROSS_CORRELATION;

fn start() -> (Arc<CudaStream>, Arc<Cudnn>) {
    let stream = CudaContext::new(0).unwrap().default_stream();
    let library = Cudnn::new(stream.clone()).unwrap();
    (stream, library)
}

#[test]
fn cudnn_convolves_and_finds_both_gradients() {
    on_emulator("cudnn_convolves_and_finds_both_gradients", &[], || {
        let (stream, library) = start();
        // One picture of 3 x 3 pixels, one filter of 2 x 2.
        let tensor = |sizes| library.create_4d_tensor::<f32>(NCHW, sizes).unwrap();
        let (x, y) = (tensor([1, 1, 3, 3]), tensor([1, 1, 2, 2]));
        let w = library.create_4d_filter::<f32>(NCHW, [1, 1, 2, 2]).unwrap();
        let conv = library.create_conv2d::<f32>([0, 0], [1, 1], [1, 1], MODE).unwrap();
        let pixels = stream.clone_htod(&[1f32, 2., 3., 4., 5., 6., 7., 8., 9.]).unwrap();
        let filter = stream.clone_htod(&[1f32, 10., 100., 1000.]).unwrap();
        let mut results = stream.alloc_zeros::<f32>(4).unwrap();
        let mut workspace = stream.alloc_zeros::<u8>(64).unwrap();
        let forward = ConvForward { conv: &conv, x: &x, w: &w, y: &y };
        // Every pass has an algorithm 1 that fits; see the next test for the others.
        use cudarc::cudnn::sys::cudnnConvolutionFwdAlgo_t::CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM as FORWARD;
        assert!(forward.get_workspace_size(FORWARD).unwrap() <= 64);
        // SAFETY: all sizes are those of the descriptors.
        unsafe { forward.launch(FORWARD, Some(&mut workspace), (1., 0.), &pixels, &filter, &mut results) }
            .unwrap();
        assert_eq!(stream.clone_dtoh(&results).unwrap(), [5421., 6532., 8754., 9865.]);

        use cudarc::cudnn::sys::cudnnConvolutionBwdDataAlgo_t::CUDNN_CONVOLUTION_BWD_DATA_ALGO_1 as DATA;
        let slopes = stream.clone_htod(&[1f32, 0., 0., 2.]).unwrap();
        let mut of_pixels = stream.clone_htod(&[1f32; 9]).unwrap();
        let back = ConvBackwardData { conv: &conv, dx: &x, w: &w, dy: &y };
        // SAFETY: as above.
        unsafe { back.launch(DATA, Some(&mut workspace), (1., 1.), &mut of_pixels, &filter, &slopes) }
            .unwrap();
        let expected = [2., 11., 1., 101., 1003., 21., 1., 201., 2001.];
        assert_eq!(stream.clone_dtoh(&of_pixels).unwrap(), expected);

        use cudarc::cudnn::sys::cudnnConvolutionBwdFilterAlgo_t::CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1 as FILTER;
        let mut of_filter = stream.alloc_zeros::<f32>(4).unwrap();
        let back = ConvBackwardFilter { conv: &conv, x: &x, dw: &w, dy: &y };
        // SAFETY: as above.
        unsafe { back.launch(FILTER, Some(&mut workspace), (1., 0.), &pixels, &mut of_filter, &slopes) }
            .unwrap();
        assert_eq!(stream.clone_dtoh(&of_filter).unwrap(), [11., 14., 20., 23.]);
    });
}

#[test]
fn a_convolution_that_does_not_fit_is_refused() {
    on_emulator("a_convolution_that_does_not_fit_is_refused", &[], || {
        let (_, library) = start();
        let tensor = |format, sizes| library.create_4d_tensor::<f32>(format, sizes).unwrap();
        let conv = library.create_conv2d::<f32>([0, 0], [1, 1], [1, 1], MODE).unwrap();
        let x = tensor(NCHW, [1, 2, 3, 3]);
        let status = |format, w: [i32; 4], y: [i32; 4]| {
            let (w, y) = (library.create_4d_filter::<f32>(format, w).unwrap(), tensor(NCHW, y));
            ConvForward { conv: &conv, x: &x, w: &w, y: &y }.pick_algorithm().map_err(|error| error.0).err()
        };
        assert_eq!(status(NCHW, [4, 2, 2, 2], [1, 4, 2, 2]), None);
        let bad = Some(cudnnStatus_t::CUDNN_STATUS_BAD_PARAM);
        assert_eq!(status(NCHW, [4, 2, 2, 2], [1, 4, 3, 3]), bad);
        assert_eq!(status(NCHW, [4, 3, 2, 2], [1, 4, 2, 2]), bad);
        assert_eq!(status(NCHW, [4, 2, 4, 4], [1, 4, 1, 1]), bad);
        let unsupported = Some(cudnnStatus_t::CUDNN_STATUS_NOT_SUPPORTED);
        assert_eq!(status(NHWC, [4, 2, 2, 2], [1, 4, 2, 2]), unsupported);
    });
}

#[test]
fn a_convolution_beyond_the_end_of_its_pictures_breaks_the_context() {
    on_emulator("a_convolution_beyond_the_end_of_its_pictures_breaks_the_context", &[], || {
        let (stream, library) = start();
        let x = library.create_4d_tensor::<f32>(NHWC, [1, 1, 3, 3]).unwrap();
        let w = library.create_4d_filter::<f32>(NHWC, [1, 1, 1, 1]).unwrap();
        let conv = library.create_conv2d::<f32>([0, 0], [1, 1], [1, 1], MODE).unwrap();
        let (pixels, filter) = (stream.clone_htod(&[1f32; 8]).unwrap(), stream.clone_htod(&[1f32]).unwrap());
        let mut results = stream.alloc_zeros::<f32>(9).unwrap();
        use cudarc::cudnn::sys::cudnnConvolutionFwdAlgo_t::CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM as FORWARD;
        let forward = ConvForward { conv: &conv, x: &x, w: &w, y: &x };
        let none: Option<&mut cudarc::driver::CudaSlice<u8>> = None;
        // SAFETY: that there is one pixel too few is what the emulator finds.
        let _ = unsafe { forward.launch(FORWARD, none, (1., 0.), &pixels, &filter, &mut results) };
        assert!(stream.clone_dtoh(&results).is_err());
        assert!(fault().contains("cudnnConvolutionForward"), "{}", fault());
    });
}
