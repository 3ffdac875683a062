//! The interface: capture of streams, and graphs.

use std::ffi::{c_int, c_uint, c_ulonglong};

use super::api_device::written;
use super::{Code, Needs, call};
use crate::pointers::Out;

#[unsafe(no_mangle)]
extern "C" fn cuStreamBeginCapture_v2(stream: usize, mode: c_uint) -> u32 {
    call(Needs::Context, |driver| driver.begin_capture(stream, mode))
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamEndCapture(stream: usize, graph: Out<usize>) -> u32 {
    call(Needs::Context, |driver| {
        let works = driver.end_capture(stream)?;
        let handle = driver.fresh_handle();
        driver.graphs.insert(handle, works);
        written(graph.put(handle))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuStreamIsCapturing(stream: usize, status: Out<c_int>) -> u32 {
    call(Needs::Context, |driver| written(status.put(driver.capture_status(stream)? as c_int)))
}

#[unsafe(no_mangle)]
extern "C" fn cuGraphInstantiateWithFlags(executable: Out<usize>, graph: usize, _flags: c_ulonglong) -> u32 {
    call(Needs::Context, |driver| {
        let works = driver.graphs.get(&graph).cloned().ok_or(Code::INVALID_VALUE)?;
        let handle = driver.fresh_handle();
        driver.executables.insert(handle, works);
        written(executable.put(handle))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuGraphLaunch(executable: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        let works = driver.executables.get(&executable).cloned().ok_or(Code::INVALID_VALUE)?;
        driver.statistics.graph_launches += 1;
        works.iter().try_for_each(|work| driver.enqueue(stream, work.clone()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuGraphUpload(executable: usize, stream: usize) -> u32 {
    call(Needs::Context, |driver| {
        driver.stream(stream)?;
        if driver.executables.contains_key(&executable) { Ok(()) } else { Err(Code::INVALID_VALUE) }
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuGraphDestroy(graph: usize) -> u32 {
    call(Needs::Context, |driver| driver.graphs.remove(&graph).map(|_| ()).ok_or(Code::INVALID_VALUE))
}

#[unsafe(no_mangle)]
extern "C" fn cuGraphExecDestroy(executable: usize) -> u32 {
    call(Needs::Context, |driver| {
        driver.executables.remove(&executable).map(|_| ()).ok_or(Code::INVALID_VALUE)
    })
}
