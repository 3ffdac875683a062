//! How cuDNN computes one pass of convolutions of the same sizes: what it is told of them, and the algorithm that it recommends.

#[cfg(test)]
mod tests;

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use cudarc::cudnn::result::{self, CudnnError};
use cudarc::cudnn::sys;

use crate::cpu::patches::PatchSizes;
use crate::cuda::{Memory, planted};

/// What is computed: the results, the gradient of the input, or that of the weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::cuda) enum Pass {
    Forward,
    OfInput,
    OfWeight,
}

/// An algorithm may want this many bytes beside operands and results.
const MOST_WORKSPACE: usize = 1 << 28;
/// No pass has more algorithms.
const ALGORITHMS: usize = 16;

/// How a pass is computed.
pub(super) struct Plan {
    descriptors: Descriptors,
    algorithm: Algorithm,
    workspace: usize,
}

impl Plan {
    /// None if cuDNN has no algorithm that gives the same bits every time and fits into memory.
    pub(super) fn new(
        handle: sys::cudnnHandle_t,
        pass: Pass,
        s: &PatchSizes,
        tf32: bool,
    ) -> Result<Option<Plan>, CudnnError> {
        let descriptors = Descriptors::new(s, tf32)?;
        let chosen = descriptors.choose(handle, pass, tf32)?;
        Ok(chosen.map(|(algorithm, workspace)| Plan { descriptors, algorithm, workspace }))
    }

    /// Bytes that it needs while it runs.
    pub(super) fn workspace(&self) -> usize {
        self.workspace
    }

    /// Queues the pass from the first two to the third, which lie in memory of the sizes that the plan was made for.
    pub(super) fn run(
        &self,
        handle: sys::cudnnHandle_t,
        memory: [&Memory; 3],
        workspace: &Memory<u8>,
    ) -> Result<(), CudnnError> {
        self.descriptors.run(handle, self.algorithm, memory, workspace)
    }
}

/// The sizes and the order of pictures, weight and results, and how the weight moves. Null: not made yet.
struct Descriptors {
    x: sys::cudnnTensorDescriptor_t,
    weight: sys::cudnnFilterDescriptor_t,
    y: sys::cudnnTensorDescriptor_t,
    moves: sys::cudnnConvolutionDescriptor_t,
}

impl Descriptors {
    /// Of 32-bit floats, channels last.
    fn new(s: &PatchSizes, tf32: bool) -> Result<Descriptors, CudnnError> {
        use sys::cudnnConvolutionMode_t::CUDNN_CROSS_CORRELATION;
        use sys::cudnnDataType_t::CUDNN_DATA_FLOAT as FLOAT;
        use sys::cudnnMathType_t::{CUDNN_DEFAULT_MATH, CUDNN_FMA_MATH};
        use sys::cudnnTensorFormat_t::CUDNN_TENSOR_NHWC as CHANNELS_LAST;
        let mut made = Descriptors { x: null_mut(), weight: null_mut(), y: null_mut(), moves: null_mut() };
        made.x = result::create_tensor_descriptor()?;
        made.weight = result::create_filter_descriptor()?;
        made.y = result::create_tensor_descriptor()?;
        made.moves = result::create_convolution_descriptor()?;
        let x = [s.batch, s.channels, s.size[0], s.size[1]].map(|size| size as c_int);
        let weight =
            [s.out_channels, s.channels / s.groups, s.kernel[0], s.kernel[1]].map(|size| size as c_int);
        let y = [s.batch, s.out_channels, s.out_size[0], s.out_size[1]].map(|size| size as c_int);
        let [padding, stride, dilation] =
            [s.padding, s.stride, s.dilation].map(|pair| pair.map(|n| n as c_int));
        // SAFETY: all four have been made above.
        unsafe {
            result::set_tensor4d_descriptor(made.x, CHANNELS_LAST, FLOAT, x)?;
            result::set_filter4d_descriptor(made.weight, FLOAT, CHANNELS_LAST, weight)?;
            result::set_tensor4d_descriptor(made.y, CHANNELS_LAST, FLOAT, y)?;
            result::set_convolution2d_descriptor(
                made.moves,
                padding[0],
                padding[1],
                stride[0],
                stride[1],
                dilation[0],
                dilation[1],
                CUDNN_CROSS_CORRELATION,
                FLOAT,
            )?;
            result::set_convolution_group_count(made.moves, s.groups as i32)?;
            // The default is TF32 where the GPU has it.
            let rounded = tf32 || planted::is("operands rounded unasked");
            let math = if rounded { CUDNN_DEFAULT_MATH } else { CUDNN_FMA_MATH };
            result::set_convolution_math_type(made.moves, math)?;
        }
        Ok(made)
    }
}

impl Drop for Descriptors {
    fn drop(&mut self) {
        // SAFETY: what is not null was made, and nobody else has it. What fails here only stays in memory.
        unsafe {
            if !self.x.is_null() {
                let _ = result::destroy_tensor_descriptor(self.x);
            }
            if !self.weight.is_null() {
                let _ = result::destroy_filter_descriptor(self.weight);
            }
            if !self.y.is_null() {
                let _ = result::destroy_tensor_descriptor(self.y);
            }
            if !self.moves.is_null() {
                let _ = result::destroy_convolution_descriptor(self.moves);
            }
        }
    }
}

/// Whether an algorithm may multiply so.
fn suits(math: sys::cudnnMathType_t, tf32: bool) -> bool {
    use sys::cudnnMathType_t::{CUDNN_TENSOR_OP_MATH, CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION};
    match math {
        CUDNN_TENSOR_OP_MATH => tf32,
        // Down to 16 bits.
        CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION => false,
        _ => true,
    }
}

/// The passes: operands and result, the types of an algorithm and of what is said about it, and cuDNN's functions.
macro_rules! passes {
    ($($pass:ident: $a:ident, $b:ident => $c:ident,
       $algorithm:ident $performance:ident $ask:ident $space:ident $run:ident;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Algorithm {
            $($pass(sys::$algorithm),)*
        }

        impl Descriptors {
            /// The algorithm that cuDNN recommends of those that will do, and the bytes of its workspace.
            fn choose(
                &self,
                handle: sys::cudnnHandle_t,
                pass: Pass,
                tf32: bool,
            ) -> Result<Option<(Algorithm, usize)>, CudnnError> {
                use sys::cudnnDeterminism_t::CUDNN_DETERMINISTIC;
                use sys::cudnnStatus_t::CUDNN_STATUS_SUCCESS;
                let Descriptors { moves, .. } = *self;
                match pass {
                    $(Pass::$pass => {
                        // SAFETY: zeros are numbers, and names of the first of each kind.
                        let mut said: [sys::$performance; ALGORITHMS] = unsafe { std::mem::zeroed() };
                        let (room, mut count) = (ALGORITHMS as c_int, 0);
                        // SAFETY: handle and descriptors are cuDNN's, and there is room for what is asked for.
                        unsafe {
                            let (a, b, c) = (self.$a, self.$b, self.$c);
                            result::$ask(handle, a, b, moves, c, room, &mut count, said.as_mut_ptr())?;
                        }
                        for one in &said[..count as usize] {
                            let will_do = one.status == CUDNN_STATUS_SUCCESS
                                && one.determinism == CUDNN_DETERMINISTIC
                                && suits(one.mathType, tf32);
                            if !will_do {
                                continue;
                            }
                            // SAFETY: as above.
                            let bytes = unsafe {
                                if tf32 {
                                    result::set_convolution_math_type(moves, one.mathType)?;
                                }
                                result::$space(handle, self.$a, self.$b, moves, self.$c, one.algo)
                            };
                            match bytes {
                                Ok(bytes) if bytes <= MOST_WORKSPACE => {
                                    return Ok(Some((Algorithm::$pass(one.algo), bytes)));
                                }
                                _ => {}
                            }
                        }
                        Ok(None)
                    })*
                }
            }

            fn run(
                &self,
                handle: sys::cudnnHandle_t,
                algorithm: Algorithm,
                memory: [&Memory; 3],
                workspace: &Memory<u8>,
            ) -> Result<(), CudnnError> {
                let [a, b, c] = memory.map(|memory| memory.address() as *mut c_void);
                let (space, bytes) = (workspace.address() as *mut c_void, workspace.len());
                let (one, zero) = (1_f32, 0_f32);
                let (one, zero): (*const f32, *const f32) = (&one, &zero);
                match algorithm {
                    // SAFETY: handle and descriptors are cuDNN's; operands, result and workspace lie in memory of their sizes, which
                    // is handed out again only to what is queued later.
                    $(Algorithm::$pass(algorithm) => unsafe {
                        result::$run(
                            handle,
                            one.cast(),
                            self.$a,
                            a,
                            self.$b,
                            b,
                            self.moves,
                            algorithm,
                            space,
                            bytes,
                            zero.cast(),
                            self.$c,
                            c,
                        )
                    },)*
                }
            }
        }
    };
}
passes! {
    Forward: x, weight => y,
        cudnnConvolutionFwdAlgo_t
        cudnnConvolutionFwdAlgoPerf_t
        get_convolution_forward_algorithm
        get_convolution_forward_workspace_size
        convolution_forward;
    OfInput: weight, y => x,
        cudnnConvolutionBwdDataAlgo_t
        cudnnConvolutionBwdDataAlgoPerf_t
        get_convolution_backward_data_algorithm
        get_convolution_backward_data_workspace_size
        convolution_backward_data;
    OfWeight: x, y => weight,
        cudnnConvolutionBwdFilterAlgo_t
        cudnnConvolutionBwdFilterAlgoPerf_t
        get_convolution_backward_filter_algorithm
        get_convolution_backward_filter_workspace_size
        convolution_backward_filter;
}
