//! A finished chart: SVG and its description in words.

use std::fmt;
use std::io;
use std::path::Path;

use ferrolab_display::{MimeBundle, Show};

/// A finished chart.
///
/// ```
/// use ferrolab::plot::{Chart, Plot};
/// let chart = Chart::from_svg("<svg xmlns='http://www.w3.org/2000/svg'/>", "an empty picture");
/// assert_eq!((chart.text(), chart.chart().svg()), ("an empty picture", chart.svg()));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Chart {
    svg: String,
    text: String,
}

impl Chart {
    /// A chart from an SVG picture and a text that says what it shows, for terminals and screen readers.
    pub fn from_svg(svg: impl Into<String>, text: impl Into<String>) -> Self {
        Self { svg: svg.into(), text: text.into() }
    }

    /// The picture.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The picture in words.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Writes the picture to a file, whose name should end in `.svg`.
    ///
    /// ```
    /// use ferrolab::plot::LineChart;
    /// use ferrolab::prelude::*;
    /// let path = std::env::temp_dir().join("ferrolab-line.svg");
    /// LineChart::new("A line").line("up", &[1.0, 2.0]).save(&path)?;
    /// assert!(std::fs::read_to_string(&path)?.starts_with("<svg"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> io::Result<()> {
        std::fs::write(path, &self.svg)
    }
}

impl fmt::Debug for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chart({})", self.text)
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Something that can be drawn.
///
/// ```
/// use ferrolab::plot::{Chart, LineChart, Plot};
/// /// A measurement that knows how to be drawn.
/// struct Heights(Vec<f32>);
/// impl Plot for Heights {
///     fn chart(&self) -> Chart {
///         LineChart::new("Heights").line("m", &self.0).chart()
///     }
/// }
/// assert_eq!(Heights(vec![1.0, 2.0]).chart().text(), "Heights: m, 2 points from 1 to 2");
/// ```
pub trait Plot {
    /// Draws it.
    fn chart(&self) -> Chart;

    /// Draws it into a file, whose name should end in `.svg`.
    ///
    /// # Errors
    /// If the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> io::Result<()>
    where
        Self: Sized,
    {
        self.chart().save(path)
    }
}

impl Plot for Chart {
    fn chart(&self) -> Chart {
        self.clone()
    }
}

impl Show for Chart {
    fn bundle(&self) -> MimeBundle {
        MimeBundle::new().svg(self.svg.as_str()).text(self.text.as_str())
    }
}

/// Lets unfinished charts show themselves, so that a cell may end with one.
macro_rules! show_as_chart {
    ($($plot:ty),+) => {$(
        impl Show for $plot {
            fn bundle(&self) -> MimeBundle {
                self.chart().bundle()
            }
        }
    )+};
}
show_as_chart!(
    super::BarChart,
    super::ConfusionMatrix,
    super::Curves,
    super::HeatMap,
    super::Histogram,
    super::ImageGrid,
    super::LineChart,
    super::Overlay,
    super::ScatterChart
);
