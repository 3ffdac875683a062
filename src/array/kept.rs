//! [`Kept`]: an array as graphs keep it, in 32 bits or, made inside `autocast`, in 16.

use std::sync::Arc;

use super::{Array, Layout};
use crate::amp::{self, Precision};
use crate::cpu::half::Halves;
use crate::cuda::{self, Memory};

/// An array in the form in which it is kept. Cloning shares the numbers.
#[derive(Clone)]
pub(crate) enum Kept {
    Full(Array),
    Half(Half),
}

/// Numbers in 16 bits, their sizes and their layout.
#[derive(Clone)]
pub(crate) struct Half {
    sizes: Arc<[usize]>,
    layout: Layout,
    data: Data,
}

/// The 16-bit numbers, where they were made.
#[derive(Clone)]
enum Data {
    There(Arc<Halves>),
    OnGpu(Arc<Memory<u16>>, Precision),
}

impl Half {
    fn len(&self) -> usize {
        match &self.data {
            Data::There(halves) => halves.len(),
            Data::OnGpu(halves, _) => halves.len(),
        }
    }

    fn precision(&self) -> Precision {
        match &self.data {
            Data::There(halves) => halves.precision(),
            Data::OnGpu(_, precision) => *precision,
        }
    }

    fn array(&self) -> Array {
        match &self.data {
            Data::There(halves) => Array::new(&self.sizes, self.layout, halves.to_values()),
            Data::OnGpu(halves, precision) => {
                halves.gpu().of_halves(&self.sizes, self.layout, halves, *precision)
            }
        }
    }
}

impl Kept {
    /// The nearest 16-bit numbers.
    pub(crate) fn half(array: &Array, precision: Precision) -> Kept {
        let data = match cuda::active() {
            Some(gpu) => Data::OnGpu(Arc::new(gpu.halves(array, precision)), precision),
            None => Data::There(Arc::new(Halves::from_values(array.values(), precision))),
        };
        Kept::Half(Half { sizes: array.sizes.clone(), layout: array.layout, data })
    }

    /// The array. Shares the numbers if they are kept in 32 bits, otherwise makes them anew with each call.
    pub(crate) fn array(&self) -> Array {
        match self {
            Kept::Full(array) => array.clone(),
            Kept::Half(half) => half.array(),
        }
    }

    /// [`Array::make`].
    pub(crate) fn make(&self) {
        if let Kept::Full(array) = self {
            array.make();
        }
    }

    pub(crate) fn sizes(&self) -> &[usize] {
        match self {
            Kept::Full(array) => array.sizes(),
            Kept::Half(half) => &half.sizes,
        }
    }

    pub(crate) fn layout(&self) -> Layout {
        match self {
            Kept::Full(array) => array.layout(),
            Kept::Half(half) => half.layout,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Kept::Full(array) => array.len(),
            Kept::Half(half) => half.len(),
        }
    }

    /// In how many bits, if not in 32.
    pub(crate) fn precision(&self) -> Option<Precision> {
        match self {
            Kept::Full(_) => None,
            Kept::Half(half) => Some(half.precision()),
        }
    }

    /// As an input of a matrix product: inside [`autocast`](crate::amp::autocast) in 16 bits.
    pub(crate) fn for_product(self) -> Kept {
        match amp::precision() {
            Some(precision) if self.precision() != Some(precision) => Kept::half(&self.array(), precision),
            _ => self,
        }
    }

    /// [`Array::in_layout`].
    #[track_caller]
    pub(crate) fn in_layout(self, layout: Layout) -> Kept {
        if self.layout() == layout { self } else { self.rearranged(|array| array.in_layout(layout)) }
    }

    /// [`Array::reshaped`].
    #[track_caller]
    pub(crate) fn reshaped(&self, sizes: &[usize]) -> Kept {
        match self {
            Kept::Half(half)
                if half.layout == Layout::RowMajor && half.len() == sizes.iter().product::<usize>() =>
            {
                Kept::Half(Half { sizes: sizes.into(), ..half.clone() })
            }
            _ => self.rearranged(|array| array.reshaped(sizes)),
        }
    }

    /// The values in another arrangement, in as many bits.
    pub(crate) fn rearranged(&self, f: impl FnOnce(&Array) -> Array) -> Kept {
        let other = f(&self.array());
        match self.precision() {
            Some(precision) => Kept::half(&other, precision),
            None => Kept::Full(other),
        }
    }
}

impl From<Array> for Kept {
    fn from(array: Array) -> Kept {
        Kept::Full(array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Device;

    #[test]
    fn a_kept_array_is_rearranged_as_the_array_is() {
        let x = Array::from_vec(&[2, 3, 1, 2], (0..12).map(|i| i as f32).collect());
        let half = Kept::half(&x, Precision::Bf16);
        assert_eq!((half.sizes(), half.len(), half.array().to_vec()), (x.sizes(), 12, x.to_vec()));
        let last = half.clone().in_layout(Layout::ChannelsLast);
        assert_eq!(last.array().values(), x.channels_last().values());
        let flat = last.reshaped(&[2, 6]);
        assert_eq!((flat.precision(), flat.array().to_vec()), (Some(Precision::Bf16), x.to_vec()));
        assert_eq!(half.reshaped(&[12]).array().to_vec(), x.to_vec());
    }

    #[test]
    #[should_panic(expected = "reshape: [2, 2] has 4 values, [3] has 3")]
    fn the_number_of_values_stays() {
        Kept::half(&Array::full(&[2, 2], 1.0), Precision::F16).reshaped(&[3]);
    }

    #[test]
    fn sixteen_bits_are_the_same_bits_on_every_device() {
        // Every number of 16 bits, and what lies a little and half way beside it.
        let halves = (0..=u16::MAX).flat_map(|bits| {
            let wide = f32::from_bits(u32::from(bits) << 16);
            [half::f16::from_bits(bits).to_f32(), wide, f32::from_bits(wide.to_bits() | 0x8000)]
        });
        let beside =
            |x: f32| [0, 1, 0x0fff, 0x1000, 0x1001, 0x7fff].map(|more| f32::from_bits(x.to_bits() ^ more));
        let x = Array::from_vec(&[65536 * 18], halves.flat_map(beside).collect());
        for precision in [Precision::F16, Precision::Bf16] {
            let bits = |device: Device| {
                device.scope(|| {
                    let [kept, rounded] = [Kept::half(&x, precision).array(), precision.rounded(x.clone())];
                    [kept, rounded].map(|x| x.to_vec().into_iter().map(f32::to_bits).collect::<Vec<u32>>())
                })
            };
            let (expected, found) = (bits(Device::Cpu), bits(Device::current()));
            for (expected, found) in expected.iter().zip(&found) {
                let other = expected.iter().zip(found).zip(x.values()).find(|((a, b), _)| a != b);
                assert!(other.is_none(), "{precision:?}: {other:x?}");
            }
        }
    }
}
