//! [`Context`]: the driver's handle of one GPU and of the stream that everything is queued on.

use cudarc::driver::result::{self, stream::StreamKind};
use cudarc::driver::sys::{self, CUdevice_attribute_enum as Attribute};

use super::error::{CudaError, Doing};

/// A GPU that the driver has opened for this process.
pub(super) struct Context {
    ordinal: usize,
    device: sys::CUdevice,
    context: sys::CUcontext,
    stream: sys::CUstream,
}

// SAFETY: contexts and streams are handles that the driver lets any thread use; `bind` makes the context the thread's own.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

/// How many GPUs the driver knows of.
pub(super) fn count() -> Result<usize, CudaError> {
    // SAFETY: looks for the library and loads it, which runs the code that NVIDIA's driver runs when it is loaded.
    if !unsafe { sys::is_culib_present() } {
        return Err(CudaError::NoDriver);
    }
    match result::init() {
        // The driver is there, the GPU is not.
        Err(error) if error.0 == sys::CUresult::CUDA_ERROR_NO_DEVICE => return Ok(0),
        started => started.doing("starting the driver")?,
    }
    Ok(result::device::get_count().doing("counting the GPUs")?.try_into().unwrap_or(0))
}

/// The version of CUDA whose PTX the kernels are written in, as the driver counts: 11.8.
const OLDEST: i32 = 11080;

/// The version of CUDA that the driver is for, as it counts; it is loaded.
fn version() -> i32 {
    let mut version = 0;
    // SAFETY: the driver writes a number.
    match unsafe { sys::cuDriverGetVersion(&mut version) }.result() {
        Ok(()) => version,
        Err(_) => 0,
    }
}

fn dotted(version: i32) -> String {
    format!("{}.{}", version / 1000, version % 1000 / 10)
}

/// The version of CUDA that the driver is for: `CUDA 12.4`.
pub(super) fn driver_version() -> String {
    format!("CUDA {}", dotted(version()))
}

impl Context {
    pub(super) fn open(ordinal: usize) -> Result<Context, CudaError> {
        let count = count()?;
        if ordinal >= count {
            return Err(CudaError::NoDevice { asked: ordinal, count });
        }
        let version = version();
        if version < OLDEST {
            return Err(CudaError::OldDriver { found: dotted(version) });
        }
        let device = result::device::get(ordinal as i32).doing("opening the GPU")?;
        // SAFETY: the device is the driver's; the context is never released, because the GPU is used until the process ends.
        let context = unsafe { result::primary_ctx::retain(device) }.doing("making a context on the GPU")?;
        let mut opened = Context { ordinal, device, context, stream: std::ptr::null_mut() };
        opened.bind();
        opened.stream = result::stream::create(StreamKind::NonBlocking).doing("making a stream")?;
        let (major, minor) = opened.capability();
        if major < 6 {
            return Err(CudaError::TooOld { name: opened.name(), major, minor });
        }
        Ok(opened)
    }

    /// Makes calls of this thread go to this GPU. The driver is asked, because others may have chosen another one meanwhile.
    pub(super) fn bind(&self) {
        if result::ctx::get_current() != Ok(Some(self.context)) {
            // SAFETY: the context lives as long as the process.
            let set = unsafe { result::ctx::set_current(self.context) };
            set.doing("choosing the GPU").unwrap_or_else(|error| panic!("{error}"));
        }
    }

    pub(super) fn stream(&self) -> sys::CUstream {
        self.stream
    }

    /// Waits until all that is queued has been done.
    pub(super) fn synchronize(&self) -> Result<(), CudaError> {
        self.bind();
        // SAFETY: the stream lives as long as the process.
        unsafe { result::stream::synchronize(self.stream) }.doing("waiting for the GPU")
    }

    pub(super) fn attribute(&self, which: Attribute) -> i32 {
        // SAFETY: the device is the driver's.
        unsafe { result::device::get_attribute(self.device, which) }.unwrap_or(0)
    }

    /// The compute capability.
    pub(super) fn capability(&self) -> (i32, i32) {
        let major = self.attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        (major, self.attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR))
    }

    pub(super) fn name(&self) -> String {
        result::device::get_name(self.device).unwrap_or_else(|_| format!("GPU {}", self.ordinal))
    }

    /// Bytes of its memory that are free, and all.
    pub(super) fn memory(&self) -> (usize, usize) {
        self.bind();
        result::mem_get_info().unwrap_or((0, 0))
    }

    pub(super) fn ordinal(&self) -> usize {
        self.ordinal
    }
}
