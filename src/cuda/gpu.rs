//! [`Gpu`]: one GPU, opened when it is first asked for and used until the program ends.

use std::sync::{Mutex, OnceLock, PoisonError};

use cudarc::driver::result::DriverError;
use cudarc::driver::sys::{CUdevice_attribute_enum as Attribute, CUresult};

use super::Memory;
use super::blas::Blas;
use super::context::{self, Context};
use super::dnn::Dnn;
use super::error::CudaError;
use super::launch::BLOCK;
use super::library::Found;
use super::memory::Pool;
use super::modules::Modules;
use super::staging::Staging;

/// Most GPUs of one machine that can be named.
const MOST: usize = 16;

/// A GPU, what it has loaded, and the memory that is kept for it.
pub(crate) struct Gpu {
    pub(super) context: Context,
    pub(super) modules: Modules,
    pub(super) pool: Pool,
    pub(super) staging: Staging,
    pub(super) blas: Found<Blas>,
    pub(super) dnn: Found<Dnn>,
    processors: usize,
    tried: OnceLock<Result<(), CudaError>>,
}

static OPENED: [OnceLock<Result<Gpu, CudaError>>; MOST] = [const { OnceLock::new() }; MOST];

impl Gpu {
    /// The GPU of this number, opened and tried out the first time.
    pub(crate) fn open(ordinal: usize) -> Result<&'static Gpu, CudaError> {
        let Some(place) = OPENED.get(ordinal) else {
            return Err(CudaError::NoDevice { asked: ordinal, count: context::count()? });
        };
        static OPENING: Mutex<()> = Mutex::new(());
        if place.get().is_none() {
            let _one_at_a_time = OPENING.lock().unwrap_or_else(PoisonError::into_inner);
            place.get_or_init(|| Gpu::new(ordinal));
        }
        let gpu = place.get().expect("opened above").as_ref().map_err(Clone::clone)?;
        gpu.tried.get_or_init(|| gpu.try_out()).clone()?;
        Ok(gpu)
    }

    /// A GPU that a [`Device`](crate::Device) names: that of [`Gpu::open`], which was asked before the device was handed out.
    #[inline]
    pub(crate) fn opened(ordinal: usize) -> &'static Gpu {
        match OPENED.get(ordinal).and_then(OnceLock::get) {
            Some(Ok(gpu)) => gpu,
            _ => Gpu::open(ordinal).unwrap_or_else(|error| panic!("cuda:{ordinal}: {error}")),
        }
    }

    fn new(ordinal: usize) -> Result<Gpu, CudaError> {
        let context = Context::open(ordinal)?;
        let processors = context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT).max(1);
        Ok(Gpu {
            context,
            modules: Modules::default(),
            pool: Pool::default(),
            staging: Staging::default(),
            blas: Found::default(),
            dnn: Found::default(),
            processors: processors as usize,
            tried: OnceLock::new(),
        })
    }

    /// Whether a small sum comes out right: a driver that is there may still not work.
    fn try_out(&'static self) -> Result<(), CudaError> {
        let numbers: Vec<f32> = (0..1000).map(|i| i as f32).collect();
        let (a, b) = (self.try_upload(&numbers)?, self.try_upload(&numbers)?);
        let sums = Memory::try_scratch(self, 1000)?;
        let add = self.try_kernel("binary", "add")?.with(1000_usize).with(&a).with(&b).with(&sums);
        add.try_blocks([4, 1, 1], [BLOCK, 1, 1])?;
        let mut found = vec![0.0; 1000];
        self.try_download(&sums, &mut found)?;
        match found.iter().zip(&numbers).find(|&(&found, &x)| found != 2.0 * x) {
            None => Ok(()),
            Some((&found, &x)) => Err(CudaError::WrongAnswer { expected: 2.0 * x, found }),
        }
    }

    /// As many blocks as keep every processor busy several times over: more would only have to be started.
    pub(super) fn most_blocks(&self) -> usize {
        32 * self.processors
    }

    /// How many blocks it runs at the same time, at least.
    pub(super) fn processors(&self) -> usize {
        self.processors
    }

    #[inline]
    pub(super) fn bind(&self) {
        self.context.bind();
    }

    /// Waits until all that is queued has been done.
    #[track_caller]
    pub(crate) fn synchronize(&self) {
        self.expect(self.context.synchronize());
    }

    /// Gives memory that is kept for reuse back to the driver.
    pub(crate) fn empty_cache(&self) {
        self.expect(self.pool.give_up(self));
    }

    /// What the driver says to a call; where it has no room, once more after the memory that is kept for reuse has been given
    /// back to it.
    pub(super) fn with_room<T>(
        &self,
        mut call: impl FnMut() -> Result<T, DriverError>,
    ) -> Result<T, DriverError> {
        match call() {
            Err(DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY)) if self.pool.give_up(self).is_ok() => call(),
            said => said,
        }
    }

    pub(crate) fn ordinal(&self) -> usize {
        self.context.ordinal()
    }

    pub(crate) fn bytes_in_use(&self) -> usize {
        self.pool.in_use()
    }

    pub(crate) fn peak_bytes(&self) -> usize {
        self.pool.peak()
    }

    pub(crate) fn forget_peak(&self) {
        self.pool.forget_peak();
    }

    pub(crate) fn name(&self) -> String {
        self.context.name()
    }

    /// Its number and its name.
    pub(crate) fn label(&self) -> String {
        format!("cuda:{} ({})", self.ordinal(), self.name())
    }

    /// Its name, compute capability and memory.
    pub(super) fn description(&self) -> String {
        let ((major, minor), (_, bytes)) = (self.context.capability(), self.context.memory());
        let number = self.ordinal();
        format!("{} (cuda:{number}, compute capability {major}.{minor}, {} MiB)", self.name(), bytes >> 20)
    }

    /// What the driver calls its version.
    pub(super) fn driver(&self) -> String {
        context::driver_version()
    }

    /// Which libraries compute beside our kernels.
    pub(super) fn libraries(&self) -> String {
        let name = |is_there, library| match is_there {
            true => format!("{library} for large ones, our own kernels"),
            false => "our own kernels".into(),
        };
        let products = name(self.blas.is_there(self), "cuBLAS");
        format!("Products: {products}; convolutions: {}", name(self.dnn.is_there(self), "cuDNN"))
    }

    /// What was to be done.
    ///
    /// ***Panics*** where it failed: what is queued is lost then, and so are the numbers that it was to make.
    #[track_caller]
    pub(super) fn expect<T>(&self, done: Result<T, CudaError>) -> T {
        match done {
            Ok(value) => value,
            Err(error @ CudaError::OutOfMemory { .. }) => panic!("{error}"),
            Err(error) => panic!("{}: {error}", self.name()),
        }
    }
}
