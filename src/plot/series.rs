//! Series over two axes of numbers, as lines, points and bands: what line charts and scatter charts are made of.

use plotters::prelude::*;

use super::axes::{Axes, Entry};
use super::style::{self, Area, Drawn};
use super::{Chart, Plot};

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Line,
    Dashed,
    Points,
    /// The area between two lines, in the colour of the series that follows it.
    Band,
}

#[derive(Clone, Debug)]
struct Series {
    name: String,
    points: Vec<(f64, f64)>,
    /// The upper edge of a band.
    upper: Vec<(f64, f64)>,
    mark: Mark,
}

/// Series over a common pair of axes.
#[derive(Clone, Debug, Default)]
pub(super) struct SeriesChart {
    pub axes: Axes,
    pub x_range: Option<(f64, f64)>,
    series: Vec<Series>,
}

/// Where a line with more points than this is drawn without them.
const DOTS: usize = 30;

impl SeriesChart {
    pub fn new(title: String) -> Self {
        Self { axes: Axes { title, ..Axes::default() }, ..Self::default() }
    }

    #[track_caller]
    pub fn add(&mut self, name: String, mark: Mark, x: &[f32], y: &[f32]) {
        assert_eq!(x.len(), y.len(), "a series needs as many x as y values");
        self.series.push(Series { name, points: pairs(x, y), upper: Vec::new(), mark });
    }

    #[track_caller]
    pub fn add_band(&mut self, name: String, x: &[f32], low: &[f32], high: &[f32]) {
        assert!(
            x.len() == low.len() && x.len() == high.len(),
            "a band needs as many lower and upper values as x values, found {} and {} for {}",
            low.len(),
            high.len(),
            x.len()
        );
        self.series.push(Series { name, points: pairs(x, low), upper: pairs(x, high), mark: Mark::Band });
    }

    /// The colour of each series: bands share that of the one that follows.
    fn colors(&self) -> Vec<RGBColor> {
        let mut next = 0;
        let mut color = |series: &Series| {
            let color = style::color(next);
            next += usize::from(series.mark != Mark::Band);
            color
        };
        self.series.iter().map(&mut color).collect()
    }

    pub fn describe(&self) -> String {
        let series: Vec<_> = self.series.iter().map(Series::describe).collect();
        format!(
            "{}: {}",
            self.axes.title,
            if series.is_empty() { "no data".into() } else { series.join("; ") }
        )
    }

    pub fn paint(&self, area: &Area<'_>) -> Drawn {
        let all = || self.series.iter().flat_map(|series| series.points.iter().chain(&series.upper));
        let x_range = match self.x_range {
            Some((from, to)) if from < to => from..to,
            _ => style::range(all().map(|point| point.0)),
        };
        let y_range = style::range(all().map(|point| point.1));
        let colors = self.colors();
        let entry = |(series, &color): (&Series, &RGBColor)| {
            let strength = if series.mark == Mark::Band { BAND } else { 1.0 };
            (series.name.clone(), color.mix(strength))
        };
        let names: Vec<_> = self.series.iter().zip(&colors).map(entry).collect();
        let legend: Vec<Entry<'_>> = names.iter().map(|(name, color)| (name.as_str(), *color)).collect();
        let mut plane = self.axes.draw(area, &legend, x_range, y_range)?;

        for (series, color) in self.series.iter().zip(colors) {
            let whole = |(x, y): &&(f64, f64)| x.is_finite() && y.is_finite();
            let finite = series.points.iter().filter(whole).copied();
            match series.mark {
                Mark::Band => {
                    for edge in series.edges() {
                        plane.draw_series([Polygon::new(edge, color.mix(BAND).filled())])?;
                    }
                }
                Mark::Points => {
                    let radius = if series.points.len() > 400 { 4 } else { 6 };
                    plane.draw_series(
                        finite.map(|point| Circle::new(point, radius, color.mix(0.65).filled())),
                    )?;
                }
                Mark::Line | Mark::Dashed => {
                    // A value that is not a number leaves a gap: it splits the line into pieces.
                    for piece in series.points.split(|(x, y)| !x.is_finite() || !y.is_finite()) {
                        let line = piece.iter().copied();
                        if series.mark == Mark::Line {
                            plane.draw_series(LineSeries::new(line, color.stroke_width(4)))?;
                        } else {
                            plane.draw_series(DashedLineSeries::new(line, 14, 10, color.stroke_width(4)))?;
                        }
                    }
                    // Few points are shown as such; a single one would be invisible as a line.
                    if series.points.len() <= DOTS && series.mark == Mark::Line {
                        plane.draw_series(finite.map(|point| Circle::new(point, 6, color.filled())))?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// How strong the colour of a band is.
const BAND: f64 = 0.25;

impl Series {
    fn describe(&self) -> String {
        let name = &self.name;
        let (Some((_, first)), Some((_, last))) = (self.points.first(), self.points.last()) else {
            return format!("{name}, no points yet");
        };
        let (points, number) = (self.points.len(), style::number);
        match self.mark {
            Mark::Band => format!("{name}, a band over {points} points"),
            Mark::Points => {
                let extent = |of: fn(&(f64, f64)) -> f64| {
                    let none = (f64::INFINITY, f64::NEG_INFINITY);
                    let (low, high) = style::extent(self.points.iter().map(of)).unwrap_or(none);
                    format!("from {} to {}", number(low), number(high))
                };
                format!(
                    "{name}, {points} points, x {}, y {}",
                    extent(|point| point.0),
                    extent(|point| point.1)
                )
            }
            Mark::Line | Mark::Dashed => {
                format!("{name}, {points} points from {} to {}", number(*first), number(*last))
            }
        }
    }

    /// The outlines of a band: one for each stretch without a gap.
    fn edges(&self) -> Vec<Vec<(f64, f64)>> {
        let places: Vec<usize> = (0..self.points.len()).collect();
        let whole = |&at: &usize| {
            let ((x, low), (_, high)) = (self.points[at], self.upper[at]);
            x.is_finite() && low.is_finite() && high.is_finite()
        };
        let stretches = places.split(|at| !whole(at)).filter(|stretch| stretch.len() > 1);
        let outline = |stretch: &[usize]| {
            let (below, above) =
                (stretch.iter().map(|&at| self.points[at]), stretch.iter().rev().map(|&at| self.upper[at]));
            below.chain(above).collect()
        };
        stretches.map(outline).collect()
    }
}

impl Plot for SeriesChart {
    fn chart(&self) -> Chart {
        let text = self.describe();
        Chart::from_svg(self.axes.picture(&text, |area| self.paint(area)), text)
    }
}

fn pairs(x: &[f32], y: &[f32]) -> Vec<(f64, f64)> {
    x.iter().zip(y).map(|(&x, &y)| (f64::from(x), f64::from(y))).collect()
}
