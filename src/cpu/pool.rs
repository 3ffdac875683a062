//! Max-pooling of channels-last images.

use rayon::prelude::*;

use crate::cpu::simd;

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

    /// Calls `f` with the place of every output pixel and that of the first pixel of its window.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        for row in 0..self.out_height() {
            for column in 0..self.out_width() {
                let out = row * self.out_width() + column;
                let corner = (row * self.width + column) * self.window;
                f(out * self.channels, corner * self.channels);
            }
        }
    }

    /// The places of a window's pixels, row by row, for the place of the first.
    #[inline(always)]
    fn window_at(self, corner: usize) -> impl Iterator<Item = usize> {
        let at = move |row, column| corner + (row * self.width + column) * self.channels;
        (0..self.window).flat_map(move |row| (0..self.window).map(move |column| at(row, column)))
    }
}

/// Channels treated together, in registers while a window passes; the rest one by one.
const BLOCK: usize = 16;

/// The maximum of every window.
pub fn forward(s: &PoolSizes, x: &[f32], y: &mut [f32]) {
    if y.is_empty() {
        return;
    }
    let images = y.par_chunks_mut(s.out_image()).zip(x.par_chunks(s.image()));
    images.for_each(|(y, x)| {
        simd::vectorised(
            #[inline(always)]
            || {
                s.each(
                    #[inline(always)]
                    |out, corner| {
                        let (blocks, rest) = y[out..out + s.channels].as_chunks_mut::<BLOCK>();
                        let rest_at = corner + blocks.len() * BLOCK;
                        for (i, block) in blocks.iter_mut().enumerate() {
                            *block = maximum(s, x, corner + i * BLOCK);
                        }
                        for (i, value) in rest.iter_mut().enumerate() {
                            [*value] = maximum(s, x, rest_at + i);
                        }
                    },
                );
            },
        );
    });
}

/// The maximum of one window in some channels.
#[inline(always)]
fn maximum<const N: usize>(s: &PoolSizes, x: &[f32], corner: usize) -> [f32; N] {
    let mut greatest = [f32::NEG_INFINITY; N];
    for at in s.window_at(corner) {
        for (greatest, &x) in greatest.iter_mut().zip(&x[at..at + N]) {
            *greatest = if x > *greatest { x } else { *greatest };
        }
    }
    greatest
}

/// `dx`: every gradient for the first maximum of its window, zero for the other values.
pub fn backward(s: &PoolSizes, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
    if dy.is_empty() {
        return dx.fill(0.0);
    }
    let windows_fill_the_picture = s.height.is_multiple_of(s.window) && s.width.is_multiple_of(s.window);
    let results = y.par_chunks(s.out_image()).zip(dy.par_chunks(s.out_image()));
    let images = dx.par_chunks_mut(s.image()).zip(x.par_chunks(s.image())).zip(results);
    images.for_each(|((dx, x), (y, dy))| {
        if !windows_fill_the_picture {
            dx.fill(0.0);
        }
        simd::vectorised(
            #[inline(always)]
            || {
                s.each(
                    #[inline(always)]
                    |out, corner| {
                        let (y, y_rest) = y[out..out + s.channels].as_chunks::<BLOCK>();
                        let (dy, dy_rest) = dy[out..out + s.channels].as_chunks::<BLOCK>();
                        let rest_at = corner + y.len() * BLOCK;
                        for (i, (y, dy)) in y.iter().zip(dy).enumerate() {
                            give_to_maximum(s, x, *y, *dy, dx, corner + i * BLOCK);
                        }
                        for (i, (y, dy)) in y_rest.iter().zip(dy_rest).enumerate() {
                            give_to_maximum(s, x, [*y], [*dy], dx, rest_at + i);
                        }
                    },
                );
            },
        );
    });
}

/// Writes the gradients of one window in some channels.
#[inline(always)]
fn give_to_maximum<const N: usize>(
    s: &PoolSizes,
    x: &[f32],
    y: [f32; N],
    dy: [f32; N],
    dx: &mut [f32],
    corner: usize,
) {
    let mut left = dy;
    for at in s.window_at(corner) {
        let (x, dx) = (&x[at..at + N], &mut dx[at..at + N]);
        for i in 0..N {
            let is_maximum = x[i] == y[i];
            dx[i] = if is_maximum { left[i] } else { 0.0 };
            left[i] = if is_maximum { 0.0 } else { left[i] }; // taken: an equal value behind gets none
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Generator;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_sizes_equal_the_definition(
            batch in 1usize..5, channels in 1usize..20, height in 1usize..12, width in 1usize..12, window in 1usize..5,
        ) {
            prop_assume!(window <= height && window <= width);
            let s = PoolSizes { channels, height, width, window };
            let mut random = Generator::new(3);
            // Few different values, so that windows hold equal maxima.
            let x: Vec<f32> = random.uniform(&[batch * s.image()], 0.0, 5.0).values().iter().map(|x| x.floor()).collect();
            let dy = random.uniform(&[batch * s.out_image()], -1.0, 1.0).to_vec();

            let (mut y, mut dx) = (vec![f32::NEG_INFINITY; dy.len()], vec![0.0; x.len()]);
            for (out, (y, &dy)) in y.iter_mut().zip(&dy).enumerate() {
                let (pixel, c) = (out / channels, out % channels);
                let (rest, column) = (pixel / s.out_width(), pixel % s.out_width());
                let (n, row) = (rest / s.out_height(), rest % s.out_height());
                let mut best = 0;
                for (i, j) in (0..window).flat_map(|i| (0..window).map(move |j| (i, j))) {
                    let at = ((n * height + row * window + i) * width + column * window + j) * channels + c;
                    if x[at] > *y {
                        (*y, best) = (x[at], at);
                    }
                }
                dx[best] += dy;
            }

            let (mut found, mut gradient) = (vec![f32::NAN; y.len()], vec![f32::NAN; x.len()]);
            forward(&s, &x, &mut found);
            prop_assert_eq!(&found, &y);
            backward(&s, &x, &y, &dy, &mut gradient);
            prop_assert_eq!(gradient, dx);
        }
    }
}
