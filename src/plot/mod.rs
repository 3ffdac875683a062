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
