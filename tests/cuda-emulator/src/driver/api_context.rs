//! The interface: contexts. A device has one, its primary context.

use std::ffi::{c_int, c_uint, c_void};

use super::api_device::{known, written};
use super::{CURRENT, Code, Driver, Needs, Outcome, call};
use crate::pointers::{In, Out};

/// The handle of a device's context.
fn handle(device: c_int) -> usize {
    device as usize + 1
}

fn retain(driver: &mut Driver, context: Out<usize>, device: c_int) -> Outcome {
    known(driver, device)?;
    *driver.retained.entry(device).or_default() += 1;
    written(context.put(handle(device)))
}

fn release(driver: &mut Driver, device: c_int) -> Outcome {
    known(driver, device)?;
    let count = driver.retained.get_mut(&device).filter(|count| **count > 0).ok_or(Code::INVALID_CONTEXT)?;
    *count -= 1;
    if driver.retained.values().all(|count| *count == 0) {
        driver.release_everything();
    }
    Ok(())
}

fn make_current(driver: &Driver, context: usize) -> Outcome {
    let alive = context == 0 || driver.retained.get(&(context as c_int - 1)).is_some_and(|count| *count > 0);
    if !alive {
        return Err(Code::INVALID_CONTEXT);
    }
    CURRENT.set(context);
    Ok(())
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxRetain(context: Out<usize>, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| retain(driver, context, device))
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxRelease_v2(device: c_int) -> u32 {
    call(Needs::Initialised, |driver| release(driver, device))
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxReset_v2(device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        driver.release_everything();
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxSetFlags_v2(device: c_int, _flags: c_uint) -> u32 {
    call(Needs::Initialised, |driver| known(driver, device))
}

#[unsafe(no_mangle)]
extern "C" fn cuDevicePrimaryCtxGetState(device: c_int, flags: Out<c_uint>, active: Out<c_int>) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        let is_active = driver.retained.get(&device).is_some_and(|count| *count > 0);
        written(flags.put(0) && active.put(is_active.into()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxCreate_v2(context: Out<usize>, _flags: c_uint, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        retain(driver, context, device)?;
        make_current(driver, handle(device))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxCreate_v3(
    context: Out<usize>,
    _affinities: In<c_void>,
    _count: c_int,
    flags: c_uint,
    device: c_int,
) -> u32 {
    cuCtxCreate_v2(context, flags, device)
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxDestroy_v2(context: usize) -> u32 {
    call(Needs::Initialised, |driver| {
        release(driver, context.checked_sub(1).ok_or(Code::INVALID_CONTEXT)? as c_int)?;
        if CURRENT.get() == context {
            CURRENT.set(0);
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetCurrent(context: usize) -> u32 {
    call(Needs::Initialised, |driver| make_current(driver, context))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetCurrent(context: Out<usize>) -> u32 {
    call(Needs::Initialised, |_| written(context.put(CURRENT.get())))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxPushCurrent_v2(context: usize) -> u32 {
    call(Needs::Initialised, |driver| make_current(driver, context))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxPopCurrent_v2(context: Out<usize>) -> u32 {
    call(Needs::Context, |_| {
        let _ = context.put(CURRENT.replace(0));
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetDevice(device: Out<c_int>) -> u32 {
    call(Needs::Context, |_| written(device.put(CURRENT.get() as c_int - 1)))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSynchronize() -> u32 {
    call(Needs::Context, |driver| {
        driver.forbid_in_any_capture()?;
        driver.statistics.synchronisations += 1;
        driver.run_everything()
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetLimit(value: Out<usize>, _limit: c_uint) -> u32 {
    call(Needs::Context, |_| written(value.put(1024)))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetLimit(limit: c_uint, _value: usize) -> u32 {
    call(Needs::Context, |_| if limit < 8 { Ok(()) } else { Err(Code::UNSUPPORTED_LIMIT) })
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetFlags(_flags: c_uint) -> u32 {
    call(Needs::Context, |_| Ok(()))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetCacheConfig(config: Out<c_uint>) -> u32 {
    call(Needs::Context, |_| written(config.put(0)))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxSetCacheConfig(_config: c_uint) -> u32 {
    call(Needs::Context, |_| Ok(()))
}

#[unsafe(no_mangle)]
extern "C" fn cuCtxGetStreamPriorityRange(least: Out<c_int>, greatest: Out<c_int>) -> u32 {
    call(Needs::Context, |_| {
        let _ = least.put(0);
        let _ = greatest.put(-5);
        Ok(())
    })
}
