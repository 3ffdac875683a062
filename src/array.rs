//! [`Array`]: numbers with sizes and a memory layout, shared by reference count. Knows nothing of gradients.

mod kept;

use std::sync::Arc;

use crate::cpu::buffer::Buffer;

pub(crate) use kept::Kept;

/// The order of an array's numbers in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The last dimension varies fastest, as in C.
    RowMajor,
    /// Only for `[N, C, H, W]`: stored as N, H, W, C, which is what convolutions read. People never see it.
    ChannelsLast,
}

/// Numbers, their sizes and their layout. Cloning shares the numbers.
#[derive(Clone, Debug)]
pub struct Array {
    sizes: Arc<[usize]>,
    layout: Layout,
    data: Arc<Buffer>,
}

impl Array {
    /// ***Panics*** if the number of values is not the product of the sizes.
    #[track_caller]
    pub fn new(sizes: &[usize], layout: Layout, data: Buffer) -> Self {
        let expected: usize = sizes.iter().product();
        assert!(
            data.len() == expected,
            "a tensor of shape {sizes:?} has {expected} values, got {}",
            data.len()
        );
        debug_assert!(
            layout == Layout::RowMajor || sizes.len() == 4,
            "channels-last arrays have four dimensions"
        );
        Array { sizes: sizes.into(), layout, data: Arc::new(data) }
    }

    /// A row-major array of the given values.
    #[track_caller]
    pub fn from_vec(sizes: &[usize], values: Vec<f32>) -> Self {
        Self::new(sizes, Layout::RowMajor, Buffer::from(values))
    }

    /// The same value everywhere.
    pub fn full(sizes: &[usize], value: f32) -> Self {
        Self::new(sizes, Layout::RowMajor, Buffer::full(sizes.iter().product(), value))
    }

    /// The sizes as people see them: `[N, C, H, W]`, whatever the layout.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    pub fn is_empty(&self) -> bool {
        self.data.len() == 0
    }

    /// The values in memory order; see [`Array::layout`].
    pub fn values(&self) -> &[f32] {
        &self.data
    }

    /// The values, writable; copies them first if they are shared.
    pub fn values_mut(&mut self) -> &mut [f32] {
        Arc::<Buffer>::make_mut(&mut self.data)
    }

    /// The same values in row-major order; free when they are already.
    pub fn row_major(&self) -> Array {
        match self.layout {
            Layout::RowMajor => self.clone(),
            Layout::ChannelsLast if self.layouts_agree() => {
                Array { layout: Layout::RowMajor, ..self.clone() }
            }
            Layout::ChannelsLast => crate::cpu::layout::to_row_major(self),
        }
    }

    /// The same values with channels last; free when they are already.
    ///
    /// ***Panics*** unless the array has four dimensions.
    #[track_caller]
    pub fn channels_last(&self) -> Array {
        assert!(self.sizes.len() == 4, "expected [batch, channels, height, width], got {:?}", self.sizes());
        match self.layout {
            Layout::RowMajor if self.layouts_agree() => {
                Array { layout: Layout::ChannelsLast, ..self.clone() }
            }
            Layout::RowMajor => crate::cpu::layout::to_channels_last(self),
            Layout::ChannelsLast => self.clone(),
        }
    }

    /// Pictures of one channel, or of one pixel, lie the same way in both layouts.
    fn layouts_agree(&self) -> bool {
        matches!(*self.sizes, [_, c, h, w] if c == 1 || h * w == 1)
    }

    /// The same values in the layout given.
    #[track_caller]
    pub fn in_layout(&self, layout: Layout) -> Array {
        match layout {
            Layout::RowMajor => self.row_major(),
            Layout::ChannelsLast => self.channels_last(),
        }
    }

    /// The same values (in row-major order) under other sizes with the same product.
    #[track_caller]
    pub fn reshaped(&self, sizes: &[usize]) -> Array {
        let flat = self.row_major();
        let (from, to) = (self.len(), sizes.iter().product::<usize>());
        assert!(from == to, "reshape: {:?} has {from} values, {sizes:?} has {to}", self.sizes());
        Array { sizes: sizes.into(), layout: Layout::RowMajor, data: flat.data }
    }

    /// The values in row-major order.
    pub fn to_vec(&self) -> Vec<f32> {
        self.row_major().values().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pictures(sizes: &[usize]) -> Array {
        Array::from_vec(sizes, (0..sizes.iter().product()).map(|i: usize| i as f32).collect())
    }

    #[test]
    fn channels_last_changes_the_memory_and_not_the_values() {
        let x = pictures(&[2, 3, 1, 2]);
        let y = x.channels_last();
        assert_eq!(y.values(), [0., 2., 4., 1., 3., 5., 6., 8., 10., 7., 9., 11.]);
        assert_eq!(y.sizes(), x.sizes());
        assert_eq!(y.to_vec(), x.to_vec());
    }

    #[test]
    fn a_layout_that_changes_nothing_shares_the_memory() {
        for sizes in [[2, 1, 3, 3], [2, 5, 1, 1]] {
            let x = pictures(&sizes);
            let y = x.channels_last();
            assert_eq!((y.layout(), y.values().as_ptr()), (Layout::ChannelsLast, x.values().as_ptr()));
            assert_eq!(y.row_major().values().as_ptr(), x.values().as_ptr());
        }
    }

    #[test]
    fn writing_to_shared_values_copies_them() {
        let x = pictures(&[2]);
        let mut y = x.clone();
        y.values_mut()[0] = 7.0;
        assert_eq!((x.values(), y.values()), (&[0.0, 1.0][..], &[7.0, 1.0][..]));
    }

    #[test]
    #[should_panic(expected = "a tensor of shape [2, 2] has 4 values, got 3")]
    fn the_number_of_values_follows_from_the_sizes() {
        Array::from_vec(&[2, 2], vec![0.0; 3]);
    }
}
