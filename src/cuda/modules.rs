//! The PTX that is part of the library, and the functions in it.

use std::collections::HashMap;
use std::ffi::CString;
use std::sync::{Mutex, PoisonError};

use cudarc::driver::{result, sys};

use super::Gpu;

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
    pub(super) fn function(&self, gpu: &Gpu, file: &'static str, name: &str) -> Function {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(&function) = loaded.functions.get(file).and_then(|known| known.get(name)) {
            return function;
        }
        gpu.bind();
        let module = loaded.modules.entry(file).or_insert_with(|| {
            let (_, ptx) = FILES.iter().find(|(known, _)| *known == file).expect("a file of kernels");
            #[cfg(test)]
            let ptx = &super::planted::in_(file, ptx);
            let text = CString::new(ptx.as_bytes()).expect("PTX is text");
            // SAFETY: the text ends with a zero byte, as the driver wants.
            let module = unsafe { result::module::load_data(text.as_ptr().cast()) };
            Module(gpu.check("compiling kernels", module))
        });
        let text = CString::new(name).expect("a name is text");
        // SAFETY: the module is loaded.
        let function = unsafe { result::module::get_function(module.0, text) };
        let function = Function(gpu.check(name, function));
        loaded.functions.entry(file).or_default().insert(name.into(), function);
        function
    }
}
