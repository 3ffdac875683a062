//! The functions of cuDNN's interface that are there.

use std::ffi::{c_int, c_uint};
use std::sync::Arc;

use super::convolution::{Axes, Convolution, Filter, Moves, Pass, Tensor};
use super::{Library, Object, call, status};
use crate::driver::{self, Needs};
use crate::libraries::{self, Outcome, Status, say_refused};
use crate::pointers::{In, Out};

/// The version that the library claims to be.
const VERSION: usize = 9_21_00;
/// `CUDNN_DATA_FLOAT`
const FLOAT: c_uint = 0;
/// `CUDNN_CROSS_CORRELATION`
const CROSS_CORRELATION: c_uint = 1;
/// `CUDNN_FMA_MATH`
const FMA_MATH: c_uint = 3;

fn refuse(what: String) -> Status {
    say_refused("cuDNN", what);
    status::BAD_PARAM
}

fn put<T>(target: Out<T>, value: T) -> Outcome {
    if target.put(value) { Ok(()) } else { Err(status::BAD_PARAM) }
}

fn sizes<const N: usize>(given: [c_int; N], least: c_int) -> Result<[usize; N], Status> {
    match given.iter().all(|&size| size >= least) {
        true => Ok(given.map(|size| size as usize)),
        false => Err(refuse(format!("a descriptor of {given:?}: no number may be less than {least}"))),
    }
}

#[unsafe(no_mangle)]
extern "C" fn cudnnGetVersion() -> usize {
    VERSION
}

#[unsafe(no_mangle)]
extern "C" fn cudnnCreate(handle: Out<usize>) -> u32 {
    call(|library| {
        if driver::call(Needs::Context, |_| Ok(())) != 0 {
            return Err(status::NOT_INITIALIZED);
        }
        put(handle, library.add(Object::Handle { stream: driver::DEFAULT_STREAM }))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cudnnSetStream(handle: usize, stream: usize) -> u32 {
    call(|library| library.set(handle, Object::Handle { stream }))
}

/// Functions that make a descriptor, and those that destroy what there is.
macro_rules! objects {
    ($($create:ident $destroy:ident $contents:expr;)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $create(descriptor: Out<usize>) -> u32 {
            call(|library| put(descriptor, library.add($contents)))
        }
        objects! { $destroy }
    )*};
    ($destroy:ident) => {
        #[unsafe(no_mangle)]
        extern "C" fn $destroy(descriptor: usize) -> u32 {
            call(|library| library.objects.remove(&descriptor).map(|_| ()).ok_or(status::BAD_PARAM))
        }
    };
}
objects! { cudnnDestroy }
objects! {
    cudnnCreateTensorDescriptor cudnnDestroyTensorDescriptor Object::Tensor(None);
    cudnnCreateFilterDescriptor cudnnDestroyFilterDescriptor Object::Filter(None);
    cudnnCreateConvolutionDescriptor cudnnDestroyConvolutionDescriptor Object::Convolution(None);
}

/// Of 32-bit floats, in one of the two orders that are there.
fn axes(format: c_uint, kind: c_uint, given: [c_int; 4]) -> Result<Axes, Status> {
    if kind != FLOAT || format > 1 {
        return Err(status::NOT_SUPPORTED);
    }
    Ok(Axes::new(sizes(given, 1)?, format == 1))
}

#[unsafe(no_mangle)]
#[rustfmt::skip]
extern "C" fn cudnnSetTensor4dDescriptor(
    tensor: usize, format: c_uint, kind: c_uint, n: c_int, c: c_int, h: c_int, w: c_int,
) -> u32 {
    call(|library| library.set(tensor, Object::Tensor(Some(Tensor(axes(format, kind, [n, c, h, w])?)))))
}

#[unsafe(no_mangle)]
#[rustfmt::skip]
extern "C" fn cudnnSetFilter4dDescriptor(
    filter: usize, kind: c_uint, format: c_uint, k: c_int, c: c_int, h: c_int, w: c_int,
) -> u32 {
    call(|library| library.set(filter, Object::Filter(Some(Filter(axes(format, kind, [k, c, h, w])?)))))
}

#[unsafe(no_mangle)]
#[rustfmt::skip]
extern "C" fn cudnnSetConvolution2dDescriptor(
    convolution: usize, pad_h: c_int, pad_w: c_int, stride_h: c_int, stride_w: c_int, dilation_h: c_int, dilation_w: c_int,
    mode: c_uint, compute: c_uint,
) -> u32 {
    call(|library| {
        if mode != CROSS_CORRELATION || compute != FLOAT {
            return Err(status::NOT_SUPPORTED);
        }
        let [padding, stride, dilation] = [
            sizes([pad_h, pad_w], 0)?,
            sizes([stride_h, stride_w], 1)?,
            sizes([dilation_h, dilation_w], 1)?,
        ];
        let moves = Moves { padding, stride, dilation, groups: 1, math: 0 };
        library.set(convolution, Object::Convolution(Some(moves)))
    })
}

fn change(library: &mut Library, convolution: usize, change: impl FnOnce(&mut Moves)) -> Outcome {
    match library.objects.get_mut(&convolution) {
        Some(Object::Convolution(Some(moves))) => {
            change(moves);
            Ok(())
        }
        _ => Err(status::BAD_PARAM),
    }
}

#[unsafe(no_mangle)]
extern "C" fn cudnnSetConvolutionMathType(convolution: usize, math: c_uint) -> u32 {
    call(|library| change(library, convolution, |moves| moves.math = math))
}

#[unsafe(no_mangle)]
extern "C" fn cudnnGetConvolutionMathType(convolution: usize, math: Out<c_uint>) -> u32 {
    call(|library| match library.objects.get(&convolution) {
        Some(Object::Convolution(Some(moves))) => put(math, moves.math),
        _ => Err(status::BAD_PARAM),
    })
}

#[unsafe(no_mangle)]
extern "C" fn cudnnSetConvolutionGroupCount(convolution: usize, groups: c_int) -> u32 {
    call(|library| {
        let [groups] = sizes([groups], 1)?;
        change(library, convolution, |moves| moves.groups = groups)
    })
}

/// `cudnnConvolutionFwdAlgoPerf_t` and those of the other passes, which look the same.
#[repr(C)]
#[derive(Clone, Copy)]
struct Performance {
    algorithm: c_uint,
    status: c_uint,
    time: f32,
    memory: usize,
    deterministic: c_uint,
    math: c_uint,
    reserved: [c_int; 3],
}

/// An algorithm that is offered.
#[derive(Clone, Copy)]
struct Offer {
    algorithm: c_uint,
    deterministic: bool,
    workspace: usize,
}

/// More than any device has.
const TOO_MUCH: usize = 1 << 42;

/// The algorithms for a pass, the fastest first. Which of them are deterministic is in cuDNN's documentation.
fn offers(pass: Pass, convolution: &Convolution) -> Vec<Offer> {
    let workspace = 4 * convolution.y.sizes[0] + 12;
    let offer = |algorithm, deterministic, workspace| Offer { algorithm, deterministic, workspace };
    match pass {
        Pass::Forward => vec![offer(7, true, TOO_MUCH), offer(1, true, workspace), offer(0, true, 0)],
        Pass::BackwardData => vec![offer(0, false, 0), offer(5, true, TOO_MUCH), offer(1, true, workspace)],
        Pass::BackwardFilter => {
            vec![offer(3, false, workspace), offer(0, false, 0), offer(1, true, workspace)]
        }
    }
}

/// The convolution of three descriptors and how the filter moves.
fn convolution(library: &Library, [x, w, moves, y]: [usize; 4]) -> Result<Convolution, Status> {
    let get = |descriptor| library.objects.get(&descriptor).copied().ok_or(status::BAD_PARAM);
    let objects = (get(x)?, get(w)?, get(moves)?, get(y)?);
    let (
        Object::Tensor(Some(Tensor(x))),
        Object::Filter(Some(Filter(w))),
        Object::Convolution(Some(moves)),
        Object::Tensor(Some(Tensor(y))),
    ) = objects
    else {
        return Err(refuse(format!("descriptors of the wrong kind, or not set: {objects:?}")));
    };
    let convolution = Convolution { x, w, y, moves };
    convolution.check().map_err(refuse)?;
    match w.channels_last && !(x.channels_last && y.channels_last) {
        true => Err(status::NOT_SUPPORTED),
        false => Ok(convolution),
    }
}

/// What `cudnnConvolutionForward` and its like are given.
struct Arguments {
    name: &'static str,
    algorithm: c_uint,
    factors: [In<f32>; 2],
    addresses: [u64; 3],
    workspace: (u64, usize),
}

fn run(library: &Library, handle: usize, pass: Pass, convolution: Convolution, given: Arguments) -> Outcome {
    let stream = library.stream(handle)?;
    let [Some(alpha), Some(beta)] = given.factors.map(In::get) else { return Err(status::BAD_PARAM) };
    let offer = offers(pass, &convolution).into_iter().find(|offer| offer.algorithm == given.algorithm);
    let offer = offer.filter(|offer| offer.workspace < TOO_MUCH).ok_or(status::NOT_SUPPORTED)?;
    let (workspace, size) = given.workspace;
    if size < offer.workspace {
        return Err(refuse(format!("{}: a workspace of {size} bytes, not {}", given.name, offer.workspace)));
    }
    let rounded = convolution.moves.math != FMA_MATH;
    let addresses = given.addresses;
    let work = move |memory: &mut crate::machine::Memory| {
        if offer.workspace > 0 {
            memory.write(workspace, &vec![0xcd; offer.workspace])?;
        }
        convolution.run(pass, rounded, memory, addresses, [alpha, beta])
    };
    if libraries::enqueue(given.name, stream, Arc::new(work)) {
        Ok(())
    } else {
        Err(status::EXECUTION_FAILED)
    }
}

/// The three functions of a pass: what pictures, filter and results are called, and which of them are operands and result.
macro_rules! pass {
    ($pass:ident, $x:ident $w:ident $y:ident: [$first:ident, $second:ident, $result:ident], $ask:ident, $space:ident, $run:ident) => {
        #[unsafe(no_mangle)]
        #[rustfmt::skip]
        extern "C" fn $ask(
            handle: usize, $first: usize, $second: usize, moves: usize, $result: usize, wanted: c_int, count: Out<c_int>,
            performances: Out<Performance>,
        ) -> u32 {
            call(|library| {
                library.stream(handle)?;
                let convolution = convolution(library, [$x, $w, moves, $y])?;
                let performances_of = |(place, offer): (usize, Offer)| Performance {
                    algorithm: offer.algorithm,
                    status: 0,
                    time: place as f32,
                    memory: offer.workspace,
                    deterministic: offer.deterministic.into(),
                    math: convolution.moves.math,
                    reserved: [0; 3],
                };
                let offers = offers(Pass::$pass, &convolution).into_iter().enumerate();
                let found: Vec<Performance> = offers.map(performances_of).take(wanted.max(0) as usize).collect();
                performances.put_all(&found);
                put(count, found.len() as c_int)
            })
        }

        #[unsafe(no_mangle)]
        #[rustfmt::skip]
        extern "C" fn $space(
            handle: usize, $first: usize, $second: usize, moves: usize, $result: usize, algorithm: c_uint, size: Out<usize>,
        ) -> u32 {
            call(|library| {
                library.stream(handle)?;
                let convolution = convolution(library, [$x, $w, moves, $y])?;
                let mut offers = offers(Pass::$pass, &convolution).into_iter();
                let offer = offers.find(|offer| offer.algorithm == algorithm).ok_or(status::NOT_SUPPORTED)?;
                put(size, offer.workspace)
            })
        }

        #[unsafe(no_mangle)]
        #[rustfmt::skip]
        extern "C" fn $run(
            handle: usize, alpha: In<f32>, $first: usize, first: u64, $second: usize, second: u64, moves: usize, algorithm: c_uint,
            workspace: u64, size: usize, beta: In<f32>, $result: usize, result: u64,
        ) -> u32 {
            call(|library| {
                let convolution = convolution(library, [$x, $w, moves, $y])?;
                let (name, factors, addresses) = (stringify!($run), [alpha, beta], [first, second, result]);
                let given = Arguments { name, algorithm, factors, addresses, workspace: (workspace, size) };
                run(library, handle, Pass::$pass, convolution, given)
            })
        }
    };
}

pass!(
    Forward,
    x w y: [x, w, y],
    cudnnGetConvolutionForwardAlgorithm_v7,
    cudnnGetConvolutionForwardWorkspaceSize,
    cudnnConvolutionForward
);
pass!(
    BackwardData,
    x w y: [w, y, x],
    cudnnGetConvolutionBackwardDataAlgorithm_v7,
    cudnnGetConvolutionBackwardDataWorkspaceSize,
    cudnnConvolutionBackwardData
);
pass!(
    BackwardFilter,
    x w y: [x, y, w],
    cudnnGetConvolutionBackwardFilterAlgorithm_v7,
    cudnnGetConvolutionBackwardFilterWorkspaceSize,
    cudnnConvolutionBackwardFilter
);
