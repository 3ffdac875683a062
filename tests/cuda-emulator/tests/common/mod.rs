//! Starts a test again in a child process that finds the emulator as its CUDA library.

use std::ffi::{CString, c_void};
use std::process::{Command, Output};

use cudarc::driver::{CudaStream, DriverError, result, sys};

/// A kernel that adds two vectors.
pub const ADD: &str = include_str!("add.ptx");

const CHILD: &str = "FERROLAB_EMULATOR_TEST_CHILD";

/// Runs `body` in a child process on the emulator, with these variables set. Its failure is the test's failure.
#[track_caller]
pub fn on_emulator(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) -> String {
    if std::env::var_os(CHILD).is_some() {
        body();
        return String::new();
    }
    let Output { status, stdout, stderr } = child(test, variables);
    let (output, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "the child failed\n{output}\n{errors}");
    errors.into_owned()
}

fn child(test: &str, variables: &[(&str, &str)]) -> Output {
    let folder = ferrolab_cuda_emulator::library_folder().unwrap();
    let path = std::env::var("LD_LIBRARY_PATH").unwrap_or_default();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
    command.env("LD_LIBRARY_PATH", format!("{}:{path}", folder.display())).env(CHILD, "1");
    command.envs(variables.iter().copied()).output().unwrap()
}

/// A kernel of a module of its own.
pub struct Kernel(pub sys::CUfunction);

impl Kernel {
    /// Loads PTX text and finds a kernel in it.
    pub fn load(text: &str, name: &str) -> Self {
        let (text, name) = (CString::new(text).unwrap(), CString::new(name).unwrap());
        // SAFETY: the text ends with a zero byte, and the module is never unloaded.
        unsafe {
            let module = result::module::load_data(text.as_ptr().cast()).unwrap();
            Self(result::module::get_function(module, name).unwrap())
        }
    }

    /// Launches a kernel with the parameters of [`ADD`], 64 threads a block.
    pub fn add(&self, stream: &CudaStream, count: u32, a: u64, b: u64, sum: u64) -> Result<(), DriverError> {
        let parameters =
            [&raw const count as *mut c_void, &raw const a as _, &raw const b as _, &raw const sum as _];
        self.launch(stream, count.div_ceil(64), 64, &mut parameters.clone())
    }

    /// Launches with these pointers to parameters.
    pub fn launch(
        &self,
        stream: &CudaStream,
        blocks: u32,
        threads: u32,
        parameters: &mut [*mut c_void],
    ) -> Result<(), DriverError> {
        // SAFETY: the parameters are those of the kernel.
        unsafe {
            result::launch_kernel(self.0, (blocks, 1, 1), (threads, 1, 1), 0, stream.cu_stream(), parameters)
        }
    }
}
