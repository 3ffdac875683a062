//! The interface: copies and sets.

use std::ffi::{c_uchar, c_uint, c_ushort};

use super::work::HostPointer;
use super::{Code, DEFAULT_STREAM, Driver, Needs, Outcome, Work, call};
use crate::machine::{FaultKind, Trouble};
use crate::pointers::In;

impl Driver {
    /// Checks a range when the call is made: a wrong one is an error at once, as with CUDA.
    fn check_range(&mut self, name: &str, address: u64, length: usize) -> Outcome {
        match self.memory.check(address, length) {
            Ok(()) => Ok(()),
            Err(trouble) => {
                self.complain(name, *trouble);
                Err(Code::INVALID_VALUE)
            }
        }
    }

    /// Queues on the default stream and waits for it.
    fn do_now(&mut self, work: Work) -> Outcome {
        self.forbid_in_any_capture()?;
        self.statistics.synchronisations += 1;
        self.enqueue(DEFAULT_STREAM, work)?;
        self.run_stream(DEFAULT_STREAM)
    }

    fn is_pinned(&self, address: usize, length: usize) -> bool {
        let before = self.pinned.range(..=address).next_back();
        before.is_some_and(|(start, size)| address + length <= start + size)
    }

    fn copy_to_device(&mut self, to: u64, from: In<u8>, length: usize, stream: usize) -> Result<Work, Code> {
        self.check_range("cuMemcpyHtoD", to, length)?;
        if from.0.is_null() && length > 0 {
            return Err(Code::INVALID_VALUE);
        }
        let stream = self.stream(stream)?;
        // Page-locked memory is read when the copy runs, and so is all memory by a graph.
        if self.is_pinned(from.0 as usize, length) || self.streams[&stream].capture.is_some() {
            return Ok(Work::ToDevice { to, from: HostPointer(from.0.cast_mut()), length });
        }
        Ok(Work::WriteBytes { to, bytes: from.take(length).ok_or(Code::INVALID_VALUE)?.into() })
    }

    fn copy_to_host(&mut self, to: *mut u8, from: u64, length: usize) -> Result<Work, Code> {
        self.check_range("cuMemcpyDtoH", from, length)?;
        if to.is_null() && length > 0 {
            return Err(Code::INVALID_VALUE);
        }
        Ok(Work::ToHost { to: HostPointer(to), from, length })
    }

    fn copy_on_device(&mut self, to: u64, from: u64, length: usize) -> Result<Work, Code> {
        self.check_range("cuMemcpyDtoD", from, length)?;
        self.check_range("cuMemcpyDtoD", to, length)?;
        let overlap = from < to + length as u64 && to < from + length as u64;
        if overlap && length > 0 {
            let what = format!("{length} bytes from 0x{from:x} to 0x{to:x} overlap");
            self.complain("cuMemcpyDtoD", Trouble { kind: FaultKind::OutOfBounds, what });
            return Err(Code::INVALID_VALUE);
        }
        Ok(Work::OnDevice { to, from, length })
    }

    fn set(&mut self, to: u64, pattern: u32, width: usize, count: usize) -> Result<Work, Code> {
        let length = width.checked_mul(count).ok_or(Code::INVALID_VALUE)?;
        self.check_range("cuMemset", to, length)?;
        if !to.is_multiple_of(width as u64) {
            return Err(Code::INVALID_VALUE);
        }
        Ok(Work::Set { to, pattern: pattern.to_le_bytes(), width, count })
    }
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyHtoD_v2(to: u64, from: In<u8>, length: usize) -> u32 {
    call(Needs::Context, |driver| {
        let work = driver.copy_to_device(to, from, length, DEFAULT_STREAM)?;
        driver.do_now(work)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyHtoDAsync_v2(to: u64, from: In<u8>, length: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        let work = driver.copy_to_device(to, from, length, stream)?;
        driver.enqueue(stream, work)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoH_v2(to: *mut u8, from: u64, length: usize) -> u32 {
    call(Needs::Context, |driver| {
        let work = driver.copy_to_host(to, from, length)?;
        driver.do_now(work)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoHAsync_v2(to: *mut u8, from: u64, length: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        let work = driver.copy_to_host(to, from, length)?;
        let stream = driver.stream(stream)?;
        driver.enqueue(stream, work)?;
        // A copy to memory that is not page-locked has happened when the call returns: CUDA promises it, and cudarc relies on it.
        let waits = !driver.is_pinned(to as usize, length) && !driver.settings.late_pageable_copies;
        if waits && driver.streams[&stream].capture.is_none() { driver.run_stream(stream) } else { Ok(()) }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoD_v2(to: u64, from: u64, length: usize) -> u32 {
    call(Needs::Context, |driver| {
        let work = driver.copy_on_device(to, from, length)?;
        // Between places on the device even this call does not wait.
        driver.forbid_in_any_capture()?;
        driver.enqueue(DEFAULT_STREAM, work)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, length: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        let work = driver.copy_on_device(to, from, length)?;
        driver.enqueue(stream, work)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuMemcpyPeerAsync(
    to: u64,
    _to_context: usize,
    from: u64,
    _from_context: usize,
    length: usize,
    stream: usize,
) -> u32 {
    cuMemcpyDtoDAsync_v2(to, from, length, stream)
}

/// Sets on the default stream do not wait either.
fn set_now(driver: &mut Driver, to: u64, pattern: u32, width: usize, count: usize) -> Outcome {
    driver.forbid_in_any_capture()?;
    let work = driver.set(to, pattern, width, count)?;
    driver.enqueue(DEFAULT_STREAM, work)
}

fn set_on(driver: &mut Driver, to: u64, pattern: u32, width: usize, count: usize, stream: usize) -> Outcome {
    let work = driver.set(to, pattern, width, count)?;
    driver.enqueue(stream, work)
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD8_v2(to: u64, value: c_uchar, count: usize) -> u32 {
    call(Needs::Context, |driver| set_now(driver, to, value.into(), 1, count))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD8Async(to: u64, value: c_uchar, count: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| set_on(driver, to, value.into(), 1, count, stream))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD16_v2(to: u64, value: c_ushort, count: usize) -> u32 {
    call(Needs::Context, |driver| set_now(driver, to, value.into(), 2, count))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD16Async(to: u64, value: c_ushort, count: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| set_on(driver, to, value.into(), 2, count, stream))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD32_v2(to: u64, value: c_uint, count: usize) -> u32 {
    call(Needs::Context, |driver| set_now(driver, to, value, 4, count))
}

#[unsafe(no_mangle)]
extern "C" fn cuMemsetD32Async(to: u64, value: c_uint, count: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| set_on(driver, to, value, 4, count, stream))
}
