//! What charts over two axes of numbers share: title, names of the series, grid and labels.

use std::error::Error;
use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;

use super::style::{self, Area, Drawn};

/// The plane that a chart draws its data on.
pub(super) type Plane<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Title, axis titles and size of a chart over two axes of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Axes {
    pub title: String,
    pub x: String,
    pub y: String,
    pub size: Option<(u32, u32)>,
}

/// The name of a series in the legend, and its colour.
pub(super) type Entry<'n> = (&'n str, RGBAColor);

impl Axes {
    /// The picture of a whole chart: `paint` fills the area.
    pub fn picture(&self, text: &str, paint: impl FnOnce(&Area<'_>) -> Drawn) -> String {
        style::draw(self.size.unwrap_or((600, 340)), text, paint)
    }

    /// Title, legend, grid and labels; gives the plane back to draw on.
    pub fn draw<'a>(
        &self,
        area: &Area<'a>,
        legend: &[Entry<'_>],
        x: Range<f64>,
        y: Range<f64>,
    ) -> Result<Plane<'a>, Box<dyn Error>> {
        let (width, height) = area.dim_in_pixel();
        let lines = style::legend_lines(&self.title, legend, width as i32);
        let (head, plot) = area.split_vertically(64 + 40 * lines);
        head.draw(&Text::new(self.title.clone(), (32, 40), style::text_at(15.0, style::INK, HPos::Left)))?;
        style::legend(&head, &self.title, legend)?;
        let mut chart = ChartBuilder::on(&plot)
            .margin_right(40)
            .margin_bottom(20)
            .margin_left(if self.y.is_empty() { 0 } else { 24 })
            .x_label_area_size(if self.x.is_empty() { 50 } else { 78 })
            .y_label_area_size(if self.y.is_empty() { 100 } else { 116 })
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(style::GRID.stroke_width(2))
            .axis_style(style::GRID.stroke_width(2))
            .x_labels((width / 120).clamp(4, 10) as usize)
            .y_labels((height / 100).clamp(3, 8) as usize)
            .label_style(style::text(11.5, style::SOFT))
            .axis_desc_style(style::text(12.5, style::INK))
            .x_label_formatter(&|x| style::number(*x))
            .y_label_formatter(&|y| style::number(*y))
            .x_desc(&self.x)
            .y_desc(&self.y)
            .draw()?;
        Ok(chart)
    }
}
