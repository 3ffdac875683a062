//! A table of numbers as colours: correlations, weights, attention.

use super::matrix::{ColorBar, Matrix};
use super::pixels::{blues, orange_blue};
use super::{Chart, Plot, style};

/// A table of numbers as colours, with names for rows and columns and a colour bar. Numbers that are not finite stay grey.
///
/// ```
/// use ferrolab::plot::{HeatMap, Plot};
///
/// let names = ["age", "fare"];
/// let chart = HeatMap::new("Correlation", &[1.0, 0.1, 0.1, 1.0], [2, 2]).rows(&names).columns(&names).diverging().numbers(true).chart();
/// assert_eq!(chart.text(), "Correlation: 2 rows, 2 columns, from 0.1 to 1; highest: age, age");
/// ```
#[derive(Clone, Debug)]
pub struct HeatMap {
    title: String,
    values: Vec<f64>,
    size: [usize; 2],
    names: [Vec<String>; 2],
    axes: [String; 2],
    diverging: bool,
    numbers: bool,
    range: Option<(f64, f64)>,
}

impl HeatMap {
    /// From `[rows, columns]` numbers, row by row.
    ///
    /// ***Panics*** if there are not as many numbers as cells.
    #[track_caller]
    pub fn new(title: impl Into<String>, values: &[f32], size: [usize; 2]) -> Self {
        let [rows, columns] = size;
        assert_eq!(values.len(), rows * columns, "a heat map of {rows} rows and {columns} columns");
        Self {
            title: title.into(),
            values: values.iter().map(|&value| f64::from(value)).collect(),
            size,
            names: Default::default(),
            axes: Default::default(),
            diverging: false,
            numbers: false,
            range: None,
        }
    }

    /// The weights of an attention layer, `[written, read]`: a row for each token that is written, with the share of its attention
    /// for each token that is read.
    ///
    /// ```
    /// use ferrolab::plot::{HeatMap, Plot};
    /// let chart = HeatMap::attention("Attention", &[0.9, 0.1, 0.2, 0.8], &["bonjour", "monde"], &["hello", "world"]).chart();
    /// assert_eq!(chart.text(), "Attention: 2 rows, 2 columns, from 0.1 to 0.9; highest: bonjour, hello");
    /// ```
    ///
    /// ***Panics*** if there are not as many weights as pairs of tokens.
    #[track_caller]
    pub fn attention<W: AsRef<str>, R: AsRef<str>>(
        title: impl Into<String>,
        weights: &[f32],
        written: &[W],
        read: &[R],
    ) -> Self {
        let map = Self::new(title, weights, [written.len(), read.len()]);
        map.rows(written).columns(read).axes("read", "written").range(0.0, 1.0)
    }

    /// The names of the rows.
    ///
    /// ***Panics*** if there are not as many as rows.
    #[track_caller]
    pub fn rows<N: AsRef<str>>(mut self, names: &[N]) -> Self {
        assert_eq!(names.len(), self.size[0], "a heat map needs one name for each row");
        self.names[0] = names.iter().map(|name| name.as_ref().into()).collect();
        self
    }

    /// The names of the columns.
    ///
    /// ***Panics*** if there are not as many as columns.
    #[track_caller]
    pub fn columns<N: AsRef<str>>(mut self, names: &[N]) -> Self {
        assert_eq!(names.len(), self.size[1], "a heat map needs one name for each column");
        self.names[1] = names.iter().map(|name| name.as_ref().into()).collect();
        self
    }

    /// What columns (x) and rows (y) are.
    pub fn axes(mut self, x: impl Into<String>, y: impl Into<String>) -> Self {
        self.axes = [y.into(), x.into()];
        self
    }

    /// Colours for numbers around zero: blue above, orange below, white at zero.
    pub fn diverging(mut self) -> Self {
        self.diverging = true;
        self
    }

    /// Whether each number is written into its cell, where there is room.
    pub fn numbers(mut self, shown: bool) -> Self {
        self.numbers = shown;
        self
    }

    /// The numbers that the first and the last colour stand for; the lowest and the highest if not said. Maps that are to be
    /// compared need the same.
    pub fn range(mut self, low: f32, high: f32) -> Self {
        self.range = Some((f64::from(low), f64::from(high)));
        self
    }

    fn extent(&self) -> (f64, f64) {
        style::extent(self.values.iter().copied()).unwrap_or((0.0, 0.0))
    }

    fn scale(&self) -> ColorBar {
        let (low, high) = self.range.unwrap_or_else(|| self.extent());
        if self.diverging {
            let most = low.abs().max(high.abs());
            (-most, most, orange_blue)
        } else {
            (low, high, blues)
        }
    }

    fn color(&self, value: f64, (low, high, color): ColorBar) -> [u8; 3] {
        match value {
            _ if !value.is_finite() => [style::GRID.0, style::GRID.1, style::GRID.2],
            _ if high > low => color((value - low) / (high - low)),
            // All alike: the middle of a diverging scale is zero.
            _ => color(if self.diverging { 0.5 } else { 0.0 }),
        }
    }

    /// Whether numbers are written with two decimals: the same in all cells, so that they can be compared.
    fn has_decimals(&self) -> bool {
        let (low, high) = self.extent();
        low.abs().max(high.abs()) < 10.0 && self.values.iter().any(|value| value.fract() != 0.0)
    }

    fn number(&self, value: f64, decimals: bool) -> String {
        match value {
            _ if !self.numbers || !value.is_finite() => String::new(),
            _ if decimals => format!("{value:.2}"),
            _ => style::number(value),
        }
    }

    fn describe(&self) -> String {
        let [rows, columns] = self.size;
        let (low, high) = self.extent();
        let [from, to] = [low, high].map(style::number);
        let mut text = format!("{}: {rows} rows, {columns} columns, from {from} to {to}", self.title);
        if let Some(at) = self.values.iter().position(|&value| value == high) {
            let name = |axis: usize, at: usize| match self.names[axis].get(at) {
                Some(name) => name.clone(),
                None => format!("{} {}", ["row", "column"][axis], at + 1),
            };
            text += &format!("; highest: {}, {}", name(0, at / columns), name(1, at % columns));
        }
        text
    }
}

impl Plot for HeatMap {
    fn chart(&self) -> Chart {
        let text = self.describe();
        let (scale, decimals) = (self.scale(), self.has_decimals());
        let value = |row: usize, column: usize| self.values[row * self.size[1] + column];
        let matrix = Matrix {
            title: &self.title,
            size: self.size,
            names: [&self.names[0], &self.names[1]],
            axes: [&self.axes[0], &self.axes[1]],
            color: &|row, column| self.color(value(row, column), scale),
            text: &|row, column| self.number(value(row, column), decimals),
            scale: Some(scale),
        };
        Chart::from_svg(style::draw(matrix.picture_size(), &text, |area| matrix.paint(area)), text)
    }
}
