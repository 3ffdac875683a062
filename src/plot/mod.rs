//! Charts in one house style, drawn with plotters: as the last expression of a cell they show themselves.
//!
//! Every chart takes plain slices, is built by naming what it shows, and ends as a [`Chart`]: an SVG picture with a text for those
//! who cannot see it.
//!
//! ```
//! use ferrolab::plot::{LineChart, Plot};
//!
//! let chart = LineChart::new("Loss").axes("epoch", "cross entropy").line("train", &[2.3, 1.4, 0.9]).line("test", &[2.2, 1.6, 1.3]);
//! assert!(chart.chart().svg().starts_with("<svg"));
//! ```
//!
//! | chart | shows |
//! | --- | --- |
//! | [`LineChart`] | how something goes on: lines, dashed lines to compare with, bands around them |
//! | [`ScatterChart`] | how two measures go together |
//! | [`BarChart`] | one or more numbers for each of some names |
//! | [`Histogram`] | how often values of each size occur |
//! | [`HeatMap`] | a table of numbers as colours: correlations, weights, [attention](HeatMap::attention) |
//! | [`ConfusionMatrix`] | what a classifier took each class for |
//! | [`ImageGrid`] | pictures, filters, feature maps |
//! | [`Overlay`] | a picture and what mattered in it |
//! | [`Curves`] | a training, while it goes on |
//!
//! Own drawings: any SVG text becomes a [`Chart`] with [`Chart::from_svg`], so plotters' `SVGBackend` can be used directly.

mod axes;
mod bar;
mod chart;
mod confusion;
mod curves;
mod heat_map;
mod histogram;
mod image_grid;
mod line;
mod matrix;
mod overlay;
mod pixels;
mod scale;
mod scatter;
mod series;
pub mod style;
#[cfg(test)]
mod tests;

pub use bar::BarChart;
pub use chart::{Chart, Plot};
pub use confusion::ConfusionMatrix;
pub use curves::Curves;
pub use heat_map::HeatMap;
pub use histogram::Histogram;
pub use image_grid::ImageGrid;
pub use line::LineChart;
pub use overlay::Overlay;
pub use scatter::ScatterChart;
