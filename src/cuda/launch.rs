//! [`Launch`]: a kernel, its arguments and how many threads run it.

use std::ffi::c_void;

use cudarc::driver::result;

use super::memory::Word;
use super::statistics::note_launch;
use super::{Gpu, Memory};

/// Threads of a block, unless a kernel wants another number.
pub(crate) const BLOCK: u32 = 256;

/// Rows up to this length are taken by a warp, longer ones by blocks.
pub(super) const WARP_ROW: usize = 1024;

/// Most values that kernels count to: their positions have 32 bits.
const MOST_VALUES: usize = 1 << 31;

/// A kernel about to be launched: `gpu.kernel("unary", "relu").with(n).with(&x).with(&y).over(n)`.
#[must_use = "a launch does nothing until it is told how many threads run it"]
pub(crate) struct Launch {
    gpu: &'static Gpu,
    name: String,
    function: super::modules::Function,
    arguments: Vec<u64>,
    /// Where in there each begins.
    starts: Vec<usize>,
    shared: u32,
}

/// What a kernel takes.
pub(crate) trait Argument {
    /// Its bytes, in words of 8.
    fn push(&self, arguments: &mut Vec<u64>);
}

impl Gpu {
    /// A kernel of a file under `kernels/`.
    pub(crate) fn kernel(&'static self, file: &'static str, name: &str) -> Launch {
        let function = self.modules.function(self, file, name);
        Launch {
            gpu: self,
            name: name.into(),
            function,
            arguments: Vec::with_capacity(16),
            starts: Vec::new(),
            shared: 0,
        }
    }
}

impl Launch {
    /// The next argument.
    pub(crate) fn with(mut self, argument: impl Argument) -> Self {
        self.starts.push(self.arguments.len());
        argument.push(&mut self.arguments);
        self
    }

    /// Bytes of shared memory that the kernel takes beside what it declares.
    pub(crate) fn shared(mut self, bytes: usize) -> Self {
        self.shared = bytes as u32;
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
    pub(crate) fn blocks(mut self, grid: [usize; 3], block: [u32; 3]) {
        if grid.contains(&0) {
            return;
        }
        let [x, y, z] = grid.map(|size| u32::try_from(size).expect("a grid of fewer than 2^32 blocks"));
        assert!(y < 65_536 && z < 65_536, "{}: a grid of {x} x {y} x {z} blocks is too large", self.name);
        let mut pointers: Vec<*mut c_void> =
            self.starts.iter().map(|&start| (&raw mut self.arguments[start]).cast()).collect();
        let ([bx, by, bz], stream) = (block, self.gpu.context.stream());
        self.gpu.bind();
        note_launch();
        // SAFETY: the arguments are those that the kernel declares, which is what tests on the emulator check; the memory
        // that they name outlives the launch because it is handed out again only to what is queued later.
        let launched = unsafe {
            result::launch_kernel(
                self.function.handle(),
                (x, y, z),
                (bx, by, bz),
                self.shared,
                stream,
                &mut pointers,
            )
        };
        self.gpu.check(&self.name, launched);
    }
}

impl<T: Word> Argument for &Memory<T> {
    fn push(&self, arguments: &mut Vec<u64>) {
        arguments.push(self.address());
    }
}

/// No memory: a null pointer where there is none.
impl<T: Word> Argument for Option<&Memory<T>> {
    fn push(&self, arguments: &mut Vec<u64>) {
        arguments.push(self.map_or(0, Memory::address));
    }
}

/// A place within some memory, so many values from its beginning.
impl<T: Word> Argument for (&Memory<T>, usize) {
    fn push(&self, arguments: &mut Vec<u64>) {
        arguments.push(self.0.address() + (self.1 * size_of::<T>()) as u64);
    }
}

/// A size: 32 bits.
impl Argument for usize {
    fn push(&self, arguments: &mut Vec<u64>) {
        assert!(*self < MOST_VALUES, "a GPU takes sizes below 2^31, got {self}");
        arguments.push(*self as u64);
    }
}

impl Argument for u32 {
    fn push(&self, arguments: &mut Vec<u64>) {
        arguments.push(u64::from(*self));
    }
}

impl Argument for u64 {
    fn push(&self, arguments: &mut Vec<u64>) {
        arguments.push(*self);
    }
}

impl Argument for f32 {
    fn push(&self, arguments: &mut Vec<u64>) {
        arguments.push(u64::from(self.to_bits()));
    }
}

/// A struct of 32-bit numbers, passed by value.
impl<const N: usize> Argument for [u32; N] {
    fn push(&self, arguments: &mut Vec<u64>) {
        let word = |pair: &[u32]| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 32;
        arguments.extend(self.chunks(2).map(word));
    }
}

/// A struct that has pointers, in words of 8 bytes, passed by value.
impl Argument for &[u64] {
    fn push(&self, arguments: &mut Vec<u64>) {
        arguments.extend_from_slice(self);
    }
}
