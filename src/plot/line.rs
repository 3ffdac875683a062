//! Lines: one or more series over a common axis.

use super::series::{Mark, SeriesChart};
use super::style::{Area, Drawn};
use super::{Chart, Plot};

/// One or more lines over a common axis.
///
/// ```
/// use ferrolab::plot::{LineChart, Plot};
///
/// let sine: Vec<f32> = (0..100).map(|i| (i as f32 / 10.0).sin()).collect();
/// let chart = LineChart::new("A wave").axes("time", "height").line("sine", &sine).chart();
/// assert_eq!(chart.text(), "A wave: sine, 100 points from 0 to -0.4575");
/// ```
#[derive(Clone, Debug)]
pub struct LineChart(SeriesChart);

impl LineChart {
    /// A chart without lines.
    pub fn new(title: impl Into<String>) -> Self {
        Self(SeriesChart::new(title.into()))
    }

    /// What the two axes are.
    pub fn axes(mut self, x: impl Into<String>, y: impl Into<String>) -> Self {
        (self.0.axes.x, self.0.axes.y) = (x.into(), y.into());
        self
    }

    /// Adds a line through `y`, at 1, 2, 3, … on the x axis. Values that are not finite leave a gap.
    pub fn line(self, name: impl Into<String>, y: &[f32]) -> Self {
        let x: Vec<f32> = (1..=y.len()).map(|x| x as f32).collect();
        self.line_xy(name, &x, y)
    }

    /// Adds a line through the points `(x[i], y[i])`.
    ///
    /// ```
    /// use ferrolab::plot::{LineChart, Plot};
    /// let chart = LineChart::new("Growth").line_xy("plant", &[0.0, 7.0], &[1.0, 9.0]).x_range(0.0, 14.0).size(300, 200).chart();
    /// assert_eq!(chart.text(), "Growth: plant, 2 points from 1 to 9");
    /// ```
    ///
    /// ***Panics*** if `x` and `y` differ in length.
    #[track_caller]
    pub fn line_xy(mut self, name: impl Into<String>, x: &[f32], y: &[f32]) -> Self {
        self.0.add(name.into(), Mark::Line, x, y);
        self
    }

    /// Adds a dashed line: something to compare with, such as a baseline.
    ///
    /// ```
    /// use ferrolab::plot::{LineChart, Plot};
    /// let chart = LineChart::new("Accuracy").line("network", &[0.4, 0.6, 0.7]).dashed("guessing", &[1.0, 3.0], &[0.5, 0.5]).chart();
    /// assert!(chart.text().ends_with("guessing, 2 points from 0.5 to 0.5"));
    /// ```
    ///
    /// ***Panics*** if `x` and `y` differ in length.
    #[track_caller]
    pub fn dashed(mut self, name: impl Into<String>, x: &[f32], y: &[f32]) -> Self {
        self.0.add(name.into(), Mark::Dashed, x, y);
        self
    }

    /// Adds the area between `low` and `high`, in a light shade of the colour of the next line: an interval around a forecast.
    ///
    /// ```
    /// use ferrolab::plot::{LineChart, Plot};
    /// let x = [1.0, 2.0];
    /// let chart = LineChart::new("Tomorrow").band("90 %", &x, &[3.0, 2.0], &[5.0, 6.0]).line_xy("forecast", &x, &[4.0, 4.2]).chart();
    /// assert_eq!(chart.text(), "Tomorrow: 90 %, a band over 2 points; forecast, 2 points from 4 to 4.2");
    /// ```
    ///
    /// ***Panics*** if the three differ in length.
    #[track_caller]
    pub fn band(mut self, name: impl Into<String>, x: &[f32], low: &[f32], high: &[f32]) -> Self {
        self.0.add_band(name.into(), x, low, high);
        self
    }

    /// Fixes the range of the x axis, so that a chart that grows does not jump.
    pub fn x_range(mut self, from: f64, to: f64) -> Self {
        self.0.x_range = Some((from, to));
        self
    }

    /// Size in pixels; 600 × 340 if not said.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.0.axes.size = Some((width, height));
        self
    }

    pub(super) fn describe(&self) -> String {
        self.0.describe()
    }

    pub(super) fn paint(&self, area: &Area<'_>) -> Drawn {
        self.0.paint(area)
    }
}

impl Plot for LineChart {
    fn chart(&self) -> Chart {
        self.0.chart()
    }
}
