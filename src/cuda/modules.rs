//! The PTX that is part of the library, and the functions in it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ffi::CString;
use std::sync::{Mutex, PoisonError};

use cudarc::driver::{result, sys};

use super::Gpu;
use super::error::{CudaError, Doing};

/// The PTX of the files under `kernels/`: a line for each.
macro_rules! files {
    ($($name:literal)*) => {
        const FILES: &[(&str, &str)] = &[$(($name, include_str!(concat!("kernels/", $name, ".ptx"))),)*];
    };
}
files! {
    "accuracy" "attention" "attention_back" "attention_wide" "batch_norm" "binary" "convolve" "crf" "cross_entropy" "ctc"
    "depthwise" "dropout" "gradients" "group_norm" "half" "losses" "matmul" "matmul_large" "optim" "places" "pool" "prelu"
    "recurrent" "recurrent_layer" "reduce" "scan" "softmax" "sort" "structure" "unary"
}

/// A kernel that the driver has loaded.
#[derive(Clone, Copy)]
pub(super) struct Function(sys::CUfunction);

// SAFETY: functions and modules are handles that the driver lets any thread use; they are never unloaded.
unsafe impl Send for Function {}

impl Function {
    pub(super) fn handle(self) -> sys::CUfunction {
        self.0
    }
}

struct Module(sys::CUmodule);

// SAFETY: as for functions.
unsafe impl Send for Module {}

/// What the driver has loaded so far.
#[derive(Default)]
pub(super) struct Modules(Mutex<Loaded>);

#[derive(Default)]
struct Loaded {
    modules: HashMap<&'static str, Module>,
    functions: HashMap<&'static str, HashMap<String, Function>>,
}

impl Modules {
    /// A kernel by its file and its name. The driver compiles the file when it is first asked for.
    pub(super) fn function(&self, gpu: &Gpu, file: &'static str, name: &str) -> Result<Function, CudaError> {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&function) = loaded.functions.get(file).and_then(|known| known.get(name)) {
            return Ok(function);
        }
        gpu.bind();
        let module = match loaded.modules.entry(file) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Module::load(gpu, file)?),
        };
        let text = CString::new(name).expect("a name is text");
        // SAFETY: the module is loaded.
        let function = gpu.with_room(|| unsafe { result::module::get_function(module.0, text.clone()) });
        let function = Function(function.doing(name)?);
        loaded.functions.entry(file).or_default().insert(name.into(), function);
        Ok(function)
    }
}

impl Module {
    fn load(gpu: &Gpu, file: &str) -> Result<Module, CudaError> {
        let (_, ptx) = FILES.iter().find(|(known, _)| *known == file).expect("a file of kernels");
        #[cfg(test)]
        let ptx = &super::planted::in_(file, ptx);
        let text = CString::new(ptx.as_bytes()).expect("PTX is text");
        // SAFETY: the text ends with a zero byte, as the driver wants.
        let module = gpu.with_room(|| unsafe { result::module::load_data(text.as_ptr().cast()) });
        module.map(Module).doing("compiling kernels")
    }
}
