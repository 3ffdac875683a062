//! Lines: one or more series over a common axis.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::style::{self, Area, Drawn};
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
#[derive(Clone, Debug, Default)]
pub struct LineChart {
    title: String,
    x_label: String,
    y_label: String,
    x_range: Option<(f64, f64)>,
    series: Vec<Series>,
    size: Option<(u32, u32)>,
}

#[derive(Clone, Debug)]
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
}

impl LineChart {
    /// A chart without lines.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// What the two axes are.
    pub fn axes(mut self, x: impl Into<String>, y: impl Into<String>) -> Self {
        (self.x_label, self.y_label) = (x.into(), y.into());
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
        assert_eq!(x.len(), y.len(), "a line needs as many x as y values");
        let points = x.iter().zip(y).map(|(&x, &y)| (f64::from(x), f64::from(y))).collect();
        self.series.push(Series { name: name.into(), points });
        self
    }

    /// Fixes the range of the x axis, so that a chart that grows does not jump.
    pub fn x_range(mut self, from: f64, to: f64) -> Self {
        self.x_range = Some((from, to));
        self
    }

    /// Size in pixels; 600 × 340 if not said.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.size = Some((width, height));
        self
    }

    pub(super) fn describe(&self) -> String {
        let lines = self.series.iter().map(|Series { name, points }| match (points.first(), points.last()) {
            (Some((_, first)), Some((_, last))) => {
                let (first, last) = (style::number(*first), style::number(*last));
                format!("{name}, {} points from {first} to {last}", points.len())
            }
            _ => format!("{name}, no points yet"),
        });
        let lines: Vec<_> = lines.collect();
        format!("{}: {}", self.title, if lines.is_empty() { "no lines".into() } else { lines.join("; ") })
    }

    pub(super) fn paint(&self, area: &Area<'_>) -> Drawn {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let x_range = match self.x_range {
            Some((from, to)) if from < to => from..to,
            _ => style::range(all().map(|point| point.0)),
        };
        let y_range = style::range(all().map(|point| point.1));

        let (_, height) = area.dim_in_pixel();
        let (head, plot) = area.split_vertically(64);
        head.draw(&Text::new(self.title.clone(), (32, 40), style::text_at(15.0, style::INK, HPos::Left)))?;
        style::legend(&head, self.series.iter().map(|series| series.name.as_str()))?;
        let mut chart = ChartBuilder::on(&plot)
            .margin_right(40)
            .margin_bottom(20)
            .margin_left(if self.y_label.is_empty() { 0 } else { 24 })
            .x_label_area_size(if self.x_label.is_empty() { 50 } else { 78 })
            .y_label_area_size(if self.y_label.is_empty() { 100 } else { 116 })
            .build_cartesian_2d(x_range, y_range)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(style::GRID.stroke_width(2))
            .axis_style(style::GRID.stroke_width(2))
            .x_labels(10)
            .y_labels((height / 100).clamp(3, 8) as usize)
            .label_style(style::text(11.5, style::SOFT))
            .axis_desc_style(style::text(12.5, style::INK))
            .x_label_formatter(&|x| style::number(*x))
            .y_label_formatter(&|y| style::number(*y))
            .x_desc(&self.x_label)
            .y_desc(&self.y_label)
            .draw()?;

        for (index, Series { points, .. }) in self.series.iter().enumerate() {
            let color = style::color(index);
            // A value that is not a number leaves a gap: it splits the line into pieces.
            for piece in points.split(|(x, y)| !x.is_finite() || !y.is_finite()) {
                chart.draw_series(LineSeries::new(piece.iter().copied(), color.stroke_width(4)))?;
            }
            // Few points are shown as such; a single one would be invisible as a line.
            if points.len() <= 30 {
                let finite = points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
                chart.draw_series(finite.map(|&point| Circle::new(point, 6, color.filled())))?;
            }
        }
        Ok(())
    }
}

impl Plot for LineChart {
    fn chart(&self) -> Chart {
        let text = self.describe();
        let size = self.size.unwrap_or((600, 340));
        Chart::from_svg(style::draw(size, &text, |area| self.paint(area)), text)
    }
}
