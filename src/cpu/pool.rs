//! Max-pooling of channels-last images.

use rayon::prelude::*;

/// The sizes of a pooling: windows of `window x window` that do not overlap; what is left at the edges is not read.
#[derive(Clone, Copy, Debug)]
pub struct PoolSizes {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub window: usize,
}

impl PoolSizes {
    pub fn out_height(&self) -> usize {
        self.height / self.window
    }

    pub fn out_width(&self) -> usize {
        self.width / self.window
    }

    fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    fn out_image(&self) -> usize {
        self.out_height() * self.out_width() * self.channels
    }

    /// Calls `f` with the positions of every output pixel and of the pixels in its window, row by row.
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        for oh in 0..self.out_height() {
            for ow in 0..self.out_width() {
                for h in oh * self.window..(oh + 1) * self.window {
                    for w in ow * self.window..(ow + 1) * self.window {
                        f((oh * self.out_width() + ow) * self.channels, (h * self.width + w) * self.channels);
                    }
                }
            }
        }
    }
}

/// The maximum of every window.
pub fn forward(sizes: &PoolSizes, x: &[f32], y: &mut [f32]) {
    let c = sizes.channels;
    y.par_chunks_mut(sizes.out_image()).zip(x.par_chunks(sizes.image())).for_each(|(y, x)| {
        y.fill(f32::NEG_INFINITY);
        sizes.each(|out, pixel| {
            for (y, &x) in y[out..out + c].iter_mut().zip(&x[pixel..pixel + c]) {
                *y = if x > *y { x } else { *y };
            }
        });
    });
}

/// Gives each gradient to the first maximum of its window, and zero to the other values.
pub fn backward(sizes: &PoolSizes, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let (c, out_image) = (sizes.channels, sizes.out_image());
    let images = dx.par_chunks_mut(sizes.image()).zip(x.par_chunks(sizes.image()));
    images.zip(y.par_chunks(out_image).zip(dy.par_chunks(out_image))).for_each(|((dx, x), (y, dy))| {
        dx.fill(0.0);
        let mut left = dy.to_vec();
        sizes.each(|out, pixel| {
            for i in 0..c {
                if x[pixel + i] == y[out + i] {
                    dx[pixel + i] = left[out + i];
                    left[out + i] = 0.0;
                }
            }
        });
    });
}
