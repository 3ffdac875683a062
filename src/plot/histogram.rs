//! How often values of each size occur.

use std::ops::Range;

use plotters::prelude::*;

use super::axes::{Axes, Entry};
use super::style::{self, Area, Drawn};
use super::{Chart, Plot};

/// How often values of each size occur: bars over bins of equal width. Several series lie over each other, see-through.
///
/// ```
/// use ferrolab::plot::{Histogram, Plot};
///
/// let chart = Histogram::new("Waiting").axes("minutes", "people").bins(4).values("all", &[1.0, 1.5, 2.0, 9.0]).chart();
/// assert_eq!(chart.text(), "Waiting: all, 4 values from 1 to 9, most of them (3) from 1 to 3");
/// ```
#[derive(Clone, Debug)]
pub struct Histogram {
    axes: Axes,
    bins: usize,
    shares: bool,
    series: Vec<(String, Vec<f64>)>,
}

impl Histogram {
    /// A chart without values.
    pub fn new(title: impl Into<String>) -> Self {
        let axes = Axes { title: title.into(), ..Axes::default() };
        Self { axes, bins: 20, shares: false, series: Vec::new() }
    }

    /// What the values are, and what is counted.
    pub fn axes(mut self, x: impl Into<String>, y: impl Into<String>) -> Self {
        (self.axes.x, self.axes.y) = (x.into(), y.into());
        self
    }

    /// How many bins the whole range is cut into; 20 if not said.
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = bins.max(1);
        self
    }

    /// Shows the share of each series' values instead of their number, so that groups of different size can be compared.
    ///
    /// ```
    /// use ferrolab::plot::{Histogram, Plot};
    /// let chart = Histogram::new("Age").bins(2).shares().values("few", &[1.0, 9.0]).values("many", &[1.0, 2.0, 3.0, 8.0]).chart();
    /// assert!(chart.text().ends_with("many, 4 values from 1 to 8, most of them (75 %) from 1 to 5"));
    /// ```
    pub fn shares(mut self) -> Self {
        self.shares = true;
        self
    }

    /// Adds a series of values, in any order. Those that are not finite do not count.
    pub fn values(mut self, name: impl Into<String>, values: &[f32]) -> Self {
        let finite = values.iter().filter(|value| value.is_finite()).map(|&value| f64::from(value));
        self.series.push((name.into(), finite.collect()));
        self
    }

    /// Size in pixels; 600 × 340 if not said.
    pub fn size(mut self, width: u32, height: u32) -> Self {
        self.axes.size = Some((width, height));
        self
    }

    /// From the lowest to the highest value of all series.
    fn extent(&self) -> Range<f64> {
        match style::extent(self.series.iter().flat_map(|(_, values)| values.iter().copied())) {
            Some((low, high)) if high > low => low..high,
            Some((only, _)) => only - 0.5..only + 0.5,
            None => 0.0..1.0,
        }
    }

    /// The height of each bar of a series.
    fn heights(&self, values: &[f64]) -> Vec<f64> {
        let Range { start, end } = self.extent();
        let one = if self.shares { 100.0 / values.len().max(1) as f64 } else { 1.0 };
        let mut heights = vec![0.0; self.bins];
        for value in values {
            let bin = ((value - start) / (end - start) * self.bins as f64) as usize;
            heights[bin.min(self.bins - 1)] += one;
        }
        heights
    }

    /// Where bin number `bin` begins; that of the number of bins is the end.
    fn edge(&self, bin: usize) -> f64 {
        let Range { start, end } = self.extent();
        start + (end - start) * bin as f64 / self.bins as f64
    }

    fn describe(&self) -> String {
        let describe = |(name, values): &(String, Vec<f64>)| {
            let heights = self.heights(values);
            let top = (0..self.bins).rev().max_by(|&a, &b| heights[a].total_cmp(&heights[b]));
            let (Some(top), Some((low, high))) = (top, style::extent(values.iter().copied())) else {
                return format!("{name}, no values");
            };
            let [low, high, from, to, most] =
                [low, high, self.edge(top), self.edge(top + 1), heights[top]].map(style::number);
            let unit = if self.shares { " %" } else { "" };
            format!(
                "{name}, {} values from {low} to {high}, most of them ({most}{unit}) from {from} to {to}",
                values.len()
            )
        };
        let series: Vec<_> = self.series.iter().map(describe).collect();
        format!(
            "{}: {}",
            self.axes.title,
            if series.is_empty() { "no data".into() } else { series.join("; ") }
        )
    }

    fn paint(&self, area: &Area<'_>) -> Drawn {
        let strength = if self.series.len() > 1 { 0.45 } else { 0.85 };
        let heights: Vec<_> = self.series.iter().map(|(_, values)| self.heights(values)).collect();
        let top = heights.iter().flatten().copied().fold(0.0, f64::max);
        let Range { start, end } = self.extent();
        let air = 0.02 * (end - start);
        let legend: Vec<Entry<'_>> = self
            .series
            .iter()
            .enumerate()
            .map(|(at, (name, _))| (name.as_str(), style::color(at).mix(strength)))
            .collect();
        let top = if top > 0.0 { 1.05 * top } else { 1.0 };
        let mut plane = self.axes.draw(area, &legend, start - air..end + air, 0.0..top)?;
        for (at, heights) in heights.iter().enumerate() {
            let color = style::color(at);
            for (fill, stroke) in [(true, color.mix(strength)), (false, color.to_rgba())] {
                let bar = |(bin, &height): (usize, &f64)| {
                    let style = if fill { stroke.filled() } else { stroke.stroke_width(2) };
                    Rectangle::new([(self.edge(bin), 0.0), (self.edge(bin + 1), height)], style)
                };
                plane
                    .draw_series(heights.iter().enumerate().filter(|(_, height)| **height > 0.0).map(bar))?;
            }
        }
        Ok(())
    }
}

impl Plot for Histogram {
    fn chart(&self) -> Chart {
        let text = self.describe();
        Chart::from_svg(self.axes.picture(&text, |area| self.paint(area)), text)
    }
}
