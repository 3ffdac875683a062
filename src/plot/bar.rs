//! Horizontal bars: one or more numbers for each of some names.

use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::style::{self, Area, Drawn};
use super::{Chart, Plot};

/// Horizontal bars, with the name on the left and the number at the end; several series stand side by side under each name.
///
/// ```
/// use ferrolab::plot::{BarChart, Plot};
///
/// let chart = BarChart::new("Pictures", &["cat", "dog"]).bars("train", &[80.0, 60.0]).bars("test", &[20.0, 15.0]).chart();
/// assert_eq!(chart.text(), "Pictures: cat: train 80, test 20; dog: train 60, test 15");
/// ```
#[derive(Clone, Debug)]
pub struct BarChart {
    title: String,
    names: Vec<String>,
    series: Vec<(String, Vec<f64>)>,
}

/// Sizes in units of half a pixel.
const BAR: i32 = 34;
const GAP: i32 = 16;
const HEAD: i32 = 76;

/// In pixels.
const WIDTH: u32 = 600;

impl BarChart {
    /// A chart with a line for each name and no bars yet.
    pub fn new<N: AsRef<str>>(title: impl Into<String>, names: &[N]) -> Self {
        let names = names.iter().map(|name| name.as_ref().into()).collect();
        Self { title: title.into(), names, series: Vec::new() }
    }

    /// Adds a series: one number a name.
    ///
    /// ***Panics*** if there are more or fewer values than names.
    #[track_caller]
    pub fn bars(mut self, series: impl Into<String>, values: &[f32]) -> Self {
        assert_eq!(values.len(), self.names.len(), "a bar chart needs one value for each name");
        self.series.push((series.into(), values.iter().map(|&value| f64::from(value)).collect()));
        self
    }

    fn describe(&self) -> String {
        let lines = self.names.iter().enumerate().map(|(index, name)| {
            let bars: Vec<_> = self
                .series
                .iter()
                .map(|(series, values)| format!("{series} {}", style::number(values[index])))
                .collect();
            format!("{name}: {}", bars.join(", "))
        });
        format!("{}: {}", self.title, lines.collect::<Vec<_>>().join("; "))
    }

    fn legend(&self) -> Vec<(&str, RGBAColor)> {
        let series = self.series.iter().enumerate();
        series.map(|(at, (name, _))| (name.as_str(), style::color(at).to_rgba())).collect()
    }

    /// Where the bars begin: below the title and the legend.
    fn head(&self) -> i32 {
        HEAD + 40 * style::legend_lines(&self.title, &self.legend(), (WIDTH * style::UNITS) as i32)
    }

    fn group_height(&self) -> i32 {
        BAR * self.series.len().max(1) as i32 + GAP
    }

    fn paint(&self, area: &Area<'_>) -> Drawn {
        let (width, height) = area.dim_in_pixel();
        let head = self.head();
        area.draw(&Text::new(self.title.clone(), (32, 40), style::text_at(15.0, style::INK, HPos::Left)))?;
        style::legend(area, &self.title, &self.legend())?;

        let longest = self.names.iter().map(|name| style::text_width(name, 12.5)).max().unwrap_or(0);
        let left = (longest + 48).min(width as i32 / 2);
        let values =
            || self.series.iter().flat_map(|(_, values)| values).copied().filter(|value| value.is_finite());
        let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        let span = if high > low { high - low } else { 1.0 };
        // Room for the number at the end of the longest bar, on both sides if there are bars to the left.
        let room = (left + if low < 0.0 { 110 } else { 0 }, width as i32 - 120);
        let place = |value: f64| room.0 + ((value - low) / span * f64::from(room.1 - room.0)).round() as i32;

        for (index, name) in self.names.iter().enumerate() {
            let top = head + index as i32 * self.group_height();
            let middle = top + (self.group_height() - GAP) / 2;
            area.draw(&Text::new(
                name.clone(),
                (left - 16, middle),
                style::text_at(12.5, style::INK, HPos::Right),
            ))?;
            for (number, (_, values)) in self.series.iter().enumerate() {
                let (value, top) = (values[index], top + number as i32 * BAR);
                if value.is_finite() {
                    let bar = [(place(value.min(0.0)), top + 1), (place(value.max(0.0)), top + BAR - 1)];
                    area.draw(&Rectangle::new(bar, style::color(number).filled()))?;
                }
                let (side, x) = if value < 0.0 {
                    (HPos::Right, place(value) - 10)
                } else {
                    (HPos::Left, place(value.max(0.0)) + 10)
                };
                area.draw(&Text::new(
                    style::number(value),
                    (x, top + BAR / 2),
                    style::text_at(11.5, style::SOFT, side),
                ))?;
            }
        }
        let axis = [(place(0.0), head - 8), (place(0.0), height as i32 - 24)];
        area.draw(&PathElement::new(axis, style::SOFT.stroke_width(2)))?;
        Ok(())
    }
}

impl Plot for BarChart {
    fn chart(&self) -> Chart {
        let text = self.describe();
        let height = (self.head() + self.names.len() as i32 * self.group_height() + 24) as u32 / style::UNITS;
        Chart::from_svg(style::draw((WIDTH, height), &text, |area| self.paint(area)), text)
    }
}
