//! The interface: initialisation and devices.

use std::ffi::{c_char, c_int, c_uint};

use super::{Code, Driver, Needs, Outcome, call};
use crate::machine::{MOST_SHARED, MOST_SHARED_BY_DEFAULT};
use crate::pointers::Out;

/// Whether a result could be written.
pub(super) fn written(done: bool) -> Outcome {
    if done { Ok(()) } else { Err(Code::INVALID_VALUE) }
}

pub(super) fn known(driver: &Driver, device: c_int) -> Outcome {
    if (0..driver.settings.devices).contains(&device) { Ok(()) } else { Err(Code::INVALID_DEVICE) }
}

#[unsafe(no_mangle)]
extern "C" fn cuInit(flags: c_uint) -> u32 {
    call(Needs::Nothing, |driver| {
        if flags != 0 {
            return Err(Code::INVALID_VALUE);
        }
        if driver.settings.devices == 0 {
            return Err(Code::NO_DEVICE);
        }
        driver.initialised = true;
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDriverGetVersion(version: Out<c_int>) -> u32 {
    call(Needs::Nothing, |driver| written(version.put(driver.settings.driver)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetCount(count: Out<c_int>) -> u32 {
    call(Needs::Initialised, |driver| written(count.put(driver.settings.devices)))
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGet(device: Out<c_int>, ordinal: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, ordinal)?;
        written(device.put(ordinal))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetName(name: Out<c_char>, length: c_int, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        put_text(name, length, "ferrolab CUDA emulator")
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetPCIBusId(name: Out<c_char>, length: c_int, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        put_text(name, length, &format!("0000:{:02x}:00.0", device + 1))
    })
}

/// Writes text that is cut to the room there is, with its zero byte.
fn put_text(target: Out<c_char>, length: c_int, text: &str) -> Outcome {
    if target.is_null() || length < 1 {
        return Err(Code::INVALID_VALUE);
    }
    let kept = text.bytes().take(length as usize - 1).map(|byte| byte as c_char);
    let bytes: Vec<c_char> = kept.chain([0]).collect();
    target.put_all(&bytes);
    Ok(())
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetUuid(uuid: Out<[u8; 16]>, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        let mut bytes = *b"ferrolab-emul\0\0\0";
        bytes[15] = device as u8;
        written(uuid.put(bytes))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetUuid_v2(uuid: Out<[u8; 16]>, device: c_int) -> u32 {
    cuDeviceGetUuid(uuid, device)
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceTotalMem_v2(bytes: Out<usize>, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        written(bytes.put(driver.memory.limit()))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceComputeCapability(major: Out<c_int>, minor: Out<c_int>, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        let capability = driver.settings.capability;
        written(major.put(capability.0) && minor.put(capability.1))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuDeviceGetAttribute(value: Out<c_int>, attribute: c_uint, device: c_int) -> u32 {
    call(Needs::Initialised, |driver| {
        known(driver, device)?;
        let (major, minor) = driver.settings.capability;
        // Numbers as in `CUdevice_attribute`; what is not named is zero: not supported.
        let found = match attribute {
            1..=3 | 39 => 1024, // threads of a block, its x and y; threads of a multiprocessor
            4 => 64,            // its z
            5 => c_int::MAX,    // a grid's x
            6 | 7 => 65535,     // y and z
            8 => MOST_SHARED_BY_DEFAULT as c_int,
            9 | 12 | 82 => 65536, // constant memory, registers of a block and of a multiprocessor
            10 => 32,             // a warp
            11 => c_int::MAX,     // the largest pitch
            13 => 1_500_000,      // clock
            14 => 512,            // alignment of textures
            16 => 4,              // multiprocessors
            31 | 41 | 78 | 115 => 1, // concurrent kernels, unified addresses, priorities, memory pools
            33 => device + 1,     // bus
            36 => 5_000_000,      // memory clock
            37 => 256,            // memory bus
            38 => 4 << 20,        // second cache
            40 => 2,              // copy engines
            75 => major,
            76 => minor,
            81 => 100 * 1024, // shared memory of a multiprocessor
            97 => MOST_SHARED as c_int,
            106 => 16,   // blocks of a multiprocessor
            111 => 1024, // shared memory the system keeps
            0 | 200.. => return Err(Code::INVALID_VALUE),
            _ => 0,
        };
        written(value.put(found))
    })
}
