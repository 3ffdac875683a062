//! The interface: memory of the device and of the host.

use std::alloc::Layout;
use std::ffi::{c_int, c_uint, c_void};

use super::api_device::{known, written};
use super::{Code, Driver, Needs, Outcome, Work, call, invalid_free};
use crate::pointers::{In, Out};

/// The alignment of page-locked memory.
const PAGE: usize = 4096;

impl Driver {
    /// Allocates, if need be after everything that was queued has run: what is freed there can be used again.
    fn allocate(&mut self, size: usize) -> Result<u64, Code> {
        if size == 0 {
            return Err(Code::INVALID_VALUE);
        }
        let address = match self.memory.allocate(size) {
            Some(address) => address,
            None => {
                self.run_everything()?;
                self.memory.allocate(size).ok_or(Code::OUT_OF_MEMORY)?
            }
        };
        self.statistics.allocations += 1;
        Ok(address)
    }

    fn allocate_on(&mut self, stream: usize, size: usize) -> Result<u64, Code> {
        self.stream(stream)?;
        let address = self.allocate(size)?;
        self.memory.set_pending(address, true);
        self.enqueue(stream, Work::Allocate { address })?;
        Ok(address)
    }
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAlloc_v2(address: Out<u64>, size: usize) -> u32 {
    call(Needs::Context, |driver| {
        driver.forbid_in_any_capture()?;
        written(address.put(driver.allocate(size)?))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAllocAsync(address: Out<u64>, size: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| written(address.put(driver.allocate_on(stream, size)?)))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAllocFromPoolAsync(address: Out<u64>, size: usize, pool: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        known_pool(driver, pool)?;
        written(address.put(driver.allocate_on(stream, size)?))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAllocManaged(_address: Out<u64>, _size: usize, _flags: c_uint) -> u32 {
    call(Needs::Context, |_| Err(Code::NOT_SUPPORTED))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFree_v2(address: u64) -> u32 {
    call(Needs::Context, |driver| {
        driver.forbid_in_any_capture()?;
        if address == 0 {
            return Ok(());
        }
        // Freeing waits for the device.
        driver.run_everything()?;
        driver.statistics.frees += 1;
        driver.memory.free(address).map_err(|trouble| {
            driver.complain("cuMemFree", *trouble);
            Code::INVALID_VALUE
        })
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFreeAsync(address: u64, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        if address == 0 {
            return Ok(());
        }
        if driver.memory.size_of(address).is_none() {
            driver.complain("cuMemFreeAsync", invalid_free(address));
            return Err(Code::INVALID_VALUE);
        }
        driver.statistics.frees += 1;
        driver.enqueue(stream, Work::Free { address })
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemGetInfo_v2(free: Out<usize>, total: Out<usize>) -> u32 {
    call(Needs::Context, |driver| {
        let limit = driver.memory.limit();
        written(free.put(limit - driver.memory.used()) && total.put(limit))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemHostAlloc(pointer: Out<*mut c_void>, size: usize, _flags: c_uint) -> u32 {
    call(Needs::Context, |driver| {
        let layout = Layout::from_size_align(size.max(1), PAGE).map_err(|_| Code::INVALID_VALUE)?;
        // SAFETY: the layout has a size.
        let memory = unsafe { std::alloc::alloc(layout) };
        if memory.is_null() {
            return Err(Code::OUT_OF_MEMORY);
        }
        // SAFETY: the memory was just allocated with this size.
        unsafe { std::ptr::write_bytes(memory, 0xff, layout.size()) };
        driver.pinned.insert(memory as usize, layout.size());
        written(pointer.put(memory.cast()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemAllocHost_v2(pointer: Out<*mut c_void>, size: usize) -> u32 {
    cuMemHostAlloc(pointer, size, 0)
}

#[unsafe(no_mangle)]
extern "C" fn cuMemFreeHost(pointer: *mut c_void) -> u32 {
    call(Needs::Context, |driver| {
        // Copies that use it must not come too late.
        driver.run_everything()?;
        let size = driver.pinned.remove(&(pointer as usize)).ok_or(Code::INVALID_VALUE)?;
        let layout = Layout::from_size_align(size, PAGE).map_err(|_| Code::INVALID_VALUE)?;
        // SAFETY: it was allocated by `cuMemHostAlloc` with this layout, and is forgotten now.
        unsafe { std::alloc::dealloc(pointer.cast(), layout) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemHostGetDevicePointer_v2(_address: Out<u64>, _pointer: *mut c_void, _flags: c_uint) -> u32 {
    call(Needs::Context, |_| Err(Code::NOT_SUPPORTED))
}

// Pools: their handles are checked, their limits are not modelled.

fn known_pool(driver: &Driver, pool: usize) -> Outcome {
    if pool == DEFAULT_POOL || driver.pools.contains(&pool) { Ok(()) } else { Err(Code::INVALID_VALUE) }
}

const DEFAULT_POOL: usize = 0x100;

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetDefaultMemPool(pool: Out<usize>, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        written(pool.put(DEFAULT_POOL))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetMemPool(pool: Out<usize>, device: c_int) -> u32 {
    cuDeviceGetDefaultMemPool(pool, device)
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceSetMemPool(device: c_int, pool: usize) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        known_pool(driver, pool)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolCreate(pool: Out<usize>, _properties: In<c_void>) -> u32 {
    call(Needs::Initialised, |driver| {
        let handle = driver.fresh_handle();
        driver.pools.insert(handle);
        written(pool.put(handle))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolDestroy(pool: usize) -> u32 {
    call(
        Needs::Initialised,
        |driver| {
            if driver.pools.remove(&pool) { Ok(()) } else { Err(Code::INVALID_VALUE) }
        },
    )
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolTrimTo(pool: usize, _keep: usize) -> u32 {
    call(Needs::Initialised, |driver| known_pool(driver, pool))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolGetAttribute(pool: usize, attribute: c_uint, value: Out<u64>) -> u32 {
    call(Needs::Initialised, |driver| {
        known_pool(driver, pool)?;
        // 5 to 8: bytes reserved and used, now and at most. The others are limits and switches.
        written(value.put(match attribute {
            5 | 7 => driver.memory.used() as u64,
            6 | 8 => driver.memory.peak() as u64,
            _ => 0,
        }))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemPoolSetAttribute(pool: usize, _attribute: c_uint, _value: In<c_void>) -> u32 {
    call(Needs::Initialised, |driver| known_pool(driver, pool))
}
