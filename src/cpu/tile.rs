//! The micro-kernel: a small tile of a result held in registers while long sums are added up.
//!
//! Matrix products and all three passes of a convolution are sums of the same form,
//! `c[p][v] = Σ_i Σ_j Σ_k a[i, j, k, p] b[i, j, k, v]`, where every index is a stride: three nested loops walk over `a`
//! and `b` at the same time, `p` counts the rows of the tile (a value of `a` broadcast) and `v` its columns (registers
//! of `b`). The size of the tile is known while compiling, everything else when the program runs.

use super::simd::{Level, Portable, Vector};

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

/// Size of a tile: rows, registers a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileSize {
    pub rows: usize,
    pub registers: usize,
}

/// A micro-kernel compiled for one size of tile.
type Kernel = unsafe fn(*const f32, *const f32, *mut f32, &Walk, Start, usize);

/// The micro-kernels for one instruction set.
#[derive(Debug)]
pub struct Kernels {
    /// Values a register holds.
    pub lanes: usize,
    /// By registers a row, 1, 2 and 4; then by rows less one.
    by_registers: [&'static [Kernel]; 3],
}

impl Kernels {
    /// The micro-kernels for an instruction set.
    pub fn of(level: Level) -> &'static Kernels {
        match level {
            Level::Portable => &PORTABLE,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => &AVX2,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => &AVX512,
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

    /// Adds up a tile: `columns` of its columns are written, what the last register has beyond them is not.
    ///
    /// `b` is read in whole registers.
    ///
    /// ***Panics*** if the walk leaves `a`, `b` or `c`, or there is no kernel of the size.
    #[inline]
    pub fn run(
        &self,
        size: TileSize,
        walk: &Walk,
        start: Start,
        columns: usize,
        a: &[f32],
        b: &[f32],
        c: &mut [f32],
    ) {
        let width = size.registers * self.lanes;
        let kernel = self.by_registers[size.registers.ilog2() as usize][size.rows - 1];
        let last = |step: fn(&Steps) -> usize| -> usize {
            walk.loops.iter().map(|steps| steps.count.saturating_sub(1) * step(steps)).sum()
        };
        let reads = walk.loops.iter().all(|steps| steps.count > 0);
        assert!(size.registers.is_power_of_two() && columns <= width);
        assert!(!reads || last(|steps| steps.a) + (size.rows - 1) * walk.a_row < a.len());
        assert!(!reads || last(|steps| steps.b) + width <= b.len());
        assert!((size.rows - 1) * walk.c_row + columns <= c.len());
        assert!(!matches!(start, Start::Bias(bias) if bias.len() < width));
        // SAFETY: `Kernels::of` hands out kernels by the instruction sets found on this machine (tests ask for the
        // available ones only), and the asserts above bound every address that the walk reaches.
        unsafe { kernel(a.as_ptr(), b.as_ptr(), c.as_mut_ptr(), walk, start, columns) }
    }

    /// The tallest tile with so many registers a row.
    fn most_rows(&self, registers: usize) -> usize {
        self.by_registers[registers.ilog2() as usize].len()
    }

    /// How to cut a result of so many rows and columns into tiles.
    pub fn cut(&self, rows: usize, columns: usize) -> Cut {
        let registers = columns.div_ceil(self.lanes);
        (0..3)
            .filter(|&i| i == 0 || 1 << i <= registers)
            .map(|i| Cut::new(rows, registers, 1 << i, self.most_rows(1 << i)))
            .min_by_key(Cut::cost)
            .unwrap_or(Cut { tiles: 0, rows, registers: 1, all_registers: registers })
    }
}

/// Rows and registers shared out evenly over tiles.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    tiles: usize,
    rows: usize,
    registers: usize,
    all_registers: usize,
}

impl Cut {
    fn new(rows: usize, all_registers: usize, registers: usize, most_rows: usize) -> Cut {
        Cut { tiles: rows.div_ceil(most_rows), rows, registers, all_registers }
    }

    /// Cycles for one step of the sum over all tiles, estimated: one multiplication a cycle, two loads a cycle, and
    /// few enough accumulators to wait for each other.
    fn cost(&self) -> usize {
        let rows = self.rows.div_ceil(self.tiles.max(1));
        let cycles = (2 * rows * self.registers).max(rows + self.registers).max(16) + 4;
        cycles * self.tiles * self.all_registers.div_ceil(self.registers)
    }

    /// Tiles of the same width for another number of rows.
    pub fn for_rows(self, rows: usize, kernels: &Kernels) -> Cut {
        Cut::new(rows, self.all_registers, self.registers, kernels.most_rows(self.registers))
    }

    /// The first row and the number of rows of every tile: as even as can be.
    pub fn rows(self) -> impl Iterator<Item = (usize, usize)> {
        let at = move |tile: usize| tile * self.rows / self.tiles;
        (0..self.tiles).map(move |tile| (at(tile), at(tile + 1) - at(tile)))
    }

    /// The first register and the number of registers of every tile.
    pub fn registers(self) -> impl Iterator<Item = (usize, usize)> {
        let mut next = 0;
        std::iter::from_fn(move || {
            let left = self.all_registers - next;
            let take = if left == 0 { return None } else { self.registers.min(1 << left.ilog2()) };
            next += take;
            Some((next - take, take))
        })
    }
}

/// The loop itself, for `P` rows of `V` registers.
///
/// # Safety
///
/// The machine must have the instruction set of `R`; every address that `walk` reaches must lie inside what the
/// pointers point to, see [`Kernels::run`].
#[inline(always)]
unsafe fn add_up<R: Vector, const P: usize, const V: usize>(
    a: *const f32,
    b: *const f32,
    c: *mut f32,
    walk: &Walk,
    start: Start,
    columns: usize,
) {
    // SAFETY: the caller vouches for the instruction set and for the addresses.
    unsafe {
        let full = columns == V * R::LANES;
        let mut sums = [[R::splat(0.0); V]; P];
        match start {
            Start::Zero => {}
            Start::Bias(bias) => {
                let bias: [R; V] = std::array::from_fn(|v| R::load(bias.as_ptr().add(v * R::LANES)));
                sums = [bias; P];
            }
            Start::Result => {
                for (p, row) in sums.iter_mut().enumerate() {
                    *row = load_row::<R, V>(c.add(p * walk.c_row), columns);
                }
            }
        }
        let [outer, middle, inner] = walk.loops;
        for i in 0..outer.count {
            for j in 0..middle.count {
                let mut a = a.add(i * outer.a + j * middle.a);
                let mut b = b.add(i * outer.b + j * middle.b);
                for _ in 0..inner.count {
                    let columns: [R; V] = std::array::from_fn(|v| R::load(b.add(v * R::LANES)));
                    for (p, row) in sums.iter_mut().enumerate() {
                        let factor = R::splat(*a.add(p * walk.a_row));
                        for (sum, &column) in row.iter_mut().zip(&columns) {
                            *sum = sum.add_product(factor, column);
                        }
                    }
                    a = a.wrapping_add(inner.a);
                    b = b.wrapping_add(inner.b);
                }
            }
        }
        for (p, row) in sums.iter().enumerate() {
            let to = c.add(p * walk.c_row);
            if full {
                for (v, sum) in row.iter().enumerate() {
                    sum.store(to.add(v * R::LANES));
                }
            } else {
                let mut whole = [0.0; MAX_WIDTH];
                for (v, sum) in row.iter().enumerate() {
                    sum.store(whole.as_mut_ptr().add(v * R::LANES));
                }
                to.copy_from_nonoverlapping(whole.as_ptr(), columns);
            }
        }
    }
}

/// The most columns of a tile: four registers of sixteen values.
const MAX_WIDTH: usize = 64;

/// A row of the result, zero beyond `columns`.
///
/// # Safety
///
/// As for [`add_up`]: `from` points to `columns` values.
#[inline(always)]
unsafe fn load_row<R: Vector, const V: usize>(from: *const f32, columns: usize) -> [R; V] {
    let mut whole = [0.0; MAX_WIDTH];
    // SAFETY: `from` has `columns` values, no more than V * LANES <= MAX_WIDTH.
    unsafe {
        let from = if columns == V * R::LANES {
            from
        } else {
            whole.as_mut_ptr().copy_from_nonoverlapping(from, columns);
            whole.as_ptr()
        };
        std::array::from_fn(|v| R::load(from.add(v * R::LANES)))
    }
}

/// A table of kernels for one instruction set, for so many rows each.
macro_rules! kernels {
    ($table:ident, $kernel:ident, $register:ty, $(#[$target:meta])? 1: [$($one:literal)*], 2: [$($two:literal)*], 4: [$($four:literal)*]) => {
        /// # Safety
        ///
        /// As for [`add_up`].
        $(#[$target])?
        unsafe fn $kernel<const P: usize, const V: usize>(
            a: *const f32,
            b: *const f32,
            c: *mut f32,
            walk: &Walk,
            start: Start,
            columns: usize,
        ) {
            // SAFETY: handed on to the caller.
            unsafe { add_up::<$register, P, V>(a, b, c, walk, start, columns) }
        }

        static $table: Kernels = Kernels {
            lanes: <$register as Vector>::LANES,
            by_registers: [&[$($kernel::<$one, 1>),*], &[$($kernel::<$two, 2>),*], &[$($kernel::<$four, 4>),*]],
        };
    };
}
// As many rows as leave room for a row of `b` in the registers: 32 of AVX-512, 16 of AVX2 and SSE2.
kernels!(PORTABLE, portable, Portable, 1: [1 2 3 4 5 6], 2: [1 2 3], 4: [1]);
#[cfg(target_arch = "x86_64")]
kernels!(AVX2, avx2, std::arch::x86_64::__m256, #[target_feature(enable = "avx2,fma")]
    1: [1 2 3 4 5 6 7 8 9 10 11 12], 2: [1 2 3 4 5 6], 4: [1 2]);
#[cfg(target_arch = "x86_64")]
kernels!(AVX512, avx512, std::arch::x86_64::__m512, #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    1: [1 2 3 4 5 6 7 8 9 10 11 12 13 14], 2: [1 2 3 4 5 6 7 8 9 10 11 12 13 14], 4: [1 2 3 4 5 6]);
