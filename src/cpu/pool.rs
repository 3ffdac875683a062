//! Max-pooling of channels-last images.

use crate::cpu::simd::{self, Level, Vector, for_registers};
use crate::cpu::threads;
use crate::cpu::tile::Bounds;

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

/// The maximum of every window.
pub fn forward(s: &PoolSizes, x: &[f32], y: &mut [f32]) {
    forward_with(simd::level(), s, x, y);
}

fn forward_with(level: Level, s: &PoolSizes, x: &[f32], y: &mut [f32]) {
    if !y.is_empty() {
        threads::chunks_mut(y, s.out_image(), |number, y| {
            forward_image(level, s, &x[number * s.image()..][..s.image()], y);
        });
    }
}

for_registers!(fn forward_image(s: &PoolSizes, x: &[f32], y: &mut [f32]) = maxima);

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn maxima<R: Vector>(s: &PoolSizes, x: &[f32], y: &mut [f32]) {
    assert!(x.len() == s.image() && y.len() == s.out_image());
    let (from, to) = (x.as_ptr(), y.as_mut_ptr());
    s.each(
        R::LANES,
        #[inline(always)]
        |out, first| {
            // SAFETY: `each` gives places with a register's room in images of the sizes asserted above, and `window_at`
            // stays in the window; the caller vouches for the instruction set.
            unsafe {
                let mut greatest = R::splat(f32::NEG_INFINITY);
                for at in s.window_at(first) {
                    greatest = R::load(from.add(at)).at_least(greatest);
                }
                greatest.store(to.add(out));
            }
        },
        #[inline(always)]
        |out, first| {
            let greater = |a: f32, at: usize| if a > x[at] { a } else { x[at] };
            // SAFETY: as above.
            unsafe { to.add(out).write(s.window_at(first).fold(f32::NEG_INFINITY, greater)) };
        },
    );
}

/// `dx`: every gradient for the first maximum of its window, zero for the other values. If `x` was made by a clamp to
/// `bounds`, the gradient of what was clamped: zero where the maximum lies at a bound.
pub fn backward(s: &PoolSizes, x: &[f32], y: &[f32], dy: &[f32], bounds: Option<Bounds>, dx: &mut [f32]) {
    backward_with(simd::level(), s, [x, y, dy], bounds, dx);
}

fn backward_with(
    level: Level,
    s: &PoolSizes,
    [x, y, dy]: [&[f32]; 3],
    bounds: Option<Bounds>,
    dx: &mut [f32],
) {
    if dy.is_empty() {
        return dx.fill(0.0);
    }
    let windows_fill_the_picture = s.height.is_multiple_of(s.window) && s.width.is_multiple_of(s.window);
    threads::chunks_mut(dx, s.image(), |number, dx| {
        let x = &x[number * s.image()..][..s.image()];
        let [y, dy] = [y, dy].map(|values| &values[number * s.out_image()..][..s.out_image()]);
        if !windows_fill_the_picture {
            dx.fill(0.0);
        }
        backward_image(level, s, [x, y, dy], bounds.unwrap_or([f32::NEG_INFINITY, f32::INFINITY]), dx);
    });
}

for_registers!(fn backward_image(s: &PoolSizes, given: [&[f32]; 3], bounds: Bounds, dx: &mut [f32]) = gradients);

/// # Safety
///
/// The machine must have the instruction set of `R`.
#[inline(always)]
unsafe fn gradients<R: Vector>(s: &PoolSizes, [x, y, dy]: [&[f32]; 3], bounds: Bounds, dx: &mut [f32]) {
    assert!(x.len() == s.image() && dx.len() == s.image() && y.len() == s.out_image() && dy.len() == y.len());
    let [low, high] = bounds;
    let (xs, ys, dys, to) = (x.as_ptr(), y.as_ptr(), dy.as_ptr(), dx.as_mut_ptr());
    // The last register of a pixel may overlap the one before: both write the same there, for neither reads `dx`.
    s.each(
        R::LANES,
        #[inline(always)]
        |out, first| {
            // SAFETY: as in `maxima`.
            unsafe {
                let (y, zero) = (R::load(ys.add(out)), R::splat(0.0));
                let mut left = R::load(dys.add(out));
                if low > f32::NEG_INFINITY {
                    left = R::select_less(R::splat(low), y, left, zero);
                }
                if high < f32::INFINITY {
                    left = R::select_less(y, R::splat(high), left, zero);
                }
                for at in s.window_at(first) {
                    let x = R::load(xs.add(at));
                    R::select_equal(x, y, left, zero).store(to.add(at));
                    left = R::select_equal(x, y, zero, left); // taken: an equal value behind gets none
                }
            }
        },
        #[inline(always)]
        |out, first| {
            let (y, inside) = (y[out], y[out] > low && (y[out] < high || high == f32::INFINITY));
            let mut left = if inside || low == f32::NEG_INFINITY { dy[out] } else { 0.0 };
            for at in s.window_at(first) {
                let is_maximum = x[at] == y;
                // SAFETY: as in `maxima`.
                unsafe { to.add(at).write(if is_maximum { left } else { 0.0 }) };
                left = if is_maximum { 0.0 } else { left };
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
                let (mut found, mut gradient) = (Fenced::room(y.len()), Fenced::room(x.len()));
                forward_with(level, &s, &x, &mut found);
                prop_assert_eq!(&found[..], &y);
                for (bounds, expected) in [(None, &dx), (Some([0.0, 4.0]), &behind_clamp)] {
                    backward_with(level, &s, [&x, &y, &dy], bounds, &mut gradient);
                    prop_assert_eq!(&gradient[..], expected);
                }
                found.assert_intact();
                gradient.assert_intact();
            }
        }
    }
}
