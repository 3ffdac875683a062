//! The driver API through cudarc: each test starts itself again, with the emulator as its CUDA library.

mod cublas;
mod cudnn;
mod freedom;
mod kernels;
mod memory;
mod streams;

use std::ffi::{CString, c_void};
use std::process::{Command, Output};
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream, DriverError, result, sys};

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
    assert!(output.contains("1 passed"), "no such test: {output}");
    errors.into_owned()
}

fn child(test: &str, variables: &[(&str, &str)]) -> Output {
    let folder = ferrolab_cuda_emulator::library_folder().unwrap();
    let path = std::env::var("LD_LIBRARY_PATH").unwrap_or_default();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--nocapture", "--test-threads=1"]);
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

/// Text that one of the emulator's own exports gives.
fn exported(name: &str) -> String {
    type Export = unsafe extern "C" fn(*mut u8, usize) -> usize;
    let mut buffer = vec![0u8; 1 << 16];
    // SAFETY: the library is the emulator, whose exports have this type.
    let length = unsafe {
        let export = *sys::culib().get::<Export>(name.as_bytes()).unwrap();
        export(buffer.as_mut_ptr(), buffer.len())
    };
    buffer.truncate(length - 1);
    String::from_utf8(buffer).unwrap()
}

/// The text of the last fault.
pub fn fault() -> String {
    exported("ferrolab_emulator_fault")
}

/// A counter of the statistics.
pub fn counter(name: &str) -> u64 {
    let text = exported("ferrolab_emulator_statistics");
    let at = text.find(&format!("\"{name}\":")).unwrap_or_else(|| panic!("no {name} in {text}"));
    let digits = text[at + name.len() + 3..].chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap_or_else(|_| panic!("{name} is no number in {text}"))
}

/// A context and a stream beside the default one.
fn start() -> (Arc<CudaContext>, Arc<CudaStream>) {
    let context = CudaContext::new(0).unwrap();
    let stream = context.new_stream().unwrap();
    (context, stream)
}

/// The code of a call that must fail.
fn code<T: std::fmt::Debug>(result: Result<T, result::DriverError>) -> sys::CUresult {
    result.unwrap_err().0
}
