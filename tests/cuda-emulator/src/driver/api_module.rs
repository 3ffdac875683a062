//! The interface: modules, their kernels and variables.

use std::ffi::{c_char, c_uint, c_void};
use std::sync::Arc;

use super::api_device::written;
use super::{Code, Driver, Function, LoadedModule, Needs, call};
use crate::machine::{MOST_SHARED_BY_DEFAULT, Memory};
use crate::pointers::{In, Out};
use crate::ptx::Module;

/// Gives the module's variables addresses and their first values. `None` if there is not enough memory.
pub(crate) fn place_variables(module: &Module, memory: &mut Memory) -> Option<Vec<u64>> {
    let addresses: Vec<u64> = module
        .variables
        .iter()
        .map(|variable| memory.allocate(variable.size.max(1)))
        .collect::<Option<_>>()?;
    for (variable, address) in module.variables.iter().zip(&addresses) {
        let mut bytes = variable.initial.clone();
        bytes.resize(variable.size.max(1), 0);
        for relocation in &variable.relocations {
            let target = module.variables.iter().position(|other| other.name == relocation.variable);
            if let (Some(target), Some(place)) =
                (target, bytes.get_mut(relocation.offset..relocation.offset + 8))
            {
                place
                    .copy_from_slice(&addresses[target].wrapping_add_signed(relocation.addend).to_le_bytes());
            }
        }
        memory.write(*address, &bytes).ok()?;
        if variable.is_constant {
            memory.set_read_only(*address);
        }
    }
    Some(addresses)
}

fn load(driver: &mut Driver, text: &str) -> Result<usize, Code> {
    let module = Module::parse(text).map_err(|error| {
        eprintln!("ferrolab-cuda-emulator: this module is not accepted: {error}");
        Code::INVALID_PTX
    })?;
    let (major, minor) = driver.settings.capability;
    if module.target as i32 > major * 10 + minor {
        eprintln!(
            "ferrolab-cuda-emulator: the module is for sm_{}, the device is of capability {major}.{minor}",
            module.target
        );
        return Err(Code::NO_BINARY_FOR_GPU);
    }
    let variables = place_variables(&module, &mut driver.memory).ok_or(Code::OUT_OF_MEMORY)?;
    let handle = driver.fresh_handle();
    driver.modules.insert(handle, Arc::new(LoadedModule { module, variables }));
    Ok(handle)
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleLoadData(module: Out<usize>, image: In<c_char>) -> u32 {
    call(Needs::Context, |driver| {
        let first = image.get().ok_or(Code::INVALID_VALUE)? as u8;
        // What is no text may have no end: it is recognised by its first byte.
        if !matches!(first, b'\t' | b'\n' | b'\r' | b' '..=b'~') {
            eprintln!(
                "ferrolab-cuda-emulator: this module is machine code, not PTX text: it can not be emulated, load PTX instead"
            );
            return Err(Code::NO_BINARY_FOR_GPU);
        }
        let text = image.text().ok_or(Code::INVALID_VALUE)?;
        written(module.put(load(driver, &text)?))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleLoadDataEx(
    module: Out<usize>,
    image: In<c_char>,
    _count: c_uint,
    _options: In<c_uint>,
    _values: In<*mut c_void>,
) -> u32 {
    cuModuleLoadData(module, image)
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleLoad(module: Out<usize>, path: In<c_char>) -> u32 {
    call(Needs::Context, |driver| {
        let path = path.text().ok_or(Code::INVALID_VALUE)?;
        let text = std::fs::read_to_string(path).map_err(|_| Code::FILE_NOT_FOUND)?;
        written(module.put(load(driver, &text)?))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleUnload(module: usize) -> u32 {
    call(Needs::Context, |driver| {
        driver.run_everything()?;
        let loaded = driver.modules.remove(&module).ok_or(Code::INVALID_HANDLE)?;
        driver.functions.retain(|_, function| function.handle_of_module != module);
        for address in &loaded.variables {
            let _ = driver.memory.free(*address);
        }
        Ok(())
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleGetFunction(function: Out<usize>, module: usize, name: In<c_char>) -> u32 {
    call(Needs::Context, |driver| {
        let loaded = driver.modules.get(&module).cloned().ok_or(Code::INVALID_HANDLE)?;
        let name = name.text().ok_or(Code::INVALID_VALUE)?;
        let kernel =
            loaded.module.kernels.iter().position(|kernel| kernel.name == name).ok_or(Code::NOT_FOUND)?;
        let handle = driver.fresh_handle();
        let most_dynamic_shared = MOST_SHARED_BY_DEFAULT;
        driver.functions.insert(
            handle,
            Function { handle_of_module: module, module: loaded, kernel, most_dynamic_shared },
        );
        written(function.put(handle))
    })
}

#[unsafe(no_mangle)]
extern "C" fn cuModuleGetGlobal_v2(
    address: Out<u64>,
    size: Out<usize>,
    module: usize,
    name: In<c_char>,
) -> u32 {
    call(Needs::Context, |driver| {
        let loaded = driver.modules.get(&module).ok_or(Code::INVALID_HANDLE)?;
        let name = name.text().ok_or(Code::INVALID_VALUE)?;
        let found = loaded.module.variables.iter().position(|variable| variable.name == name);
        let index = found.ok_or(Code::NOT_FOUND)?;
        let _ = address.put(loaded.variables[index]);
        let _ = size.put(loaded.module.variables[index].size);
        Ok(())
    })
}
