//! How a cell shows a tensor: type, shape and statistics, a histogram of many values, and the values in a table, tinted by
//! their size. No style sheet: it looks like the other tables of the notebook, in light and dark.

use std::fmt::Write;

use ferrolab_display::{MimeBundle, escape};

use crate::dtype::Number;
use crate::print::{self, Style};

/// A longer axis shows so many places, half from its start and half from its end.
const ROWS: usize = 10;
/// The same where several matrices stand below each other.
const ROWS_OF_SEVERAL: usize = 6;
const COLUMNS: usize = 12;
/// So many matrices of a tensor of more than two axes.
const MATRICES: usize = 2;
/// Fewer values have no histogram.
const FEWEST_FOR_HISTOGRAM: usize = 20;
const BINS: usize = 24;

/// A bundle of the HTML view and the text of [`print::write`].
pub fn bundle(sizes: &[usize], number: &dyn Fn(usize) -> Number, dtype: &str, bytes: usize) -> MimeBundle {
    let text = std::fmt::from_fn(|f| print::write(sizes, number, dtype, f)).to_string();
    MimeBundle::new().html(html(sizes, number, dtype, bytes)).text(text)
}

fn html(sizes: &[usize], number: &dyn Fn(usize) -> Number, dtype: &str, bytes: usize) -> String {
    let len: usize = sizes.iter().product();
    let facts = Facts::of(len, number);
    let title = format!("Tensor<{dtype}> {sizes:?}");
    let mut head = vec![format!("<b>{}</b>", escape(&title))];
    if len != 1 {
        head.push(format!("{len} values"));
    }
    head.push(size(len * bytes));
    head.extend(facts.words(dtype));
    let mut html = format!("<div><small style=\"opacity:0.8\">{}</small>", head.join(" · "));
    html += &facts.histogram(number, len);
    html += "<br>\n";

    let (rows, columns) = match *sizes {
        [] => (1, 1),
        [columns] => (1, columns),
        [.., rows, columns] => (rows, columns),
    };
    let matrices = len.checked_div(rows * columns).unwrap_or(0);
    let most_rows = if matrices > 1 { ROWS_OF_SEVERAL } else { ROWS };
    let shown = shown([matrices, rows, columns], most_rows);
    let style = Style::for_values(&shown.iter().map(|&at| number(at)).collect::<Vec<_>>());
    for matrix in 0..matrices.min(MATRICES) {
        if sizes.len() > 2 {
            let _ = write!(
                html,
                "<small style=\"opacity:0.8\">{}</small>",
                place(&sizes[..sizes.len() - 2], matrix)
            );
        }
        html += "<table class=\"dataframe\"><tbody>\n";
        for row in ends(rows, most_rows) {
            html += "<tr>";
            for column in ends(columns, COLUMNS) {
                match (row, column) {
                    (Some(row), Some(column)) => {
                        let value = number((matrix * rows + row) * columns + column);
                        let tint = facts.tint(value);
                        let _ =
                            write!(html, "<td style=\"text-align:right{tint}\">{}</td>", style.number(value));
                    }
                    _ => html += "<td style=\"text-align:center\">…</td>",
                }
            }
            html += "</tr>\n";
        }
        html += "</tbody></table>\n";
    }
    if matrices > MATRICES {
        let _ = write!(html, "<small style=\"opacity:0.8\">… and {} more</small>", matrices - MATRICES);
    }
    html + "</div>"
}

/// The places of the row-major order that the tables show.
fn shown([matrices, rows, columns]: [usize; 3], most_rows: usize) -> Vec<usize> {
    let mut places = Vec::new();
    for matrix in 0..matrices.min(MATRICES) {
        for row in ends(rows, most_rows).into_iter().flatten() {
            let start = (matrix * rows + row) * columns;
            places.extend(ends(columns, COLUMNS).into_iter().flatten().map(|column| start + column));
        }
    }
    places
}

/// The numbers below `count`; of more than `limit`, the first and the last and `None` for those between.
pub(crate) fn ends(count: usize, limit: usize) -> Vec<Option<usize>> {
    if count <= limit {
        return (0..count).map(Some).collect();
    }
    let half = limit / 2;
    (0..half).map(Some).chain([None]).chain((count - half..count).map(Some)).collect()
}

/// `[0, 2, :, :]`: where a matrix lies in the axes before the last two.
fn place(sizes: &[usize], mut matrix: usize) -> String {
    let mut indices: Vec<String> = Vec::with_capacity(sizes.len() + 2);
    for &size in sizes.iter().rev() {
        indices.insert(0, (matrix % size).to_string());
        matrix /= size;
    }
    indices.extend([":".into(), ":".into()]);
    format!("[{}]", indices.join(", "))
}

/// What there is to say of all values.
struct Facts {
    count: usize,
    /// Of the finite ones.
    least: f64,
    greatest: f64,
    mean: f64,
    deviation: f64,
    nans: usize,
    infinite: usize,
    /// Values other than 0: of masks, those that are true.
    nonzero: usize,
}

impl Facts {
    fn of(len: usize, number: &dyn Fn(usize) -> Number) -> Facts {
        let (mut least, mut greatest) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut count, mut mean, mut squares) = (0usize, 0.0, 0.0);
        let (mut nans, mut infinite, mut nonzero) = (0, 0, 0);
        for value in (0..len).map(|at| number(at).float()) {
            nonzero += usize::from(value != 0.0);
            if value.is_nan() {
                nans += 1;
            } else if value.is_infinite() {
                infinite += 1;
            } else {
                // Welford's recurrence: stable for values far from 0.
                count += 1;
                let before = value - mean;
                mean += before / count as f64;
                squares += before * (value - mean);
                (least, greatest) = (least.min(value), greatest.max(value));
            }
        }
        let deviation = (squares / count.max(1) as f64).sqrt();
        Facts { count, least, greatest, mean, deviation, nans, infinite, nonzero }
    }

    fn words(&self, dtype: &str) -> Vec<String> {
        let total = self.count + self.nans + self.infinite;
        if dtype == "bool" {
            let share = 100.0 * self.nonzero as f64 / total.max(1) as f64;
            return vec![format!("{} true ({share:.0} %)", self.nonzero)];
        }
        let mut words = Vec::new();
        if total > 1 && self.count > 0 {
            words.push(format!("min {}", short(self.least)));
            words.push(format!("mean {}", short(self.mean)));
            words.push(format!("max {}", short(self.greatest)));
            words.push(format!("std {}", short(self.deviation)));
        }
        let mut odd = |count: usize, name: &str| {
            if count > 0 {
                words.push(format!("<b>{count} {name}</b>"));
            }
        };
        odd(self.nans, "NaN");
        odd(self.infinite, "infinite");
        words
    }

    /// Behind a value: orange below 0, blue above, the stronger the larger. Both are told apart by all eyes, and weak enough
    /// for dark and light text.
    fn tint(&self, value: Number) -> String {
        let (value, most) = (value.float(), self.least.abs().max(self.greatest.abs()));
        if !value.is_finite() || value == 0.0 || most == 0.0 {
            return String::new();
        }
        let colour = if value < 0.0 { "230,120,0" } else { "0,114,200" };
        format!(";background:rgba({colour},{:.2})", 0.05 + 0.4 * value.abs() / most)
    }

    /// How the finite values are spread, as a small picture.
    fn histogram(&self, number: &dyn Fn(usize) -> Number, len: usize) -> String {
        if self.count < FEWEST_FOR_HISTOGRAM || self.greatest <= self.least {
            return String::new();
        }
        let mut bins = [0usize; BINS];
        let width = (self.greatest - self.least) / BINS as f64;
        for value in (0..len).map(|at| number(at).float()).filter(|value| value.is_finite()) {
            bins[(((value - self.least) / width) as usize).min(BINS - 1)] += 1;
        }
        let most = bins.iter().copied().max().unwrap_or(1) as f64;
        let bars: String = bins
            .iter()
            .enumerate()
            .filter(|&(_, &count)| count > 0)
            .map(|(i, &count)| {
                let height = (24.0 * count as f64 / most).max(1.0);
                format!(
                    "<rect x=\"{}\" y=\"{:.1}\" width=\"4\" height=\"{height:.1}\"/>",
                    5 * i,
                    24.0 - height
                )
            })
            .collect();
        let (least, greatest) = (short(self.least), short(self.greatest));
        format!(
            " <svg role=\"img\" width=\"{}\" height=\"24\" style=\"vertical-align:middle;fill:currentColor;opacity:0.6\">\
             <title>histogram from {least} to {greatest}</title>{bars}</svg>",
            5 * BINS
        )
    }
}

/// Four digits.
fn short(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e5).contains(&size) {
        let digits = if size >= 1000.0 { 1 } else { 4 };
        let text = format!("{value:.digits$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        return text.into();
    }
    format!("{value:.3e}")
}

fn size(bytes: usize) -> String {
    const STEP: f64 = 1024.0;
    let bytes = bytes as f64;
    match bytes {
        _ if bytes < STEP => format!("{bytes} B"),
        _ if bytes < STEP * STEP => format!("{:.1} KiB", bytes / STEP),
        _ => format!("{:.1} MiB", bytes / STEP / STEP),
    }
}

#[cfg(test)]
mod tests {
    use ferrolab_display::Show;

    use crate::prelude::*;

    fn html(tensor: &impl Show) -> String {
        tensor.bundle().get("text/html").and_then(|html| html.as_str()).unwrap().to_owned()
    }

    #[test]
    fn statistics_leave_out_what_is_not_finite_and_say_so() {
        let text = html(&Tensor::<Rank1<4>>::from([1.0, f32::NAN, 3.0, f32::INFINITY]));
        for part in [
            "Tensor&lt;f32&gt; [4]",
            "16 B",
            "min 1 · mean 2 · max 3 · std 1",
            "<b>1 NaN</b>",
            "<b>1 infinite</b>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_mask_says_how_much_of_it_is_true() {
        let text = html(&Tensor::from([[true, false], [false, false]]));
        assert!(text.contains("1 true (25 %)") && text.contains(">true</td>"), "{text}");
    }

    #[test]
    fn large_tensors_are_cut_and_drawn() {
        let text = html(&Tensor::<Rank4<4, 5, 100, 100>>::uniform(0.0, 1.0));
        assert_eq!(text.matches("<table").count(), 2);
        assert!(text.contains("[0, 1, :, :]") && text.contains("… and 18 more"), "{text}");
        assert!(text.contains("<title>histogram from"), "{text}");
        assert!(text.len() < 40_000, "{}", text.len());
    }

    #[test]
    fn scalars_and_empty_tensors_are_shown_too() {
        assert!(html(&Tensor::from(2.5)).contains(">2.5</td>"));
        assert!(html(&Tensor::<(usize, Const<3>)>::from_vec(vec![])).contains("0 values"));
    }
}
