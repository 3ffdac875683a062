//! [`Array`]: numbers with sizes and a memory layout, shared by reference count. Knows nothing of gradients.

mod data;
mod deferred;
mod kept;

use std::sync::Arc;

use crate::cpu::buffer::Buffer;
use crate::cpu::elementwise;
use crate::cuda::{self, Gpu, Memory};

pub(crate) use data::Order;
pub(crate) use deferred::{Finish, ImageMaker, Images, OnGpu, Recipe, clamp, slope};
pub(crate) use kept::Kept;

use data::Data;
use deferred::Finished;

/// The order of an array's numbers in memory.
///
/// ```
/// use ferrolab::array::{Array, Layout};
/// assert_eq!(Array::full(&[1, 3, 8, 8], 0.0).layout(), Layout::RowMajor);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The last dimension varies fastest, as in C.
    RowMajor,
    /// Only for `[N, C, H, W]`: stored as N, H, W, C, which is what convolutions read. People never see it.
    ChannelsLast,
}

/// Numbers, their sizes and their layout. Cloning shares the numbers.
///
/// ```
/// use ferrolab::array::{Array, Layout};
/// let x = Array::from_vec(&[2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!((x.sizes(), x.len(), x.layout()), (&[2, 3][..], 6, Layout::RowMajor));
/// let mut y = x.reshaped(&[3, 2]);
/// y.values_mut()[0] = 9.0; // copies: `x` shared these numbers
/// assert_eq!((x.values()[0], y.to_vec()[0]), (1.0, 9.0));
///
/// // Two pictures of three channels and one pixel row: the channels come to lie together.
/// let pictures = Array::from_vec(&[1, 2, 1, 2], vec![1.0, 2.0, 10.0, 20.0]);
/// assert_eq!(pictures.channels_last().values(), [1.0, 10.0, 2.0, 20.0]);
/// assert_eq!(pictures.in_layout(Layout::ChannelsLast).row_major().values(), pictures.values());
/// assert!(Array::full(&[0, 3], 7.0).is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Array {
    sizes: Arc<[usize]>,
    layout: Layout,
    data: Arc<Data>,
}

impl Array {
    /// ```
    /// use ferrolab::array::{Array, Layout};
    /// let x = Array::new(&[2], Layout::RowMajor, vec![1.0, 2.0].into());
    /// assert_eq!(x.to_vec(), [1.0, 2.0]);
    /// ```
    ///
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
        Array { sizes: sizes.into(), layout, data: Arc::new(data.into()) }
    }

    /// An array whose numbers, in memory order, are made when they are first asked for.
    pub(crate) fn deferred(sizes: &[usize], layout: Layout, recipe: impl Recipe + 'static) -> Self {
        let data = Data::deferred(sizes.iter().product(), Arc::new(recipe));
        Array { sizes: sizes.into(), layout, data: Arc::new(data) }
    }

    /// Its numbers, each finished as is said: in the making if they are not there yet.
    pub(crate) fn finished(&self, finish: Finish) -> Array {
        let recipe = self.data.recipe().filter(|_| match &finish {
            Finish::Slope(clamped, _) => clamped.layout == self.layout,
            _ => true,
        });
        match (recipe, finish) {
            (Some(recipe), finish) => Array::deferred(&self.sizes, self.layout, Finished { recipe, finish }),
            (None, Finish::Plain) => self.clone(),
            (None, Finish::Clamp(bounds)) => match cuda::active() {
                Some(gpu) => gpu.map("bounded", bounds, self),
                None => elementwise::map(self, |x| clamp(x, bounds)),
            },
            (None, Finish::Slope(clamped, bounds)) => match cuda::active() {
                Some(gpu) => gpu.slope("bounded", bounds, self, &clamped),
                None => elementwise::zip(self, &clamped, |g, y| slope(g, y, bounds)),
            },
        }
    }

    /// Calls `body` with its images, in memory order.
    pub(crate) fn with_images<R>(&self, body: impl FnOnce(&Images) -> R) -> R {
        let recipe = self.data.recipe();
        let made = recipe.as_ref().and_then(|recipe| recipe.images(&Finish::Plain));
        body(&made.map_or_else(|| Images::There(self.values()), Images::Made))
    }

    /// Whether these are the same numbers, not only equal ones.
    pub(crate) fn is(&self, other: &Array) -> bool {
        Arc::ptr_eq(&self.data, &other.data) && self.layout == other.layout
    }

    /// The numbers in an order that a kernel reads them in, kept beside them until they change: for parameters, which many
    /// operations read between two changes.
    pub(crate) fn ordered(&self, order: Order, make: impl FnOnce(&[f32]) -> Buffer) -> Arc<Buffer> {
        self.data.ordered(order, make)
    }

    /// Makes the numbers if they are not there yet.
    pub(crate) fn make(&self) {
        self.data.ready();
    }

    /// An array whose numbers a GPU has made.
    #[track_caller]
    pub(crate) fn on_gpu(sizes: &[usize], layout: Layout, memory: Memory) -> Self {
        let expected: usize = sizes.iter().product();
        assert!(
            memory.len() == expected,
            "an array of {sizes:?} has {expected} values, got {}",
            memory.len()
        );
        Array { sizes: sizes.into(), layout, data: Arc::new(memory.into()) }
    }

    /// The values in memory order, in the memory of a GPU: copied there if they are not there yet, and then kept in both
    /// places.
    pub(crate) fn memory(&self, gpu: &'static Gpu) -> Arc<Memory> {
        self.data.memory(gpu)
    }

    /// [`Array::memory`], to be changed: copied first if they are shared.
    pub(crate) fn memory_mut(&mut self, gpu: &'static Gpu) -> Arc<Memory> {
        Arc::make_mut(&mut self.data).memory_mut(gpu)
    }

    /// [`Array::ordered`] in the memory of a GPU.
    pub(crate) fn ordered_on_gpu(
        &self,
        gpu: &'static Gpu,
        order: Order,
        make: impl FnOnce(&Memory) -> Memory,
    ) -> Arc<Memory> {
        self.data.ordered_on_gpu(gpu, order, make)
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

    /// The order of the values in memory.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values in memory order; see [`Array::layout`].
    pub fn values(&self) -> &[f32] {
        self.data.buffer()
    }

    /// The values, writable; copies them first if they are shared.
    pub fn values_mut(&mut self) -> &mut [f32] {
        Arc::make_mut(&mut self.data).buffer_mut()
    }

    /// The same values in row-major order; free when they are already.
    pub fn row_major(&self) -> Array {
        match self.layout {
            Layout::RowMajor => self.clone(),
            Layout::ChannelsLast if self.layouts_agree() => {
                Array { layout: Layout::RowMajor, ..self.clone() }
            }
            Layout::ChannelsLast => match cuda::active() {
                Some(gpu) => gpu.to_row_major(self),
                None => crate::cpu::layout::to_row_major(self),
            },
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
            Layout::RowMajor => match cuda::active() {
                Some(gpu) => gpu.to_channels_last(self),
                None => crate::cpu::layout::to_channels_last(self),
            },
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
        self.row_major().data.read().to_vec()
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
