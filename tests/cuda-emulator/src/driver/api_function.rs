//! The interface: attributes of kernels, occupancy, launches.

use std::ffi::{c_int, c_uint, c_void};

use super::api_device::written;
use super::{Code, Driver, Function, Needs, Outcome, Work, call};
use crate::machine::{FaultKind, Launch, MOST_SHARED, Trouble};
use crate::pointers::{In, Out};
use crate::ptx::Kernel;

/// Marks in the list of extra launch options.
const END: usize = 0;
const BUFFER: usize = 1;
const BUFFER_SIZE: usize = 2;

/// Threads and blocks of a multiprocessor.
const THREADS_OF_MULTIPROCESSOR: usize = 1536;
const BLOCKS_OF_MULTIPROCESSOR: usize = 16;
const SHARED_OF_MULTIPROCESSOR: usize = 100 * 1024;

impl Function {
    fn kernel(&self) -> &Kernel {
        &self.module.module.kernels[self.kernel]
    }
}

fn find(driver: &Driver, function: usize) -> Result<&Function, Code> {
    driver.functions.get(&function).ok_or(Code::INVALID_HANDLE)
}

#[unsafe(no_mangle)]
extern "C" fn cuFuncGetAttribute(value: Out<c_int>, attribute: c_uint, function: usize) -> u32 {
    call(Needs::Context, |driver| {
        let function = find(driver, function)?;
        let kernel = function.kernel();
        let (major, minor) = driver.settings.capability;
        let found = match attribute {
            0 => kernel.max_threads.unwrap_or(1024).min(1024) as usize,
            1 => kernel.static_shared_bytes(),
            3 => kernel.local_bytes,
            // What a compiler would need is not known; a guess that lets 1024 threads run.
            4 => kernel.registers.min(64),
            5 => function.module.module.version as usize,
            6 => (major * 10 + minor) as usize,
            8 => function.most_dynamic_shared,
            2 | 7 | 9..=15 => 0,
            _ => return Err(Code::INVALID_VALUE),
        };
        written(value.put(found as c_int))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuFuncSetAttribute(function: usize, attribute: c_uint, value: c_int) -> u32 {
    call(Needs::Context, |driver| {
        let own = find(driver, function)?.kernel().static_shared_bytes();
        let function = driver.functions.get_mut(&function).ok_or(Code::INVALID_HANDLE)?;
        match attribute {
            8 if value < 0 || value as usize + own > MOST_SHARED => Err(Code::INVALID_VALUE),
            8 => {
                function.most_dynamic_shared = value as usize;
                Ok(())
            }
            9 => Ok(()),
            _ => Err(Code::INVALID_VALUE),
        }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuFuncSetCacheConfig(function: usize, _config: c_uint) -> u32 {
    call(Needs::Context, |driver| find(driver, function).map(|_| ()))
}

fn blocks_at_once(function: &Function, threads: c_int, dynamic_shared: usize) -> Result<usize, Code> {
    if threads <= 0 || threads > 1024 {
        return Err(Code::INVALID_VALUE);
    }
    // The system keeps one kilobyte of shared memory for each block.
    let shared = function.kernel().static_shared_bytes() + dynamic_shared + 1024;
    let threads = (threads as usize).next_multiple_of(32);
    Ok((THREADS_OF_MULTIPROCESSOR / threads)
        .min(BLOCKS_OF_MULTIPROCESSOR)
        .min(SHARED_OF_MULTIPROCESSOR / shared))
}

#[unsafe(no_mangle)]
extern "C" fn cuOccupancyMaxActiveBlocksPerMultiprocessor(
    blocks: Out<c_int>,
    function: usize,
    threads: c_int,
    dynamic_shared: usize,
) -> u32 {
    call(Needs::Context, |driver| {
        written(blocks.put(blocks_at_once(find(driver, function)?, threads, dynamic_shared)? as c_int))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    blocks: Out<c_int>,
    function: usize,
    threads: c_int,
    dynamic_shared: usize,
    _flags: c_uint,
) -> u32 {
    cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, threads, dynamic_shared)
}

#[unsafe(no_mangle)]
extern "C" fn cuOccupancyAvailableDynamicSMemPerBlock(
    bytes: Out<usize>,
    function: usize,
    blocks: c_int,
    _threads: c_int,
) -> u32 {
    call(Needs::Context, |driver| {
        let own = find(driver, function)?.kernel().static_shared_bytes();
        let share = SHARED_OF_MULTIPROCESSOR / blocks.max(1) as usize;
        written(bytes.put(share.min(MOST_SHARED).saturating_sub(own + 1024)))
    })
}

/// How much shared memory a block of this size needs, as the program tells.
type SharedForBlock = unsafe extern "C" fn(c_int) -> usize;

#[unsafe(no_mangle)]
extern "C" fn cuOccupancyMaxPotentialBlockSize(
    grid: Out<c_int>,
    block: Out<c_int>,
    function: usize,
    shared_for_block: Option<SharedForBlock>,
    dynamic_shared: usize,
    limit: c_int,
) -> u32 {
    call(Needs::Context, |driver| {
        let function = find(driver, function)?;
        let most = function.kernel().max_threads.unwrap_or(1024).min(1024) as c_int;
        let most = if limit > 0 { most.min(limit) } else { most };
        let mut best = (0, 0);
        for threads in (1..=most).rev().filter(|threads| threads % 32 == 0 || *threads == most) {
            // SAFETY: the program gave the function for this question.
            let shared = shared_for_block.map_or(dynamic_shared, |shared| unsafe { shared(threads) });
            let blocks = blocks_at_once(function, threads, shared)? as c_int;
            if blocks * threads > best.0 * best.1 {
                best = (blocks, threads);
            }
        }
        written(grid.put(best.0 * 4) && block.put(best.1))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuOccupancyMaxPotentialBlockSizeWithFlags(
    grid: Out<c_int>,
    block: Out<c_int>,
    function: usize,
    shared_for_block: Option<SharedForBlock>,
    dynamic_shared: usize,
    limit: c_int,
    _flags: c_uint,
) -> u32 {
    cuOccupancyMaxPotentialBlockSize(grid, block, function, shared_for_block, dynamic_shared, limit)
}

/// The bytes of a launch's parameters, from pointers to each or from a packed buffer.
fn parameters(kernel: &Kernel, pointers: In<In<u8>>, extra: In<usize>) -> Result<Vec<u8>, Trouble> {
    let wrong = |what: String| Trouble { kind: FaultKind::InvalidLaunch, what };
    let mut bytes = vec![0; kernel.parameter_bytes()];
    if !extra.0.is_null() {
        return packed(kernel, extra);
    }
    for (index, parameter) in kernel.parameters.iter().enumerate() {
        let given = pointers.at(index).and_then(|pointer| pointer.take(parameter.size));
        let given = given.ok_or_else(|| {
            wrong(format!(
                "parameter {index} of `{}` is missing: it takes {}",
                kernel.name,
                kernel.parameters.len()
            ))
        })?;
        bytes[parameter.offset..parameter.offset + parameter.size].copy_from_slice(&given);
    }
    Ok(bytes)
}

fn packed(kernel: &Kernel, extra: In<usize>) -> Result<Vec<u8>, Trouble> {
    let wrong = |what: String| Trouble { kind: FaultKind::InvalidLaunch, what };
    let (mut buffer, mut size) = (0, 0);
    let mut index = 0;
    while let Some(mark) = extra.at(index).filter(|mark| *mark != END) {
        let value = extra.at(index + 1).unwrap_or(0);
        match mark {
            BUFFER => buffer = value,
            // SAFETY of the read: this option's value is a pointer to the size.
            BUFFER_SIZE => size = In(value as *const usize).get().unwrap_or(0),
            _ => return Err(wrong(format!("the launch option {mark} is not known"))),
        }
        index += 2;
    }
    let wanted = kernel.parameter_bytes();
    if size != wanted {
        return Err(wrong(format!("{size} bytes of parameters, but `{}` takes {wanted}", kernel.name)));
    }
    In(buffer as *const u8).take(size).ok_or_else(|| wrong("the buffer of parameters is null".into()))
}

#[unsafe(no_mangle)]
extern "C" fn cuLaunchKernel(
    function: usize,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    dynamic_shared: c_uint,
    stream: usize,
    pointers: In<In<u8>>,
    extra: In<usize>,
) -> u32 {
    call(Needs::Context, |driver| -> Outcome {
        let function = find(driver, function)?.clone();
        let kernel = function.kernel();
        let mut refuse = |trouble: Trouble| {
            driver.complain(&format!("cuLaunchKernel of {}", kernel.name), trouble);
            Code::INVALID_VALUE
        };
        let parameters = parameters(kernel, pointers, extra).map_err(&mut refuse)?;
        let launch = Launch {
            grid: [grid_x, grid_y, grid_z],
            block: [block_x, block_y, block_z],
            dynamic_shared: dynamic_shared as usize,
            most_dynamic_shared: function.most_dynamic_shared,
            parameters,
            ..Launch::default()
        };
        launch.check(kernel).map_err(|trouble| refuse(*trouble))?;
        let launch = Launch { instruction_limit: driver.settings.instruction_limit, ..launch };
        driver.enqueue(stream, Work::Launch { function, launch })
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuLaunchCooperativeKernel(
    _function: usize,
    _grid_x: c_uint,
    _grid_y: c_uint,
    _grid_z: c_uint,
    _block_x: c_uint,
    _block_y: c_uint,
    _block_z: c_uint,
    _dynamic_shared: c_uint,
    _stream: usize,
    _pointers: In<In<c_void>>,
) -> u32 {
    // Blocks run one after the other: they can not wait for each other.
    call(Needs::Context, |_| Err(Code::NOT_SUPPORTED))
}
