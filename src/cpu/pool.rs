//! Max-pooling of channels-last images.

use crate::array::{Images, slope};
use crate::cpu::simd::{self, Level, Vector, for_registers};
use crate::cpu::threads;
use crate::cpu::tile::{Bounds, UNBOUNDED};

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

    /// Values of an image.
    pub fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    fn out_image(&self) -> usize {
        self.out_height() * self.out_width() * self.channels
    }

    /// Calls `f` with the place of every output value from which a register is filled, and that of the first value of its
    /// window. The last register of a pixel may overlap the one before; where there are fewer channels than that, `one` is
    /// called for each of them.
    #[inline(always)]
    fn each(&self, lanes: usize, mut f: impl FnMut(usize, usize), mut one: impl FnMut(usize, usize)) {
        for row in 0..self.out_height() {
            for column in 0..self.out_width() {
                let out = (row * self.out_width() + column) * self.channels;
                let corner = (row * self.width + column) * self.window * self.channels;
                if self.channels < lanes {
                    (0..self.channels).for_each(|c| one(out + c, corner + c));
                    continue;
                }
                for c in (0..self.channels).step_by(lanes) {
                    let c = c.min(self.channels - lanes);
                    f(out + c, corner + c);
                }
            }
        }
    }

    /// The places of a window's values, row by row, for the place of the first.
    #[inline(always)]
    fn window_at(self, first: usize) -> impl Iterator<Item = usize> {
        let at = move |row, column| first + (row * self.width + column) * self.channels;
        (0..self.window).flat_map(move |row| (0..self.window).map(move |column| at(row, column)))
    }
}

/// The maximum of every window, and where it is: the number of its pixel in the window, row by row, the first if there are
/// several. Without room for these they are left out.
pub fn forward(s: &PoolSizes, x: &Images, y: &mut [f32], places: Option<&mut [f32]>) {
    forward_with(simd::level(), s, x, y, places);
}

fn forward_with(level: Level, s: &PoolSizes, x: &Images, y: &mut [f32], places: Option<&mut [f32]>) {
    if y.is_empty() {
        return;
    }
    let (image, out_image) = (s.image(), s.out_image());
    let pool = |number: usize, y: &mut [f32], places: &mut [f32]| {
        let mut space = x.space(1, image);
        forward_image(level, s, x.get(number, 1, image, &mut space), y, places);
    };
    match places {
        Some(places) => {
            threads::chunks_mut_with(y, [places], out_image, |number, y, [places]| pool(number, y, places));
        }
        None => threads::chunks_mut(y, out_image, |number, y| pool(number, y, &mut [])),
    }
}

for_registers!(fn forward_image(s: &PoolSizes, x: &[f32], y: &mut [f32], places: &mut [f32]) = maxima);

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn maxima<R: Vector>(s: &PoolSizes, x: &[f32], y: &mut [f32], places: &mut [f32]) {
    let with_places = !places.is_empty();
    assert!(x.len() == s.image() && y.len() == s.out_image() && (!with_places || places.len() == y.len()));
    let (from, to, to_places) = (x.as_ptr(), y.as_mut_ptr(), places.as_mut_ptr());
    s.each(
        R::LANES,
        #[inline(always)]
        |out, first| {
            // SAFETY: `each` gives places with a register's room in images of the sizes asserted above, and `window_at`
            // stays in the window; the caller vouches for the instruction set.
            unsafe {
                let (mut greatest, mut place) = (R::splat(f32::NEG_INFINITY), R::splat(0.0));
                for (number, at) in s.window_at(first).enumerate() {
                    let x = R::load(from.add(at));
                    if with_places {
                        place = R::select_less(greatest, x, R::splat(number as f32), place);
                    }
                    greatest = x.at_least(greatest);
                }
                greatest.store(to.add(out));
                if with_places {
                    place.store(to_places.add(out));
                }
            }
        },
        #[inline(always)]
        |out, first| {
            let (mut greatest, mut place) = (f32::NEG_INFINITY, 0.0);
            for (number, at) in s.window_at(first).enumerate() {
                if x[at] > greatest {
                    (greatest, place) = (x[at], number as f32);
                }
            }
            // SAFETY: as above.
            unsafe {
                to.add(out).write(greatest);
                if with_places {
                    to_places.add(out).write(place);
                }
            }
        },
    );
}

/// What the gradient of a pooling is made from, all of them as large as its result.
#[derive(Clone, Copy)]
pub struct Maxima<'a> {
    pub values: &'a [f32],
    pub places: &'a [f32],
    pub gradient: &'a [f32],
}

impl PoolSizes {
    /// `dx` of the image of a number: every gradient for the maximum of its window, zero for the other values. If what was
    /// pooled was made by a clamp to `bounds`, the gradient of what was clamped: zero where the maximum lies at a bound.
    pub fn gradient_of_image(&self, number: usize, maxima: Maxima, bounds: Option<Bounds>, dx: &mut [f32]) {
        self.gradient_with(simd::level(), number, maxima, bounds, dx);
    }

    fn gradient_with(
        &self,
        level: Level,
        number: usize,
        Maxima { values, places, gradient }: Maxima,
        bounds: Option<Bounds>,
        dx: &mut [f32],
    ) {
        let windows_fill_the_picture =
            self.height.is_multiple_of(self.window) && self.width.is_multiple_of(self.window);
        if !windows_fill_the_picture {
            dx.fill(0.0);
        }
        let of_image =
            [values, places, gradient].map(|all| &all[number * self.out_image()..][..self.out_image()]);
        backward_image(level, self, of_image, bounds.unwrap_or(UNBOUNDED), dx);
    }
}

for_registers!(fn backward_image(s: &PoolSizes, pooled: [&[f32]; 3], bounds: Bounds, dx: &mut [f32]) = gradients);

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn gradients<R: Vector>(s: &PoolSizes, [y, places, dy]: [&[f32]; 3], bounds: Bounds, dx: &mut [f32]) {
    assert!(dx.len() == s.image() && [y, places, dy].iter().all(|values| values.len() == s.out_image()));
    let [low, high] = bounds;
    let (ys, at_places, dys, to) = (y.as_ptr(), places.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
    // The last register of a pixel may overlap the one before: both write the same there, for neither reads `dx`.
    s.each(
        R::LANES,
        #[inline(always)]
        |out, first| {
            // SAFETY: as in `maxima`.
            unsafe {
                let (zero, place) = (R::splat(0.0), R::load(at_places.add(out)));
                let mut gradient = R::load(dys.add(out));
                if low > f32::NEG_INFINITY {
                    gradient = R::select_less(R::splat(low), R::load(ys.add(out)), gradient, zero);
                }
                if high < f32::INFINITY {
                    gradient = R::select_less(R::load(ys.add(out)), R::splat(high), gradient, zero);
                }
                for (number, at) in s.window_at(first).enumerate() {
                    R::select_equal(place, R::splat(number as f32), gradient, zero).store(to.add(at));
                }
            }
        },
        #[inline(always)]
        |out, first| {
            let gradient = if low == f32::NEG_INFINITY { dy[out] } else { slope(dy[out], y[out], bounds) };
            for (number, at) in s.window_at(first).enumerate() {
                let value = if places[out] == number as f32 { gradient } else { 0.0 };
                // SAFETY: as in `maxima`.
                unsafe { to.add(at).write(value) };
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cpu::fence::Fenced;
    use crate::random::Generator;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_sizes_equal_the_definition(
            batch in 1usize..5, channels in 1usize..40, height in 1usize..12, width in 1usize..12, window in 1usize..5,
        ) {
            prop_assume!(window <= height && window <= width);
            let s = PoolSizes { channels, height, width, window };
            let mut random = Generator::new(3);
            // Few different values, so that windows hold equal maxima.
            let x: Vec<f32> = random.uniform(&[batch * s.image()], 0.0, 5.0).values().iter().map(|x| x.floor()).collect();
            let dy = random.uniform(&[batch * s.out_image()], -1.0, 1.0).to_vec();

            let (mut y, mut dx) = (vec![f32::NEG_INFINITY; dy.len()], vec![0.0; x.len()]);
            let mut behind_clamp = dx.clone();
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
                behind_clamp[best] += if *y > 0.0 && *y < 4.0 { dy } else { 0.0 };
            }

            for level in simd::available() {
                let [mut found, mut places] = [(); 2].map(|()| Fenced::room(y.len()));
                let mut gradient = Fenced::room(x.len());
                let copied = |number: usize, to: &mut [f32]| to.copy_from_slice(&x[number * s.image()..][..s.image()]);
                for images in [Images::There(&x), Images::Made(Box::new(copied))] {
                    forward_with(level, &s, &images, &mut found, None);
                    prop_assert_eq!(&found[..], &y);
                    found.fill(f32::NAN);
                    forward_with(level, &s, &images, &mut found, Some(&mut places));
                    prop_assert_eq!(&found[..], &y);
                }
                let maxima = Maxima { values: &y, places: &places, gradient: &dy };
                for (bounds, expected) in [(None, &dx), (Some([0.0, 4.0]), &behind_clamp)] {
                    for (number, dx) in gradient.chunks_mut(s.image()).enumerate() {
                        s.gradient_with(level, number, maxima, bounds, dx);
                    }
                    prop_assert_eq!(&gradient[..], expected);
                }
                places.assert_intact();
                found.assert_intact();
                gradient.assert_intact();
            }
        }
    }
}
