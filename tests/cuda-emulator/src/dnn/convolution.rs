//! Convolutions in device memory.

use crate::machine::{Memory, Trouble};

/// Four axes in memory: pictures, channels, rows, columns; of a filter, channels of the result, channels, rows, columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Axes {
    pub sizes: [usize; 4],
    strides: [usize; 4],
    pub channels_last: bool,
}

/// The axes of pictures.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tensor(pub Axes);

/// The axes of filters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter(pub Axes);

impl Axes {
    /// Side by side, in one of the two orders.
    pub fn new(sizes: [usize; 4], channels_last: bool) -> Self {
        let [_, channels, rows, columns] = sizes;
        let picture = channels * rows * columns;
        let strides = match channels_last {
            true => [picture, 1, columns * channels, channels],
            false => [picture, rows * columns, columns, 1],
        };
        Self { sizes, strides, channels_last }
    }

    fn len(&self) -> usize {
        self.sizes.iter().product()
    }

    fn place(&self, at: [usize; 4]) -> usize {
        at.iter().zip(self.strides).map(|(at, stride)| at * stride).sum()
    }

    fn load(&self, memory: &mut Memory, address: u64, rounded: bool) -> Result<Vec<f32>, Box<Trouble>> {
        let bytes = memory.read(address, 4 * self.len())?;
        let values =
            bytes.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap_or_default()));
        Ok(if rounded { values.map(to_tf32).collect() } else { values.collect() })
    }
}

/// The nearest value of ten bits behind the point.
fn to_tf32(value: f32) -> f32 {
    if value.is_finite() { f32::from_bits(value.to_bits().wrapping_add(0x1000) & !0x1fff) } else { value }
}

/// How a filter moves over the pictures: pairs are rows and columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moves {
    pub padding: [usize; 2],
    pub stride: [usize; 2],
    pub dilation: [usize; 2],
    pub groups: usize,
    pub math: u32,
}

/// What is computed from the two others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    Forward,
    BackwardData,
    BackwardFilter,
}

/// The sizes of a convolution that fit each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convolution {
    pub x: Axes,
    pub w: Axes,
    pub y: Axes,
    pub moves: Moves,
}

impl Convolution {
    /// What does not fit, in words.
    pub fn check(&self) -> Result<(), String> {
        let Self { x, w, y, moves } = self;
        let [pictures, channels, ..] = x.sizes;
        let [out, each, ..] = w.sizes;
        if each * moves.groups != channels || !out.is_multiple_of(moves.groups) {
            return Err(format!("filters {:?} in {} groups on {channels} channels", w.sizes, moves.groups));
        }
        let size = |axis: usize| {
            let reach = moves.dilation[axis] * (w.sizes[2 + axis] - 1) + 1;
            let room = (x.sizes[2 + axis] + 2 * moves.padding[axis]).checked_sub(reach)?;
            Some(room / moves.stride[axis] + 1)
        };
        match [size(0), size(1)] {
            [Some(rows), Some(columns)] if y.sizes == [pictures, out, rows, columns] => Ok(()),
            expected => Err(format!("a result of {:?}, expected {expected:?} rows and columns", y.sizes)),
        }
    }

    /// Places in the pictures, the filters and the results that belong together.
    fn each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let Self { x, w, y, moves } = self;
        let [pictures, out, rows, columns] = y.sizes;
        let [_, each, w_rows, w_columns] = w.sizes;
        let read = |axis: usize, result: usize, tap: usize| {
            let at = result * moves.stride[axis] + tap * moves.dilation[axis];
            at.checked_sub(moves.padding[axis]).filter(|&at| at < x.sizes[2 + axis])
        };
        for picture in 0..pictures {
            for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
                for tap_row in 0..w_rows {
                    let Some(from_row) = read(0, row, tap_row) else { continue };
                    for tap_column in 0..w_columns {
                        let Some(from_column) = read(1, column, tap_column) else { continue };
                        for to in 0..out {
                            let first = to / (out / moves.groups) * each;
                            let result = y.place([picture, to, row, column]);
                            for channel in 0..each {
                                visit(
                                    x.place([picture, first + channel, from_row, from_column]),
                                    w.place([to, channel, tap_row, tap_column]),
                                    result,
                                );
                            }
                        }
                    }
                }
            }
        }
    }

    /// `result = alpha pass(first, second) + beta result`; the addresses are those of the pass's operands in the order of its function.
    pub fn run(
        &self,
        pass: Pass,
        rounded: bool,
        memory: &mut Memory,
        [first, second, result]: [u64; 3],
        [alpha, beta]: [f32; 2],
    ) -> Result<(), Box<Trouble>> {
        let [from, with, to] = match pass {
            Pass::Forward => [self.x, self.w, self.y],
            Pass::BackwardData => [self.w, self.y, self.x],
            Pass::BackwardFilter => [self.x, self.y, self.w],
        };
        let (a, b) = (from.load(memory, first, rounded)?, with.load(memory, second, rounded)?);
        let mut sums = vec![0.0; to.len()];
        self.each(|x, w, y| {
            let [from, with, to] = match pass {
                Pass::Forward => [x, w, y],
                Pass::BackwardData => [w, y, x],
                Pass::BackwardFilter => [x, y, w],
            };
            sums[to] += f64::from(a[from]) * f64::from(b[with]);
        });
        // With a factor of zero the old values do not matter, not even if they are not numbers.
        let old = if beta == 0.0 { vec![0.0; sums.len()] } else { to.load(memory, result, false)? };
        let values = sums.iter().zip(old).map(|(sum, old)| {
            let kept = if beta == 0.0 { 0.0 } else { beta * old };
            alpha * *sum as f32 + kept
        });
        let bytes: Vec<u8> = values.flat_map(f32::to_le_bytes).collect();
        memory.write(result, &bytes)
    }
}
