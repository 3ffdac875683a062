//! How tensors are printed: rows in brackets as NumPy does, long ones summarised, type and shape below.

use std::fmt;

use crate::dtype::Number;

/// More values than this are summarised, as in NumPy.
const MOST_VALUES: usize = 1000;

/// What a summary shows of each axis, at its beginning and at its end.
const EDGE: usize = 3;

/// Digits behind the decimal point, as in PyTorch.
const DIGITS: usize = 4;

/// Longest line.
const WIDTH: usize = 100;

/// Writes the values in nested brackets, then a line such as `Tensor<f32> [2, 3]`. `number` gives the value at a place of
/// the row-major order.
pub fn write(
    sizes: &[usize],
    number: &dyn Fn(usize) -> Number,
    dtype: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    Printer::new(sizes, number).axis(0, 0, f)?;
    write!(f, "\nTensor<{dtype}> {sizes:?}")
}

/// The shape that is printed, and one way to write all its numbers.
struct Printer<'a> {
    sizes: &'a [usize],
    number: &'a dyn Fn(usize) -> Number,
    summarised: bool,
    style: Style,
}

/// How numbers are written so that they line up.
pub(crate) struct Style {
    digits: usize,
    scientific: bool,
    width: usize,
}

impl<'a> Printer<'a> {
    fn new(sizes: &'a [usize], number: &'a dyn Fn(usize) -> Number) -> Self {
        let mut printer = Printer {
            sizes,
            number,
            summarised: sizes.iter().product::<usize>() > MOST_VALUES,
            style: Style { digits: 0, scientific: false, width: 0 },
        };
        let mut shown = Vec::new();
        printer.shown_values(0, 0, &mut shown);
        printer.style = Style::for_values(&shown);
        printer
    }

    /// The places on an axis that are shown, `None` for the gap.
    fn places(&self, axis: usize) -> Vec<Option<usize>> {
        let size = self.sizes[axis];
        if self.summarised && size > 2 * EDGE {
            let (begin, end) = (0..EDGE, size - EDGE..size);
            return begin.map(Some).chain([None]).chain(end.map(Some)).collect();
        }
        (0..size).map(Some).collect()
    }

    /// Where the values of place `place` on an axis begin, for an axis whose values begin at `start`.
    fn start(&self, axis: usize, start: usize, place: usize) -> usize {
        start + place * self.sizes[axis + 1..].iter().product::<usize>()
    }

    fn shown_values(&self, axis: usize, start: usize, shown: &mut Vec<Number>) {
        if axis == self.sizes.len() {
            return shown.push((self.number)(start));
        }
        for place in self.places(axis).into_iter().flatten() {
            self.shown_values(axis + 1, self.start(axis, start, place), shown);
        }
    }

    /// Writes the part of the array that begins at `start` and has the axes from `axis` on.
    fn axis(&self, axis: usize, start: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if axis == self.sizes.len() {
            return f.write_str(&self.style.padded((self.number)(start)));
        }
        let is_row = axis + 1 == self.sizes.len();
        // Brackets of one depth stand below each other, an empty line between blocks of rows.
        let line = format!("\n{}", " ".repeat(axis + 1));
        let blocks = format!("{}{line}", "\n".repeat(self.sizes.len().saturating_sub(axis + 2)));
        let mut column = axis + 1;
        f.write_str("[")?;
        for (i, place) in self.places(axis).into_iter().enumerate() {
            let width = place.map_or(3, |_| self.style.width);
            if is_row && i > 0 {
                let wraps = column + 2 + width > WIDTH;
                f.write_str(if wraps { "," } else { ", " })?;
                if wraps {
                    f.write_str(&line)?;
                }
                column = if wraps { axis + 1 } else { column + 2 } + width;
            } else if i > 0 {
                write!(f, ",{blocks}")?;
            } else {
                column += width;
            }
            match place {
                Some(place) => self.axis(axis + 1, self.start(axis, start, place), f)?,
                None => f.write_str("...")?,
            }
        }
        f.write_str("]")
    }
}

impl Style {
    /// As few digits as show all values to four decimals, powers of ten where that would hide or stretch them.
    pub(crate) fn for_values(numbers: &[Number]) -> Style {
        let floats = || {
            numbers.iter().filter_map(|number| match number {
                Number::Float(value) => Some(*value),
                _ => None,
            })
        };
        let sizes = floats().map(f64::abs).filter(|size| size.is_finite() && *size > 0.0);
        let (least, greatest) =
            sizes.fold((f64::INFINITY, 0.0f64), |(low, high), size| (low.min(size), high.max(size)));
        let scientific = greatest >= 1e8 || (greatest > 0.0 && (least < 1e-4 || greatest / least > 1e6));
        let digits = floats().map(digits_of).max().unwrap_or(1);
        let mut style = Style { digits: if scientific { DIGITS } else { digits }, scientific, width: 0 };
        style.width = numbers.iter().map(|&number| style.number(number).len()).max().unwrap_or(0);
        style
    }

    /// A number as it is written beside the others, without the spaces before it.
    pub(crate) fn number(&self, number: Number) -> String {
        let digits = self.digits;
        match number {
            Number::Float(value) if self.scientific && value.is_finite() => format!("{value:.digits$e}"),
            Number::Float(value) => format!("{value:.digits$}"),
            Number::Int(value) => value.to_string(),
            Number::Bool(value) => value.to_string(),
        }
    }

    fn padded(&self, number: Number) -> String {
        format!("{:>width$}", self.number(number), width = self.width)
    }
}

/// Digits that a value has behind the decimal point, from one to [`DIGITS`].
fn digits_of(value: f64) -> usize {
    let text = format!("{value:.DIGITS$}");
    let behind = text.trim_end_matches('0').split_once('.').map_or(0, |(_, behind)| behind.len());
    behind.max(1)
}

#[cfg(test)]
mod tests {
    use crate::raw::Raw;
    use crate::{Rank1, Rank2, Rank3, Tensor};

    fn counting(len: usize) -> Vec<f32> {
        (0..len).map(|i| i as f32).collect()
    }

    #[test]
    fn a_scalar_is_its_value() {
        assert_eq!(Tensor::from(0.125).to_string(), "0.125\nTensor<f32> []");
    }

    #[test]
    fn numbers_line_up_and_show_the_digits_they_need() {
        let x = Tensor::<Rank2<2, 2>>::from([[1.0, -10.5], [0.333_333_34, f32::NAN]]);
        assert_eq!(x.to_string(), "[[  1.0000, -10.5000],\n [  0.3333,      NaN]]\nTensor<f32> [2, 2]");
    }

    #[test]
    fn very_different_sizes_are_written_with_powers_of_ten() {
        let x = Tensor::<Rank1<2>>::from([1e-7, 20.0]);
        assert_eq!(x.to_string(), "[1.0000e-7,  2.0000e1]\nTensor<f32> [2]");
    }

    #[test]
    fn blocks_of_rows_are_set_apart() {
        let x = Tensor::<Rank3<2, 1, 2>>::from_vec(counting(4));
        assert_eq!(x.to_string(), "[[[0.0, 1.0]],\n\n [[2.0, 3.0]]]\nTensor<f32> [2, 1, 2]");
    }

    #[test]
    fn more_than_a_thousand_values_are_summarised() {
        let x = Tensor::<Rank1<1001>>::from_vec(counting(1001));
        assert_eq!(
            x.to_string(),
            "[   0.0,    1.0,    2.0, ...,  998.0,  999.0, 1000.0]\nTensor<f32> [1001]"
        );
        let x = Tensor::<Rank2<1000, 2>>::from_vec(counting(2000));
        assert_eq!(x.to_string().lines().nth(3), Some(" ...,"));
    }

    #[test]
    fn long_rows_are_broken() {
        let x = Tensor::<Rank1<40>>::from_vec(counting(40));
        let text = x.to_string();
        assert!(text.lines().all(|line| line.len() <= 101), "{text}");
        assert_eq!(text.lines().count(), 4, "{text}");
    }

    #[test]
    fn pictures_are_printed_channels_first_whatever_their_layout() {
        let x = crate::array::Array::from_vec(&[1, 2, 1, 2], counting(4));
        let print = |x| Tensor::<crate::Rank4<1, 2, 1, 2>>::from_raw(Raw::new(x)).to_string();
        assert_eq!(print(x.channels_last()), print(x));
    }

    #[test]
    fn whole_numbers_and_masks_line_up_too() {
        let ids = Tensor::<Rank2<2, 2>, i64>::from([[1, -200], [30, 4]]);
        assert_eq!(ids.to_string(), "[[   1, -200],\n [  30,    4]]\nTensor<i64> [2, 2]");
        assert_eq!(ids.gt(1).to_string(), "[[false, false],\n [ true,  true]]\nTensor<bool> [2, 2]");
        assert_eq!(ids.to_dtype::<crate::bf16>().to_string().lines().last(), Some("Tensor<bf16> [2, 2]"));
    }

    #[test]
    fn a_tensor_without_values_has_empty_brackets() {
        assert_eq!(Tensor::<(usize,)>::from_vec(vec![]).to_string(), "[]\nTensor<f32> [0]");
    }
}
