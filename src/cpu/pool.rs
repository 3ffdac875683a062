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

    /// Calls `f` with the place of every output pixel and those of the pixels in its window, row by row.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize, usize, bool)) {
        let Self { channels, width, window, .. } = *self;
        for out_row in 0..self.out_height() {
            for out_column in 0..self.out_width() {
                let out = (out_row * self.out_width() + out_column) * channels;
                let corner = (out_row * width + out_column) * window * channels;
                for row in 0..window {
                    for column in 0..window {
                        f(out, corner + (row * width + column) * channels, row + column == 0);
                    }
                }
            }
        }
    }
}

/// The maximum of every window.
pub fn forward(sizes: &PoolSizes, x: &[f32], y: &mut [f32]) {
    let c = sizes.channels;
    if y.is_empty() {
        return;
    }
    let images = y.par_chunks_mut(sizes.out_image()).zip(x.par_chunks(sizes.image()));
    images.for_each(|(y, x)| {
        simd::vectorised(
            #[inline(always)]
            || {
                sizes.each(
                    #[inline(always)]
                    |out, pixel, first| {
                        let (y, x) = (&mut y[out..out + c], &x[pixel..pixel + c]);
                        if first {
                            return y.copy_from_slice(x);
                        }
                        for (y, &x) in y.iter_mut().zip(x) {
                            *y = if x > *y { x } else { *y };
                        }
                    },
                );
            },
        );
    });
}

/// `dx`: every gradient for the first maximum of its window, zero for the other values.
pub fn backward(sizes: &PoolSizes, x: &[f32], y: &[f32], dy: &[f32], dx: &mut [f32]) {
    let (c, out_image) = (sizes.channels, sizes.out_image());
    if dy.is_empty() {
        return dx.fill(0.0);
    }
    let windows_fill_the_picture =
        sizes.height.is_multiple_of(sizes.window) && sizes.width.is_multiple_of(sizes.window);
    let inputs = x.par_chunks(sizes.image()).zip(y.par_chunks(out_image)).zip(dy.par_chunks(out_image));
    let images = dx.par_chunks_mut(sizes.image()).zip(inputs);
    images.for_each_init(
        || vec![0.0; c],
        |left, (dx, ((x, y), dy))| {
            if !windows_fill_the_picture {
                dx.fill(0.0);
            }
            simd::vectorised(
                #[inline(always)]
                || {
                    sizes.each(
                        #[inline(always)]
                        |out, pixel, first| {
                            if first {
                                left.copy_from_slice(&dy[out..out + c]);
                            }
                            let (y, x, dx) =
                                (&y[out..out + c], &x[pixel..pixel + c], &mut dx[pixel..pixel + c]);
                            for (((dx, left), &x), &y) in dx.iter_mut().zip(left.iter_mut()).zip(x).zip(y) {
                                let is_maximum = x == y;
                                *dx = if is_maximum { *left } else { 0.0 };
                                *left = if is_maximum { 0.0 } else { *left }; // taken: an equal value behind gets none
                            }
                        },
                    );
                },
            );
        },
    );
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
