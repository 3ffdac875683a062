//! The micro-kernel: a small tile of a result held in registers while long sums are added up.
//!
//! Matrix products and all three passes of a convolution are sums of the same form,
//! `c[p][v] = Σ_i Σ_j Σ_k a[i, j, k, p] b[i, j, k, v]`, where every index is a stride: three nested loops walk over `a`
//! and `b` at the same time, `p` counts the rows of the tile (a value of `a` broadcast) and `v` its columns (registers
//! of `b`). The size of the tile is known while compiling, everything else when the program runs.

use super::buffer::Buffer;
use super::cut::Cut;
use super::micro_kernel;
use super::simd::Level;

/// One of the nested loops: how often, and how far `a` and `b` move on each time.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    pub count: usize,
    pub a: usize,
    pub b: usize,
}

impl Steps {
    /// A loop that runs once.
    pub const ONCE: Steps = Steps { count: 1, a: 0, b: 0 };
}

/// The sum that a tile adds up: the nested loops from the outermost in, and the distance between rows.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    pub loops: [Steps; 3],
    /// Distance between the values of `a` for two rows of the tile.
    pub a_row: usize,
    /// Distance between two rows of the tile in the result.
    pub c_row: usize,
}

/// What a sum starts with.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a> {
    Zero,
    /// One value a column; as long as the registers of the tile are wide.
    Bias(&'a [f32]),
    /// What the result holds already.
    Result,
}

/// A tile of the result.
#[derive(Clone, Copy, Debug)]
pub struct Tile<'a> {
    pub rows: usize,
    /// Registers a row.
    pub registers: usize,
    /// Columns that are written: all that the registers hold, or fewer.
    pub columns: usize,
    pub start: Start<'a>,
    /// Between which bounds every value of the result is brought, if any; NaN stays.
    pub clamp: Option<Bounds>,
}

/// Lower and upper bound of a clamp.
pub type Bounds = [f32; 2];

/// Bounds that change nothing.
pub const UNBOUNDED: Bounds = [f32::NEG_INFINITY, f32::INFINITY];

/// A micro-kernel compiled for one size of tile: `a`, `b`, the result, where to walk, what to start with, how to clamp.
pub(super) type Kernel = unsafe fn(*const f32, *const f32, *mut f32, &Walk, Start, Option<Bounds>);

/// The most values of a tile: six rows of four registers, or fourteen of two, of sixteen values.
const MOST_VALUES: usize = 14 * 2 * 16;

/// The micro-kernels for one instruction set.
#[derive(Debug)]
pub struct Kernels {
    /// Values a register holds.
    pub lanes: usize,
    /// By registers a row, 1, 2 and 4; then by rows less one.
    pub(super) by_registers: [&'static [Kernel]; 3],
}

impl Kernels {
    /// The micro-kernels for an instruction set.
    pub fn of(level: Level) -> &'static Kernels {
        match level {
            Level::Portable => &micro_kernel::PORTABLE,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => &micro_kernel::AVX2,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => &micro_kernel::AVX512,
        }
    }

    /// The micro-kernels for this machine.
    pub fn best() -> &'static Kernels {
        Kernels::of(super::simd::level())
    }

    /// `columns` rounded up to whole registers.
    pub fn padded(&self, columns: usize) -> usize {
        columns.next_multiple_of(self.lanes)
    }

    /// A bias filled up to whole registers with zeros.
    pub fn padded_bias(&self, bias: &[f32]) -> Buffer {
        let mut padded = Buffer::full(self.padded(bias.len()), 0.0);
        padded[..bias.len()].copy_from_slice(bias);
        padded
    }

    /// Adds up a tile.
    ///
    /// `b` and a bias are read in whole registers.
    ///
    /// ***Panics*** if the walk leaves `a`, `b` or `c`, or there is no kernel of the size.
    #[inline]
    pub fn run(&self, tile: Tile, walk: &Walk, a: &[f32], b: &[f32], c: &mut [f32]) {
        if tile.columns == tile.registers * self.lanes {
            self.run_whole(tile, walk, a, b, c);
        } else {
            self.run_part(tile, walk, a, b, c);
        }
    }

    /// Adds up a tile that is written in whole registers.
    #[inline]
    fn run_whole(&self, tile: Tile, walk: &Walk, a: &[f32], b: &[f32], c: &mut [f32]) {
        let Tile { rows, registers, columns: width, start, clamp } = tile;
        assert!(registers.is_power_of_two() && width == registers * self.lanes);
        let kernel = self.by_registers[registers.ilog2() as usize][rows - 1];
        let [i, j, k] = walk.loops;
        if i.count > 0 && j.count > 0 && k.count > 0 {
            let last_a = (i.count - 1) * i.a + (j.count - 1) * j.a + (k.count - 1) * k.a;
            let last_b = (i.count - 1) * i.b + (j.count - 1) * j.b + (k.count - 1) * k.b;
            assert!(last_a + (rows - 1) * walk.a_row < a.len() && last_b + width <= b.len());
        }
        assert!((rows - 1) * walk.c_row + width <= c.len());
        assert!(!matches!(start, Start::Bias(bias) if bias.len() < width));
        // SAFETY: `Kernels::of` hands out kernels by the instruction sets found on this machine (tests ask for the
        // available ones only), and the asserts above bound every address that the walk reaches.
        unsafe { kernel(a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), walk, start, clamp) }
    }

    /// Adds up a tile whose last register is not written in full, by way of a whole tile.
    #[inline(never)]
    fn run_part(&self, tile: Tile, walk: &Walk, a: &[f32], b: &[f32], c: &mut [f32]) {
        let (columns, width) = (tile.columns, tile.registers * self.lanes);
        let mut whole = [0.0; MOST_VALUES];
        let whole = &mut whole[..tile.rows * width];
        if let Start::Result = tile.start {
            for (to, from) in whole.chunks_exact_mut(width).zip(c.chunks(walk.c_row)) {
                to[..columns].copy_from_slice(&from[..columns]);
            }
        }
        self.run_whole(Tile { columns: width, ..tile }, &Walk { c_row: width, ..*walk }, a, b, whole);
        for (from, to) in whole.chunks_exact(width).zip(c.chunks_mut(walk.c_row)) {
            to[..columns].copy_from_slice(&from[..columns]);
        }
    }

    /// The tallest tile with so many registers a row.
    pub(super) fn most_rows(&self, registers: usize) -> usize {
        self.by_registers[registers.ilog2() as usize].len()
    }

    /// How to cut a result of so many rows and columns into tiles.
    pub fn cut(&self, rows: usize, columns: usize) -> Cut {
        let all = columns.div_ceil(self.lanes);
        let cut = |registers: usize| Cut::new(rows, all, registers, self.most_rows(registers));
        let wider = [2, 4].into_iter().filter(|&registers| registers <= all).map(cut);
        wider.fold(cut(1), |best, cut| if cut.cost() < best.cost() { cut } else { best })
    }
}
