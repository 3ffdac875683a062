//! Products of matrices and vectors in device memory.

use crate::machine::{Memory, Trouble};

/// A float that matrices are made of.
pub(super) trait Number: Copy + Send + Sync + 'static {
    const SIZE: usize;
    const ZERO: Self;
    fn read(bytes: &[u8]) -> Self;
    fn write(self, bytes: &mut [u8]);
    fn times(self, other: Self) -> Self;
    fn plus(self, other: Self) -> Self;
    fn size(self) -> Self;
    fn is_zero(self) -> bool;
}

macro_rules! number {
    ($float:ty) => {
        impl Number for $float {
            const SIZE: usize = size_of::<$float>();
            const ZERO: Self = 0.0;
            fn read(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().unwrap_or_default())
            }
            fn write(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }
            fn times(self, other: Self) -> Self {
                self * other
            }
            fn plus(self, other: Self) -> Self {
                self + other
            }
            fn size(self) -> Self {
                self.abs()
            }
            fn is_zero(self) -> bool {
                self == 0.0
            }
        }
    };
}
number!(f32);
number!(f64);

/// A factor, known when the call is made or read from the device when it runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scalar<T> {
    Known(T),
    OnDevice(u64),
}

impl<T: Number> Scalar<T> {
    fn get(self, memory: &mut Memory) -> Result<T, Box<Trouble>> {
        match self {
            Self::Known(value) => Ok(value),
            Self::OnDevice(address) => Ok(T::read(memory.read(address, T::SIZE)?)),
        }
    }
}

/// A matrix in device memory, column by column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix {
    pub address: u64,
    pub rows: usize,
    pub columns: usize,
    /// Elements from one column to the next.
    pub leading: usize,
    /// Elements from one matrix of a batch to the next.
    pub stride: i64,
}

impl Matrix {
    fn column<T: Number>(&self, batch: usize, column: usize) -> u64 {
        let elements = self.stride * batch as i64 + (column * self.leading) as i64;
        self.address.wrapping_add_signed(elements * T::SIZE as i64)
    }

    /// Its columns one after the other, without gaps; those of its transpose if asked for.
    fn load<T: Number>(
        &self,
        memory: &mut Memory,
        batch: usize,
        transposed: bool,
    ) -> Result<Vec<T>, Box<Trouble>> {
        let mut values = vec![T::ZERO; self.rows * self.columns];
        for column in 0..self.columns {
            let bytes = memory.read(self.column::<T>(batch, column), self.rows * T::SIZE)?;
            for (row, bytes) in bytes.chunks_exact(T::SIZE).enumerate() {
                let place = if transposed { row * self.columns + column } else { column * self.rows + row };
                values[place] = T::read(bytes);
            }
        }
        Ok(values)
    }
}

/// `C = alpha op(A) op(B) + beta C`, for each of a batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct MatrixProduct<T> {
    pub a: Matrix,
    pub b: Matrix,
    pub c: Matrix,
    pub transposed: [bool; 2],
    pub alpha: Scalar<T>,
    pub beta: Scalar<T>,
    pub batches: usize,
}

impl<T: Number> MatrixProduct<T> {
    pub fn run(&self, memory: &mut Memory) -> Result<(), Box<Trouble>> {
        let (alpha, beta) = (self.alpha.get(memory)?, self.beta.get(memory)?);
        let (rows, columns) = (self.c.rows, self.c.columns);
        let inner = if self.transposed[0] { self.a.rows } else { self.a.columns };
        for batch in 0..self.batches {
            let a: Vec<T> = self.a.load(memory, batch, self.transposed[0])?;
            let b: Vec<T> = self.b.load(memory, batch, self.transposed[1])?;
            for column in 0..columns {
                let mut sums = vec![T::ZERO; rows];
                for step in 0..inner {
                    let factor = b[column * inner + step];
                    for (sum, value) in sums.iter_mut().zip(&a[step * rows..]) {
                        *sum = sum.plus(value.times(factor));
                    }
                }
                let address = self.c.column::<T>(batch, column);
                // With a factor of zero the old values do not matter, not even if they are not numbers.
                let old =
                    if beta.is_zero() { Vec::new() } else { memory.read(address, rows * T::SIZE)?.to_vec() };
                let mut bytes = vec![0; rows * T::SIZE];
                for (row, place) in bytes.chunks_exact_mut(T::SIZE).enumerate() {
                    let product = alpha.times(sums[row]);
                    let kept = old.get(row * T::SIZE..(row + 1) * T::SIZE).map(T::read);
                    kept.map_or(product, |kept| product.plus(beta.times(kept))).write(place);
                }
                memory.write(address, &bytes)?;
            }
        }
        Ok(())
    }
}

/// A vector in device memory whose elements may be apart; a negative step begins at its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vector {
    pub address: u64,
    pub length: usize,
    pub step: i64,
}

impl Vector {
    fn element<T: Number>(&self, index: usize) -> u64 {
        let first = if self.step < 0 { -self.step * (self.length as i64 - 1) } else { 0 };
        self.address.wrapping_add_signed((first + self.step * index as i64) * T::SIZE as i64)
    }

    fn load<T: Number>(&self, memory: &mut Memory) -> Result<Vec<T>, Box<Trouble>> {
        (0..self.length).map(|index| memory.read(self.element::<T>(index), T::SIZE).map(T::read)).collect()
    }
}

/// `y = alpha op(A) x + beta y`
#[derive(Clone, Copy, Debug)]
pub(super) struct VectorProduct<T> {
    pub a: Matrix,
    pub x: Vector,
    pub y: Vector,
    pub transposed: bool,
    pub alpha: Scalar<T>,
    pub beta: Scalar<T>,
}

impl<T: Number> VectorProduct<T> {
    pub fn run(&self, memory: &mut Memory) -> Result<(), Box<Trouble>> {
        let (alpha, beta) = (self.alpha.get(memory)?, self.beta.get(memory)?);
        let a: Vec<T> = self.a.load(memory, 0, self.transposed)?;
        let x: Vec<T> = self.x.load(memory)?;
        for row in 0..self.y.length {
            let mut sum = T::ZERO;
            for (column, value) in x.iter().enumerate() {
                sum = sum.plus(a[column * self.y.length + row].times(*value));
            }
            let address = self.y.element::<T>(row);
            let mut value = alpha.times(sum);
            if !beta.is_zero() {
                value = value.plus(beta.times(T::read(memory.read(address, T::SIZE)?)));
            }
            let mut bytes = [0; 8];
            value.write(&mut bytes[..T::SIZE]);
            memory.write(address, &bytes[..T::SIZE])?;
        }
        Ok(())
    }
}

/// The sum of the sizes of a vector's elements.
pub(super) fn sum_of_sizes<T: Number>(x: Vector, memory: &mut Memory) -> Result<T, Box<Trouble>> {
    Ok(x.load::<T>(memory)?.into_iter().fold(T::ZERO, |sum, value| sum.plus(value.size())))
}
