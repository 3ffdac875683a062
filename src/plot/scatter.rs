//! Points: how two measures go together.

use super::series::{Mark, SeriesChart};
use super::{Chart, Plot};

/// One or more clouds of points, and lines through them.
///
/// ```
/// use ferrolab::plot::{Plot, ScatterChart};
///
/// let chart = ScatterChart::new("Penguins")
///     .axes("bill length in mm", "bill depth in mm")
///     .points("Adelie", &[39.1, 39.5], &[18.7, 17.4])
///     .points("Gentoo", &[46.1, 50.0], &[13.2, 16.3])
///     .chart();
/// assert!(chart.text().starts_with("Penguins: Adelie, 2 points, x from 39.1 to 39.5, y from 17.4 to 18.7; Gentoo"));
/// ```
#[derive(Clone, Debug)]
pub struct ScatterChart(SeriesChart);

impl ScatterChart {
    /// A chart without points.
    pub fn new(title: impl Into<String>) -> Self {
        Self(SeriesChart::new(title.into()))
    }

    /// What the two axes are.
    pub fn axes(mut self, x: impl Into<String>, y: impl Into<String>) -> Self {
        (self.0.axes.x, self.0.axes.y) = (x.into(), y.into());
        self
    }

    /// Adds a cloud of points `(x[i], y[i])`. Those that are not finite are left out.
    ///
    /// ***Panics*** if `x` and `y` differ in length.
    #[track_caller]
    pub fn points(mut self, name: impl Into<String>, x: &[f32], y: &[f32]) -> Self {
        self.0.add(name.into(), Mark::Points, x, y);
        self
    }

    /// Adds a line through the points `(x[i], y[i])`, in their order: a model of the cloud.
    ///
    /// ```
    /// use ferrolab::plot::{Plot, ScatterChart};
    /// let chart = ScatterChart::new("A fit").points("data", &[1.0, 2.0], &[1.1, 1.9]).line("model", &[0.0, 3.0], &[0.0, 3.0]).chart();
    /// assert!(chart.text().ends_with("model, 2 points from 0 to 3"));
    /// ```
    ///
    /// ***Panics*** if `x` and `y` differ in length.
    #[track_caller]
    pub fn line(mut self, name: impl Into<String>, x: &[f32], y: &[f32]) -> Self {
        self.0.add(name.into(), Mark::Line, x, y);
        self
    }

    /// Size in pixels; 600 × 340 if not said.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.0.axes.size = Some((width, height));
        self
    }
}

impl Plot for ScatterChart {
    fn chart(&self) -> Chart {
        self.0.chart()
    }
}
