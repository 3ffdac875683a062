//! The interface: streams and events.

use std::ffi::{c_int, c_uint, c_void};

use super::api_device::written;
use super::work::{HostFunction, HostPointer};
use super::{Code, DEFAULT_STREAM, Event, Needs, Stream, Work, call};
use crate::pointers::Out;

/// `CU_STREAM_NON_BLOCKING`
const NON_BLOCKING: c_uint = 1;
/// `CU_EVENT_DISABLE_TIMING`
const WITHOUT_TIMING: c_uint = 2;

#[unsafe(no_mangle)]
extern "C" fn cuStreamCreate(stream: Out<usize>, flags: c_uint) -> u32 {
    call(Needs::Context, |driver| {
        if flags > NON_BLOCKING {
            return Err(Code::INVALID_VALUE);
        }
        let handle = driver.fresh_handle();
        driver.streams.insert(handle, Stream::new(flags != NON_BLOCKING));
        written(stream.put(handle))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamCreateWithPriority(stream: Out<usize>, flags: c_uint, _priority: c_int) -> u32 {
    cuStreamCreate(stream, flags)
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamDestroy_v2(stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        if driver.stream(stream)? == DEFAULT_STREAM {
            return Err(Code::INVALID_HANDLE);
        }
        // Its work is still done; here it is done now.
        let outcome = driver.run_stream(stream);
        driver.streams.remove(&stream);
        outcome
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamSynchronize(stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        driver.statistics.synchronisations += 1;
        driver.run_stream(stream)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamQuery(stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        let stream = driver.stream(stream)?;
        driver.forbid_in_capture(stream)?;
        if driver.poll(Some(stream), None)? { Ok(()) } else { Err(Code::NOT_READY) }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamWaitEvent(stream: usize, event: usize, _flags: c_uint) -> u32 {
    call(Needs::Context, |driver| {
        let stream = driver.stream(stream)?;
        if driver.capture_wait(stream, event)? {
            return Ok(());
        }
        let generation = driver.events.get(&event).ok_or(Code::INVALID_HANDLE)?.recorded;
        // An event that was never recorded is no reason to wait.
        if generation == 0 { Ok(()) } else { driver.enqueue(stream, Work::Wait { event, generation }) }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamAttachMemAsync(stream: usize, _address: u64, _length: usize, _flags: c_uint) -> u32 {
    call(Needs::Context, |driver| driver.stream(stream).map(|_| ()))
}

#[unsafe(no_mangle)]
extern "C" fn cuLaunchHostFunc(stream: usize, function: Option<HostFunction>, argument: *mut c_void) -> u32 {
    call(Needs::Context, |driver| {
        let function = function.ok_or(Code::INVALID_VALUE)?;
        driver.enqueue(stream, Work::Call { function, argument: HostPointer(argument.cast()) })
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventCreate(event: Out<usize>, flags: c_uint) -> u32 {
    call(Needs::Context, |driver| {
        let handle = driver.fresh_handle();
        driver.events.insert(handle, Event { has_timing: flags & WITHOUT_TIMING == 0, ..Event::default() });
        written(event.put(handle))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventDestroy_v2(event: usize) -> u32 {
    // Streams that wait for it wait until it has happened.
    call(Needs::Context, |driver| {
        let known = driver.events.contains_key(&event);
        if !known {
            return Err(Code::INVALID_HANDLE);
        }
        driver.run_event(event)?;
        driver.events.remove(&event);
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventRecord(event: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        let stream = driver.stream(stream)?;
        let known = driver.events.get_mut(&event).ok_or(Code::INVALID_HANDLE)?;
        known.captured = None;
        if driver.capture_record(stream, event) {
            return Ok(());
        }
        let known = driver.events.get_mut(&event).ok_or(Code::INVALID_HANDLE)?;
        known.recorded += 1;
        let generation = known.recorded;
        driver.enqueue(stream, Work::Record { event, generation })
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventRecordWithFlags(event: usize, stream: usize, _flags: c_uint) -> u32 {
    cuEventRecord(event, stream)
}

#[unsafe(no_mangle)]
extern "C" fn cuEventSynchronize(event: usize) -> u32 {
    call(Needs::Context, |driver| {
        let known = driver.events.get(&event).ok_or(Code::INVALID_HANDLE)?;
        if known.captured.is_some() {
            return Err(Code::STREAM_CAPTURE_UNSUPPORTED);
        }
        driver.statistics.synchronisations += 1;
        driver.run_event(event)
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventQuery(event: usize) -> u32 {
    call(Needs::Context, |driver| {
        if !driver.events.contains_key(&event) {
            return Err(Code::INVALID_HANDLE);
        }
        if driver.poll(None, Some(event))? { Ok(()) } else { Err(Code::NOT_READY) }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventElapsedTime(milliseconds: Out<f32>, start: usize, end: usize) -> u32 {
    call(Needs::Context, |driver| {
        let find = |event| driver.events.get(&event).filter(|event| event.has_timing && event.recorded > 0);
        let (start, end) = (find(start).ok_or(Code::INVALID_HANDLE)?, find(end).ok_or(Code::INVALID_HANDLE)?);
        if start.completed < start.recorded || end.completed < end.recorded {
            return Err(Code::NOT_READY);
        }
        let (Some(from), Some(to)) = (start.time, end.time) else { return Err(Code::NOT_READY) };
        let seconds = match to >= from {
            true => to.duration_since(from).as_secs_f32(),
            false => -from.duration_since(to).as_secs_f32(),
        };
        written(milliseconds.put(seconds * 1e3))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuEventElapsedTime_v2(milliseconds: Out<f32>, start: usize, end: usize) -> u32 {
    cuEventElapsedTime(milliseconds, start, end)
}

#[unsafe(no_mangle)]
extern "C" fn cuProfilerStart() -> u32 {
    call(Needs::Context, |_| Ok(()))
}

#[unsafe(no_mangle)]
extern "C" fn cuProfilerStop() -> u32 {
    call(Needs::Context, |_| Ok(()))
}
