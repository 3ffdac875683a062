//! Pooling of channels-last pictures: `kernels/pool.cu`.

use super::words::{divider, sizes, words};
use super::{Ending, Gpu, Memory};

/// Windows over pictures; pairs are height and width.
#[derive(Clone, Copy)]
pub(crate) struct Windows {
    pub(crate) batch: usize,
    pub(crate) channels: usize,
    pub(crate) size: [usize; 2],
    pub(crate) out: [usize; 2],
    pub(crate) window: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 2],
}

/// Which pixel of its window every maximum is from.
pub(crate) enum Places {
    /// In windows of at most 255 pixels.
    Few(Memory<u8>),
    Many(Memory<u32>),
}

impl Windows {
    fn values(&self) -> usize {
        self.batch * self.channels * self.size[0] * self.size[1]
    }

    fn results(&self) -> usize {
        self.batch * self.channels * self.out[0] * self.out[1]
    }

    /// The kernel's `Windows`, for threads of the values of pictures of a size.
    fn numbers(&self, of: [usize; 2]) -> [u32; 23] {
        words(&[
            &divider(self.channels),
            &divider(of[1]),
            &divider(of[0]),
            &sizes(self.size),
            &sizes(self.out),
            &sizes(self.window),
            &divider(self.stride[0]),
            &divider(self.stride[1]),
            &sizes(self.padding),
        ])
    }
}

impl Gpu {
    /// The maximum of every window, and where it is if that is wanted. NaN is passed over, or is the greatest of all.
    pub(crate) fn max_pool(
        &'static self,
        windows: &Windows,
        x: &Memory,
        nan_wins: bool,
        with_places: bool,
    ) -> (Memory, Option<Places>) {
        let few = windows.window[0] * windows.window[1] < 256;
        let room = if with_places { windows.results() } else { 0 };
        let (to, name) =
            (Memory::scratch(self, windows.results()), if few { "max_pool" } else { "max_pool_wide" });
        let launch = self.kernel("pool", &format!("{name}_value")).with(windows.numbers(windows.out));
        let launch = launch.with(to.len()).with(x).with(u32::from(nan_wins)).with(&to);
        let places = if few {
            let places = Memory::scratch(self, room);
            launch.with(with_places.then_some(&places)).over(to.len());
            Places::Few(places)
        } else {
            let places = Memory::scratch(self, room);
            launch.with(with_places.then_some(&places)).over(to.len());
            Places::Many(places)
        };
        (to, with_places.then_some(places))
    }

    /// The gradient of every maximum for the pixel that it is from.
    pub(crate) fn max_pool_slope(
        &'static self,
        windows: &Windows,
        dy: &Memory,
        places: &Places,
        ending: &Ending,
    ) -> Memory {
        let dx = Memory::scratch(self, windows.values());
        let name = match places {
            Places::Few(_) => "max_pool_slope",
            Places::Many(_) => "max_pool_wide_slope",
        };
        let launch = self.kernel("pool", name).with(windows.numbers(windows.size)).with(dx.len()).with(dy);
        let launch = match places {
            Places::Few(places) => launch.with(places),
            Places::Many(places) => launch.with(places),
        };
        ending.arguments(launch, 0).with(&dx).over(dx.len());
        dx
    }

    /// The mean of every window; the zeros of the padding count.
    pub(crate) fn avg_pool(&'static self, windows: &Windows, x: &Memory) -> Memory {
        self.averages("avg_pool_value", windows, windows.out, x, windows.results())
    }

    pub(crate) fn avg_pool_slope(&'static self, windows: &Windows, dy: &Memory) -> Memory {
        self.averages("avg_pool_slope", windows, windows.size, dy, windows.values())
    }

    fn averages(
        &'static self,
        name: &str,
        windows: &Windows,
        of: [usize; 2],
        from: &Memory,
        values: usize,
    ) -> Memory {
        let to = Memory::scratch(self, values);
        let share = 1.0 / (windows.window[0] * windows.window[1]) as f32;
        let launch = self.kernel("pool", name).with(windows.numbers(of)).with(values).with(from);
        launch.with(share).with(&to).over(values);
        to
    }
}
