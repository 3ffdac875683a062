//! [`Launch`]: a kernel, its arguments and how many threads run it.

use std::any::Any;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

use cudarc::driver::result;

use super::error::{CudaError, Doing};
use super::memory::Word;
use super::statistics::note_launch;
use super::words::sizes;
use super::{Gpu, Memory};

/// Threads of a block, unless a kernel wants another number.
pub(crate) const BLOCK: u32 = 256;

/// Rows up to this length are taken by a warp, longer ones by blocks.
pub(super) const WARP_ROW: usize = 1024;

/// Most values that kernels count to: their positions have 32 bits.
const MOST_VALUES: usize = 1 << 31;

/// A kernel about to be launched: `gpu.kernel("binary", "add").with(n).with(&a).with(&b).with(&y).over(n)`. It borrows the memory that it
/// is given, or keeps what is shared: what is freed before the launch, another thread might get.
#[must_use = "a launch does nothing until it is told how many threads run it"]
pub(crate) struct Launch<'a> {
    gpu: &'static Gpu,
    name: String,
    function: super::modules::Function,
    arguments: Arguments,
    /// Where in there each begins.
    starts: Vec<usize>,
    borrowed: PhantomData<&'a ()>,
}

/// The arguments of a kernel.
#[derive(Default)]
pub(crate) struct Arguments {
    /// Their bytes, in words of 8.
    words: Vec<u64>,
    /// What must live until the launch.
    kept: Vec<Arc<dyn Any + Send + Sync>>,
}

/// What a kernel takes.
pub(crate) trait Argument {
    /// Adds it.
    fn give(self, arguments: &mut Arguments);
}

impl Gpu {
    /// A kernel of a file under `kernels/`.
    #[track_caller]
    pub(crate) fn kernel(&'static self, file: &'static str, name: &str) -> Launch<'static> {
        self.expect(self.try_kernel(file, name))
    }

    pub(super) fn try_kernel(
        &'static self,
        file: &'static str,
        name: &str,
    ) -> Result<Launch<'static>, CudaError> {
        let function = self.modules.function(self, file, name)?;
        Ok(Launch {
            gpu: self,
            name: name.into(),
            function,
            arguments: Arguments::default(),
            starts: Vec::new(),
            borrowed: PhantomData,
        })
    }
}

impl<'a> Launch<'a> {
    /// The next argument.
    pub(crate) fn with(mut self, argument: impl Argument + 'a) -> Self {
        self.starts.push(self.arguments.words.len());
        argument.give(&mut self.arguments);
        self
    }

    /// Runs it for so many values: each thread takes one, or several if there are very many.
    pub(crate) fn over(self, values: usize) {
        if values == 0 {
            return;
        }
        assert!(
            values < MOST_VALUES,
            "{}: {values} values in one array, a GPU takes fewer than 2^31",
            self.name
        );
        let blocks = values.div_ceil(BLOCK as usize).min(self.gpu.most_blocks());
        self.blocks([blocks, 1, 1], [BLOCK, 1, 1]);
    }

    /// Runs it in a grid of blocks of threads.
    #[track_caller]
    pub(crate) fn blocks(self, grid: [usize; 3], block: [u32; 3]) {
        let gpu = self.gpu;
        gpu.expect(self.try_blocks(grid, block));
    }

    pub(super) fn try_blocks(mut self, grid: [usize; 3], block: [u32; 3]) -> Result<(), CudaError> {
        if grid.contains(&0) {
            return Ok(());
        }
        let [x, y, z] = grid.map(|size| u32::try_from(size).expect("a grid of fewer than 2^32 blocks"));
        assert!(y < 65_536 && z < 65_536, "{}: a grid of {x} x {y} x {z} blocks is too large", self.name);
        let mut pointers: Vec<*mut c_void> =
            self.starts.iter().map(|&start| (&raw mut self.arguments.words[start]).cast()).collect();
        let ([bx, by, bz], stream) = (block, self.gpu.context.stream());
        self.gpu.bind();
        note_launch();
        // SAFETY: the arguments are those that the kernel declares, which is what tests on the emulator check; the memory
        // that they name outlives the launch because it is handed out again only to what is queued later.
        let launched = self.gpu.with_room(|| unsafe {
            result::launch_kernel(self.function.handle(), (x, y, z), (bx, by, bz), 0, stream, &mut pointers)
        });
        launched.doing(&self.name)
    }
}

impl<T: Word> Argument for &Memory<T> {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.push(self.address());
    }
}

/// Memory that an array has, too.
impl<T: Word> Argument for Arc<Memory<T>> {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.push(self.address());
        arguments.kept.push(self);
    }
}

/// No memory: a null pointer where there is none.
impl<T: Word> Argument for Option<&Memory<T>> {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.push(self.map_or(0, Memory::address));
    }
}

/// A place within some memory, so many values from its beginning.
impl<T: Word> Argument for (&Memory<T>, usize) {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.push(self.0.address() + (self.1 * size_of::<T>()) as u64);
    }
}

/// A size: 32 bits.
impl Argument for usize {
    fn give(self, arguments: &mut Arguments) {
        let [size] = sizes([self]);
        arguments.words.push(u64::from(size));
    }
}

impl Argument for u32 {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.push(u64::from(self));
    }
}

impl Argument for u64 {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.push(self);
    }
}

impl Argument for f32 {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.push(u64::from(self.to_bits()));
    }
}

/// A struct of 32-bit numbers, passed by value.
impl<const N: usize> Argument for [u32; N] {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.extend(packed(&self));
    }
}

/// Numbers of 32 bits in words of 64.
pub(super) fn packed(numbers: &[u32]) -> impl Iterator<Item = u64> {
    numbers.chunks(2).map(|pair| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32)
}

/// Two pointers, passed by value.
impl Argument for [u64; 2] {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.extend(self);
    }
}

/// A struct that has pointers, in words of 8 bytes, passed by value.
impl Argument for Vec<u64> {
    fn give(self, arguments: &mut Arguments) {
        arguments.words.extend(self);
    }
}
